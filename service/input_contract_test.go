package service_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/storetest"
)

// wrong is a contract with one mistake of each kind.
const wrong = `syntax = "proto3";
package wrong.v1;

import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/type/date.proto";
import "rowgate/v1/options.proto";

service WrongService {
  rpc GetTicket(GetTicketRequest) returns (Ticket) {
    option (rowgate.v1.method) = { get: {} };
  }
  rpc GetItem(GetItemRequest) returns (Item) {
    option (rowgate.v1.method) = { get: {} };
  }
  rpc ListPosts(ListPostsRequest) returns (ListPostsResponse) {
    option (rowgate.v1.method) = { list: {} };
  }
  rpc GetPost(GetTicketRequest) returns (OldPost) {
    option (rowgate.v1.method) = { get: {} };
  }
  rpc ListProfiles(ListProfilesRequest) returns (ListProfilesResponse) {
    option (rowgate.v1.method) = { list: { default_order_by: "name" } };
  }
  rpc ListProfiles2(ListProfilesRequest) returns (ListProfilesResponse) {
    option (rowgate.v1.method) = { list: { default_page_size: 100, max_page_size: 10 } };
  }
  rpc GetProfile(GetProfileRequest) returns (Profile) {
    option (rowgate.v1.method) = { get: {} };
  }
  rpc DeleteComment(GetCommentRequest) returns (google.protobuf.Empty) {
    option (rowgate.v1.method) = { delete: {} };
  }
  rpc DeleteComment2(GetCommentRequest) returns (Comment) {
    option (rowgate.v1.method) = { delete: { message: "Comment" } };
  }
  rpc GetComment(GetCommentRequest) returns (Comment) {
    option (rowgate.v1.method) = { get: {} };
  }
  rpc ListLog(ListLogRequest) returns (ListLogResponse) {
    option (rowgate.v1.method) = { list: {} };
  }
  rpc GetLog(GetCommentRequest) returns (Log) {
    option (rowgate.v1.method) = { get: {} };
  }
  rpc CreateProfile(UpdateProfileRequest) returns (Profile) {
    option (rowgate.v1.method) = { create: {} };
  }
  rpc UpdateProfile(UpdateProfileRequest) returns (Profile) {
    option (rowgate.v1.method) = { update: {} };
  }
  rpc UpdateItem(GetItemRequest) returns (Profile) {
    option (rowgate.v1.method) = { update: {} };
  }
  rpc WatchProfiles(GetCommentRequest) returns (stream Profile) {
    option (rowgate.v1.method) = { get: {} };
  }
  rpc Nothing(GetCommentRequest) returns (Profile) {
    option (rowgate.v1.method) = {};
  }
  rpc GetThing(GetCommentRequest) returns (Thing) {
    option (rowgate.v1.method) = { get: {} };
  }
  rpc DeleteProfile(GetTicketRequest) returns (google.protobuf.Empty) {
    option (rowgate.v1.method) = { delete: { message: "Profile" } };
  }
  rpc ByHand(GetCommentRequest) returns (Thing);
}

message Ticket {
  option (rowgate.v1.relation) = { name: "item" };
  string id = 1;
}
message GetTicketRequest { string id = 1; }

message Item {
  option (rowgate.v1.relation) = { name: "items" };
  string id = 1;
  string colour = 2;
  int64 quantity = 3;
  int32 price = 4;
  google.type.Date created_at = 5;
  repeated string title = 6;
  string name = 7 [(rowgate.v1.column).name = "title"];
  bool done = 8;
  bool finished = 9 [(rowgate.v1.column).name = "done"];
}
message GetItemRequest { string id = 1; }

message Post {
  option (rowgate.v1.relation) = { name: "posts" };
  string id = 1;
  Kind kind = 2;
  State published = 3;
}
enum Kind {
  KIND_UNSPECIFIED = 0;
  KIND_NOTE = 1 [(rowgate.v1.label) = "note"];
  KIND_ARTICLE = 2;
  KIND_REVIEW = 3 [(rowgate.v1.label) = "in review"];
}
enum State { STATE_UNSPECIFIED = 0; }
message OldPost {
  option (rowgate.v1.relation) = { name: "posts" };
  string id = 1;
  OldKind kind = 2;
}
enum OldKind {
  OLD_KIND_UNSPECIFIED = 0;
  OLD_KIND_NOTE = 1 [(rowgate.v1.label) = "note"];
  OLD_KIND_ESSAY = 2 [(rowgate.v1.label) = "essay"];
}
message ListPostsRequest { int32 page_size = 1; string page_token = 2; }
message ListPostsResponse { repeated Post posts = 1; string next_page_token = 2; int32 total_size = 3; }

message Comment {
  option (rowgate.v1.relation) = { name: "comments" };
  string body = 1;
}
message GetCommentRequest { int64 id = 1; }

message Log {
  option (rowgate.v1.relation) = { name: "log" };
  string line = 1;
}
message ListLogRequest { int32 page_size = 1; string page_token = 2; }
message ListLogResponse { repeated Log lines = 1; string next_page_token = 2; }

message Profile {
  option (rowgate.v1.relation) = { name: "profiles" };
  string id = 1;
  string username = 2;
}
message GetProfileRequest { string username = 1; bool deleted = 2; }
message ListProfilesRequest { int64 page_size = 1; string page_token = 2; string search = 3; }
message ListProfilesResponse { repeated Profile profiles = 1; string next_page_token = 2; }
message UpdateProfileRequest { Profile profile = 1; google.protobuf.FieldMask update_mask = 2; bool force = 3; }

message Thing { int64 id = 1; }
`

// tell is every mistake of wrong, in the order of its methods.
const tell = `
proto/wrong.proto:70:1: the database has no relation public.item; it has public.items
proto/wrong.proto:79:3: table public.items has no column "colour"; it has id, owner_id, title, description, quantity, price, done, created_at, updated_at
proto/wrong.proto:81:3: column "price" of type numeric(12,2) cannot be bound to field "price" of type int32; legal: string, google.type.Decimal
proto/wrong.proto:82:3: column "created_at" of type timestamp with time zone cannot be bound to field "created_at" of type google.type.Date; legal: google.protobuf.Timestamp, string
proto/wrong.proto:83:3: column "title" of type text cannot be bound to field "title" of type repeated string; legal: string
proto/wrong.proto:86:3: column "done" is bound to the field done already
proto/wrong.proto:114:82: total_size means nothing to ListPosts: a list answers one repeated message, string next_page_token and previous_page_token, optional int64 total_size and bool cut_short
proto/wrong.proto:99:3: KIND_ARTICLE stands for no label: give it an option (rowgate.v1.label)
proto/wrong.proto:94:3: column "published" of type boolean cannot be bound to field "published" of type wrong.v1.State; legal: bool
proto/wrong.proto:106:3: column "kind" of type public.post_kind cannot be bound to field "kind" of type wrong.v1.OldKind: value OLD_KIND_ESSAY has the label "essay", which is none of the type's: note, article, in review
proto/wrong.proto:135:31: page_size is of type int64, and ListProfiles needs int32
proto/wrong.proto:135:75: search means nothing to ListProfiles: its request may have count, filter, include, order_by, page_size, page_token, read_mask
proto/wrong.proto:22:3: default_order_by of ListProfiles names "name", which is none of the fields of Profile: id, username (at character 1)
proto/wrong.proto:135:31: page_size is of type int64, and ListProfiles2 needs int32
proto/wrong.proto:135:75: search means nothing to ListProfiles2: its request may have count, filter, include, order_by, page_size, page_token, read_mask
proto/wrong.proto:25:3: ListProfiles2 has a default_page_size of 100 and a max_page_size of 10
proto/wrong.proto:134:29: username means nothing to GetProfile: its request may have id, include, read_mask
proto/wrong.proto:134:50: deleted means nothing to GetProfile: its request may have id, include, read_mask
proto/wrong.proto:28:3: the request of GetProfile has no field id, which is part of the key
proto/wrong.proto:31:3: DeleteComment deletes rows of "", which is no message of package wrong.v1: name one in the option (rowgate.v1.method).delete.message
proto/wrong.proto:34:3: DeleteComment2 answers wrong.v1.Comment, and a delete answers google.protobuf.Empty
proto/wrong.proto:116:1: Comment has no field for "id", a column of the key of public.comments
proto/wrong.proto:40:3: ListLog has pages, and table public.log has no key to order them by: name its columns in the message's option (rowgate.v1.relation).key, or leave page_token and next_page_token out
proto/wrong.proto:43:3: GetLog needs a key, and table public.log has none: name its columns in the message's option (rowgate.v1.relation).key
proto/wrong.proto:137:53: update_mask means nothing to CreateProfile: its request may have include, on_conflict, profile, read_mask, request_id, validate_only
proto/wrong.proto:137:96: force means nothing to CreateProfile: its request may have include, on_conflict, profile, read_mask, request_id, validate_only
proto/wrong.proto:137:96: force means nothing to UpdateProfile: its request may have append, expected, include, increment, merge, profile, read_mask, update_mask, validate_only
proto/wrong.proto:52:3: the request of UpdateItem has no field of type wrong.v1.Profile, the resource that it answers
proto/wrong.proto:55:3: WatchProfiles streams its answer, and its operation is unary
proto/wrong.proto:58:3: Nothing has a (rowgate.v1.method) option without an operation: write one, such as list: {}; rowgate/v1/options.proto has them all
proto/wrong.proto:61:3: wrong.v1.Thing is no resource: give the message an option (rowgate.v1.relation)
`

// TestWrongContract holds that every place where a contract does not fit the
// database is told at once, by New and by Check, with where it stands and what
// would be right.
func TestWrongContract(t *testing.T) {
	contract, st, verifier := contractWorld(t, wrong)
	want := strings.Split(strings.Trim(tell, "\n"), "\n")
	srv, err := service.New(t.Context(), service.Config{Store: st, Verifier: verifier, Contract: contract})
	if srv != nil || err == nil {
		t.Fatalf("got %v, %v", srv, err)
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("New (-want +got):\n%s", diff)
	}
	report, err := service.Check(t.Context(), st, contract, verifier.Roles(), servicetest.Fixtures()...)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range report.Problems {
		got = append(got, p.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Check (-want +got):\n%s", diff)
	}
	if report.Methods != 1 || len(report.Findings) != 0 {
		t.Errorf("%d methods fit, findings %v; want the one method without a mistake", report.Methods, report.Findings)
	}
}

// contractWorld compiles a contract of one file and makes a database for it.
func contractWorld(t testing.TB, source string) (*descriptor.Set, *store.Store, *auth.Verifier) {
	t.Helper()
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"wrong.proto": {Data: []byte(source)}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.New(t, append(exampleApp(), storetest.Migration{
		Name: "log", SQL: "create table public.log (line text not null, at timestamptz)",
	})...)
	st := openLogin(t, db)
	verifier, err := auth.New(t.Context(), auth.Config{Secret: secret, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return contract, st, verifier
}

// bindError is New's error for a contract.
func bindError(t testing.TB, source string) error {
	t.Helper()
	contract, st, verifier := contractWorld(t, source)
	_, err := service.New(t.Context(), service.Config{Store: st, Verifier: verifier, Contract: contract})
	if err == nil {
		t.Fatal("no error")
	}
	return err
}

// TestMistakesOfRequestAndResource holds that mistakes in a method's request
// are told together with those in its resource: they do not hang together.
func TestMistakesOfRequestAndResource(t *testing.T) {
	const source = `syntax = "proto3";
package wrong.v1;
import "rowgate/v1/options.proto";
service WrongService {
  rpc ListItems(ListItemsRequest) returns (ListItemsResponse) { option (rowgate.v1.method) = { list: {} }; }
}
message Item {
  option (rowgate.v1.relation) = { name: "items" };
  string id = 1;
  string colour = 2;
}
message ListItemsRequest { int64 page_size = 1; string search = 2; }
message ListItemsResponse { repeated Item items = 1; int32 total_size = 2; }
`
	want := []string{
		`proto/wrong.proto:10:3: table public.items has no column "colour"; it has ` +
			"id, owner_id, title, description, quantity, price, done, created_at, updated_at",
		"proto/wrong.proto:12:28: page_size is of type int64, and ListItems needs int32",
		"proto/wrong.proto:12:49: search means nothing to ListItems: its request may have count, filter, include, order_by, page_size, page_token, read_mask",
		"proto/wrong.proto:13:54: total_size means nothing to ListItems: a list answers one repeated message, string next_page_token and previous_page_token, optional int64 total_size and bool cut_short",
	}
	got := strings.Split(bindError(t, source).Error(), "\n")
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBrokenSources holds that what is no contract at all is told with where
// it stands, all of it at once.
func TestBrokenSources(t *testing.T) {
	const head = "syntax = \"proto3\";\n"
	tests := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"no file", map[string]string{"readme.txt": "x"}, []string{"proto holds no .proto file"}},
		{
			"syntax",
			map[string]string{"a.proto": head + "message A { string = 1; }\n"},
			[]string{"proto/a.proto:2:20: syntax error: unexpected '='"},
		},
		{"two files", map[string]string{
			"a.proto":     head + "message A { Missing m = 1; }\n",
			"v1/b.proto":  head + "message B { string m = 1; string n = 1; }\n",
			"v1/c.proto":  head + "import \"rowgate/v1/options.proto\";\nmessage C { option (rowgate.v1.relation) = { table: \"c\" }; }\n",
			"v1/ok.proto": head + "message OK {}\n",
		}, []string{
			"proto/a.proto:2:13: field A.m: unknown type Missing",
			"proto/v1/b.proto:2:38: message B: fields m and n both have the same tag 1",
			"proto/v1/c.proto:3:46: message C: option (rowgate.v1.relation): field table not found",
		}},
		{
			"an import that is not there",
			map[string]string{"a.proto": head + "import \"x/y.proto\";\nmessage A {}\n"},
			[]string{"proto/a.proto:2:8: could not resolve path \"x/y.proto\": file does not exist"},
		},
		{"an import that is not there, and another mistake", map[string]string{
			"a.proto": head + "import \"x/y.proto\";\nmessage A {}\n",
			"b.proto": head + "message B { string = 1; }\n",
		}, []string{
			// The compiler looks for imports once the files can be parsed.
			"proto/b.proto:2:20: syntax error: unexpected '='",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for path, text := range tt.files {
				files[path] = &fstest.MapFile{Data: []byte(text)}
			}
			_, err := descriptor.LoadFS(t.Context(), files, "proto")
			if err == nil {
				t.Fatal("no error")
			}
			got := strings.Split(err.Error(), "\n")
			slices.Sort(got) // files are compiled side by side
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
