package service_test

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/store/storetest"
)

// TestAggregateRefusals holds what requests are refused for, and how.
func TestAggregateRefusals(t *testing.T) {
	w := newAggregatesWorld(t)
	const (
		sales   = "AggregateSales"
		most    = "which is the most that one call answers: ask for fewer by filter"
		samples = "AggregateSamples"
	)
	tests := []struct {
		method, request string
		code            codes.Code
		says            string
	}{
		{sales, `{"aggregates":"total"}`, codes.InvalidArgument, `aggregates: names "total", which is none of avg, count, max, min, sum`},
		{sales, `{"aggregates":"group"}`, codes.InvalidArgument, `aggregates: names "group", which is none of avg, count, max, min, sum`},
		{sales, `{"aggregates":"group.kind"}`, codes.InvalidArgument, `aggregates: names "group.kind", which is none of avg, count, max, min, sum`},
		{sales, `{"aggregates":"count.price"}`, codes.InvalidArgument, `aggregates: names "count.price", and count is a number`},
		{sales, `{"aggregates":"sum.region"}`, codes.InvalidArgument, `aggregates: names "sum.region", and sum has count, number, price, quantity`},
		{sales, `{"aggregates":"avg.number"}`, codes.InvalidArgument, `aggregates: names "avg.number", and avg has price, quantity`},
		{
			sales, `{"aggregates":"min.done"}`, codes.InvalidArgument,
			`aggregates: names "min.done", and Postgres has no min of type boolean; it has one of count, id, kind, maker_id, number, price, quantity, region, sold_at, tags`,
		},
		{
			sales, `{"aggregates":"max.maker"}`, codes.InvalidArgument,
			`aggregates: names "max.maker", and max has count, id, kind, maker_id, number, price, quantity, region, sold_at, tags`,
		},
		{sales, `{"aggregates":"sum.price.x"}`, codes.InvalidArgument, `aggregates: names "sum.price.x", and sum has count, number, price, quantity`},
		{"AggregateSettings", `{}`, codes.InvalidArgument, `aggregates: is empty, and Group has no count: name paths in max`},
		{sales, `{"groupBy":["district"]}`, codes.InvalidArgument, `group_by: names "district", and Sale has no field "district"`},
		{sales, `{"groupBy":["key_id"]}`, codes.InvalidArgument, `group_by: names "key_id", and Sale has no field "key_id"`},
		{sales, `{"groupBy":["kind","kind"]}`, codes.InvalidArgument, `group_by: names "kind" twice`},
		{sales, `{"groupBy":["note"]}`, codes.InvalidArgument, `group_by: names "note", whose type json cannot be compared`},
		{samples, `{"groupBy":["pt"]}`, codes.InvalidArgument, `group_by: names "pt", whose type point cannot be compared`},
		{sales, `{"groupBy":["maker"]}`, codes.InvalidArgument, `group_by: names "maker", which is a relation: name a column of it, such as maker.id`},
		{sales, `{"groupBy":["maker.owner"]}`, codes.InvalidArgument, `group_by: names "maker.owner", and Maker has no field "owner"`},
		{sales, `{"groupBy":["kind.x"]}`, codes.InvalidArgument, `group_by: names "kind.x", and kind is a column, which is grouped by as a whole`},
		{sales, `{"groupBy":["notes.note"]}`, codes.InvalidArgument, `group_by: names "notes.note", and a row has any number of notes`},
		{sales, `{"groupBy":["maker.name","maker.name"]}`, codes.InvalidArgument, `group_by: names "maker.name" twice`},
		{sales, `{"groupBy":["%s.a.b.c.d.e.f.g"]}`, codes.InvalidArgument, `group_by: names "%s.a.b.c.d.e.f.g", and Sale has no field "%s"`},
		{sales, `{"groupBy":["a.a.b.c.d.e.f.g.h"]}`, codes.InvalidArgument, `group_by: names "a.a.b.c.d.e.f.g.h", which leads too deep, or through more than 50 relations in all`},
		{sales, `{"filter":"nothing = 1"}`, codes.InvalidArgument, `filter: names "nothing", which is none of the fields of Sale: ` + saleFields + ` (at character 1)`},
		{sales, `{"having":"price > 1"}`, codes.InvalidArgument, `having: names "price", which is none of the fields of Group: count, sum, avg, min, max (at character 1)`},
		{
			sales, `{"groupBy":["kind"],"having":"price > 1"}`, codes.InvalidArgument,
			`having: names "price", which is none of the fields of Group: count, kind, sum, avg, min, max, group (at character 1)`,
		},
		{sales, `{"having":"sum > 1"}`, codes.InvalidArgument, `having: names "sum", which is no value itself; it has quantity, price, count, number (at character 1)`},
		{sales, `{"having":"count > 1 AND sum.x > 1"}`, codes.InvalidArgument, `having: names "x", which is none of the fields of sum: quantity, price, count, number (at character 19)`},
		{sales, `{"having":"sum.price > \"a\""}`, codes.InvalidArgument, `having: has a value of type numeric that is wrong: "a" is not a decimal number (at character 13)`},
		{sales, `{"pageSize":-1}`, codes.InvalidArgument, `page_size: is negative`},
		{"AggregateMany", `{"groupBy":["id"]}`, codes.FailedPrecondition, `page_size: there are more than 1000 groups, ` + most + ` or having, or for the first of them by a page_size of at most 1000`},
		{"AggregateMany", `{"groupBy":["id"],"pageSize":1200}`, codes.FailedPrecondition, `page_size: there are more than 1000 groups, ` + most + ` or having, or for the first of them by a page_size of at most 1000`},
		{"AggregateAllOfMany", `{"groupBy":["id"]}`, codes.FailedPrecondition, `there are more than 1000 groups, ` + most},
		{"AggregateSettings", `{"aggregates":"max.forever"}`, codes.OutOfRange, `column "max.forever": infinity does not fit google.protobuf.Timestamp, which holds the years 1 to 9999; bind the field to string to read it`},
		{
			"AggregateMany", `{"groupBy":["id"],"filter":"id <= 4","aggregates":"max"}`, codes.FailedPrecondition,
			`the groups fill more than 3 MiB, which is the most that one call answers: ask for fewer of them, or for less of each`,
		},
	}
	ctx := as(t, token(t, migrations.Alice))
	for _, tt := range tests {
		_, err := w.call(ctx, "alice", tt.method, w.request(t, tt.method, tt.request, ""))
		if s := status.Convert(err); s.Code() != tt.code || s.Message() != tt.says {
			t.Errorf("%s %s:\n got %s %q\nwant %s %q", tt.method, tt.request, s.Code(), s.Message(), tt.code, tt.says)
		}
	}
	for _, size := range []string{`"pageSize":1000`, `"filter":"id <= 1000"`, `"filter":"id <= 1000","pageSize":2000`} {
		got, err := w.call(ctx, "alice", "AggregateMany", w.request(t, "AggregateMany", `{"groupBy":["id"],`+size+`}`, ""))
		if err != nil {
			t.Fatal(err)
		}
		groups := got.Get(got.Descriptor().Fields().ByName("groups")).List()
		if groups.Len() != 1000 {
			t.Errorf("%s: %d groups", size, groups.Len())
		}
	}
	if _, err := w.call(t.Context(), "anon", "AggregateMany", w.request(t, "AggregateMany", `{}`, "")); status.Code(err) != codes.PermissionDenied {
		t.Errorf("anon, who may not read the table: %v", err)
	}
}

const saleFields = "id, owner, maker_id, kind, region, quantity, price, sold_at, done, note, tags, count, number, maker, notes"

// TestAggregateContracts holds what a method of aggregates is refused for when
// it is bound.
func TestAggregateContracts(t *testing.T) {
	const head = `syntax = "proto3";
package wrong.v1;
import "google/protobuf/field_mask.proto";
import "rowgate/v1/options.proto";
message Item { option (rowgate.v1.relation) = { name: "items" }; string id = 1; string title = 2; int32 quantity = 3; optional string price = 4; }
message Request { repeated string group_by = 1; google.protobuf.FieldMask aggregates = 2; }
message NoMask { string filter = 1; }
`
	tests := []struct {
		name, request, message, response string
		want                             []string
	}{
		{"message", "Request", "Thing", "message Response { repeated G groups = 1; } message G { Item group = 1; int64 count = 2; }", []string{
			`9:13: M computes values of "Thing", which is no message of package wrong.v1: name one in the option (rowgate.v1.method).aggregate.message`,
		}},
		{"groups", "Request", "Item", "message Response { int64 count = 1; }", []string{
			`10:20: count means nothing to M: an aggregate answers one repeated message, the groups`,
			`9:13: M answers wrong.v1.Response, which has no repeated message for the groups`,
		}},
		{"fields", "Request", "Item", "message Response { repeated G groups = 1; } message G {\nItem group = 1;\nint32 count = 2;\nstring sum = 3;\nint64 avg = 4;\n" +
			"repeated Item min = 5;\nItem top = 6;\n}", []string{
			`12:1: count is of type int32, and a group's needs int64`,
			`13:1: sum is of type string, and a group's needs a message of fields that are called as those of Item`,
			`14:1: avg is of type int64, and a group's needs a message of fields that are called as those of Item`,
			`15:1: min is of type repeated wrong.v1.Item, and a group's needs wrong.v1.Item`,
			`16:1: top means nothing in a group of Item, which may have group, count, sum, avg, min and max`,
		}},
		{"no group", "Request", "Item", "message Response { repeated G groups = 1; } message G { int64 count = 2; }", []string{
			`6:19: group_by needs a field wrong.v1.Item group in wrong.v1.G, which holds the fields grouped by`,
		}},
		{"no count", "NoMask", "Item", "message Response { repeated G groups = 1; } message G { Item max = 2; }", []string{
			`9:13: the request of M has no aggregates, and wrong.v1.G no count, which is answered without them`,
		}},
		{"request", "Bad", "Item", "message Response { repeated G groups = 1; } message G { Item group = 1; int64 count = 2; }\nmessage Bad {\nstring group_by = 1;\nstring page_token = 2;\n}", []string{
			`12:1: group_by is of type string, and M needs repeated string`,
			`13:1: page_token means nothing to M: its request may have aggregates, filter, group_by, having, order_by, page_size`,
		}},
		{"sums", "Request", "Item", "message Response { repeated G groups = 1; } message G { Item group = 1; T sum = 2; A avg = 3; }\nmessage T {\noptional string quantity = 1;\n" +
			"int64 price = 2;\noptional string cost = 3;\noptional string title = 4;\n}\nmessage A {\noptional int64 quantity = 1;\nstring price = 2;\n}", []string{
			`13:1: price cannot say that there is no value, as of no rows there is none: make it optional`,
			`14:1: Item has no column cost to compute the sum of`,
			`15:1: Postgres has no sum of type text; it has one of smallint, integer, bigint, numeric, real, double precision, money and interval`,
			`18:1: column "avg.quantity" of type numeric cannot be bound to field "quantity" of type int64; legal: string, google.type.Decimal`,
			`19:1: price cannot say that there is no value, as of no rows there is none: make it optional`,
		}},
	}
	db := storetest.New(t, exampleApp()...)
	st := openLogin(t, db)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source := head + "\nservice S { rpc M(" + tt.request + ") returns (Response) { option (rowgate.v1.method) = { aggregate: { message: \"" +
				tt.message + "\" } }; } }\n" + tt.response + "\n"
			isWrong(t, st, source, tt.want)
		})
	}
}
