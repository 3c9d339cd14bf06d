package auth

import (
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/service/status"
)

// Error says why a call has no caller. Its text is for the client and holds
// nothing of the cause, which errors.Unwrap gives to the log.
type Error struct {
	// Code is UNAUTHENTICATED for a token that cannot be believed,
	// PERMISSION_DENIED for one whose role may not be taken on, and UNAVAILABLE
	// when the keys cannot be fetched. A call that ends while it waits for the
	// keys gets CANCELED or DEADLINE_EXCEEDED.
	Code codes.Code

	// Reason is the UPPER_SNAKE reason of the google.rpc.ErrorInfo that is sent
	// along, unique within status.Domain.
	Reason string

	// Text is the sentence that the client sees.
	Text string

	cause error
}

// Error returns the sentence that the client sees.
func (e *Error) Error() string { return e.Text }

// Unwrap returns what the client is not told, or nil.
func (e *Error) Unwrap() error { return e.cause }

// GRPCStatus returns the status that grpc sends for this error.
func (e *Error) GRPCStatus() *grpcstatus.Status {
	return status.New(e.Code, e.Reason, e.Text, nil).GRPCStatus()
}

// unauthenticated is an Error for a token that cannot be believed.
func unauthenticated(reason, text string, cause error) *Error {
	return &Error{Code: codes.Unauthenticated, Reason: reason, Text: text, cause: cause}
}

// denied is an Error for a role that may not be taken on.
func denied(reason, text string) *Error {
	return &Error{Code: codes.PermissionDenied, Reason: reason, Text: text}
}
