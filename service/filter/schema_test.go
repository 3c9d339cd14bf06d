package filter_test

import (
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

func scalar(oid uint32, name string) wire.Type { return wire.Type{OID: oid, Name: name, Typmod: -1} }

func of(kind wire.Kind, oid uint32, name string, elem wire.Type) wire.Type {
	return wire.Type{OID: oid, Name: name, Kind: kind, Typmod: -1, Elem: &elem}
}

// items is a message with a field of each sort of type, and two relations, one
// of which leads back.
func items() *filter.Schema {
	column := func(name string, t wire.Type) *filter.Column {
		return &filter.Column{Name: name, Column: name, Type: t, Nullable: name != "id", Sortable: name != "plain" && name != "spot"}
	}
	text := scalar(25, "text")
	item, author := &filter.Schema{Name: "Item"}, &filter.Schema{Name: "Author"}
	item.Columns = []*filter.Column{
		column("id", scalar(2950, "uuid")), column("title", text), column("price", scalar(1700, "numeric(12,2)")),
		column("rating", scalar(23, "integer")), column("score", scalar(701, "double precision")), column("done", scalar(16, "boolean")),
		column("created", scalar(1184, "timestamp with time zone")), column("length", scalar(1186, "interval")),
		column("kind", wire.Type{OID: 20000, Name: "public.kind", Kind: wire.Enum, Labels: []string{"a", "b"}, Typmod: -1}),
		column("tags", of(wire.Array, 1009, "text[]", text)), column("span", of(wire.Range, 3904, "int4range", scalar(23, "integer"))),
		column("doc", scalar(3802, "jsonb")), column("plain", scalar(114, "json")), column("spot", scalar(600, "point")),
		column("attrs", wire.Type{OID: 20001, Name: "ext.hstore", Extension: "hstore", Base: "hstore", Typmod: -1}),
		column("words", scalar(3614, "tsvector")), column("raw", scalar(17, "bytea")),
		column("isbn", wire.Type{OID: 20002, Name: "ext.isbn", Extension: "isn", Base: "isbn", Typmod: -1}),
	}
	item.Columns[len(item.Columns)-1].TextOnly = true
	author.Columns = []*filter.Column{column("id", scalar(23, "integer")), column("name", text)}
	relate := func(from *filter.Schema, name string, to *filter.Schema, many bool) {
		from.Relations = append(from.Relations, &filter.Relation{
			Name: name, Many: many, To: func() *filter.Schema { return to },
			Join: func(at query.Alias, p *filter.Params) query.Join {
				return query.Join{From: at, As: p.Alias(), To: query.Relation{Schema: "public", Name: name}, On: []query.Pair{{Their: "id", Ours: name}}}
			},
		})
	}
	relate(item, "author", author, false)
	relate(author, "items", item, true)
	relate(author, "hidden", nil, true)
	return item
}

// sqlOf is the condition of a statement's SQL.
func sqlOf(e query.Expr) string {
	const before = `select t."id" from "public"."i" as t where `
	return query.Select{From: query.Relation{Schema: "public", Name: "i"}, Columns: []query.Column{{Name: "id"}}, Where: e}.Statement().SQL[len(before):]
}
