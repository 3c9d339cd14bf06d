package protogen

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store/catalog"
)

// Options say what to write.
type Options struct {
	// Package is the protobuf package, such as app.v1; its files lie in the
	// folder of the same name.
	Package string
	// GoPackage is the go_package of new files: the import path of the generated
	// Go code. Empty leaves it out, for buf's managed mode.
	GoPackage string
	// Schemas are those whose relations and functions are added; empty means all
	// of the description's.
	Schemas []string
	// Tables are patterns as path.Match has them, held against relations' and
	// functions' names with and without their schema. Those that match are
	// added; what the files have is kept in step in any case. Empty means all.
	Tables []string
	// Comments takes the database's comment wherever the files have another
	// one, and Methods writes methods that someone has taken out.
	Comments, Methods bool
	// Known leaves out the relations and functions that no pulled file has, and
	// tells which they are in Result.Unexposed.
	Known bool
	// Prune takes out what stands for relations, functions and keys that are no
	// longer there.
	Prune bool
}

// Result is what the files should be.
type Result struct {
	// Files are those that differ from what is there, sorted by path.
	Files []File
	// Notes say what there is to say, in the order in which it came up.
	Notes []Note
	// Unexposed are the relations and functions that were left out for
	// Options.Known.
	Unexposed []string
	// Relations and Functions are how many are exposed.
	Relations, Functions int
}

// File is a file that differs.
type File struct {
	// Path is relative to the folder that was read.
	Path string
	// Old is the text that is there, nil for a new file; New is nil for a file
	// to remove.
	Old, New []byte
}

// Generate works out the files for a catalog.
func Generate(cat *catalog.Catalog, description *catalog.Description, have *Files, opts Options) (*Result, error) {
	for _, p := range opts.Tables {
		if _, err := path.Match(p, ""); err != nil {
			return nil, fmt.Errorf("the pattern %q: %w", p, err)
		}
	}
	g := &generator{
		cat: cat, description: description, have: have, opts: opts, lock: newLock(have),
		result: &Result{}, resources: map[catalog.Name]*resource{}, enums: map[catalog.Name]*enum{},
		composites: map[catalog.Name]*message{}, wanted: map[string]*wantedFile{}, renamedFrom: map[catalog.Name]catalog.Name{},
		imports: map[string]map[string]bool{}, placed: map[protoreflect.FullName]bool{}, trees: map[string]*tree{},
		methodsGone: map[protoreflect.MethodDescriptor]bool{}, functionServices: map[string]*service{},
	}
	g.names, g.methodNames, g.declared = g.lock.names, scope{}, maps.Clone(g.lock.names)
	for name, calls := range g.lock.calls {
		for _, c := range calls {
			g.methodNames.add(name.Schema + "." + string(c.method.Name()))
		}
	}
	for _, step := range []func(){g.chooseRelations, g.buildResources, g.buildReferences, g.buildServices, g.buildTransaction, g.takeOutLost, g.buildFunctions, g.keepTypes, g.reportGone} {
		step()
	}
	if err := g.write(); err != nil {
		return nil, err
	}
	return g.result, nil
}

type generator struct {
	cat         *catalog.Catalog
	description *catalog.Description
	have        *Files
	opts        Options
	lock        *lock
	result      *Result

	// names are those that are taken in the package, and declared those of the
	// files alone.
	names, declared scope
	// methodNames are those of functions, with their schema.
	methodNames scope
	// functionServices are those that call functions: of the files by their
	// names, new ones by their schemas'.
	functionServices map[string]*service
	resources        map[catalog.Name]*resource
	// order has the resources in the order in which they are written.
	order      []*resource
	enums      map[catalog.Name]*enum
	composites map[catalog.Name]*message
	wanted     map[string]*wantedFile
	// imports has the files of the package that one imports.
	imports map[string]map[string]bool
	// trees are the files' syntax trees, by their paths.
	trees map[string]*tree
	// placed are the messages of the files that are among the wanted ones.
	placed map[protoreflect.FullName]bool
	// writes are the methods that a transaction can carry out, in order.
	writes []*method
	// lostMethods are those to take out since their keys are gone.
	lostMethods []protoreflect.MethodDescriptor
	// leaving are the methods on relations that a prune takes out.
	leaving map[protoreflect.MethodDescriptor]bool
	// methodsGone are the methods that are taken out.
	methodsGone map[protoreflect.MethodDescriptor]bool
	// renamedFrom has the old names of relations that were renamed.
	renamedFrom map[catalog.Name]catalog.Name
}

// resource is a relation that is exposed, with its message.
type resource struct {
	relation *catalog.Relation
	grants   *catalog.Grants
	*message
	// declaredKey is the key that the message's option names, of a relation
	// without a primary one.
	declaredKey []string
	// key holds the fields of the key, in the key's order.
	key []*field
	// byColumn are the fields of the columns.
	byColumn map[string]*field
	// plural is the snake form of several of them.
	plural string
	// related says that the message has fields of relations, and newlyRelated
	// that it had none in the files.
	related, newlyRelated bool
	// createRequest and updateRequest are the messages that batches repeat.
	createRequest, updateRequest string
	// missing are the fields that requests and responses could have as well.
	missing []string
}

// wantedFile is a file as it should be: its declarations in order.
type wantedFile struct {
	path     string
	about    string
	messages []*message
	enums    []*enum
	services []*service
	// gone are declarations to take out.
	gone []protoreflect.Descriptor
}

func (g *generator) file(name, about string) *wantedFile {
	p := path.Join(folder(g.opts.Package), name)
	if g.wanted[p] == nil {
		g.wanted[p] = &wantedFile{path: p, about: about}
	}
	return g.wanted[p]
}

// fileOf is the file where a declaration stands, or the one for new ones.
func (g *generator) fileOf(have protoreflect.Descriptor, name, about string) *wantedFile {
	if have == nil {
		return g.file(name, about)
	}
	return g.file(path.Base(have.ParentFile().Path()), about)
}

// add wants a message: one of the files where it stands, and once. One of
// another package is not a pull's to change.
func (g *generator) add(f *wantedFile, m *message) {
	if m.have != nil {
		if g.placed[m.have.FullName()] || !g.owns(m.have) {
			return
		}
		g.placed[m.have.FullName()] = true
		f = g.file(path.Base(m.have.ParentFile().Path()), "")
	}
	f.messages = append(f.messages, m)
}

// The files that several relations share.
const (
	resourcesFile = "resources.proto"
	typesFile     = "types.proto"
	functionsFile = "functions.proto"
	// transactionsFile has the service that writes to several of them at once.
	transactionsFile = "transactions.proto"
)

// matches says whether a pull is about the relation or function: what the
// files have is kept in step whatever the patterns say.
func (g *generator) matches(n catalog.Name) bool {
	if !slices.Contains(g.description.Schemas, n.Schema) {
		return false
	}
	if g.lock.resources[n] != nil || g.lock.calls[n] != nil {
		return true
	}
	if len(g.opts.Schemas) > 0 && !slices.Contains(g.opts.Schemas, n.Schema) {
		return false
	}
	return len(g.opts.Tables) == 0 || slices.ContainsFunc(g.opts.Tables, func(p string) bool {
		short, _ := path.Match(p, n.Name)
		long, _ := path.Match(p, n.String())
		return short || long
	})
}

// chooseRelations makes a resource of every relation that a caller role may
// read, and says what is left out and why.
func (g *generator) chooseRelations() {
	relations := slices.Clone(g.cat.Relations())
	// The schemas' order is the user's: names of the first go before.
	slices.SortStableFunc(relations, func(a, b *catalog.Relation) int {
		return cmp.Compare(slices.Index(g.description.Schemas, a.Schema), slices.Index(g.description.Schemas, b.Schema))
	})
	open := map[string][]string{}
	renamed := g.renamedRelations(relations)
	for _, rel := range relations {
		if !g.matches(rel.Name) && renamed[rel] == nil {
			continue
		}
		grants := g.description.Grants(rel)
		have := g.lock.resources[rel.Name]
		if have == nil {
			have = renamed[rel]
		}
		switch {
		case g.opts.Known && (have == nil || !g.have.pulled(have)):
			if have == nil && grants.Select && !rel.Partition && !rel.Extension {
				g.result.Unexposed = append(g.result.Unexposed, rel.String())
			}
			continue
		case rel.Extension:
			g.skip(rel, "an extension brought it")
			continue
		case rel.Partition:
			// Its rows are its parent's.
			continue
		case !grants.Select && have == nil:
			g.skip(rel, fmt.Sprintf("none of %s may read it", strings.Join(g.description.Roles, ", ")))
			continue
		case have == nil && !slices.ContainsFunc(rel.Columns, grants.MaySelect):
			g.skip(rel, "it has no column that a caller may read")
			continue
		}
		if have == nil && (rel.Kind == 'r' || rel.Kind == 'p') && !rel.RowSecurity {
			open[rel.Schema] = append(open[rel.Schema], rel.Name.Name)
		}
		r := &resource{relation: rel, grants: grants, byColumn: map[string]*field{}}
		r.message = &message{have: have}
		g.resources[rel.Name] = r
		g.order = append(g.order, r)
	}
	for _, schema := range g.description.Schemas {
		if names := open[schema]; len(names) > 0 {
			g.note(Open, subject(schema), "row level security is off on %s: callers read and write every row that the grants allow", and(names))
		}
	}
	g.result.Relations = len(g.order)
	g.nameResources()
}

// nameResources gives messages their names: first those of the files, then
// the new ones in order.
func (g *generator) nameResources() {
	for _, r := range g.order {
		if r.have != nil {
			r.name = string(r.have.Name())
			r.plural = g.listName(r)
			// A method may come to it later.
			g.claim(r.name)
		}
	}
	for _, r := range g.order {
		if r.have != nil {
			continue
		}
		w := singular(words(r.relation.Name.Name))
		wish := camel(w)
		free := func(name string) bool { return g.free(name) }
		if !free(wish) && r.relation.Schema != g.description.Schemas[0] {
			if qualified := camel(append(words(r.relation.Schema), w...)); free(qualified) {
				wish = qualified
			}
		}
		r.name = unique(wish, "", free)
		if r.name != camel(w) {
			g.note(Told, r.relation, "the message %s is taken, so its rows are called %s", camel(w), r.name)
		}
		r.plural = snake(plural(words(r.name)))
		g.claim(r.name)
		if g.lock.known() {
			g.note(Added, r.relation, "is the message %s", r.name)
		}
	}
}

// free says whether a message may have a name: neither it nor what is made of
// it is taken.
func (g *generator) free(name string) bool {
	// What is made of a name costs much more than to look it up.
	return !g.names.has(name) && !slices.ContainsFunc(derived(name), g.names.has)
}

func (g *generator) claim(name string) { g.names.add(derived(name)...) }

// derived are the names in the package that a resource's service needs.
func derived(name string) []string {
	many := camel(plural(words(name)))
	all := append([]string{name}, stubs(name+"Service")...)
	for _, m := range []string{
		"Get" + name, "List" + many, "Stream" + many, "Aggregate" + many, "Create" + name, "BatchCreate" + many, "Import" + many,
		"Update" + name, "BatchUpdate" + many, "UpdateMany" + many, "Delete" + name, "DeleteMany" + many,
	} {
		all = append(all, m+"Request", m+"Response")
	}
	return all
}

// listName is the plural that the files' List has already.
func (g *generator) listName(r *resource) string {
	if m := g.lock.operations[r.have.FullName()][opList]; m != nil {
		if name, ok := strings.CutPrefix(string(m.Name()), "List"); ok {
			return snake(words(name))
		}
	}
	return snake(plural(words(r.name)))
}
