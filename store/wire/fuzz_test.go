package wire

import (
	"bytes"
	"testing"
)

// nestedCodecs are the codecs of values that have parts.
func nestedCodecs(t testing.TB) []*Codec {
	var codecs []*Codec
	for _, c := range []struct {
		typ  Type
		decl string
	}{
		{pairType, "Pair"},
		{deepType, "Deep"},
		{arrayOf(pairType), "repeated Pair"},
		{int4rangeType, "rowgate.v1.Int32Range"},
		{tstzrangeType, "rowgate.v1.TimestampRange"},
		{textrangeType, "TextRange"},
		{multirangeType, "repeated rowgate.v1.Int32Range"},
		{hstoreType, "map<string, string>"},
		{vectorType, "repeated float"},
		{halfvecType, "repeated float"},
		{arrayOf(textType), "rowgate.v1.Array"},
		{geometryColumn, "string"},
		{geometryColumn, "bytes"},
	} {
		codecs = append(codecs, codec(t, c.typ, c.decl))
	}
	return codecs
}

// FuzzNestedRead feeds bytes to the readers of records, ranges, multiranges,
// hstore, vectors and EWKB: no panic, and what is accepted is a message that
// can be written and read again.
func FuzzNestedRead(f *testing.F) {
	codecs := nestedCodecs(f)
	for i := range codecs {
		for _, bin := range []string{
			"", pairOneX, pairNulls, "00000001 00000000 00004e22 00000001 00000001 00000019" + pairOneX,
			"01", "18", "02 00000004 00000001 00000004 00000005", "12 00000008 0000000000000000", "06 00000000 00000001 7a",
			"00000000", "00000002 00000001 01 00000009 12 00000004 00000007", "00000001 00000001 61 00000002 c3bc",
			"0002 0000 3f800000 c0200000", "0002 0000 3c00 c100",
			"00000002 00000001 00000019 00000002 00000001 00000001 ffffffff 00000000 ffffffff",
			"01 01000020 e6100000 000000000000f03f 0000000000000040", "01 040000a0 e6100000 01000000 01 01000080 000000000000f03f 0000000000000040 0000000000000840",
			"01 07000000 01000000 01 03000000 01000000 00000000", "00 00000002 00000000",
		} {
			f.Add(uint8(i), unhex(f, bin))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, src []byte) {
		c := codecs[int(which)%len(codecs)]
		msg, _, err := read(t, c, src)
		if err != nil {
			return
		}
		param, err := write(t, c, msg)
		if err != nil {
			return // more than the codec takes, such as a vector of nothing
		}
		again, _, err := read(t, c, param)
		if err != nil {
			t.Fatalf("%s: %x was read as %v, written as %x: %v", c, src, msg, param, err)
		}
		if param2, err := write(t, c, again); err != nil || !bytes.Equal(param, param2) {
			t.Fatalf("%s: %x was read as %v, written as %x, read as %v, written as %x, %v", c, src, msg, param, again, param2, err)
		}
	})
}

// FuzzNestedWrite feeds bytes of messages to the writers: no panic, and what is
// accepted can be read and is written as the same bytes again.
func FuzzNestedWrite(f *testing.F) {
	codecs := nestedCodecs(f)
	for i := range codecs {
		for _, message := range []string{
			"", "0801", "0801120178", "0a020801", "0801100a1801", "2001", "0a00", "0a0408011002 0a0408031004", "0a0161120162", "0a0208011200", "0a021802120112",
			raw(`{"type":"MultiPoint","coordinates":[[],[1,2,3]]}`),
		} {
			f.Add(uint8(i), unhex(f, message), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, message []byte, count uint8) {
		c := codecs[int(which)%len(codecs)]
		v := Value{Present: true, Bytes: message}
		for range count % 3 {
			v.Items, v.Nums = append(v.Items, message), append(v.Nums, uint64(len(message)))
		}
		param, err := c.AppendParam(nil, v)
		if err != nil {
			return
		}
		msg, _, err := read(t, c, param)
		if v, ok := err.(*ValueError); ok && v.Kind == OutOfRange {
			return // collections nested too deep for GeoJSON, say
		}
		if err != nil {
			t.Fatalf("%s: %x was written as %x: %v", c, message, param, err)
		}
		if again, err := write(t, c, msg); err != nil || len(v.Items) < 2 && !bytes.Equal(again, param) {
			t.Fatalf("%s: %x was written as %x, read as %v, written as %x, %v", c, message, param, msg, again, err)
		}
	})
}

// FuzzGeoJSON feeds texts to the parser of GeoJSON: no panic, and what is
// accepted is EWKB that the checker accepts, and that is read as GeoJSON and
// written as the same bytes again.
func FuzzGeoJSON(f *testing.F) {
	for _, c := range geometryCases {
		f.Add(c.json)
	}
	f.Add(`{"type":"MultiPoint","coordinates":[[],[1,2,3]]}`)
	f.Add(`{"coordinates":[[0,0],[1,1e-400]],"crs":{"properties":{"name":"EPSG:1"}},"type":"LineString"}`)
	text, bin := codec(f, geometryColumn, "string"), codec(f, geometryColumn, "bytes")
	f.Fuzz(func(t *testing.T, json string) {
		param, err := text.AppendParam(nil, Value{Present: true, Bytes: []byte(json)})
		if err != nil {
			return
		}
		if _, err := bin.AppendParam(nil, Value{Present: true, Bytes: param}); err != nil {
			t.Fatalf("%q was written as %x: %v", json, param, err)
		}
		msg, _, err := read(t, text, param)
		if err != nil {
			t.Fatalf("%q was written as %x: %v", json, param, err)
		}
		again, err := write(t, text, msg)
		if err != nil {
			t.Fatalf("%q was read as %v: %v", json, msg, err)
		}
		// The dimensions of an empty geometry are those of the column, and the
		// SRID 0 reads as the default.
		if !bytes.Contains([]byte(json), []byte("EPSG")) && len(again) == len(param) && !bytes.Equal(again, param) {
			t.Fatalf("%q was written as %x, read as %v, written as %x", json, param, msg, again)
		}
	})
}
