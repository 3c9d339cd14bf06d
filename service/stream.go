package service

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/service/table"
)

// rows sends the rows of a stream. Rows are gathered, since handing each to the
// goroutine that sends would cost more than it takes to read it, and sent by
// another goroutine, since a client that does not read blocks it for as long as
// it likes.
func (s *Server) rows(ss grpc.ServerStream, m *table.Method, req *frame) error {
	v, ok := s.visit(ss.Context())
	if !ok {
		return errNoCaller
	}
	leave, err := s.long(ss.Context())
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithCancel(ss.Context())
	defer cancel()
	out := &outlet{patience: s.patience, chunks: make(chan *chunk, 1), free: make(chan *chunk, 3), failed: make(chan error, 1)}
	go out.send(ss)
	defer out.end()
	answer, err := m.Stream(ctx, v.store, v.caller, s.request(ctx, m.Path(), v.audit), req.in.ReadOnlyData(), out.row)
	if err == nil {
		err = out.finish()
	}
	if err != nil {
		return err
	}
	if answer.Truncated != "" {
		ss.SetTrailer(metadata.Pairs(truncatedTrailer, answer.Truncated))
	}
	return nil
}

// chunkBytes is how much of a stream is gathered before it is sent.
const chunkBytes = 32 << 10

// chunk is the bytes of some messages, and where each ends.
type chunk struct {
	bytes []byte
	ends  []int
}

// outlet is the way of a stream's messages to the client.
type outlet struct {
	patience time.Duration
	current  *chunk
	// chunks are on their way out, and free ones come back; failed has the error
	// that ended the sending, nil when all was sent.
	chunks, free chan *chunk
	failed       chan error
	ended        sync.Once
}

// row takes a message.
func (o *outlet) row(msg []byte) error {
	if o.current == nil {
		select {
		case o.current = <-o.free:
		default:
			o.current = &chunk{}
		}
	}
	c := o.current
	c.bytes = append(c.bytes, msg...)
	c.ends = append(c.ends, len(c.bytes))
	if len(c.bytes) < chunkBytes {
		return nil
	}
	return o.flush()
}

// flush hands on what was gathered. It waits for the client as long as it may
// take.
func (o *outlet) flush() error {
	if o.current == nil {
		return nil
	}
	select {
	case o.chunks <- o.current:
		o.current = nil
		return nil
	default:
	}
	timer := time.NewTimer(o.patience)
	defer timer.Stop()
	select {
	case o.chunks <- o.current:
		o.current = nil
		return nil
	case err := <-o.failed:
		return err
	case <-timer.C:
		return errSlowReader
	}
}

// end says that no more comes.
func (o *outlet) end() { o.ended.Do(func() { close(o.chunks) }) }

// finish waits until all is sent.
func (o *outlet) finish() error {
	if err := o.flush(); err != nil {
		return err
	}
	o.end()
	timer := time.NewTimer(o.patience)
	defer timer.Stop()
	select {
	case err := <-o.failed:
		return err
	case <-timer.C:
		return errSlowReader
	}
}

var errSlowReader = status.Aborted("", "the client has read nothing for too long; ask again, and read faster or ask for less")

// send sends what comes, until it ends or a message cannot be sent. Once the
// handler has returned, nothing can.
func (o *outlet) send(ss grpc.ServerStream) {
	for c := range o.chunks {
		start := 0
		for _, end := range c.ends {
			pool := mem.DefaultBufferPool()
			msg := pool.Get(end - start)
			copy(*msg, c.bytes[start:end])
			start = end
			if err := ss.SendMsg(&frame{out: msg}); err != nil {
				o.failed <- err
				return
			}
		}
		c.bytes, c.ends = c.bytes[:0], c.ends[:0]
		select {
		case o.free <- c:
		default:
		}
	}
	o.failed <- nil
}

// longWait is how long a stream waits for its turn.
const longWait = 10 * time.Second

var errTooMany = status.New(codes.Unavailable, "BUSY", "too many streams and imports are open; try again", nil)

// long waits until a call that holds a connection for as long as its client likes
// may begin. Half of the connections are kept for other calls.
func (s *Server) long(ctx context.Context) (leave func(), err error) {
	timer := time.NewTimer(longWait)
	defer timer.Stop()
	select {
	case s.longCalls <- struct{}{}:
		return func() { <-s.longCalls }, nil
	case <-timer.C:
		return nil, errTooMany
	case <-ctx.Done():
		return nil, status.FromError(ctx, ctx.Err(), status.Info{})
	}
}
