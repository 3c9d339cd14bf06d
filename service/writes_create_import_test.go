package service_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/service"
)

// notesFrom are messages of notes whose titles count on from a number.
func notesFrom(from, count int) string {
	var b strings.Builder
	b.WriteString(`{"notes":[`)
	for i := range count {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"title":"t%06d","body":"%s"}`, from+i, strings.Repeat("x", 60))
	}
	b.WriteString("]}")
	return b.String()
}

func TestImport(t *testing.T) {
	w := newWritesWorld(t)
	ctx := as(t, w.alice.token)
	count := func(res protoreflect.Message) int64 {
		return res.Get(res.Descriptor().Fields().ByName("count")).Int()
	}
	res, err := w.importing(ctx, t, "ImportNotes")
	if err != nil || count(res) != 0 {
		t.Errorf("no message: %v, %v", res, err)
	}
	res, err = w.importing(ctx, t, "ImportNotes", `{}`, notesFrom(0, 3), `{}`, `{"notes":[{"title":"x","tags":["a"]},{"title":"y","place":"p"}]}`)
	if err != nil || count(res) != 5 {
		t.Errorf("five rows: %v, %v", res, err)
	}
	if got := w.psql(t, "select title from notes order by number"); got != "t000000 t000001 t000002 x y" {
		t.Errorf("the rows are %q", got)
	}
	res, err = w.importing(ctx, t, "ImportNotes", `{"onConflict":{"fields":["owner_id","title"],"update":"body"},"notes":[{"title":"x","body":"new"}]}`, notesFrom(2, 2))
	if err != nil || count(res) != 3 {
		t.Errorf("an upsert: %v, %v", res, err)
	}
	if got := w.psql(t, "select title || left(body, 3) from notes where body is not null order by title"); got != "t000000xxx t000001xxx t000002xxx t000003xxx xnew" {
		t.Errorf("the rows are %q", got)
	}
	_, err = w.importing(as(t, ""), t, "ImportNotes", notesFrom(9, 1))
	if status.Code(err) != codes.PermissionDenied {
		t.Errorf("an import by anon: %v", err)
	}
}

// TestImportRefusals holds that an import of which a row cannot be written
// writes none, and says which.
func TestImportRefusals(t *testing.T) {
	w := newWritesWorld(t)
	many := make([]string, 0, 40)
	for i := range 30 {
		many = append(many, notesFrom(1000*i, 1000))
	}
	for _, tt := range []struct {
		name     string
		messages []string
		want     refusal
	}{
		{"a value", append(many[:30:30], `{"notes":[{"title":"a"},{"title":"b","id":"x"}]}`), refusal{code: codes.InvalidArgument, says: `message 31, notes[1].id: "x" is not a UUID, 32 hexadecimal digits in the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`}},
		{"a rule", append(many[:30:30], `{"notes":[{"title":"a","tags":["x"]},{"title":"b","tags":["x"],"size":-1}]}`), refusal{code: codes.InvalidArgument, says: "message 31, notes[1]: a value breaks a rule of the table or of its type"}},
		{"a key twice", []string{notesFrom(0, 2), notesFrom(1, 2)}, refusal{code: codes.AlreadyExists, says: "message 1, notes[0] to message 2, notes[1]: a row with the same key or the same unique value is there already"}},
		{"a conflict too late", []string{notesFrom(0, 2), `{"onConflict":{"ignore":true}}`}, refusal{code: codes.InvalidArgument, says: "message 2, on_conflict: is for the first message to say, and holds for all"}},
		{"a wrong conflict", []string{`{"onConflict":{}}`}, refusal{code: codes.InvalidArgument, says: "on_conflict: does not say what is done: it needs ignore: true, or update"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.importing(as(t, w.alice.token), t, "ImportNotes", tt.messages...)
			refuses(t, tt.name, err, tt.want)
			if got := w.psql(t, "select count(*) from notes"); got != "0" {
				t.Errorf("%s rows were written", got)
			}
		})
	}
	w.idle(t)
}

// TestImportEnds holds that an import that does not come to its end writes
// nothing, and holds no transaction.
func TestImportEnds(t *testing.T) {
	const patience = 300 * time.Millisecond
	w := newWritesWorld(t, func(c *service.Config) { c.StreamPatience = patience })
	for _, tt := range []struct {
		name string
		ends func(*grpc.ClientConn, context.CancelFunc)
		want refusal
	}{
		{"cancelled", func(_ *grpc.ClientConn, cancel context.CancelFunc) { cancel() }, refusal{code: codes.Canceled, says: "context canceled"}},
		{"broken", func(conn *grpc.ClientConn, _ context.CancelFunc) { conn.Close() }, refusal{code: codes.Canceled, says: "grpc: the client connection is closing"}},
		{"slow", func(*grpc.ClientConn, context.CancelFunc) {}, refusal{code: codes.Aborted, says: "the client has sent nothing for too long, so nothing was written; begin again, and send faster or less"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(as(t, w.alice.token))
			defer cancel()
			conn, err := grpc.NewClient(w.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true}, methodPath(w.method("ImportNotes")))
			if err != nil {
				t.Fatal(err)
			}
			for i := range 30 {
				req := dynamicpb.NewMessage(w.method("ImportNotes").Input())
				if err := protojson.Unmarshal([]byte(notesFrom(1000*i, 1000)), req); err != nil {
					t.Fatal(err)
				}
				if err := stream.SendMsg(req); err != nil {
					t.Fatal(err)
				}
			}
			// Rows are on their way to the database when it ends.
			const writing = `select count(*) from pg_stat_activity where datname = current_database() and usename = 'rowgate_user' and backend_xid is not null`
			for range 100 {
				if w.psql(t, writing) == "1" {
					break
				}
				time.Sleep(time.Millisecond)
			}
			tt.ends(conn, cancel)
			start := time.Now()
			err = stream.RecvMsg(dynamicpb.NewMessage(w.method("ImportNotes").Output()))
			refuses(t, tt.name, err, tt.want)
			if took := time.Since(start); took > 15*patience {
				t.Errorf("it took %v, and the server waits for %v", took, patience)
			}
			w.idle(t)
			if got := w.psql(t, "select count(*) from notes"); got != "0" {
				t.Errorf("%s rows were written", got)
			}
		})
	}
}

// TestImportMemory holds that many rows take no more memory than some: the server
// reads on only once the database has the rows.
func TestImportMemory(t *testing.T) {
	w := newWritesWorld(t)
	req := dynamicpb.NewMessage(w.method("ImportNotes").Input())
	notes := req.Mutable(req.Descriptor().Fields().ByName("notes")).List()
	const each = 500
	for range each {
		note := notes.AppendMutable().Message()
		note.Set(note.Descriptor().Fields().ByName("body"), protoreflect.ValueOfString(strings.Repeat("x", 100)))
	}
	next := 0
	peak := func(rows int) (most uint64, took time.Duration) {
		w.clean(t)
		runtime.GC()
		start := time.Now()
		stream, err := w.open(as(t, w.alice.token), "ImportNotes")
		if err != nil {
			t.Fatal(err)
		}
		for n := range rows / each {
			for i := range each {
				note := notes.Get(i).Message()
				note.Set(note.Descriptor().Fields().ByName("title"), protoreflect.ValueOfString(fmt.Sprint(next)))
				next++
			}
			if err := stream.SendMsg(req); err != nil {
				t.Fatal(err)
			}
			if n%10 == 9 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		res, err := w.answer(stream, "ImportNotes")
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Get(res.Descriptor().Fields().ByName("count")).Int(); got != int64(rows) {
			t.Errorf("%d rows are counted, of %d", got, rows)
		}
		return most, time.Since(start)
	}
	// All of the many would take three times as much in the gathered form alone.
	const some, more, grows = 30_000, 150_000, 8 << 20
	peak(some)
	few, _ := peak(some)
	many, took := peak(more)
	t.Logf("the heap was at most %d KiB for %d rows and %d KiB for %d, which took %v", few>>10, some, many>>10, more, took)
	if many > few+grows {
		t.Errorf("the heap grew to %d KiB for %d rows, from %d for %d", many>>10, more, few>>10, some)
	}
	if got := w.psql(t, "select count(*) from notes"); got != fmt.Sprint(more) {
		t.Errorf("%s rows were written", got)
	}
}
