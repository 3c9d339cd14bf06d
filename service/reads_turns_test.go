package service_test

import (
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store"
)

// turnCounter is a proxy in front of Postgres that counts how often a client
// asked for what it had sent to be answered, by a Sync or a Flush: the round trips,
// but for those by which it logs in and those of pings.
type turnCounter struct {
	mu    sync.Mutex
	turns int
}

func (c *turnCounter) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.turns
}

// counted has the calls of the world go through a server whose one connection
// goes through a counter.
func (w *readsWorld) counted(t testing.TB) *turnCounter {
	t.Helper()
	c := &turnCounter{}
	st, err := store.Open(t.Context(), store.Config{URL: c.before(t, w.db.LoginURL(t, migrations.UserLogin)), MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	verifier, err := auth.New(t.Context(), auth.Config{Secret: secret, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := service.New(t.Context(), service.Config{Store: st, Verifier: verifier, Contract: w.contract, Allow: servicetest.Fixtures()})
	if err != nil {
		t.Fatal(err)
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(lis) }()
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		srv.GracefulStop(t.Context())
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	w.world.conn, w.caller.conn = conn, conn
	return c
}

// before puts the counter before the server of a URL, and returns the URL
// through it.
func (c *turnCounter) before(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	upstream := u.Host
	u.Host = lis.Addr().String()
	var pumps sync.WaitGroup
	pumps.Go(func() {
		for {
			client, err := lis.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", upstream)
			if err != nil {
				client.Close()
				continue
			}
			pumps.Go(func() { c.pump(client, server, true) })
			pumps.Go(func() { c.pump(server, client, false) })
		}
	})
	t.Cleanup(func() { lis.Close(); pumps.Wait() })
	return u.String()
}

// pump passes messages on, each by itself.
func (c *turnCounter) pump(from, to net.Conn, client bool) {
	defer from.Close()
	defer to.Close()
	head := make([]byte, 5)
	if client { // The first message has no type.
		if _, err := io.ReadFull(from, head[:4]); err != nil {
			return
		}
		if !pass(head[:4], from, to) {
			return
		}
	}
	for {
		if _, err := io.ReadFull(from, head); err != nil {
			return
		}
		if client && (head[0] == 'S' || head[0] == 'H') {
			c.mu.Lock()
			c.turns++
			c.mu.Unlock()
		}
		if !pass(head, from, to) {
			return
		}
	}
}

// pass passes on a message whose head, which ends in its length, has been read.
func pass(head []byte, from io.Reader, to io.Writer) bool {
	if _, err := to.Write(head); err != nil {
		return false
	}
	size := int64(binary.BigEndian.Uint32(head[len(head)-4:])) - 4
	_, err := io.CopyN(to, from, size)
	return err == nil
}
