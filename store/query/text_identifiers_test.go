package query_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/store/query"
)

func TestIdentifiers(t *testing.T) {
	for sql, want := range map[string]string{
		`select * from Items`:                             "select from items",
		`select i.id from public . "My ""Items""" i`:      `select i.id from public.My "Items" i`,
		`select 'from secrets', $$secrets$$ -- secrets`:   "select",
		`select a.b.c from t where a.x = :a.b`:            "select a.b.c from t where a.x b",
		`select E'it''s \' secrets', 1.5, x from "A"."B"`: "select x from A.B",
		`select /* secrets */ Ä.É`:                        "select Ä.É",
	} {
		text, err := query.ParseText(sql)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, name := range text.Identifiers() {
			got = append(got, strings.Join(name, "."))
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
	}
}
