package filter

import (
	"encoding/binary"
	"strings"

	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// compareRange is ":", which looks for a value or a range within, or a
// comparison of a range with another.
func (w *walker) compareRange(t *target, op query.Op, l literal, at query.Alias) (query.Expr, error) {
	c := t.column
	if op == has {
		return w.rangeHas(c, l, at)
	}
	arg, err := w.rangeArg(&c.Type, c.values().of, l)
	return query.Compare{Left: c.Operand(at), Op: op, Right: arg}, err
}

// rangeHas holds where a range or a multirange has a value, or a range, in it.
func (w *walker) rangeHas(c *Column, l literal, at query.Alias) (query.Expr, error) {
	text, err := w.plain(l)
	if err != nil {
		return nil, err
	}
	var arg query.Arg
	if strings.HasPrefix(text, "[") || strings.HasPrefix(text, "(") {
		arg, err = w.rangeArg(rangeType(c), c.values().of, l)
	} else {
		arg, err = w.arg(c.values().of, l)
	}
	return query.Compare{Left: c.Operand(at), Op: query.Contains, Right: arg}, err
}

// rangeType is a column's type, or that of the ranges of a multirange.
func rangeType(c *Column) *wire.Type {
	if c.Type.Kind == wire.Multirange {
		return c.Type.Elem
	}
	return &c.Type
}

// The flags of range_send's form.
const (
	emptyRange    = 0x01
	lowerIncluded = 0x02
	upperIncluded = 0x04
	lowerInfinite = 0x08
	upperInfinite = 0x10
)

// rangeArg adds a range in Postgres' text form, such as [2024-01-01,2024-02-01),
// as an argument.
// https://www.postgresql.org/docs/current/rangetypes.html#RANGETYPES-IO
func (w *walker) rangeArg(t *wire.Type, of *values, l literal) (query.Arg, error) {
	text, err := w.plain(l)
	if err != nil {
		return query.Arg{}, err
	}
	if t.Kind == wire.Multirange || !of.binary() {
		raw, err := w.append([]byte{}, strs, l)
		return w.p.Arg(raw, wire.Param{OID: t.OID, Text: true}), err
	}
	if text = strings.TrimSpace(text); strings.EqualFold(text, "empty") {
		return w.p.Arg([]byte{emptyRange}, wire.Param{OID: t.OID}), nil
	}
	lower, upper, ok := bounds(text)
	if !ok {
		return query.Arg{}, w.fault(l.at, "has %s, which is no range of type %s; write it as [from,to) or [from,to], with an end left out for none", Shown(text), t.Name)
	}
	dst := []byte{0}
	if text[0] == '[' {
		dst[0] |= lowerIncluded
	}
	if text[len(text)-1] == ']' {
		dst[0] |= upperIncluded
	}
	for _, b := range []struct {
		text     *string
		infinite byte
	}{{lower, lowerInfinite}, {upper, upperInfinite}} {
		if b.text == nil {
			dst[0] |= b.infinite
			continue
		}
		start := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		if dst, err = w.append(dst, of, literal{raw: escape.Replace(*b.text), quoted: true, at: l.at}); err != nil {
			return query.Arg{}, err
		}
		binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4)) //nolint:gosec // Limits bound it.
	}
	return w.p.Arg(dst, wire.Param{OID: t.OID}), nil
}

// bounds reads the two bounds of a range, nil for none.
func bounds(text string) (lower, upper *string, ok bool) {
	if len(text) < 3 || strings.IndexByte("[(", text[0]) < 0 || strings.IndexByte("])", text[len(text)-1]) < 0 {
		return nil, nil, false
	}
	lower, rest, ok := bound(text[1 : len(text)-1])
	if !ok || !strings.HasPrefix(rest, ",") {
		return nil, nil, false
	}
	upper, rest, ok = bound(rest[1:])
	return lower, upper, ok && rest == ""
}

// bound reads a bound up to the comma behind it; nil for none. In quotes a
// doubled quote is one.
func bound(s string) (value *string, rest string, ok bool) {
	trimmed := strings.TrimSpace(s)
	if !strings.HasPrefix(trimmed, `"`) {
		end := strings.IndexByte(s, ',')
		if end < 0 {
			end = len(s)
		}
		if v := strings.TrimSpace(s[:end]); v != "" {
			value = &v
		}
		return value, s[end:], true
	}
	var b strings.Builder
	for i := 1; i < len(trimmed); i++ {
		switch c := trimmed[i]; {
		case c == '"' && strings.HasPrefix(trimmed[i+1:], `"`), c == '\\' && i+1 < len(trimmed):
			i++
			b.WriteByte(trimmed[i])
		case c == '"':
			v := b.String()
			return &v, strings.TrimSpace(trimmed[i+1:]), true
		default:
			b.WriteByte(c)
		}
	}
	return nil, "", false
}
