package service

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/service/table"
)

// take takes the requests of a stream, one after another, and answers them all.
func (s *Server) take(ss grpc.ServerStream, m *table.Method) error {
	ctx := ss.Context()
	v, ok := s.visit(ctx)
	if !ok {
		return errNoCaller
	}
	leave, err := s.long(ctx)
	if err != nil {
		return err
	}
	defer leave()
	in := &inlet{ctx: ctx, patience: s.patience, asked: make(chan struct{}, 1), came: make(chan arrival, 1)}
	defer in.close()
	go in.receive(ss)
	reply := newReply()
	answer, err := m.Import(ctx, v.store, v.caller, s.request(ctx, m.Path(), v.audit), in.next, *reply)
	if err != nil {
		return err
	}
	*reply = answer.Body
	return ss.SendMsg(&frame{out: reply})
}

// inlet is the way of a stream's messages from the client. Each is received by
// another goroutine, since gRPC waits for a client for as long as it likes, and
// only once it is asked for, so that gRPC's flow control holds the client back.
type inlet struct {
	ctx      context.Context
	patience time.Duration
	asked    chan struct{}
	came     chan arrival
	current  mem.Buffer
}

// arrival is a message, or why there is none.
type arrival struct {
	msg mem.Buffer
	err error
}

var errSlowWriter = status.Aborted("", "the client has sent nothing for too long, so nothing was written; begin again, and send faster or less")

// receive receives what is asked for. Once the handler has returned, nothing
// more comes.
func (in *inlet) receive(ss grpc.ServerStream) {
	for range in.asked {
		f := &frame{}
		err := ss.RecvMsg(f)
		in.came <- arrival{f.in, err}
	}
}

// next returns the next message, whose bytes are good until it is called again,
// and io.EOF after the last.
func (in *inlet) next() ([]byte, error) {
	in.free()
	in.asked <- struct{}{}
	timer := time.NewTimer(in.patience)
	defer timer.Stop()
	select {
	case a := <-in.came:
		if a.err != nil {
			return nil, a.err
		}
		in.current = a.msg
		return a.msg.ReadOnlyData(), nil
	case <-in.ctx.Done():
		return nil, in.ctx.Err()
	case <-timer.C:
		return nil, errSlowWriter
	}
}

func (in *inlet) free() {
	if in.current != nil {
		in.current.Free()
		in.current = nil
	}
}

func (in *inlet) close() {
	in.free()
	close(in.asked)
}
