package service_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

// behindSQL has functions and views by which the example's tables are read and
// written, as their caller and as their owner.
const behindSQL = `
	create schema behind;
	grant usage on schema behind to anon, authenticated;
	create function behind.posts_of(who uuid) returns setof public.posts language sql stable as
		$$ select * from public.posts where author_id = who order by created_at desc $$;
	create function behind.every_post() returns setof public.posts language sql stable security definer set search_path = '' as
		$$ select * from public.posts order by created_at $$;
	create function behind.by_author() returns table (username text, posts bigint, last timestamptz) language sql stable as
		$$ select a.username, count(p.id), max(p.created_at) from public.profiles a left join public.posts p on p.author_id = a.id group by 1 order by 1 $$;
	create function behind.count_items() returns bigint language sql stable as 'select count(*) from public.items';
	create function behind.rename(id uuid, title text) returns setof public.posts language sql volatile as
		$$ update public.posts set title = rename.title where posts.id = rename.id returning * $$;
	create function behind.comment_on(posts uuid[], body text) returns setof public.comments language sql volatile as
		$$ insert into public.comments (post_id, body) select unnest(posts), body returning * $$;
	create view behind.own_eyes with (security_invoker = true) as select id, title, published, author_id from public.posts;
	create view behind.owners_eyes as select id, title, published, author_id from public.posts;
	grant select on behind.own_eyes, behind.owners_eyes to anon, authenticated;
	grant update, delete on behind.own_eyes, behind.owners_eyes to authenticated;
`

const behindProto = `syntax = "proto3";
package behind.v1;
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/timestamp.proto";
import "rowgate/v1/options.proto";
import "rowgate/v1/query.proto";
message Profile { option (rowgate.v1.relation) = { name: "profiles" }; string id = 1; string username = 2; }
message Comment { option (rowgate.v1.relation) = { name: "comments" }; int64 id = 1; string post_id = 2; string author_id = 3; string body = 4; }
message Post {
  option (rowgate.v1.relation) = { name: "posts" };
  string id = 1; string author_id = 2; string title = 4; bool published = 6;
  repeated Comment comments = 1601 [(rowgate.v1.reference) = { foreign_key: "comments_post_id_fkey" inverse: true }];
  Profile author = 1602 [(rowgate.v1.reference) = { foreign_key: "posts_author_id_fkey" }];
}
message PostsOfRequest { string who = 1; ASK }
message EveryPostRequest { ASK }
message Posts { repeated Post rows = 1; PAGE }
message ByAuthorRequest { ASK }
message ByAuthor { optional string username = 1; optional int64 posts = 2; google.protobuf.Timestamp last = 3; }
message ByAuthors { repeated ByAuthor rows = 1; PAGE }
message Number { optional int64 result = 1; }
message RenameRequest { string id = 1; string title = 2; string order_by = 103; }
message CommentOnRequest { repeated string posts = 1; string body = 2; string filter = 104; string order_by = 103; }
message RenameResponse { repeated Post rows = 1; }
message CommentOnResponse { repeated Comment rows = 1; }
message OwnEyes { option (rowgate.v1.relation) = { schema: "behind" name: "own_eyes" key: "id" }; optional string id = 1; optional string title = 2; optional bool published = 3; optional string author_id = 4; }
message OwnersEyes { option (rowgate.v1.relation) = { schema: "behind" name: "owners_eyes" key: "id" }; optional string id = 1; optional string title = 2; optional bool published = 3; optional string author_id = 4; }
message ViewRequest { ASK }
message StreamRequest { string order_by = 103; string filter = 104; }
message OwnEyesList { repeated OwnEyes rows = 1; PAGE }
message OwnersEyesList { repeated OwnersEyes rows = 1; PAGE }
message AggregateRequest { string filter = 1; repeated string group_by = 2; google.protobuf.FieldMask aggregates = 3; string having = 4; string order_by = 5; }
message OwnGroups { repeated Group groups = 1; message Group { OwnEyes group = 1; int64 count = 2; OwnEyes max = 3; } }
message OwnUpdate { string filter = 1; OwnEyes row = 2; google.protobuf.FieldMask read_mask = 3; }
message OwnersUpdate { string filter = 1; OwnersEyes row = 2; google.protobuf.FieldMask read_mask = 3; }
message OwnDelete { string filter = 1; google.protobuf.FieldMask read_mask = 3; }
message OwnWritten { repeated OwnEyes rows = 1; int64 count = 2; }
message OwnersWritten { repeated OwnersEyes rows = 1; int64 count = 2; }
message Word { string word = 1; }
message Title { string title = 1; optional string username = 2; optional int64 comments = 3; }
message Titles { repeated Title rows = 1; }
message Retitled { repeated TitleOnly rows = 1; }
message TitleOnly { string title = 1; }
message Retitle { repeated string ids = 1; string title = 2; }
service Behind {
  rpc PostsOf(PostsOfRequest) returns (Posts) { option (rowgate.v1.method) = { call: { schema: "behind" name: "posts_of" } }; }
  rpc EveryPost(EveryPostRequest) returns (Posts) { option (rowgate.v1.method) = { call: { schema: "behind" name: "every_post" } }; }
  rpc ListByAuthor(ByAuthorRequest) returns (ByAuthors) { option (rowgate.v1.method) = { call: { schema: "behind" name: "by_author" } }; }
  rpc CountItems(google.protobuf.Empty) returns (Number) { option (rowgate.v1.method) = { call: { schema: "behind" name: "count_items" } }; }
  rpc Rename(RenameRequest) returns (RenameResponse) { option (rowgate.v1.method) = { call: { schema: "behind" name: "rename" } }; }
  rpc CommentOnMany(CommentOnRequest) returns (CommentOnResponse) { option (rowgate.v1.method) = { call: { schema: "behind" name: "comment_on" } }; }
  rpc ListOwnEyes(ViewRequest) returns (OwnEyesList) { option (rowgate.v1.method) = { list: {} }; }
  rpc ListOwnersEyes(ViewRequest) returns (OwnersEyesList) { option (rowgate.v1.method) = { list: {} }; }
  rpc StreamOwnEyes(StreamRequest) returns (stream OwnEyes) { option (rowgate.v1.method) = { stream: {} }; }
  rpc AggregateOwnEyes(AggregateRequest) returns (OwnGroups) { option (rowgate.v1.method) = { aggregate: { message: "OwnEyes" } }; }
  rpc UpdateManyOwnEyes(OwnUpdate) returns (OwnWritten) { option (rowgate.v1.method) = { update_many: {} }; }
  rpc UpdateManyOwnersEyes(OwnersUpdate) returns (OwnersWritten) { option (rowgate.v1.method) = { update_many: {} }; }
  rpc DeleteManyOwnEyes(OwnDelete) returns (OwnWritten) { option (rowgate.v1.method) = { delete_many: { message: "OwnEyes" } }; }
  rpc ListTitles(Word) returns (Titles) { option (rowgate.v1.method).query = {
    sql: "select p.title, a.username, (select count(*) from comments c where c.post_id = p.id) as comments from posts p left join profiles a on a.id = p.author_id where p.title like '%' || :word || '%' order by p.title" }; }
  rpc RetitleMany(Retitle) returns (Retitled) { option (rowgate.v1.method).query = { writes: true
    sql: "update posts set title = :title where id = any (:ids) returning title" }; }
}
`

func behindContract(t testing.TB) *descriptor.Set {
	t.Helper()
	text := strings.NewReplacer("ASK", readsAsk, "PAGE", readsPage).Replace(behindProto)
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"behind/v1/behind.proto": {Data: []byte(text)}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	return contract
}

func behindTwin(t testing.TB) (*twin, *caller) {
	t.Helper()
	if version := psqlRows(t, storetest.New(t), "select current_setting('server_version_num')")[0][0]; version < "150000" {
		t.Skip("views by the caller's policies need Postgres 15")
	}
	contract := behindContract(t)
	w := twinOf(t, contract, storetest.Migration{Name: "behind", SQL: behindSQL})
	return w, newCaller(w.conn, contract, "behind.v1")
}

// TestRLSBehind is the proof for what stands between a caller and the tables:
// functions, views and queries. A function that is SECURITY DEFINER, and a view
// that is not security_invoker, show what their owner sees, here as in psql;
// relations of their rows are read as the caller all the same.
func TestRLSBehind(t *testing.T) {
	w, c := behindTwin(t)
	w.both(t, statistics)
	w.proveReads(t, c, behindReads())
	w.unchanged(t)
	outcomes := map[codes.Code]int{}
	w.proveWrites(t, c, behindWrites(), outcomes)
	w.unchanged(t)
	for _, want := range []codes.Code{codes.OK, codes.PermissionDenied} {
		if outcomes[want] == 0 {
			t.Errorf("no write ended in %v: %v", want, outcomes)
		}
	}
	for method := range c.methods() {
		for _, p := range persons(t) {
			if !c.called[method+" as "+p.name] {
				t.Errorf("%s was never called as %s", method, p.name)
			}
		}
	}
}

// behindPost is a post as that contract has it.
const behindPost = "jsonb_build_object('id', t.id, 'author_id', t.author_id, 'title', t.title, 'published', t.published)"

func behindReads() (cases []proofCase) {
	add := func(method, request string, sql ...string) {
		tc := proofCase{name: method + " " + request, method: method, requests: []string{request}, steps: []proofStep{{sql: sql[0]}}}
		for _, total := range sql[1:] {
			tc.steps = append(tc.steps, proofStep{sql: total, total: true})
		}
		cases = append(cases, tc)
	}
	comments := "(select jsonb_agg(jsonb_build_object('id', x.id, 'post_id', x.post_id, 'author_id', x.author_id, 'body', x.body) order by x.id) from public.comments x where x.post_id = t.id)"
	for _, who := range []string{alice, bob, nobody} {
		from := " from behind.posts_of('" + who + "') t"
		add("PostsOf", `{"who":"`+who+`","count":"COUNT_EXACT"}`, "select "+behindPost+from, "select count(*)"+from)
		where := from + " where t.title like '%e%' and not t.published"
		add("PostsOf", `{"who":"`+who+`","filter":"title = \"*e*\" AND NOT published","orderBy":"title","count":"COUNT_EXACT"}`, "select "+behindPost+where+" order by title", "select count(*)"+where)
		add("PostsOf", `{"who":"`+who+`","readMask":"title,author.username","orderBy":"author.username, title"}`,
			"select jsonb_build_object('title', t.title, 'author', jsonb_build_object('username', a.username))"+from+" left join public.profiles a on a.id = t.author_id order by a.username, t.title")
		add("PostsOf", `{"who":"`+who+`","filter":"comments.body:\"check\"","include":[{"path":"comments"}]}`,
			"select "+behindPost+" || jsonb_build_object('comments', "+comments+")"+from+" where "+exists("comments", "y", "y.post_id = t.id", "y.body ilike '%check%'"))
	}
	// The owner's rows, and the caller's beside them.
	every := " from behind.every_post() t"
	add("EveryPost", `{"count":"COUNT_EXACT"}`, "select "+behindPost+every, "select count(*)"+every)
	add("EveryPost", `{"orderBy":"id","include":[{"path":"comments"}]}`, "select "+behindPost+" || jsonb_build_object('comments', "+comments+")"+every+" order by t.id")
	add("EveryPost", `{"orderBy":"id","filter":"comments:*"}`, "select "+behindPost+every+" where "+exists("comments", "y", "y.post_id = t.id", "true")+" order by t.id")
	add("ListByAuthor", `{}`, "select row_to_json(t) from behind.by_author() t")
	add("ListByAuthor", `{"filter":"posts > 2","orderBy":"username desc","count":"COUNT_EXACT"}`,
		"select row_to_json(t) from behind.by_author() t where posts > 2 order by username desc", "select count(*) from behind.by_author() t where posts > 2")
	add("CountItems", `{}`, "select json_build_object('result', behind.count_items())")

	for method, view := range map[string]string{"ListOwnEyes": "own_eyes", "ListOwnersEyes": "owners_eyes"} {
		from := " from behind." + view + " t"
		add(method, `{"count":"COUNT_EXACT"}`, "select row_to_json(t)"+from+" order by id", "select count(*)"+from)
		add(method, `{"filter":"published = false","orderBy":"title desc","count":"COUNT_ESTIMATED"}`,
			"select row_to_json(t)"+from+" where not published order by title desc", "select count(*)"+from+" where not published")
	}
	add("StreamOwnEyes", `{"filter":"title:\"tuning\""}`, "select row_to_json(t) from behind.own_eyes t where title ilike '%tuning%'")
	add("AggregateOwnEyes", `{"groupBy":["published"],"aggregates":"count,max.title","orderBy":"group.published"}`,
		"select json_build_object('group', json_build_object('published', published), 'count', count(*), 'max', json_build_object('title', max(title))) from behind.own_eyes group by published order by published")
	for _, word := range []string{"", "tuning", "Tomatoes"} {
		add("ListTitles", `{"word":"`+word+`"}`, "select json_build_object('title', p.title, 'username', a.username, 'comments', "+
			"(select count(*) from public.comments c where c.post_id = p.id)) from public.posts p left join public.profiles a on a.id = p.author_id where p.title like '%"+word+"%' order by p.title")
	}
	return cases
}

func behindWrites() (cases []proofCase) {
	add := func(method, request, sql string) {
		cases = append(cases, proofCase{name: request, method: method, requests: []string{request}, steps: []proofStep{{sql: sql}}})
	}
	for _, id := range []string{aliceDraft, bobPublished, bobDraft, absent} {
		add("Rename", `{"id":"`+id+`","title":"x"}`, "select "+behindPost+" from behind.rename('"+id+"', 'x') t")
		ids := `"` + aliceDraft + `","` + id + `"`
		sql := "'{" + strings.ReplaceAll(ids, `"`, "") + "}'"
		add("RetitleMany", `{"ids":[`+ids+`],"title":"x"}`, "update public.posts set title = 'x' where id = any ("+sql+") returning json_build_object('title', title)")
		add("CommentOnMany", `{"posts":["`+alicePublished+`","`+id+`"],"body":"x"}`,
			"select to_jsonb(t) - 'created_at' from behind.comment_on('{"+alicePublished+","+id+"}', 'x') t")
	}
	for method, view := range map[string]string{"OwnEyes": "own_eyes", "OwnersEyes": "owners_eyes"} {
		add("UpdateMany"+method, `{"filter":"published = false","row":{"title":"x"},"readMask":"id,title"}`,
			"update behind."+view+" set title = 'x' where not published returning json_build_object('id', id, 'title', title)")
	}
	add("DeleteManyOwnEyes", `{"filter":"published = false","readMask":"id"}`, "delete from behind.own_eyes where not published returning json_build_object('id', id)")
	return cases
}
