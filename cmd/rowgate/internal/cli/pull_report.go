package cli

import (
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	udiff "github.com/aymanbagabas/go-udiff"

	"github.com/rowgate/rowgate/proto/protogen"
)

// changes counts files in words.
func changes(files []protogen.File) string {
	states := map[string]int{}
	for _, f := range files {
		states[strings.TrimSpace(stateOf(f))]++
	}
	var parts []string
	for _, s := range []string{"new", "changed", "removed"} {
		if states[s] > 0 {
			parts = append(parts, count(states[s], "file ", "files ")+s)
		}
	}
	if len(parts) == 0 {
		return "nothing to change"
	}
	return strings.Join(parts, ", ")
}

// The kinds of notes, those that need someone's eye first. drifted are those
// about what the files do not know of the database.
var (
	drifted  = []protogen.Kind{protogen.Breaking, protogen.Gone, protogen.Changed, protogen.Added}
	allKinds = slices.Concat([]protogen.Kind{protogen.Open}, drifted, []protogen.Kind{protogen.Told, protogen.Kept, protogen.Skipped})
)

// printNotes lists the notes of some kinds, by kind.
func printNotes(out io.Writer, notes []protogen.Note, kinds ...protogen.Kind) {
	printed := false
	for _, kind := range kinds {
		first := true
		for _, n := range notes {
			if n.Kind != kind {
				continue
			}
			if first {
				fmt.Fprintf(out, "\n%s:\n", kind)
				first, printed = false, true
			}
			fmt.Fprintln(out, "  "+n.String())
		}
	}
	if printed {
		fmt.Fprintln(out)
	}
}

// isBehind says whether files are behind the database: a pull would change
// them, or they have what the database has not.
func isBehind(r *protogen.Result) bool {
	return len(r.Files) > 0 || slices.ContainsFunc(r.Notes, func(n protogen.Note) bool { return n.Kind == protogen.Gone })
}

// isLacking says whether files could have more, as those that an older rowgate
// wrote: among many notes nobody would see it.
func isLacking(notes []protogen.Note) bool {
	return slices.ContainsFunc(notes, func(n protogen.Note) bool {
		return n.Kind == protogen.Kept && strings.HasSuffix(n.Text, "--methods writes what is missing")
	})
}

// printFiles lists the files that differ. Of new ones that they import, the
// number is enough.
func printFiles(out io.Writer, root string, files, imports []protogen.File) {
	fresh := 0
	for _, f := range slices.Concat(files, imports) {
		if f.Old == nil && slices.ContainsFunc(imports, func(i protogen.File) bool { return i.Path == f.Path }) {
			fresh++
			continue
		}
		fmt.Fprintln(out, stateOf(f), filepath.Join(root, filepath.FromSlash(f.Path)))
	}
	if fresh > 0 {
		fmt.Fprintf(out, "new     %s that those import, in %s\n", count(fresh, "file", "files"), root)
	}
}

// checkPull says whether the files are behind the database.
func checkPull(out io.Writer, root string, r *protogen.Result, imports []protogen.File) error {
	if !isBehind(r) && len(imports) == 0 {
		_, err := fmt.Fprintln(out, "the files are in step with the database")
		return err
	}
	printFiles(out, root, r.Files, imports)
	printNotes(out, r.Notes, drifted...)
	return errors.New("the files are behind the database: run `rowgate pull` and commit what it changes")
}

// showDiff shows what would change, as a unified diff. New files of others are
// left out: nobody reads them here.
func showDiff(out io.Writer, root string, files, imports []protogen.File) error {
	for _, f := range slices.Concat(files, changedOf(imports)) {
		name := path.Join(filepath.ToSlash(root), f.Path)
		was, is := "a/"+name, "b/"+name
		if f.Old == nil {
			was = "/dev/null"
		}
		if f.New == nil {
			is = "/dev/null"
		}
		if _, err := io.WriteString(out, udiff.Unified(was, is, string(f.Old), string(f.New))); err != nil {
			return err
		}
	}
	return nil
}
