package service_test

import (
	"testing"

	"github.com/rowgate/rowgate/store/storetest"
)

// TestWrongCreates holds that every place where a request or an answer of new
// rows is not of the form of its operation is told, and what would be right.
func TestWrongCreates(t *testing.T) {
	const head = `syntax = "proto3";
package wrong.v1;
import "google/protobuf/field_mask.proto";
import "rowgate/v1/options.proto";
import "rowgate/v1/query.proto";
message Item { option (rowgate.v1.relation) = { name: "items" }; string title = 1; }
message Create { Item item = 1; rowgate.v1.OnConflict on_conflict = 2; google.protobuf.FieldMask read_mask = 3; string request_id = 4; }
message Batch { repeated Create requests = 1; }
message Items { repeated Item items = 1; int64 count = 2; }
message Import { repeated Item items = 1; }
message Count { int64 count = 1; }`
	tests := []struct {
		name, rpc, operation string
		messages             string
		want                 []string
	}{
		{
			name: "a create with more than it knows", rpc: "(M1) returns (Item)", operation: "create: {}",
			messages: `message M1 { Item item = 1; bool loud = 2; string validate_only = 3; }`,
			want: []string{
				"13:29: loud means nothing to M: its request may have include, item, on_conflict, read_mask, request_id, validate_only",
				"13:44: validate_only is of type string, and M needs bool",
			},
		},
		{
			name: "a create of nothing", rpc: "(Count) returns (Item)", operation: "create: {}",
			want: []string{"12:13: the request of M has no field of type wrong.v1.Item, the resource that it answers"},
		},
		{
			name: "a batch without requests", rpc: "(Create) returns (Items)", operation: "batch_create: {}",
			want: []string{
				"7:18: item means nothing to M: its request may have on_conflict, read_mask, request_id, requests, validate_only",
				"12:13: the request of M needs a repeated message requests, whose items are requests of a create",
			},
		},
		{
			name: "a batch that answers no rows", rpc: "(Batch) returns (Count)", operation: "batch_create: {}",
			want: []string{"12:13: M answers wrong.v1.Count, which has no repeated message for the rows"},
		},
		{
			name: "a batch of other requests", rpc: "(M1) returns (Items)", operation: "batch_create: {}",
			messages: `message M1 { repeated Count requests = 1; }`,
			want:     []string{"12:13: Count, which the request of M has, has no field of type wrong.v1.Item, the resource that it answers"},
		},
		{
			name: "a batch that answers more", rpc: "(Batch) returns (M1)", operation: "batch_create: {}",
			messages: `message M1 { repeated Item items = 1; int32 count = 2; }`,
			want:     []string{"13:39: count means nothing to M: it answers one repeated message, the rows, and int64 count"},
		},
		{
			name: "an import that is unary", rpc: "(Import) returns (Count)", operation: "import: {}",
			want: []string{"12:13: M is unary, and its operation streams its requests"},
		},
		{
			name: "an import of nothing", rpc: "(stream Count) returns (Count)", operation: "import: {}",
			want: []string{"12:13: the requests of M have no repeated message for the rows"},
		},
		{
			name: "an import without a count", rpc: "(stream Import) returns (Items)", operation: "import: {}",
			want: []string{
				"9:17: items means nothing to M: it answers int64 count",
			},
		},
	}
	db := storetest.New(t, exampleApp()...)
	st := openLogin(t, db)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source := head + "\nservice S { rpc M" + tt.rpc + " { option (rowgate.v1.method) = { " + tt.operation + " }; } }\n" + tt.messages + "\n"
			isWrong(t, st, source, tt.want)
		})
	}
}
