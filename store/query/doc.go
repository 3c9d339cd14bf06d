// Package query turns typed statements into SQL text and the description of
// its parameters. It is pure: it knows no connection, no protobuf and no
// values, so a statement is written once, when a method is bound or when a
// request of a new shape arrives, and run any number of times.
//
// Identifiers are quoted here and nowhere else, and come from the catalog.
// Values never enter the text: an [Arg] stands for one and says at which
// position of the arguments it is found.
//
//	stmt := query.Select{
//		From:    query.Relation{Schema: "public", Name: "items"},
//		Columns: []query.Column{{Name: "id"}, {Name: "price"}},
//		Where:   query.Compare{Left: query.Ref{Column: "id"}, Op: query.Equal, Right: query.Arg{N: 0, OID: 2950}},
//	}.Statement()
//
//	// select t."id", t."price" from "public"."items" as t where t."id" operator(pg_catalog.=) $1
package query
