package status

import (
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
)

// Domain is the domain of every google.rpc.ErrorInfo that rowgate sends; a
// reason is unique within it (https://google.aip.dev/193#errorinfo).
const Domain = "rowgate"

// Error is what a client is told, and why it happened. Its text and its gRPC
// status hold nothing of the cause; errors.Unwrap gives the cause to the log.
// It is immutable.
type Error struct {
	status *grpcstatus.Status
	told   answer // what the status was made of; zero for a status of others
	cause  error
}

// Error returns the sentence that the client sees, and nothing of the cause:
// grpc makes this text the status message of an error that wraps this one.
func (e *Error) Error() string { return e.status.Message() }

// GRPCStatus returns the status that grpc sends for this error.
func (e *Error) GRPCStatus() *grpcstatus.Status { return e.status }

// Unwrap returns what the client is not told, or nil when there is no more to
// tell.
func (e *Error) Unwrap() error { return e.cause }

// Because returns the same status with cause underneath.
func (e *Error) Because(cause error) *Error {
	return &Error{status: e.status, told: e.told, cause: cause}
}

// Within returns the same error of a request that is part of another: path leads
// to it there, for example "writes[2].create_item".
func (e *Error) Within(path string) *Error {
	a := e.told
	if a.text == "" {
		a.code, a.text = e.status.Code(), e.status.Message()
	}
	if a.field == "" {
		a.field = path
	} else {
		a.field = path + "." + a.field
	}
	return a.because(e.cause)
}

// New returns an Error of a code, an UPPER_SNAKE reason and the sentence that
// the client sees. The cause may be nil and is seen by the log alone.
func New(code codes.Code, reason, text string, cause error) *Error {
	return answer{code: code, reason: reason, text: text}.because(cause)
}

// InvalidArgument says that a field of the request holds what it may not. The
// field is the path in the request, as in google.rpc.BadRequest, for example
// item.owner_id; the text is a clause that follows it.
func InvalidArgument(field, text string) *Error {
	return answer{code: codes.InvalidArgument, reason: "INVALID_VALUE", text: text, field: field}.because(nil)
}

// OutOfRange says that a value is valid in itself and does not fit where it
// belongs: an int8 in an int32 field, the year 10000 in a Timestamp. The field
// and the text are as for InvalidArgument.
func OutOfRange(field, text string) *Error {
	return answer{code: codes.OutOfRange, reason: "VALUE_OUT_OF_RANGE", text: text, field: field}.because(nil)
}

// FailedPrecondition says that what the database holds stands in the way of
// the call, for example an array with a NULL element for a repeated field. The
// field and the text are as for InvalidArgument; the field may be empty.
func FailedPrecondition(field, text string) *Error {
	return answer{code: codes.FailedPrecondition, reason: "FAILED_PRECONDITION", text: text, field: field}.because(nil)
}

// NotFound says that there is no such row, or none that the caller can see:
// the two are not told apart (https://google.aip.dev/211).
func NotFound(text string) *Error {
	return New(codes.NotFound, "NOT_FOUND", text, nil)
}

// Aborted says that the call met something that has changed meanwhile, and that
// it may succeed when it is made again, from a fresh read where it wrote
// (https://google.aip.dev/154).
func Aborted(field, text string) *Error {
	return answer{code: codes.Aborted, reason: "CONFLICT", text: text, field: field}.because(nil)
}

// Internal says that the server failed. The client learns nothing of the
// cause.
func Internal(cause error) *Error { return internal.because(cause) }

// answer is one thing to tell a client, before it is an Error.
type answer struct {
	code     codes.Code
	reason   string // UPPER_SNAKE, unique within Domain
	text     string // one sentence, no capital, no full stop
	field    string // path in the request; empty when none is known
	sqlstate string // empty when Postgres did not speak
	column   string // whose stored value is at fault; empty for none
}

// because makes the answer an Error over a cause.
func (a answer) because(cause error) *Error {
	a.field, a.text = fit(a.field), fit(a.text)
	text := a.text
	info := &errdetails.ErrorInfo{Reason: a.reason, Domain: Domain}
	for key, value := range map[string]string{"sqlstate": a.sqlstate, "column": a.column} {
		if value == "" {
			continue
		}
		if info.Metadata == nil {
			info.Metadata = map[string]string{}
		}
		info.Metadata[key] = value
	}
	details := []protoadapt.MessageV1{protoadapt.MessageV1Of(info)}
	if a.field != "" {
		text = a.field + ": " + a.text
		details = append(details, protoadapt.MessageV1Of(&errdetails.BadRequest{
			FieldViolations: []*errdetails.BadRequest_FieldViolation{
				{Field: a.field, Description: a.text, Reason: a.reason},
			},
		}))
	}
	st := grpcstatus.New(a.code, text)
	// It fails for code OK and for text that is not UTF-8; no answer has either.
	if with, err := st.WithDetails(details...); err == nil {
		st = with
	}
	return &Error{status: st, told: a, cause: cause}
}

// maxText bounds a text for the client, in bytes. Texts hold what the client
// sent, and a status travels in headers: one of some megabytes would end the
// connection, and with it the calls of others.
const maxText = 2048

// fit makes text one that a status can carry: valid UTF-8, without which a
// protobuf string would take the whole status with it, and not too long.
func fit(text string) string {
	if len(text) > maxText {
		text = text[:maxText] + "..."
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
