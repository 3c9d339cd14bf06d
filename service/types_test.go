package service_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// TestTypes takes values of every type through every method, and holds what
// comes back and what is stored against what psql prints of the rows.
func TestTypes(t *testing.T) {
	present, missing := presentCases(t, typeCases())
	w := newTypesWorld(t, present, "", ownMood, ownTypes)
	for _, c := range typeCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if why := missing[c.name]; why != "" {
				t.Skip(why)
			}
			p := &typeProof{typesWorld: w, typeCase: c, resource: w.resource(t, c.name)}
			p.proveValues(t)
			p.proveOrder(t)
			p.proveUpdates(t)
			p.proveRefusals(t)
			p.stands(t, "after the updates and the refusals")
			p.proveLosses(t)
		})
	}
}

// typeProof is the proof of one case.
type typeProof struct {
	*typesWorld
	typeCase
	resource resource
	// rows are what the table holds and the message can carry, by their ids.
	rows []typeRow
}

// typeRow is a row as psql prints it.
type typeRow struct {
	id            int
	needed, maybe string
}

// message is the row as the JSON of the message.
func (p *typeProof) message(r typeRow) string {
	needed, maybe := p.json(r.needed), ""
	if r.maybe != null {
		maybe = p.json(r.maybe)
	}
	return body(r.id, needed, maybe)
}

// body writes a message's JSON. An empty field is left out.
func body(id int, needed, maybe string) string {
	text := fmt.Sprintf(`{"id":%d`, id)
	if needed != "" {
		text += `,"needed":` + needed
	}
	if maybe != "" {
		text += `,"maybe":` + maybe
	}
	return text + "}"
}

// send calls a method of the case's message.
func (p *typeProof) send(t testing.TB, method, request, mask string) (protoreflect.Message, error) {
	t.Helper()
	return p.call(t, p.resource.message, method, request, mask)
}

// write calls a method with a row.
func (p *typeProof) write(t testing.TB, method, row, mask string) (protoreflect.Message, error) {
	t.Helper()
	return p.send(t, method, fmt.Sprintf(`{%q:%s}`, p.resource.item, row), mask)
}

// stands holds the table against the rows.
func (p *typeProof) stands(t testing.TB, when string) {
	t.Helper()
	got := p.query(t, "select id, needed, maybe from "+p.table()+" order by id")
	if len(got) != len(p.rows) {
		t.Errorf("%s the table has %d rows, want %d", when, len(got), len(p.rows))
	}
	for i := range min(len(got), len(p.rows)) {
		want := []string{fmt.Sprint(p.rows[i].id), p.rows[i].needed, p.rows[i].maybe}
		for j := range want {
			if got[i][j] != want[j] && (p.canonical == nil || p.canonical(got[i][j]) != p.canonical(want[j])) {
				t.Errorf("%s row %s has, as psql prints it,\n     %s\nwant %s", when, want[0], short(got[i][j]), short(want[j]))
			}
		}
	}
}

// refuses holds an error against how a call was to be refused.
func refuses(t testing.TB, what string, err error, want refusal) {
	t.Helper()
	st := status.Convert(err)
	if st.Code() != want.code || st.Message() != want.says {
		t.Errorf("%s is answered\n     %s: %s\nwant %s: %s", what, st.Code(), short(st.Message()), want.code, short(want.says))
	}
}

// sameMessage holds a message against the JSON of what it should be.
func sameMessage(t testing.TB, what string, got protoreflect.Message, want string) {
	t.Helper()
	message := dynamicpb.NewMessage(got.Descriptor())
	if err := protojson.Unmarshal([]byte(want), message); err != nil {
		t.Fatalf("%s: %v", short(want), err)
	}
	// In JSON negative zero differs from zero, and NaN does not from NaN.
	if a, b := jsonOf(t, got.Interface()), jsonOf(t, message); a != b {
		t.Errorf("%s gives\n     %s\nwant %s", what, short(a), short(b))
	}
	if unknown := got.GetUnknown(); len(unknown) > 0 {
		t.Errorf("%s gives fields that the message has not got: %x", what, unknown)
	}
}

// jsonOf writes a message's JSON without the blanks that protojson puts in at
// random.
func jsonOf(t testing.TB, m proto.Message) string {
	t.Helper()
	text, err := protojson.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// short cuts the middle out of a long text.
func short(text string) string {
	if len(text) <= 400 {
		return text
	}
	return strings.ToValidUTF8(text[:200]+" ... "+text[len(text)-180:], "")
}
