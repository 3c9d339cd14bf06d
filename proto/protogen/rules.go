package protogen

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/rowgate/rowgate/store/catalog"
)

const (
	fieldBehavior   = "(google.api.field_behavior)"
	httpOption      = "(google.api.http)"
	validateOption  = "(buf.validate.field)"
	columnOption    = "(rowgate.v1.column)"
	labelOption     = "(rowgate.v1.label)"
	methodOption    = "(rowgate.v1.method)"
	referenceOption = "(rowgate.v1.reference)"
)

// rules are what buf.validate can say of a field.
// https://protovalidate.com/reference/rules/
type rules []rule

type rule struct {
	// path is where the rule stands below (buf.validate.field).
	path, value string
	// items are the values of a rule that is a list, each set by itself: an
	// option takes no list for its value.
	items []string
	// strict is above 0 where a greater value asks for more, below 0 where a
	// smaller one does.
	strict int
	// zeroFails says that a field that was left out would not pass.
	zeroFails bool
}

// ignoreZero lets a field pass that was left out.
var ignoreZero = rule{path: "ignore", value: "IGNORE_IF_ZERO_VALUE"}

func (r rules) options() []option {
	var all []option
	for _, one := range r {
		all = append(all, one.options()...)
	}
	return all
}

func (r rule) options() []option {
	if r.items == nil {
		return []option{{validateOption + "." + r.path, r.value}}
	}
	var all []option
	for _, item := range r.items {
		all = append(all, option{validateOption + "." + r.path, item})
	}
	return all
}

// withZero adds ignoreZero where a field without presence needs it.
func (r rules) withZero() rules {
	for _, one := range r {
		if one.zeroFails {
			return append(rules{ignoreZero}, r...)
		}
	}
	return r
}

// typeRules are those that a type implies.
func typeRules(v typed, typ string) rules {
	prefix, t, typmod := "", v.typ, v.typmod
	if t.Elem != nil {
		prefix, t = "repeated.items.", t.Elem
		if typmod == -1 {
			typmod = v.typ.ElemTypmod
		}
	}
	switch {
	case typ != "string" || t.Schema != "pg_catalog":
		return nil
	case t.Name.Name == "uuid":
		return rules{{path: prefix + "string.uuid", value: "true", zeroFails: prefix == ""}}
	case (t.Name.Name == "varchar" || t.Name.Name == "bpchar") && typmod >= 4:
		return rules{{path: prefix + "string.max_len", value: strconv.Itoa(int(typmod - 4)), strict: -1}}
	}
	return nil
}

// checkRules are those that CHECK constraints on a single column, or on a
// domain, imply, as far as they are of a form that is known. name is the
// column, or VALUE.
func checkRules(checks []catalog.Check, name, typ string) rules {
	var all rules
	for _, c := range checks {
		if len(c.Columns) > 1 || len(c.Columns) == 1 && c.Columns[0] != name {
			continue
		}
		var one rules
		for _, part := range conjuncts(c.Expr) {
			r := translate(part, name, typ)
			if r == nil {
				one = nil
				break
			}
			one = append(one, r...)
		}
		all = append(all, one...)
	}
	return compatible(all)
}

// compatible keeps one rule of a kind, and of an upper or a lower bound the
// first: buf.validate allows one of each.
func compatible(all rules) rules {
	seen := map[string]bool{}
	var kept rules
	for _, r := range all {
		kind := strings.NewReplacer(".gte", ".lower", ".gt", ".lower", ".lte", ".upper", ".lt", ".upper").Replace(r.path)
		if !seen[kind] {
			seen[kind] = true
			kept = append(kept, r)
		}
	}
	return kept
}

// conjuncts are the parts of a condition that AND joins, without the
// parentheses around them.
func conjuncts(expr string) []string {
	expr = unwrap(strings.TrimSpace(expr))
	depth, quoted, start := 0, false, 0
	var parts []string
	for i := 0; i < len(expr); i++ {
		switch c := expr[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0 && strings.HasPrefix(expr[i:], " AND "):
			parts = append(parts, unwrap(expr[start:i]))
			start = i + len(" AND ")
		}
	}
	return append(parts, unwrap(expr[start:]))
}

// unwrap takes off parentheses around the whole.
func unwrap(expr string) string {
	expr = strings.TrimSpace(expr)
	for strings.HasPrefix(expr, "(") && strings.HasSuffix(expr, ")") {
		depth, quoted := 0, false
		for i := range len(expr) - 1 {
			switch {
			case expr[i] == '\'':
				quoted = !quoted
			case quoted:
			case expr[i] == '(':
				depth++
			case expr[i] == ')':
				depth--
			}
			if depth == 0 {
				return expr
			}
		}
		expr = strings.TrimSpace(expr[1 : len(expr)-1])
	}
	return expr
}

// The forms of conditions, as pg_get_expr writes them. The subject is the
// column, perhaps cast to text.
var (
	comparison = regexp.MustCompile(`^(.+?) (>=|<=|>|<) \(?'?(-?\d+(?:\.\d+)?)'?\)?(?:::[a-z0-9 ]+)?$`)
	ofLength   = regexp.MustCompile(`^(?:char_length|character_length|length)\((.+)\)$`)
	anyOf      = regexp.MustCompile(`^(.+?) = ANY \(+ARRAY\[(.+)\]\)?(?:::text\[\])?\)*$`)
	textItem   = regexp.MustCompile(`^\(*'((?:[^'\\]|'')*)'(?:::[a-z ]+)?\)*(?:::[a-z ]+)?$`)
)

func translate(expr, name, typ string) rules {
	if m := comparison.FindStringSubmatch(expr); m != nil {
		return translateComparison(m[1], m[2], m[3], name, typ)
	}
	if m := anyOf.FindStringSubmatch(expr); m != nil && typ == "string" && isColumn(m[1], name, typ) {
		var items []string
		for item := range strings.SplitSeq(m[2], ", ") {
			text := textItem.FindStringSubmatch(item)
			if text == nil {
				return nil
			}
			items = append(items, quote(strings.ReplaceAll(text[1], "''", "'")))
		}
		return rules{{path: "string.in", items: items, zeroFails: true}}
	}
	return nil
}

func translateComparison(left, op, value, name, typ string) rules {
	whole, err := strconv.ParseInt(value, 10, 64)
	if m := ofLength.FindStringSubmatch(left); m != nil {
		if typ != "string" || err != nil || whole < 0 || !isColumn(m[1], name, typ) {
			return nil
		}
		switch {
		case op == ">=" && whole > 0:
			return rules{{path: "string.min_len", value: value, strict: 1, zeroFails: true}}
		case op == ">":
			return rules{{path: "string.min_len", value: strconv.FormatInt(whole+1, 10), strict: 1, zeroFails: true}}
		case op == "<=" && whole > 0:
			return rules{{path: "string.max_len", value: value, strict: -1}}
		case op == "<" && whole > 1:
			return rules{{path: "string.max_len", value: strconv.FormatInt(whole-1, 10), strict: -1}}
		}
		return nil
	}
	number, _ := strconv.ParseFloat(value, 64)
	switch typ {
	case "int32", "int64":
		bits := map[string]int{"int32": 32, "int64": 64}[typ]
		if _, err := strconv.ParseInt(value, 10, bits); err != nil {
			return nil
		}
	case "float", "double":
	default:
		return nil
	}
	if !isColumn(left, name, typ) {
		return nil
	}
	switch op {
	case ">=":
		return rules{{path: typ + ".gte", value: value, strict: 1, zeroFails: number > 0}}
	case ">":
		return rules{{path: typ + ".gt", value: value, strict: 1, zeroFails: number >= 0}}
	case "<=":
		return rules{{path: typ + ".lte", value: value, strict: -1, zeroFails: number < 0}}
	default:
		return rules{{path: typ + ".lt", value: value, strict: -1, zeroFails: number <= 0}}
	}
}

// isColumn says whether an expression is the column as it is.
func isColumn(expr, name, typ string) bool {
	expr = unwrap(expr)
	if rest, ok := strings.CutSuffix(expr, "::text"); ok && typ == "string" {
		expr = unwrap(rest)
	}
	return expr == name || expr == `"`+strings.ReplaceAll(name, `"`, `""`)+`"`
}
