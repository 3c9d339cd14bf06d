package service_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sampleGroups is the query of all aggregates of agg.samples.
func sampleGroups(where string) string {
	parts := map[string][]string{}
	for _, c := range sampleColumns {
		add := func(name, form string) {
			parts[name] = append(parts[name], fmt.Sprintf("json_build_object('%s', %s)::jsonb", camel(c.name), with(form, name+"("+c.name+")")))
		}
		if c.sum != "" {
			add("sum", c.total)
		}
		if c.avg != "" {
			add("avg", c.total)
		}
		if !c.bare && c.name != "ci" {
			add("min", c.json)
			add("max", c.json)
		}
	}
	// citext's own are not on the search path.
	parts["min"] = append(parts["min"], "json_build_object('ci', extensions.min(ci)::text, 'id', min(id), 'g', min(g))::jsonb")
	parts["max"] = append(parts["max"], "json_build_object('ci', extensions.max(ci)::text, 'id', max(id), 'g', max(g))::jsonb")
	object := func(name string) string { return "'" + name + "', " + strings.Join(parts[name], " || ") }
	return "select json_build_object('group', json_build_object('g', g), 'count', count(*)::text, " +
		object("sum") + ", " + object("avg") + ", " + object("min") + ", " + object("max") + ") from agg.samples where " + where + " group by g order by g"
}

func camel(name string) string {
	head, rest, found := strings.Cut(name, "_")
	if !found {
		return name
	}
	return head + strings.ToUpper(rest[:1]) + rest[1:]
}

// TestAggregates holds every aggregate, grouping and order against what psql
// gives under the same role and claims.
func TestAggregates(t *testing.T) {
	w := newAggregatesWorld(t)
	cases := aggregateCases()
	for _, p := range persons(t) {
		t.Run(p.name, func(t *testing.T) {
			var script strings.Builder
			script.WriteString(quiet + "set timezone = 'UTC'; set intervalstyle = 'iso_8601'; set lc_monetary = 'C';\n")
			for _, c := range cases {
				script.WriteString(p.inTransaction("select json_strip_nulls(" + results("groups", c.sql) + ");"))
			}
			lines := strings.Split(strings.TrimSuffix(w.db.Psql(t, script.String()), "\n"), "\n")
			if len(lines) != len(cases) {
				t.Fatalf("psql gave %d lines for %d cases:\n%s", len(lines), len(cases), strings.Join(lines, "\n"))
			}
			for i, c := range cases {
				for range 2 { // The second call finds the statement of the first.
					got, err := w.call(as(t, p.token), p.name, c.method, w.request(t, c.method, c.request, ""))
					if err != nil {
						t.Errorf("%s %s: %v", c.method, c.request, err)
						continue
					}
					if diff := cmp.Diff(jsonValue(t, lines[i]), jsonValue(t, jsonOf(t, got.Interface()))); diff != "" {
						t.Errorf("%s %s (-psql +gRPC):\n%s", c.method, c.request, diff)
					}
				}
			}
		})
	}
}

// by is the query of groups of sales: their key's fields and what else they have
// as JSON, and the rest of the SQL.
func by(key, also, rest string) string {
	if also != "" {
		also = ", " + also
	}
	return "select json_build_object('group', json_build_object(" + key + ")" + also + ") from agg.sales s " + rest
}

// byMaker is by for sales with what their makers have.
func byMaker(key, rest string) string {
	return strings.Replace(by(key, countJSON+", 'sum', json_build_object('quantity', sum(quantity)::text)", rest), "agg.sales s", `(select s.*, m.name as maker, c.name as city
		from agg.sales s left join agg.makers m on m.id = maker_id left join agg.cities c on c.id = city_id) s`, 1)
}

const (
	countJSON  = "'count', count(*)::text"
	kindJSON   = "'kind', 'KIND_' || upper(replace(kind::text, ' ', '_'))"
	regionJSON = "'region', region"
	soldJSON   = `'soldAt', to_char(sold_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
)

// sampleCases order by each of the aggregates of agg.samples, and compare some
// with values.
func sampleCases() []functionCase {
	groups := func(having, order string) string {
		if having != "" {
			having = " having " + having
		}
		return "select json_build_object('group', json_build_object('g', g), 'count', count(*)::text) from agg.samples group by g" + having + " order by " + order + " g"
	}
	request := func(having, order string) string {
		return fmt.Sprintf(`{"groupBy":["g"],"having":%q,"orderBy":%q}`, having, order)
	}
	var cases []functionCase
	for _, c := range sampleColumns {
		for name, has := range map[string]bool{"sum": c.sum != "", "avg": c.avg != "", "min": !c.bare, "max": !c.bare} {
			if !has {
				continue
			}
			sql := name + "(" + c.name + ")"
			if c.name == "ci" {
				sql = "extensions." + sql
			}
			cases = append(cases, functionCase{
				"AggregateSamples", request(name+"."+c.name+" != null", name+"."+c.name+", g"), groups(sql+" is not null", sql+","),
			})
		}
	}
	for _, c := range [][2]string{
		{"sum.i4 > 10000000000", "sum(i4) > 10000000000"},
		{"sum.i8 > 36893488147419103229", "sum(i8) > 36893488147419103229"},
		{"sum.num >= 1234567890123456789012345678901234567890.5", "sum(num) >= 1234567890123456789012345678901234567890.5"},
		{"avg.i2 < 16382.5", "avg(i2) < 16382.5"},
		{"avg.cents > 499.985", "avg(cents) > 499.985"},
		{"sum.f8 < 1e50", "sum(f8) < 1e50"},
		{"sum.f4 >= 1000", "sum(f4) >= 1000"},
		{"sum.cash > 4000000", "sum(cash) > 4000000::money"},
		{"sum.span < 0s", "sum(span) < interval '0'"},
		{"max.d > 2000-01-01 AND max.d < \"2025-01-01\"", "max(d) > '2000-01-01' and max(d) < '2025-01-01'"},
		{"max.tm = \"10:20:30\"", "max(tm) = '10:20:30'"},
		{"max.tz >= \"09:59:59+00:00\"", "max(tz) >= '09:59:59+00'"},
		{"min.ts < 2000-01-01T00:00:00", "min(ts) < '2000-01-01'"},
		{"max.mood = MOOD_BAD", "max(mood) = 'bad'"},
		{"max.ci = \"c\"", "upper(extensions.max(ci)::text) = 'C'"},
		{"max.vc = \"b*\" AND min.nm:\"A\"", "max(vc) like 'b%' and min(nm) ilike '%a%'"},
		{"max.ip = \"::1\"", "max(ip) = '::1'"},
		{"max.net = \"10.0.0.0/8\"", "max(net) = '10.0.0.0/8'"},
		{"max.ints:2", "2 = any(max(ints))"},
		{"max.o = 4294967295", "max(o) = 4294967295"},
	} {
		cases = append(cases, functionCase{"AggregateSamples", request(c[0], ""), groups(c[1], "")})
	}
	return cases
}

func aggregateCases() []functionCase {
	const sales = "AggregateSales"
	return append(sampleCases(), []functionCase{
		{"AggregateSamples", `{"groupBy":["g"],"aggregates":"count,sum,avg,min,max"}`, sampleGroups("true")},
		{"AggregateSamples", `{"groupBy":["g"],"aggregates":"max,avg,count,min,sum","filter":"id <= 4"}`, sampleGroups("id <= 4")},

		// Without group_by there is one group, also of no rows.
		{sales, `{}`, `select json_build_object('count', nullif(count(*), 0)::text) from agg.sales`},
		{sales, `{"filter":"id < 0"}`, `select '{}'::json`},
		{sales, `{"filter":"id < 0","aggregates":"sum,avg.price,min.region,max"}`, `select '{"sum":{},"avg":{},"min":{},"max":{}}'::json`},
		{sales, `{"filter":"id < 0","groupBy":["kind"]}`, `select null where false`},
		{sales, `{"aggregates":"sum.price"}`, `select json_build_object('sum', json_build_object('price', sum(price)::text)) from agg.sales`},
		{"AggregateEmpty", `{}`, `select '{}'::json`},
		{"AggregateEmpty", `{"aggregates":"count,sum,avg,min"}`, `select '{"sum":{},"avg":{},"min":{}}'::json`},
		{"AggregateEmpty", `{"groupBy":["n"],"aggregates":"count,sum,avg,min"}`, `select null where false`},
		{"AggregateSettings", `{"aggregates":"max.readOnly"}`, `select '{"max":{"readOnly":"on"}}'::json`},

		// Groups of every sort.
		{sales, `{"groupBy":["kind"]}`, by(kindJSON, countJSON, "group by kind order by kind")},
		{sales, `{"groupBy":["region"]}`, by(regionJSON, countJSON, "group by region order by region")},
		{sales, `{"groupBy":["sold_at"]}`, by(soldJSON, countJSON, "group by sold_at order by sold_at")},
		{sales, `{"groupBy":["done"]}`, by("'done', done", countJSON, "group by done order by done")},
		{sales, `{"groupBy":["price"]}`, by("'price', price::text", countJSON, "group by price order by price")},
		{sales, `{"groupBy":["owner"]}`, by("'owner', owner", countJSON, "group by owner order by owner")},
		{sales, `{"groupBy":["tags"]}`, by("'tags', nullif(tags, '{}')", countJSON, "group by tags order by tags")},
		{sales, `{"groupBy":["count"]}`, by("'count', count", countJSON, "group by count order by count")},
		{sales, `{"groupBy":["number"],"filter":"id < 9"}`, by("'number', key_id", countJSON, "where id < 9 group by key_id order by key_id")},
		{
			sales, `{"groupBy":["kind","region"],"aggregates":"count,sum.quantity,sum.price,avg.quantity,avg.price,min.soldAt,max.soldAt,min.region,max.kind"}`,
			by(kindJSON+", "+regionJSON, countJSON+`, 'sum', json_build_object('quantity', sum(quantity)::text, 'price', sum(price)::text),
				'avg', json_build_object('quantity', avg(quantity)::text, 'price', avg(price)::text),
				'min', json_build_object('soldAt', to_char(min(sold_at), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'region', min(region)),
				'max', json_build_object('soldAt', to_char(max(sold_at), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'kind', 'KIND_' || upper(replace(max(kind)::text, ' ', '_')))`,
				"group by kind, region order by kind, region"),
		},
		{sales, `{"groupBy":["region","kind"],"aggregates":"sum.number"}`, by(kindJSON+", "+regionJSON, "'sum', json_build_object('number', sum(key_id)::text)", "group by region, kind order by region, kind")},
		{sales, `{"groupBy":["id"],"pageSize":3}`, by("'id', id", countJSON, "group by id order by id limit 3")},
		{sales, `{"groupBy":["id"],"pageSize":1000}`, by("'id', id", countJSON, "group by id order by id")},

		// By what a relation of one row has, under its own policies.
		{sales, `{"groupBy":["maker.name"],"aggregates":"count,sum.quantity"}`, byMaker("'maker', case when maker is not null then json_build_object('name', nullif(maker, '')) end", "group by maker order by maker")},
		{
			sales, `{"groupBy":["maker.city.name","kind","maker.id"],"aggregates":"count,sum.quantity"}`,
			byMaker("'maker', case when maker_id is not null then json_build_object('id', maker_id, 'city', case when city is not null then json_build_object('name', city) end) end, "+kindJSON,
				"group by city, kind, maker_id order by kind, maker_id, city"),
		},
		{
			sales, `{"groupBy":["maker.city.name"],"aggregates":"count,sum.quantity","orderBy":"maker.city.name desc nulls last","having":"count > 1 AND (maker.city.name != \"Oslo\" OR group.maker.city.name = \"Oslo\")"}`,
			byMaker("'maker', case when city is not null then json_build_object('city', json_build_object('name', city)) end",
				"group by city having count(*) > 1 and city is not null order by city desc nulls last"),
		},
		{
			sales, `{"groupBy":["maker.name","maker.city.name"],"aggregates":"count,sum.quantity","orderBy":"sum.quantity desc"}`,
			byMaker("'maker', case when coalesce(maker, city) is not null then json_build_object('name', nullif(maker, ''), 'city', case when city is not null then json_build_object('name', city) end) end",
				"group by maker, city order by sum(quantity) desc, maker desc, city desc"),
		},

		// Filters, through relations too.
		{sales, `{"groupBy":["kind"],"filter":"quantity > 2 AND NOT done"}`, by(kindJSON, countJSON, "where quantity > 2 and not done group by kind order by kind")},
		{sales, `{"groupBy":["kind"],"filter":"region = null"}`, by(kindJSON, countJSON, "where region is null group by kind order by kind")},
		{
			sales, `{"groupBy":["maker_id"],"filter":"maker.name = \"Ada\" OR maker.city.name = \"Oslo\" OR maker.name = \"\""}`,
			by("'makerId', maker_id", countJSON, "where maker_id in (1, 2) group by maker_id order by maker_id"),
		},
		{
			sales, `{"groupBy":["kind"],"filter":"notes.note:\"note\""}`,
			by(kindJSON, countJSON, "where exists (select from agg.sale_notes n where n.sale_id = s.id and n.note ~* 'note') group by kind order by kind"),
		},

		// Having, also of what is not answered.
		{sales, `{"groupBy":["region"],"having":"count > 5"}`, by(regionJSON, countJSON, "group by region having count(*) > 5 order by region")},
		{
			sales, `{"groupBy":["kind","region"],"having":"sum.price > 100.5 AND avg.quantity <= 2.5 OR max.sold_at >= 2024-01-07T00:00:00Z"}`,
			by(kindJSON+", "+regionJSON, countJSON, `group by kind, region having sum(price) > 100.5 and (avg(quantity) <= 2.5 or max(sold_at) >= '2024-01-07 00:00:00+00')
				order by kind, region`),
		},
		{sales, `{"groupBy":["kind"],"having":"kind = KIND_BIG"}`, by(kindJSON, countJSON, "group by kind having kind = 'big' order by kind")},
		{sales, `{"groupBy":["kind"],"having":"group.kind != KIND_BIG"}`, by(kindJSON, countJSON, "group by kind having kind <> 'big' order by kind")},
		{sales, `{"groupBy":["count"],"having":"group.count = 1 AND count > 2"}`, by("'count', count", countJSON, "group by count having count = 1 and count(*) > 2 order by count")},
		{sales, `{"groupBy":["id"],"having":"sum.price = null"}`, by("'id', id", countJSON, "group by id having sum(price) is null order by id")},
		{sales, `{"groupBy":["maker_id"],"having":"max.kind = KIND_BIG"}`, by("'makerId', maker_id", countJSON, "group by maker_id having max(kind) = 'big' order by maker_id")},
		{sales, `{"groupBy":["kind"],"having":"min.region = \"n*\""}`, by(kindJSON, countJSON, "group by kind having min(region) like 'n%' order by kind")},
		{sales, `{"having":"count < 0"}`, `select null where false`},
		{sales, `{"having":"sum.price > 0","filter":"quantity = 1","groupBy":["kind"]}`, by(kindJSON, countJSON, "where quantity = 1 group by kind having sum(price) > 0 order by kind")},

		// Orders.
		{sales, `{"groupBy":["kind"],"orderBy":"kind desc"}`, by(kindJSON, countJSON, "group by kind order by kind desc")},
		{sales, `{"groupBy":["kind"],"orderBy":"group.kind desc"}`, by(kindJSON, countJSON, "group by kind order by kind desc")},
		{sales, `{"groupBy":["region"],"orderBy":"region nulls first"}`, by(regionJSON, countJSON, "group by region order by region nulls first")},
		{sales, `{"groupBy":["region"],"orderBy":"region desc nulls last"}`, by(regionJSON, countJSON, "group by region order by region desc nulls last")},
		{sales, `{"groupBy":["id"],"orderBy":"sum.price desc nulls last, id","pageSize":7}`, by("'id', id", countJSON, "group by id order by sum(price) desc nulls last, id limit 7")},
		{sales, `{"groupBy":["kind","region"],"orderBy":"count desc"}`, by(kindJSON+", "+regionJSON, countJSON, "group by kind, region order by count(*) desc, kind desc, region desc")},
		{sales, `{"groupBy":["region"],"orderBy":"max.sold_at, avg.price desc, region"}`, by(regionJSON, countJSON, "group by region order by max(sold_at), avg(price) desc, region")},
	}...)
}
