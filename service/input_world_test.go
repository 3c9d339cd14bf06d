package service_test

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/proto"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

// maxRequest is the largest request of the servers of these tests, in bytes.
const maxRequest = 64 << 10

// inputWorld is a server of the example and the probes.
type inputWorld struct {
	*world
	*caller
	super *pgx.Conn
}

func newInputWorld(t testing.TB) *inputWorld {
	t.Helper()
	files := fstest.MapFS{"probe/v1/probe.proto": {Data: []byte(probesProto)}}
	err := fs.WalkDir(proto.Example, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := proto.Example.ReadFile(path)
		files[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	contract, err := descriptor.LoadFS(t.Context(), files, "proto")
	if err != nil {
		t.Fatal(err)
	}
	w := &inputWorld{world: newWorld(t, worldOptions{
		migrations: []storetest.Migration{probes}, contract: contract,
		server: func(c *service.Config) { c.MaxRequestBytes = maxRequest },
	})}
	w.caller = newCaller(w.world.conn, contract, "")
	w.super = w.db.Superuser(t)
	return w
}

// dump reads every row of every table, a line a row.
func (w *inputWorld) dump(t testing.TB) []string {
	t.Helper()
	var lines []string
	for _, table := range tables(t, w.super) {
		rows, err := w.super.Query(t.Context(), "select format('%s', t) from "+table+" t")
		if err != nil {
			t.Fatal(err)
		}
		of, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range of {
			lines = append(lines, table+" "+line)
		}
	}
	slices.Sort(lines)
	return lines
}

// unwritten makes a call and says whether it has written anything.
func (w *inputWorld) unwritten(t testing.TB, call func()) {
	t.Helper()
	before := w.dump(t)
	call()
	if diff := lineDiff(w.dump(t), before); diff != "" {
		t.Errorf("the call has written:\n%s", diff)
	}
}

// raw passes bytes through, since requests that no client's library would send
// are among those to be sent.
type raw struct{}

func (raw) Name() string { return "proto" }

func (raw) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(v.([]byte))}, nil
}

func (raw) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

// send sends a request's bytes.
func (w *inputWorld) send(ctx context.Context, method string, req []byte) error {
	var res []byte
	return w.world.conn.Invoke(ctx, methodPath(w.method(method)), req, &res, grpc.ForceCodecV2(raw{}))
}

// answer is the whole of what a refused call is told.
type answer struct {
	code   codes.Code
	reason string // of google.rpc.ErrorInfo
	// sqlstate is what the ErrorInfo says of the database.
	sqlstate string
	field    string // of google.rpc.BadRequest; empty when no field is at fault
	text     string // without the field
	// column is the one whose stored value is at fault, by the ErrorInfo.
	column string
}

// answerOf takes a status apart. It fails the test for details that an answer
// has no place for.
func answerOf(t testing.TB, err error) answer {
	t.Helper()
	st := status.Convert(err)
	a := answer{code: st.Code(), text: st.Message()}
	for _, detail := range st.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			a.reason, a.sqlstate, a.column = d.GetReason(), d.GetMetadata()["sqlstate"], d.GetMetadata()["column"]
			for key := range d.GetMetadata() {
				if key != "sqlstate" && key != "column" {
					t.Errorf("the ErrorInfo has %s, too", key)
				}
			}
			if d.GetDomain() != "rowgate" {
				t.Errorf("the ErrorInfo's domain is %q", d.GetDomain())
			}
		case *errdetails.BadRequest:
			if len(d.GetFieldViolations()) != 1 {
				t.Fatalf("%d fields are at fault", len(d.GetFieldViolations()))
			}
			v := d.GetFieldViolations()[0]
			a.field = v.GetField()
			if st.Message() != a.field+": "+v.GetDescription() || v.GetReason() != a.reason {
				t.Errorf("the field's description is %q, its reason %q", v.GetDescription(), v.GetReason())
			}
			a.text = v.GetDescription()
		default:
			t.Errorf("a detail of type %T", d)
		}
	}
	return a
}

// tells says what of the database a status gives away, in its text or in any
// of its details: a name that only the schema knows, or a value that is not
// the caller's.
func tells(err error, private []string) []string {
	all := status.Convert(err).Proto().String()
	var found []string
	for _, text := range private {
		if strings.Contains(all, text) {
			found = append(found, text)
		}
	}
	return found
}

// privateTexts are the names of what clients do not know, and what Bob alone
// may read.
func (w *inputWorld) privateTexts(t testing.TB) []string {
	t.Helper()
	rows, err := w.super.Query(t.Context(), `
		select conname::text from pg_constraint where connamespace in ('public'::regnamespace, 'auth'::regnamespace)
		union select polname::text from pg_policy
		union select tgname::text from pg_trigger where not tgisinternal
		union select proname::text from pg_proc where pronamespace in ('public'::regnamespace, 'auth'::regnamespace) and length(proname) > 5
		union select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('i', 'S')
		union select 'secret' union select 'auth.users' union select 'public.' union select 'DETAIL'
		union select title from public.items where owner_id = $1 and length(title) > 5 and title not in (select title from public.items where owner_id <> $1)
		union select title from public.posts where author_id = $1 and not published
		union select email from auth.users where id = $1`, bob)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(texts) < 50 {
		t.Fatalf("%d texts, %v", len(texts), err)
	}
	return texts
}

func (a answer) String() string {
	return fmt.Sprintf("%s %s sqlstate %q field %q column %q\n  %s", a.code, a.reason, a.sqlstate, a.field, a.column, a.text)
}
