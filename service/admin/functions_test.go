package admin_test

import (
	"strings"
	"testing"

	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store/storetest"
)

// functions are what calls reach beside the tables: some tell who they run as,
// some try to be someone else, one takes its time.
var functions = []storetest.Migration{{Name: "admin_functions", SQL: `
create function public.whoami() returns text language sql stable as $$
  select pg_catalog.concat_ws(' ', session_user, current_user, current_setting('request.jwt.claims', true),
    current_setting('request.jwt.claim.sub', true), current_setting('request.jwt.claim.email', true)) $$;
create function public.titles_after_reset() returns setof text language plpgsql as $$
begin execute 'reset role'; return query select title from public.items order by 1; end $$;
create function public.titles_as(role text) returns setof text language plpgsql as $$
begin perform set_config('role', role, true); return query select title from public.items order by 1; end $$;
create function public.titles_of(sub text) returns setof text language plpgsql as $$
begin
  perform set_config('request.jwt.claims', '{"role":"authenticated","sub":"' || sub || '"}', true);
  return query select title from public.items order by 1;
end $$;
create function public.titles_authorized(name text) returns setof text language plpgsql as $$
begin execute format('set session authorization %I', name); return query select title from public.items order by 1; end $$;
create function public.take_time(seconds double precision) returns integer language plpgsql as $$
begin perform pg_sleep(seconds); return 1; end $$;
-- Refuses an item called so at the commit, when all else is done.
create function public.refuse_late() returns trigger language plpgsql as $$
begin raise exception 'late' using errcode = 'check_violation'; end $$;
create constraint trigger items_late after insert on public.items deferrable initially deferred
  for each row when (new.title = 'late') execute function public.refuse_late();
do $$
declare f regprocedure;
begin
  for f in select oid from pg_proc where pronamespace = 'public'::regnamespace and proname ~ '^(whoami|titles_|take_time)' loop
    execute format('revoke all on function %s from public; grant execute on function %1$s to authenticated, rowgate_admin', f);
  end loop;
end $$;
`}}

// functionsContract is the example with the functions, as pull writes it.
func functionsContract(t *testing.T) *descriptor.Set {
	t.Helper()
	return pulled(t, functions)
}

// pulled is the example with further migrations, as pull writes it.
func pulled(t *testing.T, more []storetest.Migration) *descriptor.Set {
	t.Helper()
	db := storetest.New(t, append(servicetest.ExampleApp(), more...)...)
	return servicetest.Pull(t, db, "app.v1", "public")
}

// function is the full name of the method of a function.
func (w *world) function(t *testing.T, name string) string {
	t.Helper()
	for _, m := range w.admin.Methods() {
		if strings.HasSuffix(m.Path(), "/"+name) {
			return m.Path()[1:]
		}
	}
	for _, m := range w.admin.Methods() {
		t.Log(m.Path())
	}
	t.Fatalf("there is no method %s", name)
	return ""
}
