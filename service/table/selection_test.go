package table

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/migrations"
	appv1 "github.com/rowgate/rowgate/proto/gen/app/v1"
	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/storetest"
)

// thePosts binds the example's resource Post.
func thePosts(t testing.TB) *resource {
	t.Helper()
	conn := storetest.New(t, storetest.Migrations(migrations.Supabase(), migrations.App())...).Superuser(t)
	if _, err := conn.Exec(t.Context(), "set search_path = ''"); err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.Load(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	b := NewBinder(cat, nil, func(protoreflect.Descriptor) string { return "" }, nil, filter.Limits{})
	md := (&appv1.Post{}).ProtoReflect().Descriptor()
	r := b.resource(md, md)
	b.bindReferences()
	if r == nil {
		t.Fatal(b.Problems())
	}
	return r
}

// FuzzSelection holds that a mask and an include either are refused as the
// request's fault or give a statement in which nothing stands that they wrote.
func FuzzSelection(f *testing.F) {
	for _, seed := range [][3]string{
		{"", "", ""},
		{"id,title,author.username,comments.body", "comments", `body:"marker"`},
		{"*,author", "comments.author", ""},
		{"comments.post.comments.post.comments.post.comments.post.comments", "comments.post.comments", "id > 5"},
		{"author.*", "author", ""},
		{"nothing,.,..", ".", "marker = 1"},
		{"comments.body.marker", "author.marker", ""},
		{`id";marker`, `comments";marker`, `"marker"`},
	} {
		f.Add(seed[0], seed[1], seed[2], "id desc, body nulls first", int32(3))
	}
	r := thePosts(f)
	f.Fuzz(func(t *testing.T, mask, path, where, order string, size int32) {
		var paths []string
		if mask != "" {
			paths = strings.Split(mask, ",")
		}
		item, err := proto.Marshal(&rowgatev1.Include{Path: path, Filter: where, OrderBy: order, PageSize: size})
		if err != nil {
			return // not UTF-8
		}
		includes, err := readIncludes([][]byte{item})
		p := r.params()
		var sel *selection
		if err == nil {
			sel, err = r.selection(paths, includes, p)
		}
		if err != nil {
			if code := grpcstatus.Code(err); code != codes.InvalidArgument {
				t.Fatalf("%v: %v", code, err)
			}
			return
		}
		st := query.Select{From: r.from, Columns: sel.columns}.Statement()
		if len(st.Params) != len(p.Args) {
			t.Errorf("%d parameters and %d arguments in %s", len(st.Params), len(p.Args), st.SQL)
		}
		for _, word := range []string{mask, path, where, order} {
			if strings.Contains(word, "marker") && strings.Contains(st.SQL, "marker") {
				t.Errorf("%q has reached %s", word, st.SQL)
			}
		}
	})
}

// TestRelatedRowsAreBounded holds that relations within relations have no more
// rows than one row of the answer may hold, whatever their sizes.
func TestRelatedRowsAreBounded(t *testing.T) {
	r := thePosts(t)
	const deep = "comments.post.comments.post.comments"
	all := []*include{
		{path: "comments", pageSize: 1000}, {path: "comments.post.comments", pageSize: 1000}, {path: deep, pageSize: 1000},
	}
	for _, tt := range []struct {
		name     string
		includes []*include
		want     []int
	}{
		{"no sizes", nil, []int{46, 46, 47}},
		{"one level", []*include{{path: "comments", pageSize: 7}}, []int{7, 119, 120}},
		{"the largest", all, []int{1000, 100, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sel, err := r.selection([]string{"id", deep + ".body"}, tt.includes, r.params())
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for at := embedded(sel.columns); at != nil; at = embedded(at.Columns) {
				if at.Many {
					got = append(got, at.Limit-1)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("the levels have %d rows, want %d", got, tt.want)
			}
		})
	}
}

// embedded is the rows that a select list has last.
func embedded(columns []query.Column) *query.Embed {
	if len(columns) == 0 {
		return nil
	}
	return columns[len(columns)-1].Embed
}

// FuzzIncludes holds that any bytes are read as protobuf reads them, or refused.
func FuzzIncludes(f *testing.F) {
	good, err := proto.Marshal(&rowgatev1.Include{Path: "comments", Filter: "id > 5", OrderBy: "id", PageSize: 7})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte{0x0a, 0xff})
	f.Add(append(slices.Clone(good), 0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01))
	f.Fuzz(func(t *testing.T, item []byte) {
		got, err := readIncludes([][]byte{item})
		var want rowgatev1.Include
		if malformed := proto.Unmarshal(item, &want); malformed != nil {
			if err == nil {
				t.Errorf("%x is no include and is read", item)
			}
			return
		}
		if err != nil {
			if want.GetPath() != "" && want.GetPageSize() >= 0 {
				t.Errorf("%x is refused: %v", item, err)
			}
			return
		}
		if have := (include{want.GetPath(), want.GetFilter(), want.GetOrderBy(), want.GetPageSize()}); *got[0] != have {
			t.Errorf("%x is %+v, want %+v", item, *got[0], have)
		}
	})
}
