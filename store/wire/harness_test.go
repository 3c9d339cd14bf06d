package wire

import (
	"context"
	"encoding/hex"
	"strings"
	"sync"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	_ "google.golang.org/genproto/googleapis/type/date"
	_ "google.golang.org/genproto/googleapis/type/datetime"
	_ "google.golang.org/genproto/googleapis/type/decimal"
	_ "google.golang.org/genproto/googleapis/type/timeofday"
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"
)

const testFile = `syntax = "proto3";
package test;
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/type/date.proto";
import "google/type/datetime.proto";
import "google/type/decimal.proto";
import "google/type/timeofday.proto";
import "rowgate/v1/array.proto";
import "rowgate/v1/interval.proto";
import "rowgate/v1/options.proto";
import "rowgate/v1/range.proto";
enum Mood {
  MOOD_UNSPECIFIED = 0;
  MOOD_SAD = 1 [(rowgate.v1.label) = "sad"];
  MOOD_OK = 2 [(rowgate.v1.label) = "ok"];
  MOOD_HAPPY = 300 [(rowgate.v1.label) = "happy"];
}
MESSAGES
message M {
  DECL
}
`

// testMessages are what fields of M may be of.
const testMessages = `
message Pair {
  optional int32 a = 1;
  optional string text = 2 [(rowgate.v1.column).name = "b"];
}
message MoodRange {
  optional Mood lower = 1;
  optional Mood upper = 2;
  rowgate.v1.Bounds bounds = 3;
  bool empty = 4;
}
message TextRange {
  optional string lower = 2;
  optional string upper = 300;
  rowgate.v1.Bounds bounds = 301;
  bool empty = 302;
}
message PosRange {
  optional int64 lower = 1;
  optional int64 upper = 2;
  rowgate.v1.Bounds bounds = 3;
  bool empty = 4;
}
message DayRange {
  google.type.Date lower = 1;
  google.type.Date upper = 2;
  rowgate.v1.Bounds bounds = 3;
  bool empty = 4;
}
message Nest {
  Pair pair = 1;
  repeated Pair pairs = 2;
  Pair own = 3;
  repeated Pair owns = 4;
}
message EveryKind {
  int32 number = 1 [(rowgate.v1.column).name = "plain int"];
  optional int64 small = 2;
  repeated sint32 smalls = 3;
  repeated int32 ints = 4 [packed = false];
  optional Mood mood = 5;
  optional string good = 6;
  repeated Mood moods = 7;
  repeated string goods = 8;
  rowgate.v1.Int32Range span = 9;
  repeated rowgate.v1.Int32Range spans = 10;
  repeated rowgate.v1.Int32Range span_array = 11;
  rowgate.v1.Int32Range own_span = 12;
  google.protobuf.Timestamp instant = 13;
  google.type.Date day = 14;
  optional string price = 15;
  optional string short = 16;
  optional bytes id = 17;
  google.protobuf.Value doc = 18;
  optional bool ok = 19;
}
message Textual {
  optional string doc = 1;
  optional string flags = 2;
  optional string bits = 3;
  optional string mac = 4;
  optional string mac8 = 5;
  optional string path = 6;
  repeated string flag_list = 7;
  optional string own = 8;
}
message Tagged {
  map<string, string> attrs = 1;
  optional string name = 2;
  optional string path = 3;
  repeated string names = 4;
}
message Place {
  optional string at = 1;
  optional string area = 2;
  repeated bytes spots = 3;
}
message Embedding {
  optional int32 id = 1;
  repeated float at = 2;
  repeated float half = 3;
}
message Zeros {
  int32 a = 1;
  string text = 2;
}
message One {
  optional string text = 1;
}
message Nothing {}
message Deep {
  Pair pair = 1;
  repeated Pair pairs = 2;
  repeated int32 ints = 3;
  Mood mood = 4;
  rowgate.v1.Int32Range span = 5;
  map<string, string> attrs = 6;
  repeated float vector = 7;
}
`

var (
	messagesMutex sync.Mutex
	messages      = map[string]protoreflect.MessageDescriptor{}
)

// message compiles a message with the given declarations.
func message(t testing.TB, decl string) protoreflect.MessageDescriptor {
	t.Helper()
	return messageOf(t, testMessages, decl)
}

// messageOf is message in a file with other messages.
func messageOf(t testing.TB, others, decl string) protoreflect.MessageDescriptor {
	t.Helper()
	messagesMutex.Lock()
	defer messagesMutex.Unlock()
	if m := messages[others+decl]; m != nil {
		return m
	}
	source := strings.NewReplacer("MESSAGES", others, "DECL", decl).Replace(testFile)
	linked := protocompile.ResolverFunc(func(path string) (protocompile.SearchResult, error) {
		file, err := protoregistry.GlobalFiles.FindFileByPath(path)
		return protocompile.SearchResult{Desc: file}, err
	})
	compiler := protocompile.Compiler{Resolver: protocompile.CompositeResolver{
		&protocompile.SourceResolver{Accessor: protocompile.SourceAccessorFromMap(map[string]string{"test.proto": source})}, linked,
	}}
	files, err := compiler.Compile(context.Background(), "test.proto")
	if err != nil {
		t.Fatalf("%s: %v", decl, err)
	}
	// The compiler's options are dynamic; those of a program that reads a
	// descriptor are of the types linked into it.
	data, err := proto.Marshal(protodesc.ToFileDescriptorProto(files[0]))
	if err != nil {
		t.Fatal(err)
	}
	var typed descriptorpb.FileDescriptorProto
	if err := proto.Unmarshal(data, &typed); err != nil {
		t.Fatal(err)
	}
	file, err := protodesc.NewFile(&typed, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	m := file.Messages().ByName("M")
	messages[others+decl] = m
	return m
}

// field compiles a message whose first field is of the given type, as in
// "optional int32".
func field(t testing.TB, typ string) protoreflect.FieldDescriptor {
	t.Helper()
	return message(t, typ+" value = 1;").Fields().Get(0)
}

// column binds a column called col of type typ to a field of type proto.
func column(t testing.TB, typ Type, proto string) Column {
	t.Helper()
	return Column{Name: "col", Type: typ, Field: field(t, proto)}
}

func codec(t testing.TB, typ Type, proto string) *Codec {
	t.Helper()
	c, err := NewCodec(column(t, typ, proto))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The types that the tests use, by name.
func scalar(oid uint32, name string) Type {
	return Type{OID: oid, Name: name, Typmod: -1}
}

func (t Type) withTypmod(mod int32, name string) Type {
	t.Typmod, t.Name = mod, name
	return t
}

func arrayOf(elem Type) Type {
	oid := uint32(20001)
	if f := elem.family(); f.array != 0 {
		oid = f.array
	}
	return Type{OID: oid, Name: elem.Name + "[]", Kind: Array, Typmod: -1, Elem: &elem}
}

var (
	boolType        = scalar(oidBool, "boolean")
	int2Type        = scalar(oidInt2, "smallint")
	int4Type        = scalar(oidInt4, "integer")
	int8Type        = scalar(oidInt8, "bigint")
	oidType         = scalar(oidOID, "oid")
	float4Type      = scalar(oidFloat4, "real")
	float8Type      = scalar(oidFloat8, "double precision")
	numericType     = scalar(oidNumeric, "numeric")
	price           = numericType.withTypmod(786438, "numeric(12,2)")
	moneyType       = scalar(oidMoney, "money")
	textType        = scalar(oidText, "text")
	varcharType     = scalar(oidVarchar, "character varying")
	bpcharType      = scalar(oidBpchar, "bpchar")
	nameType        = scalar(oidName, "name")
	charType        = scalar(oidChar, `"char"`)
	uuidType        = scalar(oidUUID, "uuid")
	byteaType       = scalar(oidBytea, "bytea")
	inetType        = scalar(oidInet, "inet")
	cidrType        = scalar(oidCidr, "cidr")
	timestamptzType = scalar(oidTimestamptz, "timestamp with time zone")
	timestampType   = scalar(oidTimestamp, "timestamp without time zone")
	dateType        = scalar(oidDate, "date")
	timeType        = scalar(oidTime, "time without time zone")
	timetzType      = scalar(oidTimetz, "time with time zone")
	intervalType    = scalar(oidInterval, "interval")
	jsonType        = scalar(oidJSON, "json")
	jsonbType       = scalar(oidJSONB, "jsonb")
	xmlType         = scalar(142, "xml")
	macaddrType     = scalar(829, "macaddr")
	pairType        = composite(20002, "pair", Attribute{Name: "a", Type: int4Type}, Attribute{Name: "b", Type: textType})
	int4rangeType   = rangeOf(3904, "int4range", int4Type)
	tstzrangeType   = rangeOf(3910, "tstzrange", timestamptzType)
	textrangeType   = rangeOf(20004, "app.textrange", textType)
	multirangeType  = Type{OID: 4451, Name: "int4multirange", Kind: Multirange, Typmod: -1, Elem: &int4rangeType}
	citextType      = extension(20005, "citext", "citext")
	hstoreType      = extension(20006, "hstore", "hstore")
	vectorType      = extension(20007, "vector", "vector")
	halfvecType     = extension(20008, "vector", "halfvec")
	geometryColumn  = extension(20009, "postgis", "geometry")
	geographyColumn = extension(20010, "postgis", "geography")
	deepType        = composite(20011, "deep",
		Attribute{Name: "pair", Type: pairType}, Attribute{Name: "pairs", Type: arrayOf(pairType)},
		Attribute{Name: "ints", Type: arrayOf(int4Type)}, Attribute{Name: "mood", Type: moodType, OID: 20012},
		Attribute{Name: "span", Type: int4rangeType}, Attribute{Name: "attrs", Type: hstoreType},
		Attribute{Name: "vector", Type: vectorType})
	moodType = Type{OID: 20000, Name: "mood", Kind: Enum, Typmod: -1, Labels: []string{"sad", "ok", "happy"}}
)

func composite(oid uint32, name string, attributes ...Attribute) Type {
	return Type{OID: oid, Name: name, Kind: Composite, Typmod: -1, Attributes: attributes}
}

func rangeOf(oid uint32, name string, subtype Type) Type {
	return Type{OID: oid, Name: name, Kind: Range, Typmod: -1, Elem: &subtype}
}

func extension(oid uint32, extension, name string) Type {
	return Type{OID: oid, Name: "extensions." + name, Typmod: -1, Extension: extension, Base: name}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// raw is text as the hex that the tables of cases hold.
func raw(s string) string { return hex.EncodeToString([]byte(s)) }

// parse reads a message in text format.
func parse(t testing.TB, m protoreflect.MessageDescriptor, text string) proto.Message {
	t.Helper()
	msg := dynamicpb.NewMessage(m)
	if err := prototext.Unmarshal([]byte(text), msg); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return msg
}

// read runs the binary value src through a plan of one codec and lets the
// protobuf library read the message.
func read(t testing.TB, c *Codec, src []byte) (*dynamicpb.Message, []byte, error) {
	t.Helper()
	b, err := NewPlan([]*Codec{c}).AppendRow([]byte("before"), [][]byte{src})
	if string(b[:6]) != "before" {
		t.Fatalf("what was before was changed: %q", b)
	}
	if b = b[6:]; err != nil {
		if len(b) > 0 {
			t.Fatalf("error %v with %d bytes", err, len(b))
		}
		return nil, nil, err
	}
	msg := dynamicpb.NewMessage(c.column.Field.ContainingMessage())
	if err := proto.Unmarshal(b, msg); err != nil {
		t.Fatalf("the message written of %x is malformed: %v\n%x", src, err, b)
	}
	return msg, b, nil
}

// write runs a message through a decoder and a codec.
func write(t testing.TB, c *Codec, msg proto.Message) ([]byte, error) {
	t.Helper()
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(msg)
	if err != nil {
		t.Fatal(err)
	}
	values, err := NewDecoder([]protoreflect.FieldDescriptor{c.column.Field}).Decode(nil, b)
	if err != nil {
		return nil, err
	}
	param, err := c.AppendParam([]byte("before"), values[0])
	if string(param[:6]) != "before" || err != nil && len(param) != 6 {
		t.Fatalf("what was before was changed: %q, %v", param, err)
	}
	return param[6:], err
}

// pairCase is a Postgres value and the message that stands for it.
type pairCase struct {
	typ  Type
	decl string
	bin  string // hex
	text string // the message in text format
	err  string // of what is tried
}

func (c pairCase) name() string {
	return c.typ.Name + " " + c.decl + " " + c.bin + " " + c.text
}

// testBoth checks cases both ways.
func testBoth(t *testing.T, cases []pairCase) {
	t.Helper()
	testRead(t, cases)
	testWrite(t, cases)
}

func testRead(t *testing.T, cases []pairCase) {
	t.Helper()
	for _, c := range cases {
		codec := codec(t, c.typ, c.decl)
		got, b, err := read(t, codec, unhex(t, c.bin))
		if err != nil || c.err != "" {
			checkError(t, c, err, "col", "")
			continue
		}
		want := parse(t, codec.column.Field.ContainingMessage(), c.text)
		if !proto.Equal(got, want) {
			t.Errorf("%s\nread:  %v\n%x", c.name(), got, b)
		}
		// What the library would have written, byte by byte.
		canonical, err := proto.MarshalOptions{Deterministic: true}.Marshal(got)
		if err != nil || string(canonical) != string(b) {
			t.Errorf("%s\nread:    %x\nlibrary: %x", c.name(), b, canonical)
		}
	}
}

func testWrite(t *testing.T, cases []pairCase) {
	t.Helper()
	for _, c := range cases {
		codec := codec(t, c.typ, c.decl)
		got, err := write(t, codec, parse(t, codec.column.Field.ContainingMessage(), c.text))
		if err != nil || c.err != "" {
			checkError(t, c, err, "", "value")
			continue
		}
		if want := unhex(t, c.bin); string(got) != string(want) {
			t.Errorf("%s\nwritten: %x", c.name(), got)
		}
	}
}

// checkError wants the error "kind: sentence" that names the column or field.
func checkError(t *testing.T, c pairCase, err error, column, field string) {
	t.Helper()
	v, ok := err.(*ValueError)
	if !ok {
		t.Errorf("%s\nerror: %v\nwant:  %s", c.name(), err, c.err)
		return
	}
	if got := v.Kind.String() + ": " + v.Error(); got != c.err {
		t.Errorf("%s\nerror: %s\nwant:  %s", c.name(), got, c.err)
	}
	if v.Column != column || field != "" && !strings.HasPrefix(v.Field, field) || field == "" && v.Field != "" {
		t.Errorf("%s\ncolumn %q, field %q", c.name(), v.Column, v.Field)
	}
}
