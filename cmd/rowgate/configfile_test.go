package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store/storetest"
)

// write writes a file of a folder.
func write(t *testing.T, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// A file in the folder says all, with a second issuer and an exception.
func TestConfigurationFile(t *testing.T) {
	db := storetest.New(t, append(exampleApp(),
		storetest.Migration{Name: "open.sql", SQL: "alter table public.posts disable row level security, no force row level security;"})...)
	folder := t.TempDir()
	write(t, folder, "secret", servicetest.Secret+"\n")
	env := []string{"SUPABASE_JWT_SECRET_FILE=" + filepath.Join(folder, "secret")}
	settings := `
database-url: ` + db.LoginURL(t, migrations.UserLogin) + `
proto: ` + filepath.Join(root, "proto") + `
listen: 127.0.0.1:0
issuers:
  - issuer: https://login.example.com/
    secret: the secret of the second issuer, 32 bytes
    fixed-role: authenticated
    rename: {"/https:~1~1example.com~1user": sub}
`
	write(t, folder, "rowgate.yaml", strings.Replace(settings, ": sub", ": role", 1))
	if got, want := rowgateIn(t, folder, env, "serve"), "rowgate: rowgate.yaml:6: Rename: "; got.code != 1 || !strings.Contains(got.errOut, want) {
		t.Errorf("a wrong rename: exit code %d, want 1 and %q\n%s", got.code, want, got.errOut)
	}
	write(t, folder, "rowgate.yaml", settings)
	got := rowgateIn(t, folder, env, "serve")
	if got.code != 1 || !strings.Contains(got.errOut, "table-without-rls") {
		t.Errorf("a table without policies: exit code %d\n%s", got.code, got.errOut)
	}
	settings += `allow:
  - {rule: table-without-rls, object: public.posts, reason: everybody may read all posts}
`
	write(t, folder, "rowgate.yaml", settings)
	p := startServe(t, folder, env, nil, "msg=serving")
	for _, want := range []string{"everybody may read all posts", "the configuration file holds secrets"} {
		if !strings.Contains(p.logged(), want) {
			t.Errorf("no %q in the log:\n%s", want, p.logged())
		}
	}
	conn := connect(t, p.address(t, "user"), nil)
	wantOwners(servicetest.As(t.Context(), servicetest.Token(t, migrations.Alice)), t, conn, migrations.Alice)
	second := servicetest.Sign(t, "the secret of the second issuer, 32 bytes", auth.Claims{
		Issuer: "https://login.example.com/", Subject: "auth0|1", TTL: time.Hour,
		Extra: map[string]any{"https://example.com/user": migrations.Bob},
	})
	wantOwners(servicetest.As(t.Context(), second), t, conn, migrations.Bob)
	// check allows the same; that the comments of the pulled files say otherwise
	// is all that it finds.
	got = rowgateIn(t, folder, env, "check")
	if !strings.Contains(got.out, "allowed: everybody may read all posts") || !strings.HasSuffix(got.errOut, "rowgate: the files are behind the database\n") {
		t.Errorf("check: exit code %d\n%s%s", got.code, got.out, got.errOut)
	}

	// What is wrong is told with file and line before anything is done.
	write(t, folder, "rowgate.yaml", settings+"lisen: 127.0.0.1:1\n")
	got = rowgateIn(t, folder, env, "serve")
	if want := "rowgate: rowgate.yaml:12: there is no key \"lisen\"; did you mean listen?\n"; got.code != 2 || got.errOut != want {
		t.Errorf("exit code %d, %q, want %q", got.code, got.errOut, want)
	}
}
