package protogen_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/proto/protogen"
)

// TestGenerators pulls an odd schema, and has code made of it that compiles.
func TestGenerators(t *testing.T) {
	t.Parallel()
	sql, err := os.ReadFile("testdata/generators.sql")
	if err != nil {
		t.Fatal(err)
	}
	p := newProject(t, string(sql), "public", "Second Schema")
	if keep := os.Getenv("ROWGATE_TEST_KEEP"); keep != "" {
		t.Cleanup(func() {
			if err := os.CopyFS(filepath.Join(keep, "generators"), os.DirFS(p.path("proto/app"))); err != nil {
				t.Error(err)
			}
		})
	}
	r := p.pull(t)
	for _, n := range said(r, protogen.Breaking, protogen.Gone, protogen.Added, protogen.Changed, protogen.Kept) {
		t.Errorf("a first pull says: %s", n)
	}
	leftOut := []string{`left out: Second Schema.overloaded("Second Schema".item): it takes a row of "Second Schema".item, which only a query has`}
	if diff := cmp.Diff(leftOut, said(r, protogen.Skipped)); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
	p.compile(t)
	p.linted(t)
	p.settled(t)
	p.checked(t)
	t.Run("go", func(t *testing.T) {
		t.Parallel()
		p.generatesGo(t)
	})
	t.Run("typescript", func(t *testing.T) {
		t.Parallel()
		p.generatesTypeScript(t)
	})
}

// generated has buf generate code with a template.
func (p *project) generated(t *testing.T, template string, args ...string) {
	t.Helper()
	if out, err := p.buf(t, append([]string{"generate", "--template", template}, args...)...); err != nil {
		t.Fatalf("buf generate: %v\n%s", err, out)
	}
}

// generatesGo vets what the generators for Go, gRPC and REST write,
// in a module that has rowgate's dependencies.
func (p *project) generatesGo(t *testing.T) {
	dir := t.TempDir()
	p.generated(t, `{"version": "v2", "plugins": [
		{"local": "`+tool(t, "protoc-gen-go")+`", "out": "`+dir+`", "opt": "paths=source_relative"},
		{"local": "`+tool(t, "protoc-gen-go-grpc")+`", "out": "`+dir+`", "opt": "paths=source_relative"},
		{"local": "`+tool(t, "protoc-gen-grpc-gateway")+`", "out": "`+dir+`", "opt": "paths=source_relative"}
	]}`, "--path", "proto/app")
	for _, name := range []string{"item.pb.go", "item_grpc.pb.go", "item.pb.gw.go"} {
		if _, err := os.Stat(filepath.Join(dir, "app/v1", name)); err != nil {
			t.Error(err)
		}
	}
	rowgate, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	const gateway = "github.com/grpc-ecosystem/grpc-gateway/v2"
	version := regexp.MustCompile(regexp.QuoteMeta(gateway) + ` (v\S+)`).FindStringSubmatch(readFile(t, filepath.Join(root, "tools.mod")))
	if version == nil {
		t.Fatalf("tools.mod does not require %s", gateway)
	}
	writeFile(t, filepath.Join(dir, "go.mod"), `module example.com/gen

go 1.26.0

require (
	github.com/rowgate/rowgate v0.0.0
	`+gateway+" "+version[1]+`
)

replace github.com/rowgate/rowgate => `+rowgate+"\n")
	writeFile(t, filepath.Join(dir, "go.sum"), readFile(t, filepath.Join(root, "go.sum"))+readFile(t, filepath.Join(root, "tools.sum")))
	// It checks the types as the compiler does, and makes no machine code.
	if out, err := runIn(t, dir, "go", "vet", "-mod=mod", "./..."); err != nil {
		t.Errorf("go vet: %v\n%s", err, out)
	}
}

// generatesTypeScript checks the types of what the generator for TypeScript
// writes, for the files that are imported as well.
func (p *project) generatesTypeScript(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json"} {
		writeFile(t, filepath.Join(dir, name), readFile(t, filepath.Join("testdata/typescript", name)))
	}
	if out, err := runIn(t, dir, "npm", "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"); err != nil {
		if errors.Is(err, exec.ErrNotFound) || unreachable.MatchString(out) {
			t.Skipf("the generator for TypeScript comes from npm, which is not to be had: %v\n%s", err, out)
		}
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	p.generated(t, `{"version": "v2", "plugins": [
		{"local": ["node", "`+dir+`/node_modules/@bufbuild/protoc-gen-es/bin/protoc-gen-es"], "out": "`+dir+`/gen", "opt": ["target=ts", "import_extension=js"], "include_imports": true}
	]}`, "--path", "proto/app")
	for _, name := range []string{"app/v1/item_pb.ts", "app/v1/resources_pb.ts", "rowgate/v1/options_pb.ts", "buf/validate/validate_pb.ts"} {
		if _, err := os.Stat(filepath.Join(dir, "gen", name)); err != nil {
			t.Error(err)
		}
	}
	writeFile(t, filepath.Join(dir, "tsconfig.json"), `{
		"compilerOptions": {"strict": true, "noEmit": true, "target": "es2022", "module": "nodenext", "types": []},
		"include": ["gen"]
	}`)
	if out, err := runIn(t, dir, "node", "node_modules/typescript/bin/tsc"); err != nil {
		t.Errorf("tsc: %v\n%s", err, out)
	}
}

// unreachable is what npm prints when it cannot reach the registry.
var unreachable = regexp.MustCompile(`ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT`)

// runIn runs a program in a folder and returns what it prints.
func runIn(t *testing.T, dir, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
