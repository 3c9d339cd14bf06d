package wire

import "strings"

// families is the table of legal pairs: what each Postgres type may be bound
// to, the proposed protobuf type first. It is the table of the contract in
// code; a type that it does not name is of the family otherwise.
//
// A type is added by a line here and the functions that it names.
var families = []family{
	{oidBool, 1000, "boolean", asIs, []pair{
		{"bool", always(readBool, writeBool)},
	}},
	{oidInt2, 1005, "smallint", asIs, []pair{
		{"int32 sint32 sfixed32 int64 sint64 sfixed64", integer(2)},
	}},
	{oidInt4, 1007, "integer", asIs, []pair{
		{"int32 sint32 sfixed32 int64 sint64 sfixed64", integer(4)},
	}},
	{oidInt8, 1016, "bigint", asIs, []pair{
		{"int64 sint64 sfixed64", integer(8)},
		{"string", always(readInt8Text, writeInt8Text)},
		{"int32 sint32 sfixed32", integer(8)},
	}},
	{oidOID, 1028, "oid", asIs, []pair{
		{"uint32 fixed32 uint64 fixed64 int64", unsigned},
	}},
	{oidFloat4, 1021, "real", asIs, []pair{
		{"float", always(readFloat, writeFloat)},
		{"double", always(readFloatWide, writeFloatNarrow)},
	}},
	{oidFloat8, 1022, "double precision", asIs, []pair{
		{"double", always(readDouble, writeDouble)},
	}},
	{oidNumeric, oidNumericArray, "numeric", asIs, []pair{
		{"string", numericText},
		{"google.type.Decimal", numericDecimal},
	}},
	{oidMoney, 791, "money", asNumeric, []pair{
		{"string", moneyText},
	}},

	{oidText, oidTextArray, "text", asIs, []pair{
		{"string", text},
	}},
	{oidVarchar, 1015, "character varying", asIs, []pair{
		{"string", limitedText},
	}},
	{oidBpchar, 1014, "bpchar", asIs, []pair{
		{"string", limitedText},
	}},
	{oidName, 1003, "name", asIs, []pair{
		{"string", always(readText, writeName)},
	}},
	{oidChar, 1002, `"char"`, asIs, []pair{
		{"string", always(readChar, writeChar)},
	}},
	{oidUUID, 2951, "uuid", asIs, []pair{
		{"string", always(readUUID, writeUUID)},
		{"bytes", always(readUUIDBytes, writeUUIDBytes)},
	}},
	{oidBytea, 1001, "bytea", asIs, []pair{
		{"bytes", always(readBytes, writeBytes)},
	}},
	{oidInet, 1041, "inet", asIs, []pair{
		{"string", always(readInet, writeInet)},
	}},
	{oidCidr, 651, "cidr", asIs, []pair{
		{"string", always(readInet, writeCidr)},
	}},

	{oidTimestamptz, 1185, "timestamp with time zone", asIs, []pair{
		{"google.protobuf.Timestamp", instant},
		{"string", instantText},
	}},
	{oidTimestamp, 1115, "timestamp without time zone", asIs, []pair{
		{"google.type.DateTime", dateTime},
		{"string", dateTimeText},
	}},
	{oidDate, 1182, "date", asIs, []pair{
		{"google.type.Date", always(readDate, writeDate)},
		{"string", always(readDateText, writeDateText)},
	}},
	{oidTime, 1183, "time without time zone", asIs, []pair{
		{"google.type.TimeOfDay", timeOfDay},
		{"string", timeText},
	}},
	{oidTimetz, 1270, "time with time zone", asIs, []pair{
		{"string", timetzText},
	}},
	{oidInterval, 1187, "interval", asIs, []pair{
		{"rowgate.v1.Interval", interval},
		{"string", intervalText},
	}},

	{oidJSON, 199, "json", asIs, []pair{
		{"google.protobuf.Value", jsonValue},
		{"string", jsonText},
		{"bytes", jsonText},
	}},
	{oidJSONB, 3807, "jsonb", asIs, []pair{
		{"google.protobuf.Value", jsonbValue},
		{"string", jsonbText},
		{"bytes", jsonbText},
	}},

	// In a cast, bit without quotes would mean bit(1), and cut the value.
	{1560, 1561, `"bit"`, asText, []pair{
		{"string", bits(true)},
	}},
	{1562, 1563, "bit varying", asText, []pair{
		{"string", bits(false)},
	}},
}

// enums is the family of every enum type, whose OIDs are the type's own.
var enums = family{route: asIs, pairs: []pair{
	{"enum", enumNumber},
	{"string", enumLabel},
}}

// otherwise is the family of every type that the table does not name: xml,
// macaddr, bit varying, ltree, citext, tsvector, composites and so on.
var otherwise = family{route: asText, pairs: []pair{
	{"string", text},
}}

// family is a Postgres type, how its values travel and what they may become.
type family struct {
	oid   uint32
	array uint32 // the OID of its array type
	name  string // as a cast takes it, without a modifier
	route route
	pairs []pair
}

// pair is a legal pair: protobuf types, separated by blanks, as a .proto
// writes them ("enum" for any enum), and how their functions are made.
type pair struct {
	protos string
	plan   func(b *binding) (conv, error)
}

// binding is a pair of one type and one field while its codec is made.
type binding struct {
	column *Column
	typ    *Type  // the column's type, or its element's
	proto  string // the protobuf type, as in pair.protos
}

// conv converts one value, an item's where the field is repeated.
type conv struct {
	read  readFunc
	write writeFunc
}

// readFunc appends the wire form of the Postgres value src, without a tag but
// with the length where its wire type has one. On an error, a fault, what it
// returns is of no use. It keeps nothing of src.
type readFunc func(dst, src []byte) ([]byte, error)

// writeFunc appends the Postgres form of a scalar, num, or of a string, bytes
// or message, b. Its errors are faults.
type writeFunc func(dst []byte, num uint64, b []byte) ([]byte, error)

// always is the plan of a pair whose functions depend on nothing.
func always(read readFunc, write writeFunc) func(*binding) (conv, error) {
	c := conv{read, write}
	return func(*binding) (conv, error) { return c, nil }
}

var familyOf = func() map[uint32]*family {
	byOID := make(map[uint32]*family, len(families))
	for i := range families {
		byOID[families[i].oid] = &families[i]
	}
	return byOID
}()

// family is the row of the table that t, an element type, belongs to.
func (t *Type) family() *family {
	switch t.Kind {
	case Enum:
		return &enums
	case Scalar:
		if f := familyOf[t.OID]; f != nil {
			return f
		}
	}
	return &otherwise
}

// find is the plan for a protobuf type, nil when the pair is not legal.
func (f *family) find(proto string) func(*binding) (conv, error) {
	for _, p := range f.pairs {
		for name := range strings.FieldsSeq(p.protos) {
			if name == proto {
				return p.plan
			}
		}
	}
	return nil
}

// Legal returns the protobuf types that a column of type t may be bound to, as
// a .proto file writes them, the proposed one first. "enum" stands for an enum
// whose values carry the labels; an array's types begin with "repeated ".
func Legal(t Type) []string {
	prefix := ""
	if t.Kind == Array {
		prefix = "repeated "
	}
	var legal []string
	for _, p := range t.element().family().pairs {
		for name := range strings.FieldsSeq(p.protos) {
			legal = append(legal, prefix+name)
		}
	}
	return legal
}
