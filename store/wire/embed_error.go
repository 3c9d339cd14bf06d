package wire

import (
	"errors"
	"fmt"
)

// formError is the error of a record or an array that is of another form than
// was planned: of other columns, for one.
func (e *embedStep) formError() error {
	return &ValueError{
		Column: string(e.Field.Name()), relation: true, Kind: Precondition,
		Text: "its rows do not have the columns that the server read when it started; " +
			"the schema has changed since, so the server must read it again",
	}
}

// limitError is the error of more rows than the limit, when they may not be
// cut.
func (e *embedStep) limitError() error {
	there := fmt.Sprintf("there are more than %d rows", e.Limit)
	if e.Limit == 1 {
		there = "there is more than one row"
	}
	return &ValueError{
		Column: string(e.Field.Name()), relation: true, Kind: Precondition,
		Text: there + ", and none are left out unless the request includes the relation with a page_size",
	}
}

// below is the error of a row within as the outer row's: its column is named
// with the path to it.
func (e *embedStep) below(err error) error {
	var v *ValueError
	if !errors.As(err, &v) {
		return err
	}
	outer := *v
	outer.Column = string(e.Field.Name()) + "." + v.Column
	return &outer
}
