package service_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"
)

// TestMalformedRequests sends bytes that are no message, or too many of them.
func TestMalformedRequests(t *testing.T) {
	w := newInputWorld(t)
	field := func(num protowire.Number, content []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), content)
	}
	const item, created, mask = 1, 8, 2
	id := field(1, []byte(aliceItem))
	tests := []struct {
		name, method string
		req          []byte
		want         answer
	}{
		{"no tag", "GetItem", []byte{0xff}, invalid("", "the bytes are not a valid app.v1.GetItemRequest message")},
		{"cut short", "GetItem", id[:20], invalid("", "the bytes are not a valid app.v1.GetItemRequest message")},
		{"cut short", "DeleteItem", id[:20], invalid("", "the bytes are not a valid app.v1.DeleteItemRequest message")},
		{"a group without an end", "ListItems", []byte{5<<3 | 3, 1 << 3, 1}, invalid("", "the bytes are not a valid app.v1.ListItemsRequest message")},
		{"the field number 0", "ListItems", []byte{0, 1}, invalid("", "the bytes are not a valid app.v1.ListItemsRequest message")},
		{
			"a varint without an end", "GetComment", append([]byte{1 << 3}, bytes.Repeat([]byte{0xff}, 11)...),
			invalid("", "the bytes are not a valid app.v1.GetCommentRequest message"),
		},
		{"another wire type, which is passed over", "GetItem", []byte{1 << 3, 1}, invalid("id", `""`+uuidForm)},
		{"a resource that is none", "CreateItem", field(item, []byte{0xff, 0xff}), invalid("item", "the bytes are not a valid app.v1.Item message")},
		{"a resource that is none", "UpdateItem", field(item, []byte{0xff, 0xff}), invalid("item", "the bytes are not a valid app.v1.Item message")},
		{
			"a time that is none", "CreateItem", field(item, field(created, []byte{0xff, 0xff})),
			invalid("item.created_at", "the bytes are not a valid google.protobuf.Timestamp message"),
		},
		{"a mask that is none", "UpdateItem", append(field(item, id), field(mask, []byte{0xff})...), invalid("update_mask", "is not a field mask")},
		{
			"a mask of invalid UTF-8", "UpdateItem", append(field(item, id), field(mask, field(1, []byte("\xff")))...),
			invalid("update_mask", `names "\xff", and Item has no such field`),
		},
		{
			"JSON that is too deep", "CreatePost", field(1, field(8, deepList(1001))),
			outOfRange("post.metadata", "the JSON is nested deeper than 1000 levels"),
		},
		{
			"too large", "CreateItem", field(item, field(3, make([]byte, maxRequest))),
			told(codes.ResourceExhausted, "", "", "", fmt.Sprintf("grpc: received message larger than max (%d vs. %d)", maxRequest+8, maxRequest)),
		},
	}
	for _, tt := range tests {
		t.Run(tt.method+"/"+tt.name, func(t *testing.T) {
			w.unwritten(t, func() {
				w.untouched(t, tt.name, func() {
					if got := answerOf(t, w.send(as(t, token(t, alice)), tt.method, tt.req)); got != tt.want {
						t.Errorf("got  %s\nwant %s", got, tt.want)
					}
				})
			})
		})
	}
}

// TestWriteWhoseAnswerDoesNotFit writes to a row that cannot be answered, since
// another column holds what the contract has no place for. The write stands,
// and the answer says so.
func TestWriteWhoseAnswerDoesNotFit(t *testing.T) {
	w := newInputWorld(t)
	want := stored(codes.FailedPrecondition, "VALUE_WITHOUT_PLACE", "numbers",
		"the array has 2 dimensions, and a repeated field has one; the row was written, and only the answer cannot hold it")
	_, err := w.call(as(t, token(t, alice)), "", "UpdateProbe", w.request(t, "UpdateProbe", `{"probe":{"id":12,"code":"x"}}`, ""))
	if got := answerOf(t, err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if code := strings.TrimSpace(w.db.Psql(t, "select code from probes where id = 12")); code != "x" {
		t.Errorf("the row has the code %q", code)
	}
}

// deepList is a google.protobuf.Value of lists within lists.
func deepList(depth int) []byte {
	var value []byte
	for i := range depth {
		if i > 0 {
			value = protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), value)
		}
		value = protowire.AppendBytes(protowire.AppendTag(nil, 6, protowire.BytesType), value)
	}
	return value
}
