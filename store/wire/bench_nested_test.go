package wire

import (
	"strings"
	"testing"

	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/ewkb"
	"github.com/twpayne/go-geom/encoding/geojson"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// nestedValues are values with parts, for the benchmarks.
func nestedValues(t testing.TB) map[string]struct {
	codec *Codec
	value []byte
} {
	t.Helper()
	type pair = struct {
		codec *Codec
		value []byte
	}
	param := func(typ Type, decl, text string) pair {
		c := codec(t, typ, decl)
		b, err := write(t, c, parse(t, c.column.Field.ContainingMessage(), text))
		if err != nil {
			t.Fatal(err)
		}
		return pair{c, b}
	}
	return map[string]pair{
		"record": param(deepType, "Deep", `value {pair {a: 1 text: "x"} pairs {a: 1 text: "x"} ints: [1, 2, 3] mood: MOOD_OK
			span {lower: 1 upper: 5} attrs {key: "k" value: "v"} vector: [1, 2, 3]}`),
		"range":   param(tstzrangeType, "rowgate.v1.TimestampRange", `value {lower {seconds: 1704067200} upper {seconds: 1735689600}}`),
		"hstore":  param(hstoreType, "map<string, string>", `value {key: "a" value: "1"} value {key: "key" value: "value"}`),
		"vector":  param(vectorType, "repeated float", "value: ["+strings.TrimSuffix(strings.Repeat("0.123, ", 1536), ", ")+"]"),
		"array":   param(arrayOf(textType), "rowgate.v1.Array", `value {elements {value: "a"} elements {} elements {value: "c"}}`),
		"polygon": {codec(t, geometryColumn, "string"), polygon(t)},
	}
}

// polygon is one of 100 positions.
func polygon(t testing.TB) []byte {
	t.Helper()
	var ring []geom.Coord
	for i := range 99 {
		ring = append(ring, geom.Coord{13.4 + float64(i)/1e5, 52.5 - float64(i*i)/1e7})
	}
	ring = append(ring, ring[0])
	b, err := ewkb.Marshal(geom.NewPolygon(geom.XY).MustSetCoords([][]geom.Coord{ring}).SetSRID(4326), ewkb.NDR)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func BenchmarkNestedRead(b *testing.B) {
	for name, v := range nestedValues(b) {
		b.Run(name, func(b *testing.B) {
			plan, row := NewPlan([]*Codec{v.codec}), [][]byte{v.value}
			dst := make([]byte, 0, 1<<16)
			b.ReportAllocs()
			b.SetBytes(int64(len(v.value)))
			for b.Loop() {
				var err error
				if dst, err = plan.AppendRow(dst[:0], row); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNestedWrite(b *testing.B) {
	for name, v := range nestedValues(b) {
		b.Run(name, func(b *testing.B) {
			msg, err := NewPlan([]*Codec{v.codec}).AppendRow(nil, [][]byte{v.value})
			if err != nil {
				b.Fatal(err)
			}
			values, err := NewDecoder([]protoreflect.FieldDescriptor{v.codec.column.Field}).Decode(nil, msg)
			if err != nil {
				b.Fatal(err)
			}
			dst := make([]byte, 0, 1<<16)
			b.ReportAllocs()
			b.SetBytes(int64(len(v.value)))
			for b.Loop() {
				if dst, err = v.codec.AppendParam(dst[:0], values[0]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkGeometryLibrary is the polygon by way of go-geom, for comparison.
func BenchmarkGeometryLibrary(b *testing.B) {
	value := polygon(b)
	b.ReportAllocs()
	b.SetBytes(int64(len(value)))
	for b.Loop() {
		g, err := ewkb.Unmarshal(value)
		if err != nil {
			b.Fatal(err)
		}
		if _, err = geojson.Marshal(g); err != nil {
			b.Fatal(err)
		}
	}
}

// TestNestedAllocations holds that reading values with parts allocates nothing.
func TestNestedAllocations(t *testing.T) {
	for name, v := range nestedValues(t) {
		plan, row := NewPlan([]*Codec{v.codec}), [][]byte{v.value}
		dst := make([]byte, 0, 1<<16)
		if n := testing.AllocsPerRun(100, func() {
			var err error
			if dst, err = plan.AppendRow(dst[:0], row); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
