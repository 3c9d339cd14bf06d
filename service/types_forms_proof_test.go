package service_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// formsProof is the proof of the forms of one case.
type formsProof struct {
	*typesWorld
	formed
	resource resource
}

// proveFields holds what a pull makes of the forms against the case.
func (p *formsProof) proveFields(t *testing.T) {
	fields := p.method(t, p.resource.message, "Get").Output().Fields()
	for _, f := range typeForms {
		of := p.of(f)
		for suffix, want := range map[string]string{"_needed": of.proto, "_maybe": of.maybe()} {
			fd := fields.ByName(protoreflect.Name(f.column + suffix))
			if got := protoOf(fd); got != want {
				t.Errorf("of %s%s a pull makes %s, want %s", f.column, suffix, got, want)
			}
		}
	}
}

// protoOf is a field's type as a file of the package writes it.
func protoOf(fd protoreflect.FieldDescriptor) string {
	typ := fd.Kind().String()
	switch {
	case fd.IsMap():
		return fmt.Sprintf("map<%s, %s>", fd.MapKey().Kind(), fd.MapValue().Kind())
	case fd.Kind() == protoreflect.EnumKind:
		typ = string(fd.Enum().FullName())
	case fd.Kind() == protoreflect.MessageKind:
		typ = string(fd.Message().FullName())
	}
	typ = strings.TrimPrefix(typ, "types.v1.")
	switch {
	case fd.IsList():
		return "repeated " + typ
	case fd.HasOptionalKeyword():
		return "optional " + typ
	}
	return typ
}

// formRow is a row: the texts of the forms' columns.
type formRow struct {
	id    int
	texts [][2]string
}

// message is the row as JSON.
func (p *formsProof) message(r formRow) string {
	text := fmt.Sprintf(`{"id":%d`, r.id)
	for i, f := range typeForms {
		of := p.of(f)
		for j, suffix := range []string{"_needed", "_maybe"} {
			if r.texts[i][j] != null {
				text += fmt.Sprintf(`,"%s%s":%s`, f.column, suffix, of.json(r.texts[i][j]))
			}
		}
	}
	return text + "}"
}

// proveValues writes rows and reads them.
func (p *formsProof) proveValues(t *testing.T) {
	first, last := p.both[0], p.both[len(p.both)-1]
	var rows []formRow
	for i, texts := range []struct{ one, other, many, more string }{
		{first, null, p.array(p.both...), null},
		{last, last, "{}", p.array(p.both...)},
		{last, first, p.array(last), p.array(first, last)},
	} {
		r := formRow{id: i + 1}
		for _, f := range typeForms {
			if f.array {
				r.texts = append(r.texts, [2]string{texts.many, texts.more})
				continue
			}
			other := texts.other
			if p.isList() && other != null && isEmpty(p.json(other)) {
				other = null
			}
			r.texts = append(r.texts, [2]string{texts.one, other})
		}
		rows = append(rows, r)
		got, err := p.call(t, p.resource.message, "Create", fmt.Sprintf(`{%q:%s}`, p.resource.item, p.message(r)), "")
		if err != nil {
			t.Fatalf("Create of %s: %v", short(p.message(r)), err)
		}
		sameMessage(t, "Create", got, p.message(r))
	}
	all := make([]string, len(rows))
	for i, r := range rows {
		all[i] = p.message(r)
		p.answers(t, p.resource.message, "Get", fmt.Sprintf(`{"id":%d}`, r.id), "", all[i])
	}
	p.answers(t, p.resource.message, "List", "{}", "", fmt.Sprintf(`{%q:[%s]}`, p.resource.items, strings.Join(all, ",")))
	p.stand(t, rows)
}

// stand holds what psql prints of the table against the rows.
func (p *formsProof) stand(t *testing.T, rows []formRow) {
	t.Helper()
	got := p.query(t, "select * from "+p.formTable()+" order by id")
	if len(got) != len(rows) {
		t.Fatalf("the table has %d rows", len(got))
	}
	for i, r := range rows {
		for j, f := range typeForms {
			for k := range 2 {
				a, b := got[i][1+2*j+k], r.texts[j][k]
				if a != b && (p.canonical == nil || p.alike(a, f) != p.alike(b, f)) {
					t.Errorf("row %d, column %d of %s has, as psql prints it,\n     %s\nwant %s", r.id, k, f.column, short(a), short(b))
				}
			}
		}
	}
}

// alike makes texts alike that stand for one value.
func (p *formsProof) alike(text string, f form) string {
	if text == null || !f.array {
		return p.canonical(text)
	}
	items := arrayItems(p.between(), text)
	for i, item := range items {
		items[i] = p.canonical(item)
	}
	return p.array(items...)
}

// proveLosses puts in, with psql, what the fields have no place for.
func (p *formsProof) proveLosses(t *testing.T) {
	good := p.both[len(p.both)-1]
	var script strings.Builder
	var losses []loss
	lose := func(f form, value string, code codes.Code, says string) {
		id := 1000 + len(losses)
		column := f.column + []string{"_needed", "_maybe"}[id%2]
		columns, values := "id", fmt.Sprint(id)
		for _, other := range typeForms {
			columns += ", " + other.column + "_needed"
			switch {
			case other.column+"_needed" == column:
				values += ", " + literal(value)
			case other.array:
				values += ", '{}'"
			default:
				values += ", " + literal(good)
			}
		}
		if strings.HasSuffix(column, "_maybe") {
			columns, values = columns+", "+column, values+", "+literal(value)
		}
		fmt.Fprintf(&script, "insert into %s (%s) values (%s);\n", p.formTable(), columns, values)
		losses = append(losses, loss{id, column, refusal{value, code, fmt.Sprintf("column %q: %s", column, says)}})
	}
	for _, f := range typeForms {
		of := p.of(f)
		for _, l := range of.lossy {
			if f.array {
				lose(f, p.array(good, l.value), l.code, "item 2 of the array: "+l.says)
			} else {
				lose(f, l.value, l.code, l.says)
			}
		}
		if f.array {
			lose(f, p.array(good, null), codes.FailedPrecondition, "item 2 of the array: "+hasNull)
			lose(f, "{"+p.array(good)+string(p.between())+p.array(good)+"}", codes.FailedPrecondition, isSquare)
		}
	}
	p.query(t, script.String())
	for _, l := range losses {
		_, err := p.call(t, p.resource.message, "Get", fmt.Sprintf(`{"id":%d}`, l.id), "")
		refuses(t, "Get of "+short(l.value), err, l.refusal)
	}
	_, err := p.call(t, p.resource.message, "List", "{}", "")
	refuses(t, "List", err, losses[0].refusal)
}
