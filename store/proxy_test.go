package store

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// recorder is a proxy in front of Postgres that notes every protocol message
// that passes, in the order in which they pass.
type recorder struct {
	t        testing.TB
	upstream string
	lis      net.Listener

	mu       sync.Mutex
	messages []message
	conns    []net.Conn
	pumps    sync.WaitGroup
	// cut is asked, when it is set, of what a client sends.
	cut func(sent []message) cut
}

// cut says when a connection is lost.
type cut int

const (
	cutNever  cut = iota
	cutBefore     // the server gets nothing of it
	cutAfter      // the server answers, and the client gets nothing of that
)

// message is one protocol message. Its type is as the protocol has it, and
// its body lacks the length.
type message struct {
	fromClient bool
	kind       byte
	body       []byte
}

// newRecorder listens in front of the server of a URL and returns the URL
// through it.
func newRecorder(t testing.TB, databaseURL string) (*recorder, string) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{t: t, upstream: u.Host, lis: lis}
	u.Host = lis.Addr().String()
	r.pumps.Go(r.accept)
	t.Cleanup(func() {
		lis.Close()
		r.mu.Lock()
		for _, c := range r.conns {
			c.Close()
		}
		r.mu.Unlock()
		r.pumps.Wait()
	})
	return r, u.String()
}

func (r *recorder) accept() {
	for {
		client, err := r.lis.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", r.upstream)
		if err != nil {
			client.Close()
			continue
		}
		r.mu.Lock()
		r.conns = append(r.conns, client, server)
		r.mu.Unlock()
		var silent atomic.Bool
		r.pumps.Go(func() { r.pump(client, server, true, &silent) })
		r.pumps.Go(func() { r.pump(server, client, false, &silent) })
	}
}

// pump notes and forwards what came together in one piece, so that a flush of
// several messages stays one. When the connection is silent, the server's answer
// is read to its end, and the connection lost.
func (r *recorder) pump(from, to net.Conn, client bool, silent *atomic.Bool) {
	defer to.Close()
	defer from.Close()
	in := bufio.NewReaderSize(from, 1<<20)
	if client {
		// The startup message has no type.
		if err := copyMessage(io.Discard, to, in); err != nil {
			return
		}
	}
	for {
		var batch []message
		var raw bytes.Buffer
		for len(batch) == 0 || whole(in) {
			kind, err := in.ReadByte()
			if err != nil {
				return
			}
			raw.WriteByte(kind)
			var body bytes.Buffer
			if err := copyMessage(&body, &raw, in); err != nil {
				return
			}
			batch = append(batch, message{client, kind, body.Bytes()})
		}
		r.mu.Lock()
		r.messages = append(r.messages, batch...)
		cutting := cutNever
		if client && r.cut != nil {
			cutting = r.cut(batch)
		}
		r.mu.Unlock()
		switch {
		case cutting == cutBefore:
			return
		case cutting == cutAfter:
			silent.Store(true)
		case !client && silent.Load():
			if batch[len(batch)-1].kind == 'Z' {
				return
			}
			continue
		}
		if _, err := to.Write(raw.Bytes()); err != nil {
			return
		}
	}
}

// whole says that a whole message has arrived that was not read yet.
func whole(in *bufio.Reader) bool {
	if in.Buffered() < 5 {
		return false
	}
	head, err := in.Peek(5)
	return err == nil && in.Buffered() > int(binary.BigEndian.Uint32(head[1:]))
}

// copyMessage copies a message's length and body to raw, and its body to body.
func copyMessage(body, raw io.Writer, in io.Reader) error {
	var length [4]byte
	if _, err := io.ReadFull(in, length[:]); err != nil {
		return err
	}
	if _, err := raw.Write(length[:]); err != nil {
		return err
	}
	_, err := io.CopyN(io.MultiWriter(body, raw), in, int64(binary.BigEndian.Uint32(length[:]))-4)
	return err
}

// during returns the messages that pass while f runs.
func (r *recorder) during(f func()) exchange {
	r.mu.Lock()
	r.messages = nil
	r.mu.Unlock()
	f()
	r.mu.Lock()
	defer r.mu.Unlock()
	return exchange(r.messages)
}

// exchange is what passed, in order.
type exchange []message

// turns counts how often the client spoke after the server had, the first time
// included: the round trips.
func (e exchange) turns() int {
	n, server := 0, true
	for _, m := range e {
		if m.fromClient && server {
			n++
		}
		server = !m.fromClient
	}
	return n
}

// sent spells the types of the client's messages, in order.
func (e exchange) sent() string {
	var b strings.Builder
	for _, m := range e {
		if m.fromClient {
			b.WriteByte(m.kind)
		}
	}
	return b.String()
}
