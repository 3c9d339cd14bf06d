package wire

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/ewkb"
	"github.com/twpayne/go-geom/encoding/geojson"
)

// geometryCase is a geometry in PostGIS' text form and as GeoJSON.
type geometryCase struct {
	sql  string // the column's type
	ewkt string
	json string
}

// theirs says whether PostGIS writes the same GeoJSON.
func (c *geometryCase) theirs() bool {
	return !strings.Contains(c.sql, "ZM") && !strings.Contains(c.ewkt, "(EMPTY") && !strings.Contains(c.ewkt, "e") &&
		!strings.Contains(c.ewkt, ",GEOMETRYCOLLECTION")
}

const mercator = `"crs":{"type":"name","properties":{"name":"EPSG:3857"}},`

var geometryCases = []geometryCase{
	{"geometry", "SRID=4326;POINT(1 2)", `{"type":"Point","coordinates":[1,2]}`},
	{"geometry", "SRID=4326;POINT(-0.1 123456789.12345679)", `{"type":"Point","coordinates":[-0.1,123456789.12345679]}`},
	{"geometry", "SRID=4326;POINT(5e-324 1.7976931348623157e+308)", `{"type":"Point","coordinates":[5e-324,1.7976931348623157e+308]}`},
	{"geometry", "SRID=4326;POINT(0.30000000000000004 1e-07)", `{"type":"Point","coordinates":[0.30000000000000004,1e-07]}`},
	{"geometry(Point,4326)", "SRID=4326;POINT(1 2)", `{"type":"Point","coordinates":[1,2]}`},
	{"geometry(PointZ,3857)", "SRID=3857;POINT(1 2 3)", `{"type":"Point",` + mercator + `"coordinates":[1,2,3]}`},
	{"geometry", "SRID=3857;POINT(1 2)", `{"type":"Point",` + mercator + `"coordinates":[1,2]}`},
	{"geometry(GeometryZM)", "SRID=4326;POINT(1 2 3 4)", `{"type":"Point","coordinates":[1,2,3,4]}`},
	{"geometry", "SRID=4326;LINESTRING(1 2,3 4,5 6)", `{"type":"LineString","coordinates":[[1,2],[3,4],[5,6]]}`},
	{"geometry", "SRID=4326;LINESTRING(1 2 3,4 5 6)", `{"type":"LineString","coordinates":[[1,2,3],[4,5,6]]}`},
	{
		"geometry(Polygon,4326)", "SRID=4326;POLYGON((0 0,9 0,9 9,0 0),(1 1,2 1,2 2,1 1))",
		`{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]],[[1,1],[2,1],[2,2],[1,1]]]}`,
	},
	{"geometry", "SRID=4326;MULTIPOINT(1 2,3 4)", `{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}`},
	{"geometry", "SRID=4326;MULTIPOINT(1 2 3,4 5 6)", `{"type":"MultiPoint","coordinates":[[1,2,3],[4,5,6]]}`},
	{"geometry", "SRID=4326;MULTILINESTRING((1 2,3 4),(5 6,7 8))", `{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}`},
	{
		"geometry", "SRID=4326;MULTIPOLYGON(((0 0,9 0,9 9,0 0)),((1 1,2 1,2 2,1 1)))",
		`{"type":"MultiPolygon","coordinates":[[[[0,0],[9,0],[9,9],[0,0]]],[[[1,1],[2,1],[2,2],[1,1]]]]}`,
	},
	{
		"geometry", "SRID=3857;GEOMETRYCOLLECTION(POINT(1 2),GEOMETRYCOLLECTION(LINESTRING(1 2,3 4)),MULTIPOINT(5 6))",
		`{"type":"GeometryCollection",` + mercator + `"geometries":[{"type":"Point","coordinates":[1,2]},` +
			`{"type":"GeometryCollection","geometries":[{"type":"LineString","coordinates":[[1,2],[3,4]]}]},{"type":"MultiPoint","coordinates":[[5,6]]}]}`,
	},

	{"geometry", "SRID=4326;POINT EMPTY", `{"type":"Point","coordinates":[]}`},
	{"geometry(PointZ,4326)", "SRID=4326;POINT Z EMPTY", `{"type":"Point","coordinates":[]}`},
	{"geometry(PolygonZM,4326)", "SRID=4326;POLYGON ZM EMPTY", `{"type":"Polygon","coordinates":[]}`},
	{"geometry", "SRID=4326;LINESTRING EMPTY", `{"type":"LineString","coordinates":[]}`},
	{"geometry", "SRID=4326;POLYGON EMPTY", `{"type":"Polygon","coordinates":[]}`},
	{"geometry", "SRID=4326;MULTIPOINT EMPTY", `{"type":"MultiPoint","coordinates":[]}`},
	{"geometry", "SRID=4326;MULTIPOLYGON EMPTY", `{"type":"MultiPolygon","coordinates":[]}`},
	{"geometry", "SRID=4326;GEOMETRYCOLLECTION EMPTY", `{"type":"GeometryCollection","geometries":[]}`},
	{"geometry", "SRID=4326;MULTILINESTRING(EMPTY,(1 2,3 4))", `{"type":"MultiLineString","coordinates":[[],[[1,2],[3,4]]]}`},

	{"geography", "SRID=4326;POINT(-180 90)", `{"type":"Point","coordinates":[-180,90]}`},
	{"geography(PointZ,4326)", "SRID=4326;POINT(13.4 52.5 34)", `{"type":"Point","coordinates":[13.4,52.5,34]}`},
	{"geography", "SRID=4326;POLYGON((0 0,9 0,9 9,0 0))", `{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]]]}`},
}

// newPostGIS is newPostgres with PostGIS.
func newPostGIS(t *testing.T) *postgres {
	t.Helper()
	p := newPostgres(t)
	if _, err := p.conn.Exec(t.Context(), "create extension postgis"); err != nil {
		t.Skipf("this Postgres has no PostGIS: %v", err)
	}
	return p
}

// TestPostGIS reads what PostGIS stores as GeoJSON, which is what its own
// ST_AsGeoJSON writes where that is exact, and stores it again; then as bytes.
func TestPostGIS(t *testing.T) {
	p := newPostGIS(t)
	for _, c := range geometryCases {
		t.Run(c.sql+"/"+c.ewkt, func(t *testing.T) {
			table, typ := p.table(t, c.sql)
			p.exec(t, "insert into "+table+" values ("+quote(c.ewkt)+")")
			ewkb := func() string {
				return string(p.query(t, "select ST_AsHEXEWKB(col::geometry) from "+table, Param{}, nil, 0).Rows[0][0])
			}
			stored := ewkb()

			codec := codec(t, typ, "string")
			_, msg := p.stored(t, codec, table)
			if got := fieldOf(msg).String(); got != c.json {
				t.Errorf("%s\nread: %s\nwant: %s", c.ewkt, got, c.json)
			}
			// ST_AsGeoJSON leaves out M, writes no JSON of an empty part, rounds
			// numbers far from 1 and knows no collection in a collection.
			if c.theirs() {
				theirs := string(p.query(t, "select ST_AsGeoJSON(col, 20) from "+table, Param{}, nil, 0).Rows[0][0])
				if diff := cmp.Diff(decoded(t, theirs), decoded(t, c.json)); diff != "" {
					t.Errorf("%s: PostGIS writes something else: %s", c.ewkt, diff)
				}
			}
			p.update(t, table, codec, msg)
			if got := ewkb(); got != stored {
				t.Errorf("%s was stored as %s, not %s", c.json, got, stored)
			}

			codec = asBytes(t, typ)
			_, msg = p.stored(t, codec, table)
			p.exec(t, "update "+table+" set col = null")
			p.update(t, table, codec, msg)
			if got := ewkb(); got != stored {
				t.Errorf("%x was stored as %s, not %s", fieldOf(msg).Bytes(), got, stored)
			}
		})
	}
}

func asBytes(t *testing.T, typ Type) *Codec { return codec(t, typ, "bytes") }

func decoded(t *testing.T, text string) (value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

// TestPostGISBytes has geometries that only bytes hold.
func TestPostGISBytes(t *testing.T) {
	p := newPostGIS(t)
	for ewkt, problem := range map[string]string{
		"POINT M (1 2 3)":                                      "it has the coordinate M without Z, which GeoJSON has no place for",
		"GEOMETRYCOLLECTION M (POINT M (1 2 3))":               "it has the coordinate M without Z, which GeoJSON has no place for",
		"CIRCULARSTRING(0 0,1 1,2 0)":                          "it has a CircularString, which GeoJSON has no place for",
		"COMPOUNDCURVE((0 0,1 1),CIRCULARSTRING(1 1,2 2,3 1))": "it has a CompoundCurve, which GeoJSON has no place for",
		"CURVEPOLYGON(CIRCULARSTRING(0 0,2 2,4 0,2 -2,0 0))":   "it has a CurvePolygon, which GeoJSON has no place for",
		"MULTICURVE((0 0,1 1),CIRCULARSTRING(1 1,2 2,3 1))":    "it has a MultiCurve, which GeoJSON has no place for",
		"MULTISURFACE(((0 0,1 1,1 0,0 0)))":                    "it has a MultiSurface, which GeoJSON has no place for",
		"POLYHEDRALSURFACE(((0 0 0,0 0 1,0 1 1,0 0 0)))":       "it has a PolyhedralSurface, which GeoJSON has no place for",
		"TIN(((0 0 0,0 0 1,0 1 1,0 0 0)))":                     "it has a TIN, which GeoJSON has no place for",
		"TRIANGLE((0 0,0 9,9 0,0 0))":                          "it has a Triangle, which GeoJSON has no place for",
		"GEOMETRYCOLLECTION(CIRCULARSTRING(0 0,1 1,2 0))":      "it has a CircularString, which GeoJSON has no place for",
	} {
		table, typ := p.table(t, "geometry")
		p.exec(t, "insert into "+table+" values ("+quote(ewkt)+")")
		value := p.query(t, "select col from "+table, Param{}, nil, 1).Rows[0][0]
		_, _, err := read(t, codec(t, typ, "string"), value)
		want := `column "col": ` + problem + "; bind the field to bytes to read it"
		if v, ok := err.(*ValueError); !ok || v.Kind != OutOfRange || v.Error() != want {
			t.Errorf("%s: %v\nwant %s", ewkt, err, want)
		}
		_, msg := p.stored(t, asBytes(t, typ), table)
		p.exec(t, "update "+table+" set col = null")
		p.update(t, table, asBytes(t, typ), msg)
		if again := p.query(t, "select col from "+table, Param{}, nil, 1).Rows[0][0]; string(again) != string(value) {
			t.Errorf("%s was stored as %x, not %x", ewkt, again, value)
		}
	}
}

// TestGeoJSONWrite has what is taken and what is refused of GeoJSON.
func TestGeoJSONWrite(t *testing.T) {
	const (
		point   = "01 01000020 e6100000 000000000000f03f 0000000000000040"
		spatial = "01 01000020 110f0000 000000000000f03f 0000000000000040"
	)
	mercatorColumn := geometryColumn.withTypmod(3857<<8, "extensions.geometry(Geometry,3857)")
	for _, c := range []struct {
		typ  Type
		json string
		bin  string
	}{
		{geometryColumn, `{"type":"Point","coordinates":[1,2]}`, point},
		{geometryColumn, ` { "coordinates" : [ 1.0 , 0.2e1 ] , "bbox" : [1, 2, 1, 2] , "name" : {"a": [null]} , "type" : "Point" } `, point},
		{geometryColumn, `{"type":"Point","coordinates":[1,2],"crs":null}`, point},
		{mercatorColumn, `{"type":"Point","coordinates":[1,2]}`, spatial},
		{geometryColumn, `{"type":"Point",` + mercator + `"coordinates":[1,2]}`, spatial},
		{geometryColumn, `{"type":"Point","coordinates":[1,2],"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::3857"}}}`, spatial},
		{mercatorColumn, `{"type":"Point","coordinates":[1,2],"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}}}`, point},
		{geometryColumn, `{"type":"Point","coordinates":[1,2],"crs":{"type":"name","properties":{"name":"EPSG:0"}}}`, "01 01000020 00000000 000000000000f03f 0000000000000040"},
		// Whether an empty point has Z is told by what comes after it.
		{
			geometryColumn, `{"type":"MultiPoint","coordinates":[[],[1,2,3]]}`,
			"01 040000a0 e6100000 02000000 01 01000080 010000000000f87f 010000000000f87f 010000000000f87f" +
				"01 01000080 000000000000f03f 0000000000000040 0000000000000840",
		},
	} {
		got, err := codec(t, c.typ, "string").AppendParam(nil, Value{Present: true, Bytes: []byte(c.json)})
		if want := unhex(t, c.bin); err != nil || string(got) != string(want) {
			t.Errorf("%s\nwritten: %x, %v\nwant:    %x", c.json, got, err, want)
		}
	}
	deep := strings.Repeat(`{"type":"GeometryCollection","geometries":[`, 33) + strings.Repeat("]}", 33)
	for _, c := range []struct {
		typ        Type
		json, want string
	}{
		{geometryColumn, ``, "invalid: value: the text is not JSON: it ends too early"},
		{geometryColumn, `null`, "invalid: value: the text is not GeoJSON: at byte 1 there is no geometry's object"},
		{geometryColumn, `{}`, `invalid: value: the geometry has no member "type"`},
		{geometryColumn, `{"type":"Point"}`, `invalid: value: the Point has no member "coordinates"`},
		{geometryColumn, `{"type":"GeometryCollection","coordinates":[]}`, `invalid: value: the GeometryCollection has no member "geometries"`},
		{
			geometryColumn, `{"type":"Feature","geometry":null}`,
			`invalid: value: the type "Feature" is none of GeoJSON's geometries: Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon, GeometryCollection`,
		},
		{geometryColumn, `{"type":"Point","coordinates":[1,2]} x`, "invalid: value: the text is not JSON: 'x' is unexpected at byte 38"},
		{geometryColumn, `{"type":"Point","coordinates":[1,2]`, "invalid: value: the text is not JSON: it ends too early"},
		{geometryColumn, `{"type":"Point","coordinates":[1,null]}`, "invalid: value: the text is not GeoJSON: at byte 34 there is no number"},
		{geometryColumn, `{"type":"Point","coordinates":["1","2"]}`, "invalid: value: the text is not GeoJSON: at byte 32 there is no number"},
		{geometryColumn, `{"type":"Point","coordinates":[[1,2]]}`, "invalid: value: the text is not GeoJSON: at byte 32 there is no number"},
		{geometryColumn, `{"type":"LineString","coordinates":[1,2]}`, "invalid: value: the text is not GeoJSON: at byte 37 there is no array"},
		{geometryColumn, `{"type":"Point","coordinates":[1]}`, "invalid: value: the position at byte 31 has 1 numbers, not two to four"},
		{geometryColumn, `{"type":"Point","coordinates":[1,2,3,4,5]}`, "invalid: value: the position at byte 31 has 5 numbers, not two to four"},
		{geometryColumn, `{"type":"LineString","coordinates":[[1,2],[]]}`, "invalid: value: the position at byte 43 has 0 numbers, not two to four"},
		{geometryColumn, `{"type":"LineString","coordinates":[[1,2],[1,2,3]]}`, "invalid: value: the position at byte 43 has 3 numbers, and one before it 2"},
		{geometryColumn, `{"type":"LineString","coordinates":[[1,2]]}`, "invalid: value: a LineString has at least 2 positions, not 1"},
		{geometryColumn, `{"type":"Polygon","coordinates":[[]]}`, "invalid: value: a ring of a Polygon has at least 4 positions, not 0"},
		{geometryColumn, `{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}`, "invalid: value: a ring of a Polygon has at least 4 positions, not 3"},
		{geometryColumn, `{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}`, "invalid: value: a ring of a Polygon ends where it begins, and this one does not"},
		{geometryColumn, `{"type":"Point","coordinates":[1e999,0]}`, "out of range: value: the coordinate 1e999 is not exact in a double; the shortest form of the nearest one is"},
		{geometryColumn, `{"type":"Point","coordinates":[0.1000000000000000055,0]}`, "out of range: value: the coordinate 0.1000000000000000055 is not exact in a double; the shortest form of the nearest one is"},
		{geometryColumn, `{"type":"Point","coordinates":[1,2],"crs":{"type":"name","properties":{"name":"WGS84"}}}`, `invalid: value: the crs "WGS84" is not of the form "EPSG:4326"`},
		{geometryColumn, `{"type":"Point","coordinates":[1,2],"crs":{"properties":{"name":"EPSG:1000000"}}}`, "out of range: value: the SRID 1000000 is not between 0 and 999999"},
		{geometryColumn, `{"type":"Point","coordinates":[1,2],"crs":"EPSG:1"}`, "invalid: value: crs is not an object with a name in its properties"},
		{
			geometryColumn, `{"type":"GeometryCollection","geometries":[{"type":"Point",` + mercator + `"coordinates":[1,2]}]}`,
			"invalid: value: crs is a member of the whole, not of a geometry in a collection",
		},
		{geometryColumn, deep, "out of range: value: its collections are nested deeper than 32 levels"},
		{geographyColumn, `{"type":"Point","coordinates":[180.5,0]}`, "out of range: value: a longitude of 180.5 is not between -180 and 180"},
		{geographyColumn, `{"type":"Point","coordinates":[-180.5,0]}`, "out of range: value: a longitude of -180.5 is not between -180 and 180"},
		{geographyColumn, `{"type":"Point","coordinates":[0,90.5]}`, "out of range: value: a latitude of 90.5 is not between -90 and 90"},
		{geographyColumn, `{"type":"Point","coordinates":[0,-91]}`, "out of range: value: a latitude of -91 is not between -90 and 90"},
	} {
		_, err := codec(t, c.typ, "string").AppendParam(nil, Value{Present: true, Bytes: []byte(c.json)})
		v, ok := err.(*ValueError)
		if !ok || v.Kind.String()+": "+v.Error() != c.want {
			t.Errorf("%.100s\nerror: %v\nwant:  %s", c.json, err, c.want)
		}
	}
}

// TestEWKBWrite has bytes that PostGIS would refuse with an error that says
// nothing, or change.
func TestEWKBWrite(t *testing.T) {
	const one, two = "000000000000f03f", "0000000000000040"
	for _, c := range []struct {
		typ       Type
		bin, want string
	}{
		{geometryColumn, "01 01000000" + one + two, ""},
		{geometryColumn, "00 00000001 3ff0000000000000 4000000000000000", ""},
		{geometryColumn, "01 e9030000" + one + two + two, ""}, // ISO's Point Z
		{geometryColumn, "01 01000020 e6100000" + one + two, ""},
		{geometryColumn, "01 08000000 03000000" + one + two + one + one + two + two, ""},
		{geometryColumn, "01 01000020 40420f00" + one + two, "out of range: value: the SRID 1000000 is not between 0 and 999999"},
		{geometryColumn, "01 01000020 ffffffff" + one + two, "out of range: value: the SRID -1 is not between 0 and 999999"},
		{geometryColumn, "", "invalid: value: the bytes are not a geometry in EWKB"},
		{geometryColumn, "02 01000000" + one + two, "invalid: value: the bytes are not a geometry in EWKB"},
		{geometryColumn, "01 01000000" + one, "invalid: value: the bytes are not a geometry in EWKB"},
		{geometryColumn, "01 01000000" + one + two + "00", "invalid: value: the bytes are not a geometry in EWKB"},
		{geometryColumn, "01 00000000" + one + two, "invalid: value: the bytes are not a geometry in EWKB"},
		{geometryColumn, "01 12000000" + one + two, "invalid: value: the bytes are not a geometry in EWKB"},
		{geometryColumn, "01 02000000 ffffffff" + one + two, "invalid: value: the bytes are not a geometry in EWKB"},
		{geometryColumn, "01 04000000 01000000 01 02000000 00000000", "invalid: value: the bytes are not a geometry in EWKB"},
		{geometryColumn, "01 04000000 01000000 01 01000080" + one + two + two, "invalid: value: the bytes are not a geometry in EWKB"},
		{geometryColumn, "01 02000000 01000000" + one + two, "invalid: value: a LineString has at least 2 positions, not 1"},
		{geometryColumn, "01 03000000 01000000 00000000", "invalid: value: a ring of a Polygon has at least 4 positions, not 0"},
		{geometryColumn, "01 08000000 04000000" + strings.Repeat(one, 8), "invalid: value: a CircularString has an odd number of positions, not 4"},
		{
			geometryColumn, "01 03000000 01000000 04000000" + strings.Repeat(one, 7) + two,
			"invalid: value: a ring of a Polygon ends where it begins, and this one does not",
		},
		{geometryColumn, strings.Repeat("01 07000000 01000000", 200) + "01 07000000 00000000", "out of range: value: its collections are nested deeper than 200 levels"},
		{geographyColumn, "01 01000000 0000000000007940" + one, "out of range: value: a longitude of 400 is not between -180 and 180"},
	} {
		_, err := codec(t, c.typ, "bytes").AppendParam(nil, Value{Present: true, Bytes: unhex(t, c.bin)})
		got := ""
		if v, ok := err.(*ValueError); ok {
			got = v.Kind.String() + ": " + v.Error()
		}
		if got != c.want {
			t.Errorf("%.100s: %s\nwant %s", c.bin, got, c.want)
		}
	}
}

// TestEWKBRead has bytes that are no EWKB.
func TestEWKBRead(t *testing.T) {
	for _, bin := range []string{
		"", "01", "03 01000000", "01 01000000 00", "01 02000000 ffffffff", "01 04000000 01000000 01 02000000 00000000", "01 01000000" + strings.Repeat("00", 17),
		"01 07000000 01000000 01 01000080" + strings.Repeat("00", 24), "01 ff000000 00000000",
	} {
		testRead(t, []pairCase{{typ: geometryColumn, decl: "string", bin: bin, err: changed("extensions.geometry")}})
	}
	testRead(t, []pairCase{{
		typ: geometryColumn, decl: "string", bin: strings.Repeat("01 07000000 01000000", 32) + "01 07000000 00000000",
		err: `out of range: column "col": its collections are nested deeper than 32 levels; bind the field to bytes to read it`,
	}, {
		typ: geometryColumn, decl: "string", bin: "01 01000000 000000000000f03f 000000000000f07f",
		err: `out of range: column "col": it has the coordinate +Inf, which GeoJSON has no place for; bind the field to bytes to read it`,
	}})
}

// randomGeometry makes a geometry that go-geom can write as GeoJSON and read
// back: none that is empty, of two or three coordinates.
func randomGeometry(random *rand.Rand, layout geom.Layout, depth int) geom.T {
	coord := func() geom.Coord {
		c := make(geom.Coord, layout.Stride())
		for i := range c {
			switch random.IntN(3) {
			case 0:
				c[i] = float64(random.IntN(400) - 200)
			case 1:
				c[i] = random.NormFloat64() * math.Pow(10, float64(random.IntN(40)-20))
			default:
				c[i] = math.Float64frombits(random.Uint64())
				if math.IsNaN(c[i]) || math.IsInf(c[i], 0) {
					c[i] = 0.1
				}
			}
		}
		return c
	}
	line := func() (all []geom.Coord) {
		for range 2 + random.IntN(4) {
			all = append(all, coord())
		}
		return all
	}
	ring := func() []geom.Coord {
		all := append(line(), coord())
		return append(all, all[0])
	}
	rings := func() (all [][]geom.Coord) {
		for range 1 + random.IntN(3) {
			all = append(all, ring())
		}
		return all
	}
	switch kind := random.IntN(7); {
	case kind == 0:
		return geom.NewPoint(layout).MustSetCoords(coord())
	case kind == 1:
		return geom.NewLineString(layout).MustSetCoords(line())
	case kind == 2:
		return geom.NewPolygon(layout).MustSetCoords(rings())
	case kind == 3:
		return geom.NewMultiPoint(layout).MustSetCoords(line())
	case kind == 4:
		return geom.NewMultiLineString(layout).MustSetCoords([][]geom.Coord{line(), line()})
	case kind == 5 || depth > 2:
		return geom.NewMultiPolygon(layout).MustSetCoords([][][]geom.Coord{rings(), rings()})
	default:
		return geom.NewGeometryCollection().MustPush(randomGeometry(random, layout, depth+1), randomGeometry(random, layout, depth+1))
	}
}

// TestGeometryLibrary holds reader and writer against go-geom.
func TestGeometryLibrary(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	c := codec(t, geometryColumn, "string")
	for range 2000 {
		layout := []geom.Layout{geom.XY, geom.XYZ, geom.XYZM}[random.IntN(3)]
		g := randomGeometry(random, layout, 0)
		text, err := geojson.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		if g, err = geom.SetSRID(g, 4326); err != nil {
			t.Fatal(err)
		}
		order := []binary.ByteOrder{ewkb.NDR, ewkb.XDR}[random.IntN(2)]
		bin, err := ewkb.Marshal(g, order)
		if err != nil {
			t.Fatal(err)
		}
		msg, _, err := read(t, c, bin)
		if err != nil {
			t.Fatal(err)
		}
		got := fieldOf(msg).String()
		if diff := cmp.Diff(decoded(t, string(text)), decoded(t, got)); diff != "" {
			t.Fatalf("%s: %s", text, diff)
		}
		if order == binary.ByteOrder(ewkb.XDR) {
			if bin, err = ewkb.Marshal(g, ewkb.NDR); err != nil {
				t.Fatal(err)
			}
		}
		for _, text := range []string{got, string(text)} {
			if param, err := c.AppendParam(nil, Value{Present: true, Bytes: []byte(text)}); err != nil || string(param) != string(bin) {
				t.Fatalf("%s\nwritten: %x, %v\nlibrary: %x", text, param, err, bin)
			}
		}
		if _, err := codec(t, geometryColumn, "bytes").AppendParam(nil, Value{Present: true, Bytes: bin}); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

// TestGeometryTypmod reads modifiers as PostGIS packs them.
func TestGeometryTypmod(t *testing.T) {
	p := newPostGIS(t)
	for sql, want := range map[string]geometryType{
		"geometry":                         {},
		"geometry(Point)":                  {},
		"geometry(PointZ,3857)":            {srid: 3857, z: true},
		"geometry(PointM,4326)":            {srid: 4326, m: true},
		"geometry(GeometryCollectionZM,1)": {srid: 1, z: true, m: true},
		"geometry(Geometry,998999)":        {srid: 998999},
		"geography":                        {geography: true},
		"geography(Point)":                 {srid: 4326, geography: true},
	} {
		_, typ := p.table(t, sql)
		want.name = typ.Name
		if got := geometryTypeOf(&typ); got != want {
			t.Errorf("%s: %s, want %s", sql, fmt.Sprint(got), fmt.Sprint(want))
		}
	}
}
