package attack_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// wire is a connection to the server without a client that keeps to the rules.
type wire struct {
	net.Conn
	*http2.Framer
	headers bytes.Buffer
	encoder *hpack.Encoder
	next    uint32 // the next stream's number
	fields  map[uint32]map[string]string
	body    map[uint32][]byte
}

// dial opens one, up to the settings.
func (a *target) dial(t testing.TB) *wire {
	t.Helper()
	conn, err := net.Dial("tcp", a.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	w := &wire{Conn: conn, Framer: http2.NewFramer(conn, conn), next: 1, fields: map[uint32]map[string]string{}, body: map[uint32][]byte{}}
	w.encoder = hpack.NewEncoder(&w.headers)
	w.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	return w
}

// encode is a header block.
func (w *wire) encode(fields ...string) []byte {
	w.headers.Reset()
	for i := 0; i < len(fields); i += 2 {
		_ = w.encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return bytes.Clone(w.headers.Bytes())
}

// ask opens a stream with headers and an empty request, and returns its number.
func (w *wire) ask(fields ...string) uint32 {
	id := w.next
	w.next += 2
	_ = w.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: w.encode(fields...), EndHeaders: true})
	_ = w.WriteData(id, true, make([]byte, 5)) // a message without bytes
	return id
}

// call is the headers of a call, and more.
func call(path string, more ...string) []string {
	return append([]string{":method", "POST", ":scheme", "http", ":path", path, ":authority", "rowgate", "content-type", "application/grpc", "te", "trailers"}, more...)
}

// answer reads until a stream's end, and returns its headers and trailers; nil
// when the server has ended the connection or the stream instead.
func (w *wire) answer(t testing.TB, id uint32) map[string]string {
	t.Helper()
	_ = w.SetReadDeadline(time.Now().Add(5 * time.Second))
	for {
		frame, err := w.ReadFrame()
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || strings.Contains(err.Error(), "reset") || strings.Contains(err.Error(), "broken pipe") {
				return nil
			}
			t.Fatalf("reading: %v", err)
		}
		switch f := frame.(type) {
		case *http2.MetaHeadersFrame:
			if w.fields[f.StreamID] == nil {
				w.fields[f.StreamID] = map[string]string{}
			}
			for _, field := range f.Fields {
				w.fields[f.StreamID][field.Name] = field.Value
			}
			if f.StreamEnded() && f.StreamID == id {
				return w.fields[id]
			}
		case *http2.DataFrame:
			w.body[f.StreamID] = append(w.body[f.StreamID], f.Data()...)
			if f.StreamEnded() && f.StreamID == id {
				return w.fields[id]
			}
		case *http2.RSTStreamFrame:
			if f.StreamID == id {
				return w.fields[id]
			}
		case *http2.GoAwayFrame:
			return nil
		case *http2.SettingsFrame:
			if !f.IsAck() {
				_ = w.WriteSettingsAck()
			}
		}
	}
}
