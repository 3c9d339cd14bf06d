package catalog

func (l *loader) namespaces(r *reader) {
	var s Schema
	var acl []string
	r.queue(reading{
		name: "namespaces",
		into: []any{&s.Name, &s.Owner, &acl},
		row: func() {
			schema := s
			schema.ACL = parseACL(acl)
			l.cat.schemas[s.Name] = &schema
			acl = nil
		},
	})
}

// selectRule is the name of the rule that is a view's query.
const selectRule = "_RETURN"

func (l *loader) rules(r *reader) {
	var relation, touched int64
	var name string
	r.queue(reading{
		name: "rules",
		into: []any{&relation, &name, &touched},
		row: func() {
			rel, to := l.byOID[uint32(relation)], l.byOID[uint32(touched)]
			switch {
			case rel == nil || to == nil:
			case name == selectRule:
				rel.Reads = append(rel.Reads, to)
			case len(rel.Rules) > 0 && rel.Rules[len(rel.Rules)-1].Name == name:
				last := rel.Rules[len(rel.Rules)-1]
				last.Touches = append(last.Touches, to)
			default:
				rel.Rules = append(rel.Rules, &Rule{Name: name, Touches: []*Relation{to}})
			}
		},
	})
}

func (l *loader) reached(r *reader) {
	var relation, function int64
	var reads bool
	var byOID map[uint32]*Function
	r.queue(reading{
		name: "reached",
		into: []any{&relation, &function, &reads},
		row: func() {
			if byOID == nil {
				byOID = map[uint32]*Function{}
				for _, f := range l.cat.functions {
					byOID[f.OID] = f
				}
			}
			rel, fn := l.byOID[uint32(relation)], byOID[uint32(function)]
			if rel == nil || fn == nil {
				return
			}
			l.runs = append(l.runs, run{rel, fn, reads})
			if fn.SecurityDefiner {
				rel.Definers = append(rel.Definers, fn)
			}
		},
	})
}

func (l *loader) inheritance(r *reader) {
	var parent, child int64
	r.queue(reading{
		name: "inheritance",
		into: []any{&parent, &child},
		row: func() {
			if from, to := l.byOID[uint32(parent)], l.byOID[uint32(child)]; from != nil && to != nil {
				l.inherits = append(l.inherits, [2]*Relation{from, to})
			}
		},
	})
}
