package service_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// orders are the orders in which each table is listed: order_by as a client
// writes it, and the whole of it as SQL has it, where NULLs come last in
// ascending order and first in descending order.
var orders = map[string][]struct{ orderBy, sql string }{
	"profiles": {
		{"", "id"},
		{"display_name, id desc", "display_name asc, id desc"},
		{"bio", "bio asc nulls last, id asc"},
		{"avatar_url desc", "avatar_url desc nulls first, id desc"},
	},
	"items": {
		{"", "id asc"},
		{"created_at desc", "created_at desc, id desc"},
		{"title, created_at desc", "title asc, created_at desc, id desc"},
		{"price", "price asc nulls last, id asc"},
		{"price desc", "price desc nulls first, id desc"},
		{"description desc, quantity", "description desc nulls first, quantity asc, id asc"},
		{"done, price desc, description", "done asc, price desc nulls first, description asc nulls last, id asc"},
	},
	"posts": {
		{"", "id"},
		{"kind desc, created_at", "kind desc, created_at, id"},
		{"metadata", "metadata asc nulls last, id asc"},
		{"metadata desc, title", "metadata desc nulls first, title asc, id asc"},
		{"published, tags desc", "published asc, tags desc, id desc"},
	},
	"comments": {
		{"", "id"},
		{"id desc", "id desc"},
		{"author_id, body desc", "author_id asc, body desc, id desc"},
		{"post_id desc, created_at", "post_id desc, created_at asc, id asc"},
		{"author.username", "(select username from public.profiles a where a.id = t.author_id) asc nulls last, id asc"},
		{"post.author.bio desc, id", "(select bio from public.posts p join public.profiles a on a.id = p.author_id where p.id = t.post_id) desc nulls first, id asc"},
	},
}

// proveReads holds every row that get and list answer, to whomever, against
// what psql selects as the same role with the same claims.
func proveReads(t *testing.T, w *twin, c *caller) {
	for _, p := range persons(t) {
		for _, table := range exampleTables {
			t.Run(p.name+"/"+table.name, func(t *testing.T) {
				for _, difference := range w.readDifferences(t, c, p, table) {
					t.Error(difference)
				}
			})
		}
	}
	w.unchanged(t)
}

// unchanged says that no case has written anything to either database.
func (w *twin) unchanged(t testing.TB) {
	t.Helper()
	for _, conn := range []*pgx.Conn{w.ours, w.theirs} {
		if diff := lineDiff(w.dump(t, conn), w.baseline); diff != "" {
			t.Errorf("a database has changed:\n%s", diff)
		}
	}
}

// readDifferences gets every row of a table and lists them in every order, and
// says where the server and psql differ.
func (w *twin) readDifferences(t *testing.T, c *caller, p person, table exampleTable) []string {
	t.Helper()
	var found []string
	differ := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	from := "select " + table.rowSQL() + " from public." + table.name + " t "

	ids := append(w.ids(t, table), table.absentID)
	queries := make([]string, 0, len(ids)+len(orders[table.name]))
	for _, id := range ids {
		queries = append(queries, from+"where t.id = '"+id+"'")
	}
	for _, order := range orders[table.name] {
		queries = append(queries, from+"order by "+order.sql)
	}
	answers := w.psqlRows(t, p, queries)

	visible := 0
	for i, id := range ids {
		got, err := c.call(as(t, p.token), p.name, "Get"+table.message, c.request(t, "Get"+table.message, `{"id":"`+id+`"}`, ""))
		switch want := answers[i]; {
		case len(want) == 0 && status.Code(err) != codes.NotFound:
			differ("get %s: %v, and psql finds no row", id, err)
		case len(want) == 0:
		case err != nil:
			differ("get %s: %v, and psql finds %s", id, err, want)
		default:
			visible++
			if diff := cmp.Diff(rowOfPsql(t, table.descriptor(c), want[0]), rowOfMessage(t, got)); diff != "" {
				differ("get %s (-psql +gRPC):\n%s", id, diff)
			}
		}
	}
	for i, order := range orders[table.name] {
		want := []row{}
		for _, line := range answers[len(ids)+i] {
			want = append(want, rowOfPsql(t, table.descriptor(c), line))
		}
		if len(want) != visible {
			differ("psql lists %d rows, and get found %d", len(want), visible)
		}
		for _, size := range []int{3, 0} {
			got, err := w.list(t, c, p, table, order.orderBy, size)
			if err != nil {
				differ("list in the order %q: %v", order.orderBy, err)
			} else if diff := cmp.Diff(want, got); diff != "" {
				differ("list in the order %q, page_size %d (-psql +gRPC):\n%s", order.orderBy, size, diff)
			}
		}
	}
	return found
}

// ids lists the ids of every row, as a superuser sees them.
func (w *twin) ids(t testing.TB, table exampleTable) []string {
	t.Helper()
	rows, err := w.theirs.Query(t.Context(), "select id::text from public."+table.name+" order by id")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(ids) == 0 {
		t.Fatalf("%d rows in %s, %v", len(ids), table.name, err)
	}
	return ids
}

// list follows the pages to the last one.
func (w *twin) list(t *testing.T, c *caller, p person, table exampleTable, orderBy string, size int) ([]row, error) {
	t.Helper()
	name := ""
	for method := range c.methods() {
		if strings.HasPrefix(method, "List") && strings.EqualFold(method, "List"+table.name) {
			name = method
		}
	}
	all := []row{}
	for pageToken := ""; ; {
		res, err := c.call(as(t, p.token), p.name, name, c.request(t, name,
			fmt.Sprintf(`{"page_size":%d,"page_token":%q,"order_by":%q}`, size, pageToken, orderBy), ""))
		if err != nil {
			return nil, err
		}
		fields := res.Descriptor().Fields()
		items := res.Get(fields.ByName(plural(name))).List()
		for i := range items.Len() {
			all = append(all, rowOfMessage(t, items.Get(i).Message()))
		}
		pageToken = res.Get(fields.ByName("next_page_token")).String()
		switch {
		case pageToken == "":
			return all, nil
		case items.Len() != size:
			return nil, fmt.Errorf("a page of %d rows with a page after it", items.Len())
		}
	}
}
