package status

import (
	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/store/wire"
)

// valueError maps what a codec refused. Its text is made for the client. A
// value of the request is told by its field; a stored one by its column.
func valueError(e *wire.ValueError, info Info) answer {
	a := answer{text: e.Text, field: e.Field}
	switch e.Kind {
	case wire.Invalid:
		a.code, a.reason = codes.InvalidArgument, "INVALID_VALUE"
	case wire.OutOfRange:
		a.code, a.reason = codes.OutOfRange, "VALUE_OUT_OF_RANGE"
	case wire.Precondition:
		a.code, a.reason = codes.FailedPrecondition, "VALUE_WITHOUT_PLACE"
	default:
		return internal
	}
	switch {
	case e.Field != "" && info.Path != "":
		a.field = info.Path + "." + e.Field
	case e.Field == "" && e.Column != "":
		a.text, a.column = e.Error(), e.Column
	case e.Field == "":
		// A message that is malformed as a whole.
		a.field = info.Path
	}
	return a
}
