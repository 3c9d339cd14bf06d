// Package filter reads what a request asks for, the filter of AIP-160, the order
// of AIP-132 and the page tokens of AIP-158, and turns it into the expressions
// of package query. It holds no SQL text. docs/filter.md is the language.
//
// What may be named is a [Schema], made once. A filter goes three ways: scan
// takes its values out and holds it against the [Limits], the parser makes a
// tree of the rest, and a walker finds what the tree names and writes the
// condition, with the values as arguments of [Params]:
//
//	var p filter.Params
//	where, err := filter.Condition(`price > 9.99 AND author.name = "ann"`, schema, 0, &p)
package filter
