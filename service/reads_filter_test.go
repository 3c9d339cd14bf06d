package service_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rowgate/rowgate/migrations"
)

// twice is a condition, once as a filter and once as SQL. Joint is what joins
// its parts: AND, OR or nothing.
type twice struct{ text, sql, joint string }

// filter is a random condition on rows of a table that SQL calls t, at most so
// deep.
func (g *readGen) filter(r *readTable, t string, depth int) twice {
	if depth == 0 || g.chance(3) {
		return g.atom(r, t)
	}
	switch g.IntN(5) {
	case 0:
		part := g.filter(r, t, depth-1)
		text := part.text
		if part.joint != "" || strings.HasPrefix(text, "NOT") || strings.HasPrefix(text, "-") {
			text = "(" + text + ")"
		}
		return twice{pick(g, []string{"NOT ", "-"}) + text, "not (" + part.sql + ")", ""}
	case 1, 2:
		return g.joined(r, t, depth, "AND")
	default:
		return g.joined(r, t, depth, "OR")
	}
}

// joined is a condition of several. OR binds tighter than AND (AIP-160).
func (g *readGen) joined(r *readTable, t string, depth int, by string) twice {
	var texts, sqls []string
	for range 2 + g.IntN(2) {
		part := g.filter(r, t, depth-1)
		text := part.text
		if by == "OR" && part.joint == "AND" || part.joint != "" && g.chance(2) {
			text = "(" + text + ")"
		}
		texts, sqls = append(texts, text), append(sqls, "("+part.sql+")")
	}
	return twice{strings.Join(texts, " "+by+" "), strings.Join(sqls, " "+strings.ToLower(by)+" "), by}
}

// atom is a condition on one value, of the row or of one that relations lead to.
func (g *readGen) atom(r *readTable, t string) twice {
	path, wrap := "", func(sql string) string { return sql }
	for depth := 0; depth < 3 && len(r.relations) > 0 && g.chance(3); depth++ {
		rel := pick(g, r.relations)
		if g.flat && rel.many {
			continue
		}
		from, where := rel.from(t, g.alias())
		t = g.lastAlias()
		outer := wrap
		wrap = func(sql string) string {
			if sql != "" {
				sql = " and (" + sql + ")"
			}
			return outer("exists (select from " + from + " where " + where + sql + ")")
		}
		path, r = path+rel.name+".", readTables[rel.to]
	}
	if path != "" && g.chance(6) {
		path = strings.TrimSuffix(path, ".")
		switch g.IntN(3) {
		case 0:
			return twice{path + ":*", wrap(""), ""}
		case 1:
			return twice{path + " != null", wrap(""), ""}
		default:
			return twice{path + " = null", "not " + wrap(""), ""}
		}
	}
	f := pick(g, r.fields)
	leaf := g.compare(f, path+f.name, t+"."+f.name)
	return twice{leaf.text, wrap(leaf.sql), ""}
}

func (g *readGen) alias() string {
	g.aliases++
	return g.lastAlias()
}

func (g *readGen) lastAlias() string { return fmt.Sprintf("r%d", g.aliases) }

// quoted writes a text as a filter's value.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "*", `\*`, "\n", `\n`).Replace(text) + `"`
}

// like is a text as a part of a pattern.
func like(text string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text)
}

// op is a comparison, as a filter and as SQL.
func (g *readGen) op() (text, sql string) {
	op := pick(g, []string{"=", "!=", "<", "<=", ">", ">="})
	text = op
	if op == "!=" {
		op = "<>"
	}
	return pick(g, []string{text, " " + text + " "}), " " + op + " "
}

// compare is a condition on a column.
func (g *readGen) compare(f readField, path, ref string) twice {
	if f.kind != "jsonb" && g.chance(8) {
		if g.chance(2) {
			return twice{path + " = null", ref + " is null", ""}
		}
		return twice{path + " != null", ref + " is not null", ""}
	}
	switch f.kind {
	case "bool":
		switch g.IntN(4) {
		case 0:
			return twice{path, ref, ""}
		case 1:
			return twice{path + " != true", ref + " <> true", ""}
		default:
			value := pick(g, []string{"true", "false"})
			return twice{path + "=" + value, ref + " = " + value, ""}
		}
	case "text", "citext":
		return g.compareText(f, path, ref)
	case "jsonb":
		return g.compareJSON(path, ref)
	case "text[]":
		return g.compareArray(path, ref)
	case "int4range":
		return g.compareRange(path, ref)
	case "tsvector":
		words := pick(g, readSearches)
		if g.chance(2) {
			return twice{fmt.Sprintf("search(%s, %s, %q)", path, quoted(words), "simple"), ref + " @@ websearch_to_tsquery('simple', " + literal(words) + ")", ""}
		}
		return twice{path + ":" + quoted(words), ref + " @@ websearch_to_tsquery(" + literal(words) + ")", ""}
	}
	text, sql := g.scalar(f.kind)
	switch g.IntN(6) {
	case 0:
		return twice{path + ":" + text, ref + " = " + sql, ""}
	case 1:
		texts, sqls := []string{text}, []string{sql}
		for range g.IntN(3) {
			text, sql := g.scalar(f.kind)
			texts, sqls = append(texts, text), append(sqls, sql)
		}
		return twice{"in(" + path + ", " + strings.Join(texts, ", ") + ")", ref + " in (" + strings.Join(sqls, ", ") + ")", ""}
	case 2:
		other, otherSQL := g.scalar(f.kind)
		return twice{path + " = (" + text + " OR " + other + ")", ref + " = " + sql + " or " + ref + " = " + otherSQL, ""}
	}
	opText, opSQL := g.op()
	return twice{path + opText + text, ref + opSQL + sql, ""}
}

// scalar is a value of a type that has an order, as a filter's and as SQL.
func (g *readGen) scalar(kind string) (text, sql string) {
	switch kind {
	case "int":
		text = pick(g, []string{"0", "1", "2", "3", "-1", "10", "40", "600", "3000000000"})
		return text, text
	case "numeric":
		text = pick(g, readNumbers)
		return pick(g, []string{text, quoted(text)}), text
	case "timestamptz":
		text = pick(g, readTimes)
		return pick(g, []string{text, quoted(text), "timestamp(" + quoted(text) + ")"}), literal(text) + "::timestamptz"
	case "mood":
		both := pick(g, readMoods)
		return pick(g, []string{both[0], quoted(both[1])}), literal(both[1]) + "::reads.mood"
	case "uuid":
		text = pick(g, readCodes)
		return pick(g, []string{text, quoted(text)}), literal(text) + "::uuid"
	}
	panic(kind)
}

func (g *readGen) compareText(f readField, path, ref string) twice {
	text := pick(g, readTexts)
	value := literal(text)
	plain, ilike := ref, "like"
	if f.kind == "citext" {
		plain = ref + "::text"
		if g.citext {
			value += "::citext"
			ilike = "ilike"
		}
	}
	words := pick(g, readSearches)
	switch g.IntN(9) {
	case 0:
		return twice{path + ":" + quoted(text), plain + " ilike " + literal("%"+like(text)+"%"), ""}
	case 1:
		return twice{path + ` = "*` + strings.TrimPrefix(quoted(text), `"`), plain + " " + ilike + " " + literal("%"+like(text)), ""}
	case 2:
		return twice{path + ` != ` + strings.TrimSuffix(quoted(text), `"`) + `*"`, "not (" + plain + " " + ilike + " " + literal(like(text)+"%") + ")", ""}
	case 3:
		return twice{"ilike(" + path + ", " + strings.TrimSuffix(quoted(text), `"`) + `*b*")`, plain + " ilike " + literal(like(text)+"%b%"), ""}
	case 4:
		other := pick(g, readTexts)
		otherSQL := literal(other)
		if f.kind == "citext" && g.citext {
			otherSQL += "::citext"
		}
		return twice{"in(" + path + ", " + quoted(text) + "," + quoted(other) + ")", ref + " in (" + value + ", " + otherSQL + ")", ""}
	case 5:
		if f.kind == "text" {
			pattern := pick(g, []string{"^a", "b$", "[a-c]+.", `\d`, "^$", "fox|run"})
			if g.chance(2) {
				return twice{"imatches(" + path + ", " + quoted(pattern) + ")", plain + " ~* " + literal(pattern), ""}
			}
			return twice{"matches(" + path + ", " + quoted(pattern) + ")", plain + " ~ " + literal(pattern), ""}
		}
	case 6:
		return twice{
			fmt.Sprintf("search(%s, %s, %q)", path, quoted(words), "english"),
			"to_tsvector('english', " + plain + ") @@ websearch_to_tsquery('english', " + literal(words) + ")", "",
		}
	}
	opText, opSQL := g.op()
	return twice{path + opText + quoted(text), ref + opSQL + value, ""}
}

func (g *readGen) compareJSON(path, ref string) twice {
	size, name := ref+" #> '{size}'", ref+" #> '{name}'"
	number := pick(g, []string{"1", "2", "30", "-1.5", "2.0"})
	text := pick(g, []string{"a", "Abc", `say "b"`, "b", "2"})
	opText, opSQL := g.op()
	equality := strings.Contains(opText, "!=") || strings.TrimSpace(opText) == "="
	switch g.IntN(11) {
	case 0:
		if equality {
			return twice{path + ".size" + opText + number, "(" + size + ")" + opSQL + "'" + number + "'::jsonb", ""}
		}
		return twice{path + ".size" + opText + number, "case when jsonb_typeof(" + size + ") = 'number' then (" + size + ")::numeric end" + opSQL + number, ""}
	case 1:
		if equality {
			return twice{path + ".name" + opText + quoted(text), "(" + name + ")" + opSQL + "to_jsonb(" + literal(text) + "::text)", ""}
		}
		return twice{path + ".name" + opText + quoted(text), "case when jsonb_typeof(" + name + ") = 'string' then " + ref + " #>> '{name}' end" + opSQL + literal(text), ""}
	case 2:
		return twice{path + `.name = "a*"`, "case when jsonb_typeof(" + name + ") = 'string' then " + ref + " #>> '{name}' end like 'a%'", ""}
	case 3:
		return twice{path + ".deep.size:*", ref + " #>> '{deep,size}' is not null", ""}
	case 4:
		return twice{path + ".size = null", ref + " #>> '{size}' is null", ""}
	case 5:
		key := pick(g, readMeta)
		return twice{path + ":" + quoted(key), ref + " ? " + literal(key), ""}
	case 6:
		return twice{path + `.list:"x"`, "(" + ref + " #> '{list}') ? 'x'", ""}
	case 7:
		return twice{path + ".list:1", "(" + ref + " #> '{list}') @> '1'", ""}
	case 8:
		return twice{"contains(" + path + `, "{\"size\": ` + number + `}")`, ref + ` @> '{"size": ` + number + `}'`, ""}
	case 9:
		return twice{"in(" + path + ".name, " + quoted(text) + `, "b", 3)`, "(" + name + ") in (to_jsonb(" + literal(text) + `::text), '"b"', '3')`, ""}
	default:
		if g.chance(2) {
			return twice{path + " = null", ref + " is null", ""}
		}
		return twice{path + ":*", ref + " is not null", ""}
	}
}

func (g *readGen) compareArray(path, ref string) twice {
	one, two := pick(g, readTags), pick(g, readTags)
	array := "array[" + literal(one) + ", " + literal(two) + "]::text[]"
	args := "(" + path + ", " + quoted(one) + ", " + quoted(two) + ")"
	switch g.IntN(6) {
	case 0:
		return twice{path + ":" + quoted(one), literal(one) + " = any(" + ref + ")", ""}
	case 1:
		return twice{"contains" + args, ref + " @> " + array, ""}
	case 2:
		return twice{"overlaps" + args, ref + " && " + array, ""}
	case 3:
		return twice{"containedBy" + args, ref + " <@ " + array, ""}
	case 4:
		return twice{"isEmpty(" + path + ")", ref + " = '{}'", ""}
	default:
		return twice{path + ":*", ref + " <> '{}'", ""}
	}
}

func (g *readGen) compareRange(path, ref string) twice {
	span := pick(g, readRanges)
	sql, args := literal(span)+"::int4range", "("+path+", "+quoted(span)+")"
	switch g.IntN(7) {
	case 0:
		return twice{path + ":4", ref + " @> 4", ""}
	case 1:
		if span == "empty" {
			break
		}
		return twice{path + ":" + quoted(span), ref + " @> " + sql, ""}
	case 2:
		return twice{"overlaps" + args, ref + " && " + sql, ""}
	case 3:
		return twice{"containedBy" + args, ref + " <@ " + sql, ""}
	case 4:
		return twice{"isEmpty(" + path + ")", "isempty(" + ref + ")", ""}
	case 5:
		return twice{path + " != null", ref + " is not null", ""}
	}
	opText, opSQL := g.op()
	return twice{path + opText + quoted(span), ref + opSQL + sql, ""}
}

// TestFiltersOfOneTextAndTwoTypes asks by values of the column's type and by one
// beyond it, which is sent as another. The SQL is the same text, and must not be
// one prepared statement.
func TestFiltersOfOneTextAndTwoTypes(t *testing.T) {
	w := newReadsWorld(t, fmt.Sprintf("insert into %s select n, %s, null, null, 'post', n %% 4, null, null, null, null, null, null, null, null, null, null from generate_series(1, 20) n",
		postColumns, literal(migrations.Alice)), nil)
	w.counted(t) // through one connection
	alice := as(t, persons(t)[1].token)
	for _, tt := range []struct {
		filter string
		want   int
	}{
		{"score = 1", 5},
		{"score = 3000000000", 0},
		{"score = 2", 5},
		{"in(score, 1, 3000000000)", 5},
		{"in(score, 1, 2)", 10},
		{"score < 3000000000", 20},
		{"score < 1", 5},
	} {
		page, err := w.page(alice, "ListPost", w.ask("ListPost", &readQuestion{filter: tt.filter}, nil))
		if err != nil || len(page.rows) != tt.want {
			t.Errorf("%s: %v, want %d rows", tt.filter, err, tt.want)
		}
	}
}
