package status

import (
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
)

// httpCode reads the SQLSTATEs PTnnn, by which SQL for PostgREST says the HTTP
// status that it means: raise sqlstate 'PT429' using message = '…'.
func httpCode(sqlstate string) (answer, bool) {
	number, found := strings.CutPrefix(sqlstate, "PT")
	status, err := strconv.Atoi(number)
	if !found || err != nil || len(number) != 3 {
		return answer{}, false
	}
	a := answer{reason: "HTTP_" + number, text: strings.ToLower(http.StatusText(status))}
	switch status {
	case http.StatusUnauthorized:
		a.code = codes.Unauthenticated
	case http.StatusPaymentRequired, http.StatusForbidden:
		a.code = codes.PermissionDenied
	case http.StatusNotFound, http.StatusGone:
		a.code = codes.NotFound
	case http.StatusConflict:
		a.code = codes.Aborted
	case http.StatusPreconditionFailed, http.StatusLocked:
		a.code = codes.FailedPrecondition
	case http.StatusTooManyRequests:
		a.code = codes.ResourceExhausted
	case http.StatusNotImplemented:
		a.code = codes.Unimplemented
	case http.StatusServiceUnavailable:
		a.code = codes.Unavailable
	default:
		if status < 400 || status >= 500 {
			return answer{}, false
		}
		a.code = codes.InvalidArgument
	}
	return a, true
}
