package service_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
)

// queryCase is a call of a query, and SQL of the test's own that gives the
// response's JSON; both are run as each person.
type queryCase struct {
	method, request string
	sql             string
}

// queriedItems is the JSON of a response Items for a query that has rows i.
func queriedItems(query string) string { return results("items", "select "+itemJSON+" from "+query) }

// thingJSON is the JSON of a message Thing, for a row t.
const thingJSON = `json_build_object('id', t.id, 'label', t.label, 'addr', host(t.addr), 'nets', case when t.nets is not null then array_to_json(t.nets::text[]) end,
	'cost', t.cost::numeric::text, 'mood', 'MOOD_' || upper(replace(t.mood::text, ' ', '_')),
	'moods', (select json_agg('MOOD_' || upper(replace(m::text, ' ', '_'))) from unnest(t.moods) m),
	'at', case when t.at is distinct from null then json_build_object('x', (t.at).x, 'y', (t.at).y) end,
	'corners', (select json_agg(json_build_object('x', c.x, 'y', c.y)) from unnest(t.corners) c),
	'span', case when isempty(t.span) then '{"empty":true}' else json_build_object('lower', lower(t.span), 'upper', upper(t.span), 'bounds', 'BOUNDS_INCLUSIVE_EXCLUSIVE') end,
	'odd', t.odd, 'data', t.data, 'day', case when t.day is not null then json_build_object('year', extract(year from t.day),
	'month', extract(month from t.day), 'day', extract(day from t.day)) end,
	'made', to_char(t.made at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'code', t.code, 'raw', encode(t.raw, 'base64'))`

const commentedJSON = `select json_build_object('post', p.title, 'by', a.username, 'comment', c.body)
	from comments c, posts p, profiles a where p.id = c.post_id and a.id = c.author_id`

var queryCases = []queryCase{
	{"SearchItems", `{}`, queriedItems(`items i order by title, id`)},
	{"SearchItems", `{"words":"BREAD"}`, queriedItems(`items i where lower(title) like '%bread%' order by title, id`)},
	{"SearchItems", `{"words":"e","least":2,"done":true}`, queriedItems(`items i where lower(title) like '%e%' and quantity > 1 and done order by title, id`)},
	{"SearchItems", `{"done":false,"least":0}`, queriedItems(`items i where not done order by title, id`)},
	{
		"SearchItems", `{"ids":["17e50000-0000-4000-8000-000000000001","17e50000-0000-4000-8000-00000000001a"]}`,
		queriedItems(`items i where id in ('17e50000-0000-4000-8000-000000000001', '17e50000-0000-4000-8000-00000000001a') order by title, id`),
	},
	{"ItemsByIDs", `{}`, `'{}'`},
	{
		"ItemsByIDs", `{"ids":["17e50000-0000-4000-8000-000000000002","17e50000-0000-4000-8000-000000000001","17e50000-0000-4000-8000-00000000001b"]}`,
		queriedItems(`items i where id::text ~ '0000000000(01|02|1b)$' order by price desc nulls last, id`),
	},
	{"Ranks", `{"n":7}`, results("ranks", `select json_build_object('title', title, 'rank', (select 1 + count(*) from items j where j.quantity > i.quantity)::text,
		'total', (select sum(quantity) from items j where (j.title, j.id) <= (i.title, i.id))::text,
		'before', (select j.title from items j where (j.title, j.id) < (i.title, i.id) order by j.title desc, j.id desc limit 1))
		from items i order by (select sum(quantity) from items j where (j.title, j.id) <= (i.title, i.id)), i.title limit 7`)},
	{"Ranks", `{}`, `'{}'`},
	{"ListCommented", `{}`, results("rows", commentedJSON+` order by c.id`)},
	{"ListCommented", `{"value":"bob"}`, results("rows", commentedJSON+` and a.username = 'bob' order by c.id`)},
	{"ListCommented", `{"value":""}`, `'{}'`},
	{"GetStats", `{}`, `(select json_build_object('count', nullif(count(*), 0)::text, 'sum', sum(price)::text, 'average', avg(quantity)::float8,
		'titles', (select json_agg(title order by title, id) from items)) from items)`},

	{"Echo", `{"a":"x","b":"äö","c":["1","","2"]}`, `'{"a":"x","b":"äö","c":["1","","2"],"n":2}'`},
	{"Echo", `{}`, `'{"b":"","n":0}'`},
	{"Echo", `{"a":"","b":"'; drop table items; --"}`, `'{"a":"","b":"''; drop table items; --","n":23}'`},
	{"Untyped", `{"a":"$1","b":"' or '1'='1","c":["\\'); --",":a"]}`, `'{"a":"$1","b":"'' or ''1''=''1","c":["\\''); --",":a"]}'`},
	{"Quoted", `{}`, `json_build_object('value', ':c '':d'' :e none')`},
	{"Quoted", `{"value":":c"}`, `json_build_object('value', ':c '':d'' :e :c')`},
	{"Values", `{"value":"5"}`, `'{"rows":[{"column1":"5"},{"column1":"x"}]}'`},
	{"Values", `{}`, `'{"rows":[{},{"column1":"x"}]}'`},
	{"Twice", `{"n":7}`, `'{"value":"56"}'`},

	{"ListThings", `{}`, results("things", `select `+thingJSON+` from q.things t order by id desc`)},
	{
		"ListThings", `{"addr":"10.0.0.1","nets":["10.0.0.0/8","::/0"],"cost":"12.50","mood":"MOOD_GOOD","at":{"x":1,"y":2},"day":{"year":2020,"month":2,"day":29},"odd":3}`,
		results("things", `select `+thingJSON+` from q.things t where id = 1`),
	},
	{"ListThings", `{"cost":"12.51"}`, `'{}'`},
	{"ListMade", `{}`, `'{"made":["2020-02-29T12:00:00.500Z"]}'`},
	{"Half", `{"n":7}`, `'{"n":3}'`},
	{"Table", `{}`, `'{}'`},
	{"ListValues", `{}`, `'{"rows":[{"value":"x"},{}]}'`},
	{"PlainValue", `{"n":1}`, `'{"value":"one"}'`},
	{"Upto", `{"n":0}`, `'{}'`},
	{"Upto", `{"n":1000}`, results("rows", `select json_build_object('value', i::text) from generate_series(1, 1000) i`)},
	{"Long", `{"n":3}`, results("rows", `select json_build_object('value', repeat('x', 1000000)) from generate_series(1, 3)`)},
	{"OneOf", `{"n":1}`, `'{"value":"1"}'`},
	{"Who", `{}`, `json_build_object('value', current_user || ' ' || coalesce(auth.uid()::text, 'nobody') || ' on')`},
	{"WhoWrites", `{}`, `json_build_object('value', current_user || ' off')`},
	{"Nothing", `{"n":1}`, `'{}'`},
}

// TestQueries runs queries of every shape, and holds what they answer against
// what psql gives under the same role and claims.
func TestQueries(t *testing.T) {
	w := newQueriesWorld(t)
	seen := map[string]bool{}
	for _, p := range persons(t) {
		t.Run(p.name, func(t *testing.T) {
			var script strings.Builder
			script.WriteString(quiet + "set timezone = 'UTC';\n")
			for _, c := range queryCases {
				script.WriteString(p.inTransaction("select json_strip_nulls(" + c.sql + ");"))
			}
			lines := strings.Split(strings.TrimSuffix(w.db.Psql(t, script.String()), "\n"), "\n")
			if len(lines) != len(queryCases) {
				t.Fatalf("psql gave %d lines for %d cases:\n%s", len(lines), len(queryCases), strings.Join(lines, "\n"))
			}
			for i, c := range queryCases {
				got, err := w.call(as(t, p.token), p.name, c.method, w.request(t, c.method, c.request, ""))
				if err != nil {
					t.Errorf("%s %s: %v", c.method, c.request, err)
					continue
				}
				if diff := cmp.Diff(jsonValue(t, lines[i]), jsonValue(t, jsonOf(t, got.Interface()))); diff != "" {
					t.Errorf("%s %s (-psql +gRPC):\n%s", c.method, c.request, diff)
				}
			}
			seen[lines[0]] = true
		})
	}
	if len(seen) != 3 {
		t.Error("the persons see the same")
	}
	if n := w.db.Psql(t, "select count(*) > 0 from items"); n != "t\n" {
		t.Error("the items are gone")
	}
}

// TestQueryRefusals holds how calls of queries are refused, and that nothing
// is written then.
func TestQueryRefusals(t *testing.T) {
	w := newQueriesWorld(t)
	const (
		invalid  = "INVALID_VALUE"
		failed   = "FAILED_PRECONDITION"
		tooMuch  = ", which is the most that one call answers: let it take parameters that ask for less, such as a LIMIT"
		isARead  = " is declared a read and tried to write; if it is meant to write, declare it so in the .proto"
		denied   = "the caller's role may not do this"
		several  = "the query gives several rows, and the response has place for one"
		noRow    = "the query gives no row for this caller"
		digits   = ", 32 hexadecimal digits in the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
		bobsItem = "17e50000-0000-4000-8000-00000000001a"
	)
	anon, alice := persons(t)[0], persons(t)[1]
	for _, c := range []struct {
		as              person
		method, request string
		want            answer
	}{
		{alice, "GetItem", `{"id":"17e50000-0000-4000-8000-00000000dead"}`, answer{code: codes.NotFound, reason: "NOT_FOUND", text: noRow}},
		{alice, "GetItem", `{"id":"` + bobsItem + `"}`, answer{code: codes.NotFound, reason: "NOT_FOUND", text: noRow}},
		{anon, "GetItem", `{"id":"` + bobsItem + `"}`, answer{code: codes.NotFound, reason: "NOT_FOUND", text: noRow}},
		{alice, "GetItem", `{"id":"' or true --"}`, answer{code: codes.InvalidArgument, reason: invalid, field: "id", text: `"' or true --" is not a UUID` + digits}},
		{alice, "ItemsByIDs", `{"ids":["` + bobsItem + `","x"]}`, answer{code: codes.InvalidArgument, reason: invalid, field: "ids[1]", text: `"x" is not a UUID` + digits}},
		{alice, "Half", `{"n":2}`, answer{code: codes.InvalidArgument, reason: "CHECK_VIOLATION", sqlstate: "23514", text: breaksRule}},
		{alice, "ListThings", `{"mood":"MOOD_UNSPECIFIED"}`, answer{
			code: codes.InvalidArgument, reason: invalid, field: "mood",
			text: "MOOD_UNSPECIFIED is not a value that can be stored; one of the others is required",
		}},
		{alice, "ListThings", `{"addr":"10.0.0.1'::inet or true --"}`, answer{
			code: codes.InvalidArgument, reason: invalid, field: "addr",
			text: `"10.0.0.1'::inet or true --" is not an IP address, with or without the length of a netmask`,
		}},
		{alice, "PlainValue", `{"n":2}`, answer{
			code: codes.FailedPrecondition, reason: "VALUE_WITHOUT_PLACE", column: "value",
			text: `column "value": it is NULL, which its field cannot say unless it is optional`,
		}},
		{alice, "OneOf", `{}`, answer{code: codes.NotFound, reason: "NOT_FOUND", text: noRow}},
		{alice, "OneOf", `{"n":2}`, answer{code: codes.FailedPrecondition, reason: failed, text: several}},
		{alice, "OneOf", `{"n":100000}`, answer{code: codes.FailedPrecondition, reason: failed, text: several}},
		{alice, "Upto", `{"n":1001}`, answer{code: codes.FailedPrecondition, reason: failed, text: "the query gives more than 1000 rows" + tooMuch}},
		{alice, "Upto", `{"n":100000}`, answer{code: codes.FailedPrecondition, reason: failed, text: "the query gives more than 1000 rows" + tooMuch}},
		{alice, "Long", `{"n":4}`, answer{code: codes.FailedPrecondition, reason: failed, text: "the query gives more than 3 MiB" + tooMuch}},

		{alice, "AddByRead", `{"value":"x"}`, answer{
			code: codes.FailedPrecondition, reason: "METHOD_IS_A_READ", sqlstate: "25006", text: "/q.v1.QueryService/AddByRead" + isARead,
		}},
		{alice, "LockedNotes", `{}`, answer{
			code: codes.FailedPrecondition, reason: "METHOD_IS_A_READ", sqlstate: "25006", text: "/q.v1.QueryService/LockedNotes" + isARead,
		}},
		{anon, "AddNote", `{"note":"x"}`, answer{code: codes.PermissionDenied, reason: "PERMISSION_DENIED", sqlstate: "42501", text: denied}},
		{anon, "AddByFunction", `{"value":"x"}`, answer{code: codes.PermissionDenied, reason: "PERMISSION_DENIED", sqlstate: "42501", text: denied}},
		{alice, "AddNote", `{"note":"bad"}`, answer{code: codes.InvalidArgument, reason: "CHECK_VIOLATION", sqlstate: "23514", text: breaksRule}},
		{alice, "Remove", `{"value":"' or true --"}`, answer{code: codes.NotFound, reason: "NOT_FOUND", text: noRow}},
	} {
		got, err := w.call(as(t, c.as.token), c.as.name, c.method, w.request(t, c.method, c.request, ""))
		if err == nil {
			t.Errorf("%s %s is answered %s", c.method, c.request, jsonOf(t, got.Interface()))
			continue
		}
		if diff := cmp.Diff(c.want.String(), answerOf(t, err).String()); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.method, c.request, diff)
		}
	}
	if n := w.db.Psql(t, "select count(*) from q.notes"); n != "0\n" {
		t.Errorf("the calls have written %s notes", n)
	}
}
