package wire

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// ErrorKind says whose fault a ValueError is, and so which status it becomes.
type ErrorKind uint8

const (
	// Invalid is a value of a request that is not of the field's form:
	// INVALID_ARGUMENT.
	Invalid ErrorKind = iota + 1
	// OutOfRange is a well-formed value that the other side cannot hold
	// without loss: OUT_OF_RANGE.
	OutOfRange
	// Precondition is a stored value that the contract has no place for, such
	// as an enum label without a value: FAILED_PRECONDITION.
	Precondition
)

// String returns the kind's name, for logs.
func (k ErrorKind) String() string {
	switch k {
	case Invalid:
		return "invalid"
	case OutOfRange:
		return "out of range"
	case Precondition:
		return "precondition"
	default:
		return "ErrorKind(" + strconv.Itoa(int(k)) + ")"
	}
}

// ValueError is the error of every value that cannot be converted. Its text is
// made for the client: it says nothing of the server but the column's name and
// type, and of the values only the one at fault, shortened.
type ValueError struct {
	// Column is the column's name when a stored value cannot be given, within
	// embedded rows behind the relations' fields: "comments.author.name". Of
	// rows that cannot be given as a whole it is their relation: "comments".
	// Empty when a request's value cannot be taken.
	Column string
	// Field is the field's name when a request's value cannot be taken, with
	// the index of the item where the field is repeated and the path to what
	// is at fault within a message: "tags[3]", "home.lines[0].text". A caller
	// may put the path to the message before it. Empty when a stored value
	// cannot be given, and when a message is malformed as a whole.
	Field string
	// Kind is the status that the error becomes.
	Kind ErrorKind
	// Text says what is wrong, without the name.
	Text string

	relation bool // Column is a relation
}

// Error returns the whole sentence: the field or the column, then the text.
func (e *ValueError) Error() string {
	switch {
	case e.Field != "":
		return e.Field + ": " + e.Text
	case e.relation:
		return `relation "` + e.Column + `": ` + e.Text
	case e.Column != "":
		return `column "` + e.Column + `": ` + e.Text
	default:
		return e.Text
	}
}

// fault is what the functions of single values return: they know neither the
// column nor the field, which the codec adds. All their errors are faults.
type fault struct {
	kind ErrorKind
	text string
	// place is where in the value the fault is: of one that is read it stands
	// before the text ("item 3 of the array: "), of one that is written behind
	// the field's name ("[2].street").
	place string
}

func (f *fault) Error() string { return f.text }

func invalid(format string, args ...any) error {
	return &fault{kind: Invalid, text: fmt.Sprintf(format, args...)}
}

func outOfRange(format string, args ...any) error {
	return &fault{kind: OutOfRange, text: fmt.Sprintf(format, args...)}
}

func precondition(format string, args ...any) error {
	return &fault{kind: Precondition, text: fmt.Sprintf(format, args...)}
}

// errForm is a stored value whose bytes are not of its type's binary form.
var errForm error = &fault{kind: Precondition, text: "the value is not of the form of its type"}

// within is err as the error of what stands at a place of a value, in the form
// of fault.place.
func within(place string, err error) error {
	f := asFault(err)
	return &fault{kind: f.kind, text: f.text, place: place + f.place}
}

// atItem is err as the error of an item that is read.
func atItem(err error, index int, of string) error {
	return within(fmt.Sprintf("item %d of the %s: ", index+1, of), err)
}

// atIndex is err as the error of an item that is written.
func atIndex(err error, index int) error {
	return within(fmt.Sprintf("[%d]", index), err)
}

func asFault(err error) *fault {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	// A Decoder of a message within the value knows the field.
	var v *ValueError
	if errors.As(err, &v) {
		f = &fault{kind: v.Kind, text: v.Text}
		if v.Field != "" {
			f.place = "." + v.Field
		}
		return f
	}
	return &fault{kind: Precondition, text: "the value cannot be converted"}
}

// readError is err as the error of reading the column.
func (c *Codec) readError(err error) error {
	f := asFault(err)
	e := &ValueError{Column: c.column.Name, Kind: f.kind, Text: f.text}
	if f.text == errForm.Error() {
		e.Text = "the stored value is not of the type " + c.column.Type.Name +
			" that the server read when it started; the table has changed since, so the server must read it again"
	}
	e.Text = f.place + e.Text
	return e
}

// writeError is err as the error of writing the field.
func (c *Codec) writeError(err error) error {
	f := asFault(err)
	return &ValueError{Field: string(c.column.Field.Name()) + f.place, Kind: f.kind, Text: f.text}
}

// shown is a value of a request as errors show it: quoted, and cut short.
func shown(b []byte) string {
	const most = 40
	if len(b) <= most {
		return strconv.Quote(string(b))
	}
	cut := most
	for cut > most-utf8.UTFMax && !utf8.RuneStart(b[cut]) {
		cut--
	}
	return strconv.Quote(string(b[:cut])) + "..."
}
