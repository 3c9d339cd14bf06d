package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/store/catalog"
)

const keysSchema = `
create schema other;
create table other.countries (code text primary key);
create table authors (
  id int primary key,
  boss int constraint boss references authors,
  country text constraint country references other.countries deferrable initially deferred,
  dropped int
);
alter table authors drop column dropped;
create table books (author int constraint author references authors, "Book No" int, primary key (author, "Book No"));
create table pages (
  number int, dropped int, book int, author int,
  constraint of_book foreign key (book, author) references books ("Book No", author),
  constraint by_author foreign key (author) references authors
);
alter table pages drop column dropped;
alter table pages add constraint unchecked foreign key (number) references authors not valid;

create table events (id int, at date, author int constraint author references authors, primary key (id, at)) partition by range (at);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
create table events_2025 (id int not null, at date not null, author int constraint author references authors);
alter table events attach partition events_2025 for values from ('2025-01-01') to ('2026-01-01');
create table events_later partition of events for values from ('2026-01-01') to (maxvalue) partition by range (at);
create table events_2026 partition of events_later default;
alter table events_2026 add constraint own foreign key (id) references authors;
create table notes (event int, at date, constraint event foreign key (event, at) references events);

create table parent (id int);
create table child () inherits (parent);`

func foreignKeys(r *catalog.Relation) []string {
	var all []string
	for _, k := range r.ForeignKeys {
		all = append(all, fmt.Sprintf("%s: %s -> %s (%s)", k.Name, strings.Join(k.Columns, ", "), k.To, strings.Join(k.References, ", ")))
	}
	return all
}

func TestForeignKeys(t *testing.T) {
	cat := load(t, keysSchema)
	got := map[string][]string{}
	for _, r := range cat.Relations() {
		if keys := foreignKeys(r); keys != nil {
			got[r.String()] = keys
		}
	}
	want := map[string][]string{
		"public.authors":     {"boss: boss -> public.authors (id)", "country: country -> other.countries (code)"},
		"public.books":       {"author: author -> public.authors (id)"},
		"public.events":      {"author: author -> public.authors (id)"},
		"public.events_2026": {"own: id -> public.authors (id)"},
		"public.notes":       {"event: event, at -> public.events (id, at)"},
		"public.pages": {
			"by_author: author -> public.authors (id)",
			"of_book: book, author -> public.books (Book No, author)",
			"unchecked: number -> public.authors (id)",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	pages := relation(t, cat, "pages")
	if k := pages.ForeignKey("of_book"); k == nil || k.To != relation(t, cat, "books") {
		t.Errorf("ForeignKey: %+v", k)
	}
	if pages.ForeignKey("no_such") != nil {
		t.Error("a foreign key that is not there was found")
	}
}

func TestPartitions(t *testing.T) {
	var got []string
	for _, r := range load(t, keysSchema).Relations() {
		if r.Partition {
			got = append(got, fmt.Sprintf("%c %s", r.Kind, r))
		}
	}
	want := []string{"r public.events_2024", "r public.events_2025", "r public.events_2026", "p public.events_later"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What PostgreSQL 18 adds: keys that are not enforced, which say all the same
// what belongs together, and keys over time, which no equality joins.
func TestForeignKeys18(t *testing.T) {
	need(t, 18, "NOT ENFORCED and PERIOD in foreign keys")
	cat := load(t, `
create extension btree_gist;
create table rooms (id int, open daterange, primary key (id, open without overlaps));
create table people (id int primary key);
create table stays (
  room int, during daterange, person int,
  constraint room foreign key (room, period during) references rooms (id, period open),
  constraint person foreign key (person) references people not enforced
);`)
	want := []string{"person: person -> public.people (id)"}
	if diff := cmp.Diff(want, foreignKeys(relation(t, cat, "stays"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"id", "open"}, relation(t, cat, "rooms").PrimaryKey); diff != "" {
		t.Errorf("a key over time (-want +got):\n%s", diff)
	}
}
