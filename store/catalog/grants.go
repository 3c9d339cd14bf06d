package catalog

import "slices"

// Grants are what the caller roles, any of them, may do with a relation that
// lets it be done at all: a view need not be updatable, nor all its columns.
type Grants struct {
	Select, Insert, Update, Delete bool

	selected, inserted, updated columnSet
}

// MaySelect says whether a caller role may read the column.
func (g *Grants) MaySelect(c *Column) bool { return g.selected.has(c) }

// MayInsert says whether a caller role may give the column in an INSERT.
func (g *Grants) MayInsert(c *Column) bool { return g.Insert && g.inserted.has(c) }

// MayUpdate says whether a caller role may give the column in an UPDATE.
func (g *Grants) MayUpdate(c *Column) bool { return g.Update && g.updated.has(c) }

// columnSet is some columns, by their attribute numbers, or all.
type columnSet struct {
	all  bool
	some []int16
}

func (s columnSet) has(c *Column) bool { return s.all || slices.Contains(s.some, int16(c.Number)) }

func (s columnSet) empty() bool { return !s.all && len(s.some) == 0 }

func (s columnSet) union(other columnSet) columnSet {
	return columnSet{s.all || other.all, append(slices.Clone(s.some), other.some...)}
}

// within leaves what is also in the other set.
func (s columnSet) within(other columnSet) columnSet {
	switch {
	case other.all:
		return s
	case s.all:
		return other
	}
	var both []int16
	for _, n := range s.some {
		if slices.Contains(other.some, n) {
			both = append(both, n)
		}
	}
	return columnSet{some: both}
}

// updatable is what a relation lets anyone do.
type updatable struct {
	insert, update, delete bool
	inserted, updated      columnSet
}

// The bits of pg_relation_is_updatable: one shifted by the CmdType.
const updateEvent, insertEvent, deleteEvent = 1 << 2, 1 << 3, 1 << 4

// readGrants reads them role by role and joins them.
func (d *Description) readGrants(r *reader) {
	var oid int64
	var events int32
	var anyInserted, anyUpdated bool
	var limited []int16
	relations := map[uint32]updatable{}
	r.queue(reading{
		name: "updatable", args: []any{d.Schemas},
		into: []any{&oid, &events, &anyInserted, &anyUpdated, &limited},
		row: func() {
			relations[uint32(oid)] = updatable{
				insert: events&insertEvent != 0, inserted: columnSet{anyInserted, limited},
				update: events&updateEvent != 0, updated: columnSet{anyUpdated, limited},
				delete: events&deleteEvent != 0,
			}
			limited = nil
		},
	})

	var role string
	var mayDelete bool
	var selected, inserted, updated columnSet
	r.queue(reading{
		name: "grants", args: []any{d.Roles, d.Schemas},
		into: []any{
			&oid, &role, &selected.all, &inserted.all, &updated.all, &mayDelete,
			&selected.some, &inserted.some, &updated.some,
		},
		row: func() {
			g := d.grants[uint32(oid)]
			if g == nil {
				g = &Grants{}
				d.grants[uint32(oid)] = g
			}
			lets := relations[uint32(oid)]
			g.selected = g.selected.union(selected)
			g.inserted = g.inserted.union(inserted.within(lets.inserted))
			g.updated = g.updated.union(updated.within(lets.updated))
			g.Select = !g.selected.empty()
			g.Insert = lets.insert && !g.inserted.empty()
			g.Update = lets.update && !g.updated.empty()
			g.Delete = g.Delete || lets.delete && mayDelete
			selected.some, inserted.some, updated.some = nil, nil, nil
		},
	})
}
