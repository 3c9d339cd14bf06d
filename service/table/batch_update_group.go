package table

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store/query"
)

// write writes what becomes of rows that are alike: one UPDATE of all of them,
// which takes their values from arrays, or one for each where there is but one, or
// where a column's values cannot travel in an array.
func (w *updatedRows) write(group []int, asked selected) error {
	s := w.rows[group[0]].shape
	fields := w.one.involved(s)
	if len(group) > 1 && !slices.ContainsFunc(fields, func(f *field) bool { return f.unnested().array == 0 }) {
		return w.together(group, fields, asked)
	}
	for _, i := range group {
		up, err := w.one.updating(s, asked, w.captures(i))
		if err != nil {
			return err
		}
		w.single(i, up)
	}
	return nil
}

// captures is what a transaction has to do with one of the rows: only of the
// first one it captures values.
func (w *updatedRows) captures(i int) *staging {
	if i > 0 {
		return nil
	}
	return w.in
}

// single is an UPDATE of the row of one of the requests.
func (w *updatedRows) single(i int, up *updating) {
	row := w.rows[i]
	st := w.one.step(up, row.shape, row.args)
	also := st.failed
	st.failed = func(err error) error {
		if also != nil {
			err = also(err)
		}
		return within(fmt.Sprintf("requests[%d]", i), w.call.method.status(w.call.ctx, w.call.as, err))
	}
	if len(up.Results) > 0 {
		st.row = func(values [][]byte) error {
			if w.captures(i) != nil {
				w.in.take(values[up.width:])
			}
			return w.answer(i, up, values)
		}
	} else {
		st.row = nil
	}
	w.steps = append(w.steps, st)
	w.singles = append(w.singles, single{i, st})
}

// single is a statement that is of one request.
type single struct {
	request int
	step    *step
}

// together is an UPDATE of the rows of several requests. It answers their numbers,
// since it finds rows in any order.
func (w *updatedRows) together(group []int, fields []*field, asked selected) error {
	o := w.one
	s := w.rows[group[0]].shape
	in := w.captures(group[0])
	key := updateKey{shape: string(s), selected: asked, capture: in.captures(), rows: true}
	up, err := kept(o.statements, key, func() (*updating, error) {
		return o.resource.write(asked, in, func(p *filter.Params) query.Update { return o.rowsUpdate(s, fields, p) })
	})
	if err != nil {
		return err
	}
	st := &step{Statement: up.Statement, args: slices.Clone(up.args)}
	for j, f := range fields {
		st.args = append(st.args, w.array(group, j, f.unnested().element))
	}
	if slices.Contains(s, added) {
		st.failed = func(err error) error {
			return within("requests", w.call.method.status(w.call.ctx, w.call.as, o.failed(s, err)))
		}
	}
	st.row = func(values [][]byte) error {
		last := len(values) - 1
		if last < 0 || len(values[last]) != 8 {
			return errors.New("table: a row's number is no bigint")
		}
		n := int(binary.BigEndian.Uint64(values[last])) - 1
		if n < 0 || n >= len(group) {
			return errors.New("table: a row's number is that of none")
		}
		if in != nil && group[n] == 0 {
			in.take(values[up.width:last])
		}
		return w.answer(group[n], up, values)
	}
	w.steps = append(w.steps, st)
	return nil
}

// rowsUpdate is an UPDATE whose arguments are arrays, behind those of p.
func (o *update) rowsUpdate(s shape, fields []*field, p *filter.Params) query.Update {
	from, args := &query.Unnest{As: p.Alias()}, len(p.Args)
	for i, f := range fields {
		from.Arrays = append(from.Arrays, query.Arg{N: args + i, OID: f.unnested().array})
	}
	next := 0
	value := func(_ int, f *field) query.Operand {
		next++
		var item query.Operand = from.Column(next - 1)
		if cast := f.unnested().cast; cast != "" {
			item = query.Cast{Of: item, Type: cast}
		}
		return item
	}
	up := query.Update{Relation: o.from, From: from, Where: have(o.key, value)}
	up.Sets = o.sets(s, func(f *field) query.Operand { return value(0, f) })
	if expected := o.expected(s); len(expected) > 0 {
		up.Where = append(query.And{up.Where}, have(expected, value)...)
	}
	up.Returning = []query.Column{{Of: from.Number(), OID: bigintOID}}
	return up
}

// bigintOID is the OID of type bigint, which never changes.
const bigintOID = 20

// array is the j-th argument of the rows of a group, as an array.
func (w *updatedRows) array(group []int, j int, element uint32) []byte {
	size := itemsHeader
	for _, i := range group {
		size += 4 + len(w.rows[i].args[j])
	}
	array := items(make([]byte, 0, size)).begin(0)
	for _, i := range group {
		value := w.rows[i].args[j]
		if value == nil {
			array = array.null()
			continue
		}
		at := len(array)
		array = append(array.room(), value...)
		array.size(at)
	}
	array.end(element, len(group))
	return array
}

// answer takes what is answered of the row of one of the requests.
func (w *updatedRows) answer(i int, up *updating, values [][]byte) error {
	if w.spans[i].found {
		return errKeyNotUnique(w.one.resource)
	}
	w.spans[i].found = true
	w.spans[i].start, w.spans[i].end = len(w.answers), len(w.answers)
	// What is too large is not kept, but that it is.
	if up.answer == nil || len(w.answers) > maxPageBytes {
		return nil
	}
	var err error
	w.answers, err = up.answer.AppendField(w.answers, w.items, values[:up.width])
	w.spans[i].end = len(w.answers)
	return err
}
