package wire

// families is the table of legal pairs: what each Postgres type may be bound
// to, the proposed protobuf type first. It is the table of the contract in
// code; a type that it does not name is of the family otherwise.
//
// A type is added by a line here and the functions that it names.
var families = []family{
	{oidBool, 1000, "boolean", []pair{
		{"bool", asIs, always(readBool, writeBool)},
	}},
	{oidInt2, 1005, "smallint", []pair{
		{"int32 | sint32 | sfixed32 | int64 | sint64 | sfixed64", asIs, integer(2)},
	}},
	{oidInt4, 1007, "integer", []pair{
		{"int32 | sint32 | sfixed32 | int64 | sint64 | sfixed64", asIs, integer(4)},
	}},
	{oidInt8, 1016, "bigint", []pair{
		{"int64 | sint64 | sfixed64", asIs, integer(8)},
		{"string", asIs, always(readInt8Text, writeInt8Text)},
		{"int32 | sint32 | sfixed32", asIs, integer(8)},
	}},
	{oidOID, 1028, "oid", []pair{
		{"uint32 | fixed32 | uint64 | fixed64 | int64", asIs, unsigned},
	}},
	{oidFloat4, 1021, "real", []pair{
		{"float", asIs, always(readFloat, writeFloat)},
		{"double", asIs, always(readFloatWide, writeFloatNarrow)},
	}},
	{oidFloat8, 1022, "double precision", []pair{
		{"double", asIs, always(readDouble, writeDouble)},
	}},
	{oidNumeric, oidNumericArray, "numeric", []pair{
		{"string", asIs, numericText},
		{"google.type.Decimal", asIs, numericDecimal},
	}},
	{oidMoney, 791, "money", []pair{
		{"string", asNumeric, moneyText},
	}},

	{oidText, oidTextArray, "text", []pair{
		{"string", asIs, text},
	}},
	{oidVarchar, 1015, "character varying", []pair{
		{"string", asIs, limitedText},
	}},
	{oidBpchar, 1014, "bpchar", []pair{
		{"string", asIs, limitedText},
	}},
	{oidName, 1003, "name", []pair{
		{"string", asIs, always(readText, writeName)},
	}},
	{oidChar, 1002, `"char"`, []pair{
		{"string", asIs, always(readChar, writeChar)},
	}},
	{oidUUID, 2951, "uuid", []pair{
		{"string", asIs, always(readUUID, writeUUID)},
		{"bytes", asIs, always(readUUIDBytes, writeUUIDBytes)},
	}},
	{oidBytea, 1001, "bytea", []pair{
		{"bytes", asIs, always(readBytes, writeBytes)},
	}},
	{oidInet, 1041, "inet", []pair{
		{"string", asIs, always(readInet, writeInet)},
	}},
	{oidCidr, 651, "cidr", []pair{
		{"string", asIs, always(readInet, writeCidr)},
	}},

	{oidTimestamptz, 1185, "timestamp with time zone", []pair{
		{"google.protobuf.Timestamp", asIs, instant},
		{"string", asIs, instantText},
	}},
	{oidTimestamp, 1115, "timestamp without time zone", []pair{
		{"google.type.DateTime", asIs, dateTime},
		{"string", asIs, dateTimeText},
	}},
	{oidDate, 1182, "date", []pair{
		{"google.type.Date", asIs, always(readDate, writeDate)},
		{"string", asIs, always(readDateText, writeDateText)},
	}},
	{oidTime, 1183, "time without time zone", []pair{
		{"google.type.TimeOfDay", asIs, timeOfDay},
		{"string", asIs, timeText},
	}},
	{oidTimetz, 1270, "time with time zone", []pair{
		{"string", asIs, timetzText},
	}},
	{oidInterval, 1187, "interval", []pair{
		{"rowgate.v1.Interval", asIs, interval},
		{"string", asIs, intervalText},
	}},

	{oidJSON, 199, "json", []pair{
		{"google.protobuf.Value", asIs, jsonValue},
		{"string", asIs, jsonText},
		{"bytes", asIs, jsonText},
	}},
	{oidJSONB, 3807, "jsonb", []pair{
		{"google.protobuf.Value", asIs, jsonbValue},
		{"string", asIs, jsonbText},
		{"bytes", asIs, jsonbText},
	}},

	// In a cast, bit without quotes would mean bit(1), and cut the value. The
	// second line of a type that travels as text is for records.
	{1560, 1561, `"bit"`, []pair{
		{"string", asText, bits(true)},
		{"string", asIs, bitString(true)},
	}},
	{1562, 1563, "bit varying", []pair{
		{"string", asText, bits(false)},
		{"string", asIs, bitString(false)},
	}},
	{142, 143, "xml", []pair{
		{"string", asText, text},
		{"string", asIs, always(readText, writeXML)},
	}},
	{829, 1040, "macaddr", []pair{
		{"string", asText, text},
		{"string", asIs, macaddr(6)},
	}},
	{774, 775, "macaddr8", []pair{
		{"string", asText, text},
		{"string", asIs, macaddr(8)},
	}},
	{4072, 4073, "jsonpath", []pair{
		{"string", asText, text},
		{"string", asIs, always(readVersioned, writeVersioned)},
	}},

	{3904, 3905, "int4range", rangePairs("rowgate.v1.Int32Range | message")},
	{3926, 3927, "int8range", rangePairs("rowgate.v1.Int64Range | message")},
	{3906, 3907, "numrange", rangePairs("rowgate.v1.NumericRange | message")},
	{3910, 3911, "tstzrange", rangePairs("rowgate.v1.TimestampRange | message")},
	{3908, 3909, "tsrange", rangePairs("rowgate.v1.DateTimeRange | message")},
	{3912, 3913, "daterange", rangePairs("rowgate.v1.DateRange | message")},
}

// enums, composites and ranges are the families of the kinds whose OIDs are
// the types' own. "message" is any message of the type's shape.
var (
	enums = family{pairs: []pair{
		{"enum", asIs, enumNumber},
		{"string", asIs, enumLabel},
	}}
	composites = family{pairs: []pair{
		{"message", asIs, record},
		{"string", asText, text},
	}}
	ranges = family{pairs: rangePairs("message")}
)

func rangePairs(protos string) []pair {
	return []pair{
		{protos, asIs, rangeMessage},
		{"string", asText, text},
	}
}

// extensions are the families of extensions' types, whose OIDs and schemas
// differ from database to database, by extension and pg_type.typname.
var extensions = map[[2]string]family{
	{"citext", "citext"}: {pairs: []pair{{"string", asIs, text}}},
	{"ltree", "ltree"}: {pairs: []pair{
		{"string", asText, text},
		{"string", asIs, always(readVersioned, writeVersioned)},
	}},
	{"postgis", "geometry"}: {pairs: []pair{
		{"string", asIs, geoJSON},
		{"bytes", asIs, ewkbBytes},
	}},
	{"postgis", "geography"}: {pairs: []pair{
		{"string", asIs, geoJSON},
		{"bytes", asIs, ewkbBytes},
	}},
}

// lists are the pairs of types that are no arrays and yet fill a repeated
// field or a map. In an array such a type is what its family says.
var lists = map[[2]string][]listPair{
	{"hstore", "hstore"}:  {{"map<string, string>", hstoreMap}},
	{"vector", "vector"}:  {{"repeated float", vector}},
	{"vector", "halfvec"}: {{"repeated float", halfvec}},
}

// otherwise is the family of every type that the table does not name: point,
// tsvector, sparsevec, pseudo-types and so on.
var otherwise = family{pairs: []pair{
	{"string", asText, text},
}}

// arrayMessage is legal for every array, since it keeps what a repeated field
// has no place for.
const arrayMessage = "rowgate.v1.Array"

// family is a Postgres type and what its values may become.
type family struct {
	oid   uint32
	array uint32 // the OID of its array type
	name  string // as a cast takes it, without a modifier
	pairs []pair
}

// pair is a legal pair: protobuf types, separated by bars, as a .proto writes
// them ("enum" for any enum), how the values travel then, and how their
// functions are made.
type pair struct {
	protos string
	route  route
	plan   func(b *binding) (conv, error)
}

// listPair is a legal pair of one value and a repeated field or a map.
type listPair struct {
	proto string
	plan  func(b *binding) (list, error)
}

// binding is a pair of one type and one field while its codec is made.
type binding struct {
	column *Column
	typ    *Type  // the column's type, or its element's
	proto  string // the protobuf type, as in pair.protos
	// bind binds an attribute or a bound to a field of the message. It is
	// handed over since the table, which names the plans, would otherwise
	// depend on itself.
	bind func(Column) (*Codec, error)
}

// conv converts one value, an item's where the field is repeated.
type conv struct {
	read  readFunc
	write writeFunc
}

// list converts one value to a repeated field or a map and back; what it reads
// has the field's tags.
type list struct {
	read  readFunc
	write func(dst []byte, v Value) ([]byte, error)
	// emptyIsNull says that the type has no value for no items.
	emptyIsNull bool
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
