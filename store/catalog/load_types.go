package catalog

// rawType is a row of pg_type with its resolved form, once there is one.
type rawType struct {
	Type
	elem, base, subtype uint32
	typmod              int32
	domain              domain
	resolved            bool
}

// domain is what a domain adds to the type that it stands on.
type domain struct{ notNull, hasDefault bool }

func (l *loader) loadTypes(r *reader) {
	var oid, elem, base, subtype int64
	var kind string
	var t rawType
	r.queue(reading{
		name: "types",
		into: []any{
			&oid, &t.Schema, &t.Type.Name.Name, &t.Format, &kind, &elem, &base, &t.typmod, &t.domain.notNull,
			&t.domain.hasDefault, &subtype, &t.Extension, &t.Operators, &t.TextOnly, &t.Labels,
		},
		row: func() {
			row := t
			row.OID, row.elem, row.base, row.subtype = uint32(oid), uint32(elem), uint32(base), uint32(subtype)
			row.Kind = kind[0]
			l.types[row.OID] = &row
			if row.Kind != 'd' {
				l.cat.types[row.Type.Name] = &row.Type
			}
			t.Labels = nil
		},
		done: func() error {
			for _, t := range l.types {
				l.resolve(t)
			}
			return nil
		},
	})
}

// resolve fills in what pg_type says by reference: an array's element, and
// that kinds of types share an operator class.
func (l *loader) resolve(t *rawType) {
	if t.resolved {
		return
	}
	t.resolved = true
	switch {
	case t.Kind == 'd':
		if base := l.types[t.base]; base != nil {
			l.resolve(base)
		}
	case t.elem != 0:
		// Before PostgreSQL 17 an array is no member of the extension itself.
		if elem := l.types[t.elem]; elem != nil {
			t.Extension, elem.ArrayOID = elem.Extension, t.OID
		}
		if elem, mod, _ := l.underlying(t.elem, -1); elem != nil {
			l.resolve(l.types[elem.OID])
			t.Elem, t.ElemOID, t.ElemTypmod = elem, t.elem, mod
			t.TextOnly = t.TextOnly || elem.TextOnly
			if elem.Operators != "" {
				t.Operators = builtIn
			}
		}
	case t.Kind == 'e', t.Kind == 'r', t.Kind == 'm':
		t.Operators = builtIn
		if t.Subtype, _, _ = l.underlying(t.subtype, -1); t.Subtype != nil {
			l.resolve(l.types[t.Subtype.OID])
			t.TextOnly = t.TextOnly || t.Subtype.TextOnly
		}
	}
}

// builtIn is the schema of the operators that serve kinds of types.
const builtIn = "pg_catalog"

// declared is underlying for a type that something was declared as; one that
// is not known is taken for a base type.
func (l *loader) declared(oid uint32, typmod int32, format string) (*Type, int32, domain) {
	if t, mod, adds := l.underlying(oid, typmod); t != nil {
		return t, mod, adds
	}
	return &Type{OID: oid, Format: format, Kind: 'b'}, typmod, domain{}
}

// underlying follows domains down to the type that they stand on, with the
// modifier and what else they add.
func (l *loader) underlying(oid uint32, typmod int32) (t *Type, mod int32, adds domain) {
	raw := l.types[oid]
	if raw != nil {
		// A domain takes over the default of the one below when it is made.
		adds.hasDefault = raw.domain.hasDefault
	}
	for raw != nil && raw.Kind == 'd' {
		adds.notNull = adds.notNull || raw.domain.notNull
		if raw.typmod != -1 {
			typmod = raw.typmod
		}
		raw = l.types[raw.base]
	}
	if raw == nil {
		return nil, -1, domain{}
	}
	return &raw.Type, typmod, adds
}

func (l *loader) loadAttributes(r *reader) {
	var owner, typ int64
	var typmod int32
	var a Attribute
	r.queue(reading{
		name: "attributes",
		into: []any{&owner, &a.Name, &a.Number, &typ, &typmod, &a.Declared},
		row: func() {
			t := l.types[uint32(owner)]
			if t == nil {
				return
			}
			attribute := a
			attribute.Type, attribute.Typmod, _ = l.declared(uint32(typ), typmod, a.Declared)
			attribute.DeclaredOID = uint32(typ)
			t.Attributes = append(t.Attributes, &attribute)
		},
	})
}
