package canary_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/store/storetest"
)

// The size of the world. Each user has notesEach notes, as many parts, and
// ledgerEach lines; each is in roomsEach rooms.
const (
	users      = 1000
	notesEach  = 12
	ledgerEach = 5
	rooms      = 250
	roomsEach  = 2
	openPosts  = 50
)

// schemaSQL has rows of users that carry who may see them: canary-u0042- of the
// user 42 alone, canary-r0007- of the members of the room 7, canary-a0000- of
// anonymous callers.
//
// Whatever is written leaves a line in canary_log.writes: what row, whose it
// says that it is, and who wrote it in which role. It goes with the
// transaction.
const schemaSQL = `
	create schema canary_log;
	grant usage on schema canary_log to anon, authenticated;
	create table canary_log.writes (
		tab text not null, op text not null, id bigint not null, owner uuid, room integer, words text,
		by_sub text not null, by_role text not null, at timestamptz not null default clock_timestamp()
	);
	alter table canary_log.writes enable row level security;
	create policy everyone on canary_log.writes for insert with check (true);
	grant insert on canary_log.writes to anon, authenticated;

	create schema cn;
	grant usage on schema cn to anon, authenticated;
	create type cn.mood as enum ('calm', 'loud');
	create type cn.label as (name text, weight integer);

	create function cn.subject() returns text language sql stable
		begin atomic select coalesce(nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::pg_catalog.jsonb ->> 'sub', ''); end;
	create function cn.own_canary() returns text language sql stable
		begin atomic select 'canary-u' || right(auth.uid()::text, 4) || '-'; end;

	-- Rows of one owner.
	create table cn.notes (
		id bigint generated always as identity primary key,
		owner uuid not null default auth.uid(),
		slot integer not null check (slot >= 0),
		body text not null,
		title varchar(80),
		mood cn.mood,
		doc jsonb,
		old json,
		tags text[] not null default '{}',
		raw bytea,
		label cn.label,
		amount numeric,
		at timestamptz not null default now(),
		written_by uuid,
		written_as text,
		unique (owner, slot)
	);
	create index notes_doc on cn.notes using gin (doc);
	create table cn.parts (
		id bigint generated always as identity primary key,
		note_id bigint not null references cn.notes on delete cascade,
		owner uuid not null default auth.uid(),
		body text not null,
		written_by uuid,
		written_as text
	);
	create index parts_note on cn.parts (note_id);
	create index parts_owner on cn.parts (owner);
	-- Lines that nobody changes, so that their sums are known.
	create table cn.ledger (owner uuid not null, line integer not null, amount numeric(12,2) not null, body text not null, primary key (owner, line));
	-- Rows of the members of a room.
	create table cn.members (room_id integer not null, user_id uuid not null, primary key (room_id, user_id));
	create index members_user on cn.members (user_id);
	create table cn.messages (
		id bigint generated always as identity primary key,
		room_id integer not null,
		body text not null,
		words text[] not null default '{}',
		doc jsonb
	);
	create index messages_room on cn.messages (room_id);
	-- Rows of everyone, which have no owner, and rows of one.
	create table cn.posts (
		id bigint generated always as identity primary key,
		owner uuid default auth.uid(),
		body text not null,
		doc jsonb,
		written_by uuid,
		written_as text
	);
	create index posts_owner on cn.posts (owner);
	-- Rows of anonymous callers.
	create table cn.guestbook (id bigint generated always as identity primary key, body text not null, written_by uuid, written_as text);

	create function cn.log_write() returns trigger language plpgsql as $$
	declare r jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
	begin
		if tg_op <> 'DELETE' and r ? 'written_by' then
			new.written_by := auth.uid();
			new.written_as := current_user;
		end if;
		insert into canary_log.writes (tab, op, id, owner, room, words, by_sub, by_role)
		values (tg_table_name, tg_op, (r ->> 'id')::bigint, (r ->> 'owner')::uuid, (r ->> 'room_id')::integer, r ->> 'body', cn.subject(), current_user);
		-- What a row was before it was taken is written to as well.
		if tg_op = 'UPDATE' and to_jsonb(old) ->> 'owner' is distinct from r ->> 'owner' then
			insert into canary_log.writes (tab, op, id, owner, room, words, by_sub, by_role)
			values (tg_table_name, 'TAKE', old.id, (to_jsonb(old) ->> 'owner')::uuid, null, to_jsonb(old) ->> 'body', cn.subject(), current_user);
		end if;
		if tg_op = 'DELETE' then
			return old;
		end if;
		return new;
	end $$;

	alter table cn.notes enable row level security;
	alter table cn.parts enable row level security;
	alter table cn.ledger enable row level security;
	alter table cn.members enable row level security;
	alter table cn.messages enable row level security;
	alter table cn.posts enable row level security;
	alter table cn.guestbook enable row level security;
	create policy own on cn.notes to authenticated using (owner = (select auth.uid()));
	create policy own on cn.parts to authenticated using (owner = auth.uid())
		with check (owner = auth.uid() and exists (select from cn.notes n where n.id = note_id));
	create policy own on cn.ledger for select to authenticated using (owner = (select auth.uid()));
	create policy own on cn.members for select to authenticated using (user_id = auth.uid());
	create policy inside on cn.messages to authenticated using (room_id in (select m.room_id from cn.members m where m.user_id = (select auth.uid())));
	create policy open on cn.posts for select using (owner is null);
	create policy own on cn.posts to authenticated using (owner = auth.uid());
	create policy guests on cn.guestbook to anon using (true);
	grant select, insert, update, delete on cn.notes, cn.parts, cn.messages, cn.posts to authenticated;
	grant select on cn.ledger, cn.members, cn.guestbook to authenticated;
	-- What anon may ask for and no policy lets it see.
	grant select, insert, update, delete on cn.notes to anon;
	grant select on cn.posts, cn.ledger, cn.messages, cn.members to anon;
	grant select, insert, update, delete on cn.guestbook to anon;

	create view cn.own_notes with (security_invoker = true) as
		select n.id, n.slot, n.body, n.doc, n.tags, p.body as part, p.id as part_id from cn.notes n left join cn.parts p on p.note_id = n.id;
	create view cn.feed with (security_invoker = true) as
		select 'note' as kind, n.id, n.body from cn.notes n
		union all select 'message', m.id, m.body from cn.messages m
		union all select 'post', p.id, p.body from cn.posts p
		union all select 'guest', g.id, g.body from cn.guestbook g;
	grant select on cn.own_notes, cn.feed to anon, authenticated;

	-- Functions run as who calls them.
	create function cn.whoami() returns text language sql stable as $$
		select concat_ws('|', current_user, cn.subject(), pg_catalog.current_setting('request.jwt.claim.sub', true),
			pg_catalog.current_setting('role'))
	$$;
	create function cn.find_notes(term text) returns setof cn.notes language sql stable as $$ select * from cn.notes where body like '%' || term || '%' $$;
	create function cn.recent_bodies(most integer) returns setof text language sql stable as $$ select body from cn.feed order by id desc limit most $$;
	create function cn.count_ledger() returns text language sql stable as $$ select count(*) || '/' || coalesce(sum(amount), 0) from cn.ledger $$;
	create function cn.touch(low integer, words text) returns integer language sql volatile as $$
		with touched as (update cn.notes set title = words where slot >= low and slot < low + 3 returning id) select count(*)::integer from touched
	$$;
	create function cn.nap(seconds double precision) returns text language plpgsql volatile as $$
	declare words text;
	begin
		select string_agg(body, ',') into words from cn.feed where kind <> 'post' and id % 3 = 0;
		perform pg_catalog.pg_sleep(seconds);
		return words;
	end $$;
	create function cn.refuse(words text) returns text language plpgsql volatile as $$
	begin
		update cn.notes set title = words where slot < 3;
		raise exception 'refused: % %', words, (select string_agg(body, ',') from cn.notes where slot < 3)
			using errcode = 'P0001', detail = (select string_agg(title, ',') from cn.notes);
	end $$;
	-- What a session keeps: a setting that is not local to the transaction.
	create function cn.remember() returns text language sql volatile as $$ select pg_catalog.set_config('cn.kept', cn.own_canary(), false) $$;
	create function cn.recall() returns text language sql stable as $$ select pg_catalog.current_setting('cn.kept', true) $$;
	-- What is left of a role and claims that were changed within a call.
	create function cn.pretend(who text) returns integer language sql volatile as $$
		select length(pg_catalog.set_config('request.jwt.claims', '{"sub":"' || who || '","role":"authenticated"}', false)
			|| pg_catalog.set_config('request.jwt.claim.sub', who, false) || pg_catalog.set_config('role', 'anon', false))
	$$;
	revoke execute on all functions in schema cn from public;
	grant execute on all functions in schema cn to anon, authenticated;
	revoke execute on function cn.log_write() from anon, authenticated;

	insert into cn.notes (owner, slot, body, title, mood, doc, old, tags, raw, label, amount)
		select cn_user, s, c || 'n' || s, c || 't', case when s % 2 = 0 then 'calm'::cn.mood else 'loud' end,
			jsonb_build_object('who', c || 'd', 'n', s, 'list', jsonb_build_array(c || 'l', s)), json_build_object('who', c || 'j'),
			array[c || 'a', 'common'], convert_to(c || 'b', 'UTF8'), row(c || 'w', s)::cn.label, s * 1.5
		from generate_series(1, USERS) u, generate_series(0, NOTES - 1) s,
			lateral (select 'canary-u' || lpad(u::text, 4, '0') || '-', ('ca9a0000-0000-4000-8000-' || lpad(u::text, 12, '0'))::uuid) w (c, cn_user);
	insert into cn.parts (note_id, owner, body) select id, owner, 'canary-u' || right(owner::text, 4) || '-p' from cn.notes;
	insert into cn.ledger select ('ca9a0000-0000-4000-8000-' || lpad(u::text, 12, '0'))::uuid, l, u + l / 100.0, 'canary-u' || lpad(u::text, 4, '0') || '-g' || l
		from generate_series(1, USERS) u, generate_series(1, LINES) l;
	insert into cn.members select (u + r * 37) % ROOMS, ('ca9a0000-0000-4000-8000-' || lpad(u::text, 12, '0'))::uuid
		from generate_series(1, USERS) u, generate_series(0, EACH - 1) r;
	insert into cn.messages (room_id, body, words, doc)
		select r, c || 'm' || i, array[c || 'a'], jsonb_build_object('who', c || 'd')
		from generate_series(0, ROOMS - 1) r, generate_series(1, 8) i, lateral (select 'canary-r' || lpad(r::text, 4, '0') || '-') w (c);
	insert into cn.posts (owner, body, doc) select null, 'open-' || i, '{"who":"everyone"}' from generate_series(1, POSTS) i;
	insert into cn.posts (owner, body, doc)
		select ('ca9a0000-0000-4000-8000-' || lpad(u::text, 12, '0'))::uuid, 'canary-u' || lpad(u::text, 4, '0') || '-q', jsonb_build_object('who', 'canary-u' || lpad(u::text, 4, '0') || '-')
		from generate_series(1, USERS) u;
	insert into cn.guestbook (body) select 'canary-a0000-' || i from generate_series(1, 20) i;
	update cn.notes set written_by = owner, written_as = 'authenticated';
	update cn.parts set written_by = owner, written_as = 'authenticated';
	update cn.posts set written_by = owner, written_as = 'authenticated' where owner is not null;
	update cn.guestbook set written_as = 'anon';

	create trigger log_write before insert or update or delete on cn.notes for each row execute function cn.log_write();
	create trigger log_write before insert or update or delete on cn.parts for each row execute function cn.log_write();
	create trigger log_write before insert or update or delete on cn.messages for each row execute function cn.log_write();
	create trigger log_write before insert or update or delete on cn.posts for each row execute function cn.log_write();
	create trigger log_write before insert or update or delete on cn.guestbook for each row execute function cn.log_write();
	analyze cn.notes, cn.parts, cn.ledger, cn.members, cn.messages, cn.posts, cn.guestbook;
`

func schema() storetest.Migration {
	return storetest.Migration{Name: "canary", SQL: sized.Replace(schemaSQL)}
}

// sized writes the world's size into SQL.
var sized = strings.NewReplacer("USERS", strconv.Itoa(users), "NOTES", strconv.Itoa(notesEach), "LINES", strconv.Itoa(ledgerEach),
	"ROOMS", strconv.Itoa(rooms), "EACH", strconv.Itoa(roomsEach), "POSTS", strconv.Itoa(openPosts))

// stray is a row that is not as it would be if nobody ever met another's.
type stray struct{ What, Row string }

// strays returns one of each sort of the rows that anybody has written for another,
// or that were written half, or twice.
func strays(t testing.TB, conn *pgx.Conn) []stray {
	t.Helper()
	rows, err := conn.Query(t.Context(), sized.Replace(straysSQL))
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[stray])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// straysSQL looks at every row as the superuser. A row of a user is written by
// that user in the role authenticated, and all canaries in it are the user's.
const straysSQL = `
	with texts (tab, id, sign, by_sub, by_role, words) as (
		select 'notes', id, 'u' || right(owner::text, 4), written_by::text, written_as,
			concat_ws(' ', to_jsonb(n)::text, convert_from(raw, 'UTF8')) from cn.notes n
		union all
		select 'parts', id, 'u' || right(owner::text, 4), written_by::text, written_as, to_jsonb(p)::text from cn.parts p
		union all
		select 'posts', id, 'u' || right(owner::text, 4), written_by::text, written_as, to_jsonb(p)::text from cn.posts p where owner is not null
		union all
		select 'guestbook', id, 'a0000', written_by::text, written_as, to_jsonb(g)::text from cn.guestbook g
	)
	select what, min(row) || ' and ' || count(*) - 1 || ' more' from (
		select 'a row with a foreign canary', tab || ' ' || words from texts
			where exists (select from regexp_matches(words, 'canary-(.....)', 'g') m where m[1] <> sign)
				or exists (select from regexp_matches(words, 'ca9a0000-0000-4000-8000-........(....)', 'g') m where 'u' || m[1] <> sign)
		union all
		select 'a row that another wrote', tab || ' ' || words from texts
			where (by_sub, by_role) is distinct from
				(case when sign = 'a0000' then null else 'ca9a0000-0000-4000-8000-00000000' || right(sign, 4) end, case when sign = 'a0000' then 'anon' else 'authenticated' end)
		union all
		select 'a part of another''s note', to_jsonb(p)::text from cn.parts p join cn.notes n on n.id = p.note_id where p.owner <> n.owner
		union all
		select 'a write by another', to_jsonb(w)::text from canary_log.writes w where tab in ('notes', 'parts', 'posts')
			and (by_sub is distinct from owner::text or words not like 'canary-u' || right(by_sub, 4) || '-%'
				-- Rows that a foreign key deletes are deleted by their table's owner.
				or by_role <> 'authenticated' and (tab, op) <> ('parts', 'DELETE'))
		union all
		select 'a write by no guest', to_jsonb(w)::text from canary_log.writes w where tab = 'guestbook' and (by_sub <> '' or by_role <> 'anon')
		union all
		select 'a write by no member', to_jsonb(w)::text from canary_log.writes w where tab = 'messages'
			and (by_role <> 'authenticated' or words not like 'canary-r' || lpad(room::text, 4, '0') || '-%' or op <> 'DELETE' and words !~ ('-by-' || right(by_sub, 4))
				or not exists (select from cn.members m where m.room_id = w.room and m.user_id::text = w.by_sub))
		union all
		select 'a message with a foreign canary', to_jsonb(m)::text from cn.messages m
			where exists (select from regexp_matches(to_jsonb(m)::text, 'canary-(.....)', 'g') f where f[1] <> 'r' || lpad(room_id::text, 4, '0'))
		union all
		select 'half of a transaction', to_jsonb(w)::text from canary_log.writes w where words like '%doomed%'
		union all
		select 'a request done twice', words from canary_log.writes w where op = 'INSERT' and words like '%-once-%' group by words having count(*) > 1
		union all
		select 'a ledger that changed', owner::text from cn.ledger group by owner
			having (count(*), sum(amount)) <> (LINES, right(owner::text, 4)::integer * LINES + 0.15)
		union all
		select 'a lost open post', count(*)::text from cn.posts where owner is null having count(*) <> POSTS
	) all_strays (what, row) group by what order by what`
