package service

import (
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // registers the codec for messages
	"google.golang.org/grpc/mem"
)

// frame is a message's bytes on their way through gRPC: a bound method reads
// and writes them without a message in between.
type frame struct {
	in  mem.Buffer // a request; nil in a response
	out *[]byte    // a response; nil in a request
}

// replySize is what a reply's buffer starts with; it grows by appending.
const replySize = 4096

// newReply takes a buffer for a reply from gRPC's pool.
func newReply() *[]byte {
	b := mem.DefaultBufferPool().Get(replySize)
	*b = (*b)[:0]
	return b
}

// codec passes frames through and leaves messages, which hand-written services
// and reflection use, to gRPC's own codec.
type codec struct{ messages encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2("proto")} }

// Name is that of gRPC's own codec, since the bytes are the same.
func (codec) Name() string { return "proto" }

func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	if f, ok := v.(*frame); ok {
		return mem.BufferSlice{mem.NewBuffer(f.out, mem.DefaultBufferPool())}, nil
	}
	return c.messages.Marshal(v)
}

func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	if f, ok := v.(*frame); ok {
		f.in = data.MaterializeToBuffer(mem.DefaultBufferPool())
		return nil
	}
	return c.messages.Unmarshal(data, v)
}
