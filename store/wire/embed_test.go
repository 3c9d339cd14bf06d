package wire

import (
	"bytes"
	"errors"
	"maps"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

func TestEmbeds(t *testing.T) {
	plan := postPlan(t, embedLimits{})
	got, cuts, err := readPost(t, plan, postRow())
	if err != nil {
		t.Fatal(err)
	}
	if want := parse(t, postMessage(t), postText); !proto.Equal(got, want) || len(cuts) > 0 {
		t.Errorf("%v, %v\nwant %v", got, cuts, want)
	}

	inner, err := plan.AppendRow(nil, postRow())
	if err != nil {
		t.Fatal(err)
	}
	want := protowire.AppendBytes(protowire.AppendTag([]byte("before"), 300, protowire.BytesType), inner)
	for name, appendField := range map[string]func([]byte, protowire.Number, [][]byte) ([]byte, error){
		"plan": plan.AppendField, "writer": plan.NewWriter().AppendField,
	} {
		if field, err := appendField([]byte("before"), 300, postRow()); err != nil || !bytes.Equal(field, want) {
			t.Errorf("%s: %x, %v\nwant %x", name, field, err, want)
		}
	}
}

// TestEmbedPresence has rows that are not there, and rows that are there and
// have nothing.
func TestEmbedPresence(t *testing.T) {
	plan := postPlan(t, embedLimits{})
	nobody := recordBytes(attribute{oidText, nil}, attribute{oidNumeric, nil})
	for _, c := range []struct {
		author, comments []byte
		want             string
	}{
		{nil, recordsBytes(), `id: 1`},
		{nil, nil, `id: 1`},
		{nobody, recordsBytes(), `id: 1 author {}`},
		{nil, recordsBytes(commentBytes(0, nobody)), `id: 1 comments {author {}}`},
		{nil, recordsBytes(commentBytes(0, nil), commentBytes(0, nil)), `id: 1 comments {} comments {}`},
	} {
		got, _, err := readPost(t, plan, [][]byte{intBytes(1), nil, c.author, c.comments})
		if want := parse(t, postMessage(t), c.want); err != nil || !proto.Equal(got, want) {
			t.Errorf("%v, %v\nwant %v", got, err, want)
		}
	}
}

// TestEmbedCuts cuts at each level and at both.
func TestEmbedCuts(t *testing.T) {
	const author = `id: 1 title: "t" author {name: "Ada" balance: "7.00"} `
	const bob = `author {name: "Bob" balance: "7.00"} `
	for _, c := range []struct {
		limits embedLimits
		want   string
		cuts   map[string]int
	}{
		{embedLimits{3, 3, true, true}, postText, nil},
		{
			embedLimits{2, 0, true, true},
			author + `comments {id: 1 ` + bob + `replies {id: 1 body: "r"} replies {id: 2 body: "r"} replies {id: 3 body: "r"}}
				comments {id: 2 replies {id: 4 body: "r"}}`,
			map[string]int{"comments": 1},
		},
		{
			embedLimits{0, 2, false, true},
			author + `comments {id: 1 ` + bob + `replies {id: 1 body: "r"} replies {id: 2 body: "r"}}
				comments {id: 2 replies {id: 4 body: "r"}} comments {id: 3}`,
			map[string]int{"comments.replies": 1},
		},
		{
			embedLimits{1, 1, true, true},
			author + `comments {id: 1 ` + bob + `replies {id: 1 body: "r"}}`,
			map[string]int{"comments": 1, "comments.replies": 1},
		},
	} {
		got, cuts, err := readPost(t, postPlan(t, c.limits), postRow())
		if err != nil {
			t.Errorf("%+v: %v", c.limits, err)
			continue
		}
		if want := parse(t, postMessage(t), c.want); !proto.Equal(got, want) || !maps.Equal(cuts, c.cuts) {
			t.Errorf("%+v: %v, %v\nwant %v, %v", c.limits, got, cuts, want, c.cuts)
		}
	}
}

// TestWriterCuts counts over several rows, in the plan's order, and stops when
// it is told to.
func TestWriterCuts(t *testing.T) {
	w := postPlan(t, embedLimits{2, 1, true, true}).NewWriter()
	row := postRow()
	row[3] = recordsBytes(commentBytes(1, nil, replyBytes(1), replyBytes(2)), commentBytes(2, nil, replyBytes(1), replyBytes(2)))
	for _, row := range [][][]byte{postRow(), row, postRow()} {
		if _, err := w.AppendField(nil, 1, row); err != nil {
			t.Fatal(err)
		}
	}
	var paths []string
	counts := map[string]int{}
	for path, rows := range w.Cuts() {
		paths, counts[path] = append(paths, path), rows
	}
	if strings.Join(paths, " ") != "comments comments.replies" || !maps.Equal(counts, map[string]int{"comments": 2, "comments.replies": 4}) {
		t.Errorf("%v %v", paths, counts)
	}
	for path := range w.Cuts() {
		if path != "comments" {
			t.Error(path)
		}
		break
	}
	for path, rows := range NewPlan(nil).NewWriter().Cuts() {
		t.Error(path, rows)
	}
}

const (
	schemaChanged = `": its rows do not have the columns that the server read when it started; ` +
		`the schema has changed since, so the server must read it again`
	tableChanged = ` that the server read when it started; the table has changed since, so the server must read it again`
	tooMany      = `, and none are left out unless the request includes the relation with a page_size`
)

func TestEmbedErrors(t *testing.T) {
	body := func(oid uint32, value []byte) []byte {
		return recordsBytes(recordBytes(attribute{oidInt4, intBytes(1)}, attribute{oid, value},
			attribute{oidRecord, nil}, attribute{oidRecordArray, recordsBytes()}))
	}
	twoDimensions := recordsBytes(commentBytes(1, nil))
	twoDimensions[3] = 2
	pairs := recordsBytes(commentBytes(1, nil))
	pairs[10] = 0x4e // elements of a user's type
	for name, c := range map[string]struct {
		comments []byte
		limits   embedLimits
		column   string
		err      string
	}{
		"value": {body(oidText, []byte{0xff}), embedLimits{}, "comments.body", `column "comments.body": the text is not valid UTF-8, which protobuf strings must be`},
		"type":  {body(oidInt4, intBytes(1)), embedLimits{}, "comments.body", `column "comments.body": the stored value is not of the type text` + tableChanged},
		"type of NULL": {
			body(oidInt4, nil), embedLimits{}, "comments.body", `column "comments.body": the stored value is not of the type text` + tableChanged,
		},
		"cast": {
			recordsBytes(commentBytes(1, recordBytes(attribute{oidText, nil}, attribute{oidMoney, nil}))),
			embedLimits{},
			"comments.author.balance",
			`column "comments.author.balance": the stored value is not of the type money` + tableChanged,
		},
		"NULL row":       {recordsBytes(nil), embedLimits{}, "comments", `relation "comments` + schemaChanged},
		"two dimensions": {twoDimensions, embedLimits{}, "comments", `relation "comments` + schemaChanged},
		"elements":       {pairs, embedLimits{}, "comments", `relation "comments` + schemaChanged},
		"one row":        {commentBytes(1, nil), embedLimits{}, "comments", `relation "comments` + schemaChanged},
		"attributes":     {recordsBytes(replyBytes(1)), embedLimits{}, "comments", `relation "comments` + schemaChanged},
		"attributes within": {
			recordsBytes(commentBytes(1, nil, authorBytes("x")[:4])), embedLimits{}, "comments.replies", `relation "comments.replies` + schemaChanged,
		},
		"one for several": {
			recordsBytes(recordBytes(attribute{oidInt4, intBytes(1)}, attribute{oidText, nil}, attribute{oidRecord, nil}, attribute{oidRecord, nil})),
			embedLimits{},
			"comments.replies", `relation "comments.replies` + schemaChanged,
		},
		"limit": {postRow()[3], embedLimits{comments: 2}, "comments", `relation "comments": there are more than 2 rows` + tooMany},
		"limit within": {
			postRow()[3],
			embedLimits{comments: 2, cutComments: true, replies: 1},
			"comments.replies",
			`relation "comments.replies": there is more than one row` + tooMany,
		},
	} {
		row := postRow()
		row[3] = c.comments
		_, _, err := readPost(t, postPlan(t, c.limits), row)
		var v *ValueError
		if !errors.As(err, &v) || v.Kind != Precondition || v.Column != c.column || err.Error() != c.err {
			t.Errorf("%s: %v\nwant %s", name, err, c.err)
		}
	}

	// A plan alone has nobody to tell of a cut.
	plan := postPlan(t, embedLimits{comments: 2, cutComments: true, replies: 1})
	for text, appendField := range map[string]func([]byte, protowire.Number, [][]byte) ([]byte, error){
		`relation "comments": there are more than 2 rows`:         plan.AppendField,
		`relation "comments.replies": there is more than one row`: plan.NewWriter().AppendField,
	} {
		b, err := appendField([]byte("before"), 1, postRow())
		if err == nil || err.Error() != text+tooMany || string(b) != "before" {
			t.Errorf("%q, %v\nwant %s", b, err, text)
		}
	}
	_, err := postPlan(t, embedLimits{}).AppendRow(nil, postRow()[:2])
	if err == nil || err.Error() != "the row has 2 columns where 4 were planned" {
		t.Error(err)
	}
}

// TestEmbedForm cuts a row's bytes short at every place, and adds to them.
func TestEmbedForm(t *testing.T) {
	plan := postPlan(t, embedLimits{1, 1, true, true})
	for i := 2; i < 4; i++ {
		whole := postRow()[i]
		for size := range len(whole) {
			row := postRow()
			row[i] = whole[:size:size]
			if _, _, err := readPost(t, plan, row); err == nil {
				t.Errorf("%d of %d bytes of %s were read", size, len(whole), plan.embeds[i-2].Field.Name())
			}
		}
		row := postRow()
		row[i] = append(whole, 0)
		if _, _, err := readPost(t, plan, row); err == nil {
			t.Errorf("a byte after %s was read", plan.embeds[i-2].Field.Name())
		}
	}
}

// TestEmbedDomain has a column of a domain, whose own OID a record tells.
func TestEmbedDomain(t *testing.T) {
	post := postMessage(t)
	author := fieldNamed(post, "author")
	const domain = 20042
	for _, c := range []struct {
		column Column
		found  uint32
		taken  bool
	}{
		{Column{Type: textType}, oidText, true},
		{Column{Type: textType}, domain, false},
		{Column{Type: textType, OID: domain}, domain, true},
		{Column{Type: textType, OID: domain}, oidText, true},
		{Column{Type: textType, OID: domain}, domain + 1, false},
		{Column{Type: moneyType, OID: domain}, oidNumeric, true},
		{Column{Type: moneyType, OID: domain}, domain, false},
		{Column{Type: Type{Name: "text", Kind: Enum, Typmod: -1}}, domain, true},
	} {
		c.column.Name, c.column.Field = "name", fieldNamed(author.Message(), "name")
		codec, err := NewCodec(c.column)
		if err != nil {
			t.Fatal(err)
		}
		plan := NewPlanWith(nil, []Embed{{Field: author, Plan: NewPlan([]*Codec{codec})}})
		_, err = plan.AppendRow(nil, [][]byte{recordBytes(attribute{c.found, nil})})
		if (err == nil) != c.taken {
			t.Errorf("%s of OID %d: %v", codec, c.found, err)
		}
	}
}

func TestEmbedString(t *testing.T) {
	plan := postPlan(t, embedLimits{20, 1000, true, false})
	const want = `id integer <-> int32 id = 1
title text <-> string title = 2
record -> test.Author author = 1601
  name text <-> string name = 2
  balance money <-> string balance = 3
record[] -> repeated test.Comment comments = 1602, at most 20, then cut
  id integer <-> int32 id = 1
  body text <-> string body = 2
  record -> test.Author author = 1601
    name text <-> string name = 2
    balance money <-> string balance = 3
  record[] -> repeated test.Reply replies = 1602, at most 1000, then an error
    id integer <-> int32 id = 1
    body text <-> string body = 2
`
	if got := plan.String(); got != want {
		t.Errorf("%s", got)
	}
	if one, many := plan.embeds[0].ResultOID(), plan.embeds[1].ResultOID(); one != oidRecord || many != oidRecordArray {
		t.Error(one, many)
	}
}

// TestEmbedAllocations holds that rows within rows allocate nothing.
func TestEmbedAllocations(t *testing.T) {
	w, row := postPlan(t, embedLimits{2, 1, true, true}).NewWriter(), postRow()
	dst := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() {
		var err error
		if dst, err = w.AppendField(dst[:0], 1, row); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkEmbeds(b *testing.B) {
	w, row := postPlan(b, embedLimits{3, 2, true, true}).NewWriter(), postRow()
	dst := make([]byte, 0, 4096)
	b.ReportAllocs()
	b.SetBytes(int64(len(row[2]) + len(row[3])))
	for b.Loop() {
		var err error
		if dst, err = w.AppendField(dst[:0], 1, row); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzEmbeds feeds bytes to a relation of one row and to one of several: no
// panic, what is accepted is a message, and a plan that cuts nothing reads the
// same where nothing was cut.
func FuzzEmbeds(f *testing.F) {
	row := postRow()
	f.Add(row[2], row[3])
	f.Add(recordBytes(attribute{oidText, nil}, attribute{oidNumeric, nil}), recordsBytes())
	f.Add(authorBytes(""), recordsBytes(commentBytes(1, nil), nil))
	f.Add([]byte{}, []byte{})
	f.Add(unhex(f, "00000002"), unhex(f, "00000001 00000000 000008c9 7fffffff 00000001"))
	f.Add(unhex(f, "00000002 00000019 7fffffff"), unhex(f, "00000001 00000000 000008c9 00000001 00000001 fffffffe"))
	f.Add(unhex(f, "ffffffff"), unhex(f, "00000002 00000001 000008c9 00000001 00000001 00000001 00000001"))
	f.Add(unhex(f, "00000002 00000019 80000000 000006a4 ffffffff"), unhex(f, "00000000 00000000 000008ef"))
	cut, whole := postPlan(f, embedLimits{1, 1, true, true}), postPlan(f, embedLimits{})
	f.Fuzz(func(t *testing.T, author, comments []byte) {
		row := [][]byte{intBytes(1), nil, author, comments}
		got, cuts, err := readPost(t, cut, row)
		all, _, errAll := readPost(t, whole, row)
		if errAll == nil && err != nil {
			t.Fatalf("%x was read, but not to be cut: %v", row, err)
		}
		if err == nil && len(cuts) == 0 && (errAll != nil || !proto.Equal(got, all)) {
			t.Fatalf("%x was read as %v and, with nothing cut, as %v: %v", row, all, got, errAll)
		}
	})
}
