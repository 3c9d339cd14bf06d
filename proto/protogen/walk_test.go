package protogen_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/rowgate/rowgate/proto/protogen"
)

// step is a change of a schema, with the options of the pull after it.
type step struct {
	name, sql string
	options   []func(*protogen.Options)
}

// TestWalk takes a schema through its changes, with a pull after each. What
// older clients have must go on being understood, and what each pull says and
// writes is in testdata/walk.txt.
func TestWalk(t *testing.T) {
	t.Parallel()
	p := newProject(t, walkSchema)
	p.pull(t)
	p.settled(t)
	generations, h := []*generation{p.generation(t, "the start")}, history{}
	h.extend(t, generations[0])
	var spoken []string
	for i, s := range walkSteps {
		if t.Failed() {
			t.Fatal("the steps to come would have another beginning")
		}
		t.Run(s.name, func(t *testing.T) {
			p.exec(t, s.sql)
			r := p.pull(t, s.options...)
			p.quiet(t)
			g := p.generation(t, s.name)
			g.result = r
			fmt.Fprintf(&g.report, "## %s\n\n", s.name)
			for _, note := range newNotes(r, spoken) {
				fmt.Fprintln(&g.report, note)
			}
			for _, problem := range withoutPositions(p.problems(t)) {
				fmt.Fprintln(&g.report, "rowgate check:", problem)
			}
			spoken = said(r)
			h.understands(t, generations, g)
			generations = append(generations, g)
			// What a step writes stays for the next ones, so now and then will do.
			if i%10 == 9 || i == len(walkSteps)-1 {
				p.linted(t)
			}
		})
	}
	t.Run("buf breaking", func(t *testing.T) {
		for i, g := range generations[1:] {
			if len(g.result.Files) > 0 {
				t.Run(g.name, func(t *testing.T) {
					t.Parallel()
					p.breaks(t, generations[i], g)
				})
			}
		}
	})
	var all strings.Builder
	for _, g := range generations[1:] {
		all.WriteString(g.report.String() + "\n")
		for _, f := range g.result.Files {
			all.WriteString(changed(f) + "\n")
		}
	}
	golden(t, "walk.txt", all.String())
}

// changed is what a pull does to a file. Of a file that comes or goes it is the
// name alone.
func changed(f protogen.File) string {
	switch {
	case f.Old == nil:
		return "new: " + f.Path + "\n"
	case f.New == nil:
		return "removed: " + f.Path + "\n"
	}
	_, diff, _ := strings.Cut(difference(string(f.Old), string(f.New)), "+++ after\n")
	return "changed: " + f.Path + "\n" + diff
}

// newNotes are the notes that were not said before.
func newNotes(r *protogen.Result, before []string) []string {
	return slices.DeleteFunc(said(r), func(n string) bool { return slices.Contains(before, n) })
}

// withoutPositions takes file, line and column off lines.
func withoutPositions(lines []string) []string {
	for i, line := range lines {
		lines[i] = position.ReplaceAllString(line, "")
	}
	return lines
}

var position = regexp.MustCompile(`^[^ ]+:\d+:\d+: ?`)

// quiet checks that another pull changes nothing, and says again only what
// waits for someone.
func (p *project) quiet(t *testing.T) {
	t.Helper()
	r := p.generate(t)
	for _, f := range r.Files {
		t.Errorf("a second pull changes %s:\n%s", f.Path, difference(string(f.Old), string(f.New)))
	}
	for _, n := range r.Notes {
		switch n.Kind {
		case protogen.Skipped, protogen.Gone, protogen.Kept:
		default:
			t.Errorf("a second pull says: %s: %s", n.Kind, n)
		}
	}
}

// breaks holds a generation of files against the one before, and checks that
// the pull has warned where the wire breaks.
func (p *project) breaks(t *testing.T, before, after *generation) {
	t.Helper()
	dir := t.TempDir()
	was, is := filepath.Join(dir, "before.binpb"), filepath.Join(dir, "after.binpb")
	before.image(t, was)
	after.image(t, is)
	out, err := p.buf(t, "breaking", is, "--against", was, "--path", "app", "--config", "buf.yaml")
	if out = strings.TrimSpace(out); err == nil && out == "" {
		return
	}
	if len(said(after.result, protogen.Breaking)) == 0 {
		t.Errorf("no note says that it breaks: %v\n%s", err, out)
	}
	for _, line := range withoutPositions(strings.Split(out, "\n")) {
		fmt.Fprintln(&after.report, "buf breaking:", line)
	}
}

// image writes the files as buf reads them, compiled.
func (g *generation) image(t *testing.T, name string) {
	t.Helper()
	set := &descriptorpb.FileDescriptorSet{}
	added := map[string]bool{}
	var add func(protoreflect.FileDescriptor)
	add = func(file protoreflect.FileDescriptor) {
		if added[file.Path()] {
			return
		}
		added[file.Path()] = true
		for i := range file.Imports().Len() {
			add(file.Imports().Get(i))
		}
		set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
	}
	g.set.Files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		add(file)
		return true
	})
	data, err := proto.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestCopyOfADatabase pulls from a copy in which columns are numbered anew, as
// pg_dump makes it.
func TestCopyOfADatabase(t *testing.T) {
	t.Parallel()
	dump, err := exec.LookPath("pg_dump")
	if err != nil {
		t.Skip("there is no pg_dump on the PATH to make the copy with")
	}
	p := newProject(t, walkSchema)
	p.pull(t)
	for _, s := range walkSteps {
		p.exec(t, s.sql)
		p.pull(t, append(s.options, prune, methods)...)
	}
	p.quiet(t)
	notes := said(p.generate(t))
	out, err := exec.CommandContext(t.Context(), dump, "--schema-only", "--schema=public", "--no-owner", p.db.SuperuserURL()).CombinedOutput()
	if err != nil {
		t.Skipf("pg_dump is not of the server's version: %s", out)
	}
	var sql strings.Builder
	// The dump has each table's grants; a Supabase project would add its own.
	for _, kind := range []string{"tables", "sequences", "routines"} {
		fmt.Fprintf(&sql, "alter default privileges in schema public revoke all on %s from anon, authenticated, service_role, rowgate_admin;\n", kind)
	}
	for line := range strings.Lines(string(out)) {
		// psql's own commands, and what a database has from the start.
		if !strings.HasPrefix(line, `\`) && !strings.HasPrefix(line, "CREATE SCHEMA public;") {
			sql.WriteString(line)
		}
	}
	copied := newProject(t, sql.String())
	if a, b := p.numbers(t), copied.numbers(t); a == b {
		t.Error("the copy has the columns' numbers, and shows nothing")
	}
	copied.dir = p.dir
	r := copied.generate(t)
	for _, f := range r.Files {
		t.Errorf("%s changes:\n%s", f.Path, difference(string(f.Old), string(f.New)))
	}
	if diff := cmp.Diff(notes, said(r)); diff != "" {
		t.Errorf("notes (-original +copy):\n%s", diff)
	}
	copied.checked(t)
}

func (p *project) numbers(t *testing.T) string {
	t.Helper()
	return fmt.Sprint(p.query(t, `select attrelid::regclass, attname, attnum from pg_attribute
		where attrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r') and attnum > 0 and not attisdropped
		order by 1, 2`))
}
