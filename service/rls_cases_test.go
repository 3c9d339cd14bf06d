package service_test

// writeCase is one write, as a client asks for it and as one types it into
// psql. Every person tries each, so that "own" and "another's" take turns.
type writeCase struct {
	name string
	// prepare is SQL that a superuser runs in both databases first.
	prepare string
	method  string
	// mask holds the paths of the update_mask.
	mask string
	// request is the rest of the request in protobuf's JSON.
	request string
	// sql is the statement up to RETURNING, with the table's alias t.
	sql string
}

// The rows that the cases are about, of the seed.
const (
	alice = "a11ce000-0000-4000-8000-000000000001"
	bob   = "b0b00000-0000-4000-8000-000000000002"
	// nobody is no user, and absent the id of no row.
	nobody = "00000000-0000-4000-8000-0000000000ff"
	absent = "00000000-0000-4000-8000-00000000dead"
	// fresh is the id of a row that a case makes.
	fresh = "00000000-0000-4000-8000-00000000f4e5"

	aliceItem = "17e50000-0000-4000-8000-000000000001"
	bobItem   = "17e50000-0000-4000-8000-00000000001a"

	alicePublished = "90570000-0000-4000-8000-000000000001"
	aliceDraft     = "90570000-0000-4000-8000-000000000003"
	bobPublished   = "90570000-0000-4000-8000-000000000005"
	bobDraft       = "90570000-0000-4000-8000-000000000007"

	// The comments, in the order in which the seed makes them: by their time.
	bobOnAlicePublished   = "1"
	aliceOnAlicePublished = "2"
	aliceOnBobPublished   = "3"
	bobOnBobPublished     = "4"
	aliceOnAliceDraft     = "7"
	bobOnBobDraft         = "8"
)

var writeCases = map[string][]writeCase{
	"profiles": {
		{
			name: "create one's own, which is there", method: "CreateProfile",
			request: `{"profile":{"id":"` + alice + `","username":"alice_again"}}`,
			sql:     "insert into public.profiles as t (id, username) values ('" + alice + "', 'alice_again')",
		}, {
			name: "create alice's", prepare: "delete from public.profiles where id = '" + alice + "'", method: "CreateProfile",
			request: `{"profile":{"id":"` + alice + `","username":"alice_2","displayName":"A","bio":"","createdAt":"2001-02-03T04:05:06.000007Z"}}`,
			sql: "insert into public.profiles as t (id, username, display_name, bio, created_at) values ('" + alice +
				"', 'alice_2', 'A', '', '2001-02-03 04:05:06.000007Z')",
		}, {
			name: "create bob's with a name that is taken", prepare: "delete from public.profiles where id = '" + bob + "'", method: "CreateProfile",
			request: `{"profile":{"id":"` + bob + `","username":"alice"}}`,
			sql:     "insert into public.profiles as t (id, username) values ('" + bob + "', 'alice')",
		}, {
			name: "create one that breaks a check", prepare: "delete from public.profiles where id = '" + bob + "'", method: "CreateProfile",
			request: `{"profile":{"id":"` + bob + `","username":"Bob"}}`,
			sql:     "insert into public.profiles as t (id, username) values ('" + bob + "', 'Bob')",
		}, {
			name: "create nobody's", method: "CreateProfile",
			request: `{"profile":{"id":"` + nobody + `","username":"nobody"}}`,
			sql:     "insert into public.profiles as t (id, username) values ('" + nobody + "', 'nobody')",
		}, {
			name: "update alice's", method: "UpdateProfile",
			mask: "display_name,avatar_url", request: `{"profile":{"id":"` + alice + `","displayName":"Al","bio":"new"}}`,
			sql: "update public.profiles as t set display_name = 'Al', avatar_url = null where id = '" + alice + "'",
		}, {
			name: "update bob's without a mask", method: "UpdateProfile",
			request: `{"profile":{"id":"` + bob + `","bio":"I play the guitar."}}`,
			sql:     "update public.profiles as t set bio = 'I play the guitar.' where id = '" + bob + "'",
		}, {
			name: "update to a name that is taken", method: "UpdateProfile",
			mask: "username", request: `{"profile":{"id":"` + bob + `","username":"alice"}}`,
			sql: "update public.profiles as t set username = 'alice' where id = '" + bob + "'",
		}, {
			name: "update one that is not there", method: "UpdateProfile",
			request: `{"profile":{"id":"` + absent + `","bio":"x"}}`,
			sql:     "update public.profiles as t set bio = 'x' where id = '" + absent + "'",
		}, {
			name: "delete alice's, and her posts and comments with it", method: "DeleteProfile",
			request: `{"id":"` + alice + `"}`, sql: "delete from public.profiles as t where id = '" + alice + "'",
		}, {
			name: "delete bob's", method: "DeleteProfile",
			request: `{"id":"` + bob + `"}`, sql: "delete from public.profiles as t where id = '" + bob + "'",
		}, {
			name: "delete one that is not there", method: "DeleteProfile",
			request: `{"id":"` + absent + `"}`, sql: "delete from public.profiles as t where id = '" + absent + "'",
		},
	},
	"items": {
		{
			name: "create with defaults", method: "CreateItem",
			request: `{"item":{"title":"New"}}`, sql: "insert into public.items as t (title) values ('New')",
		}, {
			name: "create alice's, all columns", method: "CreateItem",
			request: `{"item":{"id":"` + fresh + `","ownerId":"` + alice + `","title":"","description":"","quantity":0,"price":"0.10","done":true,` +
				`"createdAt":"2001-02-03T04:05:06.789Z","updatedAt":"2002-02-03T04:05:06Z"}}`,
			sql: "insert into public.items as t values ('" + fresh + "', '" + alice +
				"', '', '', 0, 0.10, true, '2001-02-03 04:05:06.789Z', '2002-02-03 04:05:06Z')",
		}, {
			name: "create bob's", method: "CreateItem",
			request: `{"item":{"ownerId":"` + bob + `","title":"For Bob"}}`,
			sql:     "insert into public.items as t (owner_id, title) values ('" + bob + "', 'For Bob')",
		}, {
			name: "create nobody's", method: "CreateItem",
			request: `{"item":{"ownerId":"` + nobody + `","title":"x"}}`,
			sql:     "insert into public.items as t (owner_id, title) values ('" + nobody + "', 'x')",
		}, {
			name: "create with the id of alice's, which bob does not see", method: "CreateItem",
			request: `{"item":{"id":"` + aliceItem + `","title":"x"}}`,
			sql:     "insert into public.items as t (id, title) values ('" + aliceItem + "', 'x')",
		}, {
			name: "create one that breaks a check", method: "CreateItem",
			request: `{"item":{"title":"x","quantity":-1}}`,
			sql:     "insert into public.items as t (title, quantity) values ('x', -1)",
		}, {
			name: "update alice's", method: "UpdateItem",
			mask: "title", request: `{"item":{"id":"` + aliceItem + `","title":"Changed"}}`,
			sql: "update public.items as t set title = 'Changed' where id = '" + aliceItem + "'",
		}, {
			name: "update bob's without a mask", method: "UpdateItem",
			request: `{"item":{"id":"` + bobItem + `","quantity":0,"done":false,"createdAt":"2001-01-01T00:00:00Z"}}`,
			sql:     "update public.items as t set quantity = 0, done = false, created_at = '2001-01-01 00:00:00Z' where id = '" + bobItem + "'",
		}, {
			name: "update alice's to NULL and to a default", method: "UpdateItem",
			mask: "description,quantity,price", request: `{"item":{"id":"` + aliceItem + `"}}`,
			sql: "update public.items as t set description = null, quantity = default, price = null where id = '" + aliceItem + "'",
		}, {
			name: "update the whole of bob's", method: "UpdateItem",
			mask: "*", request: `{"item":{"id":"` + bobItem + `","title":"All","price":"1.00"}}`,
			sql: "update public.items as t set owner_id = default, title = 'All', description = default, quantity = default, " +
				"price = 1.00, done = default, created_at = default, updated_at = default where id = '" + bobItem + "'",
		}, {
			name: "give alice's away to bob", method: "UpdateItem",
			request: `{"item":{"id":"` + aliceItem + `","ownerId":"` + bob + `"}}`,
			sql:     "update public.items as t set owner_id = '" + bob + "' where id = '" + aliceItem + "'",
		}, {
			name: "leave bob's with bob", method: "UpdateItem",
			mask: "owner_id", request: `{"item":{"id":"` + bobItem + `","ownerId":"` + bob + `"}}`,
			sql: "update public.items as t set owner_id = '" + bob + "' where id = '" + bobItem + "'",
		}, {
			name: "take bob's for alice", method: "UpdateItem",
			mask: "owner_id", request: `{"item":{"id":"` + bobItem + `","ownerId":"` + alice + `"}}`,
			sql: "update public.items as t set owner_id = '" + alice + "' where id = '" + bobItem + "'",
		}, {
			name: "update alice's against a check", method: "UpdateItem",
			request: `{"item":{"id":"` + aliceItem + `","quantity":-1}}`,
			sql:     "update public.items as t set quantity = -1 where id = '" + aliceItem + "'",
		}, {
			name: "update one that is not there", method: "UpdateItem",
			request: `{"item":{"id":"` + absent + `","title":"x"}}`,
			sql:     "update public.items as t set title = 'x' where id = '" + absent + "'",
		}, {
			name: "delete alice's", method: "DeleteItem",
			request: `{"id":"` + aliceItem + `"}`, sql: "delete from public.items as t where id = '" + aliceItem + "'",
		}, {
			name: "delete bob's", method: "DeleteItem",
			request: `{"id":"` + bobItem + `"}`, sql: "delete from public.items as t where id = '" + bobItem + "'",
		}, {
			name: "delete one that is not there", method: "DeleteItem",
			request: `{"id":"` + absent + `"}`, sql: "delete from public.items as t where id = '" + absent + "'",
		},
	},
	"posts": {
		{
			name: "create with defaults", method: "CreatePost",
			request: `{"post":{"title":"T","body":"B"}}`, sql: "insert into public.posts as t (title, body) values ('T', 'B')",
		}, {
			name: "create alice's, all columns", method: "CreatePost",
			request: `{"post":{"id":"` + fresh + `","authorId":"` + alice + `","kind":"POST_KIND_IN_REVIEW","title":"T","body":"","published":true,` +
				`"tags":["a","","with \"quotes\", and a comma","{}"],"metadata":{"n":[1,0.1,-2e30,null,true],"s":{"k":"é\\"}},` +
				`"createdAt":"2001-02-03T04:05:06Z","updatedAt":"2001-02-03T04:05:06Z"}}`,
			sql: "insert into public.posts as t values ('" + fresh + "', '" + alice + "', 'in review', 'T', '', true, " +
				`array['a', '', 'with "quotes", and a comma', '{}'], '{"n": [1, 0.1, -2e30, null, true], "s": {"k": "é\\"}}', ` +
				"'2001-02-03 04:05:06Z', '2001-02-03 04:05:06Z')",
		}, {
			name: "create bob's", method: "CreatePost",
			request: `{"post":{"authorId":"` + bob + `","title":"T","body":"B","kind":"POST_KIND_ARTICLE"}}`,
			sql:     "insert into public.posts as t (author_id, title, body, kind) values ('" + bob + "', 'T', 'B', 'article')",
		}, {
			name: "create with JSON's null", method: "CreatePost",
			request: `{"post":{"title":"T","body":"B","metadata":null}}`,
			sql:     "insert into public.posts as t (title, body, metadata) values ('T', 'B', 'null')",
		}, {
			name: "create without a profile", prepare: "delete from public.profiles where id = '" + alice + "'", method: "CreatePost",
			request: `{"post":{"title":"T","body":"B"}}`, sql: "insert into public.posts as t (title, body) values ('T', 'B')",
		}, {
			name: "update alice's published one, which bob sees", method: "UpdatePost",
			request: `{"post":{"id":"` + alicePublished + `","title":"Changed"}}`,
			sql:     "update public.posts as t set title = 'Changed' where id = '" + alicePublished + "'",
		}, {
			name: "publish alice's draft, which bob does not see", method: "UpdatePost",
			mask: "published,kind", request: `{"post":{"id":"` + aliceDraft + `","published":true,"kind":"POST_KIND_ARTICLE"}}`,
			sql: "update public.posts as t set published = true, kind = 'article' where id = '" + aliceDraft + "'",
		}, {
			name: "hide bob's published one", method: "UpdatePost",
			request: `{"post":{"id":"` + bobPublished + `","published":false}}`,
			sql:     "update public.posts as t set published = false where id = '" + bobPublished + "'",
		}, {
			name: "empty the tags and the metadata of bob's draft", method: "UpdatePost",
			mask: "tags,metadata,kind", request: `{"post":{"id":"` + bobDraft + `"}}`,
			sql: "update public.posts as t set tags = '{}', metadata = null, kind = default where id = '" + bobDraft + "'",
		}, {
			name: "give alice's draft away to bob", method: "UpdatePost",
			request: `{"post":{"id":"` + aliceDraft + `","authorId":"` + bob + `"}}`,
			sql:     "update public.posts as t set author_id = '" + bob + "' where id = '" + aliceDraft + "'",
		}, {
			name: "take bob's published one for alice", method: "UpdatePost",
			mask: "author_id", request: `{"post":{"id":"` + bobPublished + `","authorId":"` + alice + `"}}`,
			sql: "update public.posts as t set author_id = '" + alice + "' where id = '" + bobPublished + "'",
		}, {
			name: "update one that is not there", method: "UpdatePost",
			request: `{"post":{"id":"` + absent + `","title":"x"}}`,
			sql:     "update public.posts as t set title = 'x' where id = '" + absent + "'",
		}, {
			name: "delete alice's published one, and its comments with it", method: "DeletePost",
			request: `{"id":"` + alicePublished + `"}`, sql: "delete from public.posts as t where id = '" + alicePublished + "'",
		}, {
			name: "delete alice's draft", method: "DeletePost",
			request: `{"id":"` + aliceDraft + `"}`, sql: "delete from public.posts as t where id = '" + aliceDraft + "'",
		}, {
			name: "delete bob's published one", method: "DeletePost",
			request: `{"id":"` + bobPublished + `"}`, sql: "delete from public.posts as t where id = '" + bobPublished + "'",
		}, {
			name: "delete one that is not there", method: "DeletePost",
			request: `{"id":"` + absent + `"}`, sql: "delete from public.posts as t where id = '" + absent + "'",
		},
	},
	"comments": {
		{
			name: "create on alice's published post", method: "CreateComment",
			request: `{"comment":{"postId":"` + alicePublished + `","body":"Hello"}}`,
			sql:     "insert into public.comments as t (post_id, body) values ('" + alicePublished + "', 'Hello')",
		}, {
			name: "create on bob's published post as alice, with a time", method: "CreateComment",
			request: `{"comment":{"postId":"` + bobPublished + `","authorId":"` + alice + `","createdAt":"2001-02-03T04:05:06Z"}}`,
			sql: "insert into public.comments as t (post_id, author_id, body, created_at) values ('" + bobPublished + "', '" + alice +
				"', '', '2001-02-03 04:05:06Z')",
		}, {
			name: "create on alice's draft", method: "CreateComment",
			request: `{"comment":{"postId":"` + aliceDraft + `","body":"x"}}`,
			sql:     "insert into public.comments as t (post_id, body) values ('" + aliceDraft + "', 'x')",
		}, {
			name: "create on bob's draft", method: "CreateComment",
			request: `{"comment":{"postId":"` + bobDraft + `","body":"x"}}`,
			sql:     "insert into public.comments as t (post_id, body) values ('" + bobDraft + "', 'x')",
		}, {
			name: "create on no post", method: "CreateComment",
			request: `{"comment":{"postId":"` + absent + `","body":"x"}}`,
			sql:     "insert into public.comments as t (post_id, body) values ('" + absent + "', 'x')",
		}, {
			name: "create with an id, which is the database's to give", method: "CreateComment",
			request: `{"comment":{"id":"77","postId":"` + alicePublished + `","body":"x"}}`,
			sql:     "insert into public.comments as t (post_id, body) values ('" + alicePublished + "', 'x')",
		}, {
			name: "update bob's on alice's published post", method: "UpdateComment",
			request: `{"comment":{"id":"` + bobOnAlicePublished + `","body":"Changed"}}`,
			sql:     "update public.comments as t set body = 'Changed' where id = " + bobOnAlicePublished,
		}, {
			name: "update alice's on her draft", method: "UpdateComment",
			mask: "body", request: `{"comment":{"id":"` + aliceOnAliceDraft + `","body":""}}`,
			sql: "update public.comments as t set body = '' where id = " + aliceOnAliceDraft,
		}, {
			name: "update one's own on a post that was hidden since", method: "UpdateComment",
			prepare: "update public.posts set published = false where id = '" + bobPublished + "'",
			request: `{"comment":{"id":"` + aliceOnBobPublished + `","body":"x"}}`,
			sql:     "update public.comments as t set body = 'x' where id = " + aliceOnBobPublished,
		}, {
			name: "move alice's to bob's published post", method: "UpdateComment",
			mask: "post_id", request: `{"comment":{"id":"` + aliceOnAlicePublished + `","postId":"` + bobPublished + `"}}`,
			sql: "update public.comments as t set post_id = '" + bobPublished + "' where id = " + aliceOnAlicePublished,
		}, {
			name: "move alice's to bob's draft, which she does not see", method: "UpdateComment",
			mask: "post_id", request: `{"comment":{"id":"` + aliceOnAlicePublished + `","postId":"` + bobDraft + `"}}`,
			sql: "update public.comments as t set post_id = '" + bobDraft + "' where id = " + aliceOnAlicePublished,
		}, {
			name: "give bob's away to alice", method: "UpdateComment",
			request: `{"comment":{"id":"` + bobOnBobPublished + `","authorId":"` + alice + `"}}`,
			sql:     "update public.comments as t set author_id = '" + alice + "' where id = " + bobOnBobPublished,
		}, {
			name: "update one that is not there", method: "UpdateComment",
			request: `{"comment":{"id":"999999","body":"x"}}`,
			sql:     "update public.comments as t set body = 'x' where id = 999999",
		}, {
			name: "delete bob's on alice's published post", method: "DeleteComment",
			request: `{"id":"` + bobOnAlicePublished + `"}`, sql: "delete from public.comments as t where id = " + bobOnAlicePublished,
		}, {
			name: "delete alice's on bob's published post", method: "DeleteComment",
			request: `{"id":"` + aliceOnBobPublished + `"}`, sql: "delete from public.comments as t where id = " + aliceOnBobPublished,
		}, {
			name: "delete bob's on his draft", method: "DeleteComment",
			request: `{"id":"` + bobOnBobDraft + `"}`, sql: "delete from public.comments as t where id = " + bobOnBobDraft,
		}, {
			name: "delete one's own on a post that was hidden since", method: "DeleteComment",
			prepare: "update public.posts set published = false where id = '" + bobPublished + "'",
			request: `{"id":"` + aliceOnBobPublished + `"}`, sql: "delete from public.comments as t where id = " + aliceOnBobPublished,
		}, {
			name: "delete one that is not there", method: "DeleteComment",
			request: `{"id":"999999"}`, sql: "delete from public.comments as t where id = 999999",
		},
	},
}
