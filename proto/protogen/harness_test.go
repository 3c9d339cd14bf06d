package protogen_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	udiff "github.com/aymanbagabas/go-udiff"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/proto"
	"github.com/rowgate/rowgate/proto/protogen"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/safety"
	"github.com/rowgate/rowgate/store/storetest"
)

// root is the repository.
const root = "../.."

// extensions makes those that there are, with types of the type table.
const extensions = `do $$ declare e text; begin
	for e in select name from pg_available_extensions where name in ('citext', 'hstore', 'ltree', 'vector') loop
		execute format('create extension %I schema extensions', e);
	end loop;
end $$`

// project is a database and a module of .proto files pulled from it.
type project struct {
	db   *storetest.Database
	conn *pgx.Conn
	// dir holds buf.yaml and the folder proto.
	dir     string
	schemas []string
	store   *store.Store
}

const pkg = "app.v1"

// newProject makes a database with the roles of Supabase and what the SQL
// adds, and a module without files of its own.
func newProject(t testing.TB, sql string, schemas ...string) *project {
	t.Helper()
	base := append(storetest.Migrations(migrations.Supabase(), migrations.Setup()), storetest.Migration{Name: "extensions", SQL: extensions})
	p := &project{db: storetest.New(t, base...), dir: t.TempDir(), schemas: schemas}
	if len(schemas) == 0 {
		p.schemas = []string{"public"}
	}
	p.conn = p.db.Superuser(t)
	p.exec(t, sql)
	p.store = openStore(t, p.db.SuperuserURL())
	config, err := os.ReadFile(filepath.Join(root, "buf.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p.put(t, "buf.yaml", config)
	err = fs.WalkDir(proto.Imports, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(proto.Imports, name)
		p.put(t, "proto/"+name, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func openStore(t testing.TB, url string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{URL: url, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	return st
}

// exec runs SQL as the superuser.
func (p *project) exec(t testing.TB, sql string) {
	t.Helper()
	if _, err := p.conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
}

func (p *project) path(name string) string { return filepath.Join(p.dir, filepath.FromSlash(name)) }

// put writes a file, or removes it when the text is nil.
func (p *project) put(t testing.TB, name string, text []byte) {
	t.Helper()
	var err error
	if text == nil {
		err = os.Remove(p.path(name))
	} else if err = os.MkdirAll(filepath.Dir(p.path(name)), 0o755); err == nil {
		err = os.WriteFile(p.path(name), text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// text is a file of the package.
func (p *project) text(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(p.path("proto/app/v1/" + name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// edit replaces a text of a file of the package, which must be there once.
func (p *project) edit(t testing.TB, name, old, with string) {
	t.Helper()
	text := p.text(t, name)
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("%s has %d times\n%s\nin\n%s", name, n, old, text)
	}
	p.put(t, "proto/app/v1/"+name, []byte(strings.Replace(text, old, with, 1)))
}

// files are the package's files, by their paths below proto.
func (p *project) files(t testing.TB) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(p.path("proto")), "app", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(p.path("proto/" + name))
		files[name] = string(text)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return files
}

// generate works out what a pull would do.
func (p *project) generate(t testing.TB, change ...func(*protogen.Options)) *protogen.Result {
	t.Helper()
	cat, description, err := p.store.Describe(t.Context(), p.schemas, []string{"anon", "authenticated"})
	if err != nil {
		t.Fatal(err)
	}
	have, err := protogen.Read(t.Context(), os.DirFS(p.path("proto")), "proto", pkg)
	if err != nil {
		t.Fatal(err)
	}
	opts := protogen.Options{Package: pkg, GoPackage: "example.com/gen/app/v1;appv1"}
	for _, f := range change {
		f(&opts)
	}
	r, err := protogen.Generate(cat, description, have, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// pull generates and writes the files.
func (p *project) pull(t testing.TB, change ...func(*protogen.Options)) *protogen.Result {
	t.Helper()
	r := p.generate(t, change...)
	for _, f := range r.Files {
		p.put(t, "proto/"+f.Path, f.New)
	}
	return r
}

func prune(o *protogen.Options)    { o.Prune = true }
func comments(o *protogen.Options) { o.Comments = true }
func methods(o *protogen.Options)  { o.Methods = true }

// settled checks that another pull changes nothing and has nothing to say but
// what it leaves out.
func (p *project) settled(t testing.TB) {
	t.Helper()
	r := p.generate(t)
	for _, f := range r.Files {
		t.Errorf("a second pull changes %s:\n%s", f.Path, difference(string(f.Old), string(f.New)))
	}
	for _, n := range r.Notes {
		if n.Kind != protogen.Skipped {
			t.Errorf("a second pull says: %s: %s", n.Kind, n)
		}
	}
}

// compile reads the files as the server does.
func (p *project) compile(t testing.TB) *descriptor.Set {
	t.Helper()
	set, err := descriptor.Load(t.Context(), p.path("proto"))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// login is a store as the server's own login.
func (p *project) login(t testing.TB) *store.Store {
	t.Helper()
	return openStore(t, p.db.LoginURL(t, migrations.UserLogin))
}

// checked holds the files against the database, as `rowgate check` does.
func (p *project) checked(t testing.TB) {
	t.Helper()
	for _, problem := range p.problems(t) {
		t.Errorf("check: %s", problem)
	}
}

func (p *project) problems(t testing.TB) []string {
	t.Helper()
	st := p.login(t)
	defer st.Close()
	report, err := service.Check(t.Context(), st, p.compile(t), []string{"anon", "authenticated"}, safety.AllowObjects("a fixture of a test")...)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, problem := range report.Problems {
		all = append(all, problem.String())
	}
	for _, finding := range report.Findings {
		all = append(all, finding.String())
	}
	return all
}

// secret signs the tokens of tests.
const secret = "a secret of the tests, 32 bytes or more"

// serve starts a server over the files on a free port.
func (p *project) serve(t testing.TB, set *descriptor.Set) *grpc.ClientConn {
	t.Helper()
	verifier, err := auth.New(t.Context(), auth.Config{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := service.New(t.Context(), service.Config{Store: p.login(t), Verifier: verifier, Contract: set, Allow: safety.AllowObjects("a fixture of a test")})
	if err != nil {
		t.Fatal(err)
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(lis) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		srv.GracefulStop(ctx)
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// as is a context for calls as a role, anon's without a token.
func as(t testing.TB, role string) context.Context {
	t.Helper()
	if role == "anon" {
		return t.Context()
	}
	token, err := auth.SignHS256(secret, auth.Claims{Subject: migrations.Alice, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	return metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)
}

// tool is the path of a program that tools.mod pins, built when it is not.
func tool(t testing.TB, name string) string {
	t.Helper()
	built, _ := tools.LoadOrStore(name, sync.OnceValues(func() (string, error) {
		cmd := exec.Command("go", "tool", "-n", "-modfile=tools.mod", name)
		cmd.Dir = root
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}))
	path, err := built.(func() (string, error))()
	if err != nil {
		t.Fatalf("building %s: %v", name, err)
	}
	return path
}

var tools sync.Map // name -> func() (string, error)

// buf runs buf in the module and returns what it prints.
func (p *project) buf(t testing.TB, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool(t, "buf"), args...)
	cmd.Dir = p.dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// linted checks that buf finds nothing to say, and that the files are written
// as it would format them.
func (p *project) linted(t testing.TB) {
	t.Helper()
	if out, err := p.buf(t, "lint"); err != nil {
		t.Errorf("buf lint: %v\n%s", err, out)
	}
	if out, err := p.buf(t, "format", "--diff", "--path", "proto/app"); err != nil || out != "" {
		t.Errorf("buf format: %v\n%s", err, out)
	}
}

// said are the notes of some kinds, as lines.
func said(r *protogen.Result, kinds ...protogen.Kind) []string {
	var all []string
	for _, n := range r.Notes {
		if len(kinds) == 0 && n.Kind != protogen.Skipped || slices.Contains(kinds, n.Kind) {
			all = append(all, fmt.Sprintf("%s: %s", n.Kind, n))
		}
	}
	return all
}

// difference is what changed in a file, as a unified diff.
func difference(old, with string) string { return udiff.Unified("before", "after", old, with) }

// golden holds a text against a file of testdata. ROWGATE_UPDATE=1 writes the
// file anew.
func golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("ROWGATE_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; ROWGATE_UPDATE=1 writes it", err)
	}
	if got != string(want) {
		t.Errorf("%s differs; ROWGATE_UPDATE=1 takes over what is right:\n%s", path, difference(string(want), got))
	}
}
