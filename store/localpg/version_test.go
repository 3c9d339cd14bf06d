//go:build linux || darwin

package localpg

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseVersion(t *testing.T) {
	for answer, want := range map[string]string{
		"postgres (PostgreSQL) 15.16 (Debian 15.16-0+deb12u1)\n": "15.16 15 <nil>",
		"postgres (PostgreSQL) 9.6.24":                           "9.6.24 9 <nil>",
		"postgres (PostgreSQL) 18beta1":                          "18beta1 18 <nil>",
		"postgres (PostgreSQL) 19devel\n":                        "19devel 19 <nil>",
		"postgres (PostgreSQL) devel":                            ` 0 "postgres (PostgreSQL) devel" is not a version of Postgres`,
		"postgres (EnterpriseDB) 15.1":                           ` 0 "postgres (EnterpriseDB) 15.1" is not a version of Postgres`,
		"":                                                       ` 0 "" is not a version of Postgres`,
	} {
		version, major, err := parseVersion(answer)
		if got := fmt.Sprintf("%s %d %v", version, major, err); got != want {
			t.Errorf("%q gave %s, want %s", answer, got, want)
		}
	}
}

func FuzzParseVersion(f *testing.F) {
	f.Add("postgres (PostgreSQL) 15.16 (Debian 15.16-0+deb12u1)\n")
	f.Add("postgres (PostgreSQL) 99999999999999999999")
	f.Fuzz(func(t *testing.T, answer string) {
		version, major, err := parseVersion(answer)
		if err != nil {
			if major != 0 || version != "" {
				t.Errorf("%q gave %q and %d with an error", answer, version, major)
			}
			return
		}
		if major < 0 || strings.Contains(version, " ") || !utf8.ValidString(answer) && !strings.Contains(answer, version) {
			t.Errorf("%q gave %q and %d", answer, version, major)
		}
	})
}
