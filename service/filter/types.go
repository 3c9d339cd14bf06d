package filter

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/wrapperspb"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// OIDs of built-in types, from Postgres' pg_type.dat. They never change.
const (
	oidBool        = 16
	oidBytea       = 17
	oidChar        = 18
	oidName        = 19
	oidInt8        = 20
	oidInt2        = 21
	oidInt4        = 23
	oidText        = 25
	oidOID         = 26
	oidJSON        = 114
	oidFloat4      = 700
	oidFloat8      = 701
	oidMoney       = 790
	oidBpchar      = 1042
	oidVarchar     = 1043
	oidTextArray   = 1009
	oidDate        = 1082
	oidTime        = 1083
	oidTimestamp   = 1114
	oidTimestamptz = 1184
	oidInterval    = 1186
	oidTimetz      = 1266
	oidNumeric     = 1700
	oidUUID        = 2950
	oidTSVector    = 3614
	oidRegconfig   = 3734
	oidJSONB       = 3802
	oidJSONBArray  = 3807
)

// class is what a filter can do with the values of a type.
type class uint8

const (
	scalars class = iota // those that are compared and no more
	booleans
	integers
	floats
	bytestrings
	texts
	enums
	jsons
	arrays
	ranges
	multiranges
	hstores
	documents // of full-text search
)

var classes = map[uint32]class{
	oidBool: booleans, oidBytea: bytestrings, oidTSVector: documents, oidJSON: jsons, oidJSONB: jsons,
	oidInt2: integers, oidInt4: integers, oidInt8: integers, oidOID: integers, oidFloat4: floats, oidFloat8: floats,
	oidText: texts, oidVarchar: texts, oidBpchar: texts, oidName: texts, oidChar: texts,
}

// listOIDs are the arrays of built-in types. Of another type Postgres works it
// out.
var listOIDs = map[uint32]uint32{
	oidBool: 1000, oidBytea: 1001, oidChar: 1002, oidName: 1003, oidInt2: 1005, oidInt4: 1007, oidInt8: 1016, oidOID: 1028,
	oidFloat4: 1021, oidFloat8: 1022, oidNumeric: 1231, oidText: oidTextArray, oidVarchar: 1015, oidBpchar: 1014, oidUUID: 2951,
	oidTimestamptz: 1185, oidTimestamp: 1115, oidDate: 1182, oidTime: 1183, oidTimetz: 1270, oidInterval: 1187,
	oidJSONB: oidJSONBArray,
}

func classOf(t *wire.Type) class {
	switch t.Kind {
	case wire.Array:
		return arrays
	case wire.Enum:
		return enums
	case wire.Range:
		return ranges
	case wire.Multirange:
		return multiranges
	}
	switch {
	case t.Extension == "citext" && t.Base == "citext":
		return texts
	case t.Extension == "hstore" && t.Base == "hstore":
		return hstores
	}
	return classes[t.OID]
}

// values writes the values of a type that is neither an array nor a range.
type values struct {
	typ   wire.Type
	class class
	codec *wire.Codec
	// labels are an enum's, by the names of its protobuf values.
	labels map[string]string
}

// newValues reads the values of a type as the strings, numbers or bools that a
// filter writes, whatever the field is. The type's modifier is no bound to
// them: nothing equals a value that is too long.
func newValues(t wire.Type, field protoreflect.FieldDescriptor) (*values, error) {
	t.Typmod = -1
	v := &values{typ: t, class: classOf(&t)}
	var of proto.Message = &wrapperspb.StringValue{}
	switch {
	case v.class == booleans:
		of = &wrapperspb.BoolValue{}
	case v.class == integers:
		of = &wrapperspb.Int64Value{}
	case v.class == bytestrings:
		of = &wrapperspb.BytesValue{}
	case t.OID == oidFloat4:
		of = &wrapperspb.FloatValue{}
	case t.OID == oidFloat8:
		of = &wrapperspb.DoubleValue{}
	}
	var err error
	v.codec, err = wire.NewCodec(wire.Column{Name: t.Name, Type: t, Field: of.ProtoReflect().Descriptor().Fields().ByNumber(1)})
	if err != nil {
		return nil, err
	}
	if v.class == enums && field != nil && field.Kind() == protoreflect.EnumKind {
		v.labels = map[string]string{}
		for i := range field.Enum().Values().Len() {
			value := field.Enum().Values().Get(i)
			if label, ok := proto.GetExtension(value.Options(), rowgatev1.E_Label).(string); ok && proto.HasExtension(value.Options(), rowgatev1.E_Label) {
				v.labels[string(value.Name())] = label
			}
		}
	}
	return v, nil
}

func mustValues(oid uint32, name string) *values {
	v, err := newValues(wire.Type{OID: oid, Name: name, Typmod: -1}, nil)
	if err != nil {
		panic(err)
	}
	return v
}

// The types that values are compared as, whatever type the column has.
var (
	bigints  = mustValues(oidInt8, "bigint")
	numerics = mustValues(oidNumeric, "numeric")
	strs     = mustValues(oidText, "text")
	jsonbs   = mustValues(oidJSONB, "jsonb")
)

var (
	textType    = query.TypeName("pg_catalog", "text")
	numericType = query.TypeName("pg_catalog", "numeric")
	jsonbType   = query.TypeName("pg_catalog", "jsonb")
)

// binary says that values travel in the type's binary form, which arrays and
// ranges of them are made of.
func (v *values) binary() bool {
	p := v.codec.Param()
	return !p.Text && p.Cast == "" && p.OID == v.typ.OID
}
