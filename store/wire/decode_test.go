package wire

import (
	"bytes"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// everyField is a message with a field of each sort, in the order of their
// numbers.
const everyField = `
	bool a = 1; int32 b = 2; sint32 c = 3; uint32 d = 4; int64 e = 5; sint64 f = 6; uint64 g = 7;
	sfixed32 h = 8; fixed32 i = 9; float j = 10; sfixed64 k = 11; fixed64 l = 12; double m = 13;
	string n = 14; bytes o = 15; Mood p = 16; google.protobuf.Timestamp q = 17;
	repeated bool ra = 21; repeated int32 rb = 22; repeated sint32 rc = 23; repeated uint32 rd = 24; repeated int64 re = 25;
	repeated sint64 rf = 26; repeated uint64 rg = 27; repeated sfixed32 rh = 28; repeated fixed32 ri = 29; repeated float rj = 30;
	repeated sfixed64 rk = 31; repeated fixed64 rl = 32; repeated double rm = 33; repeated string rn = 34; repeated bytes ro = 35;
	repeated Mood rp = 36; repeated google.protobuf.Timestamp rq = 37; repeated int32 unpacked = 38 [packed = false];
	oneof choice { int32 x = 41; string y = 42; google.protobuf.Timestamp z = 2000; }
	map<string, int32> entries = 536870911;`

func everyDecoder(t testing.TB) (*Decoder, protoreflect.MessageDescriptor) {
	m := message(t, everyField)
	fields := make([]protoreflect.FieldDescriptor, m.Fields().Len())
	for i := range fields {
		fields[i] = m.Fields().Get(i)
	}
	return NewDecoder(fields), m
}

func marshal(t testing.TB, msg proto.Message) []byte {
	t.Helper()
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(msg)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecode(t *testing.T) {
	decoder, m := everyDecoder(t)
	got, err := decoder.Decode(nil, marshal(t, parse(t, m, `
		a: true b: -2 c: -3 d: 4294967295 e: -5 f: -6 g: 18446744073709551615 h: -8 i: 9 j: 1.5 k: -11 l: 12 m: 2.5
		n: "text" o: "\377" p: MOOD_HAPPY q: {seconds: 7}
		rb: [1, -1] rj: 1.5 rn: ["x", ""] unpacked: [5, 6] z: {nanos: 9} entries: {key: "k" value: 1}`)))
	if err != nil {
		t.Fatal(err)
	}
	minus := func(n int64) uint64 { return uint64(-n) }
	want := make([]Value, m.Fields().Len())
	for name, v := range map[string]Value{
		"a": {Num: 1}, "b": {Num: minus(2)}, "c": {Num: minus(3)}, "d": {Num: math.MaxUint32}, "e": {Num: minus(5)}, "f": {Num: minus(6)},
		"g": {Num: math.MaxUint64}, "h": {Num: minus(8)}, "i": {Num: 9}, "j": {Num: uint64(math.Float32bits(1.5))}, "k": {Num: minus(11)},
		"l": {Num: 12}, "m": {Num: math.Float64bits(2.5)}, "n": {Bytes: []byte("text")}, "o": {Bytes: []byte("\xff")}, "p": {Num: 300},
		"q": {Bytes: []byte{8, 7}}, "rb": {Nums: []uint64{1, minus(1)}}, "rj": {Nums: []uint64{uint64(math.Float32bits(1.5))}},
		"rn": {Items: [][]byte{[]byte("x"), {}}}, "unpacked": {Nums: []uint64{5, 6}}, "z": {Bytes: []byte{16, 9}},
		"entries": {Items: [][]byte{[]byte("\x0a\x01k\x10\x01")}},
	} {
		v.Present = true
		want[m.Fields().ByName(protoreflect.Name(name)).Index()] = v
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestDecodeRules has what serializers rarely write and parsers must take.
func TestDecodeRules(t *testing.T) {
	m := message(t, everyField)
	field := func(name string) protoreflect.FieldDescriptor { return m.Fields().ByName(protoreflect.Name(name)) }
	decode := func(msg []byte, names ...string) []Value {
		t.Helper()
		var fields []protoreflect.FieldDescriptor
		for _, name := range names {
			fields = append(fields, field(name))
		}
		values, err := NewDecoder(fields).Decode(nil, msg)
		if err != nil {
			t.Fatal(err)
		}
		return values
	}
	join := func(texts ...string) []byte {
		var b []byte
		for _, text := range texts {
			b = append(b, marshal(t, parse(t, m, text))...)
		}
		return b
	}
	check := func(what string, got []Value, want ...Value) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}

	check("the last scalar counts", decode(join("b: 1", "b: 2"), "b"), Value{Present: true, Num: 2})
	check("order is that of the fields", decode(join("a: true b: 1"), "b", "a"), Value{Present: true, Num: 1}, Value{Present: true, Num: 1})
	check("others are skipped", decode(join(`a: true n: "x" m: 1 h: 1 rb: 1 q: {}`), "b"), Value{})

	merged := decode(join("q: {seconds: 1}", "q: {nanos: 2}", "q: {seconds: 3}"), "q")
	check("messages are merged", merged, Value{Present: true, Bytes: []byte{8, 1, 16, 2, 8, 3}})

	check("packed and not", decode(concat(join("rb: [1, 2]"), []byte{22<<3&0x7f | 0x80, 1, 3}, join("unpacked: 9 rb: 4")), "rb", "unpacked"),
		Value{Present: true, Nums: []uint64{1, 2, 3, 4}}, Value{Present: true, Nums: []uint64{9}})
	check("packed where it is not declared", decode(concat(join("unpacked: 1"), protowire.AppendBytes(protowire.AppendTag(nil, 38, protowire.BytesType), []byte{2, 3})), "unpacked"),
		Value{Present: true, Nums: []uint64{1, 2, 3}})
	check("packed, but empty", decode([]byte{22<<3&0x7f | 2 | 0x80, 1, 0}, "rb"), Value{Present: true})

	check("the last of a oneof", decode(join("x: 1", `y: "a"`), "x", "y"), Value{}, Value{Present: true, Bytes: []byte("a")})
	check("of which one was not asked for", decode(join("x: 1", `y: "a"`), "x"), Value{})
	check("a oneof's message starts anew", decode(join("z: {seconds: 1}", "x: 1", "z: {nanos: 1}"), "z", "x"),
		Value{Present: true, Bytes: []byte{16, 1}}, Value{})

	check("a wrong wire type is an unknown field", decode(protowire.AppendFixed32(protowire.AppendTag(nil, 2, protowire.Fixed32Type), 7), "b"), Value{})
	check("long varints are cut", decode(concat(
		protowire.AppendVarint([]byte{2 << 3}, 1<<40|5), protowire.AppendVarint([]byte{4 << 3}, 1<<40|6),
		protowire.AppendVarint([]byte{3 << 3}, 1<<40|3), protowire.AppendVarint([]byte{1 << 3}, 1<<40)), "b", "d", "c", "a"),
		Value{Present: true, Num: 5}, Value{Present: true, Num: 6}, Value{Present: true, Num: math.MaxUint64 - 1}, Value{Present: true, Num: 1})
	check("groups are skipped", decode(concat([]byte{1<<3 | 3, 2 << 3, 1, 1<<3 | 4}, join("b: 3")), "b"), Value{Present: true, Num: 3})
	check("nothing", decode(nil, "b", "q"), Value{}, Value{})
}

// TestDecodeMergeCopies holds that merging does not write into the message.
func TestDecodeMergeCopies(t *testing.T) {
	m := message(t, everyField)
	q := m.Fields().ByName("q")
	msg := concat(marshal(t, parse(t, m, "q: {seconds: 1}")), marshal(t, parse(t, m, "q: {nanos: 2}")))
	before := bytes.Clone(msg)
	if _, err := NewDecoder([]protoreflect.FieldDescriptor{q}).Decode(nil, msg); err != nil || !bytes.Equal(msg, before) {
		t.Errorf("%x became %x, %v", before, msg, err)
	}
}

func TestDecodeAppends(t *testing.T) {
	m := message(t, everyField)
	decoder := NewDecoder([]protoreflect.FieldDescriptor{m.Fields().ByName("b")})
	dst := append(make([]Value, 0, 8), Value{Num: 1}, Value{Num: 99, Present: true})[:1]
	got, err := decoder.Decode(dst, nil)
	if err != nil || len(got) != 2 || got[0].Num != 1 || got[1].Present {
		t.Errorf("%v, %v", got, err)
	}
	if got, err = decoder.Decode(dst, []byte{0}); err == nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestDecodeErrors(t *testing.T) {
	decoder, _ := everyDecoder(t)
	for _, msg := range [][]byte{
		{0},
		{0xff},
		{2 << 3},
		{2<<3 | 2, 5},
		{9<<3 | 5, 1},
		{12<<3 | 1, 1, 2},
		{14<<3 | 2, 2, 'a'},
		{1<<3 | 4},
		{1<<3 | 6},
		{22<<3&0x7f | 2 | 0x80, 1, 1, 0x80},
		{28<<3&0x7f | 2 | 0x80, 1, 1, 0},
		{0x7a, 0xff},
		bytes.Repeat([]byte{0x80}, 12),
		{2 << 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
	} {
		_, err := decoder.Decode(nil, msg)
		if v, ok := err.(*ValueError); !ok || v.Kind != Invalid || v.Error() != "the bytes are not a valid test.M message" {
			t.Errorf("%x: %v", msg, err)
		}
	}
	for _, msg := range [][]byte{{14<<3 | 2, 1, 0xff}, {34<<3&0x7f | 2 | 0x80, 2, 1, 0xff}} {
		_, err := decoder.Decode(nil, msg)
		if v, ok := err.(*ValueError); !ok || v.Kind != Invalid || v.Text != "the text is not valid UTF-8" || v.Field == "" {
			t.Errorf("%x: %v", msg, err)
		}
	}
}

// FuzzDecode holds the decoder against the protobuf library: what both take
// has the same fields.
func FuzzDecode(f *testing.F) {
	decoder, m := everyDecoder(f)
	f.Add(marshal(f, parse(f, m, `a: true b: -2 c: -3 j: 1.5 n: "text" p: MOOD_HAPPY q: {seconds: 7} rb: [1, -1] rn: ["x", ""] z: {nanos: 9} entries: {key: "k" value: 1}`)))
	f.Add([]byte{22<<3&0x7f | 0x80, 1, 3, 22<<3&0x7f | 2 | 0x80, 1, 2, 1, 2})
	f.Fuzz(func(t *testing.T, msg []byte) {
		values, err := decoder.Decode(nil, msg)
		library := dynamicpb.NewMessage(m)
		errLibrary := proto.Unmarshal(msg, library)
		if err != nil {
			if errLibrary == nil {
				t.Fatalf("%x: %v, but the library reads %v", msg, err, library)
			}
			return
		}
		if errLibrary != nil {
			return // messages within it are not looked at
		}
		for i, v := range values {
			field := m.Fields().Get(i)
			if v.Present && field.HasPresence() && !library.Has(field) {
				t.Fatalf("%x: %s is present", msg, field.Name())
			}
			if !v.Present && library.Has(field) {
				t.Fatalf("%x: %s is absent", msg, field.Name())
			}
			if v.Present && !sameValue(v, field, library.Get(field)) {
				t.Fatalf("%x: %s is %+v, but the library has %v", msg, field.Name(), v, library.Get(field))
			}
		}
	})
}

func sameValue(v Value, field protoreflect.FieldDescriptor, want protoreflect.Value) bool {
	switch {
	case field.IsMap():
		return (len(v.Items) > 0) == (want.Map().Len() > 0)
	case field.IsList():
		list := want.List()
		if list.Len() != max(len(v.Nums), len(v.Items)) {
			return false
		}
		for i := range list.Len() {
			item := Value{}
			if v.Nums != nil {
				item.Num = v.Nums[i]
			} else {
				item.Bytes = v.Items[i]
			}
			if !sameSingle(item, field, list.Get(i)) {
				return false
			}
		}
		return true
	default:
		return sameSingle(v, field, want)
	}
}

func sameSingle(v Value, field protoreflect.FieldDescriptor, want protoreflect.Value) bool {
	switch field.Kind() {
	case protoreflect.BoolKind:
		return (v.Num == 1) == want.Bool() && v.Num <= 1
	case protoreflect.EnumKind:
		return int64(v.Num) == int64(want.Enum())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind,
		protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return int64(v.Num) == want.Int()
	case protoreflect.FloatKind:
		f := math.Float32frombits(uint32(v.Num))
		return f == float32(want.Float()) || f != f && math.IsNaN(want.Float())
	case protoreflect.DoubleKind:
		return v.Num == math.Float64bits(want.Float())
	case protoreflect.StringKind:
		return string(v.Bytes) == want.String()
	case protoreflect.BytesKind:
		return bytes.Equal(v.Bytes, want.Bytes())
	case protoreflect.MessageKind:
		msg := dynamicpb.NewMessage(field.Message())
		return proto.Unmarshal(v.Bytes, msg) == nil && proto.Equal(msg, want.Message().Interface())
	default:
		return v.Num == want.Uint()
	}
}
