package service_test

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rowgate/rowgate/proto"
)

// docsPage is what a page shows: SQL and a contract of its own, where the example
// lacks something, and calls.
type docsPage struct {
	sql, proto string
	calls      []*docsCall
}

// docsCall is a call and its answer, as a page shows them:
//
//	// PostService/ListPosts as alice
//	{"filter": "published"}
//	// answers
//	{"posts": []}
//	// trailer rowgate-truncated: comments=1
//
// A stream of requests or of answers is several objects. A call that fails has,
// in the answer's place, the comment "fails: CODE: message". In an answer, "…"
// is any value, and any text within a text; as a member's name it says that
// there are others. "$name" is that member of the answer before.
type docsCall struct {
	line              int
	method, as        string
	requests, answers []any
	finds             []string // of a filter, in the answer's place
	fails, message    string
	trailer           string
}

var (
	docsFence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	docsTable = regexp.MustCompile(`(?m)^\| (\w+/\w+) as (anon|alice|bob) \| finds \|.*\n\|[-|]+\n((?:\|.*\n)+)`)
	docsRow   = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]*) \\|")
	docsHead  = regexp.MustCompile(`^// (\w+/\w+) as (anon|alice|bob)$`)
	docsFails = regexp.MustCompile(`(?s)^// fails: ([A-Z_]+): (.*)$`)
)

// filters are the rows of a table whose first column is a filter, as a call
// each; the second is what it finds, by title or name.
func docsFilters(text string) (calls []*docsCall) {
	for _, table := range docsTable.FindAllStringSubmatchIndex(text, -1) {
		line := 2 + strings.Count(text[:table[0]], "\n")
		for row := range strings.Lines(text[table[6]:table[7]]) {
			line++
			c := &docsCall{line: line, method: text[table[2]:table[3]], as: text[table[4]:table[5]]}
			if m := docsRow.FindStringSubmatch(row); m != nil {
				c.requests, c.finds = []any{map[string]any{"filter": m[1]}}, strings.Split(m[2], "; ")
			}
			calls = append(calls, c)
		}
	}
	return calls
}

// parseDocs finds what of a page is run. A block of jsonc that is no call is an
// error, so that a call with a slip in its first line is none that is left out.
func parseDocs(t *testing.T, text string) *docsPage {
	t.Helper()
	page := &docsPage{calls: docsFilters(text)}
	for _, m := range docsFence.FindAllStringSubmatchIndex(text, -1) {
		language, body := text[m[2]:m[3]], text[m[4]:m[5]]
		line := 1 + strings.Count(text[:m[0]], "\n")
		switch language {
		case "sql":
			page.sql += body
		case "proto":
			page.proto += body
		case "jsonc":
			c, err := parseDocsCall(body)
			if err != nil {
				t.Fatalf("line %d: %v", line, err)
			}
			c.line = line
			page.calls = append(page.calls, c)
		default:
			t.Fatalf("line %d: a block of %s, and only sql, proto and jsonc are run", line, language)
		}
	}
	return page
}

func parseDocsCall(body string) (*docsCall, error) {
	head, rest, _ := strings.Cut(body, "\n")
	m := docsHead.FindStringSubmatch(head)
	if m == nil {
		return nil, fmt.Errorf("%q is not a method and who calls it", head)
	}
	c := &docsCall{method: m[1], as: m[2]}
	request, answer, found := strings.Cut(rest, "\n// ")
	if !found {
		return nil, errors.New("no answer")
	}
	var err error
	if c.requests, err = jsonValues(request); err != nil {
		return nil, fmt.Errorf("the request: %w", err)
	}
	answer, c.trailer, _ = strings.Cut(strings.TrimSpace("// "+answer), "\n// trailer ")
	if m := docsFails.FindStringSubmatch(answer); m != nil {
		c.fails, c.message = m[1], strings.ReplaceAll(m[2], "\n// ", " ")
		return c, nil
	}
	answer, found = strings.CutPrefix(answer, "// answers")
	if !found {
		return nil, fmt.Errorf("%q is neither an answer nor an error", answer)
	}
	if c.answers, err = jsonValues(answer); err != nil {
		return nil, fmt.Errorf("the answer: %w", err)
	}
	return c, nil
}

// protos is the example's contract, and the page's.
func (p *docsPage) protos(t *testing.T) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	paths, err := fs.Glob(proto.Example, "app/v1/*.proto")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		data, err := fs.ReadFile(proto.Example, path)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = &fstest.MapFile{Data: data}
	}
	if p.proto != "" {
		files["page/v1/page.proto"] = &fstest.MapFile{Data: []byte(p.proto)}
	}
	return files
}
