package service_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/storetest"
)

// openLogin opens a database as rowgate's login, by one connection.
func openLogin(t testing.TB, db *storetest.Database) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{URL: db.LoginURL(t, migrations.UserLogin), MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	return st
}

// check holds a contract of one file, p/NAME, against a database.
func check(t testing.TB, st *store.Store, name, source string) *service.Report {
	t.Helper()
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{name: {Data: []byte(source)}}, "p")
	if err != nil {
		t.Fatal(err)
	}
	report, err := service.Check(t.Context(), st, contract, []string{"anon", "authenticated"})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// isWrong holds that a contract whose one method cannot be served has just these
// problems, each with its place in the file.
func isWrong(t testing.TB, st *store.Store, source string, want []string) {
	t.Helper()
	report := check(t, st, "w.proto", source)
	var got []string
	for _, p := range report.Problems {
		got = append(got, strings.TrimPrefix(p.String(), "p/w.proto:"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if report.Methods != 0 {
		t.Error("the method is served")
	}
}
