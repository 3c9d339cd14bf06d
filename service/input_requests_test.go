package service_test

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// createdAt sets an item's created_at to what JSON's form does not allow.
func createdAt(seconds int64, nanos int32) func(*dynamicpb.Message) {
	return func(req *dynamicpb.Message) {
		item := req.Mutable(req.Descriptor().Fields().ByName("item")).Message()
		at := item.Mutable(item.Descriptor().Fields().ByName("created_at")).Message()
		at.Set(at.Descriptor().Fields().ByName("seconds"), protoreflect.ValueOfInt64(seconds))
		at.Set(at.Descriptor().Fields().ByName("nanos"), protoreflect.ValueOfInt32(nanos))
	}
}

// badRequests never reach the database: the request itself is at fault.
var badRequests = []badInput{
	// Texts.
	{
		name:   "NUL",
		method: "CreateItem", request: `{"item":{"title":"a\u0000b"}}`,
		want: invalid("item.title", noNUL),
	},
	{
		name:   "NUL in an item of a list",
		method: "CreatePost", request: `{"post":{"title":"a","body":"b","tags":["ok","\u0000"]}}`,
		want: invalid("post.tags[1]", noNUL),
	},
	{
		name:   "NUL in a key",
		method: "GetItem", request: `{"id":"\u0000"}`,
		want: invalid("id", `"\x00"`+uuidForm),
	},
	{
		name:   "invalid UTF-8",
		method: "CreateItem", request: `{"item":{"title":"a@@@b"}}`, swap: [2]string{"@@@", "\xff\xfe\xfd"},
		want: invalid("item.title", noUTF8),
	},
	{
		name:   "half a surrogate pair in UTF-8",
		method: "UpdateItem", request: `{"item":{"id":"` + aliceItem + `","title":"@@@"}}`, swap: [2]string{"@@@", "\xed\xa0\x80"},
		want: invalid("item.title", noUTF8),
	},
	{
		name:   "invalid UTF-8 in a key",
		method: "GetItem", request: `{"id":"@@@"}`, swap: [2]string{"@@@", "\xff\xfe\xfd"},
		want: invalid("id", noUTF8),
	},
	{
		name:   "invalid UTF-8 in an item of a list",
		method: "CreatePost", request: `{"post":{"title":"a","body":"b","tags":["ok","@@@"]}}`, swap: [2]string{"@@@", "\xff\xfe\xfd"},
		want: invalid("post.tags[1]", noUTF8),
	},
	{
		name:   "a text that is too long",
		method: "CreateProfile", request: `{"profile":{"id":"` + alice + `","username":"a123456789012345678901234567890"}}`,
		want: outOfRange("profile.username", "a text of 31 characters does not fit character varying(30)"),
	},
	{
		name:   "blanks beyond the length",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","short":"ab    "}}`,
		want: outOfRange("probe.short", "a text of 6 characters does not fit character varying(5)"),
	},

	// uuid.
	{
		name:   "no uuid",
		method: "GetItem", request: `{"id":"17e50000"}`,
		want: invalid("id", `"17e50000"`+uuidForm),
	},
	{
		name:   "no uuid, one digit is none",
		method: "GetItem", request: `{"id":"17e50000-0000-4000-8000-00000000000g"}`,
		want: invalid("id", `"17e50000-0000-4000-8000-00000000000g"`+uuidForm),
	},
	{
		name:   "no uuid, in braces",
		method: "DeleteItem", request: `{"id":"{17e50000-0000-4000-8000-000000000001}"}`,
		want: invalid("id", `"{17e50000-0000-4000-8000-000000000001}"`+uuidForm),
	},
	{
		name:   "no uuid, SQL",
		method: "GetPost", request: `{"id":"' or true --"}`,
		want: invalid("id", `"' or true --"`+uuidForm),
	},
	{
		name:   "no key",
		method: "GetItem", request: `{}`,
		want: invalid("id", `""`+uuidForm),
	},
	{
		name:   "no key",
		method: "DeleteItem", request: `{}`,
		want: invalid("id", `""`+uuidForm),
	},
	{
		name:   "no key",
		method: "UpdateItem", request: `{"item":{"title":"x"}}`,
		want: invalid("item.id", `""`+uuidForm),
	},
	{
		name:   "no uuid in a field",
		method: "CreateItem", request: `{"item":{"title":"x","ownerId":"alice"}}`,
		want: invalid("item.owner_id", `"alice"`+uuidForm),
	},
	{
		name:   "no uuid in a required field",
		method: "CreateComment", request: `{"comment":{"body":"x"}}`,
		want: invalid("comment.post_id", `""`+uuidForm),
	},
	{
		name:   "no uuid in a field",
		method: "UpdateComment", request: `{"comment":{"id":"2","postId":"x"}}`,
		want: invalid("comment.post_id", `"x"`+uuidForm),
	},

	// Numbers.
	{
		name:   "smallint",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","small":32768}}`,
		want: outOfRange("probe.small", "32768 does not fit smallint, which holds -32768 to 32767"),
	},
	{
		name:   "smallint",
		method: "UpdateProbe", request: `{"probe":{"id":1,"small":-32769}}`,
		want: outOfRange("probe.small", "-32769 does not fit smallint, which holds -32768 to 32767"),
	},
	{
		name:   "bigint in text",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","big":"9223372036854775808"}}`,
		want: outOfRange("probe.big", `"9223372036854775808" does not fit bigint, which holds -9223372036854775808 to 9223372036854775807`),
	},
	{
		name:   "no bigint in text",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","big":"1e3"}}`,
		want: invalid("probe.big", `"1e3" is not an integer`),
	},
	{
		name:   "integer in a list",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","numbers":["1","2147483648"]}}`,
		want: outOfRange("probe.numbers[1]", "2147483648 does not fit integer, which holds -2147483648 to 2147483647"),
	},
	{
		name:   "three decimals",
		method: "CreateItem", request: `{"item":{"title":"x","price":"1.234"}}`,
		want: outOfRange("item.price", `"1.234" does not fit numeric(12,2), which holds 2 digits after the point`),
	},
	{
		name:   "three decimals",
		method: "UpdateItem", request: `{"item":{"id":"` + aliceItem + `","price":"0.001"}}`,
		want: outOfRange("item.price", `"0.001" does not fit numeric(12,2), which holds 2 digits after the point`),
	},
	{
		name:   "a price that is too large",
		method: "CreateItem", request: `{"item":{"title":"x","price":"10000000000"}}`,
		want: outOfRange("item.price", `"10000000000" does not fit numeric(12,2), which holds numbers below 10^10`),
	},
	{
		name:   "an infinite price",
		method: "CreateItem", request: `{"item":{"title":"x","price":"Infinity"}}`,
		want: outOfRange("item.price", `"Infinity" does not fit numeric(12,2)`),
	},
	{
		name:   "no price",
		method: "CreateItem", request: `{"item":{"title":"x","price":"free"}}`,
		want: invalid("item.price", `"free" is not a decimal number`),
	},
	{
		name:   "an empty price",
		method: "CreateItem", request: `{"item":{"title":"x","price":""}}`,
		want: invalid("item.price", `"" is not a decimal number`),
	},

	// Times.
	{
		name:   "finer than a microsecond",
		method: "CreateItem", request: `{"item":{"title":"x","createdAt":"2026-01-01T00:00:00.000000001Z"}}`,
		want: outOfRange("item.created_at", "nanos of 1 are finer than a microsecond, which is the finest that Postgres keeps"),
	},
	{
		name:   "finer than the column",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","at":"2026-01-01T00:00:00.0001Z"}}`,
		want: outOfRange("probe.at", "its fraction of a second has more than the 3 digits that timestamp(3) with time zone keeps"),
	},
	{
		name:   "year 0",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","day":{"year":0,"month":1,"day":1}}}`,
		want: invalid("probe.day", "the year is 0, which is not between 1 and 9999"),
	},
	{
		name:   "no day of the calendar",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","day":{"year":2026,"month":2,"day":29}}}`,
		want: invalid("probe.day", "2026-02-29 is not a day of the calendar"),
	},
	{
		name:   "month 13",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","day":{"year":2026,"month":13,"day":1}}}`,
		want: invalid("probe.day", "the month is 13, which is not between 1 and 12"),
	},
	{
		name:   "hour 25",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","clock":{"hours":25}}}`,
		want: invalid("probe.clock", "hours of 25 are not between 0 and 24"),
	},
	{
		name:   "a leap second",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","clock":{"hours":23,"minutes":59,"seconds":60}}}`,
		want: invalid("probe.clock", "seconds of 60 are not between 0 and 59"),
	},
	{
		name:   "an offset",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","naive":{"year":2026,"month":1,"day":1,"utcOffset":"0s"}}}`,
		want: invalid("probe.naive", "a utc_offset or time_zone has no place in timestamp without time zone, which has neither"),
	},
	{
		name:   "year 10000",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","naive":{"year":10000,"month":1,"day":1}}}`,
		want: invalid("probe.naive", "the year is 10000, which is not between 1 and 9999"),
	},

	{
		name:   "before the year 1",
		method: "CreateItem", request: `{"item":{"title":"x"}}`, edit: createdAt(-62_135_596_801, 0),
		want: invalid("item.created_at", "seconds of -62135596801 are not between the years 1 and 9999, as a google.protobuf.Timestamp must be"),
	},
	{
		name:   "after the year 9999",
		method: "CreateItem", request: `{"item":{"title":"x"}}`, edit: createdAt(253_402_300_800, 0),
		want: invalid("item.created_at", "seconds of 253402300800 are not between the years 1 and 9999, as a google.protobuf.Timestamp must be"),
	},
	{
		name:   "negative nanos",
		method: "UpdateItem", request: `{"item":{"id":"` + aliceItem + `"}}`, edit: createdAt(0, -1),
		want: invalid("item.created_at", "nanos of -1 are not between 0 and 999999999"),
	},
	{
		name:   "a second of nanos",
		method: "UpdateItem", request: `{"item":{"id":"` + aliceItem + `"}}`, edit: createdAt(0, 1_000_000_000),
		want: invalid("item.created_at", "nanos of 1000000000 are not between 0 and 999999999"),
	},

	// Enums and JSON.
	{
		name:   "UNSPECIFIED",
		method: "CreatePost", request: `{"post":{"title":"x","body":"x","kind":"POST_KIND_UNSPECIFIED"}}`,
		want: invalid("post.kind", "POST_KIND_UNSPECIFIED is not a value that can be stored; one of the others is required"),
	},
	{
		name:   "UNSPECIFIED",
		method: "UpdatePost", request: `{"post":{"id":"` + aliceDraft + `","kind":0}}`, mask: "kind",
		want: invalid("post.kind", "POST_KIND_UNSPECIFIED is not a value that can be stored; one of the others is required"),
	},
	{
		name:   "an unknown number",
		method: "CreatePost", request: `{"post":{"title":"x","body":"x","kind":99}}`,
		want: invalid("post.kind", "99 is not a value of enum app.v1.PostKind"),
	},
	{
		name:   "an unknown number",
		method: "UpdatePost", request: `{"post":{"id":"` + aliceDraft + `","kind":-1}}`,
		want: invalid("post.kind", "-1 is not a value of enum app.v1.PostKind"),
	},
	{
		name:   "NUL in JSON",
		method: "CreatePost", request: `{"post":{"title":"x","body":"x","metadata":{"a":["\u0000"]}}}`,
		want: invalid("post.metadata", "a string in the JSON has a NUL character, which jsonb cannot store"),
	},
	{
		name:   "NUL in a member's name",
		method: "CreatePost", request: `{"post":{"title":"x","body":"x","metadata":{"\u0000":1}}}`,
		want: invalid("post.metadata", "a string in the JSON has a NUL character, which jsonb cannot store"),
	},
	{
		name:   "invalid UTF-8 in JSON",
		method: "CreatePost", request: `{"post":{"title":"x","body":"x","metadata":{"a":"@@@"}}}`, swap: [2]string{"@@@", "\xff\xfe\xfd"},
		want: invalid("post.metadata", "a string in the JSON is not valid UTF-8"),
	},
	{
		name:   "NaN",
		method: "CreatePost", request: `{"post":{"title":"x","body":"x","metadata":1.2345}}`, swap: [2]string{"\x8d\x97\x6e\x12\x83\xc0\xf3\x3f", "\x00\x00\x00\x00\x00\x00\xf8\x7f"},
		want: invalid("post.metadata", "NaN is not a number that JSON has"),
	},
	{
		name:   "infinity",
		method: "CreatePost", request: `{"post":{"title":"x","body":"x","metadata":[1.2345]}}`, swap: [2]string{"\x8d\x97\x6e\x12\x83\xc0\xf3\x3f", "\x00\x00\x00\x00\x00\x00\xf0\x7f"},
		want: invalid("post.metadata", "+Inf is not a number that JSON has"),
	},
	{
		name:   "no address",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","address":"10.0.0.256"}}`,
		want: invalid("probe.address", `"10.0.0.256" is not an IP address, with or without the length of a netmask`),
	},

	// Masks.
	{
		name:   "an unknown path",
		method: "UpdateItem", request: `{"item":{"id":"` + aliceItem + `","title":"x"}}`, mask: "title,colour",
		want: invalid("update_mask", `names "colour", and Item has no such field`),
	},
	{
		name:   "a path in JSON's form",
		method: "UpdateItem", request: `{"item":{"id":"` + aliceItem + `","title":"x"}}`, mask: "ownerId",
		want: invalid("update_mask", `names "ownerId", and Item has no such field`),
	},
	{
		name:   "a nested path",
		method: "UpdateItem", request: `{"item":{"id":"` + aliceItem + `","title":"x"}}`, mask: "created_at.seconds",
		want: invalid("update_mask", `names "created_at.seconds"; paths go one level deep, to a whole field`),
	},
	{
		name:   "a path into JSON",
		method: "UpdatePost", request: `{"post":{"id":"` + aliceDraft + `"}}`, mask: "metadata.minutes",
		want: invalid("update_mask", `names "metadata.minutes"; paths go one level deep, to a whole field`),
	},
	{
		name:   "a path of SQL",
		method: "UpdateItem", request: `{"item":{"id":"` + aliceItem + `","title":"x"}}`, mask: `title"='x' --`,
		want: invalid("update_mask", `names "title\"='x' --", and Item has no such field`),
	},
	{
		name:   "an empty path",
		method: "UpdateItem", request: `{"item":{"id":"` + aliceItem + `","title":"x"}}`, mask: "title,",
		want: invalid("update_mask", `names "", and Item has no such field`),
	},
	{
		name:   "all beside others",
		method: "UpdateItem", request: `{"item":{"id":"` + aliceItem + `","title":"x"}}`, mask: "title,*",
		want: invalid("update_mask", `has "*" beside other paths; "*" stands alone`),
	},
	{
		name:   "all beside others",
		method: "UpdatePost", request: `{"post":{"id":"` + aliceDraft + `","title":"x"}}`, mask: "*,title",
		want: invalid("update_mask", `has "*" beside other paths; "*" stands alone`),
	},
	{
		name:   "the key",
		method: "UpdateItem", request: `{"item":{"id":"` + aliceItem + `","title":"x"}}`, mask: "id,title",
		want: invalid("update_mask", `names "id", which is of the key and cannot change`),
	},
	{
		name:   "nothing to change",
		method: "UpdateItem", request: `{"item":{"id":"` + aliceItem + `"}}`,
		want: invalid("update_mask", "names nothing that can change, and item sets nothing"),
	},
	{
		name:   "no resource",
		method: "UpdateItem", request: `{}`,
		want: invalid("item", "is required"),
	},
	{
		name:   "no resource",
		method: "UpdatePost", request: `{}`, mask: "title",
		want: invalid("post", "is required"),
	},
	{
		name:   "no resource",
		method: "CreateItem", request: `{}`,
		want: invalid("item", "is required"),
	},
	{
		name:   "a required value cleared",
		method: "UpdateProbe", request: `{"probe":{"id":1}}`, mask: "code",
		want: invalid("probe.code", "is required"),
	},
	{
		name:   "a required value left out",
		method: "CreateProbe", request: `{"probe":{"id":4}}`,
		want: invalid("probe.code", "is required"),
	},
	{
		name:   "a required message left out",
		method: "CreateMeeting", request: `{"meeting":{"id":4}}`,
		want: invalid("meeting.day", "is required"),
	},
	{
		name:   "a required message cleared",
		method: "UpdateMeeting", request: `{"meeting":{"id":1}}`, mask: "day",
		want: invalid("meeting.day", "is required"),
	},
	{
		name:   "a required message empty",
		method: "CreateMeeting", request: `{"meeting":{"id":4,"day":{}}}`,
		want: invalid("meeting.day", "the year is 0, which is not between 1 and 9999"),
	},

	// Pages and orders.
	{
		name:   "negative page_size",
		method: "ListItems", request: `{"pageSize":-1}`,
		want: invalid("page_size", "is negative"),
	},
	{
		name:   "an unknown field",
		method: "ListItems", request: `{"orderBy":"colour"}`,
		want: invalid("order_by", `names "colour", which is none of `+itemFields+" (at character 1)"),
	},
	{
		name:   "a column in JSON's form",
		method: "ListItems", request: `{"orderBy":"createdAt"}`,
		want: invalid("order_by", `names "createdAt", which is none of `+itemFields+" (at character 1)"),
	},
	{
		name:   "a field without an order",
		method: "ListProbes", request: `{"orderBy":"data"}`,
		want: invalid("order_by", `names "data", whose type has no order; the fields with one are id, code, small, big, short, at, day, clock, naive, span, numbers, address, parent, pair (at character 1)`),
	},
	{
		name:   "a field twice",
		method: "ListItems", request: `{"orderBy":"title, title desc"}`,
		want: invalid("order_by", `names "title" twice (at character 8)`),
	},
	{
		name:   "SQL",
		method: "ListItems", request: `{"orderBy":"title; drop table items"}`,
		want: invalid("order_by", `names "title;", which is none of `+itemFields+" (at character 1)"),
	},
	{
		name:   "SQL in a name",
		method: "ListItems", request: `{"orderBy":"title)--"}`,
		want: invalid("order_by", `names "title)--", which is none of `+itemFields+" (at character 1)"),
	},
	{
		name:   "NULLS FIRST before DESC",
		method: "ListItems", request: `{"orderBy":"title nulls first desc"}`,
		want: invalid("order_by", `has "nulls first desc" behind a field, where asc or desc and nulls first or nulls last may stand (at character 7)`),
	},
	{
		name:   "a nested field",
		method: "ListPosts", request: `{"orderBy":"title.length"}`,
		want: invalid("order_by", `names "length" within "title", which is of type text and has no parts (at character 7)`),
	},
	{
		name:   "too long",
		method: "ListItems", request: `{"orderBy":"` + strings.Repeat("title,", 1000) + `"}`,
		want: invalid("order_by", "is longer than 4096 bytes"),
	},
	{
		name:   "NUL",
		method: "ListItems", request: `{"orderBy":"title\u0000"}`,
		want: invalid("order_by", `names "title\x00", which is none of `+itemFields+" (at character 1)"),
	},
	{
		name:   "invalid UTF-8",
		method: "ListItems", request: `{"orderBy":"@@@"}`, swap: [2]string{"@@@", "\xff\xfe\xfd"},
		want: invalid("order_by", noUTF8),
	},
	{
		name:   "garbage for a token",
		method: "ListItems", request: `{"pageToken":"garbage!"}`,
		want: invalid("page_token", noToken),
	},
	{
		name:   "a token of nothing",
		method: "ListItems", request: `{"pageToken":"AAAA"}`,
		want: invalid("page_token", noToken),
	},
	{
		name:   "SQL for a token",
		method: "ListItems", request: `{"pageToken":"' or true --"}`,
		want: invalid("page_token", noToken),
	},
}
