package table

import (
	"errors"
	"fmt"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/wire"
)

// answer runs the statement that the call has come to and writes its result.
func (r *queryResult) answer(c *call, dst []byte) ([]byte, error) {
	if r.form == nothing {
		_, err := c.run(nil)
		return dst, err
	}
	kept := ""
	if c.stored.Statement.ReadOnly {
		c.stored.MaxRows = r.most() + 1
	} else {
		// The server has committed before its rows are read. Nothing is cut
		// short: functions among the columns may write.
		kept = "; the statement has run, and what it changed is kept"
	}
	start, count := len(dst), 0
	_, err := c.run(func(columns [][]byte) (err error) {
		if count++; count > int(r.most()) {
			return r.errTooMany(kept)
		}
		if err = r.present(columns); err != nil {
			return err
		}
		if r.form == row {
			dst, err = r.plan.AppendRow(dst, columns)
			return err
		}
		dst, err = r.plan.AppendField(dst, r.field, columns)
		if err == nil && count > 1 && len(dst)-start > maxPageBytes {
			err = errTooLong(fmt.Sprintf("%d MiB", maxPageBytes>>20), kept)
		}
		return err
	})
	var value *wire.ValueError
	switch {
	case errors.As(err, &value):
		told := *value
		told.Text += kept
		return nil, &told
	case err == nil && r.form == row && count == 0:
		return nil, status.NotFound("the query gives no row for this caller")
	}
	return dst, err
}

// most is the most rows that one call answers.
func (r *queryResult) most() uint32 {
	if r.form == row {
		return 1
	}
	return maxSetSize
}

// present refuses NULL where the field has no way to say it.
func (r *queryResult) present(columns [][]byte) error {
	for _, i := range r.whole {
		if columns[i] == nil {
			return &wire.ValueError{
				Column: r.columns[i].Name, Kind: wire.Precondition,
				Text: "it is NULL, which its field cannot say unless it is optional",
			}
		}
	}
	return nil
}

func (r *queryResult) errTooMany(kept string) error {
	if r.form == row {
		return status.FailedPrecondition("", "the query gives several rows, and the response has place for one"+kept)
	}
	return errTooLong(fmt.Sprintf("%d rows", maxSetSize), kept)
}

func errTooLong(limit, kept string) error {
	return status.FailedPrecondition("", "the query gives more than "+limit+", which is the most that one call answers: "+
		"let it take parameters that ask for less, such as a LIMIT"+kept)
}
