package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rowgate/rowgate/store/storetest"
)

// What a pull cannot work with it names, and writes nothing.
func TestPullRefuses(t *testing.T) {
	db := storetest.New(t, exampleApp()...)
	url := "DIRECT_URL=" + db.SuperuserURL()
	tests := []struct {
		name, env string
		args      []string
		code      int
		want      string
	}{
		{"no database", "X=", nil, 1, "no database: set --url, DIRECT_URL or DATABASE_URL"},
		{"a database that is not there", "DIRECT_URL=postgres://postgres@127.0.0.1:1/x", nil, 1, "the database cannot be read: "},
		{"an unknown schema", url, []string{"--schema", "pubic"}, 1, `the database has no schema "pubic"; it has auth, extensions, public`},
		{"no schema", url, []string{"--schema", ""}, 1, "no schema: name at least one with --schema or ROWGATE_SCHEMAS"},
		{
			"an unknown role", url,
			[]string{"--roles", "rowgate_test_nobody"},
			1,
			`the database has no role "rowgate_test_nobody": name the roles of the callers, or create it` + "\n" +
				`--roles names them; to create it: create role "rowgate_test_nobody" nologin; and grant it what its callers may do`,
		},
		{"no role", url, []string{"--roles", ""}, 1, "no role: name at least one with --roles or ROWGATE_ROLES"},
		{"a package that is none", url, []string{"--package", "App-1"}, 1, `"App-1" is no package: write small letters with dots between, such as app.v1`},
		{"a pattern that is none", url, []string{"--tables", "["}, 1, `the pattern "[": syntax error in pattern`},
		{"a pattern of nothing", url, []string{"--tables", "itmes"}, 1, "no relation or function of public is called itmes"},
		{
			"a role without grants", url,
			[]string{"--roles", "pg_monitor"},
			1,
			"there is nothing that pg_monitor may use: grant it to them, for instance grant select on TABLE to pg_monitor, or name other roles with --roles",
		},
		{"no migrations", "X=", []string{"--migrations", "nowhere"}, 1, "the migrations: stat nowhere: no such file or directory"},
		{"two modes", url, []string{"--check", "--diff"}, 2, "--check and --diff can't be used together"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			got := rowgateIn(t, dir, []string{tt.env}, append([]string{"pull"}, tt.args...)...)
			if got.code != tt.code || !strings.HasPrefix(got.errOut, "rowgate: ") || !strings.Contains(got.errOut, tt.want) {
				t.Errorf("exit code %d, want %d and %q:\n%s", got.code, tt.code, tt.want, got.errOut)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("it wrote %v, %v", left, err)
			}
		})
	}
}

// A folder whose files do not compile is left as it is: what is not understood
// could not be kept.
func TestPullKeepsWhatItCannotRead(t *testing.T) {
	db := storetest.New(t, exampleApp()...)
	for _, tt := range []struct{ text, want string }{
		{
			"syntax = \"proto3\";\npackage app.v1;\nmessage Item {\n  int32 a = 1;\n  int32 b = 1;\n}\n",
			"rowgate: the files that are there must compile before they can be kept in step:\n" +
				"proto/app/v1/item.proto:5:13: message app.v1.Item: fields a and b both have the same tag 1\n",
		},
		{
			"syntax = \"proto3\";\npackage shop.v1;\n",
			"rowgate: proto/app/v1/item.proto is of package shop.v1 and lies in the folder of app.v1: move it, or pull with --package shop.v1\n",
		},
	} {
		dir := t.TempDir()
		name := filepath.Join(dir, "proto", "app", "v1", "item.proto")
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(tt.text), 0o644); err != nil {
			t.Fatal(err)
		}
		got := rowgateIn(t, dir, []string{"DIRECT_URL=" + db.SuperuserURL()}, "pull")
		if got.code != 1 || got.errOut != tt.want || got.out != "" {
			t.Errorf("exit code %d:\n%s%swant %s", got.code, got.out, got.errOut, tt.want)
		}
		files, _ := filepath.Glob(filepath.Join(dir, "proto", "*", "*", "*"))
		if text, err := os.ReadFile(name); err != nil || string(text) != tt.text || len(files) != 1 {
			t.Errorf("%v, %v:\n%s", files, err, text)
		}
	}
}

// What files of an older rowgate lack is said where a pull ends, and added by
// --methods.
func TestPullOverFormerFiles(t *testing.T) {
	db := storetest.New(t, exampleApp()...)
	env, dir := []string{"DIRECT_URL=" + db.SuperuserURL()}, t.TempDir()
	const hint = "the files lack methods or fields that they could have: `rowgate pull --methods` adds them, to services of before as well\n"
	pull := func(says bool, args ...string) {
		t.Helper()
		got := rowgateIn(t, dir, env, append([]string{"pull"}, args...)...)
		if got.code != 0 || strings.HasSuffix(got.out, hint) != says {
			t.Errorf("pull %v: exit code %d, it ends in the hint: want %t\n%s%s", args, got.code, says, got.out, got.errOut)
		}
	}
	pull(false)
	name := filepath.Join(dir, "proto", "app", "v1", "transactions.proto")
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	pull(true)
	pull(false, "--methods")
	if _, err := os.Stat(name); err != nil {
		t.Error(err)
	}
	pull(false)
}
