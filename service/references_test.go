package service_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/storetest"
)

// library has relations of every kind.
const library = `
	create schema types;
	grant usage on schema types to anon;
	create table types.author (id integer primary key, name text not null, mentor_id integer constraint mentor references types.author);
	create table types.passport (id integer primary key, author_id integer not null unique constraint holder references types.author);
	create table types.book (id integer primary key, title text not null, author_id integer constraint writer references types.author);
	create table types.tag (id integer primary key, name text not null);
	create table types.book_tag (
		book_id integer constraint tagged references types.book, tag_id integer constraint tag references types.tag,
		primary key (book_id, tag_id));
`

// authorsAndBooks refer to each other in circles.
const authorsAndBooks = `
message Author {
  option (rowgate.v1.relation) = { schema: "types" name: "author" };
  int32 id = 1;
  string name = 2;
  Author mentor = 3 [(rowgate.v1.reference).foreign_key = "mentor"];
  repeated Author pupils = 4 [(rowgate.v1.reference) = { foreign_key: "mentor" inverse: true }];
  repeated Book books = 5 [(rowgate.v1.reference) = { foreign_key: "writer" inverse: true }];
  Passport passport = 6 [(rowgate.v1.reference) = { foreign_key: "holder" inverse: true }];
}
message Passport {
  option (rowgate.v1.relation) = { schema: "types" name: "passport" };
  int32 id = 1;
  Author holder = 2 [(rowgate.v1.reference).foreign_key = "holder"];
}
message Book {
  option (rowgate.v1.relation) = { schema: "types" name: "book" };
  int32 id = 1;
  Author author = 2 [(rowgate.v1.reference).foreign_key = "writer"];
  string title = 3;
  repeated Tag tags = 4 [(rowgate.v1.reference) = {
    foreign_key: "tagged" through: { schema: "types" name: "book_tag" } through_foreign_key: "tag"
  }];
  optional int32 author_id = 5;
}
message Tag {
  option (rowgate.v1.relation) = { schema: "types" name: "tag" };
  int32 id = 1;
  repeated Book books = 2 [(rowgate.v1.reference) = {
    foreign_key: "tag" through: { schema: "types" name: "book_tag" } through_foreign_key: "tagged"
  }];
}
`

// TestReferences serves messages with relation fields: reads leave them empty,
// and writes, masks and orders refuse them.
func TestReferences(t *testing.T) {
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"types/v1/library.proto": {Data: []byte(
		typesHead + authorsAndBooks + methodsOf("Book", "int32 id = 1;") + methodsOf("Author", "int32 id = 1;"),
	)}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	w := &typesWorld{contract: contract, world: newWorld(t, worldOptions{
		migrations: []storetest.Migration{{Name: "library", SQL: library + openToAnon("types.book") + openToAnon("types.author") +
			"insert into types.author values (1, 'Ada')"}},
		contract: contract,
	})}
	ok := func(method, request, mask, want string) {
		t.Helper()
		got, err := w.call(t, "Book", method, request, mask)
		if err != nil {
			t.Errorf("%s %s: %v", method, request, err)
			return
		}
		sameMessage(t, method, got, want)
	}
	refused := func(method, request, mask, says string) {
		t.Helper()
		_, err := w.call(t, "Book", method, request, mask)
		refuses(t, method+" "+request+" "+mask, err, refusal{"", codes.InvalidArgument, says})
	}
	ok("Create", `{"row":{"id":1,"title":"One","author_id":1}}`, "", `{"id":1,"title":"One","author_id":1}`)
	ok("Get", `{"id":1}`, "", `{"id":1,"title":"One","author_id":1}`)
	ok("Update", `{"row":{"id":1,"title":"Two","author":{"id":1}}}`, "title", `{"id":1,"title":"Two","author_id":1}`)
	ok("List", `{"order_by":"title"}`, "", `{"rows":[{"id":1,"title":"Two","author_id":1}]}`)

	refused("Create", `{"row":{"id":2,"title":"x","author":{}}}`, "", "row.author: is a relation, which is only read")
	refused("Create", `{"row":{"id":2,"title":"x","tags":[{"id":1}]}}`, "", "row.tags: is a relation, which is only read")
	refused("Update", `{"row":{"id":1,"title":"x","author":{"id":1}}}`, "", "row.author: is a relation, which is only read")
	refused("Update", `{"row":{"id":1,"title":"x","author":{"id":1}}}`, "*", "row.author: is a relation, which is only read")
	refused("Update", `{"row":{"id":1,"title":"x"}}`, "title,author", `update_mask: names "author", which is a relation, which is only read`)
	refused("Update", `{"row":{"id":1,"title":"x"}}`, "author.name", `update_mask: names "author.name", which is a relation, which is only read`)
	refused("List", `{"order_by":"title, author desc"}`, "", `order_by: names the relation "author"; name one of its fields (at character 8)`)
	refused("List", `{"order_by":"nothing"}`, "", `order_by: names "nothing", which is none of the fields of Book: id, title, author_id, author, tags (at character 1)`)
	if rows := w.db.Psql(t, "select * from types.book"); rows != "1|Two|1\n" {
		t.Errorf("the table has %s", rows)
	}
}

const typesHead = `syntax = "proto3";
package types.v1;
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "rowgate/v1/options.proto";
`

// TestWrongReferences holds that a relation field which the database does not
// bear out is told, with what would be right.
func TestWrongReferences(t *testing.T) {
	db := storetest.New(t, append(exampleApp(), storetest.Migration{Name: "library", SQL: library})...)
	st := openLogin(t, db)
	const through = `through: { schema: "types" name: "book_tag" }`
	for _, tt := range []struct {
		name string
		// field is the one of message Book that is wrong.
		field, want string
	}{
		{
			"no such key", `Author author = 2 [(rowgate.v1.reference).foreign_key = "nothing"];`,
			`table types.book has no foreign key "nothing"; to types.author it has writer`,
		},
		{
			"no key to there", `Tag tag = 2 [(rowgate.v1.reference).foreign_key = "tag"];`,
			`table types.book has no foreign key "tag"; it has none to types.tag`,
		},
		{
			"a key to elsewhere", `Tag tag = 2 [(rowgate.v1.reference).foreign_key = "writer"];`,
			`the foreign key "writer" of types.book refers to types.author, and tag needs one to types.tag; it has none to types.tag`,
		},
		{
			"a key of the other side", `repeated Author authors = 2 [(rowgate.v1.reference) = { foreign_key: "writer" inverse: true }];`,
			`table types.author has no foreign key "writer"; it has none to types.book`,
		},
		{
			"many by an own key", `repeated Author authors = 2 [(rowgate.v1.reference).foreign_key = "writer"];`,
			`authors is repeated, and a row has at most one row of types.author by its own foreign key; ` +
				`if the key is types.author's, say inverse: true`,
		},
		{
			"a scalar", `int32 author = 2 [(rowgate.v1.reference).foreign_key = "writer"];`,
			`author is of type int32, and a relation's rows are messages`,
		},
		{
			"a column, too", `Author author = 2 [(rowgate.v1.reference).foreign_key = "writer", (rowgate.v1.column).name = "title"];`,
			`author has both options (rowgate.v1.column) and (rowgate.v1.reference); it can be only one of them`,
		},
		{
			"no resource", `Nothing nothing = 2 [(rowgate.v1.reference).foreign_key = "writer"];`,
			`types.v1.Nothing is no resource: give the message an option (rowgate.v1.relation)`,
		},
		{
			"a relation that is gone", `Gone gone = 2 [(rowgate.v1.reference).foreign_key = "writer"];`,
			`the database has no relation types.gone`,
		},
		{
			"no junction", `repeated Tag labels = 2 [(rowgate.v1.reference) = { foreign_key: "tagged" through_foreign_key: "tag" }];`,
			`labels has a through_foreign_key and no through, the junction that has it`,
		},
		{
			"no such junction", `repeated Tag labels = 2 [(rowgate.v1.reference) = { foreign_key: "tagged" through: { schema: "types" name: "book_tags" } through_foreign_key: "tag" }];`,
			`the database has no relation types.book_tags; it has types.book_tag`,
		},
		{
			"the junction's keys the wrong way", `repeated Tag labels = 2 [(rowgate.v1.reference) = { foreign_key: "tag" ` + through + ` through_foreign_key: "tagged" }];`,
			`the foreign key "tag" of types.book_tag refers to types.tag, and labels needs one to types.book; to types.book it has tagged` + "\n" +
				`the foreign key "tagged" of types.book_tag refers to types.book, and labels needs one to types.tag; to types.tag it has tag`,
		},
		{
			"one through a junction", `Tag labels = 2 [(rowgate.v1.reference) = { foreign_key: "tagged" ` + through + ` through_foreign_key: "tag" }];`,
			`labels is not repeated, and through a junction there are any number of rows`,
		},
		{
			"one key twice", `repeated Book labels = 2 [(rowgate.v1.reference) = { foreign_key: "tagged" ` + through + ` through_foreign_key: "tagged" }];`,
			`labels has "tagged" for both foreign_key and through_foreign_key; the one leads to this message's rows, the other to the field's`,
		},
		{
			"through and inverse", `repeated Tag labels = 2 [(rowgate.v1.reference) = { foreign_key: "tagged" inverse: true ` + through + ` through_foreign_key: "tag" }];`,
			`labels has both inverse and through, and a junction's keys have one direction`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			source := strings.Replace(authorsAndBooks,
				`Author author = 2 [(rowgate.v1.reference).foreign_key = "writer"];`, tt.field, 1) + `
message Nothing { int32 id = 1; }
message Gone { option (rowgate.v1.relation) = { schema: "types" name: "gone" }; int32 id = 1; }
`
			wrongLibrary(t, st, source, "Book", tt.want)
		})
	}
	t.Run("one of many", func(t *testing.T) {
		source := strings.Replace(authorsAndBooks, "repeated Book books = 5", "Book books = 5", 1)
		wrongLibrary(t, st, source, "Author", "books holds one row, and any number of rows of types.book may have the same (author_id): "+
			"make it repeated, or the columns NOT NULL with a unique index")
	})
}

// wrongLibrary holds the problems of a message's Get method, without their
// positions, against what is wanted.
func wrongLibrary(t *testing.T, st *store.Store, source, message, want string) {
	t.Helper()
	source = typesHead + source + "service S { rpc Get(G) returns (" + message + ") { option (rowgate.v1.method) = { get: {} }; } }\n" +
		"message G { int32 id = 1; }\n"
	report := check(t, st, "p.proto", source)
	var got []string
	for _, p := range report.Problems {
		if !strings.HasPrefix(p.Position, "p/p.proto:") {
			t.Errorf("the position is %q", p.Position)
		}
		got = append(got, p.Text)
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
