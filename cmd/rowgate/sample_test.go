package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

const sampleSecret = "a secret of the tests, 32 bytes or more"

// sample is a database of testdata with a folder that is pulled from it.
type sample struct {
	db  *storetest.Database
	dir string
	env []string
}

// newSample makes a database from the files of testdata/NAME, after others.
func newSample(t *testing.T, name string, before ...storetest.Migration) *sample {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", name, "*.sql"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("testdata/%s: %d files, %v", name, len(paths), err)
	}
	all := before
	for _, path := range paths {
		sql, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, storetest.Migration{Name: path, SQL: string(sql)})
	}
	all = append(all, storetest.Migrations(migrations.Setup())...)
	s := &sample{db: storetest.New(t, all...), dir: t.TempDir()}
	s.env = []string{
		"DIRECT_URL=" + s.db.SuperuserURL(), "DATABASE_URL=" + s.db.LoginURL(t, migrations.UserLogin),
		"SUPABASE_JWT_SECRET=" + sampleSecret,
		// Where `pull --migrations` finds a Postgres, or the one that was
		// downloaded for the tests.
		"HOME=" + os.Getenv("HOME"), "ROWGATE_PG_BIN=" + os.Getenv("ROWGATE_PG_BIN"),
	}
	// What the sample means so, beside its files.
	allow, err := os.ReadFile(filepath.Join("testdata", name, "rowgate.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "rowgate.yaml"), allow, 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// checks runs `rowgate check`, compares the last line that it prints, and wants
// every finding that is allowed told with its reason.
func (s *sample) checks(t *testing.T, want string, allowed int) {
	t.Helper()
	want += fmt.Sprintf(" but for the %d allowed\n", allowed)
	out := s.rowgate(t, 0, "check").out
	if n := strings.Count(out, "\n    allowed: "); !strings.HasSuffix(out, want) || n != allowed {
		t.Errorf("rowgate check prints\n%s\nwant %d findings allowed and, at its end,\n%s", out, allowed, want)
	}
}

// rowgate runs a command in the sample's folder and checks its exit code.
func (s *sample) rowgate(t *testing.T, code int, args ...string) result {
	t.Helper()
	got := rowgateIn(t, s.dir, s.env, args...)
	if got.code != code {
		t.Fatalf("rowgate %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got.code, code, got.out, got.errOut)
	}
	return got
}

// prints runs a command and compares what it prints with the exit code.
func (s *sample) prints(t *testing.T, code int, want string, args ...string) {
	t.Helper()
	got := s.rowgate(t, code, args...)
	if all := got.out + got.errOut; all != want {
		t.Errorf("rowgate %s prints\n%s\nwant\n%s", strings.Join(args, " "), all, want)
	}
}

// token signs a token as `rowgate token` does.
func (s *sample) token(t *testing.T, id, email string) string {
	t.Helper()
	return strings.TrimSpace(s.rowgate(t, 0, "token", "--sub", id, "--email", email).out)
}

func (s *sample) migrate(t *testing.T, sql string) {
	t.Helper()
	if _, err := s.db.Superuser(t).PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatal(err)
	}
}

// client calls a running `rowgate serve` with the messages of the folder.
type client struct {
	contract *descriptor.Set
	conn     *grpc.ClientConn
}

// serve runs `rowgate serve` on what the folder has until the test ends.
func (s *sample) serve(t *testing.T, args ...string) *client {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := lis.Addr().String()
	lis.Close()
	cmd := exec.CommandContext(t.Context(), binary, append([]string{"serve", "--listen", address}, args...)...)
	cmd.Dir, cmd.Env = s.dir, append(os.Environ(), s.env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		if t.Failed() {
			t.Logf("the server said:\n%s", errOut.String())
		}
	})
	waitFor(t, "the server", func() bool { return answers(address) })
	contract, err := descriptor.Load(t.Context(), filepath.Join(s.dir, "proto"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &client{contract, conn}
}

// call calls a method of app.v1 with a request as JSON and returns the answer
// as JSON, or the error.
func (c *client) call(t *testing.T, token, path, request string) (string, error) {
	t.Helper()
	d, err := c.contract.Files.FindDescriptorByName(protoreflect.FullName("app.v1." + strings.ReplaceAll(path, "/", ".")))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	method := d.(protoreflect.MethodDescriptor)
	in, out := dynamicpb.NewMessage(method.Input()), dynamicpb.NewMessage(method.Output())
	if err := protojson.Unmarshal([]byte(request), in); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	ctx := t.Context()
	if token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	}
	if err := c.conn.Invoke(ctx, "/app.v1."+path, in, out); err != nil {
		return "", err
	}
	text, err := protojson.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	return b.String(), nil
}

// varying matches what is another at each run: when a row was made or changed,
// and a full-text index's words, which the server's version knows to stem.
var varying = regexp.MustCompile(`,"(createdAt|updatedAt|joinedAt|search|fulltext)":"[^"]*"|,"lastUpdate":\{[^}]*\}`)

// want calls a method and compares the answer, without what varies.
func (c *client) want(t *testing.T, token, path, request, want string) {
	t.Helper()
	got, err := c.call(t, token, path, request)
	if err != nil {
		t.Errorf("%s %s: %v", path, request, err)
		return
	}
	if got = varying.ReplaceAllString(got, ""); got != want {
		t.Errorf("%s %s\n got %s\nwant %s", path, request, got, want)
	}
}

// refused calls a method that has to fail with a code.
func (c *client) refused(t *testing.T, token, path, request string, code codes.Code) {
	t.Helper()
	got, err := c.call(t, token, path, request)
	if status.Code(err) != code {
		t.Errorf("%s %s: %s, %v; want %s", path, request, got, err, code)
	}
}

// field calls a method and returns a text of its answer, found by a pattern.
func (c *client) field(t *testing.T, token, path, request, pattern string) string {
	t.Helper()
	got, err := c.call(t, token, path, request)
	if err != nil {
		t.Fatalf("%s %s: %v", path, request, err)
	}
	m := regexp.MustCompile(pattern).FindStringSubmatch(got)
	if m == nil {
		t.Fatalf("%s %s: no %s in %s", path, request, pattern, got)
	}
	return m[1]
}

// postgresVersion is the major version of the tests' server.
func postgresVersion(t *testing.T) int {
	t.Helper()
	conn := storetest.New(t).Superuser(t)
	var version int
	err := conn.QueryRow(t.Context(), "select current_setting('server_version_num')::int4 / 10000").Scan(&version)
	if err != nil {
		t.Fatal(err)
	}
	return version
}
