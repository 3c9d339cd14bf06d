package status_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/wire"
)

func TestValueErrors(t *testing.T) {
	for _, tc := range []struct {
		name   string
		err    wire.ValueError
		path   string
		code   codes.Code
		reason string
		text   string
		field  string
	}{
		{
			"request, invalid",
			wire.ValueError{Field: "owner_id", Kind: wire.Invalid, Text: "is not a uuid"},
			"item",
			codes.InvalidArgument, "INVALID_VALUE", "item.owner_id: is not a uuid", "item.owner_id",
		},
		{
			"request itself",
			wire.ValueError{Field: "tags[3]", Kind: wire.OutOfRange, Text: "does not fit int2"},
			"",
			codes.OutOfRange, "VALUE_OUT_OF_RANGE", "tags[3]: does not fit int2", "tags[3]",
		},
		{
			"malformed",
			wire.ValueError{Kind: wire.Invalid, Text: "the message is malformed"},
			"item",
			codes.InvalidArgument, "INVALID_VALUE", "item: the message is malformed", "item",
		},
		{
			"malformed request",
			wire.ValueError{Kind: wire.Invalid, Text: "the message is malformed"},
			"",
			codes.InvalidArgument, "INVALID_VALUE", "the message is malformed", "",
		},
		{
			"stored, out of range",
			wire.ValueError{Column: "created_at", Kind: wire.OutOfRange, Text: "infinity has no place in a Timestamp"},
			"item",
			codes.OutOfRange, "VALUE_OUT_OF_RANGE", `column "created_at": infinity has no place in a Timestamp`, "",
		},
		{
			"stored, no place",
			wire.ValueError{Column: "tags", Kind: wire.Precondition, Text: "has a NULL element"},
			"",
			codes.FailedPrecondition, "VALUE_WITHOUT_PLACE", `column "tags": has a NULL element`, "",
		},
		{"no kind", wire.ValueError{Field: "owner_id", Text: "SECRET"}, "", codes.Internal, "INTERNAL", failed, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := status.FromError(context.Background(), fmt.Errorf("SECRET: %w", &tc.err), status.Info{Path: tc.path})
			info := &errdetails.ErrorInfo{Reason: tc.reason, Domain: "rowgate"}
			if tc.err.Column != "" {
				info.Metadata = map[string]string{"column": tc.err.Column}
			}
			details := []any{info}
			if tc.field != "" {
				details = append(details, &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{
					Field: tc.field, Description: tc.err.Text, Reason: tc.reason,
				}}})
			}
			compare(t, got, tc.code, tc.text, details...)
			var value *wire.ValueError
			if !errors.As(got, &value) || value != &tc.err {
				t.Error("the error does not unwrap to its cause")
			}
		})
	}
}
