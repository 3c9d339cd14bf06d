package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/store/storetest"
)

// binary is the program under test, root the repository.
var binary, root string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "rowgate-cmd-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "rowgate")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	_, file, _, _ := runtime.Caller(0)
	root = filepath.Join(filepath.Dir(file), "..", "..")
	return m.Run()
}

// result is what a command printed and its exit code.
type result struct {
	out, errOut string
	code        int
}

// rowgate runs a command in an empty folder, without the environment's
// settings.
func rowgate(t *testing.T, env []string, args ...string) result {
	t.Helper()
	return rowgateIn(t, t.TempDir(), env, args...)
}

// rowgateIn runs a command in a folder.
func rowgateIn(t *testing.T, dir string, env []string, args ...string) result {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir = dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir}, env...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	_ = cmd.Run()
	return result{out.String(), errOut.String(), cmd.ProcessState.ExitCode()}
}

// devServer is a running `rowgate dev`.
type devServer struct {
	cmd            *exec.Cmd
	output         string
	address        string
	database       string
	tokens         []string
	call           string
	stopped        chan struct{}
	restOfTheLines *bytes.Buffer
}

// startDev runs `rowgate dev` in a folder until it has said all that it says.
func startDev(t *testing.T, cwd, dir string) *devServer {
	t.Helper()
	d := &devServer{stopped: make(chan struct{}), restOfTheLines: &bytes.Buffer{}}
	d.cmd = exec.Command(binary, "dev", "--dir", dir, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
	d.cmd.Dir = cwd
	stdout, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	d.cmd.Stderr = os.Stderr
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = d.cmd.Process.Kill()
		<-d.stopped
		// A guardian may still be removing what it kept.
		waitFor(t, "Postgres to end", func() bool { return !answers(d.database) })
	})
	lines := make(chan string)
	go func() {
		defer close(lines)
		s := bufio.NewScanner(stdout)
		s.Buffer(nil, 1<<20)
		for s.Scan() {
			lines <- s.Text()
		}
		_, _ = io.Copy(io.Discard, stdout)
		_ = d.cmd.Wait()
		close(d.stopped)
	}()
	timeout := time.After(2 * time.Minute)
	for !strings.Contains(d.output, "Ctrl-C") {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatalf("rowgate dev ended:\n%s", d.output)
			}
			d.output += line + "\n"
		case <-timeout:
			t.Fatalf("rowgate dev does not start:\n%s", d.output)
		}
	}
	go func() {
		for range lines {
		}
	}()
	find := func(pattern string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(d.output)
		if m == nil {
			t.Fatalf("no %s in:\n%s", pattern, d.output)
		}
		return m[1]
	}
	d.address = find(`gRPC +(\S+)`)
	d.database = find(`database +postgres://[^@]+@([^/]+)/`)
	if m := regexp.MustCompile(`(?s)other rows:\n\n(.*?)\n\n`).FindStringSubmatch(d.output); m != nil {
		d.call = m[1]
	}
	for _, m := range regexp.MustCompile(`(?m)^export TOKEN\d=(\S+)`).FindAllStringSubmatch(d.output, -1) {
		d.tokens = append(d.tokens, m[1])
	}
	return d
}

func answers(address string) bool {
	if address == "" {
		return false
	}
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err == nil {
		c.Close()
	}
	return err == nil
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 600 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("waited in vain for %s", what)
}

// grpcurl runs grpcurl against the server, with nothing but reflection.
func (d *devServer) grpcurl(t *testing.T, token, data string, what ...string) (string, error) {
	t.Helper()
	args := []string{"tool", "-modfile=" + filepath.Join(root, "tools.mod"), "grpcurl", "-plaintext"}
	if token != "" {
		args = append(args, "-H", "authorization: Bearer "+token)
	}
	if data != "" {
		args = append(args, "-d", data)
	}
	cmd := exec.CommandContext(t.Context(), "go", append(append(args, d.address), what...)...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (d *devServer) list(t *testing.T, token, method, field string) []map[string]any {
	t.Helper()
	out, err := d.grpcurl(t, token, `{"page_size": 1000}`, method)
	if err != nil {
		t.Fatalf("%s: %v\n%s", method, err, out)
	}
	var all map[string][]map[string]any
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatalf("%s: %v\n%s", method, err, out)
	}
	return all[field]
}

func TestDev(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dev")
	d := startDev(t, root, dir)
	if len(d.tokens) != 2 {
		t.Fatalf("%d tokens in:\n%s", len(d.tokens), d.output)
	}
	// The printed call works as it is pasted.
	paste := exec.CommandContext(t.Context(), "sh", "-c", d.call)
	paste.Dir = root
	if out, err := paste.CombinedOutput(); err != nil || !strings.Contains(string(out), migrations.Alice) {
		t.Errorf("%s: %v\n%s", d.call, err, out)
	}
	const listItems, listPosts = "app.v1.ItemService/ListItems", "app.v1.PostService/ListPosts"
	for i, owner := range []string{migrations.Alice, migrations.Bob} {
		items := d.list(t, d.tokens[i], listItems, "items")
		if len(items) == 0 {
			t.Errorf("%s has no items", owner)
		}
		for _, item := range items {
			if item["ownerId"] != owner {
				t.Errorf("%s sees an item of %s", owner, item["ownerId"])
			}
		}
	}
	if items := d.list(t, "", listItems, "items"); len(items) != 0 {
		t.Errorf("without a token there are %d items", len(items))
	}
	posts := d.list(t, "", listPosts, "posts")
	if len(posts) == 0 {
		t.Error("without a token there is no post")
	}
	for _, p := range posts {
		if p["published"] != true {
			t.Errorf("without a token there is the unpublished post %s", p["id"])
		}
	}
	everyMethod(t, d)

	made, err := d.grpcurl(t, d.tokens[0], `{"item": {"title": "kept"}}`, "app.v1.ItemService/CreateItem")
	if err != nil {
		t.Fatalf("%v\n%s", err, made)
	}
	// Ctrl-C ends everything, and another start finds the data and believes
	// the token.
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-d.stopped
	if code := d.cmd.ProcessState.ExitCode(); code != 0 || answers(d.database) {
		t.Errorf("after Ctrl-C: exit code %d, Postgres answers: %t", code, answers(d.database))
	}
	again := startDev(t, t.TempDir(), dir)
	found := false
	for _, item := range again.list(t, d.tokens[0], listItems, "items") {
		found = found || item["title"] == "kept"
	}
	if !found {
		t.Error("a second start has lost an item")
	}
	// A crash leaves no Postgres behind.
	if err := again.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "Postgres to end after a crash", func() bool { return !answers(again.database) })
}

// A folder with a contract, migrations and a seed of its own runs those.
func TestDevOwnProject(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"migrations/1_things.sql": `
			create table things (id int primary key, name text not null);
			alter table things enable row level security;
			create policy all_read on things for select to anon, authenticated using (true);`,
		"seed.sql": "insert into things values (1, 'one') on conflict do nothing;",
		"proto/things.proto": `syntax = "proto3";
			package things;
			import "rowgate/v1/options.proto";
			message Thing {
				option (rowgate.v1.relation) = {name: "things"};
				int32 id = 1;
				string name = 2;
			}
			message GetThingRequest { int32 id = 1; }
			service ThingService {
				rpc GetThing(GetThingRequest) returns (Thing) { option (rowgate.v1.method) = {get: {}}; }
			}`,
	} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	d := startDev(t, folder, filepath.Join(t.TempDir(), "dev"))
	out, err := d.grpcurl(t, "", `{"id": 1}`, "things.ThingService/GetThing")
	if err != nil || !strings.Contains(out, `"name": "one"`) {
		t.Errorf("%v\n%s", err, out)
	}
}

// everyMethod lists the services, describes and calls every method with
// grpcurl and reflection alone.
func everyMethod(t *testing.T, d *devServer) {
	t.Helper()
	out, err := d.grpcurl(t, "", "", "list")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	methods := 0
	for _, service := range strings.Fields(out) {
		if !strings.HasPrefix(service, "app.v1.") {
			continue
		}
		out, err := d.grpcurl(t, "", "", "list", service)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, method := range strings.Fields(out) {
			methods++
			if out, err := d.grpcurl(t, "", "", "describe", method); err != nil || !strings.Contains(out, "rowgate.v1.method") {
				t.Errorf("describe %s: %v\n%s", method, err, out)
			}
			// An empty request is an answer, or an error that says why not.
			out, err := d.grpcurl(t, d.tokens[0], "{}", method)
			if err != nil && !strings.Contains(out, "Code: InvalidArgument") && !strings.Contains(out, "Code: NotFound") {
				t.Errorf("%s: %v\n%s", method, err, out)
			}
		}
	}
	if methods != 49 {
		t.Errorf("grpcurl finds %d methods, want 49", methods)
	}
}

func TestServeRefuses(t *testing.T) {
	db := storetest.New(t, exampleApp()...)
	proto := filepath.Join(root, "proto")
	secret := "SUPABASE_JWT_SECRET=a secret of the tests, 32 bytes or more"
	login := "DATABASE_URL=" + db.LoginURL(t, migrations.UserLogin)
	tests := []struct {
		name string
		env  []string
		args []string
		want string
	}{
		{"no database", []string{secret}, []string{"serve", "--proto", proto}, "no database: set DATABASE_URL"},
		{"no identity", []string{login}, []string{"serve", "--proto", proto}, "no way to verify a token: set SUPABASE_URL, SUPABASE_JWT_SECRET or ROWGATE_JWKS_URL"},
		{"a database that is not there", []string{secret, "DATABASE_URL=postgres://rowgate:pw@127.0.0.1:1/x"}, []string{"serve", "--proto", proto}, "the database cannot be read"},
		{"no protos", []string{secret, login}, []string{"serve"}, "the proto folder or image: stat proto: no such file or directory"},
		{"a login that could escalate", []string{secret, "DATABASE_URL=" + db.SuperuserURL()}, []string{"serve", "--proto", proto}, "alter role postgres nosuperuser;"},
		{"an address in use", []string{secret, login}, []string{"serve", "--proto", proto, "--listen", "127.0.0.1:99999"}, "cannot listen on 127.0.0.1:99999"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := rowgate(t, tt.env, tt.args...)
			if got.code != 1 || !strings.Contains(got.errOut, tt.want) {
				t.Errorf("exit code %d, want 1 and %q:\n%s", got.code, tt.want, got.errOut)
			}
		})
	}
}

func exampleApp() []storetest.Migration {
	var all []storetest.Migration
	for _, set := range [][]migrations.File{migrations.Supabase(), migrations.App(), migrations.Setup(), migrations.Seed()} {
		for _, f := range set {
			all = append(all, storetest.Migration(f))
		}
	}
	return all
}

func TestServe(t *testing.T) {
	db := storetest.New(t, exampleApp()...)
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := lis.Addr().String()
	lis.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "serve", "--proto", filepath.Join(root, "proto"), "--listen", address)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+db.LoginURL(t, migrations.UserLogin),
		"SUPABASE_JWT_SECRET=a secret of the tests, 32 bytes or more")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the server", func() bool { return answers(address) })
	d := &devServer{address: address}
	if posts := d.list(t, "", "app.v1.PostService/ListPosts", "posts"); len(posts) == 0 {
		t.Error("no posts")
	}
	out, err := d.grpcurl(t, "", "", "grpc.health.v1.Health/Check")
	if err != nil || !strings.Contains(out, "SERVING") {
		t.Errorf("health: %v\n%s", err, out)
	}
	cancel()
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d after SIGTERM:\n%s", code, errOut.String())
	}
}

func TestCheck(t *testing.T) {
	db := storetest.New(t, exampleApp()...)
	url := "DATABASE_URL=" + db.LoginURL(t, migrations.UserLogin)
	proto := filepath.Join(root, "proto")
	got := rowgate(t, []string{url}, "check", "--proto", proto)
	if want := "49 methods of " + proto + " fit the database, and no way around row level security is open\n"; got.code != 0 || got.out != want {
		t.Errorf("exit code %d, %q, want %q\n%s", got.code, got.out, want, got.errOut)
	}
	for admin, want := range map[string]string{
		db.LoginURL(t, migrations.AdminLogin): "",
		db.SuperuserURL():                     "ways are open around row level security\n",
	} {
		got := rowgate(t, []string{url, "ADMIN_DATABASE_URL=" + admin}, "check", "--proto", proto)
		if !strings.HasSuffix(got.errOut, want) || want == "" && got.code != 0 || strings.Contains(got.out, "admin-superuser") != (want != "") {
			t.Errorf("with an admin's login: exit code %d, %s%s, want %s", got.code, got.out, got.errOut, want)
		}
	}
	if _, err := db.Superuser(t).Exec(t.Context(), "alter table items rename column done to finished"); err != nil {
		t.Fatal(err)
	}
	got = rowgate(t, []string{url}, "check", "--proto", proto)
	want := regexp.MustCompile(`^\S*/app/v1/resources\.proto:\d+:\d+: table public\.items has no column "done"; it has .*finished.*
	breaks app\.v1\.ItemService GetItem, ListItems, StreamItems, AggregateItems, CreateItem, BatchCreateItems, ImportItems, UpdateItem, BatchUpdateItems, UpdateManyItems, DeleteItem, DeleteManyItems

package app\.v1 is behind the database; .rowgate pull --package app\.v1. mends that:
changed \S*/app/v1/resources\.proto

changed:
  public\.items\.finished: was called done; the field done = 7 stays

$`)
	const off = "rowgate: 12 of 49 methods cannot be served; the files are behind the database\n"
	if got.code != 1 || !want.MatchString(got.out) || got.errOut != off {
		t.Errorf("exit code %d:\n%s%s", got.code, got.out, got.errOut)
	}
}

func TestSmallCommands(t *testing.T) {
	if got := rowgate(t, nil, "version"); got.code != 0 || !strings.HasPrefix(got.out, "rowgate ") {
		t.Errorf("version: %+v", got)
	}
	if got := rowgate(t, nil, "setup"); got.code != 0 || !strings.Contains(got.out, "create role rowgate") {
		t.Errorf("setup: %+v", got)
	}
	got := rowgate(t, []string{"SUPABASE_JWT_SECRET=a secret of the tests, 32 bytes or more"}, "token", "--sub", migrations.Alice)
	if got.code != 0 || strings.Count(got.out, ".") != 2 {
		t.Errorf("token: %+v", got)
	}
	got = rowgate(t, nil, "token")
	if got.code != 1 || !strings.Contains(got.errOut, "run `rowgate dev` here") {
		t.Errorf("token without a secret: %+v", got)
	}
	got = rowgate(t, nil, "sevre")
	if got.code != 2 || !strings.Contains(got.errOut, "rowgate --help") {
		t.Errorf("a wrong command: %+v", got)
	}
	for _, command := range []string{"dev", "serve", "check", "token", "key", "setup"} {
		if got := rowgate(t, nil, command, "--help"); got.code != 0 || !strings.Contains(got.out, "Example:") {
			t.Errorf("%s --help: %+v", command, got)
		}
	}
}
