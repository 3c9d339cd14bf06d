package protogen_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/proto/protogen"
)

// A method that was deleted stays away: when its request was left, and when
// the service's option names the function.
func TestDeletedFunctions(t *testing.T) {
	t.Parallel()
	p := newProject(t, `
		create function first(a int) returns int language sql as 'select a';
		create function second(a int) returns int language sql as 'select a';
		create function third() returns int language sql as 'select 3'`)
	p.pull(t)
	text := p.text(t, "functions.proto")
	rpc := between(t, text, "  // Calls public.first(", "  // Calls public.second(")
	p.edit(t, "functions.proto", rpc, "")
	p.settledBut(t, "public.first(integer): gets no method, since the files do without it")

	text = p.text(t, "functions.proto")
	for _, part := range []string{
		between(t, text, "  // Calls public.second(", "  // Calls public.third("),
		between(t, text, "// FirstRequest ", "// ThirdRequest "),
	} {
		p.edit(t, "functions.proto", part, "")
	}
	p.edit(t, "functions.proto", "service FunctionService {\n", `service FunctionService {
  option (rowgate.v1.service) = {
    without: "public.first"
    without: "second"
  };

`)
	p.settledBut(t,
		"public.first(integer): gets no method, since the files do without it",
		"public.second(integer): gets no method, since the files do without it")
	p.linted(t)
}

// between is the part of a text from one mark to the next.
func between(t testing.TB, text, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, from)
	part, _, closed := strings.Cut(rest, to)
	if !ok || !closed {
		t.Fatalf("no %q and %q in\n%s", from, to, text)
	}
	return from + part
}

// settledBut checks that another pull changes nothing and says that some
// things are kept.
func (p *project) settledBut(t testing.TB, kept ...string) {
	t.Helper()
	r := p.generate(t)
	for _, f := range r.Files {
		t.Errorf("%s changes:\n%s", f.Path, difference(string(f.Old), string(f.New)))
	}
	var got []string
	for _, n := range r.Notes {
		if n.Kind == protogen.Kept {
			got = append(got, n.String())
		}
	}
	if diff := cmp.Diff(kept, got); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}
