package migrations_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/migrations"
)

func TestSeed(t *testing.T) {
	db := start(t).database(t, "seeded")
	apply(t, db, migrations.Supabase(), migrations.App(), migrations.Seed())
	const all = `
		select 'user', xmin, u::text from auth.users u union all select 'profile', xmin, p::text from profiles p
		union all select 'item', xmin, i::text from items i union all select 'post', xmin, p::text from posts p
		union all select 'comment', xmin, c::text from comments c order by 1, 3`
	before := rows(t, db, all)
	apply(t, db, migrations.Seed())
	if diff := cmp.Diff(before, rows(t, db, all)); diff != "" {
		t.Errorf("a second run changed rows:\n%s", diff)
	}
	got := rows(t, db, `
		select u.id, u.email, (select count(*) from profiles p where p.id = u.id), (select count(*) from items where owner_id = u.id),
			(select string_agg(kind || case when published then '' else ' (draft)' end, ', ' order by id) from posts where author_id = u.id),
			(select count(*) from comments where author_id = u.id)
		from auth.users u order by email`)
	want := []string{
		migrations.Alice + "|alice@example.com|1|25|article, note, in review (draft), note (draft)|4",
		migrations.Bob + "|bob@example.com|1|12|article, note, in review (draft), article (draft)|4",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("seeds (-want +got):\n%s", diff)
	}
	// A user's next comment takes a number of its own.
	run(t, db, "insert into comments (post_id, author_id, body) select id, author_id, 'x' from posts limit 1")
}
