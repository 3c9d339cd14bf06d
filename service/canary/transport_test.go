package canary_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// raw passes bytes through gRPC as they are.
type raw struct{}

func (raw) Name() string { return "proto" }

func (raw) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(v.([]byte))}, nil
}

func (raw) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

// connections are the few that all callers share.
type connections struct {
	addr   string
	conns  []atomic.Pointer[grpc.ClientConn]
	closed atomic.Int64
}

func dial(t testing.TB, addr string, n int) *connections {
	t.Helper()
	c := &connections{addr: addr, conns: make([]atomic.Pointer[grpc.ClientConn], n)}
	for i := range c.conns {
		conn, err := c.open()
		if err != nil {
			t.Fatal(err)
		}
		c.conns[i].Store(conn)
	}
	t.Cleanup(func() {
		for i := range c.conns {
			_ = c.conns[i].Load().Close()
		}
	})
	return c
}

func (c *connections) open() (*grpc.ClientConn, error) {
	return grpc.NewClient(c.addr, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(raw{})))
}

func (c *connections) any() *grpc.ClientConn { return c.conns[rand.IntN(len(c.conns))].Load() }

// cut closes a connection with whoever is calling over it, and opens another.
func (c *connections) cut() {
	conn, err := c.open()
	if err != nil {
		return
	}
	_ = c.conns[rand.IntN(len(c.conns))].Swap(conn).Close()
	c.closed.Add(1)
}

// call is one call to make.
type call struct {
	method *method
	body   []byte
	// more are the further messages of a stream that the client sends, and half
	// says that it does not end it.
	more [][]byte
	half bool
	// stop ends a stream of the server after so many messages, if it is not 0.
	stop int
	// foreign says that the call asks for another's row, and must not be answered.
	foreign bool
	// refused are the codes that the call may be answered with.
	refused []codes.Code
	// after is called with the answer of a call that was answered.
	after func(*outcome)
}

// outcome is what a caller got.
type outcome struct {
	code            codes.Code
	err             error
	messages        [][]byte
	header, trailer metadata.MD
	problem         string // what after has found
}

// do makes a call.
func (c *caller) do(ctx context.Context, one *call) *outcome {
	o := &outcome{}
	conn := c.conns.any()
	md := one.method.desc
	switch {
	case md.IsStreamingServer() || md.IsStreamingClient():
		o.err = stream(ctx, conn, one, o)
	default:
		var answer []byte
		o.err = conn.Invoke(ctx, one.method.path, one.body, &answer, grpc.Header(&o.header), grpc.Trailer(&o.trailer))
		if o.err == nil {
			o.messages = [][]byte{answer}
		}
	}
	o.code = status.Code(o.err)
	return o
}

func stream(ctx context.Context, conn *grpc.ClientConn, one *call, o *outcome) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	md := one.method.desc
	desc := &grpc.StreamDesc{ServerStreams: md.IsStreamingServer(), ClientStreams: md.IsStreamingClient()}
	s, err := conn.NewStream(ctx, desc, one.method.path)
	if err != nil {
		return err
	}
	defer func() { o.trailer = s.Trailer() }()
	for _, body := range append([][]byte{one.body}, one.more...) {
		if err := s.SendMsg(body); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	if one.half {
		cancel()
	} else if err := s.CloseSend(); err != nil {
		return err
	}
	for {
		var message []byte
		err := s.RecvMsg(&message)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if o.messages = append(o.messages, message); !md.IsStreamingServer() {
			break
		}
		if len(o.messages) == one.stop {
			cancel()
		}
	}
	o.header, err = s.Header()
	return err
}

// bytes is all that came back: messages, the error with its details, and
// headers.
func (o *outcome) bytes() [][]byte {
	all := o.messages
	if o.err != nil {
		all = append(all, []byte(o.err.Error()))
		if details, err := proto.Marshal(status.Convert(o.err).Proto()); err == nil {
			all = append(all, details)
		}
	}
	for _, md := range []metadata.MD{o.header, o.trailer} {
		for key, values := range md {
			all = append(all, []byte(key))
			for _, value := range values {
				all = append(all, []byte(value))
			}
		}
	}
	return all
}
