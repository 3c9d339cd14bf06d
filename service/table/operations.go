package table

import (
	"bytes"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// A request that changes rows has parts, each of the resource's type: the
// resource itself, what the row is expected to be, and what is done to the
// row's values.
const (
	partBody = iota
	partExpected
	partIncrement
	partAppend
	partMerge
	partCount
)

// parts are the parts but the body, which has a name of its own, and what a
// shape says of their fields.
var parts = [partCount]struct {
	name protoreflect.Name
	mark byte
	// takes says of which types the part's values are.
	takes string
}{
	partBody:      {mark: given},
	partExpected:  {name: "expected"},
	partIncrement: {"increment", added, "numbers and intervals are incremented"},
	partAppend:    {"append", appended, "arrays, texts, bytea and jsonb arrays are appended to"},
	partMerge:     {"merge", merged, "jsonb objects and hstores are merged into"},
}

// What a write does with a column, besides what [shape] says: it makes a value of
// the column's and of the one in the arguments.
const (
	added byte = iota + 16
	appended
	merged
)

// isPart says whether a name is that of a part but the body.
func isPart(name protoreflect.Name) bool {
	for _, p := range parts[partExpected:] {
		if p.name == name {
			return true
		}
	}
	return false
}

// operate is the value that an operation makes of the column's and an argument;
// nil when the column's type has no such operation.
//
// A sum with NULL is NULL, as it is in SQL. To append to NULL, or to merge into
// it, is to begin with nothing; the same goes for a JSON null. Of jsonb values
// that are no array when they are appended to, Postgres makes the first item of
// one; those that are no object are replaced by what is merged into them, as
// RFC 7396 has it, but that members are not looked into.
func (f *field) operate(what byte, right query.Operand) query.Operand {
	column, t := query.Ref{Column: f.column.Name}, f.column.Type
	joined := query.Operation{Left: column, Op: query.Concat, Right: right}
	switch what {
	case added:
		switch t.Format {
		case "smallint", "integer", "bigint", "real", "double precision", "numeric", "interval":
			return query.Operation{Left: column, Op: query.Plus, Right: right}
		case "money":
			// Before PostgreSQL 18 sums of money overflow in silence.
			return query.Operation{
				Left: query.Cast{Of: column, Type: "pg_catalog.numeric"}, Op: query.Plus,
				Right: query.Cast{Of: right, Type: "pg_catalog.numeric"},
			}
		}
	case appended:
		switch {
		case t.Elem != nil, t.Format == "text", t.Format == "bytea":
			return query.Coalesce{joined, right}
		case t.Format == "character varying", t.Extension == "citext" && t.Name.Name == "citext":
			text := func(o query.Operand) query.Operand { return query.Cast{Of: o, Type: "pg_catalog.text"} }
			return query.Coalesce{query.Operation{Left: text(column), Op: query.Concat, Right: text(right)}, text(right)}
		case t.Format == "jsonb":
			return query.Coalesce{query.When{If: query.Not{Expr: query.JSONIs{Of: column, Type: query.JSONNull}}, Then: joined}, right}
		}
	case merged:
		switch {
		case t.Format == "jsonb":
			return query.Coalesce{query.When{If: query.JSONIs{Of: column, Type: query.JSONObject}, Then: joined}, right}
		case t.Extension == "hstore" && t.Name.Name == "hstore":
			joined.Operators = t.Schema
			return query.Coalesce{joined, right}
		}
	}
	return nil
}

// operable refuses what is no value of an operation: JSON of another type than
// the operation is for. param is the value in the form of the field's parameter.
func (f *field) operable(what byte, param []byte) error {
	if f.column.Type.Format != "jsonb" || len(param) == 0 {
		return nil
	}
	text := bytes.TrimLeft(param[1:], " \t\r\n") // behind the version
	switch {
	case what == appended && !bytes.HasPrefix(text, []byte("[")):
		return &wire.ValueError{Field: f.name, Kind: wire.Invalid, Text: "is no JSON array, whose items could be appended"}
	case what == merged && !bytes.HasPrefix(text, []byte("{")):
		return &wire.ValueError{Field: f.name, Kind: wire.Invalid, Text: "is no JSON object, whose members could be merged"}
	}
	return nil
}
