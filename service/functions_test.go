package service_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// functionCase is a call, and the same call in SQL that gives the response's
// JSON. Both are made as each person.
type functionCase struct {
	method, request string
	// sql is an expression. What is NULL in an object of it is not in the
	// response.
	sql string
}

// result is the JSON of a response with one field.
func result(expression string) string { return "json_build_object('result', " + expression + ")" }

// results is the JSON of a response with a repeated field. One that is empty
// is not there.
func results(field, query string) string {
	return "coalesce((select json_build_object('" + field + "', json_agg(r.v)) from (" + query + ") r (v) having count(*) > 0), '{}')"
}

// itemJSON is the JSON of a message Item, for a row i.
const itemJSON = `json_build_object('id', i.id, 'title', i.title, 'quantity', nullif(i.quantity, 0), 'price', i.price::text, 'done', nullif(i.done, false))`

// pointJSON is the JSON of a message Point, for a value that is not NULL.
func pointJSON(p string) string {
	return `json_build_object('x', (` + p + `).x, 'y', (` + p + `)."Y y")`
}

// rangeJSON is the JSON of an Int32Range.
func rangeJSON(r string) string {
	return `case when isempty(` + r + `) then '{"empty":true}' else json_build_object('lower', lower(` + r + `), 'upper', upper(` + r + `),
		'bounds', case when lower_inc(` + r + `) then 'BOUNDS_INCLUSIVE_EXCLUSIVE' else 'BOUNDS_EXCLUSIVE' end) end`
}

// shapeJSON is the JSON of a message Shape, for a row s.
var shapeJSON = `json_build_object('name', s.name, 'at', case when s.at is distinct from null then ` + pointJSON("s.at") + ` end,
	'corners', (select json_agg(` + pointJSON("c") + `) from unnest(s.corners) c),
	'moods', (select json_agg('MOOD_' || upper(replace(m::text, ' ', '_'))) from unnest(s.moods) m),
	'span', case when s.span is not null then ` + rangeJSON("s.span") + ` end)`

// TestFunctions calls functions of every shape and holds what they answer
// against what psql gives under the same role and claims.
func TestFunctions(t *testing.T) {
	w := newFunctionsWorld(t)
	for _, p := range persons(t) {
		t.Run(p.name, func(t *testing.T) {
			var script strings.Builder
			script.WriteString(quiet + "set timezone = 'UTC';\n")
			for _, c := range functionCases {
				script.WriteString(p.inTransaction("select json_strip_nulls(" + c.sql + ");"))
			}
			lines := strings.Split(strings.TrimSuffix(w.db.Psql(t, script.String()), "\n"), "\n")
			if len(lines) != len(functionCases) {
				t.Fatalf("psql gave %d lines for %d cases:\n%s", len(lines), len(functionCases), strings.Join(lines, "\n"))
			}
			for i, c := range functionCases {
				got, err := w.call(as(t, p.token), p.name, c.method, w.request(t, c.method, c.request, ""))
				if err != nil {
					t.Errorf("%s %s: %v", c.method, c.request, err)
					continue
				}
				if diff := cmp.Diff(jsonValue(t, lines[i]), jsonValue(t, jsonOf(t, got.Interface()))); diff != "" {
					t.Errorf("%s %s (-psql +gRPC):\n%s", c.method, c.request, diff)
				}
			}
		})
	}
}

func jsonValue(t testing.TB, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

var functionCases = []functionCase{
	// Defaults: left out, given, and one left out before one that is given.
	{"Greet", `{"name":"Ada"}`, result(`fn.greet('Ada')`)},
	{"Greet", `{"name":"Ada","salutation":"Hi"}`, result(`fn.greet('Ada', 'Hi')`)},
	{"Greet", `{"name":"Ada","mark":"?"}`, result(`fn.greet('Ada', mark => '?')`)},
	{"Greet", `{"name":"Ada","mark":"?","salutation":""}`, result(`fn.greet('Ada', '', '?')`)},
	{"Greet", `{}`, result(`fn.greet('')`)},
	{"Unnamed", `{"a":1,"b":"x"}`, result(`fn.unnamed(1, 'x')`)},
	{"Unnamed", `{"a":1,"b":"x","c":false}`, result(`fn.unnamed(1, 'x', false)`)},
	{"Unnamed", `{"a":1,"b":"x","c":false,"d":false}`, result(`fn.unnamed(1, 'x', false, false)`)},
	{"UnnamedByNumber", `{"number":3,"text":"y"}`, result(`fn.unnamed(3, 'y')`)},
	{"HalfNamed", `{"first":9,"c":8}`, result(`fn.half_named(9, c => 8)`)},
	{"HalfNamed", `{"first":9,"b":8}`, result(`fn.half_named(9, 8)`)},
	{"NowAndThen", `{}`, result(`fn.now_and_then()`)},
	{"NowAndThen", `{"onDay":{"year":2020,"month":2,"day":29}}`, result(`fn.now_and_then(on_day => '2020-02-29')`)},

	// What is left out without a default: NULL, the zero value, no items.
	{"Nulls", `{}`, result(`fn.nulls(null, null, null, '{}')`)},
	{"Nulls", `{"a":0,"b":"","c":7,"d":[1,2]}`, result(`fn.nulls(0, '', 7, '{1,2}')`)},
	{"NullsPlain", `{}`, result(`fn.nulls(0, '', null, '{}')`)},
	{"Strict", `{}`, result(`fn.strict(null)`)},
	{"Strict", `{"a":1}`, result(`fn.strict(1)`)},
	{"Strict", `{"a":-1,"b":1}`, result(`fn.strict(-1, 1)`)},

	{"Joined", `{"sep":"-"}`, result(`fn.joined('-', variadic '{}')`)},
	{"Joined", `{"sep":"-","parts":["a"]}`, result(`fn.joined('-', 'a')`)},
	{"Joined", `{"sep":"-","parts":["a","","b"]}`, result(`fn.joined('-', 'a', '', 'b')`)},
	{"Summed", `{}`, result(`fn.summed()::text`)},
	{"Summed", `{"start":1}`, result(`fn.summed(1)::text`)},
	{"Summed", `{"start":1,"factor":2}`, result(`fn.summed(1, 2)::text`)},
	{"Summed", `{"start":1,"factor":3,"numbers":[4,5]}`, result(`fn.summed(1, 3, 4, 5)::text`)},
	{"Extremes", `{"numbers":[4,-5,6]}`, `(select json_build_object('extremes', json_build_object('lowest', lowest, 'top', highest)) from fn.extremes(4, -5, 6))`},
	{"Extremes", `{}`, `'{"extremes":{}}'`},

	{"Halved", `{"n":9}`, result(`fn.halved(9)`)},
	{"Doubled", `{"n":"4611686018427387903"}`, result(`fn.doubled(4611686018427387903)::text`)},
	{"Swapped", `{"a":7,"b":"seven"}`, `(select json_build_object('row', json_build_object('a', a, 'b', b)) from fn.swapped(7, 'seven'))`},
	{"Swapped", `{"a":7}`, `(select json_build_object('row', json_build_object('a', a, 'b', b)) from fn.swapped(7, null))`},
	{"NamelessOut", `{"number":4}`, `(select json_build_object('row', json_build_object('first', column1, 'second', column2)) from fn.nameless_out(4))`},
	{"Mixed", `{"a":4}`, `(select json_build_object('row', json_build_object('total', total::text, 'list', list)) from fn.mixed(4))`},
	{"Mixed", `{"a":4,"b":0}`, `(select json_build_object('row', json_build_object('total', total::text, 'list', list)) from fn.mixed(4, 0))`},
	{"NoRow", `{}`, `json_build_object('row', fn.none())`},
	{"Found", `{"words":"w"}`, results("rows", `select json_build_object('id', id, 'title', "The Title", 'score', score::text, 'tags', tags) from fn.found('w')`)},
	{"Found", `{"words":"w","most":0}`, results("rows", `select json_build_object('id', id, 'title', "The Title", 'score', score::text, 'tags', tags) from fn.found('w', 0)`)},
	{"ColumnOf", `{"n":3}`, results("results", `select i from fn.column_of(3)`)},

	{"PickNothing", `{}`, result(`fn.pick()`)},
	{"PickBigint", `{"a":1}`, result(`fn.pick(1::bigint)`)},
	{"PickText", `{"a":"abc"}`, result(`fn.pick('abc'::text)`)},
	{"PickVarchar", `{"a":"abc"}`, result(`fn.pick('abc'::varchar)`)},
	{"PickShort", `{"a":"abc"}`, result(`fn.pick('abc'::fn.short)`)},
	{"PickMood", `{"a":"MOOD_SO_SO"}`, result(`fn.pick('so so'::fn.mood)`)},
	{"PickIntegers", `{"a":[1,2]}`, result(`fn.pick(array[1, 2])`)},
	{"PickIntegers", `{}`, result(`fn.pick('{}'::integer[])`)},
	{"PickTwo", `{"a":1,"b":2}`, result(`fn.pick(1, 2)`)},
	{"TellX", `{"x":1}`, result(`fn.tell(x => 1)`)},
	{"TellY", `{"y":1}`, result(`fn.tell(y => 1)`)},
	{"TellY", `{"y":1,"z":"zz"}`, result(`fn.tell(1, 'zz')`)},
	{"PickBA", `{"a":1,"b":"x"}`, result(`fn.pick('x'::text, 1)`)},
	{"PickAB", `{"a":1,"b":"x"}`, result(`fn.pick(1, 'x'::text)`)},

	{"SameNumeric", `{"n":"-123456789012345678901234567890.10"}`, result(`fn.same(-123456789012345678901234567890.10)::text`)},
	{"SameNumeric", `{"n":"NaN"}`, result(`fn.same('NaN'::numeric)::text`)},
	{"SameNumeric", `{}`, result(`fn.same(null::numeric)::text`)},
	{"SameBigint", `{"v":"9223372036854775807"}`, result(`fn.same(9223372036854775807)::text`)},
	{"SameText", `{"v":"it's \"ünder\" \\ $1"}`, result(`fn.same('it''s "ünder" \ $1'::text)`)},
	{"SameText", `{"v":""}`, result(`fn.same(''::text)`)},
	{"SameBit", `{"v":"10110"}`, result(`fn.same(b'10110')::text`)},
	{"SameCharacter", `{"v":"abc"}`, result(`fn.same('abc'::bpchar)`)},
	{"SameChar", `{"v":"a"}`, result(`fn.same('a'::"char")`)},
	{"SameUuid", `{"v":"00112233-4455-6677-8899-aabbccddeeff"}`, result(`fn.same('00112233-4455-6677-8899-aabbccddeeff'::uuid)`)},
	{"SameBytea", `{"v":"AAH/"}`, result(`encode(fn.same('\x0001ff'::bytea), 'base64')`)},
	{"SameJsonb", `{"v":{"a":[1,null,"x"]}}`, result(`fn.same('{"a":[1,null,"x"]}'::jsonb)`)},
	{"SameMoney", `{"v":"-12.50"}`, result(`fn.same((-12.5)::money)::numeric::text`)},
	{"SameMacaddr", `{"v":"08:00:2b:01:02:03"}`, result(`fn.same('08:00:2b:01:02:03'::macaddr)::text`)},
	{"SameTimestamptz", `{"v":"2020-02-29T12:30:00.000001Z"}`, result(`to_char(fn.same('2020-02-29 12:30:00.000001+00'::timestamptz), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`)},
	{"SameMood", `{"v":"MOOD_GOOD"}`, result(`'MOOD_' || upper(fn.same('good'::fn.mood)::text)`)},
	{"SameMoods", `{"v":["MOOD_GOOD","MOOD_GOOD"]}`, results("results", `select 'MOOD_' || upper(m::text) from unnest(fn.same('{good,good}'::fn.mood[])) m`)},
	{"SameMoods", `{}`, results("results", `select 'MOOD_' || upper(m::text) from unnest(fn.same('{}'::fn.mood[])) m`)},
	{"SameMonies", `{"v":["1.50","0.00"]}`, results("results", `select m::numeric::text from unnest(fn.same('{1.5,0}'::money[])) m`)},
	{"SamePosint", `{"v":3}`, result(`fn.same(3::fn.posint)`)},
	{"SamePosints", `{"v":[3,4]}`, results("results", `select unnest(fn.same('{3,4}'::fn.posint[]))`)},
	{"SameInts", `{"v":[3,0]}`, results("results", `select unnest(fn.same('{3,0}'::fn.ints))`)},
	{"SameShort", `{"v":"äöü"}`, result(`fn.same('äöü'::fn.short)`)},
	{"NoList", `{}`, results("results", `select unnest(fn.no_list())`)},

	{"Upto", `{"n":3}`, results("results", `select fn.upto(3)`)},
	{"Upto", `{"n":-1}`, results("results", `select fn.upto(-1)`)},
	{"Upto", `{"n":999}`, results("results", `select fn.upto(999)`)},
	{"ListMoods", `{}`, results("results", `select 'MOOD_' || upper(replace(m::text, ' ', '_')) from fn.moods() m`)},
	{"Amounts", `{}`, results("results", `select m::numeric::text from fn.amounts() m`)},
	// One row is answered whatever its size.
	{"ListTexts", `{"n":1,"size":3145729}`, results("results", `select fn.texts(1, 3145729)`)},

	{"GetPoint", `{"x":1,"y":0}`, `json_build_object('point', (select json_build_object('x', x, 'y', "Y y") from fn.point(1, 0)))`},
	{"GetPoint", `{}`, `'{"point":{}}'`},
	{"GetPlace", `{"x":1}`, `json_build_object('point', (select json_build_object('x', x, 'y', "Y y") from fn.place(1, null)))`},
	{"NoPoint", `{}`, `json_build_object('point', fn.no_point())`},
	{"ListPoints", `{"n":3}`, results("points", `select json_build_object('x', x, 'y', "Y y") from fn.points(3)`)},
	{"GetThing", `{"filled":true}`, `json_build_object('thing', (select json_build_object('name', name, 'size', size::text, 'cost', cost::numeric::text,
		'net', net, 'tags', tags, 'mood', 'MOOD_' || upper(mood::text), 'odd', odd) from fn.thing(true)))`},
	{"GetThing", `{}`, `'{"thing":{}}'`},
	{"PointText", `{"x":1}`, result(`fn.point_text(1, null)::text`)},

	{
		"Moved", `{"s":{"name":"n","at":{"x":1,"y":2},"corners":[{"x":3},{}],"moods":["MOOD_SO_SO"],"span":{"lower":1,"upper":5,"bounds":"BOUNDS_INCLUSIVE"}},"by":10}`,
		`json_build_object('shape', (select ` + shapeJSON + ` from fn.moved(row('n', row(1, 2), array[row(3, null), row(null, null)]::fn.point[], '{so so}', '[1,5]')::fn.shape, 10) s))`,
	},
	{"Moved", `{}`, `'{"shape":{"at":{}}}'`},
	{"ListShapes", `{}`, results("shapes", `select `+shapeJSON+` from fn.shapes() s`)},
	{"SamePoint", `{"point":{"x":1}}`, `json_build_object('point', (select ` + pointJSON("p") + ` from fn.same(row(1, null)::fn.point) p))`},
	{"SamePoint", `{"point":{}}`, `'{"point":{}}'`},
	{"SamePoint", `{}`, `json_build_object('point', fn.same(null::fn.point))`},
	{"SamePlace", `{"point":{"x":1}}`, `json_build_object('point', (select ` + pointJSON("p") + ` from fn.same(row(1, null)::fn.place) p))`},
	{"SamePlace", `{}`, `json_build_object('point', fn.same(null::fn.place))`},
	{"SamePoints", `{"points":[{"x":1},{},{"y":2}]}`, results("points", `select `+pointJSON("p")+` from unnest(fn.same(row(1, null)::fn.point, row(null, null), row(null, 2))) p`)},
	{"SamePoints", `{}`, results("points", `select `+pointJSON("p")+` from unnest(fn.same(variadic '{}'::fn.point[])) p`)},
	{"SameRange", `{"r":{"upper":4,"bounds":"BOUNDS_INCLUSIVE"}}`, `json_build_object('r', (select ` + rangeJSON("r") + ` from fn.same('(,4]'::int4range) r))`},
	{"SameRange", `{"r":{"empty":true}}`, `json_build_object('r', (select ` + rangeJSON("r") + ` from fn.same('empty'::int4range) r))`},
	{"SameRange", `{}`, `json_build_object('r', fn.same(null::int4range))`},
	{"Labelled", `{"p":{"x":1,"y":2}}`, `json_build_object('row', (select json_build_object('label', label, 'p2', ` + pointJSON("p2") + `,
		'ps', json_build_array(` + pointJSON("ps[1]") + `)) from fn.labelled(row(1, 2)::fn.point)))`},
	{"SquareArray", `{}`, `'{"array":{"dimensions":[{"size":2,"lowerBound":1},{"size":2,"lowerBound":1}],"elements":[{"value":"1"},{"value":"2"},{"value":"3"},{"value":"4"}]}}'`},
	{"ListSquares", `{}`, `'{"arrays":[{"dimensions":[{"size":2,"lowerBound":1},{"size":2,"lowerBound":1}],"elements":[{"value":"1"},{"value":"2"},{"value":"3"},{}]},
		{},{"dimensions":[{"size":1,"lowerBound":0}],"elements":[{"value":"5"}]}]}'`},

	{"MyItems", `{}`, results("items", `select `+itemJSON+` from fn.my_items() i`)},
	{"MyItems", `{"most":1000}`, results("items", `select `+itemJSON+` from fn.my_items(1000) i`)},
	{"MyItem", `{"n":2}`, `json_build_object('item', (select ` + itemJSON + ` from fn.my_item(2) i where i.id is not null))`},
	{"MyItem", `{"n":2000}`, `json_build_object('item', fn.my_item(2000))`},
	{"ItemTable", `{"n":3}`, results("items", `select `+itemJSON+` from fn.item_table(3) i`)},
	{"CountMine", `{}`, result(`fn.count_mine()::text`)},
	{"CountAll", `{}`, result(`fn.count_all()::text`)},

	{"DoIt", `{"userId":1}`, result(`"Odd ""Schema"."Do ""it"""(1)`)},
	{"DoIt", `{"userId":1,"zwoelf":"12"}`, result(`"Odd ""Schema"."Do ""it"""(1, "Zwölf => $1" => '12')`)},
	{"DoIt", `{"userId":1,"t":"ODD_TYPE_X","select":"?"}`, result(`"Odd ""Schema"."Do ""it"""(1, '?', "T" => 'x')`)},
}
