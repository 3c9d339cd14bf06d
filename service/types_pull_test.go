package service_test

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	udiff "github.com/aymanbagabas/go-udiff"

	"github.com/rowgate/rowgate/proto/protogen"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/storetest"
)

// pulled are the .proto files that a pull wrote, and the database that it wrote
// them from.
type pulled struct {
	store *store.Store
	files fstest.MapFS
}

// pullTypes pulls the schema types of a database with the migrations into the
// package types.v1.
func pullTypes(t testing.TB, apply []storetest.Migration) *pulled {
	t.Helper()
	db := storetest.New(t, append(exampleApp(), apply...)...)
	st, err := store.Open(t.Context(), store.Config{URL: db.SuperuserURL(), MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	p := &pulled{st, fstest.MapFS{}}
	p.pull(t)
	return p
}

// pull pulls into the files as they are.
func (p *pulled) pull(t testing.TB) {
	t.Helper()
	for _, file := range p.again(t).Files {
		p.files[file.Path] = &fstest.MapFile{Data: file.New}
	}
}

// again is what a pull changes of the files as they are.
func (p *pulled) again(t testing.TB) *protogen.Result {
	t.Helper()
	cat, description, err := p.store.Describe(t.Context(), []string{"types"}, []string{"anon", "authenticated"})
	if err != nil {
		t.Fatal(err)
	}
	have, err := protogen.Read(t.Context(), p.files, "proto", "types.v1")
	if err != nil {
		t.Fatal(err)
	}
	result, err := protogen.Generate(cat, description, have, protogen.Options{Package: "types.v1"})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// settled checks that another pull leaves the files as they are.
func (p *pulled) settled(t testing.TB) {
	t.Helper()
	result := p.again(t)
	for _, file := range result.Files {
		t.Errorf("a second pull changes %s\n%s", file.Path, udiff.Unified("before", "after", string(file.Old), string(file.New)))
	}
	for _, note := range result.Notes {
		if note.Kind != protogen.Skipped {
			t.Errorf("a second pull says: %s: %s", note.Kind, note)
		}
	}
}

func (p *pulled) contract(t testing.TB) *descriptor.Set {
	t.Helper()
	set, err := descriptor.LoadFS(t.Context(), p.files, "proto")
	if err != nil {
		t.Fatal(err)
	}
	return set
}

const (
	resources = "types/v1/resources.proto"
	ownFile   = "types/v1/own.proto"
	values    = "types/v1/types.proto"
)

// edit replaces a text of a file, which must be there once.
func (p *pulled) edit(t testing.TB, file, old, with string) {
	t.Helper()
	text, err := fs.ReadFile(p.files, file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), old); n != 1 {
		t.Fatalf("%s has %d times\n%s\nin\n%s", file, n, old, text)
	}
	p.files[file] = &fstest.MapFile{Data: []byte(strings.Replace(string(text), old, with, 1))}
}

// message is the text of the message for a table.
func (p *pulled) message(t testing.TB, table string) string {
	t.Helper()
	text := string(p.files[resources].Data)
	at := strings.Index(text, fmt.Sprintf("    name: %q\n", table))
	if at < 0 {
		t.Fatalf("%s has no message for %s", resources, table)
	}
	start, end := strings.LastIndex(text[:at], "\nmessage "), strings.Index(text[at:], "\n}\n")
	return text[start+1 : at+end+3]
}

// Fields of messages as a pull writes them, with the options behind the number.
var (
	fieldOf    = regexp.MustCompile(`(?m)^  ((?:optional |repeated )?(?:map<.+>|[\w.]+)) (\w+) = (\d+)( \[(?:[^\]]|\n)*?\])?;`)
	validation = regexp.MustCompile(`(?s),\s+\(buf\.validate\.field\)[^,\]]+`)
	validated  = regexp.MustCompile(`(?s) \[\(buf\.validate\.field\)[^,\]]+\]`)
)

// checkFields holds the fields of the cases' messages against the cases: of all
// but the chosen ones before those were chosen.
func (p *pulled) checkFields(t testing.TB, cases []typeCase, chosen bool) {
	t.Helper()
	for _, c := range cases {
		var fields []string
		for _, field := range fieldOf.FindAllStringSubmatch(p.message(t, c.name), -1) {
			fields = append(fields, field[1]+" "+field[2])
		}
		got, want := fmt.Sprint(fields), fmt.Sprintf("[int32 id %s needed %s maybe]", c.proto, c.maybe())
		switch {
		case !c.chosen && got != want, chosen && got != want:
			t.Errorf("of %s a pull makes %s, want %s", c.sql, got, want)
		case c.chosen && !chosen && got == want:
			t.Errorf("of %s a pull makes %s, which is marked as chosen", c.sql, got)
		}
	}
}

// choose puts what is chosen in the place of what a pull has proposed, as
// someone does who edits a file, and pulls again, which keeps it.
func (p *pulled) choose(t testing.TB, cases []typeCase) {
	t.Helper()
	p.checkFields(t, cases, false)
	for _, c := range cases {
		if !c.chosen {
			continue
		}
		message := p.message(t, c.name)
		p.edit(t, resources, message, fieldOf.ReplaceAllStringFunc(message, func(field string) string {
			m := fieldOf.FindStringSubmatch(field)
			typ := map[string]string{"id": m[1], "needed": c.proto, "maybe": c.maybe()}[m[2]]
			// The rules of the proposed type do not fit another.
			options := validated.ReplaceAllString(validation.ReplaceAllString(m[4], ""), "")
			return fmt.Sprintf("  %s %s = %s%s;", typ, m[2], m[3], options)
		}))
	}
	var imports strings.Builder
	for _, file := range slices.Sorted(maps.Keys(chosenImports)) {
		text := string(p.files[resources].Data)
		if strings.Contains(text, chosenImports[file]) && !strings.Contains(text, `import "`+file+`"`) {
			fmt.Fprintf(&imports, "import %q;\n", file)
		}
	}
	const first = `import "google/api/field_behavior.proto";` + "\n"
	p.edit(t, resources, first, first+imports.String())
	p.pull(t)
	p.checkFields(t, cases, true)
}

// ownMood gives a value of an enum a name and a number of someone's own.
func ownMood(t testing.TB, p *pulled) { p.edit(t, values, "MOOD_IT_S_FINE = 3", "MOOD_FINE = 70") }

// ownTypes adds a file of someone's own.
func ownTypes(_ testing.TB, p *pulled) { p.files[ownFile] = &fstest.MapFile{Data: []byte(own)} }

// chosenImports has the files of types that no pull proposes.
var chosenImports = map[string]string{
	"google/type/decimal.proto": "google.type.Decimal",
	"rowgate/v1/array.proto":    "rowgate.v1.Array",
	ownFile:                     "OwnInstants",
}
