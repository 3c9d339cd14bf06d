package service_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// TestManyCases writes by filters as everyone, and holds what becomes of all
// things, and what is answered, against psql's statement under the same role.
func TestManyCases(t *testing.T) {
	w := newUpdatesWorld(t)
	for _, tc := range []struct{ method, request, mask, sql string }{
		{"UpdateThings", `{"filter":"count > 3","thing":{"title":"x"}}`, "", "update upd.things set title = 'x' where count > 3"},
		{"UpdateThings", `{"filter":"count > 3 AND shared = true","thing":{"title":"x"}}`, "title,note,at", "update upd.things set title = 'x', note = null, at = default where count > 3 and shared"},
		{
			"UpdateThings", `{"filter":"title != \"\"","increment":{"count":3,"cash":"1"},"append":{"tags":["n"]},"merge":{"attrs":{"m":"n"}}}`, "",
			"update upd.things set count = count + 3, cash = cash + 1::money, tags = coalesce(tags || '{n}', '{n}'), attrs = 'k=>v,m=>n'",
		},
		{"UpdateThings", `{"filter":"count = 6","thing":{"note":"y"}}`, "", "update upd.things set note = 'y' where count = 6"},
		{"UpdateThings", `{"filter":"remarks.body:\"remark 1\"","thing":{"note":"z"}}`, "", "update upd.things t set note = 'z' where exists (select from upd.remarks r where r.thing_id = t.id and r.body like '%remark 1%')"},
		{"UpdateThings", `{"filter":"count > 404","thing":{"note":"y"}}`, "", "update upd.things set note = 'y' where count > 404"},
		{"DeleteThings", `{"filter":"count > 4"}`, "", "delete from upd.things where count > 4"},
		{"DeleteThings", `{"filter":"count = 11"}`, "", "delete from upd.things where count = 11"},
		{"DeleteThings", `{"filter":"count > 0"}`, "", "delete from upd.things"},
	} {
		for _, p := range persons(t)[1:] {
			t.Run(p.name+"/"+tc.method+" "+tc.request, func(t *testing.T) {
				w.fill(t)
				before := w.dump(t)
				rows := w.psql(t, p, tc.sql+" returning id || ':' || title")
				want := w.dump(t)
				for _, more := range []string{`,"validateOnly":true`, ``} {
					w.fill(t)
					res, err := w.do(t, p, tc.method, strings.TrimSuffix(tc.request, "}")+`,"readMask":"id,title"`+more+`}`, tc.mask)
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
					got := map[string]bool{}
					for _, thing := range answer.Things {
						got[fmt.Sprintf("%d:%s", thing.ID, thing.Title)] = true
					}
					count, _ := strconv.Atoi(answer.Count)
					for _, row := range rows {
						if !got[row] {
							t.Errorf("psql has %s", row)
						}
					}
					if count != len(rows) || len(got) != len(rows) {
						t.Errorf("the answer has %d rows and says %d, psql has %d", len(got), count, len(rows))
					}
					if more != "" {
						if diff := cmp.Diff(before, w.dump(t)); diff != "" {
							t.Errorf("a call that was to be validated only has written:\n%s", diff)
						}
					}
				}
				if diff := cmp.Diff(want, w.dump(t)); diff != "" {
					t.Errorf("what has become of the things (-psql +gRPC):\n%s", diff)
				}
			})
		}
	}
	w.fill(t)
	if _, err := w.do(t, persons(t)[0], "UpdateThings", `{"filter":"id > 0","thing":{"note":"y"}}`, ""); status.Code(err) != codes.PermissionDenied {
		t.Errorf("as anon: %v", err)
	}
	res, err := w.do(t, alicePerson(t), "UpdateThings", `{"filter":"id > 0","thing":{"note":"y"}}`, "")
	if err != nil {
		t.Fatal(err)
	}
	if got := jsonOf(t, res.Interface()); strings.ReplaceAll(got, " ", "") != `{"count":"6"}` {
		t.Errorf("without a read_mask the answer is %s", got)
	}
}

// TestManyGuards bounds how many rows may change. Rows that the caller sees and
// may not write do not count.
func TestManyGuards(t *testing.T) {
	w := newUpdatesWorld(t)
	guard := func(field, text string) answer {
		return told(codes.FailedPrecondition, "FAILED_PRECONDITION", "", field, text)
	}
	more := func(sql string) func() { return func() { w.exec(t, sql) } }
	things := func(owner string, from, to int) func() {
		return more(fmt.Sprintf("insert into upd.things (id, owner, shared, title) select i, '%s', true, 'many' from generate_series(%d, %d) i", owner, from, to))
	}
	required := invalid("filter", "is required: it says which rows are meant")
	for _, tc := range []struct {
		name    string
		prepare func()
		request string
		want    answer
		count   string // of a call that is not refused
	}{
		{"no filter", nil, `{}`, required, ""},
		{"a blank filter", nil, `{"filter":" \n"}`, required, ""},
		{"no filter at all", nil, `{"filter":"colour = 1"}`, answer{code: codes.InvalidArgument, field: "filter"}, ""},
		{"as many as are expected", nil, `{"filter":"id > 0","expectedCount":"6"}`, answer{}, "6"},
		{"more than expected", nil, `{"filter":"id > 0","expectedCount":"5"}`, guard("expected_count", "is 5, and the call would have changed 6 rows; it changed none"), ""},
		{"fewer than expected", nil, `{"filter":"id > 0","expectedCount":"7"}`, guard("expected_count", "is 7, and the call would have changed 6 rows; it changed none"), ""},
		{"none expected", nil, `{"filter":"id > 0","expectedCount":"0"}`, guard("expected_count", "is 0, and the call would have changed 6 rows; it changed none"), ""},
		{"none expected, and none there", nil, `{"filter":"id > 404","expectedCount":"0"}`, answer{}, ""},
		{"as many as may", nil, `{"filter":"id > 0","maxAffected":"6"}`, answer{}, "6"},
		{"more than may", nil, `{"filter":"id > 0","maxAffected":"5"}`, guard("max_affected", "is 5, and the call would have changed 6 rows; it changed none"), ""},
		{"none may", nil, `{"filter":"id > 0","maxAffected":"0"}`, guard("max_affected", "is 0, and the call would have changed 6 rows; it changed none"), ""},
		{"none may, and none there", nil, `{"filter":"id > 404","maxAffected":"0"}`, answer{}, ""},
		{"none may, and only others' are there", nil, `{"filter":"id = 6","maxAffected":"0"}`, answer{}, ""},
		{"fewer may than expected", nil, `{"filter":"id > 0","expectedCount":"6","maxAffected":"5"}`, invalid("expected_count", "of 6 is more than max_affected"), ""},
		{"below zero", nil, `{"filter":"id > 0","maxAffected":"-1"}`, invalid("max_affected", "is negative"), ""},
		{"below zero", nil, `{"filter":"id > 0","expectedCount":"-1"}`, invalid("expected_count", "is negative"), ""},
		{"more of others than may", things(bob, 1000, 2500), `{"filter":"id > 0"}`, answer{}, "6"},
		{"more of others, and one too many", things(bob, 1000, 2500), `{"filter":"id > 0","maxAffected":"5"}`, guard("max_affected", "is 5, and the call would have changed 6 rows; it changed none"), ""},
		{"more than the default", things(alice, 1000, 2500), `{"filter":"id > 0"}`, guard("max_affected", "is 1000, and the call would have changed 1507 rows; it changed none"), ""},
		{"more than the default, allowed", things(alice, 1000, 2500), `{"filter":"id > 0","maxAffected":"1507"}`, answer{}, "1507"},
		{"more than the default, expected", things(alice, 1000, 2500), `{"filter":"id > 0","expectedCount":"1507"}`, answer{}, "1507"},
		{
			"more of others than are looked at", things(bob, 1000, 101000), `{"filter":"id > 0"}`,
			guard("filter", "leaves more than 100000 rows, of which it is not known how many the caller may write: narrow it"), "",
		},
		{"as much as there is", things(bob, 1000, 101000), `{"filter":"id > 0","maxAffected":"9223372036854775807"}`, answer{}, "6"},
		{
			"an answer that is too large", more("update upd.things set note = repeat('x', 1 << 20)"), `{"filter":"id > 0","readMask":"note"}`,
			guard("", "the answer would be larger than 3 MiB, so nothing was written: ask for less of it by read_mask"), "",
		},
	} {
		for _, method := range []string{"UpdateThings", "DeleteThings"} {
			t.Run(method+"/"+tc.name, func(t *testing.T) {
				w.fill(t)
				w.exec(t, "update upd.things set locked = false")
				if tc.prepare != nil {
					tc.prepare()
				}
				before := w.value(t, "select md5(string_agg(t::text, ' ' order by id)) from upd.things t")
				request := tc.request
				if method == "UpdateThings" {
					request = strings.Replace(request, "{", `{"append":{"title":"!"},`, 1)
					request = strings.Replace(request, ",}", "}", 1)
				}
				res, err := w.do(t, alicePerson(t), method, request, "")
				after := w.value(t, "select md5(string_agg(t::text, ' ' order by id)) from upd.things t")
				if tc.want.code == codes.OK {
					if err != nil {
						t.Fatal(err)
					}
					if got, _ := jsonValue(t, jsonOf(t, res.Interface())).(map[string]any)["count"].(string); got != tc.count {
						t.Errorf("the count is %q, want %q", got, tc.count)
					}
					if (after != before) != (tc.count != "") {
						t.Errorf("rows have changed: %t", after != before)
					}
					return
				}
				got := answerOf(t, err)
				if tc.want.text == "" {
					got = answer{code: got.code, field: got.field}
				}
				if got != tc.want {
					t.Errorf("got  %s\nwant %s", got, tc.want)
				}
				if after != before {
					t.Error("a call that was refused has written")
				}
			})
		}
	}
}

// TestManyWithoutKey changes rows that have no key.
func TestManyWithoutKey(t *testing.T) {
	w := newUpdatesWorld(t)
	w.exec(t, "insert into upd.lines select owner, 'line' from unnest(array['"+alice+"', '"+alice+"', '"+bob+"']::uuid[]) owner")
	res, err := w.do(t, alicePerson(t), "UpdateLines", `{"filter":"line = \"line\"","append":{"line":"!"}}`, "")
	if err != nil {
		t.Fatal(err)
	}
	if got := jsonOf(t, res.Interface()); got != `{"count":"2"}` {
		t.Errorf("the answer is %s", got)
	}
	if got := w.value(t, "select string_agg(line, ' ' order by line) from upd.lines"); got != "line line! line!" {
		t.Errorf("the lines are %q", got)
	}
}

// TestBadMany makes calls as Alice that say what they may not.
func TestBadMany(t *testing.T) {
	w := newUpdatesWorld(t)
	before := w.dump(t)
	for _, tc := range []struct {
		request, mask string
		want          answer
	}{
		{`{"filter":"id > 0"}`, "", invalid("update_mask", "names nothing that can change, and thing sets nothing")},
		{`{"filter":"id > 0","thing":{"id":1,"title":"x"}}`, "", invalid("thing.id", "is of the key; the filter says which rows change")},
		{`{"filter":"id > 0","thing":{"title":"x"}}`, "id", invalid("update_mask", `names "id", which is of the key and cannot change`)},
		{`{"filter":"id > 0","thing":{"title":"x"},"append":{"title":"x"}}`, "", invalid("append.title", "changes by thing, too")},
		{`{"filter":"id > 0","thing":{"count":1000}}`, "", brokenRule},
		{`{"filter":"id > 0","increment":{"small":32767}}`, "", told(codes.OutOfRange, "VALUE_OUT_OF_RANGE", "22003", "increment.small", "with what the row has it is out of range")},
	} {
		_, err := w.do(t, alicePerson(t), "UpdateThings", tc.request, tc.mask)
		if got := answerOf(t, err); got != tc.want {
			t.Errorf("%s\ngot  %s\nwant %s", tc.request, got, tc.want)
		}
	}
	if diff := cmp.Diff(before, w.dump(t)); diff != "" {
		t.Errorf("a call has written:\n%s", diff)
	}
}

// TestManyMeet has callers claim the same rows at once: each row is claimed once,
// since a row that no longer meets the filter is not changed.
func TestManyMeet(t *testing.T) {
	w := newUpdatesWorld(t)
	w.exec(t, "insert into upd.things (id, owner, title) select i, '"+alice+"', 'free' from generate_series(100, 399) i")
	var wg sync.WaitGroup
	var mu sync.Mutex
	claimed, method := 0, methodPath(w.method("UpdateThings"))
	for n := range 4 {
		wg.Go(func() {
			req := w.request(t, "UpdateThings", `{"filter":"title = \"free\"","thing":{"title":"claimed by `+strconv.Itoa(n)+`"}}`, "")
			for {
				answer := newMessage(w.method("UpdateThings").Output())
				err := w.world.conn.Invoke(alicePerson(t).ctx(t), method, req, answer)
				if status.Code(err) == codes.Aborted {
					continue // a deadlock
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				claimed += int(answer.Get(answer.Descriptor().Fields().ByName("count")).Int())
				mu.Unlock()
				return
			}
		})
	}
	wg.Wait()
	if claimed != 300 {
		t.Errorf("%d of 300 rows were claimed", claimed)
	}
}

// TestUpdatesOnce repeats writes with their request ids, which are answered as
// they were and write nothing more.
func TestUpdatesOnce(t *testing.T) {
	w := newUpdatesWorld(t)
	for i, tc := range []struct{ method, request, want string }{
		{
			"BatchUpdateThings", `{"requests":[{"thing":{"id":5},"increment":{"count":1}},{"thing":{"id":7},"increment":{"count":1}}],"readMask":"id,count"`,
			`{"things":[{"id":5,"count":6},{"id":7,"count":8}],"count":"2"}`,
		},
		{"UpdateThings", `{"filter":"id = 9","append":{"title":"!"},"readMask":"title"`, `{"things":[{"title":"thing 9!"}],"count":"1"}`},
		{"DeleteThings", `{"filter":"id > 8","readMask":"id"`, `{"things":[{"id":9}],"count":"1"}`},
	} {
		// A message has more than one form, and a repeated request has that of before.
		req, err := proto.Marshal(w.request(t, tc.method, tc.request+fmt.Sprintf(`,"requestId":"123e4567-e89b-12d3-a456-42661417400%d"}`, i), ""))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			var answer []byte
			md := w.method(tc.method)
			if err := w.world.conn.Invoke(alicePerson(t).ctx(t), methodPath(md), req, &answer, grpc.ForceCodecV2(raw{})); err != nil {
				t.Fatal(err)
			}
			res := newMessage(md.Output())
			if err := proto.Unmarshal(answer, res); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(jsonValue(t, tc.want), jsonValue(t, jsonOf(t, res))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.method, diff)
			}
		}
	}
	if got := w.value(t, "select string_agg(id || ':' || count, ' ' order by id) from upd.things where id in (5, 7, 9)"); got != "5:6 7:8" {
		t.Errorf("the things are %s", got)
	}
	_, err := w.do(t, alicePerson(t), "DeleteThings", `{"filter":"id > 0","requestId":"123e4567-e89b-12d3-a456-426614174009","validateOnly":true}`, "")
	if got, want := answerOf(t, err), invalid("request_id", "cannot be given with validate_only, which writes nothing"); got != want {
		t.Errorf("got %s", got)
	}
}
