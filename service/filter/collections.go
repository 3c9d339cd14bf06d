package filter

import (
	"encoding/binary"
	"errors"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// compareArray compares an array with one of the values.
func (w *walker) compareArray(c *Column, op query.Op, list []literal, at query.Alias) (query.Expr, error) {
	arg, err := w.items(c, list)
	return query.Compare{Left: c.Operand(at), Op: op, Right: arg}, err
}

func (w *walker) items(c *Column, list []literal) (query.Arg, error) {
	of := c.values().of
	for _, l := range list {
		if l.null() {
			return query.Arg{}, w.fault(l.at, "looks for null in a list")
		}
	}
	if of.binary() {
		elem := c.Type.ElemOID
		if elem == 0 {
			elem = of.typ.OID
		}
		return w.array(of, elem, wire.Param{OID: c.Type.OID}, list)
	}
	codec, err := wire.NewCodec(wire.Column{
		Name: c.Name, Type: c.Type, Field: (&fieldmaskpb.FieldMask{}).ProtoReflect().Descriptor().Fields().ByName("paths"),
	})
	if err != nil {
		return query.Arg{}, w.fault(list[0].at, "looks for values of type %s, which cannot be", of.typ.Name)
	}
	in := wire.Value{Present: true}
	for _, l := range list {
		text, err := w.plain(l)
		if err == nil {
			err = w.fits(of, l)
		}
		if err != nil {
			return query.Arg{}, err
		}
		in.Items = append(in.Items, []byte(text))
	}
	raw, err := codec.AppendParam([]byte{}, in)
	var bad *wire.ValueError
	if errors.As(err, &bad) {
		return query.Arg{}, w.fault(list[0].at, "has a value of type %s that is wrong: %s", of.typ.Name, bad.Text)
	}
	return w.p.Arg(raw, codec.Param()), err
}

// cardinality compares the number of an array's values with 0.
func (w *walker) cardinality(c *Column, op query.Op, at query.Alias) (query.Expr, error) {
	count := query.Func{Name: query.Cardinality, Args: []query.Operand{c.Operand(at)}}
	arg := w.p.Arg(binary.BigEndian.AppendUint32(nil, 0), wire.Param{OID: oidInt4})
	return query.Compare{Left: count, Op: op, Right: arg}, nil
}

// compareHstore compares the value of a key, or looks for the key.
func (w *walker) compareHstore(t *target, op query.Op, l literal, at query.Alias) (query.Expr, error) {
	c := t.column
	if len(t.steps) == 0 {
		switch {
		case l.null(), op == has && l.star():
			return query.Null{Of: c.Operand(at), Not: op != query.Equal}, nil
		case op == has:
			return w.hasKey(c, l, at)
		}
		return nil, w.fault(t.at, `compares %s by an operator, but it is a map; write %s.key = "x" or %s:"key"`, t.name, t.name, t.name)
	}
	value, err := w.member(t, at)
	switch {
	case err != nil:
		return nil, err
	case l.null(), op == has && l.star():
		return query.Null{Of: value, Not: op != query.Equal}, nil
	case op == has || isEquality(op):
		return w.matchText(value, query.Like, op, l)
	}
	arg, err := w.arg(strs, l)
	return query.Compare{Left: value, Op: op, Right: arg}, err
}

// member is the value of an hstore's key, a text.
func (w *walker) member(t *target, at query.Alias) (query.Operand, error) {
	key, err := w.str(t.steps[0], t.at)
	return query.Member{Of: t.column.Operand(at), Key: key, Operators: t.column.schema()}, err
}

func (w *walker) hasKey(c *Column, key literal, at query.Alias) (query.Expr, error) {
	arg, err := w.arg(strs, key)
	return query.Compare{Left: c.Operand(at), Op: query.HasKey, Right: arg, Operators: c.schema()}, err
}
