package catalog

import "slices"

func (l *loader) relations(r *reader) {
	l.byOID = map[uint32]*Relation{}
	var oid, rowType int64
	var kind string
	var rel Relation
	var acl []string
	r.queue(reading{
		name: "relations",
		into: []any{
			&oid, &rel.Schema, &rel.Name.Name, &kind, &rowType, &rel.Partition, &rel.SecurityInvoker, &rel.Extension,
			&rel.RowSecurity, &rel.ForceRowSecurity, &rel.Owner, &rel.SchemaOwner, &acl,
			&rel.PrimaryKey, &rel.PrimaryKeyName, &rel.UniqueKeys, &rel.Arbiters,
		},
		row: func() {
			row := rel
			row.OID, row.Kind, row.ACL = uint32(oid), kind[0], parseACL(acl)
			l.cat.relations[row.Name] = &row
			l.cat.ordered = append(l.cat.ordered, &row)
			l.byOID[row.OID] = &row
			l.cat.rowTypes[uint32(rowType)] = &row
			rel.PrimaryKey, rel.UniqueKeys, rel.Arbiters, acl = nil, nil, nil, nil
		},
	})
}

func (l *loader) columns(r *reader) {
	var relation, typ int64
	var typmod int32
	var identity, generated string
	var c Column
	var acl []string
	r.queue(reading{
		name: "columns",
		into: []any{
			&relation, &c.Number, &c.Name, &typ, &typmod, &c.Declared, &c.NotNull, &c.HasDefault, &identity, &generated, &acl,
		},
		row: func() {
			rel := l.byOID[uint32(relation)]
			if rel == nil {
				acl = nil
				return
			}
			rel.ACL = append(rel.ACL, parseACL(acl)...)
			acl = nil
			col := c
			t, mod, domain := l.declared(uint32(typ), typmod, c.Declared)
			col.Type, col.Typmod, col.DeclaredOID = t, mod, uint32(typ)
			// A view has NULLs of any domain, by an outer join for one.
			col.NotNull = c.NotNull || domain.notNull && rel.Kind != 'v' && rel.Kind != 'm'
			col.Sortable = t.Operators != "" && (t.Kind != 'e' || t.OID == uint32(typ))
			col.IdentityAlways = identity == "a"
			col.Generated = generated != ""
			col.HasDefault = c.HasDefault || identity != "" || domain.hasDefault
			rel.Columns = append(rel.Columns, &col)
		},
		done: l.dropNullableKeys,
	})
}

// dropNullableKeys takes out the unique keys with a column that is marked NOT
// NULL and may have NULLs all the same.
func (l *loader) dropNullableKeys() error {
	for _, rel := range l.cat.ordered {
		rel.UniqueKeys = slices.DeleteFunc(rel.UniqueKeys, func(key []string) bool {
			return slices.ContainsFunc(key, func(name string) bool { return !rel.Column(name).NotNull })
		})
	}
	return nil
}

func (l *loader) foreignKeys(r *reader) {
	var from, to int64
	var k ForeignKey
	r.queue(reading{
		name: "foreign_keys",
		into: []any{&from, &k.Name, &to, &k.Columns, &k.References},
		row: func() {
			key := k
			rel := l.byOID[uint32(from)]
			key.To = l.byOID[uint32(to)]
			k.Columns, k.References = nil, nil
			if rel != nil && key.To != nil {
				rel.ForeignKeys = append(rel.ForeignKeys, &key)
			}
		},
	})
}
