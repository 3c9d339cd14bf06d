package service_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

// noCitext is a query that gives t where the server lacks citext.
const noCitext = "select not exists (select from pg_available_extensions where name = 'citext')"

// TestOperatorsOffTheSearchPath pages and gets by a column whose type's
// operators nobody has on the search path. Its order is one that text's
// operators would not agree with.
func TestOperatorsOffTheSearchPath(t *testing.T) {
	if storetest.New(t).Psql(t, noCitext) == "t\n" {
		t.Skip("this Postgres has no citext; Debian's postgresql-contrib has it")
	}
	const words = `
create schema "Ext words";
create extension citext schema "Ext words";
grant usage on schema "Ext words" to anon;
create table words (word "Ext words".citext primary key);
alter table words enable row level security;
create policy words_read on words for select to anon using (true);
grant select on words to anon;
insert into words values ('b'), ('A'), ('a b'), ('C'), ('d'), ('Ba');`
	const contract = `syntax = "proto3";
package words;
import "rowgate/v1/options.proto";
message Word {
	option (rowgate.v1.relation) = {name: "words"};
	string word = 1;
}
message GetWordRequest { string word = 1; }
message ListWordsRequest { int32 page_size = 1; string page_token = 2; string order_by = 3; }
message ListWordsResponse { repeated Word words = 1; string next_page_token = 2; }
service WordService {
	rpc GetWord(GetWordRequest) returns (Word) { option (rowgate.v1.method) = {get: {}}; }
	rpc ListWords(ListWordsRequest) returns (ListWordsResponse) { option (rowgate.v1.method) = {list: {}}; }
}`
	set, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"words.proto": {Data: []byte(contract)}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, worldOptions{migrations: []storetest.Migration{{Name: "words", SQL: words}}, contract: set})
	message := func(name protoreflect.FullName) *dynamicpb.Message {
		d, err := set.Files.FindDescriptorByName("words." + name)
		if err != nil {
			t.Fatal(err)
		}
		return dynamicpb.NewMessage(d.(protoreflect.MessageDescriptor))
	}
	field := func(m *dynamicpb.Message, name protoreflect.Name) protoreflect.FieldDescriptor {
		return m.Descriptor().Fields().ByName(name)
	}

	get, word := message("GetWordRequest"), message("Word")
	get.Set(field(get, "word"), protoreflect.ValueOfString("c"))
	if err := w.conn.Invoke(t.Context(), "/words.WordService/GetWord", get, word); err != nil {
		t.Errorf("get: %v", err)
	} else if got := word.Get(field(word, "word")).String(); got != "C" {
		t.Errorf(`the word "c" is %q`, got)
	}

	for _, order := range []string{"word", "word desc"} {
		var got []string
		for pageToken := ""; ; {
			req, res := message("ListWordsRequest"), message("ListWordsResponse")
			req.Set(field(req, "page_size"), protoreflect.ValueOfInt32(2))
			req.Set(field(req, "order_by"), protoreflect.ValueOfString(order))
			req.Set(field(req, "page_token"), protoreflect.ValueOfString(pageToken))
			if err := w.conn.Invoke(t.Context(), "/words.WordService/ListWords", req, res); err != nil {
				t.Fatalf("%s: %v", order, err)
			}
			list := res.Get(field(res, "words")).List()
			for i := range list.Len() {
				m := list.Get(i).Message()
				got = append(got, m.Get(m.Descriptor().Fields().ByName("word")).String())
			}
			if pageToken = res.Get(field(res, "next_page_token")).String(); pageToken == "" {
				break
			}
		}
		want := []string{"A", "a b", "b", "Ba", "C", "d"}
		if order == "word desc" {
			want = []string{"d", "C", "Ba", "b", "a b", "A"}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", order, diff)
		}
	}
}
