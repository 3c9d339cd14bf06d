package config

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/store/safety"
)

// commandLine is the settings of a command, and another command.
type commandLine struct {
	File
	Log
	Serve struct {
		Database
		Identity
		Server
		TLS
		Admin
	} `cmd:""`
	Other struct {
		Colour string `env:"ROWGATE_TEST_COLOUR" enum:"red,blue" default:"red"`
		Roles  string
		Once   bool
	} `cmd:""`
}

// parse reads a command line in a folder that has that rowgate.yaml.
func parse(t *testing.T, file string, args ...string) (*commandLine, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if file != "" {
		if err := os.WriteFile("rowgate.yaml", []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := &commandLine{}
	parser, err := kong.New(c, kong.Exit(func(int) {}), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(append([]string{"serve"}, args...))
	return c, err
}

func TestFile(t *testing.T) {
	t.Setenv("ROWGATE_POOL_SIZE", "7")
	t.Setenv("ROWGATE_HEADERS", "")
	c, err := parse(t, `# a comment
database-url: &db postgres://rowgate@localhost/postgres
admin_database_url: *db
listen: 127.0.0.1:1
pool-size: 3            # the environment has 7
admin-pool-size: 9
log-level: debug
reflection: false
headers: [x-tenant]     # the environment has none
roles: [anon, "tell,er"]
audience: 12
stream-patience: 1m30s
max-filter-terms: 5
colour: blue
issuers:
  - issuer: https://example.eu.auth0.com/
    jwks_url: https://example.eu.auth0.com/.well-known/jwks.json
    audience: api
    role_claim: app_metadata.role
    roles: [authenticated]
    refresh: 5m
    rename: {"https://example.com/org_id": tenant}
  - issuer: https://securetoken.google.com/p
    jwks-url: https://example.com/keys
    audience: [p, q]
    fixed-role: authenticated
  - {issuer: ops, secret: a secret of the tests 32 bytes or more, service-role: true}
allow:
  - {rule: table-without-rls, object: public.countries, reason: "reference data"}
`, "--listen", "127.0.0.1:2")
	if err != nil {
		t.Fatal(err)
	}
	s := c.Serve
	got := []any{
		s.DatabaseURL, s.AdminDatabaseURL, s.Listen, s.PoolSize, s.AdminPoolSize, c.LogLevel.String(), s.Reflection, len(s.Headers),
		s.Roles, s.Audience, s.StreamPatience, s.Server.Filter.Terms, s.Server.Filter.Values,
	}
	want := []any{
		"postgres://rowgate@localhost/postgres", "postgres://rowgate@localhost/postgres", "127.0.0.1:2", int32(7), int32(9), "DEBUG", false, 0,
		[]string{"anon", "tell,er"},
		"12", 90 * time.Second, 5, 10000,
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("setting %d is %v, want %v", i, got[i], want[i])
		}
	}
	if want := []safety.Exception{{Rule: safety.TableWithoutRLS, Object: "public.countries", Reason: "reference data"}}; !reflect.DeepEqual(c.Allow(), want) {
		t.Errorf("allow is %v, want %v", c.Allow(), want)
	}
	users, err := s.Auth(c.File, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantIssuers := []auth.Issuer{
		{
			Issuer: "https://example.eu.auth0.com/", JWKSURL: "https://example.eu.auth0.com/.well-known/jwks.json",
			Audiences: []string{"api"}, RoleClaim: "app_metadata.role", Roles: []string{"authenticated"}, Refresh: 5 * time.Minute,
			Rename: map[string]string{"https://example.com/org_id": "tenant"},
		},
		{Issuer: "https://securetoken.google.com/p", JWKSURL: "https://example.com/keys", Audiences: []string{"p", "q"}, FixedRole: "authenticated"},
	}
	if !reflect.DeepEqual(users.Issuers, wantIssuers) || users.ServiceRole {
		t.Errorf("issuers are %+v, want %+v", users.Issuers, wantIssuers)
	}
	admins, any, err := s.AdminAuth(c.File, nil)
	if err != nil || !any {
		t.Fatal(any, err)
	}
	if len(admins.Issuers) != 1 || admins.Issuers[0].Issuer != "ops" || !admins.ServiceRole || len(admins.Roles) != 0 || admins.AnonRole != "" {
		t.Errorf("the admin path's tokens are %+v", admins)
	}
}

// What is wrong is told with file and line, all of it.
func TestFileErrors(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"unknown", "listen: x\nadmin-lisen: y\n", `rowgate.yaml:2: there is no key "admin-lisen"; did you mean admin-listen?`},
		{"nothing near", "proxy_everything_twice: y\n", `rowgate.yaml:1: there is no key "proxy_everything_twice"` + "\n"},
		{"twice", "pool-size: 1\npool_size: 2\n", "rowgate.yaml:2: pool_size is there already, on line 1"},
		{"a wrong value", "\npool-size: many\n", `rowgate.yaml:2: pool-size: expected a valid 32 bit int but got "many"`},
		{"a wrong time", "stream-patience: 5\n", "rowgate.yaml:1: stream-patience: "},
		{"another command's", "colour: green\n", `rowgate.yaml:1: colour is "green"; it can be red, blue`},
		{"a list", "listen: [a, b]\n", "rowgate.yaml:1: listen takes one value, and not a list"},
		{"a list of lists", "roles: [[a]]\n", "rowgate.yaml:1: roles takes a list of single values"},
		{"a mapping", "listen: {a: b}\n", "rowgate.yaml:1: listen takes a value, and not a mapping"},
		{"nothing", "listen:\n", "rowgate.yaml:1: listen has no value; take the line out for the default"},
		{"no mapping", "- a\n", "rowgate.yaml:1: this should be a mapping, KEY: VALUE"},
		{"itself", "config: other.yaml\n", `rowgate.yaml:1: there is no key "config"`},
		{"of one call", "once: true\n", `rowgate.yaml:1: there is no key "once"`},
		{"help", "help: true\n", `rowgate.yaml:1: there is no key "help"`},
		{"no YAML", "a: b\n  c: [\n", "rowgate.yaml:2: "},
		{"two documents", "listen: a\n---\nlisten: b\n", "a second document begins here"},
		{"a merge", "<<: {listen: a}\n", `rowgate.yaml:1: there is no key "<<"`},
		{"issuer's key", "issuers:\n- issuer: a\n  jwks_ur: b\n", `rowgate.yaml:3: there is no key "jwks_ur"; did you mean jwks-url?`},
		{"no issuer", "issuers:\n- jwks_url: b\n", "rowgate.yaml:2: an issuer lacks the key issuer"},
		{"no keys", "issuers:\n- issuer: b\n", "rowgate.yaml:2: the issuer b lacks its keys"},
		{"issuers", "issuers: {issuer: a}\n", "rowgate.yaml:1: issuers is a list"},
		{"an issuer", "issuers: [a]\n", "rowgate.yaml:1: this should be a mapping"},
		{"refresh", "issuers:\n- {issuer: a, secret: b, refresh: 5}\n", `rowgate.yaml:2: refresh is "5" and no time`},
		{"rename", "issuers:\n- {issuer: a, secret: b, rename: c}\n", "rowgate.yaml:2: rename is a mapping"},
		{"service-role", "issuers:\n- {issuer: a, secret: b, service-role: perhaps}\n", "rowgate.yaml:2: service-role is true or false"},
		{"a rule", "allow:\n- {rule: nothing, object: a, reason: b}\n", `rowgate.yaml:2: an exception is for the rule "nothing", which there is not`},
		{"no reason", "allow:\n- {rule: table-without-rls, object: a}\n", "rowgate.yaml:2: the exception for table-without-rls of a has no reason"},
		{"an exception's key", "allow:\n- {rul: a}\n", `rowgate.yaml:2: there is no key "rul"; did you mean rule?`},
		{"all of it", "lisen: a\npool-size: b\n", "rowgate.yaml:1: there is no key \"lisen\"; did you mean listen?\nrowgate.yaml:2: pool-size: "},
	}
	for _, tt := range tests {
		_, err := parse(t, tt.file)
		if err == nil || !strings.Contains(err.Error()+"\n", tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestWhichFile(t *testing.T) {
	for _, file := range []string{"", "# nothing\n", "---\n"} {
		c, err := parse(t, file)
		if err != nil || c.Serve.Listen != "127.0.0.1:50051" {
			t.Errorf("with the file %q: %v, listen is %s", file, err, c.Serve.Listen)
		}
	}
	other := filepath.Join(t.TempDir(), "other.yaml")
	if err := os.WriteFile(other, []byte("listen: 127.0.0.1:3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := parse(t, "listen: 127.0.0.1:4", "--config", other); err != nil || c.Serve.Listen != "127.0.0.1:3" {
		t.Errorf("--config: %v, listen is %s", err, c.Serve.Listen)
	}
	if _, err := parse(t, "", "--config", "missing.yaml"); err == nil || !strings.Contains(err.Error(), "missing.yaml") {
		t.Errorf("a file that is not there: %v", err)
	}
	t.Setenv("ROWGATE_CONFIG", other)
	if c, err := parse(t, "listen: 127.0.0.1:4"); err != nil || c.Serve.Listen != "127.0.0.1:3" {
		t.Errorf("ROWGATE_CONFIG: %v, listen is %s", err, c.Serve.Listen)
	}
}

func TestSecretFiles(t *testing.T) {
	mounted := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(mounted, []byte("from the mount\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SUPABASE_JWT_SECRET_FILE", mounted)
	if c, err := parse(t, "jwt-secret: of the file"); err != nil || c.Serve.JWTSecret != "from the mount" {
		t.Errorf("%v, the secret is %q", err, c.Serve.JWTSecret)
	}
	if c, err := parse(t, "", "--jwt-secret", "of the flag"); err != nil || c.Serve.JWTSecret != "of the flag" {
		t.Errorf("%v, the secret is %q", err, c.Serve.JWTSecret)
	}
	t.Setenv("SUPABASE_JWT_SECRET", "of the variable")
	if _, err := parse(t, ""); err == nil || !strings.Contains(err.Error(), "SUPABASE_JWT_SECRET and SUPABASE_JWT_SECRET_FILE are both set") {
		t.Errorf("both: %v", err)
	}
	t.Setenv("SUPABASE_JWT_SECRET_FILE", "")
	t.Setenv("DATABASE_URL_FILE", "/nowhere/secret")
	if _, err := parse(t, ""); err == nil || !strings.Contains(err.Error(), "DATABASE_URL_FILE: open /nowhere/secret") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// What the page shows of the file can be read.
func TestPageExamples(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/configuration.md") // before parse leaves the folder
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 2 {
		t.Fatalf("the page has %d examples", len(blocks))
	}
	for _, block := range blocks {
		c, err := parse(t, block[1], "--tls-client-ca", "x")
		if err != nil {
			t.Errorf("%v\n%s", err, block[1])
			continue
		}
		identity, err := c.Serve.Auth(c.File, slog.New(slog.DiscardHandler))
		identity.HTTPClient = &http.Client{Transport: offline{}}
		if err == nil {
			_, err = auth.New(t.Context(), identity)
		}
		if err != nil {
			t.Errorf("%v\n%s", c.Locate(err, false), block[1])
		}
	}
}

// offline reaches nobody.
type offline struct{}

func (offline) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("offline") }
