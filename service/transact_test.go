package service_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/rowgate/rowgate/migrations"
	appv1 "github.com/rowgate/rowgate/proto/gen/app/v1"
	"github.com/rowgate/rowgate/store/storetest"
)

// transactCase is a transaction, and what does the same in psql.
type transactCase struct{ name, request, sql string }

const (
	mum  = `{"createParent":{"parent":{"name":"mum"}}}`
	kid  = `{"createKid":{"kid":{"name":"kid"}}}`
	toy  = `{"createToy":{"toy":{"words":"toy"}}}`
	made = "insert into tx.parents (name) values ('mum') returning id \\gset\n"
)

var transactCases = []transactCase{
	{"one write", transact(mum), "insert into tx.parents (name) values ('mum');"},
	{
		"parent and children", transact(mum, using(kid, "kid.parent_id=0.id"), using(kid, "kid.parent_id=0.id")),
		made + "insert into tx.kids (parent_id, name) values (:'id', 'kid'), (:'id', 'kid');",
	},
	{
		"grandchildren", transact(mum, using(kid, "kid.parent_id=0.id"), using(toy, "toy.kid_id=1.id"), using(toy, "toy.kid_id=1.id")),
		made + `insert into tx.kids (parent_id, name) values (:'id', 'kid') returning id as kid \gset
		insert into tx.toys (kid_id, words) values (:kid, 'toy'), (:kid, 'toy');`,
	},
	{
		"the value is used in place of the request's", transact(mum, using(`{"createKid":{"kid":{"name":"kid","note":"other"}}}`, "kid.parent_id=0.id", "kid.name=0.name")),
		made + "insert into tx.kids (parent_id, name, note) values (:'id', 'mum', 'other');",
	},
	{
		"NULL", transact(mum, using(`{"createKid":{"kid":{"name":"kid","note":"x"}}}`, "kid.note=0.note")),
		"insert into tx.parents (name) values ('mum'); insert into tx.kids (name) values ('kid');",
	},
	{
		"NULL where there is none", transact(mum, using(kid, "kid.name=0.note")),
		"insert into tx.parents (name) values ('mum'); insert into tx.kids (name) values (null);",
	},
	{
		"a domain's value", transact(`{"createParent":{"parent":{"name":"mum","tag":"t"}}}`, using(kid, "kid.tag=0.tag")),
		"insert into tx.parents (name, tag) values ('mum', 't'); insert into tx.kids (name, tag) values ('kid', 't');",
	},
	{
		"an update's row and key", transact(`{"updateParent":{"parent":{"id":"`+noteA+`","note":"n"}}}`,
			using(`{"updateKid":{"kid":{"id":"1"}}}`, "kid.note=0.note", "kid.name=0.note"), using(kid, "kid.parent_id=0.id")),
		"update tx.parents set note = 'n' where id = '" + noteA + "' returning 1 / 1; update tx.kids set note = 'n', name = 'n' where id = 1; insert into tx.kids (name, parent_id) values ('kid', '" + noteA + "');",
	},
	{
		"a key of an update and a delete", transact(kid, using(`{"updateKid":{"kid":{"note":"n"}}}`, "kid.id=0.id"), kid, using(`{"deleteKid":{}}`, "id=2.id")),
		"insert into tx.kids (name, note) values ('kid', 'n');",
	},
	{
		"NULL in an update", transact(mum, using(`{"updateKid":{"kid":{"id":"1","note":"x"}}}`, "kid.note=0.note")),
		"insert into tx.parents (name) values ('mum'); update tx.kids set note = null where id = 1;",
	},
	{
		"in an update of many", transact(mum, using(`{"updateManyKids":{"filter":"name = \"old\"","kid":{"note":"x"}}}`, "kid.note=0.name")),
		"insert into tx.parents (name) values ('mum'); update tx.kids set note = 'mum' where name = 'old';",
	},
	{
		"of an update of many", transact(`{"updateManyParents":{"filter":"name = \"old\"","parent":{"note":"x"}}}`, using(kid, "kid.parent_id=0.id", "kid.note=0.note")),
		"update tx.parents set note = 'x' where name = 'old'; insert into tx.kids (name, parent_id, note) select 'kid', id, note from tx.parents where name = 'old';",
	},
	{
		"of a delete of many", transact(`{"deleteManyKids":{"filter":"name = \"old\""}}`, using(kid, "kid.note=0.name")),
		"delete from tx.kids where name = 'old'; insert into tx.kids (name, note) values ('kid', 'old');",
	},
	{
		"of a batch, its first row", transact(`{"batchCreateParents":{"requests":[{"parent":{"name":"a"}},{"parent":{"name":"b","note":"alone"}}],"readMask":""}}`,
			using(`{"batchCreateKids":{"requests":[{"kid":{"name":"k"}},{"kid":{"name":"l","note":"alone"}}]}}`, "requests.kid.parent_id=0.id")),
		"insert into tx.parents (name, note) values ('a', null), ('b', 'alone'); insert into tx.kids (parent_id, name, note) select id, unnest(array['k', 'l']), unnest(array[null, 'alone']) from tx.parents where name = 'a';",
	},
	{
		"of a batch of updates", transact(`{"batchUpdateParents":{"requests":[{"parent":{"id":"`+noteA+`","note":"1"}},{"parent":{"id":"`+elder+`","note":"2"}}]}}`, using(kid, "kid.note=0.note")),
		"update tx.parents set note = '1' where id = '" + noteA + "'; update tx.parents set note = '2' where id = '" + elder + "'; insert into tx.kids (name, note) values ('kid', '1');",
	},
	{
		"of a batch of one update", transact(`{"batchUpdateParents":{"requests":[{"parent":{"id":"`+noteA+`","note":"1"}}],"readMask":"name"}}`, using(kid, "kid.note=0.note")),
		"update tx.parents set note = '1' where id = '" + noteA + "'; insert into tx.kids (name, note) values ('kid', '1');",
	},
	{
		"mixed", transact(mum, `{"batchCreateKids":{"requests":[{"kid":{"name":"a"}},{"kid":{"name":"b"}}]}}`,
			`{"updateManyKids":{"filter":"name = \"a\"","kid":{"count":5}}}`, `{"deleteManyKids":{"filter":"name = \"b\" OR name = \"old\""}}`),
		"insert into tx.parents (name) values ('mum'); insert into tx.kids (name, count) values ('a', 5); delete from tx.kids where name = 'old';",
	},
	{"constraint first", transact(`{"createKid":{"kid":{"name":"x","count":-1}}}`, mum, kid), "insert into tx.kids (name, count) values ('x', -1);"},
	{"constraint in the middle", transact(mum, `{"createKid":{"kid":{"name":"x","count":-1}}}`, kid), "insert into tx.parents (name) values ('mum'); insert into tx.kids (name, count) values ('x', -1);"},
	{"constraint last", transact(mum, mum), "insert into tx.parents (name) values ('mum'), ('mum');"},
	{
		"deferred constraint", transact(`{"createKid":{"kid":{"name":"x","code":"c"}}}`, `{"createKid":{"kid":{"name":"y","code":"c"}}}`, mum),
		"insert into tx.parents (name) values ('mum'); insert into tx.kids (name, code) values ('x', 'c'), ('y', 'c');",
	},
	{
		"deferred constraint that holds in the end", transact(`{"createKid":{"kid":{"name":"x","code":"c"}}}`, `{"createKid":{"kid":{"name":"y","code":"c"}}}`, `{"deleteManyKids":{"filter":"name = \"x\""}}`),
		"insert into tx.kids (name, code) values ('y', 'c');",
	},
	{
		"a policy refuses", transact(mum, `{"createParent":{"parent":{"name":"x","owner":"`+migrations.Bob+`"}}}`),
		"insert into tx.parents (name) values ('mum'); insert into tx.parents (name, owner) values ('x', '" + migrations.Bob + "');",
	},
}

const (
	elder = "c0000000-0000-4000-8000-00000000000c"

	transactRows = `insert into tx.parents (id, owner, name) values ('` + noteA + `', '` + migrations.Alice + `', 'old');
	insert into tx.parents (id, owner, name) values ('` + elder + `', '` + migrations.Alice + `', 'older');
	insert into tx.parents (id, owner, name) values ('` + noteB + `', '` + migrations.Bob + `', 'bobs');
	insert into tx.kids (parent_id, name, note) values ('` + noteA + `', 'old', 'o')`
)

// TestTransact holds that a transaction does as everyone what psql does.
func TestTransact(t *testing.T) {
	w := newTransactsWorld(t, worldOptions{})
	mirror := storetest.New(t, append(exampleApp(), storetest.Migration{Name: "transacts", SQL: transactsSQL})...)
	theirs := mirror.Superuser(t)
	for _, p := range []person{w.alice, w.bob, w.anon} {
		for _, c := range transactCases {
			t.Run(p.name+"/"+c.name, func(t *testing.T) {
				w.empty(t)
				w.run(t, transactRows)
				before := w.rows(t)
				if _, err := theirs.Exec(t.Context(), "truncate tx.parents, tx.kids, tx.toys restart identity; "+transactRows); err != nil {
					t.Fatal(err)
				}
				_, err := w.send(t, p, "Transact", c.request)
				psql := mirror.PsqlAs(t, mirror.SuperuserURL(), quiet+p.inTransaction(c.sql))
				got, want := w.rows(t), familyOf(t, theirs)
				if err != nil {
					if got != before {
						t.Errorf("%v, and something was written:\n%s", err, cmp.Diff(before, got))
					}
					if a := answerOf(t, err); a.sqlstate != psql.SQLState && a.sqlstate != "" {
						t.Errorf("%v; psql's SQLSTATE is %s", err, psql.SQLState)
					}
					if psql.SQLState == "" && want != before && !missesRows(err) {
						t.Errorf("%v, and psql had no error", err)
					}
					return
				}
				if psql.SQLState != "" || got != want {
					t.Errorf("psql %s:\n%s", psql.Stderr, cmp.Diff(want, got))
				}
			})
		}
	}
}

// missesRows says that the call was refused since rows that it names are not
// there for the caller, which to psql is no error.
func missesRows(err error) bool {
	text := err.Error()
	return strings.Contains(text, "no such ") || strings.Contains(text, "which has written no row")
}

// TestTransactResults holds that results come in the writes' order, each as its
// member and as its method answers it.
func TestTransactResults(t *testing.T) {
	w := newTransactsWorld(t, worldOptions{})
	got := w.sends(t, w.alice, "Transact", transact(
		`{"createParent":{"parent":{"id":"`+noteA+`","name":"mum"},"readMask":"name"}}`,
		using(`{"createKid":{"kid":{"name":"k"}}}`, "kid.parent_id=0.id"),
		`{"batchCreateKids":{"requests":[{"kid":{"name":"a"}},{"kid":{"name":"b"}}],"readMask":"name"}}`,
		`{"updateManyKids":{"filter":"name = \"a\"","kid":{"count":5},"readMask":"name,count"}}`,
		`{"updateParent":{"parent":{"id":"`+noteA+`","note":"n"},"readMask":"kids.name,note"}}`,
		`{"deleteManyKids":{"filter":"name = \"b\""}}`,
		`{"createParent":{"parent":{"name":"dad"},"readMask":""}}`,
		`{"deleteKid":{"id":"1"}}`,
		`{"createParent":{"parent":{"name":"mum"},"onConflict":{"fields":["name"],"ignore":true}}}`,
	))
	want := `{"results":[{"createParent":{"name":"mum"}},{"createKid":{"id":"1","parentId":"` + noteA + `","name":"k","count":0}},` +
		`{"batchCreateKids":{"kids":[{"name":"a"},{"name":"b"}],"count":"2"}},{"updateManyKids":{"kids":[{"name":"a","count":5}],"count":"1"}},` +
		`{"updateParent":{"note":"n","kids":[{"name":"k"}]}},{"deleteManyKids":{"count":"1"}},{"createParent":{}},{"deleteKid":{}},{"createParent":{}}]}`
	if diff := cmp.Diff(jsonValue(t, want), jsonValue(t, got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTransactTruncated holds that the trailer says of which write's answer rows
// were left out.
func TestTransactTruncated(t *testing.T) {
	w := newTransactsWorld(t, worldOptions{})
	w.run(t, transactRows+"; insert into tx.kids (parent_id, name) values ('"+noteA+"', 'second')")
	var trailer metadata.MD
	req := w.request(t, "Transact", transact(kid, `{"createParent":{"parent":{"name":"old"},"onConflict":{"fields":["name"],"update":"note"},`+
		`"readMask":"kids.name","include":[{"path":"kids","pageSize":1}]}}`), "")
	if err := w.world.conn.Invoke(as(t, w.alice.token), methodPath(w.method("Transact")), req, &emptypb.Empty{}, grpc.Trailer(&trailer)); err != nil {
		t.Fatal(err)
	}
	if got := trailer.Get("rowgate-truncated"); len(got) != 1 || got[0] != "writes[1].create_parent.kids=1" {
		t.Errorf("the trailer is %q", got)
	}
}

// TestTransactOrder holds that a write that has to run a second time does so
// before the next one's.
func TestTransactOrder(t *testing.T) {
	w := newTransactsWorld(t, worldOptions{})
	// Alice sees kids that she may not change, and so more than max_affected.
	w.run(t, `create policy sees on tx.kids for select using (true); drop policy own on tx.kids;
		create policy changes on tx.kids for update using (name <> 'b'); create policy adds on tx.kids for insert with check (true);
		insert into tx.kids (name) values ('a'), ('b'), ('b'), ('b')`)
	w.sends(t, w.alice, "Transact", transact(`{"updateManyKids":{"filter":"id > 0","kid":{"note":"n"},"maxAffected":"2"}}`, kid))
	if got, want := w.rows(t), " / a 0 n / \n / b 0 / \n / b 0 / \n / b 0 / \n / kid 0 / "; got != want {
		t.Errorf("the rows are\n%s\nwant\n%s", got, want)
	}
}

// TestTransactMany holds that a request has 1000 writes at the most.
func TestTransactMany(t *testing.T) {
	w := newTransactsWorld(t, worldOptions{})
	writes := make([]string, 1001)
	writes[0] = mum
	for i := 1; i < len(writes); i++ {
		writes[i] = using(fmt.Sprintf(`{"createKid":{"kid":{"name":"k%d"}}}`, i), "kid.parent_id=0.id")
	}
	res, err := w.send(t, w.alice, "Transact", transact(writes[:1000]...))
	if err != nil {
		t.Fatal(err)
	}
	results := res.Get(res.Descriptor().Fields().ByName("results")).List()
	if results.Len() != 1000 || !strings.Contains(jsonOf(t, results.Get(999).Message().Interface()), `"k999"`) {
		t.Errorf("%d results", results.Len())
	}
	_, err = w.send(t, w.bob, "Transact", transact(writes...))
	if a := answerOf(t, err); a.field != "writes" || a.text != "are 1001, and one request may have 1000" {
		t.Errorf("1001 writes: %v", a)
	}
	if n := strings.Count(w.rows(t), "mum"); n != 999 {
		t.Errorf("%d kids", n)
	}
}

// TestTransactExample makes a post with its comments by the example's generated
// client.
func TestTransactExample(t *testing.T) {
	w := newWorld(t, worldOptions{})
	client := appv1.NewTransactionServiceClient(w.conn)
	req := &appv1.TransactRequest{}
	if err := protojson.Unmarshal([]byte(transact(
		`{"createPost":{"post":{"title":"Figs","body":"Ripe.","published":true}}}`,
		using(`{"createComment":{"comment":{"body":"first"}}}`, "comment.post_id=0.id"),
		using(`{"batchCreateComments":{"requests":[{"comment":{"body":"second"}},{"comment":{"body":"third"}}]}}`, "requests.comment.post_id=0.id"),
		`{"createItem":{"item":{"title":"Jars"}}}`,
		using(`{"updatePost":{"post":{"kind":"POST_KIND_ARTICLE"}}}`, "post.id=0.id", "post.title=3.title"),
	)), req); err != nil {
		t.Fatal(err)
	}
	everyone := persons(t)
	if _, err := client.Transact(as(t, everyone[0].token), proto.CloneOf(req)); answerOf(t, err).sqlstate != "42501" {
		t.Errorf("anon: %v", err)
	}
	res, err := client.Transact(as(t, everyone[1].token), req)
	if err != nil {
		t.Fatal(err)
	}
	post := res.GetResults()[4].GetUpdatePost()
	if len(res.GetResults()) != 5 || post.GetTitle() != "Jars" || res.GetResults()[1].GetCreateComment().GetPostId() != post.GetId() {
		t.Errorf("the answer is %v", res)
	}
	got := w.db.Psql(t, "select p.title, p.kind, string_agg(c.body, ' ' order by c.id) from posts p join comments c on c.post_id = p.id where p.id = '"+post.GetId()+"' group by 1, 2")
	if got != "Jars|article|first second third\n" {
		t.Errorf("the rows are %q", got)
	}
	// Bob's own writes cannot touch Alice's post.
	req = &appv1.TransactRequest{}
	if err := protojson.Unmarshal([]byte(transact(`{"createItem":{"item":{"title":"Bobs"}}}`, `{"deletePost":{"id":"`+post.GetId()+`"}}`)), req); err != nil {
		t.Fatal(err)
	}
	_, err = client.Transact(as(t, everyone[2].token), req)
	if a := answerOf(t, err); a.field != "writes[1].delete_post" || a.reason != "NOT_FOUND" {
		t.Errorf("bob: %v", a)
	}
	if got := w.db.Psql(t, "select count(*) from items where title = 'Bobs'"); got != "0\n" {
		t.Error("bob's item is there")
	}
}
