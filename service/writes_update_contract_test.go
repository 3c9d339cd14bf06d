package service_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWrongUpdates holds that what an update's contract may not say is told with
// where it stands.
func TestWrongUpdates(t *testing.T) {
	const source = `syntax = "proto3";
package wrong.v1;
import "google/protobuf/empty.proto";
import "rowgate/v1/options.proto";
service WrongService {
  rpc UpdateItem(UpdateItemRequest) returns (Item) { option (rowgate.v1.method) = { update: {} }; }
  rpc BatchUpdateItems(BatchRequest) returns (ItemsResponse) { option (rowgate.v1.method) = { batch_update: {} }; }
  rpc BatchUpdateItems2(UpdateItemRequest) returns (ItemsResponse) { option (rowgate.v1.method) = { batch_update: {} }; }
  rpc UpdateItems(UpdateItemsRequest) returns (ItemsResponse) { option (rowgate.v1.method) = { update_many: {} }; }
  rpc UpdateNothing(DeleteItemsRequest) returns (ItemsResponse) { option (rowgate.v1.method) = { update_many: {} }; }
  rpc DeleteItems(DeleteItemsRequest) returns (OddResponse) { option (rowgate.v1.method) = { delete_many: { message: "Item" } }; }
  rpc DeleteThem(DeleteItemsRequest) returns (ItemsResponse) { option (rowgate.v1.method) = { delete_many: { message: "Them" } }; }
  rpc DeleteAll(UpdateAllRequest) returns (ItemsResponse) { option (rowgate.v1.method) = { delete_many: { message: "Item" } }; }
  rpc UpdateLines(UpdateLinesRequest) returns (Line) { option (rowgate.v1.method) = { update: {} }; }
}
message Item { option (rowgate.v1.relation) = { name: "items" }; string id = 1; string title = 2; }
message Line { option (rowgate.v1.relation) = { name: "log" }; string line = 1; }
message UpdateItemRequest { Item item = 1; Item increment = 2; Item other = 3; string expected = 4; }
message BatchRequest { repeated Good requests = 1; Item expected = 2; }
message Good { Item item = 1; }
message UpdateItemsRequest { string filter = 1; Item item = 2; int64 max_affected = 3; }
message DeleteItemsRequest { string filter = 1; }
message UpdateAllRequest { optional int64 max_affected = 1; }
message UpdateLinesRequest { Line line = 1; }
message ItemsResponse { repeated Item items = 1; int64 count = 2; }
message OddResponse { repeated Line lines = 1; int32 count = 2; }
`
	want := []string{
		`proto/wrong.proto:12:3: DeleteThem deletes rows of "Them", which is no message of package wrong.v1: name one in the option (rowgate.v1.method).delete_many.message`,
		"proto/wrong.proto:10:3: the request of UpdateNothing has no field for the resource: a message with an option (rowgate.v1.relation)",
		"proto/wrong.proto:13:3: the request of DeleteAll has no string filter, which says which rows are meant",
		"proto/wrong.proto:14:3: UpdateLines needs a key, and table public.log has none: name its columns in the message's option (rowgate.v1.relation).key",
		"proto/wrong.proto:18:29: item means nothing to BatchUpdateItems2: its request may have read_mask, request_id, requests, validate_only",
		"proto/wrong.proto:18:44: increment means nothing to BatchUpdateItems2: its request may have read_mask, request_id, requests, validate_only",
		"proto/wrong.proto:18:64: other means nothing to BatchUpdateItems2: its request may have read_mask, request_id, requests, validate_only",
		"proto/wrong.proto:18:64: other means nothing to UpdateItem: its request may have append, expected, include, increment, item, merge, read_mask, update_mask, validate_only",
		"proto/wrong.proto:18:80: expected is of type string, and UpdateItem needs wrong.v1.Item",
		"proto/wrong.proto:18:80: expected means nothing to BatchUpdateItems2: its request may have read_mask, request_id, requests, validate_only",
		"proto/wrong.proto:19:52: expected means nothing to BatchUpdateItems: its request may have read_mask, request_id, requests, validate_only",
		"proto/wrong.proto:21:64: max_affected needs to be optional, since 0 of it is not the same as none",
		"proto/wrong.proto:26:23: lines means nothing to DeleteItems: it answers one repeated wrong.v1.Item, the rows, and int64 count",
		"proto/wrong.proto:26:48: count means nothing to DeleteItems: it answers one repeated wrong.v1.Item, the rows, and int64 count",
		"proto/wrong.proto:8:3: the request of BatchUpdateItems2 needs a repeated message requests, whose items are requests of an update",
	}
	got := strings.Split(bindError(t, source).Error(), "\n")
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
