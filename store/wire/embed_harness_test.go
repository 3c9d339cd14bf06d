package wire

import (
	"encoding/binary"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// embedMessages are resources with relations, three below a post.
const embedMessages = testMessages + `
message Author {
  int32 id = 1;
  optional string name = 2;
  optional string balance = 3;
  Mood mood = 4;
  repeated string tags = 5;
  optional string nick = 6;
  Pair home = 7;
  google.protobuf.Timestamp seen = 8;
}
message Reply {
  int32 id = 1;
  optional string body = 2;
  Author author = 1601;
}
message Comment {
  int32 id = 1;
  optional string body = 2;
  repeated int32 likes = 3;
  Author author = 1601;
  repeated Reply replies = 1602;
}
`

// postFields are those of a post.
const postFields = `
  int32 id = 1;
  string title = 2;
  optional string words = 3;
  Author author = 1601;
  repeated Comment comments = 1602;`

// postMessage is a post.
func postMessage(t testing.TB) protoreflect.MessageDescriptor {
	t.Helper()
	return messageOf(t, embedMessages, postFields)
}

// columnsOf are codecs of fields of a message, for columns of their names.
func columnsOf(t testing.TB, m protoreflect.MessageDescriptor, types map[string]Type) []*Codec {
	t.Helper()
	var codecs []*Codec
	for i := range m.Fields().Len() {
		field := m.Fields().Get(i)
		typ, ok := types[string(field.Name())]
		if !ok {
			continue
		}
		c, err := NewCodec(Column{Name: string(field.Name()), Type: typ, Field: field})
		if err != nil {
			t.Fatal(err)
		}
		codecs = append(codecs, c)
	}
	if len(codecs) != len(types) {
		t.Fatalf("%s lacks fields for some of %v", m.FullName(), types)
	}
	return codecs
}

// fieldNamed is a field of a message.
func fieldNamed(m protoreflect.MessageDescriptor, name protoreflect.Name) protoreflect.FieldDescriptor {
	return m.Fields().ByName(name)
}

// embedLimits are the limits of posts' comments and of comments' replies.
type embedLimits struct {
	comments, replies       int
	cutComments, cutReplies bool
}

// postPlan is the plan of a post with an author and comments, each with an
// author and replies. Its authors have a name, and a balance that is cast.
func postPlan(t testing.TB, limits embedLimits) *Plan {
	t.Helper()
	post := postMessage(t)
	comments := fieldNamed(post, "comments")
	comment := comments.Message()
	replies := fieldNamed(comment, "replies")
	author := NewPlan(columnsOf(t, fieldNamed(post, "author").Message(), map[string]Type{"name": textType, "balance": moneyType}))
	text := map[string]Type{"id": int4Type, "body": textType}
	return NewPlanWith(columnsOf(t, post, map[string]Type{"id": int4Type, "title": textType}), []Embed{
		{Field: fieldNamed(post, "author"), Plan: author},
		{Field: comments, Limit: limits.comments, Cut: limits.cutComments, Plan: NewPlanWith(columnsOf(t, comment, text), []Embed{
			{Field: fieldNamed(comment, "author"), Plan: author},
			{Field: replies, Limit: limits.replies, Cut: limits.cutReplies, Plan: NewPlan(columnsOf(t, replies.Message(), text))},
		})},
	})
}

// An attribute of a record in binary; its value is nil for NULL.
type attribute struct {
	oid   uint32
	value []byte
}

func recordBytes(attributes ...attribute) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(attributes)))
	for _, a := range attributes {
		b = sized(binary.BigEndian.AppendUint32(b, a.oid), a.value)
	}
	return b
}

func recordsBytes(records ...[]byte) []byte {
	if len(records) == 0 {
		return []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, oidRecord >> 8, oidRecord & 0xff}
	}
	var b []byte
	for _, word := range []int{1, 0, oidRecord, len(records), 1} {
		b = binary.BigEndian.AppendUint32(b, uint32(word))
	}
	for _, r := range records {
		b = sized(b, r)
	}
	return b
}

// sized appends a value with its length before it, -1 for NULL.
func sized(b, value []byte) []byte {
	if value == nil {
		return binary.BigEndian.AppendUint32(b, 0xffffffff)
	}
	return append(binary.BigEndian.AppendUint32(b, uint32(len(value))), value...)
}

func intBytes(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

func authorBytes(name string) []byte {
	return recordBytes(attribute{oidText, []byte(name)}, attribute{oidNumeric, []byte{0, 1, 0, 0, 0, 0, 0, 2, 0, 7}})
}

func replyBytes(id int) []byte {
	return recordBytes(attribute{oidInt4, intBytes(id)}, attribute{oidText, []byte("r")})
}

func commentBytes(id int, author []byte, replies ...[]byte) []byte {
	return recordBytes(attribute{oidInt4, intBytes(id)}, attribute{oidText, nil},
		attribute{oidRecord, author}, attribute{oidRecordArray, recordsBytes(replies...)})
}

// postRow is a row of postPlan with three comments, of three, one and no
// replies, the last two without an author.
func postRow() [][]byte {
	return [][]byte{
		intBytes(1), []byte("t"), authorBytes("Ada"),
		recordsBytes(
			commentBytes(1, authorBytes("Bob"), replyBytes(1), replyBytes(2), replyBytes(3)),
			commentBytes(2, nil, replyBytes(4)),
			commentBytes(3, nil),
		),
	}
}

const postText = `id: 1 title: "t" author {name: "Ada" balance: "7.00"}
	comments {id: 1 author {name: "Bob" balance: "7.00"} replies {id: 1 body: "r"} replies {id: 2 body: "r"} replies {id: 3 body: "r"}}
	comments {id: 2 replies {id: 4 body: "r"}} comments {id: 3}`

// readPost runs a row through a writer of plan and lets the protobuf library
// read the message.
func readPost(t testing.TB, plan *Plan, row [][]byte) (*dynamicpb.Message, map[string]int, error) {
	t.Helper()
	w := plan.NewWriter()
	b, err := w.AppendRow([]byte("before"), row)
	if string(b[:6]) != "before" {
		t.Fatalf("what was before was changed: %q", b)
	}
	if b = b[6:]; err != nil {
		if len(b) > 0 {
			t.Fatalf("error %v with %d bytes", err, len(b))
		}
		return nil, nil, err
	}
	msg := dynamicpb.NewMessage(postMessage(t))
	if err := proto.Unmarshal(b, msg); err != nil {
		t.Fatalf("the message written of %x is malformed: %v\n%x", row, err, b)
	}
	cuts := map[string]int{}
	for path, rows := range w.Cuts() {
		cuts[path] += rows
	}
	return msg, cuts, nil
}
