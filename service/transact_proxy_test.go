package service_test

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
)

// proxy stands between a server and Postgres. It counts exchanges, and loses
// connections at their COMMIT.
type proxy struct {
	upstream string
	lis      net.Listener
	pumps    sync.WaitGroup
	// exchanges counts the ends of what was sent, each of which is answered.
	exchanges atomic.Int64
	// cut has the next COMMIT passed on and its answer lost.
	cut atomic.Bool

	mu    sync.Mutex
	conns []net.Conn
}

// newProxy listens in front of the server of a URL and returns the URL through
// it.
func newProxy(t testing.TB, databaseURL string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{upstream: u.Host, lis: lis}
	u.Host = lis.Addr().String()
	p.pumps.Go(p.accept)
	t.Cleanup(func() {
		lis.Close()
		p.mu.Lock()
		for _, c := range p.conns {
			c.Close()
		}
		p.mu.Unlock()
		p.pumps.Wait()
	})
	return p, u.String()
}

func (p *proxy) accept() {
	for {
		client, err := p.lis.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.upstream)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		lost := new(atomic.Bool)
		p.pumps.Go(func() { p.fromClient(client, server, lost) })
		p.pumps.Go(func() { fromServer(server, client, lost) })
	}
}

// fromClient passes on what a client sends.
func (p *proxy) fromClient(client, server net.Conn, lost *atomic.Bool) {
	defer server.Close()
	defer client.Close()
	in := bufio.NewReader(client)
	// The startup message has no type.
	if _, err := p.message(in, server, false); err != nil {
		return
	}
	commits := map[string]bool{} // by the statement's name
	for {
		m, err := p.message(in, io.Discard, true)
		if err != nil {
			return
		}
		switch m[0] {
		case 'H', 'S':
			p.exchanges.Add(1)
		case 'P':
			name, rest, _ := strings.Cut(string(m[5:]), "\x00")
			text, _, _ := strings.Cut(rest, "\x00")
			commits[name] = strings.HasSuffix(text, "commit")
		case 'B':
			_, rest, _ := strings.Cut(string(m[5:]), "\x00")
			name, _, _ := strings.Cut(rest, "\x00")
			if commits[name] && p.cut.CompareAndSwap(true, false) {
				lost.Store(true)
			}
		}
		if _, err := server.Write(m); err != nil {
			return
		}
	}
}

// message reads a message, and copies it.
func (p *proxy) message(in *bufio.Reader, to io.Writer, typed bool) ([]byte, error) {
	head := make([]byte, 5)
	if !typed {
		head = head[:4]
	}
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[len(head)-4:])
	m := append(head, make([]byte, size-4)...)
	if _, err := io.ReadFull(in, m[len(head):]); err != nil {
		return nil, err
	}
	_, err := to.Write(m)
	return m, err
}

// fromServer passes on what the server answers. Of a lost connection the answer
// is read to its end, when the transaction is committed.
func fromServer(server, client net.Conn, lost *atomic.Bool) {
	defer server.Close()
	defer client.Close()
	in := bufio.NewReader(server)
	p := &proxy{}
	for {
		m, err := p.message(in, io.Discard, true)
		switch {
		case err != nil, lost.Load() && m[0] == 'Z':
			return
		case lost.Load():
			continue
		}
		if _, err := client.Write(m); err != nil {
			return
		}
	}
}

// TestTransactRoundTrips holds that writes which use nothing of one another go to
// the database together.
func TestTransactRoundTrips(t *testing.T) {
	var p *proxy
	w := newTransactsWorld(t, worldOptions{through: func(url string) string {
		p, url = newProxy(t, url)
		return url
	}})
	many := func(n int, write string) []string {
		all := make([]string, n)
		for i := range all {
			all[i] = write
		}
		return all
	}
	uses := using(kid, "kid.parent_id=0.id")
	w.run(t, transactRows)
	// The first request with an id has expired ones removed, beside its call.
	w.sends(t, w.alice, "Transact", withID(strings.TrimSuffix(transact(kid), "}"), uuid.NewString()))
	for before := int64(-1); before != p.exchanges.Load(); {
		before = p.exchanges.Load()
		time.Sleep(200 * time.Millisecond)
	}
	for _, c := range []struct {
		name    string
		request string
		want    int64
	}{
		{"one write alone", `{"kid":{"name":"k"}}`, 1},
		{"one write", transact(kid), 2},
		{"50 writes", transact(many(50, kid)...), 2},
		{"a parent and 50 children", transact(append([]string{`{"createParent":{"parent":{"name":"a"}}}`}, many(50, uses)...)...), 3},
		{"a chain of three", transact(`{"createParent":{"parent":{"name":"b"}}}`, uses, using(toy, "toy.kid_id=1.id"), kid), 4},
		{"an update of many, and what stands behind it", transact(kid, `{"updateManyKids":{"filter":"name = \"kid\"","kid":{"note":"x"}}}`, kid, kid), 3},
		{"with a request's id", withID(strings.TrimSuffix(transact(many(50, kid)...), "}"), uuid.NewString()), 2},
		{"validated only", strings.TrimSuffix(transact(many(50, kid)...), "}") + `,"validateOnly":true}`, 2},
	} {
		method := "Transact"
		if !strings.HasPrefix(c.request, `{"writes"`) {
			method = "CreateKid"
		}
		before := p.exchanges.Load()
		w.sends(t, w.alice, method, c.request)
		if got := p.exchanges.Load() - before; got != c.want {
			t.Errorf("%s: %d round trips, want %d", c.name, got, c.want)
		}
	}
}
