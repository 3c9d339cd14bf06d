package protogen

import "google.golang.org/protobuf/reflect/protoreflect"

// The declarations that a pull wants, in the terms of a .proto file. Types and
// values are text as the file has it. have is the declaration that is there
// already, nil for a new one.

type message struct {
	name    string
	comment comment
	options []option
	fields  []*field
	// oneof is the one that fields stand in.
	oneof *oneof
	// nested are new messages within this one.
	nested []*message
	// counted says that a member which has another's number is that one,
	// renamed: not so where the whole is made anew for every change, as a view.
	counted bool
	// gone are the fields of have to take out and to reserve.
	gone []goneField
	// apart are the fields of have that stand for no member, by their names.
	apart map[protoreflect.Name]bool
	have  protoreflect.MessageDescriptor
}

type oneof struct {
	name    string
	comment comment
}

type field struct {
	name    string
	number  int32
	label   string // optional, repeated or nothing
	typ     string
	comment comment
	options []option
	// rules are those of buf.validate that the schema implies.
	rules rules
	// keyRules are those of the same value in a request, where it is required.
	keyRules rules
	// behavior is google.api.field_behavior, and input says that the field would
	// take values without it.
	behavior []string
	input    bool
	// proposed is the scalar that a new field would have.
	proposed string
	// fresh says that what the field is for is new, so that nobody can have
	// taken the field out.
	fresh bool
	// byType says that a field of another name is this one when it is of the
	// same type.
	byType bool
	// last puts a new field behind all that the message has.
	last bool
	// inOneof says that the field stands in the message's oneof.
	inOneof bool
	have    protoreflect.FieldDescriptor
}

type goneField struct {
	have protoreflect.FieldDescriptor
	why  string
}

type enum struct {
	name    string
	comment comment
	options []option
	values  []*enumValue
	gone    []protoreflect.EnumValueDescriptor
	have    protoreflect.EnumDescriptor
}

type enumValue struct {
	name    string
	number  int32
	label   string
	zero    bool
	comment comment
	have    protoreflect.EnumValueDescriptor
}

type service struct {
	name     string
	comment  comment
	policies string
	methods  []*method
	gone     []protoreflect.MethodDescriptor
	have     protoreflect.ServiceDescriptor
}

type method struct {
	name          string
	comment       comment
	input, output string
	// requests and responses say that the method takes or gives a stream.
	requests, responses bool
	http                http
	// operation is the body of (rowgate.v1.method): "get: {}".
	operation string
	// operationChanged says that the file's operation is to be replaced.
	operationChanged bool
	// rank is the method's place among new ones.
	rank int
	have protoreflect.MethodDescriptor
}

// http is a google.api.http rule.
type http struct{ verb, path, body string }

// option is an option with its value, as a file writes them.
type option struct{ name, value string }

// comment is what stands above a declaration.
type comment struct {
	text string
	// plain is what stands there while the database has no comment: where the
	// file has that, a comment of the database takes its place.
	plain string
}

// said is a comment of our own, with which nothing in the database competes.
func said(text string) comment { return comment{text, text} }
