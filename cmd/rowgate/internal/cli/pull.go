package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/cmd/rowgate/internal/config"
	"github.com/rowgate/rowgate/proto/protogen"
	"github.com/rowgate/rowgate/store/catalog"
)

type pull struct {
	config.Pull
}

// Help is shown by rowgate pull --help.
func (pull) Help() string {
	return `Writes a .proto file for each relation that a caller may read, with its service; one for all rows, one for types, one for functions and one for transactions. Files that are there are kept in step: names, numbers, types and comments that someone chose stay, and what is dropped is reserved. To hide a column, put "reserved" with its number and its name in the place of its field; to do without a method, delete it.

Example:
  rowgate pull --url postgres://postgres:PASSWORD@HOST:5432/postgres
  rowgate pull --schema public --schema billing --package shop.v1
  rowgate pull --migrations supabase/migrations
  rowgate pull --check`
}

// Run pulls.
func (p pull) Run(a *app) error {
	result, err := p.generate(a)
	if err != nil {
		return err
	}
	imports, err := imports(p.Out)
	if err != nil {
		return err
	}
	switch {
	case p.Diff:
		return showDiff(a.out, p.Out, result.Files, imports)
	case p.Check:
		return checkPull(a.out, p.Out, result, imports)
	}
	if err := p.nothing(result); err != nil {
		printNotes(a.out, result.Notes, allKinds...)
		return err
	}
	if err := writeFiles(p.Out, slices.Concat(imports, result.Files)); err != nil {
		return err
	}
	printFiles(a.out, p.Out, result.Files, imports)
	printNotes(a.out, result.Notes, allKinds...)
	_, err = fmt.Fprintf(a.out, "%s and %s in package %s: %s\n", count(result.Relations, "relation", "relations"),
		count(result.Functions, "function", "functions"), p.Package, changes(slices.Concat(result.Files, changedOf(imports))))
	if err == nil && isLacking(result.Notes) {
		_, err = fmt.Fprintln(a.out, "the files lack methods or fields that they could have: `rowgate pull --methods` adds them, to services of before as well")
	}
	return err
}

// nothing is the error of a pull that finds nothing to write: whoever asked
// for one wants something else.
func (p pull) nothing(r *protogen.Result) error {
	switch {
	case r.Relations+r.Functions > 0, isBehind(r):
		return nil
	case len(r.Notes) > 0:
		return fmt.Errorf("there is nothing that %[1]s may use: grant it to them, for instance "+
			"grant select on TABLE to %[2]s, or name other roles with --roles", strings.Join(p.Roles, ", "), p.Roles[0])
	case len(p.Tables) > 0:
		return fmt.Errorf("no relation or function of %s is called %s",
			strings.Join(p.Schemas, ", "), strings.Join(p.Tables, ", "))
	default:
		return fmt.Errorf("%s has no relation and no function; --schema names other schemas", strings.Join(p.Schemas, ", "))
	}
}

func (p pull) generate(a *app) (result *protogen.Result, err error) {
	if err := protogen.CheckPackage(p.Package); err != nil {
		return nil, err
	}
	if p.Migrations != "" {
		log := a.log
		if log.LogLevel == slog.LevelInfo {
			// That a Postgres comes and goes is no news.
			log.LogLevel = slog.LevelWarn
		}
		scratch, err := startScratch(a.ctx, p.Pull, log.Logger())
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, scratch.stop()) }()
		p.URL = scratch.url
	}
	cfg, err := p.Store(a.log.Logger())
	if err != nil {
		return nil, err
	}
	st, err := open(a.ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	have, err := protogen.Read(a.ctx, os.DirFS(p.Out), p.Out, p.Package)
	if err != nil {
		return nil, err
	}
	cat, description, err := st.Describe(a.ctx, have.Schemas(p.Schemas), p.Roles)
	var unknown *catalog.UnknownError
	if errors.As(err, &unknown) && unknown.Kind == "role" {
		return nil, fmt.Errorf("%w\n--roles names them; to create it: create role %s nologin; and grant it what its callers may do",
			err, pgx.Identifier{unknown.Name}.Sanitize())
	}
	if err != nil {
		return nil, err
	}
	return protogen.Generate(cat, description, have, protogen.Options{
		Package: p.Package, GoPackage: p.goPackage(), Schemas: p.Schemas, Tables: p.Tables,
		Comments: p.Comments, Methods: p.Methods, Prune: p.Prune,
	})
}

// goPackage is the go_package of new files: what the flag says, or the place
// where buf puts Go code by its own examples, gen in the module of this folder.
func (p pull) goPackage() string {
	name := strings.ReplaceAll(p.Package, ".", "")
	if p.GoPackage != "" {
		if strings.Contains(p.GoPackage, ";") {
			return p.GoPackage
		}
		return p.GoPackage + ";" + name
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		return ""
	}
	for line := range strings.SplitSeq(string(mod), "\n") {
		if module, ok := strings.CutPrefix(line, "module "); ok {
			return path.Join(strings.TrimSpace(module), "gen", strings.ReplaceAll(p.Package, ".", "/")) + ";" + name
		}
	}
	return ""
}
