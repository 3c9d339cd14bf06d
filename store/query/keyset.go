package query

// After is the condition that a row stands after a cursor in an order: keyset
// pagination. args holds the cursor's values in the order's terms; null[i]
// says that the cursor has no value in term i. The order must be total, which
// it is when it ends in the key.
//
// When every term points the same way, none can be NULL and all operators are
// built in, the condition is one row comparison, which an index on the columns
// serves from where the cursor stands. Otherwise it is spelled out, term by term.
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
	switch {
	case len(alternatives) == 0:
		return Never{}
	case len(order) > 1 && !order[0].Nullable:
		// An index on the first term is of no use to an OR.
		op := GreaterOrEqual
		if order[0].Desc {
			op = LessOrEqual
		}
		return And{Compare{Left: order[0].By, Op: op, Right: args[0], Operators: order[0].Operators}, alternatives}
	}
	return alternatives
}

// Reverse returns an order from its end to its start.
func Reverse(order []Order) []Order {
	reversed := make([]Order, len(order))
	for i, o := range order {
		o.Desc, o.NullsFirst = !o.Desc, !o.NullsFirst
		reversed[i] = o
	}
	return reversed
}

func afterRow(order []Order, args []Arg) Expr {
	left, right := make([]Operand, len(order)), make([]Operand, len(order))
	for i, o := range order {
		if o.Nullable || o.Desc != order[0].Desc || o.Operators != "" && o.Operators != builtIn {
			return nil
		}
		left[i], right[i] = o.By, args[i]
	}
	op := Greater
	if order[0].Desc {
		op = Less
	}
	if len(order) == 1 {
		return Compare{Left: left[0], Op: op, Right: right[0]}
	}
	return CompareRow{Left: left, Op: op, Right: right}
}

// after holds for rows whose term stands after the cursor's; nil for none.
func after(o Order, a Arg, null bool) Expr {
	op := Greater
	if o.Desc {
		op = Less
	}
	later := Compare{Left: o.By, Op: op, Right: a, Operators: o.Operators}
	switch {
	case null && o.NullsFirst:
		return Null{Of: o.By, Not: true}
	case null:
		return nil
	case o.Nullable && !o.NullsFirst:
		return Or{later, Null{Of: o.By}}
	default:
		return later
	}
}

func same(o Order, a Arg, null bool) Expr {
	if null {
		return Null{Of: o.By}
	}
	return Compare{Left: o.By, Op: Equal, Right: a, Operators: o.Operators}
}
