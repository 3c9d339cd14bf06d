package filter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rowgate/rowgate/service/filter"
)

// slow is how many times as long all takes, which the race detector sets.
var slow time.Duration = 1

// What is beyond the limits is refused at once, and what is within read in good
// time.
func TestLimits(t *testing.T) {
	item := items()
	uuids := func(n int) string {
		return "in(id" + strings.Repeat(`, "3f2504e0-4f89-41d3-9a0c-0305e82c3301"`, n) + ")"
	}
	tests := []struct {
		name, filter, want string
		within             time.Duration
	}{
		{"parentheses", strings.Repeat("(", 10_000) + "done" + strings.Repeat(")", 10_000), "is nested more than 32 deep (at character 33)", time.Millisecond},
		{"functions", strings.Repeat("in(", 10_000), "is nested more than 32 deep (at character 99)", time.Millisecond},
		{"NOT", strings.Repeat("NOT (", 10_000) + "done" + strings.Repeat(")", 10_000), "is nested more than 32 deep (at character 165)", time.Millisecond},
		{"values", "in(rating" + strings.Repeat(",1", 100_000) + ")", "has more than 10000 values (at character 20011)", time.Millisecond},
		{"bytes", uuids(100_000), "is longer than 262144 bytes", time.Millisecond},
		{"terms", "done = true" + strings.Repeat(" AND done = true", 10_000), "has more than 500 comparisons and functions; a list of values is in(field, value, ...) (at character 8006)", time.Millisecond},
		{"steps", "doc" + strings.Repeat(".a", 100_000) + " = 1", "has too many words for 500 comparisons and functions (at character 8003)", time.Millisecond},
		{"a long path", "doc" + strings.Repeat(".a", 40) + " = 1", "has a path of more than 32 steps (at character 1)", time.Millisecond},
		{"words", strings.Repeat("done ", 50_000), "has too many words for 500 comparisons and functions (at character 40001)", time.Millisecond},
		{"minuses", strings.Repeat("-", 100_000), "has too many words for 500 comparisons and functions (at character 8001)", time.Millisecond},
		{"joins", "author:*" + strings.Repeat(" OR author:*", 60), "leads through more than 50 relations in all (at character 601)", 5 * time.Millisecond},
		{"blanks", strings.Repeat(" ", 250_000) + "x", `names "x", which`, 5 * time.Millisecond},
		{"a long text", `title = "` + strings.Repeat("a", 250_000) + `"`, "", 5 * time.Millisecond},
		{"6000 keys", uuids(6000), "", 20 * time.Millisecond},
		{"500 terms", "done = true" + strings.Repeat(" AND done = true", 499), "", 20 * time.Millisecond},
		{"functions that do not end well", strings.Repeat("in(", 31) + "in(a b)" + strings.Repeat(")", 31), "cannot be read", 5 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			best := time.Hour
			for range 10 { // The machine has others to serve.
				start := time.Now()
				_, err := filter.Condition(tt.filter, item, 0, &filter.Params{})
				best = min(best, time.Since(start))
				if got := errText(err); !strings.HasPrefix(got, tt.want) || (tt.want == "") != (got == "") {
					t.Fatalf("error %q, want %q", got, tt.want)
				}
			}
			t.Logf("%d bytes in %v", len(tt.filter), best)
			if best > slow*tt.within {
				t.Errorf("%d bytes took %v, more than %v", len(tt.filter), best, slow*tt.within)
			}
		})
	}
	if _, err := filter.Condition("done AND done = true", item, 0, &filter.Params{Limits: filter.Limits{Bytes: 10}}); errText(err) != "is longer than 10 bytes" {
		t.Errorf("a limit of one's own: %v", err)
	}
}
