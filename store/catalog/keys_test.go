package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKeys(t *testing.T) {
	cat := load(t, `
create table items (
  z int not null, a int not null, "Odd Name" text not null, maybe text, more text,
  constraint "items key" primary key ("Odd Name", a) include (more)
);
create unique index b_two on items (z, a) include (maybe);
create unique index a_one on items (z desc);
create unique index nullable on items (z, maybe);
create unique index part on items (a) where maybe is null;
create unique index expression on items (a, lower("Odd Name"));
create index not_unique on items (a);
alter table items add unique (more) deferrable;
create table bare (id int);
create table parted (id int primary key) partition by range (id);
create view plain as select * from items;
create materialized view kept as select * from items;
create unique index on kept (z);`)
	r := relation(t, cat, "items")
	if diff := cmp.Diff([]string{"Odd Name", "a"}, r.PrimaryKey); diff != "" || r.PrimaryKeyName != "items key" {
		t.Errorf("primary key %s (-want +got):\n%s", r.PrimaryKeyName, diff)
	}
	if diff := cmp.Diff([][]string{{"Odd Name", "a"}, {"z"}, {"z", "a"}}, r.UniqueKeys); diff != "" {
		t.Errorf("unique keys (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{"Odd Name", "a"}, {"z"}, {"z", "a"}, {"z", "maybe"}}, r.Arbiters); diff != "" {
		t.Errorf("arbiters (-want +got):\n%s", diff)
	}
	for _, name := range []string{"bare", "plain", "kept"} {
		r := relation(t, cat, name)
		if len(r.PrimaryKey) != 0 || r.PrimaryKeyName != "" || len(r.UniqueKeys) != 0 {
			t.Errorf("%s: keys %q, %q, %q", name, r.PrimaryKey, r.PrimaryKeyName, r.UniqueKeys)
		}
	}
	if r := relation(t, cat, "parted"); r.PrimaryKeyName != "parted_pkey" || len(r.UniqueKeys) != 1 {
		t.Errorf("of the partitioned table: %s, %q", r.PrimaryKeyName, r.UniqueKeys)
	}
}
