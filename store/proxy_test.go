package store

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
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
}

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
		r.pumps.Go(func() { r.pump(client, server, true) })
		r.pumps.Go(func() { r.pump(server, client, false) })
	}
}

func (r *recorder) pump(from, to net.Conn, client bool) {
	defer to.Close()
	defer from.Close()
	startup := client
	for {
		var head [5]byte
		header := head[:]
		if startup {
			header = head[1:]
		}
		if _, err := io.ReadFull(from, header); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(from, body); err != nil {
			return
		}
		if !startup {
			r.mu.Lock()
			r.messages = append(r.messages, message{client, head[0], body})
			r.mu.Unlock()
		}
		startup = false
		if _, err := to.Write(append(header, body...)); err != nil {
			if !errors.Is(err, net.ErrClosed) {
				return
			}
		}
	}
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
