package service_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

// readsSQL has relations of every kind, whose policies give two users rows that
// overlap. LABEL stands for citext, or for text where there is none.
const readsSQL = `
	create schema reads;
	grant usage on schema reads to anon, authenticated;
	create type reads.mood as enum ('so so', 'good', 'it''s fine');

	create table reads.authors (
		id integer primary key, name text not null, rating numeric, open boolean not null, owner uuid not null default auth.uid(),
		mentor_id integer constraint mentor references reads.authors
	);
	create table reads.profiles (
		author_id integer primary key constraint person references reads.authors, bio text not null, shown boolean not null
	);
	create table reads.posts (
		id integer primary key, owner uuid not null default auth.uid(),
		author_id integer constraint author references reads.authors,
		parent_id integer constraint parent references reads.posts,
		title text not null, score integer, price numeric, label LABEL, made timestamptz, done boolean, mood reads.mood, code uuid,
		meta jsonb, tags text[], span int4range, words tsvector, pinned boolean not null default false
	);
	create table reads.shares (
		post_id integer not null references reads.posts, user_id uuid not null, primary key (post_id, user_id)
	);
	create table reads.comments (
		post_id integer constraint post references reads.posts, n integer, author_id integer constraint commenter references reads.authors,
		body text, votes integer not null, hidden boolean not null, owner uuid not null default auth.uid(), primary key (post_id, n)
	);
	create table reads.reactions (
		post_id integer, n integer, kind text, weight integer, secret boolean not null, primary key (post_id, n, kind),
		constraint comment foreign key (post_id, n) references reads.comments
	);
	create table reads.topics (id integer primary key, name text not null, open boolean not null);
	create table reads.post_topics (
		post_id integer constraint post_of references reads.posts, topic_id integer constraint topic_of references reads.topics,
		hidden boolean not null, primary key (post_id, topic_id)
	);
	create index on reads.posts (author_id);
	create index on reads.posts (parent_id);

	do $$
	declare name text;
	begin
		foreach name in array array['authors', 'profiles', 'posts', 'shares', 'comments', 'reactions', 'topics', 'post_topics'] loop
			execute format('alter table reads.%I enable row level security; grant select on reads.%I to anon, authenticated', name, name);
		end loop;
	end $$;
	grant insert on reads.posts, reads.shares to authenticated;

	create policy a on reads.authors for select to anon using (open);
	create policy b on reads.authors for select to authenticated using (open or owner = auth.uid());
	create policy a on reads.profiles for select to anon, authenticated using (shown);
	create policy a on reads.posts for select to anon using (mood = 'good');
	create policy b on reads.posts for select to authenticated using (
		owner = auth.uid() or exists (select from reads.shares s where s.post_id = posts.id and s.user_id = auth.uid()));
	create policy c on reads.posts for insert to authenticated with check (owner = auth.uid());
	create policy a on reads.shares for select to authenticated using (user_id = auth.uid());
	create policy b on reads.shares for insert to authenticated with check (true);
	create policy a on reads.comments for select to anon using (not hidden);
	create policy b on reads.comments for select to authenticated using (not hidden or owner = auth.uid());
	create policy a on reads.reactions for select to anon, authenticated using (not secret);
	create policy a on reads.topics for select to anon using (open);
	create policy b on reads.topics for select to authenticated using (true);
	create policy a on reads.post_topics for select to authenticated using (not hidden);

	create view reads.scores with (security_invoker = true) as
		select id, title, score, made from reads.posts where score is not null;
	grant select on reads.scores to anon, authenticated;

	create function reads.ranked(low integer, prefix text default '') returns setof reads.posts language sql stable as
		$$ select * from reads.posts where score >= low and starts_with(title, prefix) order by score desc, title, id $$;
	create function reads.totals(low integer) returns table (mood reads.mood, posts bigint, best integer) language sql stable as
		$$ select mood, count(*), max(score) from reads.posts where score >= low group by mood order by count(*) desc, mood $$;

	-- Rows for streams: many, and such as never come.
	create table reads.big (id integer primary key, body text not null, price numeric not null, made timestamptz not null, owner uuid not null);
	alter table reads.big enable row level security;
	create policy a on reads.big for select to authenticated using (owner = auth.uid());
	create view reads.slow as select 1 as id, pg_sleep(120)::text as body;
	grant select on reads.big, reads.slow to authenticated, anon;

	-- A column that is called as the one that numbers a function's rows.
	create table reads.odds (id integer primary key, ordinality integer);
	insert into reads.odds select n, 1 from generate_series(1, 10) n;
	grant select on reads.odds to anon, authenticated;
	create function reads.odd() returns setof reads.odds language sql stable as 'select * from reads.odds order by id desc';
`

// The users of these tests beside Alice and Bob.
const carol = "ca201000-0000-4000-8000-000000000003"

// readTable is a table as the test knows it: what stands in the contract, and
// what the oracle writes SQL by.
type readTable struct {
	name, message string
	key           []string
	fields        []readField
	relations     []readRelation
}

// readField is a column. Kind is the Postgres type; plain says that it is NOT
// NULL, and that the field has no presence.
type readField struct {
	name, kind string
	plain      bool
}

// readRelation is a relation field. From gives the FROM and the WHERE of a
// subselect for a row that is called p, of rows that are called t.
type readRelation struct {
	name, to string
	many     bool
	option   string
	from     func(p, t string) (from, where string)
}

// on is a relation by columns that are equal, "theirs=ours".
func on(table string, pairs ...string) func(p, t string) (string, string) {
	return func(p, t string) (string, string) {
		var all []string
		for _, pair := range pairs {
			their, our, _ := strings.Cut(pair, "=")
			all = append(all, t+"."+their+" = "+p+"."+our)
		}
		return "reads." + table + " " + t, strings.Join(all, " and ")
	}
}

// through is a relation by the junction.
func through(table, ours, theirs string) func(p, t string) (string, string) {
	return func(p, t string) (string, string) {
		return "reads." + table + " " + t, fmt.Sprintf("exists (select from reads.post_topics j_%[2]s where j_%[2]s.%[4]s = %[2]s.id and j_%[2]s.%[3]s = %[1]s.id)",
			p, t, ours, theirs)
	}
}

var readTables = map[string]*readTable{
	"authors": {name: "authors", message: "Author", key: []string{"id"}, fields: []readField{
		{"id", "int", true}, {"name", "text", true}, {"rating", "numeric", false}, {"open", "bool", true}, {"mentor_id", "int", false},
	}, relations: []readRelation{
		{"mentor", "authors", false, `foreign_key: "mentor"`, on("authors", "id=mentor_id")},
		{"pupils", "authors", true, `foreign_key: "mentor" inverse: true`, on("authors", "mentor_id=id")},
		{"profile", "profiles", false, `foreign_key: "person" inverse: true`, on("profiles", "author_id=id")},
		{"posts", "posts", true, `foreign_key: "author" inverse: true`, on("posts", "author_id=id")},
	}},
	"profiles": {name: "profiles", message: "Profile", key: []string{"author_id"}, fields: []readField{
		{"author_id", "int", true}, {"bio", "text", true},
	}, relations: []readRelation{{"author", "authors", false, `foreign_key: "person"`, on("authors", "id=author_id")}}},
	"posts": {name: "posts", message: "Post", key: []string{"id"}, fields: []readField{
		{"id", "int", true},
		{"author_id", "int", false},
		{"parent_id", "int", false},
		{"title", "text", true},
		{"score", "int", false},
		{"price", "numeric", false},
		{"label", "citext", false},
		{"made", "timestamptz", false},
		{"done", "bool", false},
		{"mood", "mood", false},
		{"code", "uuid", false},
		{"meta", "jsonb", false},
		{"tags", "text[]", false},
		{"span", "int4range", false},
		{"words", "tsvector", false},
	}, relations: []readRelation{
		{"author", "authors", false, `foreign_key: "author"`, on("authors", "id=author_id")},
		{"parent", "posts", false, `foreign_key: "parent"`, on("posts", "id=parent_id")},
		{"children", "posts", true, `foreign_key: "parent" inverse: true`, on("posts", "parent_id=id")},
		{"comments", "comments", true, `foreign_key: "post" inverse: true`, on("comments", "post_id=id")},
		{"topics", "topics", true, junction("post_of", "topic_of"), through("topics", "post_id", "topic_id")},
	}},
	"comments": {name: "comments", message: "Comment", key: []string{"post_id", "n"}, fields: []readField{
		{"post_id", "int", true}, {"n", "int", true}, {"author_id", "int", false}, {"body", "text", false}, {"votes", "int", true},
	}, relations: []readRelation{
		{"post", "posts", false, `foreign_key: "post"`, on("posts", "id=post_id")},
		{"author", "authors", false, `foreign_key: "commenter"`, on("authors", "id=author_id")},
		{"reactions", "reactions", true, `foreign_key: "comment" inverse: true`, on("reactions", "post_id=post_id", "n=n")},
	}},
	"reactions": {name: "reactions", message: "Reaction", key: []string{"post_id", "n", "kind"}, fields: []readField{
		{"post_id", "int", true}, {"n", "int", true}, {"kind", "text", true}, {"weight", "int", false},
	}, relations: []readRelation{{"comment", "comments", false, `foreign_key: "comment"`, on("comments", "post_id=post_id", "n=n")}}},
	"topics": {name: "topics", message: "Topic", key: []string{"id"}, fields: []readField{
		{"id", "int", true}, {"name", "text", true}, {"open", "bool", true},
	}, relations: []readRelation{{"posts", "posts", true, junction("topic_of", "post_of"), through("posts", "topic_id", "post_id")}}},
	"scores": {name: "scores", message: "Score", key: []string{"id"}, fields: []readField{
		{"id", "int", false}, {"title", "text", false}, {"score", "int", false}, {"made", "timestamptz", false},
	}},
}

// readNames are the tables that calls begin at.
var readNames = []string{"posts", "posts", "comments", "authors", "reactions", "topics", "scores"}

func junction(near, far string) string {
	return fmt.Sprintf(`foreign_key: %q through: { schema: "reads" name: "post_topics" } through_foreign_key: %q`, near, far)
}

var readTypes = map[string]string{
	"int": "int32", "text": "string", "citext": "string", "numeric": "string", "bool": "bool", "uuid": "string", "mood": "Mood",
	"timestamptz": "google.protobuf.Timestamp", "jsonb": "google.protobuf.Value", "text[]": "repeated string",
	"int4range": "rowgate.v1.Int32Range", "tsvector": "string",
}

func (f readField) isMessage() bool { return strings.Contains(readTypes[f.kind], ".") }

func (r *readTable) relation(name string) *readRelation {
	for i := range r.relations {
		if r.relations[i].name == name {
			return &r.relations[i]
		}
	}
	return nil
}

const readsHead = `syntax = "proto3";
package reads.v1;
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "rowgate/v1/options.proto";
import "rowgate/v1/query.proto";
import "rowgate/v1/range.proto";
enum Mood {
  option (rowgate.v1.enum_type) = { schema: "reads" name: "mood" };
  MOOD_UNSPECIFIED = 0;
  MOOD_SO_SO = 1 [(rowgate.v1.label) = "so so"];
  MOOD_GOOD = 2 [(rowgate.v1.label) = "good"];
  MOOD_FINE = 3 [(rowgate.v1.label) = "it's fine"];
}
`

// readsAsk are the fields that a list's request may have, and readsPage those
// of its response.
const (
	readsAsk = `int32 page_size = 101; string page_token = 102; string order_by = 103; string filter = 104;
  google.protobuf.FieldMask read_mask = 105; repeated rowgate.v1.Include include = 106; rowgate.v1.Count count = 107;`
	readsPage = `string next_page_token = 2; string previous_page_token = 3; optional int64 total_size = 4; bool cut_short = 5;`
	readsPick = `google.protobuf.FieldMask read_mask = 105; repeated rowgate.v1.Include include = 106;`
)

// readsContract is the contract of the tables: List, Get and Stream of each,
// and the functions.
func readsContract(t testing.TB) *descriptor.Set {
	t.Helper()
	var messages, methods strings.Builder
	method := func(name, request, response, option string) {
		fmt.Fprintf(&methods, "  rpc %s(%s) returns (%s) { option (rowgate.v1.method) = { %s }; }\n", name, request, response, option)
	}
	for _, name := range []string{"authors", "profiles", "posts", "comments", "reactions", "topics", "scores"} {
		r := readTables[name]
		key := ""
		if name == "scores" {
			key = ` key: "id"`
		}
		fmt.Fprintf(&messages, "message %s {\n  option (rowgate.v1.relation) = { schema: \"reads\" name: %q%s planner_counts: true };\n", r.message, name, key)
		var get strings.Builder
		for i, f := range r.fields {
			typ := readTypes[f.kind]
			if !f.plain && !f.isMessage() && f.kind != "text[]" {
				typ = "optional " + typ
			}
			fmt.Fprintf(&messages, "  %s %s = %d;\n", typ, f.name, i+1)
		}
		for i, k := range r.key {
			fmt.Fprintf(&get, "%s %s = %d; ", readTypes[r.field(k).kind], k, i+1)
		}
		for i, rel := range r.relations {
			typ := readTables[rel.to].message
			if rel.many {
				typ = "repeated " + typ
			}
			fmt.Fprintf(&messages, "  %s %s = %d [(rowgate.v1.reference) = { %s }];\n", typ, rel.name, 1601+i, rel.option)
		}
		messages.WriteString("}\n")
		m := r.message
		fmt.Fprintf(&messages, "message List%[1]sRequest { %[2]s }\nmessage List%[1]sResponse { repeated %[1]s rows = 1; %[3]s }\n"+
			"message Get%[1]sRequest { %[4]s %[5]s }\n"+
			"message Stream%[1]sRequest { string order_by = 103; string filter = 104; %[5]s }\n", m, readsAsk, readsPage, get.String(), readsPick)
		method("List"+m, "List"+m+"Request", "List"+m+"Response", "list: { max_page_size: 10000 }")
		method("Get"+m, "Get"+m+"Request", m, "get: {}")
		method("Stream"+m, "Stream"+m+"Request", "stream "+m, "stream: {}")
	}
	fmt.Fprintf(&messages, "message RankedRequest { int32 low = 1; optional string prefix = 2; %s }\nmessage RankedResponse { repeated Post rows = 1; %s }\n"+
		"message TotalsRequest { int32 low = 1; %s }\nmessage TotalsResponse { repeated Total rows = 1; %s }\n"+
		"message Total { optional Mood mood = 1; optional int64 posts = 2; optional int32 best = 3; }\n"+
		"message OddRequest { %s }\nmessage OddResponse { repeated Odd rows = 1; %s }\n"+
		"message Odd { option (rowgate.v1.relation) = { schema: \"reads\" name: \"odds\" }; int32 id = 1; optional int32 ordinality = 2; }\n"+
		"message BigRequest { string order_by = 103; string filter = 104; }\n"+
		"message Big { option (rowgate.v1.relation) = { schema: \"reads\" name: \"big\" }; int32 id = 1; string body = 2; string price = 3; google.protobuf.Timestamp made = 4; }\n"+
		"message Slow { option (rowgate.v1.relation) = { schema: \"reads\" name: \"slow\" }; optional int32 id = 1; optional string body = 2; }\n",
		readsAsk, readsPage, readsAsk, readsPage, readsAsk, readsPage)
	method("Ranked", "RankedRequest", "RankedResponse", `call: { schema: "reads" name: "ranked" }`)
	method("Totals", "TotalsRequest", "TotalsResponse", `call: { schema: "reads" name: "totals" }`)
	method("Odd", "OddRequest", "OddResponse", `call: { schema: "reads" name: "odd" }`)
	method("StreamBig", "BigRequest", "stream Big", "stream: {}")
	method("StreamSlow", "BigRequest", "stream Slow", "stream: {}")
	text := readsHead + messages.String() + "service Reads {\n" + methods.String() + "}\n"
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"reads/v1/reads.proto": {Data: []byte(text)}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	return contract
}

func (r *readTable) field(name string) readField {
	for _, f := range r.fields {
		if f.name == name {
			return f
		}
	}
	panic("no field " + name)
}

// readsWorld is a server of the tables, and psql beside it.
type readsWorld struct {
	*world
	*caller
	// citext says that the server has it.
	citext bool
}

// newReadsWorld starts a server over tables that have what the SQL puts in.
func newReadsWorld(t testing.TB, sql string, server func(*service.Config)) *readsWorld {
	t.Helper()
	contract := readsContract(t)
	w := &readsWorld{}
	before := psqlRows(t, storetest.New(t), "select exists (select from pg_available_extensions where name = 'citext'), current_setting('server_version_num')")[0]
	schema := strings.Replace(readsSQL, "LABEL", "text", 1)
	if w.citext = before[0] == "t"; w.citext {
		schema = "create extension citext schema extensions;" + strings.Replace(readsSQL, "LABEL", "extensions.citext", 1)
	}
	if before[1] < "150000" {
		t.Skip("views by the caller's policies need Postgres 15")
	}
	w.world = newWorld(t, worldOptions{
		migrations: []storetest.Migration{{Name: "reads", SQL: schema}}, contract: contract, server: server,
	})
	if sql != "" {
		w.db.Psql(t, quiet+"set search_path = reads, extensions, public;\n"+sql+";\nanalyze;")
	}
	w.caller = newCaller(w.world.conn, contract, "reads.v1")
	return w
}

// psql runs queries as a person, each in a transaction of its own, and returns
// the lines that each prints.
func (w *readsWorld) psql(t testing.TB, p person, queries ...string) [][]string {
	t.Helper()
	const border = "--border--"
	var script strings.Builder
	script.WriteString(quiet + "set timezone = 'UTC'; set search_path = public, extensions;\n")
	for _, query := range queries {
		script.WriteString(p.inTransaction(query+";") + "\\echo " + border + "\n")
	}
	var answers [][]string
	lines := []string{}
	for line := range strings.Lines(w.db.Psql(t, script.String())) {
		if line = strings.TrimSuffix(line, "\n"); line == border {
			answers, lines = append(answers, lines), []string{}
			continue
		}
		lines = append(lines, line)
	}
	if len(answers) != len(queries) {
		t.Fatalf("psql answered %d of %d queries", len(answers), len(queries))
	}
	return answers
}
