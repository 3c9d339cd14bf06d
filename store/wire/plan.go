package wire

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// Plan writes rows as messages. It is immutable and safe for concurrent use.
type Plan struct {
	steps  []step
	embeds []embedStep
	notes  int // how many embeds there are, those within embeds too
}

// step is a codec as the loop over a row's columns uses it.
type step struct {
	read  readFunc
	tag   []byte
	zero  int
	codec *Codec
}

// NewPlan returns the plan of a row whose columns are those of codecs, in
// their order. The fields of a message are written in that order too.
func NewPlan(codecs []*Codec) *Plan {
	p := &Plan{steps: make([]step, len(codecs))}
	for i, c := range codecs {
		p.steps[i] = stepOf(c)
	}
	return p
}

func stepOf(c *Codec) step { return step{read: c.read, tag: c.tag, zero: c.zero, codec: c} }

// appendField appends a field that is not NULL, unless it is a zero value that
// is left out. Its errors are faults.
func (s *step) appendField(dst, src []byte) ([]byte, error) {
	mark := len(dst)
	dst = append(dst, s.tag...)
	value := len(dst)
	dst, err := s.read(dst, src)
	if err != nil {
		return dst, err
	}
	if len(dst)-value == s.zero && isZero(dst[value:]) {
		dst = dst[:mark]
	}
	return dst, nil
}

// AppendRow appends the message of one row. The row has a value for each
// codec and then for each embed, in Postgres' binary format, nil for NULL. NULL
// is left out, as are zero values of fields without presence. Nothing of row is
// kept.
//
// The error is a *ValueError that names the column, and dst is then returned
// as it was given. More embedded rows than their limit are always an error,
// since there is nobody to tell: a [Writer] can cut them.
func (p *Plan) AppendRow(dst []byte, row [][]byte) ([]byte, error) {
	start := len(dst)
	if len(row) != len(p.steps) || p.embeds != nil {
		return p.appendWide(dst, row, nil)
	}
	for i := range p.steps {
		src := row[i]
		if src == nil {
			continue
		}
		// As appendField, whose call would cost a row a twentieth of its time.
		s := &p.steps[i]
		mark := len(dst)
		if len(s.tag) == 1 {
			dst = append(dst, s.tag[0])
		} else {
			dst = append(dst, s.tag...)
		}
		value := len(dst)
		var err error
		if dst, err = s.read(dst, src); err != nil {
			return dst[:start], s.codec.readError(err)
		}
		if len(dst)-value == s.zero && isZero(dst[value:]) {
			dst = dst[:mark]
		}
	}
	return dst, nil
}

// AppendField appends the message of one row as the field num of an outer
// message: the tag, the length, then what AppendRow appends.
func (p *Plan) AppendField(dst []byte, num protowire.Number, row [][]byte) ([]byte, error) {
	start := len(dst)
	dst = protowire.AppendTag(dst, num, protowire.BytesType)
	at := len(dst)
	dst = append(dst, 0)
	dst, err := p.AppendRow(dst, row)
	if err != nil {
		return dst[:start], err
	}
	return closeLength(dst, at), nil
}

// String lists the codecs and the embeds, one a line, and indented below an
// embed what its rows have.
func (p *Plan) String() string {
	var b strings.Builder
	p.print(&b, "")
	return b.String()
}

func (p *Plan) print(b *strings.Builder, indent string) {
	for i := range p.steps {
		fmt.Fprintf(b, "%s%s\n", indent, p.steps[i].codec)
	}
	for i := range p.embeds {
		fmt.Fprintf(b, "%s%s\n", indent, &p.embeds[i])
		p.embeds[i].Plan.print(b, indent+"  ")
	}
}

// width is how many values a row has.
func (p *Plan) width() int { return len(p.steps) + len(p.embeds) }

func (p *Plan) widthError(row [][]byte) error {
	return &ValueError{
		Kind: Precondition,
		Text: fmt.Sprintf("the row has %d columns where %d were planned", len(row), p.width()),
	}
}

// isZero says whether b is of zero bytes only.
func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// closeLength writes the length of what follows dst[at] into the one byte that
// was kept for it there, and makes room when the length takes more.
func closeLength(dst []byte, at int) []byte {
	n := len(dst) - at - 1
	if n < 0x80 {
		dst[at] = byte(n)
		return dst
	}
	size := protowire.SizeVarint(uint64(n))
	var room [10]byte
	dst = append(dst, room[:size-1]...)
	copy(dst[at+size:], dst[at+1:at+1+n])
	protowire.AppendVarint(dst[:at], uint64(n))
	return dst
}
