package service_test

// exists is the condition that a table has a row for another.
func exists(table, alias, on, where string) string {
	return "exists (select from public." + table + " " + alias + " where " + on + " and " + where + ")"
}

const (
	aliceItem2  = "17e50000-0000-4000-8000-000000000002"
	bobItem2    = "17e50000-0000-4000-8000-00000000001b"
	aliceDraft2 = "90570000-0000-4000-8000-000000000004"
)

var surfaces = []surface{
	{
		table: exampleTables[0], plural: "Profiles", change: [2]string{`{"bio":"x"}`, "bio = 'x'"},
		filters: [][2]string{
			{`username = "alice" OR username = "bob"`, "true"},
			{`bio = null`, "t.bio is null"},
			{`posts.title = "On tuning by ear"`, exists("posts", "p", "p.author_id = t.id", "p.title = 'On tuning by ear'")},
			{`posts.title = "Not for anybody yet"`, exists("posts", "p", "p.author_id = t.id", "p.title = 'Not for anybody yet'")},
			{`NOT posts.published = false`, "not " + exists("posts", "p", "p.author_id = t.id", "not p.published")},
			{`posts.published != true`, exists("posts", "p", "p.author_id = t.id", "p.published <> true")},
			{`comments.body:"check the"`, exists("comments", "x", "x.author_id = t.id", "x.body ilike '%check the%'")},
			{`comments.post.title = "Truing a wheel"`, exists("comments", "x", "x.author_id = t.id", exists("posts", "p", "p.id = x.post_id", "p.title = 'Truing a wheel'"))},
			{`posts.comments.author.username = "bob"`, exists("posts", "p", "p.author_id = t.id", exists("comments", "x", "x.post_id = p.id", exists("profiles", "a", "a.id = x.author_id", "a.username = 'bob'")))},
		},
		prepare: "delete from public.profiles",
		fresh: []newRow{
			{`{"id":"` + alice + `","username":"alice_2"}`, "(id, username)", "('" + alice + "', 'alice_2')"},
			{`{"id":"` + bob + `","username":"bob_2","bio":""}`, "(id, username, bio)", "('" + bob + "', 'bob_2', '')"},
			{`{"id":"` + alice + `","username":"NO"}`, "(id, username)", "('" + alice + "', 'NO')"},
		},
		sets: [][]int{{0}, {1}, {0, 1}, {2}},
		upserts: []newRow{
			{`{"id":"` + alice + `","username":"alice_2","bio":"x"}`, "(id, username, bio)", "('" + alice + "', 'alice_2', 'x')"},
			{`{"id":"` + bob + `","username":"bob_2","bio":"y"}`, "(id, username, bio)", "('" + bob + "', 'bob_2', 'y')"},
		},
		upsertSets: [][]int{{0}, {1}, {0, 1}}, update: []string{"username", "bio"},
		changes: []rowChange{
			{`{"profile":{"id":"` + alice + `","bio":"x"}}`, "bio = 'x'", "id = '" + alice + "'"},
			{`{"profile":{"id":"` + bob + `","username":"bobby"}}`, "username = 'bobby'", "id = '" + bob + "'"},
			{`{"profile":{"id":"` + absent + `","bio":"x"}}`, "bio = 'x'", "id = '" + absent + "'"},
			{`{"profile":{"id":"` + bob + `","username":"alice"}}`, "username = 'alice'", "id = '" + bob + "'"},
		},
		changeSets: [][]int{{0}, {1}, {0, 1}, {0, 2}, {3}},
	},
	{
		table: exampleTables[1], plural: "Items", change: [2]string{`{"description":"x","quantity":7}`, "description = 'x', quantity = 7"},
		filters: [][2]string{
			{`title = "Bread"`, "t.title = 'Bread'"},
			{`owner_id = "` + alice + `"`, "t.owner_id = '" + alice + "'"},
			{`description = "He must not see this."`, "t.description = 'He must not see this.'"},
			{`description:"secret"`, "t.description ilike '%secret%'"},
			{`in(id, "` + aliceItem + `", "` + bobItem + `")`, "t.id in ('" + aliceItem + "', '" + bobItem + "')"},
			{`quantity >= 3 AND NOT done`, "t.quantity >= 3 and not t.done"},
			{`price > 100 OR price = null`, "(t.price > 100 or t.price is null)"},
			{`search(title, "bread", "english")`, "to_tsvector('english', t.title) @@ websearch_to_tsquery('english', 'bread')"},
			{`matches(title, "^[AB]")`, "t.title ~ '^[AB]'"},
		},
		fresh: []newRow{
			{`{"title":"One"}`, "(title)", "('One')"},
			{`{"id":"` + fresh + `","title":"Two","quantity":0,"price":"1.10"}`, "(id, title, quantity, price)", "('" + fresh + "', 'Two', 0, 1.10)"},
			{`{"ownerId":"` + bob + `","title":"For Bob"}`, "(owner_id, title)", "('" + bob + "', 'For Bob')"},
			{`{"title":"x","quantity":-1}`, "(title, quantity)", "('x', -1)"},
			{`{"ownerId":"` + alice + `","title":"For Alice"}`, "(owner_id, title)", "('" + alice + "', 'For Alice')"},
		},
		sets: [][]int{{0}, {0, 1}, {0, 2}, {2, 0}, {1, 4}, {0, 3}},
		upserts: []newRow{
			{`{"id":"` + aliceItem + `","title":"Changed"}`, "(id, title)", "('" + aliceItem + "', 'Changed')"},
			{`{"id":"` + bobItem + `","title":"Changed"}`, "(id, title)", "('" + bobItem + "', 'Changed')"},
			{`{"id":"` + fresh + `","title":"New"}`, "(id, title)", "('" + fresh + "', 'New')"},
			{`{"id":"` + aliceItem + `","ownerId":"` + alice + `","title":"Hers"}`, "(id, owner_id, title)", "('" + aliceItem + "', '" + alice + "', 'Hers')"},
		},
		upsertSets: [][]int{{0}, {1}, {2, 0}, {0, 2}, {2, 1}, {3}}, update: []string{"title"},
		changes: []rowChange{
			{`{"item":{"id":"` + aliceItem + `","title":"A"}}`, "title = 'A'", "id = '" + aliceItem + "'"},
			{`{"item":{"id":"` + aliceItem2 + `","title":"B"}}`, "title = 'B'", "id = '" + aliceItem2 + "'"},
			{`{"item":{"id":"` + bobItem + `","title":"C"}}`, "title = 'C'", "id = '" + bobItem + "'"},
			{`{"item":{"id":"` + bobItem2 + `","quantity":5},"append":{"title":"!"}}`, "quantity = 5, title = title || '!'", "id = '" + bobItem2 + "'"},
			{`{"item":{"id":"` + absent + `","title":"A"}}`, "title = 'A'", "id = '" + absent + "'"},
			{`{"item":{"id":"` + aliceItem2 + `","ownerId":"` + bob + `"}}`, "owner_id = '" + bob + "'", "id = '" + aliceItem2 + "'"},
		},
		changeSets: [][]int{{0}, {0, 1}, {0, 2}, {2, 0}, {2, 3}, {0, 4}, {0, 5}},
	},
	{
		table: exampleTables[2], plural: "Posts", change: [2]string{`{"body":"x","tags":["y"]}`, "body = 'x', tags = '{y}'"},
		filters: [][2]string{
			{`title = "Not for anybody yet"`, "t.title = 'Not for anybody yet'"},
			{`published = false`, "not t.published"},
			{`kind = POST_KIND_IN_REVIEW`, "t.kind = 'in review'"},
			{`tags:"music"`, "'music' = any (t.tags)"},
			{`metadata.score = 0.1`, "(t.metadata->'score') = '0.1'"},
			{`author.username = "bob"`, exists("profiles", "a", "a.id = t.author_id", "a.username = 'bob'")},
			{`author.posts.published = false`, exists("profiles", "a", "a.id = t.author_id", exists("posts", "p", "p.author_id = a.id", "not p.published"))},
			{`comments.author.username = "alice"`, exists("comments", "x", "x.post_id = t.id", exists("profiles", "a", "a.id = x.author_id", "a.username = 'alice'"))},
			{`comments = null`, "not " + exists("comments", "x", "x.post_id = t.id", "true")},
			{`author:*`, exists("profiles", "a", "a.id = t.author_id", "true")},
		},
		fresh: []newRow{
			{`{"title":"One","body":"1"}`, "(title, body)", "('One', '1')"},
			{
				`{"id":"` + fresh + `","title":"Two","body":"2","published":true,"tags":["a"],"metadata":{"k":1}}`, "(id, title, body, published, tags, metadata)",
				"('" + fresh + `', 'Two', '2', true, '{a}', '{"k":1}')`,
			},
			{`{"authorId":"` + bob + `","title":"For Bob","body":""}`, "(author_id, title, body)", "('" + bob + "', 'For Bob', '')"},
		},
		sets: [][]int{{0}, {0, 1}, {0, 2}, {2, 1}},
		upserts: []newRow{
			{`{"id":"` + aliceDraft + `","title":"Changed","body":"x"}`, "(id, title, body)", "('" + aliceDraft + "', 'Changed', 'x')"},
			{`{"id":"` + alicePublished + `","title":"Changed","body":"x"}`, "(id, title, body)", "('" + alicePublished + "', 'Changed', 'x')"},
			{`{"id":"` + bobDraft + `","title":"Changed","body":"x"}`, "(id, title, body)", "('" + bobDraft + "', 'Changed', 'x')"},
			{`{"id":"` + fresh + `","title":"New","body":"x"}`, "(id, title, body)", "('" + fresh + "', 'New', 'x')"},
			{`{"id":"` + bobPublished + `","title":"Changed","body":"x"}`, "(id, title, body)", "('" + bobPublished + "', 'Changed', 'x')"},
		},
		upsertSets: [][]int{{0}, {1}, {2}, {3, 0}, {3, 2}, {4}, {3, 4}}, update: []string{"title", "body"},
		changes: []rowChange{
			{`{"post":{"id":"` + aliceDraft + `","title":"A"}}`, "title = 'A'", "id = '" + aliceDraft + "'"},
			{`{"post":{"id":"` + alicePublished + `","published":false}}`, "published = false", "id = '" + alicePublished + "'"},
			{`{"post":{"id":"` + bobPublished + `","title":"C"}}`, "title = 'C'", "id = '" + bobPublished + "'"},
			{`{"post":{"id":"` + bobDraft + `"},"append":{"tags":["z"]}}`, "tags = tags || '{z}'", "id = '" + bobDraft + "'"},
			{`{"post":{"id":"` + aliceDraft2 + `","authorId":"` + bob + `"}}`, "author_id = '" + bob + "'", "id = '" + aliceDraft2 + "'"},
		},
		changeSets: [][]int{{0, 1}, {0, 2}, {2, 3}, {0, 4}, {4, 0}, {3}},
	},
	{
		table: exampleTables[3], plural: "Comments", change: [2]string{`{"body":"x"}`, "body = 'x'"},
		filters: [][2]string{
			{`id > 0`, "t.id > 0"},
			{`body:"check the"`, "t.body ilike '%check the%'"},
			{`post.title = "Truing a wheel"`, exists("posts", "p", "p.id = t.post_id", "p.title = 'Truing a wheel'")},
			{`post.title = "Four chords"`, exists("posts", "p", "p.id = t.post_id", "p.title = 'Four chords'")},
			{`post.published = false`, exists("posts", "p", "p.id = t.post_id", "not p.published")},
			{`post.author.username = "bob"`, exists("posts", "p", "p.id = t.post_id", exists("profiles", "a", "a.id = p.author_id", "a.username = 'bob'"))},
			{`author.bio:"tomatoes"`, exists("profiles", "a", "a.id = t.author_id", "a.bio ilike '%tomatoes%'")},
			{`author.posts.title = "On tuning by ear"`, exists("profiles", "a", "a.id = t.author_id", exists("posts", "p", "p.author_id = a.id", "p.title = 'On tuning by ear'"))},
			{`post = null OR NOT author:*`, "(not " + exists("posts", "p", "p.id = t.post_id", "true") + " or not " + exists("profiles", "a", "a.id = t.author_id", "true") + ")"},
		},
		fresh: []newRow{
			{`{"postId":"` + alicePublished + `","body":"One"}`, "(post_id, body)", "('" + alicePublished + "', 'One')"},
			{`{"postId":"` + bobPublished + `","body":"Two"}`, "(post_id, body)", "('" + bobPublished + "', 'Two')"},
			{`{"postId":"` + bobDraft + `","body":"x"}`, "(post_id, body)", "('" + bobDraft + "', 'x')"},
			{`{"postId":"` + aliceDraft + `","body":"x"}`, "(post_id, body)", "('" + aliceDraft + "', 'x')"},
			{`{"postId":"` + absent + `","body":"x"}`, "(post_id, body)", "('" + absent + "', 'x')"},
		},
		sets: [][]int{{0, 1}, {0, 2}, {3, 0}, {0, 4}},
		changes: []rowChange{
			{`{"comment":{"id":"` + aliceOnAlicePublished + `","body":"A"}}`, "body = 'A'", "id = " + aliceOnAlicePublished},
			{`{"comment":{"id":"` + aliceOnBobPublished + `","body":"B"}}`, "body = 'B'", "id = " + aliceOnBobPublished},
			{`{"comment":{"id":"` + bobOnAlicePublished + `","body":"C"}}`, "body = 'C'", "id = " + bobOnAlicePublished},
			{`{"comment":{"id":"` + bobOnBobDraft + `","body":"D"}}`, "body = 'D'", "id = " + bobOnBobDraft},
			{`{"comment":{"id":"` + aliceOnAliceDraft + `","postId":"` + bobDraft + `"}}`, "post_id = '" + bobDraft + "'", "id = " + aliceOnAliceDraft},
		},
		changeSets: [][]int{{0, 1}, {0, 2}, {2, 3}, {3, 0}, {1, 4}},
	},
}
