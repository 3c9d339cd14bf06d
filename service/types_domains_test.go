package service_test

import "google.golang.org/grpc/codes"

// What values of domains are told that go beyond the modifier of the type below.
const (
	noFour     = "a text of 4 characters does not fit types.limited"
	noFraction = `"0.005" does not fit types.cents, which holds 2 digits after the point`
	noTenth    = "its fraction of a second has more than the 1 digit that types.tenths keeps"
)

var domainCases = []typeCase{
	{
		name: "Posint", sql: "types.posint", proto: "int32", json: asNumber, both: []string{"0", "7"}, zero: "0",
		refused: []refusal{{"-1", codes.InvalidArgument, breaksRule}},
	},
	{
		name: "Posint2", sql: "types.posint2", proto: "int64", chosen: true, json: asNumber, both: []string{"0", "7"}, zero: "0",
		refused: []refusal{{"-1", codes.InvalidArgument, breaksRule}, {"1000", codes.InvalidArgument, breaksRule}, {"2147483648", codes.OutOfRange, "2147483648 does not fit integer, which holds -2147483648 to 2147483647"}},
	},
	{
		name: "Limited", sql: "types.limited", proto: "string", json: asString, both: []string{"", "äöü"}, zero: "",
		refused: []refusal{{`"abcd"`, codes.OutOfRange, noFour}, {`"abc "`, codes.OutOfRange, noFour}},
	},
	{
		name: "Cents", sql: "types.cents", proto: "string", json: asString, both: []string{"0.00", "1.50"}, zero: `!"" is not a decimal number`,
		refused: []refusal{{`"0.005"`, codes.OutOfRange, noFraction}},
	},
	{
		name: "Flags", sql: "types.flags", proto: "string", json: asString, both: []string{"101", "000"}, zero: "!a text of 0 bits does not fit types.flags", zeroCode: codes.OutOfRange,
		refused: []refusal{{`"1010"`, codes.OutOfRange, "a text of 4 bits does not fit types.flags"}},
	},
	{
		name: "OddDomain", sql: `types."Odd (name)"`, proto: "string", json: asString, both: []string{"", "10110"}, zero: "",
		refused: []refusal{{`"101101"`, codes.OutOfRange, `a text of 6 bits does not fit types."Odd (name)"`}},
	},
	{
		name: "Tenths", sql: "types.tenths", proto: "string", chosen: true, json: asISO, both: []string{"2000-01-01 00:00:00.1", "infinity"},
		zero:    `!"" is not of the form YYYY-MM-DDTHH:MM:SS with up to six digits after the point`,
		refused: []refusal{{`"2000-01-01T00:00:00.12"`, codes.OutOfRange, noTenth}},
	},
	{
		name: "IntList", sql: "types.ints", proto: "repeated int32", json: each(asNumber), both: []string{"{}", "{1,-2}"}, zero: emptyText,
		lossy: []refusal{nullItem("{1,NULL}", "2"), twoDeep("{{1}}")},
	},
	{name: "PriceList", sql: "types.prices", proto: "repeated string", json: each(asAmount), both: []string{"{}", "{$1.50,$2.25}"}, zero: emptyText},
	{name: "MoodList", sql: "types.moods", proto: "repeated Mood", json: each(asMood), both: []string{"{}", `{good,"so so"}`}, zero: emptyText},
	{name: "MoodListText", sql: "types.moods", proto: "repeated string", chosen: true, json: each(asString), both: []string{"{}", `{good,"so so"}`}, zero: emptyText},
	{
		name: "GoodMood", sql: "types.good_mood", proto: "Mood", json: asMood, both: []string{"good", "Ünder"}, unsortable: true,
		zero:    "!MOOD_UNSPECIFIED is not a value that can be stored; one of the others is required",
		refused: []refusal{{`"MOOD_SO_SO"`, codes.InvalidArgument, breaksRule}},
	},
	{name: "SpanText", sql: "types.span", proto: "string", chosen: true, json: asString, both: []string{"[1,5)", "empty"}, zero: "!" + wrongForm},
	{name: "CoupleText", sql: "types.couple", proto: "string", chosen: true, json: asString, both: []string{`(1,"a b")`, "(,)"}, zero: "!" + wrongForm, unsortable: true},

	// Arrays whose items are of a domain.
	{
		name: "PosintArray", sql: "types.posint[]", proto: "repeated int32", json: each(asNumber), both: []string{"{}", "{1,0}"}, zero: emptyText,
		lossy:   []refusal{nullItem("{1,NULL}", "2")},
		refused: []refusal{{"[1,-1]", codes.InvalidArgument, breaksRule}},
	},
	{
		name: "LimitedArray", sql: "types.limited[]", proto: "repeated string", json: each(asString), both: []string{"{}", `{"",äöü}`}, zero: emptyText,
		refused: []refusal{{`["a","abcd"]`, codes.OutOfRange, "[1]: " + noFour}},
	},
	{
		name: "CentsArray", sql: "types.cents[]", proto: "repeated string", json: each(asString), both: []string{"{}", "{0.00,1.50}"}, zero: emptyText,
		refused: []refusal{{`["0.005"]`, codes.OutOfRange, "[0]: " + noFraction}},
	},
	{
		name: "TenthsArray", sql: "types.tenths[]", proto: "repeated string", chosen: true, json: each(asISO), both: []string{"{}", `{"2000-01-01 00:00:00.1"}`}, zero: emptyText,
		refused: []refusal{{`["2000-01-01T00:00:00.12"]`, codes.OutOfRange, "[0]: " + noTenth}},
	},
	{
		name: "FlagsArray", sql: "types.flags[]", proto: "repeated string", json: each(asString), both: []string{"{}", "{101}"}, zero: emptyText,
		refused: []refusal{{`["101","1010"]`, codes.OutOfRange, "[1]: a text of 4 bits does not fit types.flags"}},
	},
	{
		name: "OddDomainArray", sql: `types."Odd (name)"[]`, proto: "repeated string", json: each(asString), both: []string{"{}", `{10110,""}`}, zero: emptyText,
		refused: []refusal{{`["101101"]`, codes.OutOfRange, `[0]: a text of 6 bits does not fit types."Odd (name)"`}},
	},
	{
		name: "GoodMoodArray", sql: "types.good_mood[]", proto: "repeated Mood", json: each(asMood), both: []string{"{}", "{good,Ünder}"}, zero: emptyText,
		refused: []refusal{{`["MOOD_SO_SO"]`, codes.InvalidArgument, breaksRule}},
	},
	{name: "CoupleArrayText", sql: "types.couple[]", proto: "repeated string", chosen: true, json: each(asString), both: []string{"{}", `{"(1,\"a b\")"}`}, zero: emptyText, unsortable: true},
	// An array of arrays is one of texts, as any type that the table does not name.
	{name: "IntListArray", sql: "types.ints[]", proto: "repeated string", json: each(asString), both: []string{"{}", `{"{1,2}","{}"}`}, zero: emptyText},
}
