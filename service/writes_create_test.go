package service_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/migrations"
)

const (
	noteA = "aaaaaaaa-0000-4000-8000-000000000001"
	noteB = "aaaaaaaa-0000-4000-8000-000000000002"
)

// writeCreateCase is a call after others, and what it answers or how it is
// refused.
type writeCreateCase struct {
	name   string
	before []string // requests of the same method
	// request is the call's, and want the answer's JSON.
	request, want string
	refused       refusal
	// rows is what id, title, rank, slug and body of the notes are then.
	rows string
}

const notesOf = `select coalesce(string_agg(concat_ws('/', right(id::text, 1), title, rank, slug, coalesce(body, '-')), ' ' order by title), '') from notes`

var writeCreateCases = []writeCreateCase{
	{
		name:    "defaults",
		request: `{"note":{"id":"` + noteA + `","title":"a"}}`,
		want:    `{"id":"` + noteA + `","ownerId":"` + migrations.Alice + `","number":"1","title":"a","rank":7,"place":"nowhere"}`,
		rows:    "1/a/7/-",
	},
	{
		name:    "a mask",
		request: `{"note":{"id":"` + noteA + `","title":"a","rank":0,"body":"b"},"readMask":"title,rank"}`,
		want:    `{"title":"a","rank":0}`,
		rows:    "1/a/0/b",
	},
	{
		name:    "a relation in the mask",
		request: `{"note":{"id":"` + noteA + `","title":"a"},"readMask":"title,lines"}`,
		want:    `{"title":"a"}`,
		rows:    "1/a/7/-",
	},
	{
		name:    "an include with a filter",
		request: `{"note":{"id":"` + noteA + `","title":"a"},"readMask":"title","include":[{"path":"lines","filter":"words = \"x\"","pageSize":1}]}`,
		want:    `{"title":"a"}`,
		rows:    "1/a/7/-",
	},
	{
		name:    "an empty mask",
		request: `{"note":{"id":"` + noteA + `","title":"a"},"readMask":""}`,
		want:    `{}`,
		rows:    "1/a/7/-",
	},
	{
		name:    "a wrong mask",
		request: `{"note":{"title":"a"},"readMask":"titel"}`,
		refused: refusal{code: codes.InvalidArgument, says: `read_mask: names "titel", and Note has no field "titel"`},
	},
	{
		name:    "ignore what is there",
		before:  []string{`{"note":{"id":"` + noteA + `","title":"a"}}`},
		request: `{"note":{"id":"` + noteA + `","title":"b"},"onConflict":{"ignore":true}}`,
		want:    `{}`,
		rows:    "1/a/7/-",
	},
	{
		name:    "ignore what is not there",
		before:  []string{`{"note":{"id":"` + noteA + `","title":"a"}}`},
		request: `{"note":{"id":"` + noteB + `","title":"b"},"onConflict":{"ignore":true},"readMask":"title"}`,
		want:    `{"title":"b"}`,
		rows:    "1/a/7/- 2/b/7/-",
	},
	{
		name:    "ignore with another key in the way",
		before:  []string{`{"note":{"id":"` + noteA + `","title":"a","slug":"s"}}`},
		request: `{"note":{"id":"` + noteB + `","title":"b","slug":"s"},"onConflict":{"ignore":true}}`,
		refused: refusal{code: codes.AlreadyExists, says: "a row with the same key or the same unique value is there already"},
		rows:    "1/a/7/s/-",
	},
	{
		name:    "update what is given",
		before:  []string{`{"note":{"id":"` + noteA + `","title":"a","body":"old","rank":3}}`},
		request: `{"note":{"id":"` + noteA + `","title":"b","body":"new"},"onConflict":{"update":""},"readMask":"id,title,rank,body"}`,
		want:    `{"id":"` + noteA + `","title":"b","rank":3,"body":"new"}`,
		rows:    "1/b/3/new",
	},
	{
		name:    "update by another key",
		before:  []string{`{"note":{"id":"` + noteA + `","title":"a","slug":"s","body":"old"}}`},
		request: `{"note":{"id":"` + noteB + `","title":"b","slug":"s"},"onConflict":{"fields":["slug"],"update":""},"readMask":"id,title,slug,body"}`,
		want:    `{"id":"` + noteA + `","slug":"s","title":"b","body":"old"}`,
		rows:    "1/b/7/s/old",
	},
	{
		name:    "update by a key of two, in any order",
		before:  []string{`{"note":{"id":"` + noteA + `","title":"a","body":"old"}}`},
		request: `{"note":{"ownerId":"` + migrations.Alice + `","title":"a","body":"new"},"onConflict":{"fields":["title","owner_id"],"update":"body"},"readMask":"id,body"}`,
		want:    `{"id":"` + noteA + `","body":"new"}`,
		rows:    "1/a/7/new",
	},
	{
		name:    "update of what is not given takes the default",
		before:  []string{`{"note":{"id":"` + noteA + `","title":"a","body":"old","rank":3}}`},
		request: `{"note":{"id":"` + noteA + `","title":"b"},"onConflict":{"update":"rank,body"},"readMask":"title,rank,body"}`,
		want:    `{"title":"a","rank":7}`,
		rows:    "1/a/7/-",
	},
	{
		name:    "a key that is none",
		request: `{"note":{"title":"a"},"onConflict":{"fields":["body","title"],"ignore":true}}`,
		refused: refusal{code: codes.InvalidArgument, says: "on_conflict.fields: (body, title) is no unique key of Note; its unique keys are (id), (owner_id, title), (slug)"},
	},
	{
		name:    "a key whose index is of some rows only",
		request: `{"note":{"title":"a"},"onConflict":{"fields":["rank"],"ignore":true}}`,
		refused: refusal{code: codes.InvalidArgument, says: "on_conflict.fields: (rank) is no unique key of Note; its unique keys are (id), (owner_id, title), (slug)"},
	},
	{
		name:    "a key of unknown fields",
		request: `{"note":{"title":"a"},"onConflict":{"fields":["lines"],"ignore":true}}`,
		refused: refusal{code: codes.InvalidArgument, says: `on_conflict.fields: names "lines", which is no column of Note; its unique keys are (id), (owner_id, title), (slug)`},
	},
	{
		name:    "no action",
		request: `{"note":{"title":"a"},"onConflict":{}}`,
		refused: refusal{code: codes.InvalidArgument, says: "on_conflict: does not say what is done: it needs ignore: true, or update"},
	},
	{
		name:    "a mask of the key",
		request: `{"note":{"title":"a"},"onConflict":{"update":"id"}}`,
		refused: refusal{code: codes.InvalidArgument, says: `on_conflict.update: names "id", which is of the key and cannot change`},
	},
	{
		name:    "a mask of nothing",
		request: `{"note":{"title":"a"},"onConflict":{"update":"nothing"}}`,
		refused: refusal{code: codes.InvalidArgument, says: `on_conflict.update: names "nothing", and Note has no such column`},
	},
	{
		name:    "nothing to update",
		request: `{"note":{"title":"a"},"onConflict":{"fields":["owner_id","title"],"update":"number"}}`,
		refused: refusal{code: codes.InvalidArgument, says: "on_conflict.update: leaves nothing that the row which is there could take; to leave it as it is, say ignore: true"},
	},
	{
		name:    "validate only",
		request: `{"note":{"id":"` + noteA + `","title":"a"},"validateOnly":true,"readMask":"title"}`,
		want:    `{"title":"a"}`,
	},
	{
		name:    "validate only what cannot be",
		request: `{"note":{"title":"a","size":-1},"validateOnly":true}`,
		refused: refusal{code: codes.InvalidArgument, says: "a value breaks a rule of the table or of its type"},
	},
	{
		name:    "a request id that is none",
		request: `{"note":{"title":"a"},"requestId":"1"}`,
		refused: refusal{code: codes.InvalidArgument, says: "request_id: is no UUID, such as 123e4567-e89b-12d3-a456-426614174000: make a new one for each request"},
	},
	{
		name:    "a request id of what writes nothing",
		request: `{"note":{"title":"a"},"requestId":"123e4567-e89b-42d3-a456-426614174000","validateOnly":true}`,
		refused: refusal{code: codes.InvalidArgument, says: "request_id: cannot be given with validate_only, which writes nothing"},
	},
}

func TestCreate(t *testing.T) {
	w := newWritesWorld(t)
	for _, tt := range writeCreateCases {
		t.Run(tt.name, func(t *testing.T) {
			w.clean(t)
			for _, before := range tt.before {
				w.sends(t, w.alice, "CreateNote", before)
			}
			res, err := w.send(t, w.alice, "CreateNote", tt.request)
			switch {
			case tt.refused.code != codes.OK:
				refuses(t, tt.request, err, tt.refused)
			case err != nil:
				t.Errorf("%s: %v", tt.request, err)
			default:
				sameMessage(t, tt.request, res, tt.want)
			}
			if rows := w.psql(t, notesOf); rows != tt.rows {
				t.Errorf("the rows are %q, want %q", rows, tt.rows)
			}
		})
	}
}

// TestCreateAsOthers holds that policies decide, as they do in psql.
func TestCreateAsOthers(t *testing.T) {
	w := newWritesWorld(t)
	w.sends(t, w.alice, "CreateNote", `{"note":{"id":"`+noteA+`","title":"a","slug":"s"}}`)
	for _, tt := range []struct{ name, request, sql string }{
		{"a row of another", `{"note":{"title":"b","ownerId":"` + migrations.Alice + `"}}`, `insert into notes (title, owner_id) values ('b', '` + migrations.Alice + `') returning id`},
		{
			"an update of another's row", `{"note":{"id":"` + noteA + `","title":"b"},"onConflict":{"update":""}}`,
			`insert into notes (id, title) values ('` + noteA + `', 'b') on conflict (id) do update set title = excluded.title returning id`,
		},
		{
			"another's row ignored", `{"note":{"id":"` + noteA + `","title":"b"},"onConflict":{"ignore":true}}`,
			`insert into notes (id, title) values ('` + noteA + `', 'b') on conflict (id) do nothing returning id`,
		},
		{"another's key", `{"note":{"id":"` + noteA + `","title":"b"}}`, `insert into notes (id, title) values ('` + noteA + `', 'b') returning id`},
		{"a row of one's own", `{"note":{"title":"b"},"validateOnly":true}`, `insert into notes (title) values ('b') returning id`},
	} {
		for _, p := range []person{w.anon, w.bob} {
			t.Run(tt.name+"/"+p.name, func(t *testing.T) {
				_, err := w.send(t, p, "CreateNote", tt.request)
				psql := w.db.PsqlAs(t, w.db.SuperuserURL(), strings.Replace(p.inTransaction(tt.sql+";"), "\ncommit;", "\nrollback;", 1))
				want := codes.OK
				if psql.SQLState != "" {
					want = codeOfSQLSTATE[psql.SQLState]
				}
				if status.Code(err) != want {
					t.Errorf("the answer is %v, and psql's %q, which is %s", err, psql.SQLState, want)
				}
			})
		}
	}
	if rows := w.psql(t, notesOf); rows != "1/a/7/s/-" {
		t.Errorf("the rows are %q", rows)
	}
}

// TestCreateUnread holds that a caller who may write and not read can, when
// nothing is asked for.
func TestCreateUnread(t *testing.T) {
	w := newWritesWorld(t)
	_, err := w.send(t, w.anon, "CreateDrop", `{"drop":{"words":"a"}}`)
	refuses(t, "a row that is asked for", err, refusal{code: codes.PermissionDenied, says: "the caller's role may not do this"})
	_, err = w.send(t, w.anon, "CreateDrop", `{"drop":{"words":"forbidden"},"readMask":""}`)
	refuses(t, "a row that a policy refuses", err, refusal{code: codes.PermissionDenied, says: "the caller's role may not do this"})
	if got := w.sends(t, w.anon, "CreateDrop", `{"drop":{"words":"a"},"readMask":""}`); got != "{}" {
		t.Errorf("a row that is not asked for: %s", got)
	}
	if got := w.sends(t, w.bob, "BatchCreateDrops", `{"requests":[{"drop":{"words":"b"}},{"drop":{"words":"c","loud":true}},{"drop":{"words":"d"}}],"readMask":""}`); got != `{"count":"3"}` {
		t.Errorf("rows that are not asked for: %s", got)
	}
	if _, err := w.importing(as(t, ""), t, "ImportDrops", `{"drops":[{"words":"e"},{"words":"f"}]}`); err != nil {
		t.Errorf("an import: %v", err)
	}
	if got := w.psql(t, "select words from drops order by id"); got != "a b c d e f" {
		t.Errorf("the rows are %q", got)
	}
}

// TestCreateAnswersRelations holds that rows that are there already come with a
// new one.
func TestCreateAnswersRelations(t *testing.T) {
	w := newWritesWorld(t)
	w.sends(t, w.alice, "CreateNote", `{"note":{"id":"`+noteA+`","title":"a"}}`)
	line := func(words string) string { return `"line":{"noteId":"` + noteA + `","words":"` + words + `"}` }
	if got, want := w.sends(t, w.alice, "CreateLine", `{`+line("x")+`,"readMask":"words,note.title"}`), `{"words":"x","note":{"title":"a"}}`; got != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
	// Each relation's own policies hold.
	if got, want := w.sends(t, w.bob, "CreateLine", `{`+line("y")+`,"readMask":"words,note.title"}`), `{"words":"y"}`; got != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
	upsert := `{"note":{"id":"` + noteA + `","title":"b"},"onConflict":{"update":""},"readMask":"title,lines.words","include":[{"path":"lines","filter":"words = \"y\""}]}`
	if got, want := w.sends(t, w.alice, "CreateNote", upsert), `{"title":"b","lines":[{"words":"y"}]}`; got != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
}

// TestCreateOnce holds that a request with an id is made once.
func TestCreateOnce(t *testing.T) {
	w := newWritesWorld(t)
	const id = `,"requestId":"123e4567-e89b-42d3-a456-426614174000"}`
	request := `{"note":{"title":"a"}`
	first := w.resends(t, w.alice, "CreateNote", request+id)
	for range 3 {
		if again := w.resends(t, w.alice, "CreateNote", request+id); again != first {
			t.Errorf("the answer is %s, and was %s", again, first)
		}
	}
	_, err := w.send(t, w.alice, "CreateNote", `{"note":{"title":"b"}`+id)
	refuses(t, "another request with the same id", err, refusal{code: codes.InvalidArgument, says: "request_id: was used for another request: make a new one for each, and repeat a request as it was"})
	// Another's ids are their own.
	w.resends(t, w.bob, "CreateNote", request+id)
	batch := `{"requests":[{"note":{"title":"c"}},{"note":{"title":"d"}}]` + id
	answer := w.resends(t, w.alice, "BatchCreateNotes", batch)
	if again := w.resends(t, w.alice, "BatchCreateNotes", batch); again != answer || !strings.Contains(answer, `"count":"2"`) {
		t.Errorf("the answer is %s, and was %s", again, answer)
	}
	if got := w.psql(t, "select title from notes order by title"); got != "a a c d" {
		t.Errorf("the rows are %q", got)
	}
}

// resends is sends by the same bytes whenever the request is the same, which
// those of a dynamic message are not.
func (w *writesWorld) resends(t testing.TB, p person, method, request string) string {
	t.Helper()
	bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(w.request(t, method, request, ""))
	if err != nil {
		t.Fatal(err)
	}
	req := dynamicpb.NewMessage(w.method(method).Input())
	req.SetUnknown(bytes)
	res, err := w.call(as(t, p.token), p.name, method, req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, short(request), err)
	}
	return jsonOf(t, res.Interface())
}

func TestCreateThroughView(t *testing.T) {
	w := newWritesWorld(t)
	w.sends(t, w.alice, "CreateOpenNote", `{"note":{"id":"`+noteA+`","title":"a","slug":"s"}}`)
	upsert := `{"note":{"id":"` + noteB + `","title":"b","slug":"s"},"onConflict":{"fields":["slug"],"update":""}}`
	if got, want := w.sends(t, w.alice, "CreateOpenNote", upsert), `{"id":"`+noteA+`","title":"b","slug":"s","rank":7}`; got != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
	_, err := w.send(t, w.alice, "CreateOpenNote", `{"note":{"title":"b"},"onConflict":{"fields":["rank"],"ignore":true}}`)
	refuses(t, "a key that is none", err, refusal{code: codes.InvalidArgument, says: "the fields that on_conflict names are no unique key"})
}
