package wire

import (
	"encoding/binary"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Embed is rows of another relation within a row, as one column of it that is
// the last thing selected: of one row at most
//
//	(select row(a."id", a."name") from ...)
//
// which is NULL when there is none, and of several
//
//	array(select row(c."id", c."body") from ... limit n)
//
// The record's attributes are the columns and then the embeds of Plan, each
// selected as it would be in a row of its own, casts and all.
type Embed struct {
	// Field is the message that a row becomes, repeated for several rows. Its
	// name is how errors and [Writer.Cuts] call the relation.
	Field protoreflect.FieldDescriptor
	// Plan writes the rows. Its codecs' fields are those of Field's message.
	Plan *Plan
	// Limit is how many rows of a repeated field are written at most; 0 is no
	// limit. The statement selects one more, which tells that there is more.
	Limit int
	// Cut says that rows beyond Limit are left out, of which the Writer takes
	// note. Otherwise they are an error, since nobody asked for fewer.
	Cut bool
}

// ResultOID returns the OID that the result column has, to be held against
// RowDescription: that of record, or of record[].
func (e *Embed) ResultOID() uint32 {
	if e.Field.IsList() {
		return oidRecordArray
	}
	return oidRecord
}

// embedStep is an Embed as rows are written with it.
type embedStep struct {
	Embed
	tag  []byte
	oid  uint32
	many bool
	note int // the index among Plan.notes of the cuts of Embed; those of its Plan follow
}

// NewPlanWith returns the plan of a row that has the values of codecs, as that
// of NewPlan, and then those of embeds. The fields of a message are written in
// that order too.
func NewPlanWith(codecs []*Codec, embeds []Embed) *Plan {
	p := NewPlan(codecs)
	if len(embeds) == 0 {
		return p
	}
	p.embeds = make([]embedStep, len(embeds))
	for i, e := range embeds {
		p.embeds[i] = embedStep{
			Embed: e,
			tag:   protowire.AppendTag(nil, e.Field.Number(), protowire.BytesType),
			oid:   e.ResultOID(),
			many:  e.Field.IsList(),
			note:  p.notes,
		}
		p.notes += 1 + e.Plan.notes
	}
	return p
}

// appendWide is AppendRow of rows with embeds, and of those with too few values
// or too many. It takes note of cuts when notes is not nil.
func (p *Plan) appendWide(dst []byte, row [][]byte, notes []int) ([]byte, error) {
	start := len(dst)
	if len(row) != p.width() {
		return dst, p.widthError(row)
	}
	columns := Plan{steps: p.steps}
	dst, err := columns.AppendRow(dst, row[:len(p.steps)])
	if err != nil {
		return dst, err
	}
	for i := range p.embeds {
		src := row[len(p.steps)+i]
		if src == nil {
			continue
		}
		if dst, err = p.embeds[i].appendTo(dst, src, notes); err != nil {
			return dst[:start], err
		}
	}
	return dst, nil
}

// appendTo appends the rows that src is. Its errors are ValueErrors.
func (e *embedStep) appendTo(dst, src []byte, notes []int) ([]byte, error) {
	below := notes
	if notes != nil {
		below = notes[e.note+1 : e.note+1+e.Plan.notes]
	}
	if !e.many {
		return e.appendMessage(dst, src, below)
	}
	count, items, err := recordItems(src)
	if err != nil {
		return dst, e.formError()
	}
	written := count
	if e.Limit > 0 && count > e.Limit {
		if !e.Cut || notes == nil {
			return dst, e.limitError()
		}
		written = e.Limit
		notes[e.note]++
	}
	for i := range count {
		item, rest, err := nextItem(items)
		if err != nil {
			return dst, e.formError()
		}
		items = rest
		if i >= written {
			continue
		}
		if dst, err = e.appendMessage(dst, item, below); err != nil {
			return dst, err
		}
	}
	if len(items) > 0 {
		return dst, e.formError()
	}
	return dst, nil
}

// appendMessage appends one row. One whose columns are all NULL is the empty
// message, since it is there.
func (e *embedStep) appendMessage(dst, src []byte, notes []int) ([]byte, error) {
	dst = append(dst, e.tag...)
	at := len(dst)
	dst, err := e.Plan.appendRecord(append(dst, 0), src, notes)
	switch {
	case err == errForm: //nolint:errorlint // It is never wrapped.
		return dst, e.formError()
	case err != nil:
		return dst, e.below(err)
	}
	return closeLength(dst, at), nil
}

// String describes the embed, for printing a plan:
// "record[] -> repeated app.v1.Comment comments = 1601, at most 20, then cut".
func (e *embedStep) String() string {
	record, most := "record", ""
	if e.many {
		record += "[]"
	}
	if e.many && e.Limit > 0 {
		then := "an error"
		if e.Cut {
			then = "cut"
		}
		most = fmt.Sprintf(", at most %d, then %s", e.Limit, then)
	}
	return fmt.Sprintf("%s -> %s %s = %d%s", record, fieldType(e.Field), e.Field.Name(), e.Field.Number(), most)
}

// recordItems is arrayItems of a record[], whose elements are of no other type.
func recordItems(src []byte) (count int, items []byte, err error) {
	if len(src) < arrayHeader || binary.BigEndian.Uint32(src[8:]) != oidRecord {
		return 0, nil, errForm
	}
	return arrayItems(src, oidRecord)
}
