package table

// leavesSession says that a call may leave something in its session that is not
// for the next one, or find what another has left ([store.Request.Untrusted]).
func leavesSession(op operation) bool {
	switch op := op.(type) {
	case *functionList:
		return op.LeavesSession || op.rows.readLeavesSession(map[*resource]bool{})
	case *function:
		return op.LeavesSession
	case *sqlQuery:
		return op.leavesSession
	case *transact:
		for _, m := range op.members {
			if m.method != nil && m.method.untrusted() {
				return true
			}
		}
		return false
	}
	t := op.target()
	return t.resource != nil && (!t.readOnly && t.relation.WriteLeavesSession || t.resource.readLeavesSession(map[*resource]bool{}))
}

// readLeavesSession is leavesSession of reading rows, with relations to whatever
// depth.
func (r *resource) readLeavesSession(seen map[*resource]bool) bool {
	if r == nil || seen[r] {
		return false
	}
	seen[r] = true
	if r.relation != nil && r.relation.ReadLeavesSession {
		return true
	}
	for _, ref := range r.references {
		if ref.to != nil && ref.to.ReadLeavesSession || ref.rows != nil && ref.rows().readLeavesSession(seen) {
			return true
		}
	}
	return false
}
