package protogen_test

import (
	"testing"

	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/store/safety"
)

// large has 300 tables of 12 columns with a foreign key and four policies each,
// and 300 functions.
const large = `
do $do$ begin
  for i in 1..300 loop
    execute format($$
      create table %1$I (
        id bigint generated always as identity primary key, parent_id bigint references %2$I,
        code text not null unique, owner uuid not null default gen_random_uuid(), amount numeric(12,2) check (amount >= 0),
        tags text[] not null default '{}', document jsonb, created timestamptz not null default now(),
        note varchar(200), done boolean not null default false, due date, weight double precision
      );
      alter table %1$I enable row level security;
      create policy reading on %1$I for select to anon using (done);
      create policy adding on %1$I for insert to authenticated with check (owner = (select auth.uid()));
      create policy changing on %1$I for update to authenticated using (owner = (select auth.uid()));
      create policy removing on %1$I for delete to authenticated using (owner = (select auth.uid()));
      comment on table %1$I is 'Rows of one kind.';
      comment on column %1$I.code is 'What people call it.';
      create function %3$I(a int, b text default 'x') returns setof %1$I language sql stable as 'select * from %1$I where note = b';
    $$, 'thing_' || i, 'thing_' || greatest(i - 1, 1), 'find_' || i);
  end loop;
end $do$`

// BenchmarkPull times what a pull does, of which database is the reading of
// the catalogs; first is one without files, again one that finds them in step.
func BenchmarkPull(b *testing.B) {
	p := newProject(b, large)
	b.Run("database", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := p.store.Describe(b.Context(), p.schemas, []string{"anon", "authenticated"}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			if n := p.generate(b).Relations; n != 300 {
				b.Fatalf("%d relations", n)
			}
		}
	})
	p.pull(b)
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			if n := len(p.generate(b).Files); n != 0 {
				b.Fatalf("%d files differ", n)
			}
		}
	})
}

// BenchmarkStart times what `rowgate serve` does before it listens: compile is
// the reading of the files, bind the rest.
func BenchmarkStart(b *testing.B) {
	p := newProject(b, large)
	p.pull(b)
	b.Run("compile", func(b *testing.B) {
		for b.Loop() {
			p.compile(b)
		}
	})
	set, st := p.compile(b), p.login(b)
	b.Run("bind", func(b *testing.B) {
		verifier, err := auth.New(b.Context(), auth.Config{Secret: secret})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			srv, err := service.New(b.Context(), service.Config{Store: st, Verifier: verifier, Contract: set, Allow: safety.AllowObjects("a fixture of a test")})
			if err != nil {
				b.Fatal(err)
			}
			if n := len(srv.Methods()); n != 13*300+1 {
				b.Fatalf("%d methods", n)
			}
		}
	})
}
