package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// functionRow is a row of pg_proc.
type functionRow struct {
	Function
	oid, result      int64
	kind, volatility string
	defaults         int
	// A function whose arguments are all IN has no modes, and one without names
	// no names.
	types                  []int64
	declared, modes, names []string
	acl, config            []string
	language, source       string
}

func (l *loader) functions(r *reader) {
	var f functionRow
	r.queue(reading{
		name: "functions",
		into: []any{
			&f.oid, &f.Schema, &f.Name.Name, &f.Owner, &f.kind, &f.volatility, &f.Strict, &f.SecurityDefiner,
			&f.SetOf, &f.result, &f.ResultDeclared, &f.defaults, &f.types, &f.declared, &f.modes, &f.names,
			&f.acl, &f.config, &f.language, &f.source,
		},
		row: func() {
			l.cat.functions = append(l.cat.functions, l.function(&f))
			f.types, f.declared, f.modes, f.names, f.acl, f.config = nil, nil, nil, nil, nil, nil
		},
		done: func() error {
			// Overloads are told apart by what a dump and a restore keep.
			slices.SortStableFunc(l.cat.functions, func(a, b *Function) int {
				return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name.Name, b.Name.Name),
					slices.Compare(a.InputTypes(), b.InputTypes()))
			})
			return nil
		},
	})
}

func (l *loader) function(row *functionRow) *Function {
	f := row.Function
	f.OID, f.Kind, f.Volatility = uint32(row.oid), row.kind[0], row.volatility[0]
	f.ResultOID = uint32(row.result)
	f.ACL = parseACL(row.acl)
	for _, entry := range row.config {
		if path, ok := strings.CutPrefix(entry, "search_path="); ok {
			f.SearchPath, f.HasSearchPath = parseSearchPath(path), true
		}
	}
	l.bodies = append(l.bodies, body{&f, row.language, row.source})
	f.Result, _, _ = l.underlying(f.ResultOID, -1)
	for i, typ := range row.types {
		a := &Argument{Mode: 'i', Declared: row.declared[i], DeclaredOID: uint32(typ)}
		a.Type, a.Typmod, _ = l.underlying(a.DeclaredOID, -1)
		if len(row.modes) > 0 {
			a.Mode = row.modes[i][0]
		}
		if len(row.names) > 0 {
			a.Name = row.names[i]
		}
		f.Arguments = append(f.Arguments, a)
	}
	// The defaults are those of the last input arguments.
	inputs := f.Inputs()
	for i, a := range inputs {
		a.HasDefault = i >= len(inputs)-row.defaults
	}
	return &f
}
