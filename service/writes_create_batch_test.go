package service_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/migrations"
)

// batchOf is a request of notes.
func batchOf(notes []string, rest string) string {
	var b strings.Builder
	b.WriteString(`{"requests":[`)
	for i, n := range notes {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"note":` + n + `}`)
	}
	b.WriteString(`]` + rest + `}`)
	return b.String()
}

// TestBatchCreateTypes takes rows with values of every sort, and without, and
// holds what is stored and answered against what one create a row does.
func TestBatchCreateTypes(t *testing.T) {
	w := newWritesWorld(t)
	full := `"slug":"%d","rank":%d,"body":"it's \"b\" {a,b} \\ NULL","mood":"MOOD_SO_SO","size":3,"amount":"-1234567890123456789.50","cost":"-12.50",` +
		`"span":"P1Y2M3DT4H","addr":"10.0.0.0/8","meta":{"a":[1,null,"x"]},"at":"2020-02-29T12:30:00.000001Z","flag":"101","code":"c"`
	var notes []string
	for i := range 40 {
		rest := ""
		switch i % 8 {
		case 0, 1, 2:
			rest = "," + fmt.Sprintf(full, i, i)
		case 3:
			rest = `,"body":"","mood":"MOOD_SAD"`
		case 4:
			rest = `,"tags":["a","","b,c"]` // an array goes alone
		case 5:
			rest = `,"place":"here"` // it has a default, so rows with it differ
		case 6:
			rest = `,"meta":null,"mood":"MOOD_SAD"`
		case 7:
			rest = `,"spot":{"x":1}` // a composite does, too
		}
		notes = append(notes, fmt.Sprintf(`{"title":"t%02d"%s}`, i, rest))
	}
	const table = `select json_agg(n order by n.title)::text from (select to_jsonb(n) - 'id' - 'number' as row, n.title from notes n) n`
	var each strings.Builder
	for _, n := range notes {
		each.WriteString(withoutIDs(w.sends(t, w.alice, "CreateNote", `{"note":`+n+`}`)))
	}
	want := w.psql(t, table)
	w.clean(t)
	res, err := w.send(t, w.alice, "BatchCreateNotes", batchOf(notes, ""))
	if err != nil {
		t.Fatal(err)
	}
	if got := w.psql(t, table); got != want {
		t.Errorf("the rows are\n%s\nwant\n%s", got, want)
	}
	var together strings.Builder
	list := res.Get(res.Descriptor().Fields().ByName("notes")).List()
	for i := range list.Len() {
		together.WriteString(withoutIDs(jsonOf(t, list.Get(i).Message().Interface())))
	}
	if together.String() != each.String() {
		t.Errorf("the answers are\n%s\nwant\n%s", &together, &each)
	}
	if got := w.psql(t, "select string_agg(title, ' ' order by number) = string_agg(title, ' ' order by title) from notes"); got != "true" {
		t.Error("the rows were not written in the requests' order")
	}
}

// withoutIDs leaves out of a note's JSON what the database made.
func withoutIDs(json string) string {
	var kept []string
	for part := range strings.SplitSeq(json, ",") {
		if !strings.HasPrefix(part, `{"id":`) && !strings.HasPrefix(part, `"number":`) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ",") + "\n"
}

// TestBatchCreateOrder takes ten thousand rows past a trigger, and holds that
// they are answered in the requests' order.
func TestBatchCreateOrder(t *testing.T) {
	w := newWritesWorld(t)
	if _, err := w.super.Exec(t.Context(), `
		create function shout() returns trigger language plpgsql as $$ begin
			if new.rank % 7 = 0 then new.body = 'seven ' || new.title; end if;
			if tg_when = 'AFTER' then insert into drops (words) values (new.title); end if;
			return new;
		end $$;
		alter function shout() security definer;
		create trigger before_note before insert on notes for each row execute function shout();
		create trigger after_note after insert on notes for each row execute function shout()`); err != nil {
		t.Fatal(err)
	}
	const count = 10_000
	notes := make([]string, count)
	for i := range notes {
		rest := ""
		if i%3 == 0 {
			rest = `,"slug":"` + fmt.Sprint(i) + `"`
		}
		notes[i] = fmt.Sprintf(`{"title":"t%05d","rank":%d%s}`, count-i, i, rest)
	}
	res, err := w.send(t, w.alice, "BatchCreateNotes", batchOf(notes, `,"readMask":"title,rank,number,body"`))
	if err != nil {
		t.Fatal(err)
	}
	fields := res.Descriptor().Fields()
	list := res.Get(fields.ByName("notes")).List()
	if list.Len() != count || res.Get(fields.ByName("count")).Int() != count {
		t.Fatalf("%d rows are answered, and counted %d", list.Len(), res.Get(fields.ByName("count")).Int())
	}
	get := func(m protoreflect.Message, name protoreflect.Name) protoreflect.Value {
		return m.Get(m.Descriptor().Fields().ByName(name))
	}
	last := int64(0)
	for i := range count {
		m := list.Get(i).Message()
		title := fmt.Sprintf("t%05d", count-i)
		body := ""
		if i%7 == 0 {
			body = "seven " + title
		}
		number := get(m, "number").Int()
		if get(m, "title").String() != title || get(m, "rank").Int() != int64(i) || get(m, "body").String() != body || number <= last {
			t.Fatalf("row %d is %v", i, m)
		}
		last = number
	}
	if got := w.psql(t, "select count(*) from (select words, lag(words) over (order by id) as last from drops) d where last < words"); got != "0" {
		t.Errorf("the trigger saw %s rows out of order", got)
	}
}

func TestBatchCreateConflicts(t *testing.T) {
	w := newWritesWorld(t)
	fill := func() {
		w.clean(t)
		w.sends(t, w.alice, "CreateNote", `{"note":{"id":"`+noteA+`","title":"a","slug":"s","body":"old"}}`)
	}
	fill()
	// What is ignored is not answered, and does not count.
	notes := []string{`{"title":"x"}`, `{"title":"y","slug":"s"}`, `{"title":"z","slug":"q","place":"p"}`}
	got := w.sends(t, w.alice, "BatchCreateNotes", batchOf(notes, `,"onConflict":{"fields":["slug"],"ignore":true},"readMask":"title"`))
	if want := `{"notes":[{"title":"x"},{"title":"z"}],"count":"2"}`; got != want {
		t.Errorf("ignoring: %s, want %s", got, want)
	}
	// Each row updates what it gives itself.
	fill()
	notes = []string{`{"id":"` + noteB + `","title":"b","body":"x"}`, `{"id":"` + noteA + `","title":"c"}`, `{"title":"d","rank":1}`}
	got = w.sends(t, w.alice, "BatchCreateNotes", batchOf(notes, `,"onConflict":{"update":""},"readMask":"title,rank,slug,body"`))
	if want := `{"notes":[{"title":"b","rank":7,"body":"x"},{"slug":"s","title":"c","rank":7,"body":"old"},{"title":"d","rank":1}],"count":"3"}`; got != want {
		t.Errorf("updating what is given: %s, want %s", got, want)
	}
	// A mask holds for all.
	fill()
	notes = []string{`{"id":"` + noteA + `","title":"c"}`, `{"title":"d","body":"new"}`}
	got = w.sends(t, w.alice, "BatchCreateNotes", batchOf(notes, `,"onConflict":{"update":"body"},"readMask":"title,slug,body"`))
	if want := `{"notes":[{"slug":"s","title":"a"},{"title":"d","body":"new"}],"count":"2"}`; got != want {
		t.Errorf("updating by a mask: %s, want %s", got, want)
	}
	_, err := w.send(t, w.alice, "BatchCreateNotes", batchOf([]string{`{"title":"e","slug":"n"}`, `{"title":"f","slug":"n"}`}, `,"onConflict":{"fields":["slug"],"update":""}`))
	refuses(t, "a key twice", err, refusal{code: codes.InvalidArgument, says: "two of the rows have the same key, and one request can write a row only once"})
}

// TestBatchCreateRefusals holds that a batch of which a row cannot be written
// writes none, and says which where it knows.
func TestBatchCreateRefusals(t *testing.T) {
	w := newWritesWorld(t)
	good := []string{`{"title":"a"}`, `{"title":"b","tags":["x"]}`, `{"title":"c","place":"p"}`}
	with := func(more ...string) string { return batchOf(append(good[:3:3], more...), "") }
	large := make([]string, 20)
	for i := range large {
		large[i] = fmt.Sprintf(`{"title":"large %d","body":"%s"}`, i, strings.Repeat("x", 170_000))
	}
	for _, tt := range []struct {
		name, request string
		want          refusal
	}{
		{"nothing", `{}`, refusal{code: codes.InvalidArgument, says: "requests: is empty: give one request a row"}},
		{"no row", `{"requests":[{"note":{"title":"a"}},{}]}`, refusal{code: codes.InvalidArgument, says: "requests[1].note: is required"}},
		{"a mask of its own", `{"requests":[{"note":{"title":"a"}},{"note":{"title":"b"},"readMask":""}]}`, refusal{code: codes.InvalidArgument, says: "requests[1].read_mask: is for a request of its own: leave it out here, and set what the batch has of it"}},
		{"an id of its own", `{"requests":[{"note":{"title":"a"},"requestId":"x"}]}`, refusal{code: codes.InvalidArgument, says: "requests[0].request_id: is for a request of its own: leave it out here, and set what the batch has of it"}},
		{"a value of the wrong form", with(`{"title":"d","id":"x"}`), refusal{code: codes.InvalidArgument, says: `requests[3].note.id: "x" is not a UUID, 32 hexadecimal digits in the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`}},
		{"a value alone of the wrong form", with(`{"title":"d","tags":["\u0000"]}`), refusal{code: codes.InvalidArgument, says: "requests[3].note.tags[0]: the text has a NUL character, which Postgres cannot store"}},
		{"a relation", with(`{"title":"d","lines":[{"words":"x"}]}`), refusal{code: codes.InvalidArgument, says: "requests[3].note.lines: holds rows of a relation, which are only read"}},
		{"a rule", with(`{"title":"d","size":-3}`), refusal{code: codes.InvalidArgument, says: "requests[3]: a value breaks a rule of the table or of its type"}},
		{"a key twice", with(`{"title":"a"}`), refusal{code: codes.AlreadyExists, says: "requests[3]: a row with the same key or the same unique value is there already"}},
		{"another's row", with(`{"title":"d","ownerId":"` + migrations.Bob + `"}`), refusal{code: codes.PermissionDenied, says: "requests[3]: the caller's role may not do this"}},
		{"an answer too large", batchOf(large, ""), refusal{code: codes.FailedPrecondition, says: "the answer would be larger than 3 MiB, so nothing was written: ask for less of it by read_mask"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.send(t, w.alice, "BatchCreateNotes", tt.request)
			if tt.name == "a relation" && status.Code(err) == codes.InvalidArgument {
				tt.want.says = status.Convert(err).Message() // The text is another test's.
				if !strings.HasPrefix(tt.want.says, "requests[3].note.lines: ") {
					t.Errorf("the error is %s", tt.want.says)
				}
			}
			refuses(t, tt.name, err, tt.want)
			if got := w.psql(t, "select count(*) from notes"); got != "0" {
				t.Errorf("%s rows were written", got)
			}
		})
	}
	// One statement, whose answer is large for what the database adds.
	if _, err := w.super.Exec(t.Context(), "alter table notes alter place set default repeat('x', 2000000)"); err != nil {
		t.Fatal(err)
	}
	_, err := w.send(t, w.alice, "BatchCreateNotes", batchOf([]string{`{"title":"a"}`, `{"title":"b"}`}, ""))
	refuses(t, "defaults too large", err, refusal{code: codes.FailedPrecondition, says: "the answer would be larger than 3 MiB, so nothing was written: ask for less of it by read_mask"})
	if got := w.psql(t, "select count(*) from notes"); got != "0" {
		t.Errorf("%s rows were written", got)
	}
	if got := w.sends(t, w.alice, "BatchCreateNotes", batchOf(large, `,"readMask":"title"`)); !strings.HasSuffix(got, `"count":"20"}`) {
		t.Errorf("large rows of which little is asked: %s", short(got))
	}
	w.clean(t)
	if got := w.sends(t, w.alice, "BatchCreateNotes", batchOf(good, `,"validateOnly":true,"readMask":"title"`)); got != `{"notes":[{"title":"a"},{"title":"b"},{"title":"c"}],"count":"3"}` {
		t.Errorf("validate only: %s", got)
	}
	if got := w.psql(t, "select count(*) from notes"); got != "0" {
		t.Errorf("%s rows were written by what validates only", got)
	}
}

// TestBatchCreateSpeed prints how long ten thousand rows take, beside \copy into
// a temporary table and INSERT SELECT by psql.
func TestBatchCreateSpeed(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures")
	}
	w := newWritesWorld(t)
	const count, runs = 10_000, 7
	notes := make([]string, count)
	var lines strings.Builder
	for i := range notes {
		notes[i] = fmt.Sprintf(`{"title":"title number %d","rank":%d,"body":"%s","amount":"%d.25","at":"2020-02-29T12:30:00Z"}`, i, i%1000, strings.Repeat("x", 60), i)
		fmt.Fprintf(&lines, "title number %d\t%d\t%s\t%d.25\t2020-02-29T12:30:00Z\n", i, i%1000, strings.Repeat("x", 60), i)
	}
	file := filepath.Join(t.TempDir(), "rows")
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	req := w.request(t, "BatchCreateNotes", batchOf(notes, `,"readMask":""`), "")
	call, psql := time.Hour, time.Hour
	for range runs {
		w.clean(t)
		start := time.Now()
		if _, err := w.call(as(t, w.alice.token), "alice", "BatchCreateNotes", req); err != nil {
			t.Fatal(err)
		}
		call = min(call, time.Since(start))
		w.clean(t)
		out := w.db.Psql(t, quiet+w.alice.inTransaction(`
			select clock_timestamp() as start \gset
			create temporary table rows (title text, rank integer, body text, amount numeric, at timestamptz) on commit drop;
			\copy rows from '`+file+`'
			insert into notes (title, rank, body, amount, at) select * from rows;
			select extract(epoch from clock_timestamp() - :'start');`))
		took, err := time.ParseDuration(strings.TrimSpace(out) + "s")
		if err != nil {
			t.Fatal(err)
		}
		psql = min(psql, took)
	}
	t.Logf("%d rows: %v as a batch, %v as \\copy and INSERT SELECT: %.2f times as long", count, call, psql, float64(call)/float64(psql))
}
