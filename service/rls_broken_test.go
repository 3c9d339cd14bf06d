package service_test

import (
	"slices"
	"strings"
	"testing"
)

// loosened is a policy that holds in psql's database and not in the server's, and
// the methods by which that must show.
type loosened struct{ sql, again, methods string }

const (
	readMethods  = "List% Stream% Aggregate% "
	writeMethods = "BatchCreate% Import% BatchUpdate% UpdateMany% DeleteMany% Create$ Update$ Delete$ Transact"
)

// of names the methods of a table: % stands for its plural, $ for its message.
func of(s surface, methods string) string {
	return strings.NewReplacer("%", s.plural, "$", s.table.message).Replace(methods)
}

func policy(name, table, condition, again string) loosened {
	on := "alter policy " + name + " on public." + table + " "
	return loosened{sql: on + condition, again: on + again}
}

func (l loosened) seenBy(methods string) loosened { l.methods = methods; return l }

func (l loosened) and(other loosened) loosened {
	return loosened{sql: l.sql + "; " + other.sql, again: l.again + "; " + other.again}
}

const me = "(select auth.uid())"

func brokenPolicies() (all []loosened) {
	for _, s := range surfaces {
		methods := of(s, readMethods+writeMethods)
		if s.table.name == "profiles" { // which everybody reads
			methods = of(s, writeMethods)
		}
		alter := "alter table public." + s.table.name
		all = append(all, loosened{alter + " disable row level security", alter + " enable row level security", methods})
	}
	return append(
		all,
		// Through relations: of rows that are all seen, and that lead to such as are not.
		policy("posts_select", "posts", "using (true)", "using (published or author_id = "+me+")").
			seenBy("ListPosts StreamPosts AggregatePosts ListProfiles StreamProfiles AggregateProfiles ListComments StreamComments AggregateComments CreateComment ImportComments Transact"),
		policy("comments_select", "comments", "using (true)", "using (exists (select from public.posts where posts.id = comments.post_id))").
			seenBy("ListComments StreamComments AggregateComments ListProfiles StreamProfiles AggregateProfiles"),
		policy("posts_update", "posts", "using (true) with check (true)", "using (author_id = "+me+") with check (author_id = "+me+")").
			seenBy("UpdatePost BatchUpdatePosts UpdateManyPosts Transact"),
		policy("posts_update", "posts", "with check (true)", "with check (author_id = "+me+")").seenBy("UpdatePost"),
		policy("posts_delete", "posts", "using (true)", "using (author_id = "+me+")").seenBy("DeletePost DeleteManyPosts Transact"),
		// A row that is answered must be one that the caller may see; so only these
		// two together let somebody give a row away.
		policy("items_insert", "items", "with check (true)", "with check (owner_id = "+me+")").seenBy("ImportItems"),
		policy("items_insert", "items", "with check (true)", "with check (owner_id = "+me+")").
			and(policy("items_select", "items", "using (true)", "using (owner_id = "+me+")")).
			seenBy("CreateItem BatchCreateItems ImportItems Transact"),
		policy("items_update", "items", "with check (true)", "with check (owner_id = "+me+")").
			and(policy("items_select", "items", "using (true)", "using (owner_id = "+me+")")).
			seenBy("UpdateItem BatchUpdateItems Transact"),
		// One that is stricter shows as well.
		policy("items_select", "items", "using (false)", "using (owner_id = "+me+")").
			seenBy("ListItems StreamItems AggregateItems UpdateItem BatchUpdateItems UpdateManyItems DeleteManyItems CreateItem ImportItems"),
	)
}

// TestRLSSeesABrokenPolicy changes policies of the server's database alone: the
// comparisons must find that out, by each method that it bears on.
func TestRLSSeesABrokenPolicy(t *testing.T) {
	w := newTwin(t)
	c := newCaller(w.conn, exampleContract(t), "app.v1")
	reads, writes := relationCases(), append(transactions(), singleCases()...)
	for _, s := range surfaces {
		reads, writes = append(reads, s.readCases()...), append(writes, s.writeCases(c)...)
	}
	w.seesBroken(t, c, reads, writes, brokenPolicies())
	for _, table := range exampleTables[1:] {
		w.run(t, w.ours, "alter table public."+table.name+" disable row level security")
		for _, p := range persons(t) {
			if found := w.readDifferences(t, c, p, table); len(found) == 0 {
				t.Errorf("%s reads others' %s and nothing is found", p.name, table.name)
			}
		}
		w.run(t, w.ours, "alter table public."+table.name+" enable row level security")
	}
}

// TestRLSSeesABrokenPolicyBehind does so behind functions, views and queries.
func TestRLSSeesABrokenPolicyBehind(t *testing.T) {
	w, c := behindTwin(t)
	w.seesBroken(t, c, behindReads(), behindWrites(), []loosened{
		{
			"alter table public.posts disable row level security", "alter table public.posts enable row level security",
			"PostsOf ListByAuthor Rename ListOwnEyes StreamOwnEyes AggregateOwnEyes UpdateManyOwnEyes DeleteManyOwnEyes ListTitles RetitleMany CommentOnMany",
		},
		{
			"alter table public.comments disable row level security", "alter table public.comments enable row level security",
			"EveryPost CommentOnMany",
		},
		{"alter table public.items disable row level security", "alter table public.items enable row level security", "CountItems"},
		{"alter view behind.own_eyes set (security_invoker = false)", "alter view behind.own_eyes set (security_invoker = true)", "ListOwnEyes StreamOwnEyes AggregateOwnEyes UpdateManyOwnEyes DeleteManyOwnEyes"},
		{"alter view behind.owners_eyes set (security_invoker = true)", "alter view behind.owners_eyes set (security_invoker = false)", "ListOwnersEyes UpdateManyOwnersEyes"},
		{"alter function behind.posts_of security definer", "alter function behind.posts_of security invoker", "PostsOf"},
		{"alter function behind.every_post security invoker", "alter function behind.every_post security definer", "EveryPost"},
	})
}

func (w *twin) seesBroken(t *testing.T, c *caller, reads, writes []proofCase, policies []loosened) {
	t.Helper()
	of := func(cases []proofCase, method string) (some []proofCase) {
		for _, tc := range cases {
			if tc.method == method {
				some = append(some, tc)
			}
		}
		return some
	}
	for _, l := range policies {
		w.run(t, w.ours, l.sql)
		for method := range strings.FieldsSeq(l.methods) {
			if !w.differs(t, c, of(reads, method), of(writes, method)) {
				t.Errorf("after %q nothing is found by %s", l.sql, method)
			}
		}
		w.run(t, w.ours, l.again)
	}
	w.unchanged(t)
}

// differs says whether any case shows a difference to anybody.
func (w *twin) differs(t *testing.T, c *caller, reads, writes []proofCase) bool {
	t.Helper()
	for _, p := range slices.Backward(persons(t)) { // anon is told least
		if len(reads) > 0 {
			for i, said := range w.psqlReads(t, c, p, reads) {
				if w.ask(t, c, p, reads[i], said) != "" {
					return true
				}
			}
		}
		for _, tc := range writes {
			if _, found := w.writeDifferences(t, c, p, []proofCase{tc}); len(found) > 0 {
				return true
			}
		}
	}
	return false
}
