package auth

import (
	"net/http"
	"testing"
	"time"
)

func TestFreshness(t *testing.T) {
	for _, tc := range []struct {
		name   string
		header http.Header
		want   time.Duration
		ok     bool
	}{
		{"nothing", http.Header{}, 0, false},
		{"other directives", http.Header{"Cache-Control": {"public, must-revalidate, s-maxage=60, x-max-age=60"}}, 0, false},
		{"max-age", http.Header{"Cache-Control": {"public, max-age=600"}}, 10 * time.Minute, true},
		{"in another case", http.Header{"Cache-Control": {"Public,Max-Age=600"}}, 10 * time.Minute, true},
		{"in quotes", http.Header{"Cache-Control": {`max-age="600"`}}, 10 * time.Minute, true},
		{"in two fields", http.Header{"Cache-Control": {"public", "max-age=600"}}, 10 * time.Minute, true},
		{"twice", http.Header{"Cache-Control": {"max-age=600, max-age=60"}}, time.Minute, true},
		{"before Expires", http.Header{"Cache-Control": {"max-age=600"}, "Expires": {"0"}}, 10 * time.Minute, true},
		{"held by a cache", http.Header{"Cache-Control": {"max-age=600"}, "Age": {"500"}}, 100 * time.Second, true},
		{"held too long", http.Header{"Cache-Control": {"max-age=600"}, "Age": {"700"}}, 0, true},
		{"an Age that is none", http.Header{"Cache-Control": {"max-age=600"}, "Age": {"-1"}}, 10 * time.Minute, true},
		{"not to be kept", http.Header{"Cache-Control": {"max-age=600, no-store"}}, 0, true},
		{"to be asked for", http.Header{"Cache-Control": {"no-cache"}}, 0, true},
		{"for some fields, which is more than asked", http.Header{"Cache-Control": {`no-cache="set-cookie"`}}, 0, true},
		{"zero", http.Header{"Cache-Control": {"max-age=0"}}, 0, true},
		{"negative", http.Header{"Cache-Control": {"max-age=-1"}}, 0, true},
		{"no number", http.Header{"Cache-Control": {"max-age=1e9"}}, 0, true},
		{"empty", http.Header{"Cache-Control": {"max-age"}}, 0, true},
		{"beyond an int64", http.Header{"Cache-Control": {"max-age=99999999999999999999"}}, 1 << 31 * time.Second, true},
		{"Expires", http.Header{"Expires": {noon.Add(time.Minute).Format(http.TimeFormat)}}, time.Minute, true},
		{"Expires by the server's clock", http.Header{"Expires": {noon.Add(time.Minute).Format(http.TimeFormat)}, "Date": {noon.Add(30 * time.Second).Format(http.TimeFormat)}}, 30 * time.Second, true},
		{"Expires in the past", http.Header{"Expires": {noon.Add(-time.Minute).Format(http.TimeFormat)}}, 0, true},
		{"Expires is no date", http.Header{"Expires": {"0"}}, 0, true},
	} {
		got, ok := freshness(tc.header, noon)
		if got != tc.want || ok != tc.ok {
			t.Errorf("%s: %s, %v; want %s, %v", tc.name, got, ok, tc.want, tc.ok)
		}
	}
}

// TestNextFetch bounds what an answer says of itself.
func TestNextFetch(t *testing.T) {
	for _, tc := range []struct {
		name    string
		control string
		refresh time.Duration
		want    time.Duration
	}{
		{"within the bounds", "max-age=120", 10 * time.Minute, 2 * time.Minute},
		{"too long", "max-age=86400", 10 * time.Minute, 10 * time.Minute},
		{"too short", "max-age=1", 10 * time.Minute, 30 * time.Second},
		{"not at all", "no-store", 10 * time.Minute, 30 * time.Second},
		{"not said", "", 10 * time.Minute, 10 * time.Minute},
		{"the configuration wants it sooner", "max-age=1", 5 * time.Second, 5 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			issuer := newIssuer(t, func(w http.ResponseWriter, _ *http.Request) {
				if tc.control != "" {
					w.Header().Set("Cache-Control", tc.control)
				}
				_, _ = w.Write(set(t))
			})
			v, err := New(t.Context(), Config{JWKSURL: issuer.URL, Refresh: tc.refresh, Logger: quiet})
			if err != nil {
				t.Fatal(err)
			}
			r := v.sources[0].remote
			eventually(t, "the first fetch", func() bool { return r.keys() != nil })
			for range 100 {
				if wait := r.wait(); wait > tc.want || wait < tc.want*8/10-1 {
					t.Fatalf("the next fetch is in %s, want %s or a little less", wait, tc.want)
				}
			}
		})
	}
}
