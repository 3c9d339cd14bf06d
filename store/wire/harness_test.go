package wire

import (
	"context"
	"encoding/hex"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
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
import "rowgate/v1/interval.proto";
enum Mood { MOOD_UNSPECIFIED = 0; MOOD_SAD = 1; MOOD_OK = 2; MOOD_HAPPY = 300; }
message M {
  DECL
}
`

var (
	messagesMutex sync.Mutex
	messages      = map[string]protoreflect.MessageDescriptor{}
)

// message compiles a message with the given declarations.
func message(t testing.TB, decl string) protoreflect.MessageDescriptor {
	t.Helper()
	messagesMutex.Lock()
	defer messagesMutex.Unlock()
	if m := messages[decl]; m != nil {
		return m
	}
	interval, err := os.ReadFile("../../proto/rowgate/v1/interval.proto")
	if err != nil {
		t.Fatal(err)
	}
	sources := protocompile.SourceResolver{Accessor: protocompile.SourceAccessorFromMap(map[string]string{
		"test.proto":                strings.Replace(testFile, "DECL", decl, 1),
		"rowgate/v1/interval.proto": string(interval),
	})}
	linked := protocompile.ResolverFunc(func(path string) (protocompile.SearchResult, error) {
		file, err := protoregistry.GlobalFiles.FindFileByPath(path)
		return protocompile.SearchResult{Desc: file}, err
	})
	compiler := protocompile.Compiler{Resolver: protocompile.CompositeResolver{&sources, linked}}
	files, err := compiler.Compile(context.Background(), "test.proto")
	if err != nil {
		t.Fatalf("%s: %v", decl, err)
	}
	m := files[0].Messages().ByName("M")
	messages[decl] = m
	return m
}

// field compiles a message whose first field is of the given type, as in
// "optional int32".
func field(t testing.TB, typ string) protoreflect.FieldDescriptor {
	t.Helper()
	return message(t, typ+" value = 1;").Fields().Get(0)
}

var moodLabels = map[protoreflect.EnumNumber]string{1: "sad", 2: "ok", 300: "happy"}

// column binds a column called col of type typ to a field of type proto.
func column(t testing.TB, typ Type, proto string) Column {
	t.Helper()
	c := Column{Name: "col", Type: typ, Field: field(t, proto)}
	if c.Field.Kind() == protoreflect.EnumKind {
		c.Labels = moodLabels
	}
	return c
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
	moodType        = Type{OID: 20000, Name: "mood", Kind: Enum, Typmod: -1, Labels: []string{"sad", "ok", "happy"}}
)

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
