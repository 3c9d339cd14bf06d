package table

import (
	"errors"
	"strings"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store"
)

// once is together for a request that has an id, which must be a UUID: repeated,
// it is answered as it was the first time. https://google.aip.dev/155
func (c *call) once(id string, validateOnly bool, f func(*batch) ([]byte, error)) ([]byte, error) {
	if _, err := uuid.Parse(id); err != nil || len(id) != 36 {
		return nil, status.InvalidArgument("request_id", "is no UUID, such as 123e4567-e89b-12d3-a456-426614174000: make a new one for each request")
	}
	if validateOnly {
		return nil, status.InvalidArgument("request_id", "cannot be given with validate_only, which writes nothing")
	}
	defer c.within(maxTransaction)()
	of := store.RequestID{Method: c.method.path, ID: strings.ToLower(id), Request: canonical(c.method.Descriptor.Input(), c.msg)}
	o := store.BatchOptions{Request: c.stored.Request}
	out, _, err := c.store.Once(c.ctx, c.as, o, of, func(b *store.Batch) ([]byte, error) { return f(&batch{Batch: b}) })
	switch {
	case errors.Is(err, store.ErrRequestReused):
		return nil, status.InvalidArgument("request_id", "was used for another request: make a new one for each, and repeat a request as it was").Because(err)
	case errors.Is(err, store.ErrNoRequestTable):
		return nil, status.FailedPrecondition("request_id", "cannot be given until the database has a place for answers: run `rowgate setup`").Because(err)
	}
	return out, err
}

// maxCanonical is the largest request that is written anew, in bytes: as a message
// it takes more than a hundred times the memory. A larger one has to be repeated
// byte by byte.
const maxCanonical = 64 << 10

// canonical writes a request anew, in one order: a client's library may write
// fields, and does write the entries of maps, in another order at each attempt.
// https://protobuf.dev/programming-guides/serialization-not-canonical
func canonical(md protoreflect.MessageDescriptor, msg []byte) []byte {
	if len(msg) > maxCanonical {
		return msg
	}
	m := dynamicpb.NewMessage(md)
	if err := proto.Unmarshal(msg, m); err != nil {
		return msg
	}
	same, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return msg
	}
	return same
}
