package service_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/rowgate/rowgate/migrations"
)

// readGen makes random rows and questions. Of the same seed they are the same.
type readGen struct {
	*rand.Rand
	citext bool
	// flat keeps a filter from relations of several rows, to which rows that
	// come later belong.
	flat    bool
	aliases int
}

func newReadGen(seed uint64) *readGen {
	return &readGen{Rand: rand.New(rand.NewPCG(seed, 4))}
}

// chance is true once in n times.
func (g *readGen) chance(n int) bool { return g.IntN(n) == 0 }

func pick[T any](g *readGen, from []T) T { return from[g.IntN(len(from))] }

// The values of rows, and those that filters compare with: few, so that rows are
// often alike, and some that are hard to quote.
var (
	readTexts = []string{
		"a", "A", "ab", "Abc", "b", "", "it's", `say "b"`, `back\slash`, "a*b", "50%", "x_y", "Ünder", "ünder", "the quick brown fox",
		"quick foxes run", " a ", "b\nc", "日本",
	}
	readNumbers  = []string{"0", "1", "-1", "1.5", "1.50", "2.25", "100", "-0.001", "1e3", "99999999999999999999.5"}
	readTimes    = []string{"2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000001Z", "2023-06-30T12:00:00Z", "1999-12-31T23:59:59.5Z", "2030-02-28T00:00:00Z"}
	readMoods    = [][2]string{{"MOOD_SO_SO", "so so"}, {"MOOD_GOOD", "good"}, {"MOOD_FINE", "it's fine"}}
	readCodes    = []string{"00000000-0000-4000-8000-000000000001", "7f000000-0000-4000-8000-000000000002", "ffffffff-0000-4000-8000-000000000003"}
	readTags     = []string{"x", "y", "zed", `q"t`, "a,b"}
	readRanges   = []string{"[1,5)", "[3,9)", "(,4)", "[7,)", "empty", "[1,2)", "(,)"}
	readMeta     = []string{"size", "name", "list", "deep"}
	readSearches = []string{"fox", "quick fox", `"quick brown"`, "fox or slash", "-fox", "runs"}
)

// or is a value, or NULL once in n times.
func (g *readGen) or(n int, value string) string {
	if g.chance(n) {
		return "null"
	}
	return value
}

func (g *readGen) text() string { return literal(pick(g, readTexts)) }

func (g *readGen) owner() string {
	return literal(pick(g, []string{migrations.Alice, migrations.Bob, carol}))
}

func (g *readGen) json() string {
	var members []string
	for _, name := range readMeta {
		if g.chance(3) {
			continue
		}
		value := "null"
		switch name {
		case "size":
			value = pick(g, []string{"1", "2", "2.0", "30", "-1.5", `"2"`, "null", "true"})
		case "name":
			value = pick(g, []string{`"a"`, `"Abc"`, `"say \"b\""`, `"b"`, "3", "null", `""`})
		case "list":
			value = pick(g, []string{`["x", "y"]`, `[]`, `[1, 2]`, `["x", 1, null]`})
		case "deep":
			value = pick(g, []string{`{"size": 1}`, `{"size": "x"}`, `{}`, "7"})
		}
		members = append(members, fmt.Sprintf("%q: %s", name, value))
	}
	return pick(g, []string{"{" + strings.Join(members, ", ") + "}", "{" + strings.Join(members, ", ") + "}", "null", `"x"`, `["x"]`})
}

// post is a row of reads.posts.
func (g *readGen) post(id int, owner, author, parent string) string {
	var tags []string
	for range g.IntN(4) {
		tags = append(tags, literal(pick(g, readTags)))
	}
	words := g.text()
	return fmt.Sprintf("(%d, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", id, owner, author, parent, g.text(),
		g.or(4, fmt.Sprint(g.IntN(6)-1)), g.or(4, pick(g, readNumbers)), g.or(4, g.text()), g.or(4, literal(pick(g, readTimes))),
		g.or(4, pick(g, []string{"true", "false"})), g.or(5, literal(pick(g, readMoods)[1])), g.or(4, literal(pick(g, readCodes))),
		g.or(5, literal(g.json())), g.or(5, "array["+strings.Join(tags, ", ")+"]::text[]"),
		g.or(5, literal(pick(g, readRanges))), g.or(5, "to_tsvector('english', "+words+")"))
}

const postColumns = "reads.posts (id, owner, author_id, parent_id, title, score, price, label, made, done, mood, code, meta, tags, span, words)"

// rows is SQL for rows of all tables: some 120 posts, whose ids leave room in
// between.
func (g *readGen) rows() string {
	const authors, posts, topics = 15, 120, 9
	var b strings.Builder
	insert := func(table string, rows []string) {
		if len(rows) > 0 {
			fmt.Fprintf(&b, "insert into %s values\n%s;\n", table, strings.Join(rows, ",\n"))
		}
	}
	flag := func() string { return pick(g, []string{"true", "true", "false"}) }
	below := func(n int) string { return g.or(4, fmt.Sprint(1+g.IntN(max(n, 1)))) }
	var list, profiles []string
	for id := 1; id <= authors; id++ {
		mentor := "null"
		if id > 1 {
			mentor = below(id - 1)
		}
		list = append(list, fmt.Sprintf("(%d, %s, %s, %s, %s, %s)", id, g.text(), g.or(4, pick(g, readNumbers)), flag(), g.owner(), mentor))
		if !g.chance(4) {
			profiles = append(profiles, fmt.Sprintf("(%d, %s, %s)", id, g.text(), flag()))
		}
	}
	insert("reads.authors", list)
	insert("reads.profiles", profiles)
	var all, shares, comments, reactions, marks []string
	for i := 1; i <= posts; i++ {
		parent := "null"
		if i > 1 && g.chance(2) {
			parent = fmt.Sprint(10 * (1 + g.IntN(i-1)))
		}
		all = append(all, g.post(10*i, g.owner(), below(authors), parent))
		for _, user := range []string{migrations.Alice, migrations.Bob} {
			if !g.chance(3) {
				shares = append(shares, fmt.Sprintf("(%d, %s)", 10*i, literal(user)))
			}
		}
		for n := range g.IntN(5) {
			comments = append(comments, fmt.Sprintf("(%d, %d, %s, %s, %d, %s, %s)", 10*i, n+1, below(authors), g.or(5, g.text()), g.IntN(4), flag(), g.owner()))
			for _, kind := range []string{"+", "a", "Z"} {
				if g.chance(3) {
					reactions = append(reactions, fmt.Sprintf("(%d, %d, %s, %s, %s)", 10*i, n+1, literal(kind), g.or(4, fmt.Sprint(g.IntN(3))), flag()))
				}
			}
		}
		for topic := 1; topic <= topics; topic++ {
			if g.chance(4) {
				marks = append(marks, fmt.Sprintf("(%d, %d, %s)", 10*i, topic, pick(g, []string{"false", "false", "true"})))
			}
		}
	}
	insert(postColumns, all)
	insert("reads.shares", shares)
	insert("reads.comments", comments)
	insert("reads.reactions", reactions)
	list = nil
	for id := 1; id <= topics; id++ {
		list = append(list, fmt.Sprintf("(%d, %s, %s)", id, g.text(), flag()))
	}
	insert("reads.topics", list)
	insert("reads.post_topics", marks)
	return b.String()
}

// byCarol is SQL by which a third user puts in posts between those that are
// there, and shares them with the other two.
func (g *readGen) byCarol(used map[int]bool, n int) string {
	var posts, shares []string
	for len(posts) < n {
		id := 1 + g.IntN(1300)
		if id%10 == 0 || used[id] {
			continue
		}
		used[id] = true
		posts = append(posts, g.post(id, literal(carol), g.or(3, fmt.Sprint(1+g.IntN(15))), "null"))
		for _, user := range []string{migrations.Alice, migrations.Bob} {
			shares = append(shares, fmt.Sprintf("(%d, %s)", id, literal(user)))
		}
	}
	return "insert into " + postColumns + " values " + strings.Join(posts, ",\n") + ";\n" +
		"insert into reads.shares values " + strings.Join(shares, ", ") + ";\n"
}
