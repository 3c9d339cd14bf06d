package service_test

import (
	"google.golang.org/grpc/codes"
)

const (
	noNUL    = "the text has a NUL character, which Postgres cannot store"
	noUTF8   = "the text is not valid UTF-8"
	uuidForm = " is not a UUID, 32 hexadecimal digits in the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
	noToken  = "is not a token that this method gave to this caller for this filter and order_by; " +
		"send a page's token as it is, and the same filter and order_by"
	itemFields = "the fields of Item: id, owner_id, title, description, quantity, price, done, created_at, updated_at"
)

// What the database's refusals become.
var (
	duplicate   = told(codes.AlreadyExists, "ALREADY_EXISTS", "23505", "", "a row with the same key or the same unique value is there already")
	reference   = told(codes.FailedPrecondition, "REFERENCE_VIOLATION", "23503", "", "a row that this one refers to does not exist, or rows still refer to this one")
	brokenRule  = told(codes.InvalidArgument, "CHECK_VIOLATION", "23514", "", "a value breaks a rule of the table or of its type")
	denied      = told(codes.PermissionDenied, "PERMISSION_DENIED", "42501", "", "the caller's role may not do this")
	raised      = told(codes.FailedPrecondition, "RAISED", "P0001", "", "the shop is closed on Sundays")
	subjectForm = told(codes.PermissionDenied, "SUBJECT_NOT_UUID", "22P02", "", "the token's sub is not a uuid, and a policy of this database needs one (auth.uid())")
)

// told is an answer about what the caller sent.
func told(code codes.Code, reason, sqlstate, field, text string) answer {
	return answer{code: code, reason: reason, sqlstate: sqlstate, field: field, text: text}
}

// stored is an answer about a value that the database holds.
func stored(code codes.Code, reason, column, text string) answer {
	return answer{code: code, reason: reason, column: column, text: `column "` + column + `": ` + text}
}

// invalid is a value that is none of its type.
func invalid(field, text string) answer {
	return told(codes.InvalidArgument, "INVALID_VALUE", "", field, text)
}

// outOfRange is a value that does not fit.
func outOfRange(field, text string) answer {
	return told(codes.OutOfRange, "VALUE_OUT_OF_RANGE", "", field, text)
}

// notFound is a row that is not there, or not for the caller to see.
func notFound(message string) answer {
	return told(codes.NotFound, "NOT_FOUND", "", "", "no such "+message+" for this caller")
}

// failed is an error of the database of which nothing more is told.
func failed(sqlstate string) answer {
	return told(codes.Internal, "INTERNAL", sqlstate, "", "the server failed; its log says why")
}
