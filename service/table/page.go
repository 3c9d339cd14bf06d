package table

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
)

// listShape is what tells one list statement from another.
type listShape struct {
	orderBy string
	limit   int
	// after says that a cursor is given, and nulls which of its values are
	// NULL, a byte each.
	after bool
	nulls string
}

// listStatement is a statement with where the cursor's values stand in a row.
type listStatement struct {
	*query.Statement
	cursor []int
}

// maxPageBytes is how large a page grows before it ends early; gRPC's clients
// refuse answers over 4 MiB. AIP-158 allows a page with fewer rows.
const maxPageBytes = 3 << 20

// page runs the statement and writes the rows, and a token when there are
// more.
func (l *list) page(c *call, dst []byte, st *listStatement, size int, scope filter.Scope) ([]byte, error) {
	width, start := len(l.columns), len(dst)
	rows, full, more := 0, false, false
	var cursor [][]byte
	_, err := c.run(func(row [][]byte) (err error) {
		if full {
			more = true
			return nil
		}
		if dst, err = l.plan.AppendField(dst, l.itemsField, row[:width]); err != nil {
			return err
		}
		rows++
		if full = rows == size || len(dst)-start >= maxPageBytes; full {
			cursor = keep(row, st.cursor)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case more && l.tokenField == 0:
		// Rows without a key have no next page; leaving the rest out would be
		// taken for the end.
		return nil, status.FailedPrecondition("page_size", fmt.Sprintf("there are more than %d rows, "+
			"and %s cannot be paged through: ask for more at once, at most %d", rows, l.name, l.maxSize))
	case more:
		token := l.tokens.Seal(nil, scope, cursor)
		dst = protowire.AppendTag(dst, l.tokenField, protowire.BytesType)
		dst = protowire.AppendBytes(dst, token)
	}
	return dst, nil
}

// keep copies the cursor's values out of a row.
func keep(row [][]byte, at []int) [][]byte {
	cursor := make([][]byte, len(at))
	for i, n := range at {
		if row[n] != nil {
			cursor[i] = append([]byte{}, row[n]...)
		}
	}
	return cursor
}

// resume takes the cursor out of a page token into the arguments.
func (l *list) resume(c *call, token string, scope filter.Scope, terms int, shape *listShape) error {
	cursor, err := l.tokens.Open([]byte(token), scope, terms)
	if err != nil {
		return status.InvalidArgument("page_token", err.Error())
	}
	nulls := make([]byte, terms)
	for i, v := range cursor {
		if v == nil {
			nulls[i] = 1
		} else {
			c.args = append(c.args, v)
		}
	}
	shape.after, shape.nulls = true, string(nulls)
	return nil
}

// statement writes the SELECT of a shape. A column of the order that the
// select list has in another form, or not at all, is selected once more as it
// is, for the cursor.
func (l *list) statement(shape listShape, order []query.Order) *listStatement {
	columns := slices.Clone(l.columns)
	st := &listStatement{cursor: make([]int, len(order))}
	args := make([]query.Arg, len(order))
	nulls := make([]bool, len(order))
	next := 0
	for i, o := range order {
		column := l.relation.Column(o.By.(query.Ref).Column)
		at := slices.IndexFunc(columns, func(c query.Column) bool { return c.Name == column.Name && c.Cast == "" })
		if at < 0 {
			at = len(columns)
			own := query.Column{Name: column.Name, OID: column.Type.OID}
			if column.Type.TextOnly {
				own.Cast, own.OID = "text", textOID
			}
			columns = append(columns, own)
		}
		st.cursor[i] = at
		if nulls[i] = shape.after && shape.nulls[i] == 1; !nulls[i] {
			args[i] = query.Arg{N: next, OID: column.Type.OID, Text: column.Type.TextOnly}
			next++
		}
	}
	sel := query.Select{From: l.from, Columns: columns, OrderBy: order, Limit: shape.limit}
	if shape.after {
		sel.Where = query.After(order, args, nulls)
	}
	st.Statement = sel.Statement()
	return st
}

// textOID is the type text's.
const textOID = 25

// limitFor rounds the rows that a page needs, and the one more that tells
// whether there is a next page, up to one of a few limits, so that page sizes
// share statements. The call itself fetches no more rows than it needs.
func limitFor(size int) int {
	for _, limit := range []int{11, 26, 51, 101, 251, 501, 1001} {
		if size < limit {
			return limit
		}
	}
	return size + 1
}
