package catalog

func (d *Description) readSchemas(r *reader) *[]string {
	var name string
	var known []string
	r.queue(reading{name: "schemas", into: []any{&name}, row: func() { known = append(known, name) }})
	return &known
}

func (d *Description) readComments(r *reader) {
	var o object
	var oid int64
	var text string
	r.queue(reading{
		name: "comments",
		into: []any{&o.catalog, &oid, &o.number, &text},
		row:  func() { d.comments[object{o.catalog, uint32(oid), o.number}] = text },
	})
}

func (d *Description) readPolicies(r *reader) {
	var relation int64
	var command string
	var p Policy
	r.queue(reading{
		name: "policies", args: []any{d.Schemas},
		into: []any{&relation, &p.Name, &p.Permissive, &command, &p.Roles, &p.Using, &p.Check, &p.Comment},
		row: func() {
			policy := p
			policy.Command = command[0]
			d.policies[uint32(relation)] = append(d.policies[uint32(relation)], policy)
			p.Roles = nil
		},
	})
}

func (d *Description) readChecks(r *reader) {
	var relation, domain int64
	var c Check
	r.queue(reading{
		name: "checks", args: []any{d.Schemas},
		into: []any{&relation, &domain, &c.Name, &c.Columns, &c.Expr},
		row: func() {
			if domain != 0 {
				d.domainChecks[uint32(domain)] = append(d.domainChecks[uint32(domain)], c)
			} else {
				d.checks[uint32(relation)] = append(d.checks[uint32(relation)], c)
			}
			c.Columns = nil
		},
	})
}

func (d *Description) readExecutable(r *reader) {
	var oid int64
	var roles []string
	r.queue(reading{
		name: "executable", args: []any{d.Roles, d.Schemas},
		into: []any{&oid, &roles},
		row: func() {
			d.executable[uint32(oid)] = roles
			roles = nil
		},
	})
}
