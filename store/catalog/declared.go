package catalog

// DeclaredType is a type as a parameter or a column may be of it: a domain,
// too.
type DeclaredType struct {
	// Name is the type's own, a domain's where it is one, and Format as in
	// [Type].
	Name   Name
	Format string
	// Type is the type that the domain stands on, with the modifier that the
	// domain gives it, or the type itself, with -1.
	Type   *Type
	Typmod int32
}

// DeclaredType returns the type of an OID, or nil for one that is not known.
// Pseudo-types and the rows of relations are not.
func (c *Catalog) DeclaredType(oid uint32) *DeclaredType { return c.declared[oid] }

func (l *loader) declaredTypes() map[uint32]*DeclaredType {
	all := make(map[uint32]*DeclaredType, len(l.types))
	for oid, raw := range l.types {
		if t, typmod, _ := l.underlying(oid, -1); t != nil {
			all[oid] = &DeclaredType{Name: raw.Type.Name, Format: raw.Format, Type: t, Typmod: typmod}
		}
	}
	return all
}
