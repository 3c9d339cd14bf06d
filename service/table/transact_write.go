package table

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store"
)

// partWrite is one write of a transaction.
type partWrite struct {
	*member
	// at is its path in the request, for errors.
	at   string
	msg  []byte
	uses []use
	// capture are the fields that later writes use, and captured their values; nil
	// while no row was written.
	capture  []*field
	captured [][]byte

	call   *call
	staged *staged
	// first and count are its statements in the batch.
	first, count int
	answer       []byte
}

// write runs the writes in a batch. Those that neither use anything of those
// still on their way nor may have to wait for them travel together. So when
// several fail, the first one in the order need not be the one that is told.
func (t *transact) write(c *call, b *batch, all []*partWrite, dst []byte) ([]byte, error) {
	var waiting []*partWrite
	read, answers := 0, 0
	settle := func() error {
		if err := b.Flush(); err != nil {
			return failed(err, waiting)
		}
		for _, w := range waiting {
			if err := w.settle(b); err != nil {
				return w.failed(err)
			}
			if answers += len(w.answer); answers > maxPageBytes {
				return errAnswerTooLarge
			}
		}
		waiting = waiting[:0]
		return nil
	}
	for _, w := range all {
		if n := len(waiting); n > 0 && (waiting[n-1].mayRunAgain() || w.usesAny(waiting)) {
			if err := settle(); err != nil {
				return nil, err
			}
		}
		if err := w.stage(c, b, &read); err != nil {
			return nil, w.failed(err)
		}
		waiting = append(waiting, w)
	}
	if err := settle(); err != nil {
		return nil, err
	}
	var cuts []string
	start := len(dst)
	for _, w := range all {
		size := protowire.SizeTag(w.member.field) + protowire.SizeBytes(len(w.answer))
		dst = protowire.AppendVarint(protowire.AppendTag(dst, t.results, protowire.BytesType), uint64(size))
		dst = protowire.AppendBytes(protowire.AppendTag(dst, w.member.field, protowire.BytesType), w.answer)
		for cut := range strings.SplitSeq(w.call.cuts, ", ") {
			if cut != "" {
				cuts = append(cuts, w.at+"."+cut)
			}
		}
	}
	if len(dst)-start > maxPageBytes {
		return nil, errAnswerTooLarge
	}
	c.cuts = strings.Join(cuts, ", ")
	return dst, nil
}

// failed tells which of the writes on their way a statement's error is of. One of
// none is left as it is: what a deferred constraint refuses is the whole.
func failed(err error, waiting []*partWrite) error {
	var of *store.BatchError
	if errors.As(err, &of) {
		for _, w := range waiting {
			if of.Index >= w.first && of.Index < w.first+w.count {
				return w.failed(failedIn(w.staged.steps, w.first, err))
			}
		}
	}
	return err
}

var errAnswerTooLarge = status.FailedPrecondition("", fmt.Sprintf("the answer would be larger than %d MiB, so nothing was written: "+
	"ask for less of it by read_mask", maxPageBytes>>20))

// maxTransactRead is how many bytes of rows the database may send for the answers
// of one flush and all before. The answer is shorter, and how much is not known
// before it is written: of a small number it takes a byte, and the database 12.
const maxTransactRead = 16 * maxPageBytes

// stage plans the write and queues its statements. read counts the bytes of what
// all writes answer.
func (w *partWrite) stage(c *call, b *batch, read *int) error {
	// Its own call, since what the others have in theirs is on its way.
	w.call = &call{ctx: c.ctx, store: c.store, as: c.as, method: w.method, msg: w.msg}
	w.call.stored.Request = c.stored.Request
	w.captured = nil
	in := &staging{capture: w.capture, captured: func(values [][]byte) { w.captured = values }}
	for _, u := range w.uses {
		if u.from.captured == nil {
			return status.FailedPrecondition("", "uses a value of "+u.from.at+", which has written no row")
		}
		if in.used == nil {
			in.used = map[*field][]byte{}
		}
		in.used[u.field] = u.from.captured[u.value]
	}
	s, err := w.method.op.(writer).stage(w.call, w.msg, nil, in)
	switch {
	case err != nil:
		return err
	case s.requestID != "":
		return status.InvalidArgument("request_id", "is for a request of its own: leave it out here, and set that of the whole")
	case s.validateOnly:
		return status.InvalidArgument("validate_only", "is for a request of its own: leave it out here, and set that of the whole")
	}
	w.staged, w.first, w.count = s, b.queued, len(s.steps)
	for _, st := range s.steps {
		if row := st.row; row != nil {
			st.row = func(values [][]byte) error {
				for _, v := range values {
					*read += len(v)
				}
				if *read > maxTransactRead {
					return errAnswerTooLarge
				}
				return row(values)
			}
		}
		b.queue(st)
	}
	return nil
}

// settle looks at what the statements did.
func (w *partWrite) settle(b *batch) (err error) {
	for _, st := range w.staged.steps {
		st.settle()
	}
	w.answer, err = w.staged.done(func(st *step) error { return b.run(st) })
	return err
}

// mayRunAgain says that the write may run a statement once more when it knows
// what the first did, which has to be before the next write's.
func (w *partWrite) mayRunAgain() bool {
	switch w.method.op.(type) {
	case *updateMany, *removeMany:
		return true
	default:
		return false
	}
}

// failed says where an error happened, in the words of the write's own method.
// The end of a call and of a connection is no write's.
func (w *partWrite) failed(err error) error {
	method, ctx, as := w.method, w.call.ctx, w.call.as
	var told *status.Error
	if !errors.As(method.status(ctx, as, err), &told) {
		return err
	}
	switch told.GRPCStatus().Code() {
	case codes.Canceled, codes.DeadlineExceeded, codes.Unavailable:
		return told
	default:
		return told.Within(w.at)
	}
}
