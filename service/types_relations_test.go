package service_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

const (
	oddTable = `"My ""odd"" Schema"."The table's Name"`
	owner1   = "00000000-0000-0000-0000-000000000001"
	owner2   = "00000000-0000-0000-0000-000000000002"
)

// newRelationsWorld starts a server over declarations that nobody pulled.
func newRelationsWorld(t *testing.T) *typesWorld {
	t.Helper()
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"types/v1/relations.proto": {Data: []byte(
		typesHead + relationsProto +
			methodsOf("Odd", "string owner_id = 1; int32 n = 2;") +
			methodsOf("Seen", "int32 ident = 1;") +
			methodsOf("Part", "string region = 1; int32 id = 2;") +
			methodsOf("Made", "int64 id = 1;") +
			methodsOf("Grown", "int32 id = 1;"),
	)}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	return &typesWorld{contract: contract, world: newWorld(t, worldOptions{
		migrations: []storetest.Migration{{Name: "relations", SQL: typesPrelude + relationsSQL + openToAnon(oddTable) +
			openToAnon("types.parts") + openToAnon("types.made") + openToAnon("types.grown")}},
		contract: contract,
	})}
}

// TestRelations takes relations that are no plain table with one key through
// every method.
func TestRelations(t *testing.T) {
	w := newRelationsWorld(t)
	t.Run("composite key", w.proveCompositeKey)
	t.Run("view with a key", w.proveView)
	t.Run("view without a key", w.proveKeylessView)
	t.Run("partitioned", w.provePartitions)
	t.Run("generated", w.proveGenerated)
	t.Run("labels", w.proveNewLabel)
}

// answers holds a call's answer against JSON.
func (w *typesWorld) answers(t *testing.T, message, method, request, mask, want string) {
	t.Helper()
	got, err := w.call(t, message, method, request, mask)
	if err != nil {
		t.Errorf("%s of %s: %v", method, request, err)
		return
	}
	sameMessage(t, method+" of "+request, got, want)
}

// isRefused holds a call's error against a code and a text.
func (w *typesWorld) isRefused(t *testing.T, message, method, request, mask string, code codes.Code, says string) {
	t.Helper()
	_, err := w.call(t, message, method, request, mask)
	refuses(t, method+" of "+request, err, refusal{"", code, says})
}

// prints holds what psql prints for a query against rows.
func (w *typesWorld) prints(t *testing.T, query string, want ...string) {
	t.Helper()
	var got []string
	for _, row := range w.query(t, query) {
		got = append(got, strings.ReplaceAll(strings.Join(row, "|"), null, "NULL"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", query, diff)
	}
}

// ordered lists a message's rows in an order, two a page, and holds one field
// against what psql lists in the order of the SQL.
func (w *typesWorld) ordered(t *testing.T, message, orderBy, field, query string) {
	t.Helper()
	got, err := w.pages(t, message, orderBy, field, 2)
	if err != nil {
		t.Errorf("order_by %q, after %v: %v", orderBy, got, err)
		return
	}
	var want []string
	for _, row := range w.query(t, query) {
		want = append(want, row[0])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order_by %q (-psql +gRPC):\n%s", orderBy, diff)
	}
}

func (w *typesWorld) proveCompositeKey(t *testing.T) {
	key := fmt.Sprintf(`"owner_id":%q,"n":-1`, owner1)
	w.answers(t, "Odd", "Get", "{"+key+"}", "", "{"+key+"}")
	w.isRefused(t, "Odd", "Get", fmt.Sprintf(`{"owner_id":%q,"n":3}`, owner1), "", codes.NotFound, "no such Odd for this caller")
	w.answers(t, "Odd", "Get", fmt.Sprintf(`{"owner_id":%q}`, owner2), "", fmt.Sprintf(`{"owner_id":%q,"words":"text 2"}`, owner2))
	for field, sql := range map[string]string{"n": `"N°"`, "ownerId": `"Owner Id"`} {
		for orderBy, order := range map[string]string{
			"":                       `"Owner Id", "N°"`,
			"n desc":                 `"N°" desc, "Owner Id" desc`,
			"owner_id desc, n":       `"Owner Id" desc, "N°"`,
			"words desc":             `"select" desc nulls first, "Owner Id" desc, "N°" desc`,
			"words, n desc":          `"select" nulls last, "N°" desc, "Owner Id" desc`,
			"due_at, words, n":       `"Due ""at""" nulls last, "select" nulls last, "N°", "Owner Id"`,
			"n, words desc,owner_id": `"N°", "select" desc nulls first, "Owner Id"`,
		} {
			w.ordered(t, "Odd", orderBy, field, "select "+sql+" from "+oddTable+" order by "+order)
		}
	}
	w.isRefused(t, "Odd", "List", `{"order_by":"select"}`, "", codes.InvalidArgument,
		`order_by: names "select", which is none of the fields of Odd: owner_id, n, words, due_at (at character 1)`)

	created := fmt.Sprintf(`{"owner_id":%q,"n":7,"words":"it's \"new\"","due_at":"2024-01-02T03:04:05.678Z"}`, owner1)
	w.answers(t, "Odd", "Create", `{"row":`+created+`}`, "", created)
	w.isRefused(t, "Odd", "Create", `{"row":`+created+`}`, "", codes.AlreadyExists,
		"a row with the same key or the same unique value is there already")
	w.answers(t, "Odd", "Update", fmt.Sprintf(`{"row":{"owner_id":%q,"n":7,"words":"new","due_at":"2025-01-01T00:00:00Z"}}`, owner1), "words",
		fmt.Sprintf(`{"owner_id":%q,"n":7,"words":"new","due_at":"2024-01-02T03:04:05.678Z"}`, owner1))
	w.isRefused(t, "Odd", "Update", `{"row":`+created+`}`, "n", codes.InvalidArgument, `update_mask: names "n", which is of the key and cannot change`)
	w.isRefused(t, "Odd", "Update", `{"row":`+created+`}`, "N°", codes.InvalidArgument, `update_mask: names "N°", and Odd has no such field`)
	w.prints(t, "select * from "+oddTable+` where "N°" = 7`, owner1+"|7|new|2024-01-02 03:04:05.678+00|left alone")

	// A stored value is told by its column, a sent one by its field.
	w.query(t, "update "+oddTable+` set "Due ""at""" = 'infinity' where "N°" = 7`)
	w.isRefused(t, "Odd", "Get", fmt.Sprintf(`{"owner_id":%q,"n":7}`, owner1), "", codes.OutOfRange,
		`column "Due "at"": infinity does not fit google.protobuf.Timestamp, which holds the years 1 to 9999; bind the field to string to read it`)
	w.isRefused(t, "Odd", "Update", fmt.Sprintf(`{"row":{"owner_id":%q,"n":7,"due_at":"2024-01-01T00:00:00.0000001Z"}}`, owner1), "due_at", codes.OutOfRange,
		"row.due_at: nanos of 100 are finer than a microsecond, which is the finest that Postgres keeps")

	w.answers(t, "Odd", "Delete", fmt.Sprintf(`{"owner_id":%q,"n":7}`, owner1), "", "{}")
	w.isRefused(t, "Odd", "Delete", fmt.Sprintf(`{"owner_id":%q,"n":7}`, owner1), "", codes.NotFound, "no such Odd for this caller")
	w.prints(t, "select count(*) from "+oddTable, "12")
}

func (w *typesWorld) proveView(t *testing.T) {
	w.answers(t, "Seen", "Get", `{"ident":2}`, "", fmt.Sprintf(`{"ident":2,"owner":%q}`, owner1))
	for orderBy, order := range map[string]string{
		"": "ident", "ident desc": "ident desc", "words": "words nulls last, ident", "words desc, ident": "words desc nulls first, ident",
	} {
		w.ordered(t, "Seen", orderBy, "ident", "select ident from types.seen order by "+order)
	}
	w.answers(t, "Seen", "Create", fmt.Sprintf(`{"row":{"ident":8,"owner":%q}}`, owner1), "", fmt.Sprintf(`{"ident":8,"owner":%q}`, owner1))
	w.answers(t, "Seen", "Update", `{"row":{"ident":8,"words":"w"}}`, "words", fmt.Sprintf(`{"ident":8,"owner":%q,"words":"w"}`, owner1))
	w.prints(t, "select * from "+oddTable+` where "N°" = 8`, owner1+"|8|w|NULL|left alone")
	w.answers(t, "Seen", "Delete", `{"ident":8}`, "", "{}")
	w.isRefused(t, "Seen", "Get", `{"ident":8}`, "", codes.NotFound, "no such Seen for this caller")
}

func (w *typesWorld) proveKeylessView(t *testing.T) {
	w.answers(t, "Word", "List", `{"page_size":3,"order_by":"word desc"}`, "",
		`{"rows":[{"times":"4"},{"word":"text 2","times":"4"},{"word":"text 1","times":"4"}]}`)
	w.answers(t, "Word", "List", `{"page_size":50,"order_by":"times, word"}`, "",
		`{"rows":[{"word":"text 1","times":"4"},{"word":"text 2","times":"4"},{"times":"4"}]}`)
	for _, request := range []string{`{}`, `{"page_size":2,"order_by":"word"}`} {
		w.isRefused(t, "Word", "List", request, "", codes.FailedPrecondition,
			"page_size: there are more than 2 rows, and types.v1.WordService.ListWord cannot be paged through: ask for more at once, at most 3")
	}
}

func (w *typesWorld) provePartitions(t *testing.T) {
	w.answers(t, "Part", "Get", `{"region":"south","id":2}`, "", `{"region":"south","id":2,"born":{"year":2000,"month":1,"day":3}}`)
	for orderBy, order := range map[string]string{
		"": "id, region", "region desc": "region desc, id desc", "born desc, region": "born desc, region, id", "note, born": "note, born, id, region",
	} {
		w.ordered(t, "Part", orderBy, "region", "select region from types.parts order by "+order)
	}
	w.answers(t, "Part", "Create", `{"row":{"id":50,"region":"south","born":{"year":1,"month":1,"day":1}}}`, "",
		`{"id":50,"region":"south","born":{"year":1,"month":1,"day":1}}`)
	w.answers(t, "Part", "Update", `{"row":{"id":50,"region":"south","note":"n"}}`, "note",
		`{"id":50,"region":"south","born":{"year":1,"month":1,"day":1},"note":"n"}`)
	w.prints(t, "select tableoid::regclass, * from types.parts where id = 50", "types.parts_south_low|south|50|0001-01-01|n")
	w.isRefused(t, "Part", "Create", `{"row":{"id":100,"region":"south","born":{"year":1,"month":1,"day":1}}}`, "", codes.InvalidArgument, breaksRule)
	w.isRefused(t, "Part", "Create", `{"row":{"id":50,"region":"south","born":{"year":1,"month":1,"day":1}}}`, "", codes.AlreadyExists,
		"a row with the same key or the same unique value is there already")
	w.query(t, "update types.parts set born = '0044-03-15 BC' where id = 50")
	w.isRefused(t, "Part", "Get", `{"region":"south","id":50}`, "", codes.OutOfRange,
		`column "born": 0044-03-15 BC does not fit google.type.Date, which holds the years 1 to 9999; bind the field to string to read it`)
	w.answers(t, "Part", "Delete", `{"region":"south","id":50}`, "", "{}")
	w.prints(t, "select count(*) from types.parts", "9")
}

func (w *typesWorld) proveGenerated(t *testing.T) {
	// What the database makes is ignored on the way in.
	w.answers(t, "Made", "Create", `{"row":{"id":"77","base":4,"doubled":5,"fixed":"f","owed":"2"}}`, "",
		`{"id":"1","number":1,"base":4,"doubled":8,"note":"none","fixed":"f","amount":"1.00","owed":"2.00"}`)
	w.answers(t, "Made", "Create", `{"row":{"number":50,"note":"","owed":"0"}}`, "",
		`{"id":"2","number":50,"base":0,"doubled":0,"note":"","amount":"1.00","owed":"0.00"}`)
	// The domain refuses NULL though the column does not.
	w.isRefused(t, "Made", "Create", `{"row":{"base":1}}`, "", codes.InvalidArgument, "row.owed: is required")
	w.isRefused(t, "Made", "Update", `{"row":{"id":"1"}}`, "owed", codes.InvalidArgument, "row.owed: is required")
	w.prints(t, "select id, number, base, doubled, note, fixed, amount, owed from types.made order by id",
		"1|1|4|8|none|f|1.00|2.00", "2|50|0|0||NULL|1.00|0.00")

	w.answers(t, "Made", "Update", `{"row":{"id":"1","base":-3,"doubled":1,"note":"n","amount":"9"}}`, "base,doubled,note,amount",
		`{"id":"1","number":1,"base":-3,"doubled":-6,"note":"n","fixed":"f","amount":"9.00","owed":"2.00"}`)
	w.answers(t, "Made", "Update", `{"row":{"id":"1"}}`, "note,amount",
		`{"id":"1","number":1,"base":-3,"doubled":-6,"note":"none","fixed":"f","amount":"1.00","owed":"2.00"}`)
	w.answers(t, "Made", "Update", `{"row":{"id":"1","number":7,"base":1,"doubled":1,"note":"all","fixed":"g","amount":"3","owed":"4"}}`, "*",
		`{"id":"1","number":7,"base":1,"doubled":2,"note":"all","fixed":"f","amount":"3.00","owed":"4.00"}`)
	w.answers(t, "Made", "Update", `{"row":{"id":"1","number":8,"doubled":1,"fixed":"g"}}`, "",
		`{"id":"1","number":8,"base":1,"doubled":2,"note":"all","fixed":"f","amount":"3.00","owed":"4.00"}`)
	for _, mask := range []string{"doubled", ""} {
		w.isRefused(t, "Made", "Update", `{"row":{"id":"1","doubled":3}}`, mask, codes.InvalidArgument,
			"update_mask: names nothing that can change, and row sets nothing")
	}
	w.isRefused(t, "Made", "Update", `{"row":{"id":"1","fixed":"g"}}`, "fixed", codes.InvalidArgument,
		`update_mask: names "fixed", which is set at creation only`)
	w.prints(t, "select id, number, base, doubled, note, fixed, amount, owed from types.made where id = 1", "1|8|1|2|all|f|3.00|4.00")
	w.ordered(t, "Made", "doubled desc, number", "id", "select id from types.made order by doubled desc, number, id")
}

// proveNewLabel gives an enum a label after the server has started.
func (w *typesWorld) proveNewLabel(t *testing.T) {
	w.answers(t, "Grown", "Get", `{"id":1}`, "", `{"id":1,"level":"GROWING_ONE","levels":["GROWING_ONE"]}`)
	w.query(t, "alter type types.growing add value 'two';\ninsert into types.grown values (2, 'two', null), (3, 'one', '{one,two}');")
	const says = `the label "two" of types.growing has no value in enum types.v1.Growing; pull the .proto again`
	w.isRefused(t, "Grown", "Get", `{"id":2}`, "", codes.FailedPrecondition, `column "level": `+says)
	w.isRefused(t, "Grown", "Get", `{"id":3}`, "", codes.FailedPrecondition, `column "levels": item 2 of the array: `+says)
	w.isRefused(t, "Grown", "List", `{}`, "", codes.FailedPrecondition, `column "level": `+says)
	w.answers(t, "Grown", "Get", `{"id":1}`, "", `{"id":1,"level":"GROWING_ONE","levels":["GROWING_ONE"]}`)
	w.answers(t, "Grown", "Update", `{"row":{"id":2,"level":"GROWING_ONE"}}`, "level", `{"id":2,"level":"GROWING_ONE"}`)
}
