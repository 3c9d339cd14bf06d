package table

import (
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/typemap"
	"github.com/rowgate/rowgate/store/wire"
)

// aggregation is an aggregate of Postgres: which types it takes, and what it
// gives of each. Of a domain it takes what the domain stands on.
// https://www.postgresql.org/docs/current/functions-aggregate.html
type aggregation struct {
	name query.FuncName
	// word is what it computes, and takes the types it takes, for messages.
	word, takes string
	// results are the types it gives, by the OIDs of those it takes.
	results map[uint32]wire.Type
	// ordered says that it takes enums and arrays too, and gives what it takes.
	ordered bool
}

// OIDs of built-in types, from Postgres' pg_type.dat. They never change.
const (
	oidBytea   = 17
	oidChar    = 18
	oidName    = 19
	oidInt8    = 20
	oidInt2    = 21
	oidInt4    = 23
	oidText    = 25
	oidFloat4  = 700
	oidFloat8  = 701
	oidCidr    = 650
	oidMoney   = 790
	oidVarchar = 1043
	oidIval    = 1186
	oidNumeric = 1700
)

var (
	int8Type     = builtIn(oidInt8, "bigint")
	numericType  = builtIn(oidNumeric, "numeric")
	float4Type   = builtIn(oidFloat4, "real")
	float8Type   = builtIn(oidFloat8, "double precision")
	moneyType    = builtIn(oidMoney, "money")
	intervalType = builtIn(oidIval, "interval")
	textType     = builtIn(oidText, "text")
)

func builtIn(oid uint32, name string) wire.Type {
	return wire.Type{OID: oid, Name: name, Typmod: -1, Base: name}
}

const (
	numbers   = "smallint, integer, bigint, numeric, real, double precision"
	orderable = "numbers, texts, dates, times, intervals, money, enums, arrays, inet and cidr"
)

// aggregates are those that a group may have, by the fields' names.
var aggregates = map[string]aggregation{
	"sum": {
		name: query.Sum, word: "sum", takes: numbers + ", money and interval", results: map[uint32]wire.Type{
			oidInt2: int8Type, oidInt4: int8Type, oidInt8: numericType, oidNumeric: numericType, oidFloat4: float4Type, oidFloat8: float8Type,
			oidMoney: moneyType, oidIval: intervalType,
		},
	},
	"avg": {
		name: query.Avg, word: "average", takes: numbers + " and interval", results: map[uint32]wire.Type{
			oidInt2: numericType, oidInt4: numericType, oidInt8: numericType, oidNumeric: numericType, oidFloat4: float8Type, oidFloat8: float8Type,
			oidIval: intervalType,
		},
	},
	"min": {name: query.Min, word: "least value", takes: orderable, ordered: true},
	"max": {name: query.Max, word: "greatest value", takes: orderable, ordered: true},
}

// compared are the built-in types, besides enums and arrays, that have a min and
// a max of their own type.
var compared = map[uint32]bool{
	oidInt2: true, oidInt4: true, oidInt8: true, 26: true /* oid */, oidFloat4: true, oidFloat8: true, oidNumeric: true, oidMoney: true,
	oidText: true, 1042 /* bpchar */ : true,
	1082 /* date */ : true, 1083 /* time */ : true, 1266 /* timetz */ : true, 1114 /* timestamp */ : true, 1184 /* timestamptz */ : true, oidIval: true,
	869 /* inet */ : true, oidCidr: true, 27 /* tid */ : true, 3220 /* pg_lsn */ : true, 5069 /* xid8 */ : true,
}

// byteaCompared is the first server_version_num with min and max of bytea.
const byteaCompared = 180000

// result is the type of the aggregate of a field, if there is one.
func (a *aggregation) result(b *Binder, f *field) (wire.Type, bool) {
	t := f.column.Type
	if !a.ordered {
		result, ok := a.results[t.OID]
		return result, ok
	}
	same := typemap.Type(t, -1, t.Format)
	switch {
	case !f.column.Sortable:
		return same, false
	case t.Kind == 'e', t.Elem != nil, isCitext(f), compared[t.OID]:
		return same, true
	case t.OID == oidBytea:
		return same, b.cat.ServerVersion >= byteaCompared
	case t.OID == oidVarchar, t.OID == oidName, t.OID == oidChar:
		return textType, true
	}
	return same, false
}

// isCitext says that the field is of extension citext's type, which has
// aggregates of its own, beside its operators: those of text would mind case.
func isCitext(f *field) bool {
	return f.column.Type.Extension == "citext" && f.column.Type.Name.Name == "citext"
}

// call is the aggregate of a field.
func (a *aggregation) call(f *field) query.Operand {
	call := query.Func{Name: a.name, Args: []query.Operand{query.Ref{Column: f.column.Name}}}
	switch {
	case a.ordered && isCitext(f):
		return query.FuncIn{Schema: f.column.Type.Operators, Func: call}
	case a.ordered && f.column.Type.OID == oidCidr:
		return query.Cast{Of: call, Type: query.TypeName("pg_catalog", "cidr")} // It is an inet.
	}
	return call
}
