package service_test

import (
	"fmt"
	"testing"
)

// hidden hides rows that visible ones refer to: profiles are their owners' alone,
// and comments show whose posts do not. The example has nothing of the kind.
const hidden = `alter policy profiles_select on public.profiles using (id = (select auth.uid()));
	alter policy comments_select on public.comments using (true)`

const shown = `alter policy profiles_select on public.profiles using (true);
	alter policy comments_select on public.comments using (exists (select from public.posts where posts.id = comments.post_id))`

// proveRelations holds what reads through relations answer against psql, under
// the example's policies and under others that hide more.
func proveRelations(t *testing.T, w *twin, c *caller) {
	t.Run("as they are", func(t *testing.T) { w.proveReads(t, c, relationCases()) })
	w.both(t, statistics)
	w.both(t, hidden)
	defer w.both(t, shown)
	t.Run("hidden", func(t *testing.T) {
		w.proveReads(t, c, relationCases())
		for _, s := range surfaces {
			t.Run(s.table.name, func(t *testing.T) { w.proveReads(t, c, s.readCases()) })
			for _, p := range persons(t) {
				for _, difference := range w.readDifferences(t, c, p, s.table) {
					t.Errorf("%s as %s: %s", s.table.name, p.name, difference)
				}
			}
		}
	})
}

// withRelations selects a table's rows, and relations as JSON beside their columns.
func withRelations(table, also, rest string) string {
	return "select to_jsonb(t) || jsonb_build_object(" + also + ") from public." + table + " t " + rest
}

// few is some of the rows of a subselect of rows x.
func few(from, where, order, limit string) string {
	if limit != "" {
		limit = " limit " + limit
	}
	return "(select jsonb_agg(to_jsonb(x) order by " + order + ") from (select * from public." + from + " x where " + where + " order by " + order + limit + ") x)"
}

func oneRow(from, where string) string {
	return "(select to_jsonb(x) from public." + from + " x where " + where + ")"
}

func relationCases() (cases []proofCase) {
	add := func(method, request string, sql ...string) {
		tc := proofCase{name: method + " " + request, method: method, requests: []string{request}, steps: []proofStep{{sql: sql[0]}}}
		for _, total := range sql[1:] {
			tc.steps = append(tc.steps, proofStep{sql: total, total: true})
		}
		cases = append(cases, tc)
	}
	author, commentsOf := oneRow("profiles", "x.id = t.author_id"), few("comments", "x.post_id = t.id", "x.id", "")
	authorOf := func(alias string) string { return oneRow("profiles", "x.id = "+alias+".author_id") }

	// Rows beside rows, one and many.
	for _, method := range []string{"List", "Stream"} {
		order := `"orderBy":"id"`
		add(method+"Comments", `{`+order+`,"include":[{"path":"author"},{"path":"post"}]}`,
			withRelations("comments", "'author', "+author+", 'post', "+oneRow("posts", "x.id = t.post_id"), "order by id"))
		add(method+"Posts", `{`+order+`,"include":[{"path":"comments"},{"path":"author"}]}`,
			withRelations("posts", "'comments', "+commentsOf+", 'author', "+author, "order by id"))
		add(method+"Posts", `{`+order+`,"include":[{"path":"comments","filter":"author.username = \"alice\"","orderBy":"id desc","pageSize":1}]}`,
			withRelations("posts", "'comments', "+few("comments", "x.post_id = t.id and "+exists("profiles", "a", "a.id = x.author_id", "a.username = 'alice'"), "x.id desc", "1"), "order by id"))
		add(method+"Profiles", `{`+order+`,"include":[{"path":"posts","filter":"published = false"}]}`,
			withRelations("profiles", "'posts', "+few("posts", "x.author_id = t.id and not x.published", "x.id", ""), "order by id"))
		add(method+"Profiles", `{`+order+`,"include":[{"path":"posts","filter":"comments.body:\"check\" OR comments.body:\"to do\""}]}`,
			withRelations("profiles", "'posts', "+few("posts", "x.author_id = t.id and "+
				exists("comments", "y", "y.post_id = x.id", "(y.body ilike '%check%' or y.body ilike '%to do%')"), "x.id", ""), "order by id"))
		add(method+"Profiles", `{`+order+`,"include":[{"path":"comments"},{"path":"comments.post"}]}`,
			withRelations("profiles", "'comments', (select jsonb_agg(to_jsonb(t2) || jsonb_build_object('post', "+oneRow("posts", "x.id = t2.post_id")+
				") order by t2.id) from public.comments t2 where t2.author_id = t.id)", "order by id"))
		add(method+"Comments", `{`+order+`,"readMask":"id,author.username,post.title,post.author.bio"}`,
			"select jsonb_build_object('id', t.id, 'author', (select jsonb_build_object('username', a.username) from public.profiles a where a.id = t.author_id), "+
				"'post', (select jsonb_build_object('title', p.title, 'author', (select jsonb_build_object('bio', a.bio) from public.profiles a where a.id = p.author_id)) "+
				"from public.posts p where p.id = t.post_id)) from public.comments t order by id")
	}
	for _, id := range []string{alicePublished, bobPublished} { // which everybody sees
		get := withRelations("posts", "'comments', (select jsonb_agg(to_jsonb(k) || jsonb_build_object('author', "+authorOf("k")+") order by k.id) from public.comments k where k.post_id = t.id)",
			"where id = '"+id+"'")
		add("GetPost", `{"id":"`+id+`","include":[{"path":"comments"},{"path":"comments.author"}]}`, get)
	}

	// Orders by what is hidden: NULL, as of no row.
	for _, o := range [][2]string{{"author.username", "asc nulls last"}, {"author.username desc", "desc nulls first"}} {
		direction := map[bool]string{true: "desc", false: "asc"}[o[1] != "asc nulls last"]
		for _, method := range []string{"List", "Stream"} {
			add(method+"Comments", fmt.Sprintf(`{"orderBy":%q}`, o[0]),
				"select row_to_json(t) from public.comments t order by (select username from public.profiles a where a.id = t.author_id) "+o[1]+", id "+direction)
		}
	}
	add("ListComments", `{"orderBy":"post.title, author.bio desc nulls last"}`,
		"select row_to_json(t) from public.comments t order by (select title from public.posts p where p.id = t.post_id) nulls last, "+
			"(select bio from public.profiles a where a.id = t.author_id) desc nulls last, id desc")
	add("ListComments", `{"orderBy":"post.author.username desc nulls last, id"}`,
		"select row_to_json(t) from public.comments t order by (select a.username from public.posts p join public.profiles a on a.id = p.author_id where p.id = t.post_id) desc nulls last, id")

	// Groups by what relations lead to, what is hidden being NULL.
	group := func(sql, having string) string {
		if having != "" {
			having = " having " + having
		}
		return "select jsonb_build_object('group', jsonb_build_object('author', jsonb_build_object('username', a.username)), 'count', count(*), 'max', jsonb_build_object('id', max(t.id))) " +
			"from public.comments t left join public.profiles a on a.id = t.author_id " + sql + " group by a.username" + having + " order by a.username nulls last"
	}
	ask := func(more string) string {
		return `{"groupBy":["author.username"],"aggregates":"count,max.id","orderBy":"group.author.username"` + more + `}`
	}
	add("AggregateComments", ask(""), group("", ""))
	add("AggregateComments", ask(`,"having":"count > 3"`), group("", "count(*) > 3"))
	add("AggregateComments", ask(`,"having":"max.id >= 8 OR group.author.username = \"alice\""`), group("", "max(t.id) >= 8 or a.username = 'alice'"))
	add("AggregateComments", ask(`,"filter":"post.published = false"`), group("where "+exists("posts", "p", "p.id = t.post_id", "not p.published"), ""))
	add("AggregateComments", `{"groupBy":["post.title"],"aggregates":"count,sum.id","orderBy":"group.post.title"}`,
		"select jsonb_build_object('group', jsonb_build_object('post', jsonb_build_object('title', p.title)), 'count', count(*), 'sum', jsonb_build_object('id', sum(t.id)::text)) "+
			"from public.comments t left join public.posts p on p.id = t.post_id group by p.title order by p.title nulls last")
	add("AggregatePosts", `{"groupBy":["published","author.bio"],"aggregates":"count,min.title,max.createdAt","orderBy":"group.published, group.author.bio"}`,
		"select jsonb_build_object('group', jsonb_build_object('published', t.published, 'author', jsonb_build_object('bio', a.bio)), 'count', count(*), "+
			"'min', jsonb_build_object('title', min(t.title)), 'max', jsonb_build_object('created_at', max(t.created_at))) "+
			"from public.posts t left join public.profiles a on a.id = t.author_id group by t.published, a.bio order by t.published, a.bio nulls last")
	add("AggregateItems", `{"groupBy":["done"],"aggregates":"count,sum.quantity,sum.price,avg.price,max.title","orderBy":"group.done"}`,
		"select json_build_object('group', json_build_object('done', done), 'count', count(*), 'sum', json_build_object('quantity', sum(quantity)::text, 'price', sum(price)::text), "+
			"'avg', json_build_object('price', avg(price)::text), 'max', json_build_object('title', max(title))) from public.items t group by done order by done")

	// Counts of what a filter through relations leaves.
	for _, count := range []string{"COUNT_EXACT", "COUNT_ESTIMATED"} {
		from := " from public.comments t where " + exists("posts", "p", "p.id = t.post_id", exists("profiles", "a", "a.id = p.author_id", "a.username = 'bob'"))
		add("ListComments", `{"filter":"post.author.username = \"bob\"","pageSize":1000,"count":"`+count+`"}`, "select row_to_json(t)"+from+" order by id", "select count(*)"+from)
	}
	return cases
}
