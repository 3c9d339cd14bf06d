package service_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

// TestQueriesPage holds that the contract in docs/queries.md fits the example's
// database, and that the problems shown there are those that are told.
func TestQueriesPage(t *testing.T) {
	page, err := os.ReadFile("../docs/queries.md")
	if err != nil {
		t.Fatal(err)
	}
	var source, writes, shown []string
	block := &source
	for line := range strings.Lines(string(page)) {
		code, indented := strings.CutPrefix(strings.TrimRight(line, "\n"), "    ")
		switch {
		case strings.HasPrefix(code, "rpc Reprice"):
			block = &writes
		case strings.HasPrefix(code, "proto/app"):
			block = &shown
		}
		if indented {
			*block = append(*block, code)
		}
	}
	sample := "syntax = \"proto3\";\npackage app.v1;\n" + strings.Join(source, "\n") +
		"\nservice Writes {\n" + strings.Join(writes, "\n") + "\n}\nmessage RepriceRequest { string factor = 1; }\n" +
		"message RepriceResponse { repeated Repriced items = 1; }\nmessage Repriced { string id = 1; optional string price = 2; }\n"
	db := storetest.New(t, exampleApp()...)
	st := openLogin(t, db)
	problems := func(old, change string) []string {
		t.Helper()
		if !strings.Contains(sample, old) {
			t.Fatalf("the page has no %q", old)
		}
		source := strings.Replace(sample, old, change, 1)
		contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"app/v1/report.proto": {Data: []byte(source)}}, "proto")
		if err != nil {
			t.Fatal(err)
		}
		report, err := service.Check(t.Context(), st, contract, []string{"anon", "authenticated"})
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, p := range report.Problems {
			all = append(all, p.String())
		}
		return all
	}
	if got := problems("", ""); got != nil {
		t.Errorf("the page's own contract: %s", strings.Join(got, "\n"))
	}
	var got []string
	got = append(got, problems("i.title, p", "i.titel, p")...)
	got = append(got, problems("string words", "int32 words")...)
	got = append(got, problems(", count(*) over () as total", "")...)
	if diff := cmp.Diff(shown, got); diff != "" {
		t.Errorf("the page's problems (-page +told):\n%s", diff)
	}
}
