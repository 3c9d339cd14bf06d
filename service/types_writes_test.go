package service_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// proveUpdates sets and clears both columns, by a mask and without one, each
// time in a row of its own.
func (p *typeProof) proveUpdates(t *testing.T) {
	first, last := p.both[0], p.both[len(p.both)-1]
	begin := typeRow{500, first, first}
	if p.isList() && isEmpty(p.json(first)) {
		begin.maybe = null
	}
	cleared := null
	if p.isList() && !strings.HasPrefix(p.zero, "!") {
		cleared = p.zero // A repeated field that is not there is empty.
	}
	start := func() int {
		t.Helper()
		begin.id++
		if _, err := p.write(t, "Create", p.message(begin), ""); err != nil {
			t.Fatalf("Create: %v", err)
		}
		return begin.id
	}
	update := func(mask, needed, maybe string, want typeRow) {
		t.Helper()
		want.id = start()
		what := fmt.Sprintf("an update with the mask %q", mask)
		got, err := p.write(t, "Update", body(want.id, needed, maybe), mask)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			want = begin
		} else {
			sameMessage(t, what, got, p.message(want))
		}
		p.rows = append(p.rows, want)
	}
	update("needed,maybe", p.json(last), p.json(last), typeRow{needed: last, maybe: last})
	update("maybe", p.json(last), p.json(last), typeRow{needed: first, maybe: last})
	update("needed", p.json(last), p.json(last), typeRow{needed: last, maybe: begin.maybe})
	update("maybe", "", "", typeRow{needed: first, maybe: cleared})
	update("*", p.json(last), "", typeRow{needed: last, maybe: cleared})
	if !p.isList() || !isEmpty(p.json(last)) {
		update("", "", p.json(last), typeRow{needed: first, maybe: last})
	}
	if says, refused := strings.CutPrefix(p.zero, "!"); refused {
		id := start()
		_, err := p.write(t, "Update", body(id, "", ""), "needed")
		refuses(t, "an update that clears needed", err,
			p.atField("needed", refusal{"", cmp.Or(p.zeroCode, codes.InvalidArgument), says}))
		p.rows = append(p.rows, begin)
		return
	}
	update("needed", "", "", typeRow{needed: p.zero, maybe: begin.maybe})
}

// proveRefusals sends what the columns have no place for.
func (p *typeProof) proveRefusals(t *testing.T) {
	good := p.json(p.both[0])
	for _, r := range p.refused {
		for _, tc := range []struct{ method, field, request, mask string }{
			{"Create", "needed", body(9000, r.value, ""), ""},
			{"Create", "maybe", body(9000, good, r.value), ""},
			{"Update", "needed", body(1, r.value, ""), "needed"},
			{"Update", "maybe", body(1, good, r.value), "needed,maybe"},
		} {
			_, err := p.write(t, tc.method, tc.request, tc.mask)
			refuses(t, tc.method+" of "+tc.field+" "+short(r.value), err, p.atField(tc.field, r))
		}
	}
}

// atField puts the field before what a refusal says, unless the words are for
// what Postgres refused.
func (p *typeProof) atField(field string, r refusal) refusal {
	at := p.resource.item + "." + field
	switch {
	case slices.Contains(fromPostgres, r.says):
	case strings.HasPrefix(r.says, "["), strings.HasPrefix(r.says, "."):
		r.says = at + r.says
	default:
		r.says = at + ": " + r.says
	}
	return r
}

// loss is a lossy value in a row of its own.
type loss struct {
	id     int
	column string
	refusal
}

// proveLosses puts in, with psql, what the message has no place for. The rows
// with it cannot be read, and say which column it is; all others can. An
// update that gives the column another value mends the row.
func (p *typeProof) proveLosses(t *testing.T) {
	if len(p.lossy) == 0 {
		return
	}
	good := p.both[0]
	var script strings.Builder
	var losses []loss
	for i, r := range p.lossy {
		needed, maybe := loss{1000 + 2*i, "needed", r}, loss{1001 + 2*i, "maybe", r}
		fmt.Fprintf(&script, "insert into %s values (%d, %s, null), (%d, %s, %s);\n",
			p.table(), needed.id, literal(r.value), maybe.id, literal(good), literal(r.value))
		for _, l := range []*loss{&needed, &maybe} {
			l.says = fmt.Sprintf("column %q: %s", l.column, l.says)
			losses = append(losses, *l)
		}
	}
	p.query(t, script.String())

	for _, l := range losses {
		_, err := p.send(t, "Get", fmt.Sprintf(`{"id":%d}`, l.id), "")
		refuses(t, "Get of "+short(l.value), err, l.refusal)
		for _, detail := range status.Convert(err).Details() {
			if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetMetadata()["column"] != l.column {
				t.Errorf("the ErrorInfo's metadata are %v", info.GetMetadata())
			}
		}
	}
	p.listsUpTo(t, losses[0].refusal)
	for _, l := range losses {
		r := typeRow{l.id, good, null}
		if l.column == "maybe" {
			r.maybe = good
		}
		got, err := p.write(t, "Update", body(l.id, p.json(good), p.json(good)), l.column)
		if err != nil {
			t.Errorf("the update that mends %s: %v", short(l.value), err)
			continue
		}
		sameMessage(t, "the update that mends "+short(l.value), got, p.message(r))
		p.rows = append(p.rows, r)
	}
	p.stands(t, "after the losses")
	p.reads(t, "after the losses")
}

// listsUpTo lists the rows before the first that cannot be read, and is then
// refused.
func (p *typeProof) listsUpTo(t *testing.T, want refusal) {
	t.Helper()
	size := len(p.rows)
	page, err := p.send(t, "List", fmt.Sprintf(`{"page_size":%d}`, size), "")
	if err != nil {
		t.Fatalf("List of the rows that can be read: %v", err)
	}
	token := page.Get(page.Descriptor().Fields().ByName("next_page_token")).String()
	if token == "" {
		t.Error("List of the rows that can be read is the last page")
	}
	_, err = p.send(t, "List", fmt.Sprintf(`{"page_size":%d,"page_token":%q}`, size, token), "")
	refuses(t, "List of the others", err, want)
	_, err = p.send(t, "List", fmt.Sprintf(`{"page_size":%d}`, size+1), "")
	refuses(t, "List of all", err, want)
}
