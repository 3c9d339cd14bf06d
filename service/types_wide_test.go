package service_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// wideCases are the cases of the types that every server has, as a pull
// proposes them.
func wideCases() []typeCase {
	return slices.DeleteFunc(typeCases(), func(c typeCase) bool {
		return c.chosen || c.missing != "" || c.extension != ""
	})
}

// wideRow is a row of the wide table: for each case the text of both columns.
type wideRow [][2]string

func newWideRow(cases []typeCase, text func(typeCase) [2]string) wideRow {
	r := make(wideRow, len(cases))
	for i, c := range cases {
		r[i] = text(c)
	}
	return r
}

// message is the row as JSON. Columns that are NULL are left out.
func (r wideRow) message(cases []typeCase, id int) string {
	text := fmt.Sprintf(`{"id":%d`, id)
	for i, c := range cases {
		for j, column := range []string{"needed", "maybe"} {
			if r[i][j] != null {
				text += fmt.Sprintf(`,"f%d_%s":%s`, i, column, c.json(r[i][j]))
			}
		}
	}
	return text + "}"
}

// TestEveryTypeInOneRow has two columns of every type in one table, so that
// parameters of all forms stand beside each other, and messages have more
// fields than a decoder looks up in its array.
func TestEveryTypeInOneRow(t *testing.T) {
	cases := wideCases()
	var table, masked strings.Builder
	table.WriteString("create table types.everything (id integer primary key")
	names := []string{}
	for i, c := range cases {
		fmt.Fprintf(&table, ", f%[1]d_needed %[2]s not null, f%[1]d_maybe %[2]s", i, c.sql)
		fmt.Fprintf(&masked, ",f%d_maybe", i)
		names = append(names, fmt.Sprintf("f%d_needed", i), fmt.Sprintf("f%d_maybe", i))
	}
	table.WriteString(");\n" + openToAnon("types.everything"))
	w := newTypesWorld(t, nil, table.String(), ownMood, scatter)

	stands := func(when string, id int, want wideRow) {
		t.Helper()
		got := w.query(t, fmt.Sprintf("select %s from types.everything where id = %d", strings.Join(names, ", "), id))
		if len(got) != 1 {
			t.Fatalf("%s psql finds %d rows", when, len(got))
		}
		for i, c := range cases {
			for j := range 2 {
				a, b := got[0][2*i+j], want[i][j]
				if a != b && (c.canonical == nil || c.canonical(a) != c.canonical(b)) {
					t.Errorf("%s the column %s of type %s has %s, want %s", when, names[2*i+j], c.sql, short(a), short(b))
				}
			}
		}
		message, err := w.call(t, "Everything", "Get", fmt.Sprintf(`{"id":%d}`, id), "")
		if err != nil {
			t.Fatalf("%s Get: %v", when, err)
		}
		sameMessage(t, when+" Get", message, want.message(cases, id))
	}
	write := func(method string, id int, row wideRow, mask string) {
		t.Helper()
		request := row.message(cases, id)
		if _, err := w.call(t, "Everything", method, `{"everything":`+request+`}`, mask); err != nil {
			t.Fatalf("%s: %v", method, err)
		}
	}
	first := newWideRow(cases, func(c typeCase) [2]string { return [2]string{c.both[0], null} })
	last := newWideRow(cases, func(c typeCase) [2]string { return [2]string{c.both[len(c.both)-1], c.both[len(c.both)-1]} })
	cleared := newWideRow(cases, func(c typeCase) [2]string {
		if c.isList() {
			return [2]string{c.both[len(c.both)-1], c.zero}
		}
		return [2]string{c.both[len(c.both)-1], null}
	})
	write("Create", 1, first, "")
	stands("after a creation without what may be absent", 1, first)
	write("Create", 2, last, "")
	stands("after a creation of everything", 2, last)
	write("Update", 1, last, "*")
	stands("after an update of everything", 1, last)
	write("Update", 1, newWideRow(cases, func(typeCase) [2]string { return [2]string{null, null} }), masked.String()[1:])
	stands("after everything was cleared", 1, cleared)
	stands("after all of that", 2, last)
}

// scatter gives the fields numbers of one, two and three bytes that are not in
// the columns' order, as they are in files that people have numbered.
func scatter(_ testing.TB, p *pulled) {
	text := string(p.files[resources].Data)
	p.files[resources] = &fstest.MapFile{Data: []byte(fieldOf.ReplaceAllStringFunc(text, func(field string) string {
		m := fieldOf.FindStringSubmatch(field)
		number := 17
		if kind, i, ok := strings.Cut(strings.TrimPrefix(m[2], "f"), "_"); ok {
			n, _ := strconv.Atoi(kind)
			number = map[string]int{"needed": 5000 - 17*n, "maybe": 16*n + 18}[i]
		}
		return fmt.Sprintf("  %s %s = %d%s;", m[1], m[2], number, m[4])
	}))}
}
