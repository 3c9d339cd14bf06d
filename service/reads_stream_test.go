package service_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service"
)

// bigRows puts rows into reads.big, all of them Alice's.
func bigRows(rows, size int) string {
	return fmt.Sprintf("insert into reads.big select n, repeat('x', %d), n / 100.0, timestamptz '2024-01-01' + n * interval '1 second', %s from generate_series(1, %d) n",
		size, literal(migrations.Alice), rows)
}

// bigSelect is what a stream of reads.big answers.
const bigSelect = "select id, body, price, made from reads.big"

// discard is a codec that sends messages and throws away what comes.
type discard struct{}

func (discard) Name() string { return "proto" }

func (discard) Marshal(v any) (mem.BufferSlice, error) {
	data, err := proto.Marshal(v.(proto.Message))
	return mem.BufferSlice{mem.SliceBuffer(data)}, err
}

func (discard) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*int64) += int64(data.Len())
	return nil
}

// counting calls a stream, and counts its rows and their bytes.
func (w *readsWorld) counting(ctx context.Context, method string, req proto.Message) (rows, bytes int64, err error) {
	stream, err := w.stream(ctx, w.method(method), req, grpc.ForceCodecV2(discard{}))
	for err == nil {
		if err = stream.RecvMsg(&bytes); err == nil {
			rows++
		}
	}
	if err == io.EOF {
		err = nil
	}
	return rows, bytes, err
}

// busy counts the connections of rowgate's login that are within a transaction.
func (w *readsWorld) busy(t testing.TB) int {
	t.Helper()
	out := w.db.Psql(t, "select count(*) from pg_stat_activity where datname = current_database() and usename = '"+migrations.UserLogin+"' and xact_start is not null")
	n, err := strconv.Atoi(strings.TrimSpace(out))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// idle waits until no call is running, and says how long that took.
func (w *readsWorld) idle(t testing.TB, most time.Duration) time.Duration {
	t.Helper()
	start := time.Now()
	for w.busy(t) > 0 {
		if time.Since(start) > most {
			t.Errorf("after %v the database still works on the stream", most)
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return time.Since(start)
}

// TestStreamIsTheTable streams a whole table under the caller's policies.
func TestStreamIsTheTable(t *testing.T) {
	w := newReadsWorld(t, bigRows(20_000, 300)+"; update reads.big set owner = '"+migrations.Bob+"' where id % 7 = 0", nil)
	people := persons(t)
	for _, p := range people {
		for _, order := range []string{"", "made desc"} {
			q := &readQuestion{orderBy: order, filter: "price > 50"}
			rows, _, err := w.received(as(t, p.token), "StreamBig", w.ask("StreamBig", q, nil))
			if err != nil {
				t.Fatal(err)
			}
			sql := "select json_build_object('id', id, 'body', body, 'price', price, 'made', made) from reads.big where price > 50 order by id"
			if order != "" {
				sql += " desc"
			}
			sameRows(t, p.name, rowTexts(t, rows), psqlTexts(t, w.message("Big"), w.psql(t, p, sql)[0]))
		}
	}
	for filter, want := range map[string]int64{"id < 0": 0, "id = 1": 1, "id <= 33": 29} {
		rows, _, err := w.counting(as(t, people[1].token), "StreamBig", w.ask("StreamBig", &readQuestion{filter: filter}, nil))
		if err != nil || rows != want {
			t.Errorf("%s: %d rows, %v, want %d", filter, rows, err, want)
		}
	}
	_, _, err := w.counting(as(t, people[1].token), "StreamBig", w.ask("StreamBig", &readQuestion{filter: "nothing = 1"}, nil))
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("a filter of no field: %v", err)
	}
}

// TestCancelledStreamEndsItsQuery cancels streams whose rows are on their way,
// and one whose rows do not come.
func TestCancelledStreamEndsItsQuery(t *testing.T) {
	w := newReadsWorld(t, bigRows(200_000, 500), nil)
	for _, tt := range []struct {
		name, method, order string
		read                int
	}{
		{"before the first row", "StreamSlow", "", 0},
		{"in the middle", "StreamBig", "", 1000},
		{"in the middle of an order", "StreamBig", "made desc", 10},
		{"of one that is not read", "StreamBig", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(as(t, persons(t)[1].token))
			defer cancel()
			stream, err := w.stream(ctx, w.method(tt.method), w.ask(tt.method, &readQuestion{orderBy: tt.order}, nil), grpc.ForceCodecV2(discard{}))
			if err != nil {
				t.Fatal(err)
			}
			var bytes int64
			for range tt.read {
				if err := stream.RecvMsg(&bytes); err != nil {
					t.Fatal(err)
				}
			}
			for start := time.Now(); w.busy(t) == 0; {
				if time.Since(start) > 10*time.Second {
					t.Fatal("the stream does not run")
				}
			}
			cancel()
			t.Logf("the query ends after %v", w.idle(t, 5*time.Second))
			for err == nil {
				err = stream.RecvMsg(&bytes)
			}
			if status.Code(err) != codes.Canceled {
				t.Errorf("the cancelled stream ends with %v", err)
			}
			rows, _, err := w.counting(as(t, persons(t)[1].token), "StreamBig", w.ask("StreamBig", &readQuestion{filter: "id <= 10"}, nil))
			if err != nil || rows != 10 {
				t.Errorf("the stream after it: %d rows, %v", rows, err)
			}
		})
	}
}

// TestSlowReaderIsCutOff reads nothing of one stream, and little by little of
// another.
func TestSlowReaderIsCutOff(t *testing.T) {
	const patience = 500 * time.Millisecond
	w := newReadsWorld(t, bigRows(10_000, 20_000), func(c *service.Config) { c.StreamPatience = patience })
	open := func() grpc.ClientStream {
		t.Helper()
		stream, err := w.stream(as(t, persons(t)[1].token), w.method("StreamBig"), w.ask("StreamBig", nil, nil), grpc.ForceCodecV2(discard{}))
		if err != nil {
			t.Fatal(err)
		}
		return stream
	}
	var bytes int64
	start := time.Now()
	stuck := open()
	if err := stuck.RecvMsg(&bytes); err != nil {
		t.Fatal(err)
	}
	w.idle(t, 20*patience)
	if waited := time.Since(start); waited < patience {
		t.Errorf("a reader that reads nothing is cut off after %v, before %v", waited, patience)
	}
	var err error
	rows := 1
	for ; err == nil; rows++ {
		err = stuck.RecvMsg(&bytes)
	}
	refuses(t, "a reader that reads nothing", err, refusal{"", codes.Aborted, "the client has read nothing for too long; ask again, and read faster or ask for less"})
	if rows > 9000 {
		t.Errorf("%d rows came all the same", rows)
	}

	steady := open()
	for begun := time.Now(); time.Since(begun) < 4*patience; time.Sleep(20 * time.Millisecond) {
		if err := steady.RecvMsg(&bytes); err != nil {
			t.Fatalf("a slow reader is cut off: %v", err)
		}
	}
	if w.busy(t) == 0 {
		t.Error("the slow reader's stream has ended; it shows nothing")
	}
	for rows, err = 0, nil; err == nil; rows++ {
		err = steady.RecvMsg(&bytes)
	}
	if err != io.EOF {
		t.Errorf("a slow reader's stream ends with %v", err)
	}
}

// TestStreamsLeaveConnections holds that clients who keep their streams open
// leave connections for the calls of others.
func TestStreamsLeaveConnections(t *testing.T) {
	w := newReadsWorld(t, bigRows(10_000, 20_000), nil)
	ctx, cancel := context.WithCancel(as(t, persons(t)[1].token))
	defer cancel()
	for range 4 { // as many as the store has connections
		stream, err := w.stream(ctx, w.method("StreamBig"), w.ask("StreamBig", nil, nil), grpc.ForceCodecV2(discard{}))
		if err != nil {
			t.Fatal(err)
		}
		_ = stream // It is never read.
	}
	for deadline := time.Now().Add(5 * time.Second); w.busy(t) < 2; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d streams have begun, want 2", w.busy(t))
		}
	}
	start := time.Now()
	if _, err := w.page(as(t, persons(t)[1].token), "ListPost", w.ask("ListPost", &readQuestion{}, nil)); err != nil {
		t.Errorf("a list beside them: %v", err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("a list beside them took %v", took)
	}
	if n := w.busy(t); n > 2 {
		t.Errorf("%d streams run at a time, want 2", n)
	}
}

// TestStreamMemory holds the memory of this process, in which both ends of the
// stream are, while it streams many rows against that while it streams few, and
// prints the rows per second beside COPY's of the same select. ROWGATE_TEST_ROWS
// is another number of rows; a million takes half a minute.
func TestStreamMemory(t *testing.T) {
	rows := 100_000
	if s := os.Getenv("ROWGATE_TEST_ROWS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("ROWGATE_TEST_ROWS: %v", err)
		}
		rows = n
	} else {
		// Beside what the tests before have left, the collector may let that much
		// again gather before it looks.
		defer debug.SetGCPercent(debug.SetGCPercent(10))
	}
	if resident() == 0 {
		t.Skip("this system has no /proc/self/statm to read the resident memory from")
	}
	w := newReadsWorld(t, bigRows(rows, 100)+"; vacuum analyze reads.big", nil)
	alice := as(t, persons(t)[1].token)
	stream := func(want int) (peak int64, took time.Duration) {
		t.Helper()
		debug.FreeOSMemory()
		stop, most := make(chan struct{}), make(chan int64)
		go watchResident(stop, most)
		start := time.Now()
		got, bytes, err := w.counting(alice, "StreamBig", w.ask("StreamBig", &readQuestion{filter: fmt.Sprint("id <= ", want)}, nil))
		took = time.Since(start)
		close(stop)
		if peak = <-most; err != nil || got != int64(want) {
			t.Fatalf("%d rows of %d, %v", got, want, err)
		}
		t.Logf("%d rows, %d bytes: %.0f rows/s, %.1f MB resident", got, bytes, float64(got)/took.Seconds(), float64(peak)/(1<<20))
		return peak, took
	}
	stream(1000) // what is made once
	few, _ := stream(1000)
	var streamed, copied time.Duration
	for range 3 {
		many, took := stream(rows)
		if streamed == 0 || took < streamed {
			streamed = took
		}
		if more := many - few; more > 20<<20 {
			t.Errorf("%d rows take %.1f MB more than 1000", rows, float64(more)/(1<<20))
		}
		if took = w.copyBig(t, rows); copied == 0 || took < copied {
			copied = took
		}
	}
	t.Logf("the best of 3: stream %.0f rows/s, COPY in binary %.0f rows/s, a ratio of %.2f",
		float64(rows)/streamed.Seconds(), float64(rows)/copied.Seconds(), copied.Seconds()/streamed.Seconds())
}

// copyBig copies the same rows out under the same policies.
func (w *readsWorld) copyBig(t *testing.T, rows int) time.Duration {
	t.Helper()
	conn := w.db.Superuser(t)
	p := persons(t)[1]
	begin := "begin; select set_config('role', '" + p.role + "', true), set_config('request.jwt.claims', '" + p.claims + "', true)"
	if _, err := conn.PgConn().Exec(t.Context(), begin).ReadAll(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	var tag pgconn.CommandTag
	tag, err := conn.PgConn().CopyTo(t.Context(), io.Discard, fmt.Sprintf("copy (%s where id <= %d) to stdout (format binary)", bigSelect, rows))
	if took := time.Since(start); err == nil && tag.RowsAffected() == int64(rows) {
		return took
	}
	t.Fatalf("%s: %v", tag, err)
	return 0
}

// watchResident gives the most resident memory that there was until it is told
// to stop.
func watchResident(stop <-chan struct{}, most chan<- int64) {
	peak := resident()
	for {
		select {
		case <-stop:
			most <- max(peak, resident())
			return
		case <-time.After(2 * time.Millisecond):
			peak = max(peak, resident())
		}
	}
}

// resident is this process's resident memory in bytes; 0 where it is not known.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var all, pages int64
	if _, err := fmt.Sscan(string(text), &all, &pages); err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
