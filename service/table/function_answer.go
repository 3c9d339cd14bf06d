package table

import (
	"errors"
	"fmt"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// statement writes a call of which this is the result.
func (r *result) statement(call query.Call) *query.Statement {
	switch r.form {
	case values:
		return call.Values(r.columns[0])
	case row:
		return call.Row(r.columns)
	default:
		return call.Value(r.columns[0])
	}
}

// answer runs the statement that the call has come to and writes the result.
func (r *result) answer(c *call, dst []byte) ([]byte, error) {
	if r.form == nothing {
		_, err := c.run(nil)
		return dst, err
	}
	if r.form == values {
		c.stored.MaxRows = maxSetSize + 1
	}
	kept := ""
	if !c.stored.Statement.ReadOnly {
		// The server has committed before its rows are read.
		kept = "; the function has run, and what it changed is kept"
	}
	start, count := len(dst), 0
	_, err := c.run(func(columns [][]byte) (err error) {
		if count++; count > maxSetSize {
			return errTooMuch(fmt.Sprintf("%d rows", maxSetSize), kept)
		}
		if dst, err = r.append(dst, columns, count); err != nil {
			return err
		}
		if count > 1 && len(dst)-start > maxPageBytes {
			return errTooMuch(fmt.Sprintf("%d MiB", maxPageBytes>>20), kept)
		}
		return nil
	})
	var value *wire.ValueError
	if errors.As(err, &value) {
		told := *value
		told.Text += kept
		return nil, &told
	}
	return dst, err
}

// append writes the n-th row of the result, counted from 1.
func (r *result) append(dst []byte, columns [][]byte, n int) ([]byte, error) {
	switch r.form {
	case value:
		return r.plan.AppendRow(dst, columns)
	case values:
		if columns[0] == nil {
			return dst, &wire.ValueError{
				Column: r.columns[0].Name, Kind: wire.Precondition,
				Text: fmt.Sprintf("row %d of the set is NULL, which a repeated field has no place for", n),
			}
		}
		return r.plan.AppendRow(dst, columns)
	case row:
		if isNull := columns[len(r.columns)]; len(isNull) == 1 && isNull[0] == 1 {
			return dst, nil
		}
	}
	if err := notNull(columns, r.whole, r.columns); err != nil {
		return dst, err
	}
	return r.plan.AppendField(dst, r.field, columns[:len(r.columns)])
}

// notNull refuses a row that has no value in one of the columns of whole.
func notNull(row [][]byte, whole []int, columns []query.Column) error {
	for _, i := range whole {
		if row[i] == nil {
			return &wire.ValueError{
				Column: columns[i].Name, Kind: wire.Precondition,
				Text: "it is NULL, which its field cannot say unless it is optional",
			}
		}
	}
	return nil
}

func errTooMuch(limit, kept string) error {
	return status.FailedPrecondition("", "the function gives more than "+limit+", which is the most that one call answers: "+
		"let it take arguments that ask for less"+kept)
}
