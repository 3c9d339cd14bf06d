package service_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

// proofWrite is one write of a transaction: its JSON and what one types instead.
type proofWrite struct {
	json  string
	steps []proofStep
}

func keyed(json, sql string) proofWrite {
	return proofWrite{json, []proofStep{{sql: sql, keyed: true}}}
}

func many(json, sql string) proofWrite { return proofWrite{json, []proofStep{{sql: sql}}} }

func transaction(name string, writes ...proofWrite) proofCase {
	tc := proofCase{name: name, method: "Transact"}
	var all []string
	for i, write := range writes {
		all = append(all, write.json)
		for _, step := range write.steps {
			step.write = i
			tc.steps = append(tc.steps, step)
		}
	}
	tc.requests = []string{`{"writes":[` + strings.Join(all, ",") + `]}`}
	return tc
}

// Writes that are somebody's to make and not another's.
var (
	newItem = keyed(`{"createItem":{"item":{"title":"New"}}}`, "insert into public.items as t (title) values ('New')"+returning)
	newPost = keyed(`{"createPost":{"post":{"id":"`+fresh+`","title":"New","body":"x"}}}`,
		"insert into public.posts as t (id, title, body) values ('"+fresh+"', 'New', 'x')"+returning)
	bobsItem = keyed(`{"createItem":{"item":{"title":"For Bob","ownerId":"`+bob+`"}}}`,
		"insert into public.items as t (title, owner_id) values ('For Bob', '"+bob+"')"+returning)
	renameAlices = keyed(`{"updatePost":{"post":{"id":"`+aliceDraft+`","title":"Renamed"}}}`,
		"update public.posts t set title = 'Renamed' where id = '"+aliceDraft+"'"+returning)
	renameBobs = keyed(`{"updatePost":{"post":{"id":"`+bobPublished+`","title":"Renamed"}}}`,
		"update public.posts t set title = 'Renamed' where id = '"+bobPublished+"'"+returning)
	deleteAlices = keyed(`{"deleteComment":{"id":"`+aliceOnBobPublished+`"}}`, "delete from public.comments t where id = "+aliceOnBobPublished)
	publishAll   = many(`{"updateManyPosts":{"filter":"published = false","post":{"published":true},"readMask":"id,published"}}`,
		"update public.posts t set published = true where not published returning json_build_object('id', id, 'published', published)")
	deleteItems = many(`{"deleteManyItems":{"filter":"title = \"Bread\"","readMask":"id,ownerId"}}`,
		"delete from public.items t where title = 'Bread' returning json_build_object('id', id, 'owner_id', owner_id)")
	commentOnBobs = keyed(`{"createComment":{"comment":{"postId":"`+bobDraft+`","body":"x"}}}`,
		"insert into public.comments as t (post_id, body) values ('"+bobDraft+"', 'x')"+returning)
	twoItems = proofWrite{`{"batchCreateItems":{"requests":[{"item":{"title":"A"}},{"item":{"title":"B","ownerId":"` + bob + `"}}]}}`, []proofStep{
		{sql: "insert into public.items as t (title) values ('A')" + returning, keyed: true},
		{sql: "insert into public.items as t (title, owner_id) values ('B', '" + bob + "')" + returning, keyed: true},
	}}
	twoPosts = proofWrite{
		`{"batchUpdatePosts":{"requests":[{"post":{"id":"` + aliceDraft + `","title":"A"}},{"post":{"id":"` + aliceDraft2 + `","title":"B"}}]}}`, []proofStep{
			{sql: "update public.posts t set title = 'A' where id = '" + aliceDraft + "'" + returning, keyed: true},
			{sql: "update public.posts t set title = 'B' where id = '" + aliceDraft2 + "'" + returning, keyed: true},
		},
	}
)

// use puts the field of an earlier write into one of this one.
func use(write proofWrite, field, earlier, from string) proofWrite {
	write.json = strings.TrimSuffix(write.json, "}") + `,"uses":[{"field":"` + field + `","write":` + earlier + `,"from":"` + from + `"}]}`
	return write
}

// transactions are several writes each. What is refused to one of the persons
// undoes what was that person's to do.
func transactions() []proofCase {
	commentOnNew := keyed(`{"createComment":{"comment":{"body":"On it"}}}`,
		"insert into public.comments as t (post_id, body) values ((select id from public.posts where title = 'New' and created_at = now()), 'On it')"+returning)
	on := func(post string) proofWrite {
		return keyed(`{"createComment":{"comment":{"body":"On it"}}}`, "insert into public.comments as t (post_id, body) values ('"+post+"', 'On it')"+returning)
	}
	// The key that a write uses is that of a row which its caller reads by itself.
	bobsComment := keyed(`{"updateComment":{"comment":{"id":"`+bobOnAlicePublished+`","body":"!"}}}`,
		"update public.comments t set body = '!' where id = "+bobOnAlicePublished+returning)
	return []proofCase{
		transaction("all one's own", newItem, newPost, publishAll, deleteItems),
		transaction("the last is another's", newItem, newPost, bobsItem),
		transaction("the first is another's", bobsItem, newItem),
		transaction("one in between is another's", newItem, renameAlices, newPost),
		transaction("and bob's", newPost, renameBobs, newItem),
		transaction("another's profile", newItem, keyed(
			`{"updateProfile":{"profile":{"id":"`+bob+`","bio":"x"}}}`, "update public.profiles t set bio = 'x' where id = '"+bob+"'"+returning)),
		transaction("one that is not seen", newItem, commentOnBobs),
		transaction("one that is deleted", deleteAlices, newItem),
		transaction("a batch with one of another's", newItem, twoItems),
		transaction("a batch of alice's", newItem, twoPosts),
		transaction("a batch of alice's, first", twoPosts, renameBobs),
		transaction("many of one's own", deleteItems, publishAll, renameAlices),
		transaction("another row by a filter that sees the first", publishAll, many(
			`{"deleteManyPosts":{"filter":"published = true","readMask":"id"}}`, "delete from public.posts t where published returning json_build_object('id', id)")),
		transaction("a key of a new row", newPost, use(commentOnNew, "comment.post_id", "0", "id")),
		transaction("a key of alice's row", renameAlices, use(on(aliceDraft), "comment.post_id", "0", "id")),
		transaction("a key of bob's row", renameBobs, use(on(bobPublished), "comment.post_id", "0", "id")),
		transaction("the post of bob's comment", bobsComment, use(on(alicePublished), "comment.post_id", "0", "post_id")),
		transaction("a row that is there, updated", newItem, keyed(
			`{"createPost":{"post":{"id":"`+aliceDraft+`","title":"x","body":"x"},"onConflict":{"update":"title"}}}`,
			"insert into public.posts as t (id, title, body) values ('"+aliceDraft+"', 'x', 'x') on conflict (id) do update set title = excluded.title"+returning)),
		transaction("given away and used", keyed(
			`{"updateItem":{"item":{"id":"`+aliceItem+`","ownerId":"`+bob+`"}}}`, "update public.items t set owner_id = '"+bob+"' where id = '"+aliceItem+"'"+returning),
			newItem),
		transaction("hidden by its own transaction",
			keyed(`{"updatePost":{"post":{"id":"`+bobPublished+`","published":false}}}`,
				"update public.posts t set published = false where id = '"+bobPublished+"'"+returning),
			many(`{"updateManyComments":{"filter":"post.title = \"Four chords\"","comment":{"body":"x"},"readMask":"id,body"}}`,
				"update public.comments t set body = 'x' where "+exists("posts", "p", "p.id = t.post_id", "p.title = 'Four chords'")+
					" returning json_build_object('id', id, 'body', body)")),
	}
}

// proveTransactions holds that a write which a policy refuses undoes the others,
// that the error names its place, and that the others see what policies show.
func proveTransactions(t *testing.T, w *twin, c *caller) {
	outcomes := map[codes.Code]int{}
	w.proveWrites(t, c, transactions(), outcomes)
	// A comment that is seen leads to a post that is not, whose key may be used
	// for nothing.
	w.both(t, hidden)
	defer w.both(t, shown)
	remove := many(`{"deleteManyComments":{"filter":"id = `+aliceOnBobPublished+`","readMask":"id"}}`,
		"delete from public.comments t where id = "+aliceOnBobPublished+" returning json_build_object('id', id)")
	again := keyed(`{"createComment":{"comment":{"body":"On it"}}}`, "insert into public.comments as t (post_id, body) values ('"+bobPublished+"', 'On it')"+returning)
	tc := transaction("a key of a post", remove, use(again, "comment.post_id", "0", "post_id"))
	for prepare, want := range map[string]codes.Code{
		"": codes.OK, "update public.posts set published = false where id = '" + bobPublished + "'": codes.PermissionDenied,
	} {
		tc.prepare = prepare
		got, differences := w.writeDifferences(t, c, persons(t)[1], append([]proofCase{tc}, tc.ways(c)...))
		if got != want || len(differences) > 0 {
			t.Errorf("a key of a deleted row is used to %v, want %v: %v", got, want, differences)
		}
	}
	w.unchanged(t)
	for _, want := range []codes.Code{codes.OK, codes.NotFound, codes.PermissionDenied} {
		if len(outcomes) > 0 && outcomes[want] == 0 {
			t.Errorf("no transaction ended in %v: %v", want, outcomes)
		}
	}
}
