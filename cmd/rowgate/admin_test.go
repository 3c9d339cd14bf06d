package main_test

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/migrations"
	adminv1 "github.com/rowgate/rowgate/proto/gen/rowgate/admin/v1"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/service/transport/transporttest"
	"github.com/rowgate/rowgate/store/storetest"
)

// newKey is a key of `rowgate key`, and its line of the policy.
func newKey(t *testing.T) (key, line string) {
	t.Helper()
	got := rowgate(t, nil, "key")
	m := regexp.MustCompile(`^key: +(\S+)\npolicy: +(\S+)\n$`).FindStringSubmatch(got.out)
	if got.code != 0 || m == nil {
		t.Fatalf("key: %+v", got)
	}
	return m[1], m[2]
}

func TestKey(t *testing.T) {
	key, line := newKey(t)
	sum := sha256.Sum256([]byte(key))
	if line != "sha256:"+hex.EncodeToString(sum[:]) || len(key) < 40 {
		t.Errorf("the key %q has the line %q", key, line)
	}
	if other, _ := newKey(t); other == key {
		t.Error("two keys are the same")
	}
}

// adminEnv adds the admin path to an environment.
func adminEnv(t *testing.T, db *storetest.Database, env []string) []string {
	t.Helper()
	return append(env, "ADMIN_DATABASE_URL="+db.LoginURL(t, migrations.AdminLogin),
		"ROWGATE_ADMIN_LISTEN=127.0.0.1:0", "ROWGATE_ADMIN_POLICY=admin.yaml")
}

// policy is a policy with a key of support, which may do what is said, and a
// certificate and service_role tokens of others, who may do all.
func policy(line, allow string) string {
	return `principals:
  - name: support
    keys: ["` + line + `"]
    allow: [` + allow + `]
    act_as: [authenticated]
  - name: job
    certificates: ["spiffe://example.org/job"]
    allow: ["*/*"]
  - name: dashboard
    tokens: [{}]
    allow: ["*/*"]
`
}

const serving, servingAdmin = "msg=serving path=user", "msg=serving path=admin"

// Both paths in one process: who may what, as whom, and what the audit has.
func TestServeAdmin(t *testing.T) {
	db := storetest.New(t, exampleApp()...)
	folder := t.TempDir()
	key, line := newKey(t)
	write(t, folder, "admin.yaml", policy(line, "app.v1.ItemService/List*"))
	ca := transporttest.NewAuthority(t, "internal")
	cert, certKey := ca.Server(t).Write(t, folder)
	clients := transporttest.WriteFile(t, folder, "clients.pem", ca.PEM)
	p := startServe(t, folder, adminEnv(t, db, userEnv(t, db)), []string{
		"--admin-tls-cert", cert, "--admin-tls-key", certKey, "--admin-tls-client-ca", clients,
	}, serving, servingAdmin)
	address := p.address(t, "admin")
	conn := connect(t, address, credentials.NewTLS(&tls.Config{RootCAs: ca.Pool()}))
	support := servicetest.As(t.Context(), key)

	wantOwners(support, t, conn, migrations.Alice, migrations.Bob)
	asAlice := metadata.AppendToOutgoingContext(support, "rowgate-act-as", `{"role":"authenticated","sub":"`+migrations.Alice+`"}`)
	wantOwners(asAlice, t, conn, migrations.Alice)
	wantCode(t.Context(), t, conn, codes.Unauthenticated, "")
	wantCode(servicetest.As(t.Context(), strings.ToLower(key)), t, conn, codes.Unauthenticated, "")
	wantCode(servicetest.As(t.Context(), servicetest.Token(t, migrations.Alice)), t, conn, codes.PermissionDenied, "")

	// A certificate, and a token of the project's service_role.
	shown := ca.Client(t, "spiffe://example.org/job").TLS(t)
	job := connect(t, address, credentials.NewTLS(&tls.Config{RootCAs: ca.Pool(), Certificates: []tls.Certificate{shown}}))
	wantOwners(t.Context(), t, job, migrations.Alice, migrations.Bob)
	token := rowgate(t, []string{"SUPABASE_JWT_SECRET=" + servicetest.Secret}, "token", "--role", "service_role")
	service := servicetest.As(t.Context(), strings.TrimSpace(token.out))
	wantOwners(service, t, conn, migrations.Alice, migrations.Bob)
	wantCode(service, t, connect(t, p.address(t, "user"), nil), codes.PermissionDenied, "")

	// The policy is read anew, and a broken one is not used.
	getStatus := func() codes.Code {
		_, err := adminv1.NewAdminServiceClient(conn).GetStatus(support, &adminv1.GetStatusRequest{})
		return status.Code(err)
	}
	if code := getStatus(); code != codes.PermissionDenied {
		t.Errorf("GetStatus without a rule: %s", code)
	}
	write(t, folder, "admin.yaml", policy(line, `"*/List*", rowgate.admin.v1.AdminService/GetStatus`))
	p.hangup(t)
	if code := getStatus(); code != codes.OK {
		t.Errorf("GetStatus with a rule: %s", code)
	}
	write(t, folder, "admin.yaml", "principles: []\n")
	p.hangup(t)
	if !strings.Contains(p.logged(), "admin.yaml:1") {
		t.Errorf("no word of the broken policy in the log:\n%s", p.logged())
	}
	if code := getStatus(); code != codes.OK {
		t.Errorf("GetStatus after a broken policy: %s", code)
	}

	for principal, want := range map[string]int{"support": 2, "job": 1, "dashboard": 1} {
		var n int
		err := db.Superuser(t).QueryRow(t.Context(), "select count(distinct call_id) from rowgate.audit "+
			"where principal = $1 and method = 'app.v1.ItemService/ListItems' and event = 'done'", principal).Scan(&n)
		if err != nil || n != want {
			t.Errorf("the audit has %d calls of %s, want %d: %v", n, principal, want, err)
		}
	}
}

// Without ADMIN_DATABASE_URL nothing of the admin path is there, and the
// database has no connection of its login.
func TestServeUserPathAlone(t *testing.T) {
	db := storetest.New(t, exampleApp()...)
	p := startServe(t, t.TempDir(), userEnv(t, db), []string{"--admin-policy", "not-there.yaml"}, serving)
	conn := connect(t, p.address(t, "user"), nil)
	alice := servicetest.As(t.Context(), servicetest.Token(t, migrations.Alice))
	wantOwners(alice, t, conn, migrations.Alice)
	_, err := adminv1.NewAdminServiceClient(conn).GetStatus(alice, &adminv1.GetStatusRequest{})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("AdminService on the user path: %v", err)
	}
	var logins []string
	if err := db.Superuser(t).QueryRow(t.Context(), `select array_agg(distinct usename::text) from pg_stat_activity
		where datname = current_database() and pid <> pg_backend_pid()`).Scan(&logins); err != nil {
		t.Fatal(err)
	}
	if len(logins) != 1 || logins[0] != migrations.UserLogin {
		t.Errorf("the database has connections of %v", logins)
	}
	if strings.Contains(p.logged(), "path=admin") {
		t.Errorf("the log:\n%s", p.logged())
	}
}

// The admin path alone; acting as users takes the users' login.
func TestServeAdminOnly(t *testing.T) {
	db := storetest.New(t, exampleApp()...)
	folder := t.TempDir()
	key, line := newKey(t)
	write(t, folder, "admin.yaml", policy(line, `"*/*"`))
	proto := "ROWGATE_PROTO=" + filepath.Join(root, "proto")
	support := servicetest.As(t.Context(), key)
	asBob := metadata.AppendToOutgoingContext(support, "rowgate-act-as", `{"role":"authenticated","sub":"`+migrations.Bob+`"}`)
	for _, withUsers := range []bool{false, true} {
		env := adminEnv(t, db, []string{proto})
		if withUsers {
			env = append(env, "DATABASE_URL="+db.LoginURL(t, migrations.UserLogin))
		}
		p := startServe(t, folder, env, []string{"--admin-only"}, servingAdmin)
		if strings.Contains(p.logged(), serving) {
			t.Errorf("the user path is served:\n%s", p.logged())
		}
		conn := connect(t, p.address(t, "admin"), nil)
		wantOwners(support, t, conn, migrations.Alice, migrations.Bob)
		if withUsers {
			wantOwners(asBob, t, conn, migrations.Bob)
		} else {
			wantCode(asBob, t, conn, codes.FailedPrecondition, "DATABASE_URL")
		}
		// No way to verify a token is set, so none is believed.
		token := servicetest.Sign(t, servicetest.Secret, auth.Claims{Role: "service_role", TTL: time.Hour})
		wantCode(servicetest.As(t.Context(), token), t, conn, codes.Unauthenticated, "")
		p.stop(t)
	}
}

func TestServeRefusesAdmin(t *testing.T) {
	db := storetest.New(t, exampleApp()...)
	folder := t.TempDir()
	_, line := newKey(t)
	write(t, folder, "admin.yaml", policy(line, `"*/*"`))
	write(t, folder, "broken.yaml", "principals:\n  - name: a\n    allowed: []\n")
	user, admin := db.LoginURL(t, migrations.UserLogin), db.LoginURL(t, migrations.AdminLogin)
	env := adminEnv(t, db, userEnv(t, db))
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no policy", []string{"--admin-policy="}, "no policy says who may use it: name one with --admin-policy"},
		{"a policy that is not there", []string{"--admin-policy=missing.yaml"}, "missing.yaml: no such file"},
		{"a broken policy", []string{"--admin-policy=broken.yaml"}, "broken.yaml:3: "},
		{"no database", []string{"--admin-only", "--admin-database-url="}, "--admin-only without a database: set ADMIN_DATABASE_URL"},
		{"one login", []string{"--admin-database-url=" + user}, `DATABASE_URL and ADMIN_DATABASE_URL both log in as "rowgate": `},
		{"one admin login", []string{"--database-url=" + admin}, `DATABASE_URL and ADMIN_DATABASE_URL both log in as "rowgate_admin": `},
		{"a superuser", []string{"--admin-database-url=" + db.SuperuserURL()}, "is a superuser"},
		{"off loopback", []string{"--admin-listen=0.0.0.0:0"}, "--admin-listen 0.0.0.0:0 can be reached from other machines, " +
			"which would send tokens in plain text: give --admin-tls-cert"},
		{"TLS by half", []string{"--admin-tls-key=a.pem"}, "TLS lacks its certificate: set --admin-tls-cert"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := rowgateIn(t, folder, env, append([]string{"serve"}, tt.args...)...)
			if got.code != 1 || !strings.Contains(got.errOut, tt.want) {
				t.Errorf("exit code %d, want 1 and %q:\n%s", got.code, tt.want, got.errOut)
			}
		})
	}
}

// rowgate dev has an admin path to try things out with.
func TestDevAdmin(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dev")
	d := startDev(t, t.TempDir(), dir)
	find := func(pattern string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(d.output)
		if m == nil {
			t.Fatalf("no %s in:\n%s", pattern, d.output)
		}
		return m[1]
	}
	key := find(`export ADMIN_KEY=(\S+)`)
	conn := connect(t, find(`admin +(\S+)`), nil)
	developer := servicetest.As(t.Context(), key)
	wantOwners(developer, t, conn, migrations.Alice, migrations.Bob)
	wantOwners(metadata.AppendToOutgoingContext(developer, "rowgate-act-as", `{"role":"authenticated","sub":"`+migrations.Bob+`"}`),
		t, conn, migrations.Bob)
	token := rowgate(t, nil, "token", "--role", "service_role", "--dir", dir)
	wantOwners(servicetest.As(t.Context(), strings.TrimSpace(token.out)), t, conn, migrations.Alice, migrations.Bob)
	if _, err := adminv1.NewAdminServiceClient(conn).ReloadSchema(developer, &adminv1.ReloadSchemaRequest{}); err != nil {
		t.Errorf("ReloadSchema: %v", err)
	}
	// The call that is printed is made with the key that is printed.
	if !strings.Contains(d.output, `-H "authorization: Bearer `+key+`" -H "rowgate-reason: trying it out"`) {
		t.Errorf("no call to paste in:\n%s", d.output)
	}
}
