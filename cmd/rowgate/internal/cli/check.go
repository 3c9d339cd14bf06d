package cli

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/cmd/rowgate/internal/config"
	"github.com/rowgate/rowgate/proto/protogen"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/service/table"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/safety"
)

type check struct {
	config.Database
	config.Contract
	config.AdminDatabase
	Roles []string `name:"roles" env:"ROWGATE_ROLES" default:"anon,authenticated" help:"The roles that a call may take on."`
}

// Help is shown by rowgate check --help.
func (check) Help() string {
	return `Lists every method that does not fit the database, with file and line, what the files that "rowgate pull" wrote do not know of the database, and every way around row level security that is open, with the SQL that closes it and the line that allows it in the configuration. With ADMIN_DATABASE_URL it judges the admin path's login, too. What is allowed there is listed with its reason, and is no fault. The exit code is 1 when there is anything else.

Example:
  DATABASE_URL=postgres://rowgate:PASSWORD@HOST:5432/postgres rowgate check --proto proto`
}

// Run checks and prints what is off.
func (c check) Run(a *app) error {
	st, contract, err := openBoth(a.ctx, c.Database, c.Contract, a.logger())
	if err != nil {
		return err
	}
	defer st.Close()
	report, err := service.Check(a.ctx, st, contract, c.Roles, a.file.Allow()...)
	if err != nil {
		return err
	}
	if err := c.admins(a, report); err != nil {
		return err
	}
	for _, p := range report.Problems {
		fmt.Fprintln(a.out, p)
		fmt.Fprintln(a.out, "\tbreaks "+broken(report, p))
	}
	for _, f := range report.Findings {
		fmt.Fprintln(a.out, f)
		fmt.Fprintf(a.out, "    allow: [{rule: %s, object: %q, reason: \"…\"}]\n", f.Rule, f.Object)
	}
	for _, f := range report.Allowed {
		fmt.Fprintln(a.out, f)
	}
	for _, e := range report.Unused {
		fmt.Fprintf(a.out, "%s  %s: the exception allows nothing any more; take it out\n", e.Rule, e.Object)
	}
	behind, err := c.drift(a, st, contract)
	if err != nil {
		return err
	}
	var off []string
	if n := len(report.Unfit); n > 0 {
		off = append(off, fmt.Sprintf("%d of %s cannot be served", n, count(n+report.Methods, "method", "methods")))
	}
	if n := len(report.Findings); n > 0 {
		off = append(off, count(n, "way is", "ways are")+" open around row level security")
	}
	if behind {
		off = append(off, "the files are behind the database")
	}
	if len(off) > 0 {
		return errors.New(strings.Join(off, "; "))
	}
	_, err = fmt.Fprintf(a.out, "%s of %s fit the database, and no way around row level security is open%s\n",
		count(report.Methods, "method", "methods"), c.Proto, allowed(len(report.Allowed)))
	return err
}

// admins adds what is wrong with the admin path's login to the report. The
// contract is the user path's, and was judged there.
func (c check) admins(a *app, report *service.Report) error {
	if c.AdminDatabaseURL == "" {
		return nil
	}
	st, err := open(a.ctx, c.AdminStore(a.logger()))
	if err != nil {
		return fmt.Errorf("the admin path's database: %w", err)
	}
	defer st.Close()
	found, err := service.Check(a.ctx, st, nil, nil, a.file.AdminAllow()...)
	if err != nil {
		return err
	}
	// The server is the same one.
	for _, f := range found.Findings {
		if f.Rule != safety.ServerVersion {
			report.Findings = append(report.Findings, f)
		}
	}
	for _, f := range found.Allowed {
		if f.Rule != safety.ServerVersion {
			report.Allowed = append(report.Allowed, f)
		}
	}
	return nil
}

// allowed says how many findings are left to their reasons.
func allowed(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" but for the %d allowed", n)
}

// broken lists the methods that cannot be served for a problem, by service.
func broken(r *service.Report, p table.Problem) string {
	var services []protoreflect.FullName
	methods := map[protoreflect.FullName][]string{}
	for _, u := range r.Unfit {
		if slices.Contains(u.Problems, p) {
			s := u.Method.Parent()
			if methods[s] == nil {
				services = append(services, s)
			}
			methods[s] = append(methods[s], string(u.Method.Name()))
		}
	}
	parts := make([]string, len(services))
	for i, s := range services {
		parts[i] = string(s) + " " + strings.Join(methods[s], ", ")
	}
	return strings.Join(parts, "; ")
}

// drift prints what pulled files do not know of the database, and says whether
// there is anything. A buf image has no files to hold against it.
func (c check) drift(a *app, st *store.Store, contract *descriptor.Set) (behind bool, err error) {
	if contract.Root == "" {
		return false, nil
	}
	packages := protogen.Packages(contract)
	for _, pkg := range slices.Sorted(maps.Keys(packages)) {
		cat, description, err := st.Describe(a.ctx, packages[pkg], c.Roles)
		if err != nil {
			return false, err
		}
		have, err := protogen.Read(a.ctx, os.DirFS(c.Proto), c.Proto, pkg)
		if err != nil {
			return false, err
		}
		r, err := protogen.Generate(cat, description, have, protogen.Options{Package: pkg, Known: true})
		if err != nil {
			return false, err
		}
		if isBehind(r) {
			behind = true
			fmt.Fprintf(a.out, "\npackage %s is behind the database; `rowgate pull --package %s` mends that:\n", pkg, pkg)
			for _, f := range r.Files {
				fmt.Fprintln(a.out, stateOf(f), filepath.Join(c.Proto, filepath.FromSlash(f.Path)))
			}
			printNotes(a.out, r.Notes, drifted...)
		}
		if len(r.Unexposed) > 0 {
			fmt.Fprintf(a.out, "not exposed by package %s, which is no fault: %s\n", pkg, strings.Join(r.Unexposed, ", "))
		}
	}
	return behind, nil
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
