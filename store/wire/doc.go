// Package wire turns Postgres binary values into protobuf wire bytes and back,
// column by column, with no Go struct and no reflection between.
//
// Everything that can be decided is decided once, when a server starts. A
// [Column] pairs a Postgres type with a protobuf field; [NewCodec] looks the
// pair up in the table of legal pairs (table.go) and keeps the functions that
// convert one value. What then runs for each row is those functions, over byte
// slices:
//
//	codec, err := wire.NewCodec(wire.Column{Name: "price", Type: numeric, Field: field})
//	plan := wire.NewPlan([]*wire.Codec{codec})
//	dst, err = plan.AppendRow(dst, row) // row as Postgres sent it, in binary format
//
// The column is selected as it is, or cast to [Codec.Cast] where Postgres has
// no binary form that is worth reading. A [Plan] is safe for concurrent use
// and allocates nothing but the growth of dst.
//
// Requests go the other way. A [Decoder] splits a message into one [Value] a
// field, and [Codec.AppendParam] writes a Value as the parameter that
// [Codec.Param] describes:
//
//	values, err := decoder.Decode(nil, message)
//	dst, err = codec.AppendParam(dst, values[0])
//
// The bytes of a result are also the bytes of a parameter of the same codec,
// unless it is of an array, so that a key that was read can be sent back.
//
// # Values with parts
//
// A composite type may be bound to a message that has a field for each
// attribute, named as the attribute or by (rowgate.v1.column), to any depth. A
// NULL attribute is an absent field. The other way round an absent field is
// NULL when it has presence; a plain one is its zero value, and a repeated one
// the empty array, since proto3 cannot tell it from none (of a vector, which
// cannot be empty, it is NULL). A range is a message such as those in
// rowgate/v1/range.proto, a multirange repeats one, hstore is a map, a vector a
// repeated float, a geometry GeoJSON.
//
// Such values travel in their binary form, parts and all. A type that rowgate
// reads in its text form alone, such as money or tsvector, can therefore be no
// part of a message: [MessageLegal] tells. The string that holds the whole
// value in Postgres' text form is always legal, and so is for every array the
// message rowgate.v1.Array, which keeps dimensions and NULLs.
//
// # Rows within rows
//
// Rows of related tables come as one column of the outer row: a record, or an
// array of records. [NewPlanWith] plans them as a message field, to any depth.
// Their columns are selected as those of any row are, so that here types that
// are read in text form are legal. What [Embed.Limit] and [Embed.Cut] have left
// out is told by the [Writer] that left it out:
//
//	plan := wire.NewPlanWith(posts, []wire.Embed{{Field: comments, Plan: wire.NewPlan(columns), Limit: 20, Cut: true}})
//	w := plan.NewWriter()
//	dst, err = w.AppendRow(dst, row)
//	for path, rows := range w.Cuts() { // "comments", 1
//
// # Errors
//
// Nothing is rounded, clamped or dropped in silence: a value that does not fit
// is a [*ValueError], which names the column that was read or the field that
// was sent and can be shown to the client as it stands.
//
// Postgres must run with client_encoding UTF8. The binary forms are those of
// the type's send and receive functions, which Postgres has kept stable:
// https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-FORMAT-CODES
package wire
