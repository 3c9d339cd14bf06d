package table

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/wire"
)

// batchUpdate changes rows by their keys, each its own way, all or none.
// https://google.aip.dev/234
type batchUpdate struct {
	// one is how an item of requests is read, and written where it is alone.
	one     *update
	request *wire.Decoder
	asked   asked
	// items and count are the response's fields; count is 0 when there is none.
	items, count protowire.Number
}

func (b *Binder) bindBatchUpdate(md protoreflect.MethodDescriptor) operation {
	o := &batchUpdate{}
	message := b.batchAnswer(md, &o.items, &o.count)
	if message == nil {
		return nil
	}
	r := b.resource(md, message)
	found := b.request(md, known(map[protoreflect.Name]string{"requests": ""}, askReadMask, askRequestID, askValidateOnly))
	requests := found["requests"]
	if requests == nil || !requests.IsList() || requests.Kind() != protoreflect.MessageKind {
		b.problem(md, "the request of %s needs a repeated message requests, whose items are requests of an update", md.Name())
		return nil
	}
	if r == nil {
		return nil
	}
	if o.one = b.update(md, requests.Message(), r); o.one == nil {
		return nil
	}
	fields := []protoreflect.FieldDescriptor{requests}
	o.asked = askedIn(found, &fields)
	o.request = wire.NewDecoder(fields)
	return o
}

func (o *batchUpdate) target() target {
	return target{resource: o.one.resource, body: "requests." + o.one.bodyName}
}

func (o *batchUpdate) run(c *call, dst []byte) ([]byte, error) { return c.write(o, dst) }

func (o *batchUpdate) stage(c *call, msg, dst []byte, in *staging) (*staged, error) {
	if in != nil && len(in.used) > 0 {
		return nil, status.InvalidArgument("requests", "takes no values of other writes")
	}
	var err error
	if c.values, err = o.request.Decode(c.values[:0], msg); err != nil {
		return nil, err
	}
	requests := c.values[0].Items
	switch {
	case len(requests) == 0:
		return nil, status.InvalidArgument("requests", "is empty: give one request a row")
	case len(requests) > maxBatchRows:
		return nil, status.InvalidArgument("requests", fmt.Sprintf("are %d, and one call may have %d: send several", len(requests), maxBatchRows))
	}
	w := &updatedRows{
		batchUpdate: o, call: c, in: in, dst: dst,
		spans: make([]span, len(requests)), rows: make([]updatedRow, len(requests)),
	}
	w.requestID, w.validateOnly = o.asked.text(c, askRequestID), o.asked.value(c, askValidateOnly).Num != 0
	asked := o.asked.selected(c)
	if err := w.read(c, requests); err != nil {
		return nil, err
	}
	for _, g := range w.groups() {
		if err := w.write(g, asked); err != nil {
			return nil, err
		}
	}
	w.guarded, w.staged.done = true, w.done
	return &w.staged, nil
}

// updatedRows are rows that are updated, on their way.
type updatedRows struct {
	staged
	*batchUpdate
	call *call
	in   *staging
	dst  []byte
	// rows are what the requests make of their rows, and spans what is answered
	// of them, by the requests' numbers.
	rows    []updatedRow
	spans   []span
	answers []byte
	// singles are the statements that are of one request each.
	singles []single
}

// updatedRow is what one of the requests makes of its row.
type updatedRow struct {
	shape shape
	// args are as edits.args gives them.
	args [][]byte
}

// span is where the answer of a row stands; found says that there is one.
type span struct {
	start, end int
	found      bool
}

// read reads the requests, of which no two may have the same key.
func (w *updatedRows) read(c *call, requests [][]byte) error {
	at := func(i int) string { return fmt.Sprintf("requests[%d]", i) }
	keys := make(map[string]int, len(requests))
	var values []wire.Value
	var key []byte
	total := 0
	for i, request := range requests {
		var err error
		if values, err = w.one.request.Decode(values[:0], request); err != nil {
			return within(at(i), err)
		}
		if name := w.alone(values); name != "" {
			return status.InvalidArgument(at(i)+"."+name, "set it on the batch")
		}
		ed, err := w.one.read(c, values, nil)
		if err != nil {
			return within(at(i), err)
		}
		first := len(c.args)
		if err := w.one.args(c, ed); err != nil {
			return within(at(i), err)
		}
		row := updatedRow{ed.shape, c.args[first:len(c.args):len(c.args)]}
		w.rows[i] = row
		key = key[:0]
		for _, part := range row.args[:len(w.one.key)] {
			key = protowire.AppendBytes(key, part)
		}
		if other, twice := keys[string(key)]; twice {
			return status.InvalidArgument(at(i), fmt.Sprintf("has the key of requests[%d]: a batch changes a row once", other))
		}
		keys[string(key)] = i
		for _, arg := range row.args {
			total += len(arg)
		}
		if total > maxBatchBytes {
			return status.OutOfRange("requests", fmt.Sprintf("take more than %d MiB in the database: send several", maxBatchBytes>>20))
		}
	}
	return nil
}

// alone names what a request of a batch asks for itself alone; empty for nothing.
func (w *updatedRows) alone(values []wire.Value) string {
	for _, i := range []int{askReadMask, askInclude, askValidateOnly} {
		at := w.one.asked[i]
		if at >= 0 && values[at].Present && (i != askValidateOnly || values[at].Num != 0) {
			return string(asking[i].name)
		}
	}
	return ""
}

// groups are the numbers of the requests that are alike, and can share an UPDATE.
// To become NULL is to be given one.
func (w *updatedRows) groups() [][]int {
	numbers := map[string]int{}
	var groups [][]int
	for i := range w.rows {
		w.rows[i] = w.one.nulled(w.rows[i])
		key := string(w.rows[i].shape)
		n, known := numbers[key]
		if !known {
			n = len(groups)
			numbers[key] = n
			groups = append(groups, nil)
		}
		groups[n] = append(groups[n], i)
	}
	return groups
}

// nulled has NULL among the arguments, where it stood in the statement.
func (o *update) nulled(row updatedRow) updatedRow {
	if !slices.Contains(row.shape, cleared) {
		return row
	}
	args := slices.Clone(row.args[:len(o.key)])
	rest := row.args[len(o.key):]
	for i, mark := range row.shape[:len(o.fields)] {
		switch {
		case mark == cleared:
			row.shape.mark(i, given)
			args = append(args, nil)
		case hasArg(mark):
			args = append(args, rest[0])
			rest = rest[1:]
		}
	}
	return updatedRow{row.shape, append(args, rest...)}
}

// done gives the rows in the requests' order, and their number.
func (w *updatedRows) done(run func(*step) error) ([]byte, error) {
	for _, one := range w.singles {
		if one.step.result.Rows > 1 {
			return nil, errKeyNotUnique(w.one.resource)
		}
		w.spans[one.request].found = one.step.result.Rows == 1
	}
	for i, s := range w.spans {
		if s.found {
			continue
		}
		row, expected := w.rows[i], w.one.expected(w.rows[i].shape)
		err := w.one.missing(run, w.one.keyCondition(0), row.args[:len(w.one.key)], expected, row.args[len(row.args)-len(expected):])
		return nil, within(fmt.Sprintf("requests[%d]", i), err)
	}
	if len(w.answers) > maxPageBytes {
		return nil, errAnswerTooLarge
	}
	w.dst = slices.Grow(w.dst, len(w.answers)+16)
	for _, s := range w.spans {
		w.dst = append(w.dst, w.answers[s.start:s.end]...)
	}
	return appendCount(w.dst, w.count, int64(len(w.spans))), nil
}

// appendCount writes the number of rows of a response that has a field for it.
func appendCount(dst []byte, field protowire.Number, count int64) []byte {
	if field == 0 || count == 0 {
		return dst
	}
	return protowire.AppendVarint(protowire.AppendTag(dst, field, protowire.VarintType), uint64(count))
}
