package migrations_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/rowgate/rowgate/migrations"
)

// TestFiles holds the sets to their order and their names.
func TestFiles(t *testing.T) {
	version := regexp.MustCompile(`^(supabase|app)/\d{14}_[a-z_]+\.sql$`)
	plain := regexp.MustCompile(`^(setup/\d_(logins|requests|audit)|seed/seed)\.sql$`)
	for _, test := range []struct {
		set  []migrations.File
		name *regexp.Regexp
	}{
		{migrations.Supabase(), version}, {migrations.App(), version}, {migrations.Setup(), plain}, {migrations.Seed(), plain},
	} {
		if len(test.set) == 0 {
			t.Error("a set has no files")
		}
		for i, file := range test.set {
			if !test.name.MatchString(file.Name) {
				t.Errorf("%s is not named like %s", file.Name, test.name)
			}
			if i > 0 && file.Name <= test.set[i-1].Name {
				t.Errorf("%s comes after %s", file.Name, test.set[i-1].Name)
			}
			if strings.TrimSpace(file.SQL) == "" {
				t.Errorf("%s is empty", file.Name)
			}
		}
	}
}
