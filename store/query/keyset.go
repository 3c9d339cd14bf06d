package query

// After is the condition that a row stands after a cursor in an order: keyset
// pagination. args holds the cursor's values in the order's terms; null[i]
// says that the cursor has no value in term i. The order must be total, which
// it is when it ends in the key.
//
// When every term points the same way, none can be NULL and all operators are
// built in, the condition is one row comparison, which an index on the columns serves from where the
// cursor stands. Otherwise it is spelled out, term by term.
func After(order []Order, args []Arg, null []bool) Expr {
	if e := afterRow(order, args); e != nil {
		return e
	}
	var alternatives Or
	for i := range order {
		later := after(order[i], args[i], null[i])
		if later == nil {
			continue
		}
		var all And
		for j := range i {
			all = append(all, same(order[j], args[j], null[j]))
		}
		alternatives = append(alternatives, append(all, later))
	}
	if len(alternatives) == 0 {
		return Never{}
	}
	return alternatives
}

func afterRow(order []Order, args []Arg) Expr {
	columns := make([]string, len(order))
	for i, o := range order {
		if o.Nullable || o.Desc != order[0].Desc || o.Operators != "" && o.Operators != builtIn {
			return nil
		}
		columns[i] = o.Column
	}
	op := Greater
	if order[0].Desc {
		op = Less
	}
	if len(order) == 1 {
		return Compare{Column: columns[0], Op: op, Arg: args[0]}
	}
	return CompareRow{Columns: columns, Op: op, Args: args}
}

// after holds for rows whose term stands after the cursor's; nil for none.
func after(o Order, a Arg, null bool) Expr {
	op := Greater
	if o.Desc {
		op = Less
	}
	switch {
	case null && o.NullsFirst:
		return IsNotNull{o.Column}
	case null:
		return nil
	case o.Nullable && !o.NullsFirst:
		return Or{Compare{o.Column, op, a, o.Operators}, IsNull{o.Column}}
	default:
		return Compare{o.Column, op, a, o.Operators}
	}
}

func same(o Order, a Arg, null bool) Expr {
	if null {
		return IsNull{o.Column}
	}
	return Equal{o.Column, a, o.Operators}
}
