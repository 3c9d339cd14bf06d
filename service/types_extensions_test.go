package service_test

import "google.golang.org/grpc/codes"

func nullValue(key string) string {
	return `the value of key "` + key + `" is NULL, which a map has no place for; bind the field to string to read it`
}

// Geometries as psql prints them, and as GeoJSON.
const (
	point       = "0101000020E6100000000000000000F03F00000000000004C0"
	pointUp     = "01010000A0E6100000000000000000F03F00000000000004C00000000000002440"
	noPoint     = "0101000020E6100000000000000000F87F000000000000F87F"
	line        = "0102000020110F00000200000000000000000000000000000000000000000000000000F03F9A9999999999B93F"
	unknownSRID = "0101000000000000000000F03F0000000000000040"
	withM       = "0101000060E6100000000000000000F03F00000000000000400000000000000840"
	arc         = "0108000020E61000000300000000000000000000000000000000000000000000000000F03F000000000000F03F00000000000000400000000000000000"
)

var geoJSON = map[string]string{
	point:       `{"type":"Point","coordinates":[1,-2.5]}`,
	pointUp:     `{"type":"Point","coordinates":[1,-2.5,10]}`,
	noPoint:     `{"type":"Point","coordinates":[]}`,
	line:        `{"type":"LineString","crs":{"type":"name","properties":{"name":"EPSG:3857"}},"coordinates":[[0,0],[1,0.1]]}`,
	unknownSRID: `{"type":"Point","coordinates":[1,2]}`,
}

func asGeoJSON(text string) string { return asString(geoJSON[text]) }

const noGeometry = "the text is not JSON: it ends too early"

var extensionCases = []typeCase{
	{
		name: "Hstore", sql: "extensions.hstore", extension: "hstore", proto: "map<string, string>", json: asMap, zero: "", unsortable: true,
		both:  []string{"", `"a"=>"b"`, `""=>"", "a"=>"NULL", "b c"=>"\"quoted\" \\ ☃", "long key"=>"x"`},
		forms: [][2]string{{`{"bb":"1","a":"2"}`, `"a"=>"2", "bb"=>"1"`}},
		lossy: []refusal{{`"a"=>"b", "c"=>NULL`, codes.FailedPrecondition, nullValue("c")}},
		refused: []refusal{
			{`{"a":"\u0000"}`, codes.InvalidArgument, `["a"]: ` + nulInText},
			{`{"\u0000":"a"}`, codes.InvalidArgument, ".key: " + nulInText},
		},
	},
	{
		name: "HstoreText", sql: "extensions.hstore", extension: "hstore", proto: "string", chosen: true, json: asString, zero: "", unsortable: true,
		both:    []string{"", `"a"=>"b", "c"=>NULL`},
		forms:   [][2]string{{`"a=>1,a=>2"`, `"a"=>"1"`}},
		refused: []refusal{{`"a=>"`, codes.InvalidArgument, wrongForm}},
	},
	{
		name: "HstoreArray", sql: "extensions.hstore[]", extension: "hstore", proto: "repeated string", json: each(asString), zero: emptyText, unsortable: true,
		both: []string{"{}", arrayOf(`"a"=>"b", "c"=>NULL`, "")},
	},
	{
		name: "Ltree", sql: "extensions.ltree", extension: "ltree", proto: "string", json: asString, zero: "", both: []string{"", "a.b.c", "A_1"},
		refused: []refusal{{`"a..b"`, codes.InvalidArgument, wrongForm}},
	},
	{name: "LtreeArray", sql: "extensions.ltree[]", extension: "ltree", proto: "repeated string", json: each(asString), zero: emptyText, both: []string{"{}", `{"",a.b.c}`}},
	{name: "Lquery", sql: "extensions.lquery", extension: "ltree", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"*.a|b.!c{1,2}", "a"}, unsortable: true},
	{name: "Cube", sql: "extensions.cube", extension: "cube", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"(1, -2.5)", "(0),(1)"}},
	{name: "Isbn", sql: "extensions.isbn13", extension: "isn", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"978-0-393-04002-9"}},
	{
		name: "Geometry", sql: "extensions.geometry", extension: "postgis", mark: ':', proto: "string", json: asGeoJSON, zero: "!" + noGeometry,
		both:   []string{point, pointUp, noPoint, line},
		stored: []string{unknownSRID},
		forms:  [][2]string{{asString(`{ "coordinates" : [1.0, -25e-1], "bbox": [], "type" : "Point" }`), point}},
		lossy: []refusal{
			{withM, codes.OutOfRange, "it has the coordinate M without Z, which GeoJSON has no place for; bind the field to bytes to read it"},
			{arc, codes.OutOfRange, "it has a CircularString, which GeoJSON has no place for; bind the field to bytes to read it"},
		},
		refused: []refusal{
			{`"POINT(1 2)"`, codes.InvalidArgument, "the text is not GeoJSON: at byte 1 there is no geometry's object"},
			{asString(`{"type":"Point"}`), codes.InvalidArgument, `the Point has no member "coordinates"`},
			{asString(`{"type":"Point","coordinates":[1]}`), codes.InvalidArgument, "the position at byte 31 has 1 numbers, not two to four"},
		},
	},
	{
		name: "GeometryPoint", sql: "extensions.geometry(Point,4326)", extension: "postgis", mark: ':', proto: "string", json: asGeoJSON, zero: "!" + noGeometry,
		both:    []string{point, noPoint},
		refused: []refusal{{asString(geoJSON[line]), codes.InvalidArgument, notValid}},
	},
	{
		name: "Geography", sql: "extensions.geography", extension: "postgis", mark: ':', proto: "string", json: asGeoJSON, zero: "!" + noGeometry,
		both:    []string{point, noPoint},
		refused: []refusal{{asString(`{"type":"Point","coordinates":[181,0]}`), codes.OutOfRange, "a longitude of 181 is not between -180 and 180"}},
	},
	{
		name: "GeometryBytes", sql: "extensions.geometry", extension: "postgis", proto: "bytes", chosen: true, json: asBase64,
		zero: "!the bytes are not a geometry in EWKB", both: []string{point, line, withM, arc, unknownSRID},
		refused: []refusal{{`"AAAA"`, codes.InvalidArgument, "the bytes are not a geometry in EWKB"}},
	},
	{
		name: "GeometryArray", sql: "extensions.geometry[]", extension: "postgis", mark: ':', proto: "repeated string", json: eachBetween(':', asGeoJSON), zero: emptyText,
		both: []string{"{}", arrayBetween(':', point, line)},
	},

	// As attributes.
	{
		name: "TaggedRow", sql: "types.tagged", extension: "hstore", before: "create type types.tagged as (tags extensions.hstore, more extensions.hstore);",
		proto: "Tagged", json: asRecord(part{"tags", asMap}, part{"more", asMap}), zero: "!is required", unsortable: true,
		both:    []string{recordOf(`"a"=>"b, c", "d e"=>"\""`, ""), recordOf("", "")},
		stored:  []string{"(,)"},
		lossy:   []refusal{{recordOf(`"a"=>NULL`, null), codes.FailedPrecondition, `attribute "tags": ` + nullValue("a")}},
		refused: []refusal{{`{"more":{"a":"\u0000"}}`, codes.InvalidArgument, `.more["a"]: ` + nulInText}},
	},
	{
		name: "LocatedRow", sql: "types.located", extension: "postgis", before: "create type types.located as (name text, at extensions.geometry(Point,4326));",
		proto: "Located", json: asRecord(part{"name", asString}, part{"at", asGeoJSON}), zero: "!is required", unsortable: true,
		both: []string{recordOf("a", point), "(,)"},
	},

	// pgvector prints vectors as JSON has them.
	{
		name: "Vector", sql: "extensions.vector", extension: "vector", proto: "repeated float", json: asJSON, zero: "!is required",
		both:    []string{"[1,-2.5,0]", "[3.4028235e+38]"},
		refused: []refusal{{`["NaN"]`, codes.InvalidArgument, "[0]: NaN is not a number that a vector holds"}},
	},
	{
		name: "Vector3", sql: "extensions.vector(3)", extension: "vector", proto: "repeated float", json: asJSON, zero: "!is required", both: []string{"[1,-2.5,0]"},
		refused: []refusal{{`[1,2]`, codes.OutOfRange, "it has 2 elements, which does not fit extensions.vector(3)"}},
	},
	{
		name: "Halfvec", sql: "extensions.halfvec", extension: "vector", proto: "repeated float", json: asJSON, zero: "!is required", both: []string{"[1,-2.5]", "[65504]"},
	},
	{name: "Sparsevec", sql: "extensions.sparsevec", extension: "vector", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"{1:1.5,3:2}/5"}},
	{
		name: "VectorArray", sql: "extensions.vector[]", extension: "vector", proto: "repeated string", json: each(asString), zero: emptyText,
		both: []string{"{}", arrayOf("[1,2]", "[3]")},
	},
}
