package protogen_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/descriptor"
)

// formerSchema is what testdata/former.txt was pulled from, before there was
// more than Get, List, Create, Update and Delete.
const formerSchema = `
create table authors (id bigint generated always as identity primary key, name text not null);
create table books (
	id uuid primary key default gen_random_uuid(),
	author_id bigint not null references authors,
	title varchar(80) not null,
	pages int4,
	price numeric(8,2),
	tags text[] not null default '{}',
	document jsonb
);
create view shelf as select id, title, count(*) over () as among from books;
create function books_of(author bigint) returns setof books language sql stable as 'select * from books where author_id = author';
create function titles() returns table (title text, pages int4) language sql stable as 'select title, pages from books'`

// TestFormerFiles pulls over files of before: they stay as they are, and
// --methods gives them what a first pull would, which breaks nothing.
func TestFormerFiles(t *testing.T) {
	t.Parallel()
	p := newProject(t, formerSchema)
	parts := strings.Split(readFile(t, "testdata/former.txt"), "== ")
	for _, part := range parts[1:] {
		name, text, _ := strings.Cut(part, " ==\n")
		p.put(t, "proto/app/v1/"+name, []byte(text))
	}
	before := p.generation(t, "before")
	r := p.generate(t)
	for _, f := range r.Files {
		t.Errorf("%s changes:\n%s", f.Path, difference(string(f.Old), string(f.New)))
	}
	want := []string{
		"kept: public.authors: could have stream, aggregate, batch create, import, batch update, update many and delete many as well, and the files have no such method; --methods writes what is missing",
		"kept: public.authors: could have read_mask, include, previous_page_token, filter, count, total_size, cut_short, on_conflict, request_id, validate_only, expected and append in its requests and responses as well, and the files have no such field; --methods writes what is missing",
		"kept: public.books: could have stream, aggregate, batch create, import, batch update, update many and delete many as well, and the files have no such method; --methods writes what is missing",
		"kept: public.books: could have read_mask, include, previous_page_token, filter, count, total_size, cut_short, on_conflict, request_id, validate_only, expected, increment, append and merge in its requests and responses as well, and the files have no such field; --methods writes what is missing",
		"kept: public.shelf: could have stream and aggregate as well, and the files have no such method; --methods writes what is missing",
		"kept: public.shelf: could have filter, read_mask, count, total_size and cut_short in its requests and responses as well, and the files have no such field; --methods writes what is missing",
		"kept: app.v1: could have a method for several writes in one transaction as well, and the files have none; --methods writes what is missing",
		"kept: public.books_of(bigint): could have page_size, page_token, order_by, filter, read_mask, include, count, next_page_token, previous_page_token, total_size and cut_short in its request and response as well, and the files have no such field; --methods writes what is missing",
		"kept: public.titles(): could have page_size, order_by and filter in its request and response as well, and the files have no such field; --methods writes what is missing",
	}
	if diff := cmp.Diff(want, said(r)); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}

	r = p.pull(t, methods)
	if notes := said(r); len(notes) > 0 {
		t.Errorf("with --methods it says %q", notes)
	}
	after := p.generation(t, "after")
	after.result = r
	p.breaks(t, before, after)
	history{}.understands(t, []*generation{before}, after)
	p.settled(t)
	p.linted(t)
	p.wholeSurface(t, after.set)
	first := newProject(t, formerSchema)
	first.pull(t)
	if diff := cmp.Diff(declared(first.compile(t)), declared(after.set)); diff != "" {
		t.Errorf("declarations (-first pull +--methods):\n%s", diff)
	}
}

// declared are the fields and methods of a package, with their numbers and
// types.
func declared(set *descriptor.Set) []string {
	var all []string
	g := &generation{set: set}
	for md := range g.messages() {
		for i := range md.Fields().Len() {
			fd := md.Fields().Get(i)
			all = append(all, strings.Join([]string{string(fd.FullName()), fmt.Sprint(fd.Number()), fd.Cardinality().String(), fd.Kind().String()}, " "))
		}
	}
	for _, sd := range set.Services() {
		for i := range sd.Methods().Len() {
			md := sd.Methods().Get(i)
			all = append(all, strings.Join([]string{string(md.FullName()), string(md.Input().Name()), string(md.Output().Name()), operation(md).String()}, " "))
		}
	}
	slices.Sort(all)
	return all
}

// wholeSurface checks that what goes together is there together, and that
// everything that writes can be a part of a transaction.
func (p *project) wholeSurface(t *testing.T, set *descriptor.Set) {
	t.Helper()
	type writer struct{ input, output protoreflect.FullName }
	var writers, members []writer
	for _, sd := range set.Services() {
		has := map[string]bool{}
		for i := range sd.Methods().Len() {
			md := sd.Methods().Get(i)
			op := operation(md).ProtoReflect()
			name := string(op.WhichOneof(op.Descriptor().Oneofs().Get(0)).Name())
			has[name] = true
			switch name {
			case "create", "batch_create", "update", "batch_update", "update_many", "delete", "delete_many":
				writers = append(writers, writer{md.Input().FullName(), md.Output().FullName()})
			case "transact":
				write, result := md.Input().Fields().ByName("writes").Message(), md.Output().Fields().ByName("results").Message()
				for i := range write.Oneofs().Get(0).Fields().Len() {
					in := write.Oneofs().Get(0).Fields().Get(i)
					out := result.Oneofs().Get(0).Fields().ByName(in.Name())
					if out == nil || out.Number() != in.Number() {
						t.Fatalf("%s = %d has %v for its result", in.FullName(), in.Number(), out)
					}
					members = append(members, writer{in.Message().FullName(), out.Message().FullName()})
				}
				if result.Fields().Len() != result.Oneofs().Get(0).Fields().Len() || write.Fields().ByName("uses") == nil {
					t.Errorf("%s and %s are not alike", write.FullName(), result.FullName())
				}
			}
		}
		for _, together := range [][]string{{"list", "stream", "aggregate"}, {"create", "batch_create", "import"}, {"update", "batch_update"}} {
			for _, name := range together {
				if has[name] != has[together[0]] {
					t.Errorf("%s has %s: %t, and %s: %t", sd.FullName(), together[0], has[together[0]], name, has[name])
				}
			}
		}
		if has["update"] && !has["update_many"] || has["delete"] && !has["delete_many"] {
			t.Errorf("%s lacks a method by filter", sd.FullName())
		}
	}
	byInput := func(a, b writer) int { return strings.Compare(string(a.input), string(b.input)) }
	slices.SortFunc(writers, byInput)
	slices.SortFunc(members, byInput)
	if !slices.Equal(writers, members) {
		t.Errorf("a transaction carries out %v, want %v", members, writers)
	}
}

// TestFieldsStayOut takes fields, methods and members out of the files: pulls do
// without them, --methods writes them again, and what is reserved stays out.
func TestFieldsStayOut(t *testing.T) {
	t.Parallel()
	p := newProject(t, formerSchema)
	p.pull(t)
	whole := declared(p.compile(t))
	remove := func(name, pattern string) string {
		t.Helper()
		text := p.text(t, name)
		found := regexp.MustCompile(pattern).FindAllString(text, -1)
		if len(found) != 1 {
			t.Fatalf("%s has %d of %s in\n%s", name, len(found), pattern, text)
		}
		p.edit(t, name, found[0], "")
		return found[0]
	}
	comment := `( *//.*\n)+`
	size := remove("book.proto", comment+`  int32 page_size = 1 .*\n`)
	remove("book.proto", comment+`  rowgate.v1.Count count = 7;\n`)
	remove("book.proto", comment+`  optional int64 total_size = 4;\n`)
	remove("book.proto", ` *// The sum of price\.\n.*\n`)
	remove("book.proto", `\n`+comment+`  rpc ImportBooks(.|\n)*?\n  \}\n`)
	remove("transactions.proto", comment+`      DeleteBookRequest delete_book = .*\n`)
	remove("transactions.proto", comment+`      google.protobuf.Empty delete_book = .*\n`)
	remove("functions.proto", comment+`  google.protobuf.FieldMask read_mask = .*\n`)
	without := declared(p.compile(t))
	p.settledBut(t,
		"public.books: could have import as well, and the files have no such method; --methods writes what is missing",
		"public.books: could have page_size, count, total_size and price in its requests and responses as well, and the files have no such field; --methods writes what is missing",
		"app.v1: Transact could carry out DeleteBook as well, and has no member for it; --methods writes what is missing",
		"public.books_of(bigint): could have read_mask in its request and response as well, and the files have no such field; --methods writes what is missing")

	// What is new brings its own along, and nothing else.
	p.exec(t, "alter table books add column weight int8; create table copies (id int primary key, book_id uuid references books)")
	p.pull(t)
	p.quiet(t)
	var fresh []string
	for _, line := range declared(p.compile(t)) {
		if !slices.Contains(without, line) && !strings.Contains(line, "Cop") && !strings.HasPrefix(line, "app.v1.TransactResponse.") {
			fresh = append(fresh, line)
		}
	}
	want := []string{
		"app.v1.AggregateBooksResponse.Avg.weight 8 optional string",
		"app.v1.AggregateBooksResponse.Sum.weight 8 optional string",
		"app.v1.Book.copies 1602 repeated message",
		"app.v1.Book.weight 8 optional int64",
		"app.v1.TransactRequest.Write.batch_create_copies 16 optional message",
		"app.v1.TransactRequest.Write.batch_update_copies 18 optional message",
		"app.v1.TransactRequest.Write.create_copy 15 optional message",
		"app.v1.TransactRequest.Write.delete_copy 20 optional message",
		"app.v1.TransactRequest.Write.delete_many_copies 21 optional message",
		"app.v1.TransactRequest.Write.update_copy 17 optional message",
		"app.v1.TransactRequest.Write.update_many_copies 19 optional message",
	}
	if diff := cmp.Diff(want, fresh); diff != "" {
		t.Errorf("new (-want +got):\n%s", diff)
	}

	// Reserved, it stays out whatever is asked for.
	p.edit(t, "book.proto", "message ListBooksRequest {\n", "message ListBooksRequest {\n  reserved 1;\n  reserved \"page_size\";\n")
	p.pull(t, methods)
	p.settled(t)
	p.linted(t)
	now := declared(p.compile(t))
	for _, line := range whole {
		name, _, _ := strings.Cut(line, " ")
		back := slices.ContainsFunc(now, func(s string) bool { return strings.HasPrefix(s, name+" ") })
		if back == (name == "app.v1.ListBooksRequest.page_size") {
			t.Errorf("%s is there: %t\n%s", name, back, size)
		}
	}
}
