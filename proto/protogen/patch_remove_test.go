package protogen

import (
	"bytes"
	"testing"

	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"
)

// TestRemoveLeavesTheRest removes message Gone from files where it shares its
// lines with what someone wrote.
func TestRemoveLeavesTheRest(t *testing.T) {
	for text, want := range map[string]string{
		"// A.\nmessage A {}\n\n// Gone.\nmessage Gone {}\n\nmessage B {}\n": "// A.\nmessage A {}\n\nmessage B {}\n",
		"message A {}\nmessage Gone {} // It says why.\nmessage B {}\n":      "message A {}\nmessage B {}\n",
		"message A {} message Gone {} message B {}\n":                        "message A {}  message B {}\n",
		"message Gone {} message B {}\n":                                     " message B {}\n",
		"message A {} message Gone {\n  int32 a = 1;\n} message B {}\n":      "message A {}  message B {}\n",
		"message A {\n} message Gone {}\n":                                   "message A {\n} \n",
		"message Gone {} /* B. */ message B {}\n":                            " /* B. */ message B {}\n",
	} {
		const head = "syntax = \"proto3\";\n\n"
		s := &source{path: "x.proto", text: []byte(head + text)}
		var err error
		if s.tree, err = parser.Parse(s.path, bytes.NewReader(s.text), reporter.NewHandler(nil)); err != nil {
			t.Fatal(err)
		}
		p := &patch{tree: newTree(s)}
		p.removed = map[int]bool{}
		p.remove(p.nodes["Gone"])
		if got := string(p.apply()); got != head+want {
			t.Errorf("%q\nbecame %q\nwant   %q", text, got, head+want)
		}
	}
}
