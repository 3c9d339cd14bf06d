package table

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// groups is a statement that answers a grouping, and how its rows are written.
type groups struct {
	*query.Statement
	args  [][]byte
	parts []written
}

// written is a field of a group, and the columns of a row that it is written of.
type written struct {
	// field is 0 for a value that is no message, and then in the group itself.
	field protowire.Number
	plan  *wire.Plan
	width int
	// within are fields of the message, whose columns come behind its own.
	within []written
}

// append writes the group of a row as the field of a number.
func (g *groups) append(dst []byte, number protowire.Number, row [][]byte) (_ []byte, err error) {
	start := len(dst)
	for i := range g.parts {
		if dst, row, err = g.parts[i].append(dst, row); err != nil {
			return dst, err
		}
	}
	return enclose(dst, start, number), nil
}

// append writes the field, and returns what it has left of the row.
func (w *written) append(dst []byte, row [][]byte) (_ []byte, rest [][]byte, err error) {
	start := len(dst)
	if dst, err = w.plan.AppendRow(dst, row[:w.width]); err != nil {
		return dst, nil, err
	}
	row = row[w.width:]
	for i := range w.within {
		within, columns := len(dst), row
		if dst, row, err = w.within[i].append(dst, row); err != nil {
			return dst, nil, err
		}
		if allNull(columns[:len(columns)-len(row)]) {
			dst = dst[:within] // There may be no row.
		}
	}
	if w.field != 0 {
		dst = enclose(dst, start, w.field)
	}
	return dst, row, nil
}

func allNull(columns [][]byte) bool {
	for _, c := range columns {
		if c != nil {
			return false
		}
	}
	return true
}

// enclose makes what was written since start the field of a number.
func enclose(dst []byte, start int, number protowire.Number) []byte {
	size := len(dst) - start
	room := protowire.SizeTag(number) + protowire.SizeVarint(uint64(size))
	var zeros [2 * 10]byte
	dst = append(dst, zeros[:room]...)
	copy(dst[start+room:], dst[start:start+size])
	protowire.AppendVarint(protowire.AppendTag(dst[:start], number, protowire.BytesType), uint64(size))
	return dst
}

// written adds what is asked of a part to a SELECT.
func (p *part) written(asked map[*computed]bool, s *query.Select) written {
	w := written{field: p.number}
	if p.name == countPart {
		w.field = 0
	}
	var codecs []*wire.Codec
	for _, v := range p.values {
		if asked[v] {
			codecs = append(codecs, v.codec)
			s.Columns = append(s.Columns, v.selected())
		}
	}
	w.plan, w.width = wire.NewPlan(codecs), len(codecs)
	return w
}
