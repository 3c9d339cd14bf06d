package service_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

// proveValues creates a row of each value and reads all of them.
func (p *typeProof) proveValues(t *testing.T) {
	create := func(needed, maybe, text, maybeText string) {
		t.Helper()
		if p.isList() && isEmpty(maybe) {
			maybeText = null // An empty repeated field is not there.
		}
		r := typeRow{len(p.rows) + 1, text, maybeText}
		request := body(r.id, needed, maybe)
		got, err := p.write(t, "Create", request, "")
		if err != nil {
			t.Errorf("Create of %s: %v", short(request), err)
			return
		}
		p.rows = append(p.rows, r)
		sameMessage(t, "Create of "+short(request), got, p.message(r))
	}
	for _, text := range p.both {
		create(p.json(text), p.json(text), text, text)
	}
	for _, form := range p.forms {
		create(form[0], form[0], form[1], form[1])
	}
	for _, text := range p.both[:min(2, len(p.both))] {
		create(p.json(text), "", text, null)
	}
	for _, text := range p.stored {
		r := typeRow{len(p.rows) + 1, text, text}
		p.query(t, fmt.Sprintf("insert into %s values (%d, %s, %[3]s)", p.table(), r.id, literal(text)))
		p.rows = append(p.rows, r)
	}
	p.stands(t, "after the creations")
	p.reads(t, "after the creations")
}

// isEmpty says whether the JSON of a repeated field or a map has nothing in it.
func isEmpty(json string) bool { return json == "[]" || json == "{}" }

// reads gets each row by its key, and all of them as a list.
func (p *typeProof) reads(t *testing.T, when string) {
	t.Helper()
	all := make([]string, len(p.rows))
	for i, r := range p.rows {
		all[i] = p.message(r)
		got, err := p.send(t, "Get", fmt.Sprintf(`{"id":%d}`, r.id), "")
		if err != nil {
			t.Errorf("%s Get of %s: %v", when, short(all[i]), err)
			continue
		}
		sameMessage(t, when+" Get", got, all[i])
	}
	got, err := p.send(t, "List", "{}", "")
	if err != nil {
		t.Fatalf("%s List: %v", when, err)
	}
	sameMessage(t, when+" List", got, fmt.Sprintf(`{%q:[%s]}`, p.resource.items, strings.Join(all, ",")))
}

// typeOrders are orders as a client and as psql write them.
var typeOrders = [][2]string{
	{"needed", "needed asc, id asc"},
	{"needed desc", "needed desc, id desc"},
	{"maybe", "maybe asc nulls last, id asc"},
	{"maybe desc", "maybe desc nulls first, id desc"},
	{"maybe desc, id", "maybe desc nulls first, id asc"},
}

// proveOrder lists the rows two at a time in every order.
func (p *typeProof) proveOrder(t *testing.T) {
	if p.unsortable {
		_, err := p.send(t, "List", `{"order_by":"maybe"}`, "")
		refuses(t, "an order", err, refusal{
			"", codes.InvalidArgument,
			`order_by: names "maybe", whose type has no order; the fields with one are id (at character 1)`,
		})
		return
	}
	columns := make([]string, len(typeOrders))
	for i, order := range typeOrders {
		columns[i] = "string_agg(id::text, ' ' order by " + order[1] + ")"
	}
	want := p.query(t, "select "+strings.Join(columns, ", ")+" from "+p.table())[0]
	for i, order := range typeOrders {
		got, err := p.pages(t, p.resource.message, order[0], "id", 2)
		if err != nil {
			t.Errorf("order_by %q, after %v: %v", order[0], got, err)
			continue
		}
		if list := strings.Join(got, " "); list != want[i] {
			t.Errorf("order_by %q lists\n     %s\nwant %s", order[0], list, want[i])
		}
	}
}

// pages lists one field of the rows of a message in an order, page after page.
func (w *typesWorld) pages(t testing.TB, message, orderBy, field string, size int) ([]string, error) {
	t.Helper()
	var all []string
	for token := ""; ; {
		page, err := w.call(t, message, "List", fmt.Sprintf(`{"page_size":%d,"order_by":%q,"page_token":%q}`, size, orderBy, token), "")
		if err != nil {
			return all, err
		}
		rows := page.Get(listField(page.Descriptor())).List()
		for i := range rows.Len() {
			row := rows.Get(i).Message()
			all = append(all, row.Get(row.Descriptor().Fields().ByJSONName(field)).String())
		}
		token = page.Get(page.Descriptor().Fields().ByName("next_page_token")).String()
		if token == "" {
			return all, nil
		}
		if rows.Len() != size {
			t.Fatalf("order_by %q: a page of %d rows has a next one", orderBy, rows.Len())
		}
		if len(all) > 1000 {
			t.Fatalf("order_by %q: the pages have no end", orderBy)
		}
	}
}
