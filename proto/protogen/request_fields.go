package protogen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rowgate/rowgate/store/catalog"
)

// The fields that requests and responses may have beside their resources. Those
// that have no number get the next one that is free.

const (
	emptyMessage      = "google.protobuf.Empty"
	maskMessage       = "google.protobuf.FieldMask"
	includeMessage    = "rowgate.v1.Include"
	countEnum         = "rowgate.v1.Count"
	onConflictMessage = "rowgate.v1.OnConflict"
	useMessage        = "rowgate.v1.Use"
)

// What a page_size means: of rows in pages, of those that no key tells apart,
// of a function's, and of groups.
const (
	sizeOfPage   = "How many rows at the most; 50 when 0. More than 1000 count as 1000."
	sizeOfList   = "How many rows at the most; 50 when 0, and never more than 1000. FAILED_PRECONDITION when there are more."
	sizeOfSet    = "How many rows at the most; 1000 when 0, and never more. FAILED_PRECONDITION when there are more."
	sizeOfGroups = "How many groups, the first ones. When 0 all, and FAILED_PRECONDITION when these are more than 1000."
)

func numbered(f *field, number int32) *field {
	f.number = number
	return f
}

func pageSize(number int32, about string) *field {
	return &field{
		name: "page_size", number: number, typ: "int32", comment: said(about),
		rules: rules{{path: "int32.gte", value: "0"}},
	}
}

func pageToken(number int32) *field {
	return &field{
		name: "page_token", number: number, typ: "string",
		comment: said("The next_page_token or the previous_page_token of a page, for the one behind or before it, " +
			"with the same filter and order_by; empty for the first page."),
	}
}

func nextPageToken(number int32) *field {
	return &field{
		name: "next_page_token", number: number, typ: "string",
		comment: said("The page_token of the next page; empty on the last."),
	}
}

func previousPageToken() *field {
	return &field{
		name: "previous_page_token", number: 3, typ: "string",
		comment: said("The page_token of the page before; empty on the first."),
	}
}

func totalSize() *field {
	return &field{
		name: "total_size", number: 4, label: "optional", typ: "int64",
		comment: said("How many rows the filter leaves, over all pages; absent when the request asks for no count."),
	}
}

func cutShort() *field {
	return &field{
		name: "cut_short", number: 5, typ: "bool",
		comment: said("The page ended before its page_size, since it grew too large."),
	}
}

// filtered is the filter of rows, which are no resource's when r is nil.
func (r *resource) filtered(number int32) *field {
	return &field{name: "filter", number: number, typ: "string", comment: said("Which rows" + r.filterExample() + " (AIP-160). All when empty.")}
}

// requiredFilter is that of a method that writes.
func (r *resource) requiredFilter() *field {
	return &field{
		name: "filter", number: 1, typ: "string", comment: said("Which rows" + r.filterExample() + " (AIP-160)."),
		behavior: []string{"REQUIRED"}, rules: rules{{path: "required", value: "true"}},
	}
}

func (r *resource) orderBy(number int32, otherwise string) *field {
	about := `Fields to order by, for instance "` + r.orderExample() + `" (AIP-132).`
	if len(r.key) > 0 || !strings.HasPrefix(otherwise, "The key") {
		about += " " + otherwise
	}
	return &field{name: "order_by", number: number, typ: "string", comment: said(about)}
}

func counted(number int32) *field {
	return &field{
		name: "count", number: number, typ: countEnum,
		comment: said("How total_size is counted; it is not when left out."),
	}
}

// readMask is that of a method that reads.
func readMask() *field {
	return &field{
		name: "read_mask", typ: maskMessage,
		comment: said("The fields to answer, with those of relations behind dots (AIP-157). All columns when left out."),
	}
}

// writtenMask is that of a method that writes a row.
func writtenMask() *field {
	return &field{
		name: "read_mask", typ: maskMessage,
		comment: said("The fields to answer (AIP-157). All columns when left out, and nothing when it has no path."),
	}
}

// manyMask is that of a method that writes rows by a filter.
func manyMask() *field {
	return &field{
		name: "read_mask", typ: maskMessage,
		comment: said("The fields to answer of each row (AIP-157). No rows are answered when left out."),
	}
}

func updateMask(number int32) *field {
	return &field{
		name: "update_mask", number: number, typ: maskMessage,
		comment: said("The fields to change. When empty, those that have a value (AIP-134)."),
	}
}

// include is the field for relations, where the resource has any.
func (r *resource) include() []*field {
	if !r.related {
		return nil
	}
	return []*field{{
		name: "include", label: "repeated", typ: includeMessage, fresh: r.newlyRelated,
		comment: said("Relations to answer with each row, each with its own filter and order."),
	}}
}

func onConflict() *field {
	return &field{
		name: "on_conflict", typ: onConflictMessage,
		comment: said("What becomes of a row whose key is there already. ALREADY_EXISTS when left out."),
	}
}

func requestID() *field {
	return &field{
		name: "request_id", typ: "string",
		comment: said("A UUID of the client's making. The same request with the same one is carried out once, " +
			"and answered again as it was (AIP-155)."),
		rules: rules{ignoreZero, {path: "string.uuid", value: "true"}},
	}
}

func validateOnly() *field {
	return &field{
		name: "validate_only", typ: "bool",
		comment: said("Answer as if it were done, and do nothing (AIP-163)."),
	}
}

// The fields of an update that hold the resource and are not its new values.
var changesOfRows = []string{"expected", "increment", "append", "merge"}

func (r *resource) expected() *field {
	return &field{
		name: "expected", typ: r.name,
		comment: said("Values that the row must have, or the answer is ABORTED."),
	}
}

// operands are the fields that hold what is put to values, where the resource
// has columns of such types.
func (r *resource) operands() []*field {
	var all []*field
	for _, o := range []struct {
		name, about string
		takes       func(*catalog.Type) bool
	}{
		{"increment", "Numbers and intervals that are added to the row's.", takesIncrement},
		{"append", "Lists, texts and bytes that are put behind the row's.", takesAppend},
		{"merge", "JSON objects whose members are put into the row's.", takesMerge},
	} {
		columns, known := 0, false
		for _, c := range r.relation.Columns {
			f := r.byColumn[c.Name]
			if f != nil && o.takes(c.Type) && c.Assignable() && r.grants.MayUpdate(c) && !slices.Contains(r.key, f) {
				columns++
				known = known || f.have != nil
			}
		}
		if columns > 0 {
			// What is valid as a row's value need not be as a part of it.
			all = append(all, &field{
				name: o.name, typ: r.name, comment: said(o.about), fresh: !known,
				rules: rules{{path: "ignore", value: "IGNORE_ALWAYS"}},
			})
		}
	}
	return all
}

func takesIncrement(t *catalog.Type) bool {
	if t.Schema != "pg_catalog" {
		return false
	}
	switch t.Name.Name {
	case "int2", "int4", "int8", "float4", "float8", "numeric", "money", "interval":
		return true
	}
	return false
}

func takesAppend(t *catalog.Type) bool {
	if t.Elem != nil || t.Extension == "citext" && t.Name.Name == "citext" {
		return true
	}
	if t.Schema != "pg_catalog" {
		return false
	}
	switch t.Name.Name {
	case "text", "varchar", "bytea", "jsonb":
		return true
	}
	return false
}

func takesMerge(t *catalog.Type) bool {
	return t.Schema == "pg_catalog" && t.Name.Name == "jsonb" || t.Extension == "hstore" && t.Name.Name == "hstore"
}

// guards are the fields that bound what a write by a filter touches.
func guards(verb string) []*field {
	natural := func() rules { return rules{{path: "int64.gte", value: "0"}} }
	return []*field{
		{
			name: "expected_count", label: "optional", typ: "int64", rules: natural(),
			comment: said(fmt.Sprintf("How many rows there must be to %s, or the call fails.", verb)),
		},
		{
			name: "max_affected", label: "optional", typ: "int64", rules: natural(),
			comment: said(fmt.Sprintf("The most rows to %s, or the call fails. 1000 when neither it nor expected_count is given.", verb)),
		},
	}
}
