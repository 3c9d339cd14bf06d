package wire

import "strings"

// route is how the values of a pair travel between Postgres and rowgate.
type route uint8

const (
	// asIs: in the binary form of the type itself, both ways.
	asIs route = iota
	// asNumeric: cast to numeric both ways, since the type's own form leaves
	// out what it depends on (money, its number of decimals).
	asNumeric
	// asText: in text form both ways.
	asText
)

// Param describes the parameter that a value is sent as.
type Param struct {
	// OID is the parameter's type, for Parse.
	OID uint32
	// Text says that the value is in text format, for Bind; otherwise it is in
	// binary.
	Text bool
	// Cast is the type to cast the parameter to in the statement, such as
	// "inet[]"; empty when it needs no cast.
	Cast string
}

// travel is how the values of one column travel.
type travel struct {
	cast   string // of the column in the select list
	result uint32 // the OID of the result then
	elem   uint32 // the OID of the items in an array's header
	param  Param
}

// travel plans the way of a column of type t, whose element is of family f, by
// a route.
func (f *family) travel(t *Type, way route) travel {
	if t.Kind != Array {
		switch way {
		case asNumeric:
			return travel{"numeric", oidNumeric, 0, Param{oidNumeric, false, f.name}}
		case asText:
			return travel{"text", oidText, 0, Param{t.OID, true, ""}}
		default:
			return travel{"", t.OID, 0, Param{t.OID, false, ""}}
		}
	}
	name := plainName(t.Name)
	if f.array != 0 && t.OID == f.array {
		name = f.name + "[]"
	}
	switch way {
	case asNumeric:
		return travel{"numeric[]", oidNumericArray, oidNumeric, Param{oidNumericArray, false, name}}
	case asText:
		return travel{"text[]", oidTextArray, oidText, Param{oidTextArray, false, name}}
	default:
		return travel{"", t.OID, t.elemOID(), Param{t.OID, false, ""}}
	}
}

// plainName is a type's name without its modifier: an explicit cast to
// vector(3) or the like may cut a value in silence, while the assignment to
// the column raises an error.
func plainName(name string) string {
	var b strings.Builder
	quoted, depth := false, 0
	for _, r := range name {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '(':
			depth++
			continue
		case r == ')':
			depth--
			continue
		}
		if depth == 0 {
			b.WriteRune(r)
		}
	}
	return b.String()
}
