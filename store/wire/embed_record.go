package wire

import "encoding/binary"

// appendRecord appends the message of a row that came as a record (record.go):
// what AppendRow appends of the same values. The error is a *ValueError that
// names the column, or errForm when the record is another than was planned.
func (p *Plan) appendRecord(dst, src []byte, notes []int) ([]byte, error) {
	if len(src) < 4 || binary.BigEndian.Uint32(src) != uint32(p.width()) {
		return dst, errForm
	}
	src = src[4:]
	for i := range p.steps {
		oid, value, rest, ok := nextAttribute(src)
		if !ok {
			return dst, errForm
		}
		src = rest
		s := &p.steps[i]
		if !s.codec.results(oid) {
			return dst, s.codec.readError(errForm)
		}
		if value == nil {
			continue
		}
		var err error
		if dst, err = s.appendField(dst, value); err != nil {
			return dst, s.codec.readError(err)
		}
	}
	for i := range p.embeds {
		oid, value, rest, ok := nextAttribute(src)
		if !ok {
			return dst, errForm
		}
		src = rest
		e := &p.embeds[i]
		if oid != e.oid {
			return dst, e.formError()
		}
		if value == nil {
			continue
		}
		var err error
		if dst, err = e.appendTo(dst, value, notes); err != nil {
			return dst, err
		}
	}
	if len(src) > 0 {
		return dst, errForm
	}
	return dst, nil
}

// nextAttribute takes the first attribute off a record's; its value is nil
// when it is NULL.
func nextAttribute(src []byte) (oid uint32, value, rest []byte, ok bool) {
	if len(src) < 8 {
		return 0, nil, nil, false
	}
	oid = binary.BigEndian.Uint32(src)
	size := int32(binary.BigEndian.Uint32(src[4:]))
	src = src[8:]
	switch {
	case size == -1:
		return oid, nil, src, true
	case size < 0 || int(size) > len(src):
		return 0, nil, nil, false
	}
	return oid, src[:size], src[size:], true
}

// results says whether a record's attribute of the OID can be the codec's
// result. RowDescription tells the base type of a domain, and a record the
// domain itself.
func (c *Codec) results(oid uint32) bool {
	return oid == c.travel.result || c.travel.result == 0 || oid == c.column.OID && c.travel.cast == ""
}
