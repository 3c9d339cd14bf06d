package service_test

import (
	"google.golang.org/grpc/codes"
)

// refusals are calls that the database refuses, or that have no row.
var refusals = []badInput{
	{
		name: "unique", as: bob,
		method: "UpdateProfile", request: `{"profile":{"id":"` + bob + `","username":"alice"}}`,
		want: duplicate,
	},
	{
		name: "unique, a row that is not seen", as: alice,
		method: "CreateItem", request: `{"item":{"id":"` + bobItem + `","title":"x"}}`,
		want: duplicate,
	},
	{
		name:   "unique",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","big":"100"}}`,
		want: duplicate,
	},
	{
		name: "foreign key", as: nobody,
		method: "CreateItem", request: `{"item":{"title":"x"}}`,
		want: reference,
	},
	{
		name:   "foreign key",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","parent":404}}`,
		want: reference,
	},
	{
		name:   "foreign key, at the commit",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"x","pair":404}}`,
		want: reference,
	},
	{
		name:   "foreign key, still referred to",
		method: "DeleteProbe", request: `{"id":1}`,
		want: reference,
	},
	{
		name:   "check",
		method: "CreateItem", request: `{"item":{"title":"x","quantity":-1}}`,
		want: brokenRule,
	},
	{
		name: "check", as: bob,
		method: "UpdateProfile", request: `{"profile":{"id":"` + bob + `","username":"Bob!"}}`,
		want: brokenRule,
	},
	{
		name:   "check",
		method: "UpdateProbe", request: `{"probe":{"id":1,"small":13}}`,
		want: brokenRule,
	},
	{
		name:   "not null, a field",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"null"}}`,
		want: told(codes.InvalidArgument, "VALUE_REQUIRED", "23502", "probe.code", "a value is required"),
	},
	{
		name:   "not null, a field",
		method: "UpdateProbe", request: `{"probe":{"id":1,"code":"null"}}`,
		want: told(codes.InvalidArgument, "VALUE_REQUIRED", "23502", "probe.code", "a value is required"),
	},
	{
		name:   "not null, a column that is no field",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"bare"}}`,
		want: told(codes.InvalidArgument, "VALUE_REQUIRED", "23502", "", "a value that is required is missing"),
	},
	{
		name:   "WITH CHECK",
		method: "CreateItem", request: `{"item":{"title":"x","ownerId":"` + bob + `"}}`,
		want: denied,
	},
	{
		name:   "WITH CHECK",
		method: "UpdateItem", request: `{"item":{"id":"` + aliceItem + `","ownerId":"` + bob + `"}}`,
		want: denied,
	},
	{
		name:   "WITH CHECK",
		method: "UpdateProbe", request: `{"probe":{"id":1,"small":42}}`,
		want: denied,
	},
	{
		name:   "a row that is not seen",
		method: "GetItem", request: `{"id":"` + bobItem + `"}`,
		want: notFound("Item"),
	},
	{
		name:   "a row that is not seen",
		method: "UpdateItem", request: `{"item":{"id":"` + bobItem + `","title":"x"}}`,
		want: notFound("Item"),
	},
	{
		name:   "a row that is not seen",
		method: "DeleteItem", request: `{"id":"` + bobItem + `"}`,
		want: notFound("Item"),
	},
	{
		name:   "a row that is seen and another's",
		method: "UpdatePost", request: `{"post":{"id":"` + bobPublished + `","title":"x"}}`,
		want: notFound("Post"),
	},
	{
		name:   "no row",
		method: "GetComment", request: `{"id":"999999"}`,
		want: notFound("Comment"),
	},
	{
		name:   "RAISE EXCEPTION",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"raise"}}`,
		want: raised,
	},
	{
		name:   "RAISE EXCEPTION",
		method: "UpdateProbe", request: `{"probe":{"id":1,"code":"raise"}}`,
		want: raised,
	},
	{
		name:   "RAISE SQLSTATE",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"state"}}`,
		want: failed("XY402"),
	},
	{
		name:   "ASSERT",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"assert"}}`,
		want: failed("P0004"),
	},
	{
		name:   "division by zero in a trigger",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"divide"}}`,
		want: told(codes.InvalidArgument, "INVALID_VALUE", "22012", "", "a value is not valid for its type or for a function that takes it"),
	},
	{
		name:   "a cast in a trigger",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"cast"}}`,
		want: told(codes.InvalidArgument, "INVALID_VALUE", "22P02", "", "a value does not have the form of its type"),
	},
	{
		name:   "a table without a grant in a trigger",
		method: "CreateProbe", request: `{"probe":{"id":3,"code":"read"}}`,
		want: denied,
	},
	{
		name: "no sub", as: "-",
		method: "CreateItem", request: `{"item":{"title":"x"}}`,
		want: denied,
	},
	{
		name: "no sub", as: "-",
		method: "GetItem", request: `{"id":"` + aliceItem + `"}`,
		want: notFound("Item"),
	},
	{
		name: "sub is no uuid", as: "carol",
		method: "GetItem", request: `{"id":"` + aliceItem + `"}`,
		want: subjectForm,
	},
	{
		name: "sub is no uuid", as: "carol",
		method: "ListItems", request: `{}`,
		want: subjectForm,
	},
	{
		name: "sub is no uuid", as: "carol",
		method: "CreateItem", request: `{"item":{"title":"x"}}`,
		want: subjectForm,
	},
	{
		name: "sub is no uuid", as: "carol",
		method: "DeleteItem", request: `{"id":"` + aliceItem + `"}`,
		want: subjectForm,
	},
	{
		name:   "a read that writes",
		method: "GetScribble", request: `{"id":1}`,
		want: told(codes.FailedPrecondition, "METHOD_IS_A_READ", "25006", "", "/probe.v1.ProbeService/GetScribble is declared a read "+
			"and tried to write; if it is meant to write, declare it so in the .proto"),
	},

	// What is stored and has no place in the contract.
	{
		name:   "an infinite time",
		method: "GetProbe", request: `{"id":10}`,
		want: stored(codes.OutOfRange, "VALUE_OUT_OF_RANGE", "at", "infinity does not fit google.protobuf.Timestamp, which holds the years 1 to 9999; "+
			"bind the field to string to read it"),
	},
	{
		name:   "NULL in an array",
		method: "GetProbe", request: `{"id":11}`,
		want: stored(codes.FailedPrecondition, "VALUE_WITHOUT_PLACE", "numbers", "item 2 of the array: it is NULL, which a repeated field has no place for"),
	},
	{
		name:   "an array of two dimensions",
		method: "GetProbe", request: `{"id":12}`,
		want: stored(codes.FailedPrecondition, "VALUE_WITHOUT_PLACE", "numbers", "the array has 2 dimensions, and a repeated field has one"),
	},
	{
		name:   "an infinite time on the page",
		method: "ListProbes", request: `{}`,
		want: stored(codes.OutOfRange, "VALUE_OUT_OF_RANGE", "at", "infinity does not fit google.protobuf.Timestamp, which holds the years 1 to 9999; "+
			"bind the field to string to read it"),
	},
	{
		name:   "the year 10000",
		method: "GetProbe", request: `{"id":13}`,
		want: stored(codes.OutOfRange, "VALUE_OUT_OF_RANGE", "naive", "10000-01-01T00:00:00 does not fit google.type.DateTime, which holds the years 1 to 9999; "+
			"bind the field to string to read it"),
	},
}
