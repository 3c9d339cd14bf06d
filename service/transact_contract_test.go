package service_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/service"
)

// TestWrongTransacts holds that every place where a transaction is not of its
// form is told, and what would be right.
func TestWrongTransacts(t *testing.T) {
	w := newTransactsWorld(t, worldOptions{})
	for _, c := range []struct{ name, old, new, want string }{
		{
			"more in the request", "  bool validate_only = 3;\n  message Write {", "  bool dry_run = 3;\n  message Write {",
			"dry_run means nothing to Transact: its request may have request_id, validate_only, writes",
		},
		{
			"no writes", "repeated Write writes = 1;", "Write writes = 1;",
			"the request of Transact needs a repeated field writes, whose message has one oneof",
		},
		{
			"no results", "repeated Result results = 1;", "repeated Result answers = 1;",
			"the response of Transact needs a repeated field results, whose message has the fields of writes",
		},
		{
			"more in a write", "repeated rowgate.v1.Use uses = 10001;", "repeated rowgate.v1.Use uses = 10001; string note = 10002;",
			"note means nothing to Transact: a write is one oneof of requests, and repeated rowgate.v1.Use uses",
		},
		{
			"a message that is no request", "CreateToyRequest create_toy = 14;", "Toy create_toy = 14;",
			"tx.v1.Toy is the request of no method of package tx.v1 that writes",
		},
		{
			"its own request", "CreateToyRequest create_toy = 14;", "TransactRequest create_toy = 14;",
			"tx.v1.TransactRequest is the request of no method of package tx.v1 that writes",
		},
		{
			"a result of another type", "      Toy create_toy = 14;", "      Kid create_toy = 14;",
			"tx.v1.TransactResponse.Result needs a field create_toy of type tx.v1.Toy, which CreateToy answers",
		},
		{
			"a result that is missing", "      Toy create_toy = 14;", "",
			"tx.v1.TransactResponse.Result needs a field create_toy of type tx.v1.Toy, which CreateToy answers",
		},
	} {
		source := strings.Replace(transactsProto, c.old, c.new, 1)
		report, err := service.Check(t.Context(), w.store, transactsContract(t, source), []string{"anon", "authenticated"})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range report.Problems {
			got = append(got, p.Text)
		}
		if diff := cmp.Diff([]string{c.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
