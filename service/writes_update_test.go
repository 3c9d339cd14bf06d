package service_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// updateCase is a write, and the statement that does the same in psql.
type updateCase struct {
	method, request, mask, sql string
}

// updateCases are made by everyone: id 1 is Alice's alone, 2 Bob's, 5 Alice's and
// shared, 6 Bob's and shared, and 11 Alice's, shared and locked.
var updateCases = []updateCase{
	{"UpdatePlain", `{"thing":{"id":1,"title":"x"}}`, "", "update upd.things set title = 'x' where id = 1"},
	{"UpdateThing", `{"thing":{"id":5,"title":"x"}}`, "", "update upd.things set title = 'x' where id = 5"},
	{"UpdateThing", `{"thing":{"id":6,"title":"x"}}`, "title,note", "update upd.things set title = 'x', note = null where id = 6"},
	{"UpdateThing", `{"thing":{"id":404,"title":"x"}}`, "", "update upd.things set title = 'x' where id = 404"},

	// What is added. A sum with NULL is NULL.
	{
		"UpdateThing", `{"thing":{"id":1},"increment":{"count":5,"small":-2,"big":"7","ratio":0.25,"price":"1.25","cash":"2.50","span":{"months":1,"days":2,"microseconds":3}}}`, "",
		"update upd.things set count = count + 5, small = small - 2, big = big + 7, ratio = ratio + 0.25, price = price + 1.25, cash = cash + 2.5::money, span = span + '1 mon 2 days 3 microseconds' where id = 1",
	},
	{"UpdateThing", `{"thing":{"id":2},"increment":{"count":0}}`, "", "update upd.things set count = count where id = 2"},
	{"UpdateThing", `{"thing":{"id":5,"title":"x"},"increment":{"count":1}}`, "note", "update upd.things set note = null, count = count + 1 where id = 5"},

	// What is appended. To NULL it is appended as to nothing: tags of 4 and 8 are.
	{
		"UpdateThing", `{"thing":{"id":1},"append":{"tags":["a","b"],"nums":[7,8],"title":"!","note":"?","short":"cd","name":"X","raw":"AwQ="}}`, "",
		"update upd.things set tags = tags || '{a,b}', nums = nums || '{7,8}', title = title || '!', note = note || '?', short = short || 'cd', name = 'NameX', raw = raw || '\\x0304' where id = 1",
	},
	{"UpdateThing", `{"thing":{"id":4},"append":{"tags":["a"]}}`, "", "update upd.things set tags = '{a}' where id = 4"},
	{"UpdateThing", `{"thing":{"id":3},"append":{"note":"?"}}`, "", "update upd.things set note = '?' where id = 3"},
	{"UpdateThing", `{"thing":{"id":1},"append":{"meta":[2,{"x":null}]}}`, "", `update upd.things set meta = '[1,2,{"x":null}]' where id = 1`},
	{"UpdateThing", `{"thing":{"id":5},"append":{"meta":[2]}}`, "", `update upd.things set meta = '[2]' where id = 5`},
	{"UpdateThing", `{"thing":{"id":3},"append":{"meta":[2]}}`, "", `update upd.things set meta = '[2]' where id = 3`},
	{"UpdateThing", `{"thing":{"id":9},"append":{"meta":[2]}}`, "", `update upd.things set meta = '["text",2]' where id = 9`},

	// Domains.
	{
		"UpdateThing", `{"thing":{"id":1},"increment":{"most":1},"append":{"words":["x"],"limits":[2,3]},"expected":{"most":1,"words":["w"],"limits":[1]}}`, "",
		`update upd.things set most = most + 1, words = '{w,x}', limits = '{1,2,3}' where id = 1`,
	},

	// What is merged, not deeply.
	{
		"UpdateThing", `{"thing":{"id":7},"merge":{"meta":{"b":{"d":3},"e":null},"attrs":{"k":"w","l":""}}}`, "",
		`update upd.things set meta = '{"a":1,"b":{"d":3},"e":null}', attrs = 'k=>w,l=>""' where id = 7`,
	},
	{"UpdateThing", `{"thing":{"id":2},"merge":{"meta":{"a":2}}}`, "", `update upd.things set meta = '{"a":2,"b":{"c":2}}' where id = 2`},
	{"UpdateThing", `{"thing":{"id":3},"merge":{"meta":{"a":2}}}`, "", `update upd.things set meta = '{"a":2}' where id = 3`},
	{"UpdateThing", `{"thing":{"id":1},"merge":{"meta":{"a":2}}}`, "", `update upd.things set meta = '{"a":2}' where id = 1`},

	{
		"UpdateThing", `{"thing":{"id":1},"increment":{"count":1},"append":{"title":"!"},"merge":{"meta":{}}}`, "",
		`update upd.things set count = count + 1, title = title || '!', meta = '{}' where id = 1`,
	},

	// What is expected, and is so.
	{
		"UpdateThing", `{"thing":{"id":5,"title":"x"},"expected":{"id":5,"title":"thing 5","count":5,"small":5,"big":"5","ratio":2.5,"price":"6.250","cash":"5","span":{"days":5},
		"tags":["t","t5"],"nums":[5],"raw":"AQI=","attrs":{},"mood":"MOOD_GOOD","mac":"08-00-2b-01-02-03","code":"ab","name":"nAME","at":"2024-01-02T03:04:05.678901Z","shared":true,"locked":false,"total":10}}`, "",
		"update upd.things set title = 'x' where id = 5",
	},

	{"DeleteThing", `{"id":1}`, "", "delete from upd.things where id = 1"},
	{"DeleteThing", `{"id":6}`, "", "delete from upd.things where id = 6"},
	{"DeleteThing", `{"id":11}`, "", "delete from upd.things where id = 11"},
	{"DeleteThing", `{"id":5,"expected":{"title":"thing 5","count":5}}`, "", "delete from upd.things where id = 5"},
	{"DeleteThing", `{"id":11,"expected":{"title":"thing 11"}}`, "", "delete from upd.things where id = 11"},
}

// TestUpdateCases makes each write as everyone, and holds what becomes of all
// things against what psql makes of them under the same role and claims.
func TestUpdateCases(t *testing.T) {
	w := newUpdatesWorld(t)
	changed := 0
	for _, p := range persons(t) {
		for _, tc := range updateCases {
			t.Run(p.name+"/"+tc.method+" "+tc.request, func(t *testing.T) {
				w.fill(t)
				before := w.dump(t)
				if p.role != "anon" {
					w.psql(t, p, tc.sql)
				}
				want := w.dump(t)
				code := codes.OK
				switch {
				case p.role == "anon":
					code = codes.PermissionDenied
				case want == before && !strings.Contains(tc.sql, "count = count where"):
					code = codes.NotFound
				default:
					changed++
				}
				w.fill(t)
				_, err := w.do(t, p, tc.method, tc.request, tc.mask)
				if tc.sql == "update upd.things set count = count where id = 2" && p.name == "alice" {
					code = codes.NotFound
				}
				if status.Code(err) != code {
					t.Errorf("got %v, want %s", err, code)
				}
				if diff := cmp.Diff(want, w.dump(t)); diff != "" {
					t.Errorf("what has become of the things (-psql +gRPC):\n%s", diff)
				}
			})
		}
	}
	if changed < len(updateCases)/2 {
		t.Errorf("only %d writes changed anything", changed)
	}
}

var badUpdates = []struct {
	name, method, request, mask string
	want                        answer
}{
	{"nothing", "UpdateThing", `{"thing":{"id":1}}`, "", invalid("update_mask", "names nothing that can change, and thing sets nothing")},
	{"no body", "UpdateThing", `{"increment":{"count":1}}`, "", invalid("thing", "is required")},
	{"increment of a text", "UpdateThing", `{"thing":{"id":1},"increment":{"title":"x"}}`, "", invalid("increment.title", "is of type text; numbers and intervals are incremented")},
	{"increment of a bool", "UpdateThing", `{"thing":{"id":1},"increment":{"shared":true}}`, "", invalid("increment.shared", "is of type boolean; numbers and intervals are incremented")},
	{"append to a number", "UpdateThing", `{"thing":{"id":1},"append":{"count":1}}`, "", invalid("append.count", "is of type integer; arrays, texts, bytea and jsonb arrays are appended to")},
	{"append to a char(n)", "UpdateThing", `{"thing":{"id":1},"append":{"code":"x"}}`, "", invalid("append.code", "is of type character(4); arrays, texts, bytea and jsonb arrays are appended to")},
	{"append to json", "UpdateThing", `{"thing":{"id":1},"append":{"doc":[]}}`, "", invalid("append.doc", "is of type json; arrays, texts, bytea and jsonb arrays are appended to")},
	{"append no array", "UpdateThing", `{"thing":{"id":1},"append":{"meta":{}}}`, "", invalid("append.meta", "is no JSON array, whose items could be appended")},
	{"merge no object", "UpdateThing", `{"thing":{"id":1},"merge":{"meta":[]}}`, "", invalid("merge.meta", "is no JSON object, whose members could be merged")},
	{"merge a text", "UpdateThing", `{"thing":{"id":1},"merge":{"title":"x"}}`, "", invalid("merge.title", "is of type text; jsonb objects and hstores are merged into")},
	{"the key", "UpdateThing", `{"thing":{"id":1},"increment":{"id":1}}`, "", invalid("increment.id", "is of the key and cannot change")},
	{"output only", "UpdateThing", `{"thing":{"id":1},"increment":{"total":1}}`, "", invalid("increment.total", "is only read")},
	{"immutable", "UpdateThing", `{"thing":{"id":1},"append":{"sealed":"!"}}`, "", invalid("append.sealed", "is set at creation only")},
	{"a relation", "UpdateThing", `{"thing":{"id":1},"append":{"remarks":[{}]}}`, "", invalid("append.remarks", "is a relation, which is only read")},
	{"twice, the body", "UpdateThing", `{"thing":{"id":1,"count":2},"increment":{"count":1}}`, "", invalid("increment.count", "changes by thing, too")},
	{"twice, the mask", "UpdateThing", `{"thing":{"id":1},"append":{"note":"x"}}`, "note", invalid("append.note", "changes by thing, too")},
	{"twice, everything", "UpdateThing", `{"thing":{"id":1,"owner":"` + alice + `"},"increment":{"count":1}}`, "*", invalid("increment.count", "changes by thing, too")},
	{"twice, two operations", "UpdateThing", `{"thing":{"id":1},"append":{"meta":[1]},"merge":{"meta":{}}}`, "", invalid("merge.meta", "changes by append, too")},
	{"expected without equality", "UpdateThing", `{"thing":{"id":1,"title":"x"},"expected":{"doc":{}}}`, "", invalid("expected.doc", "is of type json, whose values cannot be compared")},
	{"expected hstore", "DeleteThing", `{"id":1,"expected":{"attrs":{"k":"v"}}}`, "", invalid("expected.attrs", "is of type ext.hstore, whose values cannot be compared")},
	{"expected, a relation", "DeleteThing", `{"id":1,"expected":{"remarks":[{}]}}`, "", invalid("expected.remarks", "is a relation, which is only read")},
	{"another by now", "UpdateThing", `{"thing":{"id":1,"title":"x"},"expected":{"title":"thing 2"}}`, "", changed},
	{"another by a microsecond", "UpdateThing", `{"thing":{"id":1,"title":"x"},"expected":{"at":"2024-01-02T03:04:05.678902Z"}}`, "", changed},
	{"NULL by now", "UpdateThing", `{"thing":{"id":3,"title":"x"},"expected":{"note":"note 3"}}`, "", changed},
	{"another by now", "DeleteThing", `{"id":1,"expected":{"count":2}}`, "", changed},
	{"not there, with expected", "UpdateThing", `{"thing":{"id":404,"title":"x"},"expected":{"title":"x"}}`, "", notFound("Thing")},
	{"not seen, with expected", "UpdateThing", `{"thing":{"id":2,"title":"x"},"expected":{"title":"x"}}`, "", notFound("Thing")},
	{"not to be changed, with expected", "UpdateThing", `{"thing":{"id":6,"title":"x"},"expected":{"title":"thing 6"}}`, "", notFound("Thing")},
	{"not there, with expected", "DeleteThing", `{"id":404,"expected":{"title":"x"}}`, "", notFound("Thing")},
	{"not to be removed, with expected", "DeleteThing", `{"id":11,"expected":{"title":"thing 11"}}`, "", notFound("Thing")},
	{
		"the range of a smallint", "UpdateThing", `{"thing":{"id":1},"increment":{"small":32767}}`, "",
		told(codes.OutOfRange, "VALUE_OUT_OF_RANGE", "22003", "increment.small", "with what the row has it is out of range"),
	},
	{
		"the range of a bigint", "UpdateThing", `{"thing":{"id":1},"increment":{"big":"9223372036854775807"}}`, "",
		told(codes.OutOfRange, "VALUE_OUT_OF_RANGE", "22003", "increment.big", "with what the row has it is out of range"),
	},
	{
		"the range of money", "UpdateThing", `{"thing":{"id":1},"increment":{"cash":"92233720368547758.07"}}`, "",
		told(codes.OutOfRange, "VALUE_OUT_OF_RANGE", "22003", "increment.cash", "with what the row has it is out of range"),
	},
	{
		"the precision of a numeric", "UpdateThing", `{"thing":{"id":1},"increment":{"price":"999999.99"}}`, "",
		told(codes.OutOfRange, "VALUE_OUT_OF_RANGE", "22003", "increment.price", "with what the row has it is out of range"),
	},
	{
		"the range of one of two", "UpdateThing", `{"thing":{"id":1},"increment":{"small":32767,"big":"1"}}`, "",
		told(codes.OutOfRange, "VALUE_OUT_OF_RANGE", "22003", "", "a number or a time is out of range"),
	},
	{
		"the length of a varchar", "UpdateThing", `{"thing":{"id":1},"append":{"short":"1234567"}}`, "",
		told(codes.InvalidArgument, "VALUE_TOO_LONG", "22001", "", "a value is longer than its column allows"),
	},
	{"a check", "UpdateThing", `{"thing":{"id":1},"increment":{"count":999}}`, "", brokenRule},
	{"a check of a domain", "UpdateThing", `{"thing":{"id":1},"increment":{"most":-1}}`, "", brokenRule},
	{"a check of a domain", "UpdateThing", `{"thing":{"id":1},"append":{"words":["a","b","c"]}}`, "", brokenRule},
	{"a check, to be validated", "UpdateThing", `{"thing":{"id":1},"increment":{"count":999},"validateOnly":true}`, "", brokenRule},
	{"not there, to be validated", "DeleteThing", `{"id":404,"validateOnly":true}`, "", notFound("Thing")},
	{
		"a mask of nothing there is", "UpdateThing", `{"thing":{"id":1,"title":"x"},"readMask":"colour"}`, "",
		invalid("read_mask", `names "colour", and Thing has no field "colour"`),
	},
}

// changed is the answer for a row that is not what was expected.
var changed = told(codes.Aborted, "CONFLICT", "", "expected", "is not what the row is by now: read it again")

// TestBadUpdates makes writes as Alice that must be refused, each with its exact
// text, and with nothing changed.
func TestBadUpdates(t *testing.T) {
	w := newUpdatesWorld(t)
	before := w.dump(t)
	for _, tc := range badUpdates {
		t.Run(tc.method+"/"+tc.name, func(t *testing.T) {
			_, err := w.do(t, alicePerson(t), tc.method, tc.request, tc.mask)
			if got := answerOf(t, err); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if diff := cmp.Diff(before, w.dump(t)); diff != "" {
				t.Errorf("the call has written:\n%s", diff)
				w.fill(t)
			}
		})
	}
}

// TestUpdateAnswers asks for parts of the row, for relations and for nothing.
func TestUpdateAnswers(t *testing.T) {
	w := newUpdatesWorld(t)
	for _, tc := range []struct{ request, want string }{
		{`{"thing":{"id":1,"title":"x"},"readMask":"title"}`, `{"title":"x"}`},
		{`{"thing":{"id":1},"increment":{"count":1},"readMask":"id,count,total"}`, `{"id":1,"count":2,"total":4}`},
		{`{"thing":{"id":1},"append":{"tags":["x"]},"readMask":"tags,remarks.body"}`, `{"tags":["t","t1","x"],"remarks":[{"body":"remark 1"}]}`},
		{`{"thing":{"id":1,"title":"y"},"readMask":"title","include":[{"path":"remarks","filter":"id > 100"}],"expected":{"count":2}}`, `{"title":"y"}`},
		{`{"thing":{"id":1,"title":"z"},"readMask":""}`, `{}`},
		{`{"thing":{"id":1,"title":"z"},"readMask":"","expected":{"title":"z"}}`, `{}`},
		{`{"thing":{"id":1,"title":"v"},"readMask":"title","validateOnly":true}`, `{"title":"v"}`},
	} {
		got, err := w.do(t, alicePerson(t), "UpdateThing", tc.request, "")
		if err != nil {
			t.Errorf("%s: %v", tc.request, err)
			continue
		}
		if diff := cmp.Diff(jsonValue(t, tc.want), jsonValue(t, jsonOf(t, got.Interface()))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.request, diff)
		}
	}
	if got := w.value(t, "select title from upd.things where id = 1"); got != "z" {
		t.Errorf("the title is %q: the last call was to be validated only", got)
	}
	if _, err := w.do(t, alicePerson(t), "DeleteThing", `{"id":1,"validateOnly":true}`, ""); err != nil {
		t.Error(err)
	}
	if got := w.value(t, "select count(*) from upd.things where id = 1"); got != "1" {
		t.Error("a delete that was to be validated only has deleted")
	}
}

// TestUpdateUnread changes a column that the caller may not read.
func TestUpdateUnread(t *testing.T) {
	w := newUpdatesWorld(t)
	w.exec(t, "insert into upd.box values (1, '"+alice+"', 'a'), (2, '"+bob+"', 'b')")
	alice := alicePerson(t)
	if _, err := w.do(t, alice, "UpdateBox", `{"box":{"id":1,"word":"x"}}`, ""); status.Code(err) != codes.PermissionDenied {
		t.Errorf("with all columns answered: %v", err)
	}
	for _, mask := range []string{"", "id"} {
		if _, err := w.do(t, alice, "UpdateBox", `{"box":{"id":1,"word":"y`+mask+`"},"readMask":"`+mask+`"}`, ""); err != nil {
			t.Errorf("with the mask %q: %v", mask, err)
		}
	}
	if _, err := w.do(t, alice, "UpdateBox", `{"box":{"id":2,"word":"y"},"readMask":""}`, ""); status.Code(err) != codes.NotFound {
		t.Errorf("Bob's: %v", err)
	}
	if got := w.value(t, "select string_agg(word, ' ' order by id) from upd.box"); got != "yid b" {
		t.Errorf("the words are %q", got)
	}
}

// TestUpdatesMeet has many callers change one row at once: increments add up, and
// of those who expect what they have read none undoes another.
func TestUpdatesMeet(t *testing.T) {
	w := newUpdatesWorld(t)
	const callers, times = 8, 25
	each := func(f func() error) {
		t.Helper()
		var wg sync.WaitGroup
		errs := make(chan error, callers)
		for range callers {
			wg.Go(func() {
				for range times {
					if err := f(); err != nil {
						errs <- err
						return
					}
				}
			})
		}
		wg.Wait()
		select {
		case err := <-errs:
			t.Fatal(err)
		default:
		}
	}
	method := methodPath(w.method("UpdateThing"))
	ctx := alicePerson(t).ctx(t)
	invoke := func(request string) (proto.Message, error) {
		req, res := w.request(t, "UpdateThing", request, ""), w.request(t, "UpdatePlain", `{"thing":{}}`, "")
		answer := res.ProtoReflect().Get(res.Descriptor().Fields().ByName("thing")).Message().Interface()
		return answer, w.world.conn.Invoke(ctx, method, req, answer)
	}
	each(func() error {
		_, err := invoke(`{"thing":{"id":1},"increment":{"count":1},"append":{"nums":[1]},"readMask":""}`)
		return err
	})
	if got, want := w.value(t, "select count - 1 || ' ' || cardinality(nums) - 1 from upd.things where id = 1"), "200 200"; got != want {
		t.Errorf("the increments and the appended add up to %s, want %s", got, want)
	}

	var mu sync.Mutex
	aborted := 0
	each(func() error {
		for {
			read, err := invoke(`{"thing":{"id":1},"increment":{"count":0},"readMask":"big"}`)
			if err != nil {
				return err
			}
			big := read.ProtoReflect().Get(read.ProtoReflect().Descriptor().Fields().ByName("big")).Int()
			_, err = invoke(`{"thing":{"id":1,"big":"` + strconv.FormatInt(big+1, 10) + `"},"expected":{"big":"` + strconv.FormatInt(big, 10) + `"},"readMask":""}`)
			if status.Code(err) == codes.Aborted {
				mu.Lock()
				aborted++
				mu.Unlock()
				continue
			}
			return err
		}
	})
	if got := w.value(t, "select big - 1 from upd.things where id = 1"); got != "200" {
		t.Errorf("%s of 200 changes are left", got)
	}
	if aborted == 0 {
		t.Error("no two callers have met")
	}
}
