package service_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
)

// TestBatchUpdateMixed changes rows in different ways by one call, as psql does by
// a statement each. Some can share a statement and some cannot.
func TestBatchUpdateMixed(t *testing.T) {
	w := newUpdatesWorld(t)
	w.exec(t, "update upd.things set owner = '"+alice+"'")
	before := w.dump(t)
	requests := []struct{ request, sql string }{
		{`{"thing":{"id":9,"title":"nine","note":"n"}}`, "title = 'nine', note = 'n' where id = 9"},
		{`{"thing":{"id":1,"title":"one","note":""}}`, "title = 'one', note = '' where id = 1"},
		{`{"thing":{"id":8,"title":"eight"},"updateMask":"title,note"}`, "title = 'eight', note = null where id = 8"},
		{`{"thing":{"id":2},"increment":{"count":2,"cash":"1.5"}}`, "count = count + 2, cash = cash + 1.5::money where id = 2"},
		{`{"thing":{"id":7},"increment":{"count":7,"cash":"2.5"}}`, "count = count + 7, cash = cash + 2.5::money where id = 7"},
		{`{"thing":{"id":3},"append":{"tags":["x"]}}`, "tags = tags || '{x}' where id = 3"},
		{`{"thing":{"id":6,"tags":["y","z"]}}`, "tags = '{y,z}' where id = 6"},
		{`{"thing":{"id":5,"tags":["v"]},"expected":{"title":"thing 5"}}`, "tags = '{v}' where id = 5"},
		{
			`{"thing":{"id":4,"cash":"3.25","mood":"MOOD_BAD","mac":"08:00:2b:01:02:04","name":"N","attrs":{"a":"b"},"meta":{"x":[1]},"raw":"/w==","span":{"days":1},"price":"1.50","code":"z","short":"12345678","most":4}}`,
			`cash = 3.25, mood = 'bad', mac = '08:00:2b:01:02:04', name = 'N', attrs = 'a=>b', meta = '{"x":[1]}', raw = '\xff', span = '1 day', price = 1.5, code = 'z', short = '12345678', most = 4 where id = 4`,
		},
		{
			`{"thing":{"id":10,"cash":"4.25","mood":"MOOD_GOOD","mac":"08:00:2b:01:02:05","name":"M","attrs":{},"meta":null,"raw":"","span":{},"price":"-1.50","code":"","short":"","most":5},"updateMask":"most,cash,mood,mac,name,attrs,meta,raw,span,price,code,short"}`,
			`cash = 4.25, mood = 'good', mac = '08:00:2b:01:02:05', name = 'M', attrs = '', meta = 'null', raw = '', span = '0', price = -1.5, code = '', short = '', most = 5 where id = 10`,
		},
		{`{"thing":{"id":11},"updateMask":"at,count"}`, "at = default, count = default where id = 11"},
		{`{"thing":{"id":12},"merge":{"attrs":{"n":"o"},"meta":{"n":1}},"expected":{"count":12}}`, `attrs = 'k=>v,n=>o', meta = meta || '{"n":1}' where id = 12`},
	}
	p := alicePerson(t)
	var all []string
	for _, r := range requests {
		w.psql(t, p, "update upd.things set "+r.sql)
		all = append(all, r.request)
	}
	want := w.dump(t)
	rows := "[" + w.value(t, "select string_agg(id || ':' || title, ' ' order by array_position('{9,1,8,2,7,3,6,5,4,10,11,12}', id)) from upd.things") + "]"
	w.fill(t)
	w.exec(t, "update upd.things set owner = '"+alice+"'")

	request := `{"requests":[` + strings.Join(all, ",") + `]`
	for _, more := range []string{`,"validateOnly":true`, ""} {
		if got := w.dump(t); got != before {
			t.Errorf("before the call with %q:\n%s", more, cmp.Diff(before, got))
		}
		res, err := w.do(t, p, "BatchUpdateThings", request+more+`,"readMask":"id,title"}`, "")
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			Things []struct {
				ID    int
				Title string
			}
			Count string
		}
		decode(t, res.Interface(), &answer)
		var got []string
		for _, thing := range answer.Things {
			got = append(got, fmt.Sprintf("%d:%s", thing.ID, thing.Title))
		}
		if diff := cmp.Diff(rows, fmt.Sprint(got)); diff != "" || answer.Count != "12" {
			t.Errorf("the answer, of %s (-psql +gRPC):\n%s", answer.Count, diff)
		}
	}
	if diff := cmp.Diff(want, w.dump(t)); diff != "" {
		t.Errorf("what has become of the things (-psql +gRPC):\n%s", diff)
	}
}

// TestBatchUpdateMany changes 5,000 rows, each to values of its own.
func TestBatchUpdateMany(t *testing.T) {
	w := newUpdatesWorld(t)
	const rows = 5000
	fill := func(note string) {
		w.exec(t, fmt.Sprintf("truncate upd.things cascade; insert into upd.things (id, owner, title, note, count) select i, '%s', 'thing', %s, i %% 9 from generate_series(1, %d) i", alice, note, rows))
	}
	p := alicePerson(t)
	fill("null")
	start := time.Now()
	w.psql(t, p, "update upd.things set title = 'title ' || id, note = case when id % 3 > 0 then 'note ' || id end, count = count + id % 7")
	t.Logf("%d rows by psql, from what stands in them, in %s", rows, time.Since(start))
	want := w.dump(t)
	fill("null")
	var b strings.Builder
	for i := rows; i > 0; i-- {
		note := ""
		if i%3 > 0 {
			note = fmt.Sprintf(`,"note":"note %d"`, i)
		}
		fmt.Fprintf(&b, `,{"thing":{"id":%d,"title":"title %d"%s},"updateMask":"title,note","increment":{"count":%d}}`, i, i, note, i%7)
	}
	requests := b.String()[1:]
	req := w.request(t, "BatchUpdateThings", `{"requests":[`+requests+`],"readMask":""}`, "")
	start = time.Now()
	res, err := w.call(p.ctx(t), p.name, "BatchUpdateThings", req)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d rows in %s", rows, time.Since(start))
	if got := jsonOf(t, res.Interface()); jsonValue(t, got).(map[string]any)["count"] != "5000" || len(got) > 40 {
		t.Errorf("the answer is %.100s", got)
	}
	if w.dump(t) != want {
		t.Error("the rows are not what psql makes of them")
	}

	// An answer that is too large is refused before anything is kept.
	fill("repeat('x', 1000)")
	before := w.dump(t)
	short := strings.NewReplacer("title,note", "title").Replace(requests)
	_, err = w.do(t, p, "BatchUpdateThings", `{"requests":[`+short+`]}`, "")
	if got, want := answerOf(t, err), told(codes.FailedPrecondition, "FAILED_PRECONDITION", "", "",
		"the answer would be larger than 3 MiB, so nothing was written: ask for less of it by read_mask"); got != want {
		t.Errorf("got %s", got)
	}
	if w.dump(t) != before {
		t.Error("a call that was refused has written")
	}
	if _, err = w.do(t, p, "BatchUpdateThings", `{"requests":[`+short+`],"readMask":"id"}`, ""); err != nil {
		t.Error(err)
	}
}

// TestBadBatchUpdates makes calls as Alice of which nothing may be kept.
func TestBadBatchUpdates(t *testing.T) {
	w := newUpdatesWorld(t)
	before := w.dump(t)
	within := func(path string, a answer) answer {
		if a.field != "" {
			path += "." + a.field
		}
		a.field = path
		return a
	}
	for _, tc := range []struct {
		name, requests string
		want           answer
	}{
		{"none", ``, invalid("requests", "is empty: give one request a row")},
		{"a mask of its own", `{"thing":{"id":1,"title":"x"}},{"thing":{"id":3,"title":"x"},"readMask":""}`, invalid("requests[1].read_mask", "set it on the batch")},
		{"an include", `{"thing":{"id":1,"title":"x"},"include":[{"path":"remarks"}]}`, invalid("requests[0].include", "set it on the batch")},
		{"to be validated", `{"thing":{"id":1,"title":"x"},"validateOnly":true}`, invalid("requests[0].validate_only", "set it on the batch")},
		{"no body", `{}`, invalid("requests[0].thing", "is required")},
		{"nothing", `{"thing":{"id":1,"title":"x"}},{"thing":{"id":3}}`, invalid("requests[1].update_mask", "names nothing that can change, and thing sets nothing")},
		{"a value", `{"thing":{"id":1,"title":"x"}},{"thing":{"id":3,"price":"x"}}`, invalid("requests[1].thing.price", `"x" is not a number`)},
		{"a key twice", `{"thing":{"id":1,"title":"x"}},{"thing":{"id":3,"title":"x"}},{"thing":{"id":1,"note":"x"}}`, invalid("requests[2]", "has the key of requests[0]: a batch changes a row once")},
		{"not there", `{"thing":{"id":1,"title":"x"}},{"thing":{"id":404,"title":"x"}},{"thing":{"id":3,"title":"x"}}`, within("requests[1]", notFound("Thing"))},
		{"not there, alone", `{"thing":{"id":1,"title":"x"}},{"thing":{"id":404,"note":"x"}}`, within("requests[1]", notFound("Thing"))},
		{"Bob's, not seen", `{"thing":{"id":1,"title":"x"}},{"thing":{"id":3,"title":"x"}},{"thing":{"id":2,"title":"x"}}`, within("requests[2]", notFound("Thing"))},
		{"Bob's, shared", `{"thing":{"id":1,"title":"x"}},{"thing":{"id":3,"title":"x"}},{"thing":{"id":6,"title":"x"}}`, within("requests[2]", notFound("Thing"))},
		{"Bob's, shared, expected", `{"thing":{"id":1,"title":"x"},"expected":{"id":1}},{"thing":{"id":6,"title":"x"},"expected":{"id":6}}`, within("requests[1]", notFound("Thing"))},
		{"another by now", `{"thing":{"id":1,"title":"x"},"expected":{"count":1}},{"thing":{"id":3,"title":"x"},"expected":{"count":4}}`, within("requests[1]", changed)},
		{"another by now, alone", `{"thing":{"id":1,"title":"x"}},{"thing":{"id":3,"title":"x"},"expected":{"count":4}}`, within("requests[1]", changed)},
		{"an array", `{"thing":{"id":1,"title":"x"}},{"thing":{"id":404,"tags":["x"]}}`, within("requests[1]", notFound("Thing"))},
		{"a check", `{"thing":{"id":1,"count":1}},{"thing":{"id":3,"count":1000}}`, brokenRule},
		{"a check, alone", `{"thing":{"id":1,"note":"1"}},{"thing":{"id":3,"count":1000}}`, within("requests[1]", brokenRule)},
		{
			"a range", `{"thing":{"id":1},"increment":{"small":1}},{"thing":{"id":3},"increment":{"small":32767}}`,
			told(codes.OutOfRange, "VALUE_OUT_OF_RANGE", "22003", "requests.increment.small", "with what the row has it is out of range"),
		},
		{
			"a range, alone", `{"thing":{"id":1,"note":"1"}},{"thing":{"id":3},"increment":{"small":32767}}`,
			told(codes.OutOfRange, "VALUE_OUT_OF_RANGE", "22003", "requests[1].increment.small", "with what the row has it is out of range"),
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := w.do(t, alicePerson(t), "BatchUpdateThings", `{"requests":[`+tc.requests+`]}`, "")
			got := answerOf(t, err)
			if tc.name == "a value" {
				got.text, tc.want.text = "", ""
			}
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if diff := cmp.Diff(before, w.dump(t)); diff != "" {
				t.Errorf("the call has written:\n%s", diff)
				w.fill(t)
			}
		})
	}
}
