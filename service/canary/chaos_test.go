package canary_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// proxy stands between the server and Postgres. It passes bytes on, some of them
// late, and cuts connections wherever they are.
type proxy struct {
	upstream string
	lis      net.Listener
	pumps    sync.WaitGroup
	cuts     atomic.Int64

	mu    sync.Mutex
	pairs map[*pair]bool
}

// pair is the two ends of a connection.
type pair struct {
	client, server net.Conn
	// left is how many more bytes of the server's are passed on before the
	// connection is cut; negative for all.
	left atomic.Int64
}

func (p *pair) close() {
	_ = p.client.Close()
	_ = p.server.Close()
}

// newProxy listens in front of the server of a URL, and returns the URL through
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
	p := &proxy{upstream: u.Host, lis: lis, pairs: map[*pair]bool{}}
	u.Host = lis.Addr().String()
	p.pumps.Go(p.accept)
	t.Cleanup(func() {
		_ = lis.Close()
		p.mu.Lock()
		for pair := range p.pairs {
			pair.close()
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
			_ = client.Close()
			continue
		}
		one := &pair{client: client, server: server}
		one.left.Store(-1)
		p.mu.Lock()
		p.pairs[one] = true
		p.mu.Unlock()
		p.pumps.Go(func() {
			_, _ = io.Copy(server, client)
			one.close()
		})
		p.pumps.Go(func() {
			one.answers()
			one.close()
			p.mu.Lock()
			delete(p.pairs, one)
			p.mu.Unlock()
		})
	}
}

// answers passes on what the server sends.
func (p *pair) answers() {
	buffer := make([]byte, 16<<10)
	for {
		n, err := p.server.Read(buffer)
		if err != nil {
			return
		}
		if rand.IntN(400) == 0 { // so that calls end while their answer is on its way
			time.Sleep(time.Duration(rand.IntN(8000)) * time.Microsecond)
		}
		if left := p.left.Load(); left >= 0 {
			if left < int64(n) {
				_, _ = p.client.Write(buffer[:left])
				return
			}
			p.left.Add(-int64(n))
		}
		if _, err := p.client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// cut ends a connection: at once, or within one of the next answers.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for pair := range p.pairs { // in no order
		if p.cuts.Add(1); rand.IntN(2) == 0 {
			pair.close()
		} else {
			pair.left.Store(rand.Int64N(3000))
		}
		return
	}
}

// chaos ends connections of all sorts.
type chaos struct {
	kills atomic.Int64
	all   sync.WaitGroup
}

// Each is done after a random time of this mean.
const (
	killEvery   = 250 * time.Millisecond
	cutEvery    = 250 * time.Millisecond
	hangUpEvery = 600 * time.Millisecond
	vacuumEvery = 5 * time.Second
)

// unleash begins. The superuser's connections are the chaos's until it has ended.
func (w *world) unleash(ctx context.Context, super, vacuums *pgx.Conn) *chaos {
	c := &chaos{}
	every := func(mean time.Duration, do func()) {
		c.all.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-time.After(time.Duration(rand.Int64N(int64(2 * mean)))):
					do()
				}
			}
		})
	}
	every(killEvery, func() {
		tag, err := super.Exec(context.Background(), `select pg_terminate_backend(pid) from (select pid from pg_stat_activity
			where datname = current_database() and usename = 'rowgate' order by random() limit 1) one`)
		if err == nil {
			c.kills.Add(tag.RowsAffected())
		}
	})
	// The tests' server does not do it by itself, and a million calls need it.
	every(vacuumEvery, func() {
		_, _ = vacuums.Exec(context.Background(), "vacuum cn.notes, cn.parts, cn.messages, cn.posts, cn.guestbook")
	})
	every(cutEvery, w.proxy.cut)
	every(hangUpEvery, w.conns.cut)
	return c
}
