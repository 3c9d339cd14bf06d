package attack_test

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/rowgate/rowgate/service/servicetest"
)

// standing holds that the server answers others while somebody misuses a
// connection, and has not grown by what was sent. Bob calls on a connection of
// his own.
func (a *target) standing(t testing.TB, attack func()) {
	t.Helper()
	a.nextIsThemselves(t)
	before := heap()
	done := make(chan struct{})
	go func() {
		defer close(done)
		attack()
	}()
	slowest, calls, deadline := time.Duration(0), 0, time.After(20*time.Second)
	for running := true; running; calls++ {
		start := time.Now()
		if got := a.whoami(t, a.bob(t)); got != isBob {
			t.Errorf("Bob is %q meanwhile", got)
		}
		slowest = max(slowest, time.Since(start))
		select {
		case <-done:
			running = false
		case <-deadline:
			t.Fatal("the attack takes too long")
		case <-time.After(2 * time.Millisecond):
		}
	}
	if slowest > 3*time.Second {
		t.Errorf("the slowest of Bob's %d calls took %s", calls, slowest)
	}
	a.nextIsThemselves(t)
	for range 50 {
		if heap() < before+32<<20 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("the heap has grown from %d to %d MiB", before>>20, heap()>>20)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// drain reads what the server sends until it ends the connection.
func (w *wire) drain() { go func() { _, _ = io.Copy(io.Discard, w.Conn) }() }

// Streams that are opened and reset at once, as many as the connection takes
// (CVE-2023-44487): each would be a call.
func TestRapidReset(t *testing.T) {
	a := attacked(t, conns(4))
	a.standing(t, func() {
		w := a.dial(t)
		w.drain()
		fields := call(path(a.methods["ListItems"]), "authorization", "Bearer "+servicetest.Token(t, alice))
		_ = w.SetWriteDeadline(time.Now().Add(3 * time.Second))
		for range 6000 {
			id := w.next
			w.next += 2
			if w.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: w.encode(fields...), EndHeaders: true}) != nil {
				return
			}
			if w.WriteData(id, true, make([]byte, 5)) != nil || w.WriteRSTStream(id, http2.ErrCodeCancel) != nil {
				return
			}
		}
	})
}

// Headers without an end, in CONTINUATION frames (CVE-2023-45288).
func TestContinuationFlood(t *testing.T) {
	a := attacked(t, conns(4))
	a.standing(t, func() {
		w := a.dial(t)
		w.drain()
		_ = w.SetWriteDeadline(time.Now().Add(3 * time.Second))
		fragment := w.encode("x-flood", strings.Repeat("x", 8000))
		if w.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: w.encode(call("/x")...)}) != nil {
			return
		}
		for range 20000 { // 160 MB
			if w.WriteContinuation(1, false, fragment) != nil {
				return
			}
		}
	})
}

// A header block that says little and stands for much: one entry of HPACK's
// table, referred to again and again.
func TestHeaderListBomb(t *testing.T) {
	a := attacked(t, conns(4))
	a.standing(t, func() {
		for range 20 {
			w := a.dial(t)
			w.drain()
			_ = w.SetWriteDeadline(time.Now().Add(2 * time.Second))
			block := append(w.encode(call(path(a.methods["Whoami"]))...), w.encode("x-bomb", strings.Repeat("x", 4000))...)
			block = append(block, bytes.Repeat([]byte{0x80 | 62}, 12000)...) // index 62: the newest entry
			_ = w.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block, EndHeaders: true, EndStream: true})
			_ = w.Close()
		}
	})
}

// A token of a megabyte, from a client that does not ask how much the server
// takes.
func TestHeaderOfAMegabyte(t *testing.T) {
	a := attacked(t, conns(4))
	a.standing(t, func() {
		for range 10 {
			w := a.dial(t)
			w.drain()
			_ = w.SetWriteDeadline(time.Now().Add(2 * time.Second))
			block := w.encode(call(path(a.methods["Whoami"]), "authorization", "Bearer "+strings.Repeat("x", 1<<20))...)
			if w.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block[:16000]}) != nil {
				continue
			}
			for rest := block[16000:]; len(rest) > 0; {
				n := min(len(rest), 16000)
				if w.WriteContinuation(1, n == len(rest), rest[:n]) != nil {
					break
				}
				rest = rest[n:]
			}
			_ = w.Close()
		}
	})
}

// Frames that cost a client nothing and ask for an answer each, which it does
// not read (CVE-2019-9512, 9514, 9515, 9518).
func TestControlFrameFlood(t *testing.T) {
	a := attacked(t, conns(4))
	for name, write := range map[string]func(*wire) error{
		"ping": func(w *wire) error { return w.WritePing(false, [8]byte{1}) },
		"settings": func(w *wire) error {
			return w.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 65535})
		},
		"a table of another size": func(w *wire) error {
			return w.WriteSettings(http2.Setting{ID: http2.SettingHeaderTableSize, Val: 1 << 31})
		},
		"empty data":      func(w *wire) error { return w.WriteData(1, false, nil) },
		"windows":         func(w *wire) error { return w.WriteWindowUpdate(0, 1<<31-1) },
		"priorities":      func(w *wire) error { return w.WritePriority(3, http2.PriorityParam{StreamDep: 5}) },
		"unknown frames":  func(w *wire) error { return w.WriteRawFrame(0xee, 0, 1, make([]byte, 100)) },
		"resets of none":  func(w *wire) error { return w.WriteRSTStream(9999, http2.ErrCodeCancel) },
		"streams of none": func(w *wire) error { return w.WriteData(12345, true, make([]byte, 100)) },
	} {
		t.Run(name, func(t *testing.T) {
			a.standing(t, func() {
				w := a.dial(t)
				_ = w.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
				_ = w.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: w.encode(call(path(a.methods["Whoami"]))...), EndHeaders: true})
				for range 10000 {
					if write(w) != nil {
						return
					}
				}
			})
		})
	}
}

// What is no HTTP/2 at all, and connections that say nothing.
func TestGarbage(t *testing.T) {
	a := attacked(t, conns(4))
	a.standing(t, func() {
		for _, text := range []string{
			"GET / HTTP/1.1\r\nHost: x\r\n\r\n", http2.ClientPreface[:10], strings.Repeat("\x00", 1<<16), "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", http2.ClientPreface + strings.Repeat("\xff", 1<<16), http2.ClientPreface + "\xff\xff\xff\x01\x04\x00\x00\x00\x01", "",
		} {
			for range 20 {
				conn, err := net.Dial("tcp", a.Addr)
				if err != nil {
					t.Error(err)
					return
				}
				_ = conn.SetDeadline(time.Now().Add(200 * time.Millisecond))
				_, _ = io.WriteString(conn, text)
				defer conn.Close()
			}
		}
	})
}

// Messages that say they are larger than they are, compressed to little, or in
// an encoding that nobody knows.
func TestMessageBombs(t *testing.T) {
	a := attacked(t, conns(4))
	whoami := path(a.methods["Whoami"])
	a.standing(t, func() {
		for name, c := range map[string]struct {
			prefix  []byte
			headers []string
		}{
			"4 GiB":            {[]byte{0, 0xff, 0xff, 0xff, 0xff}, nil},
			"compressed":       {[]byte{1, 0, 0, 0, 5, 1, 2, 3, 4, 5}, nil},
			"gzip":             {[]byte{1, 0, 0, 0, 5, 0x1f, 0x8b, 3, 4, 5}, []string{"grpc-encoding", "gzip"}},
			"unknown encoding": {[]byte{1, 0, 0, 0, 1, 0}, []string{"grpc-encoding", "zstd"}},
			"flags":            {[]byte{0xff, 0, 0, 0, 0}, nil},
			"cut short":        {[]byte{0, 0, 0, 1, 0, 1, 2}, nil},
			"two messages":     {[]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, nil},
			"no message":       {nil, nil},
			"not protobuf":     {[]byte{0, 0, 0, 0, 3, 0xff, 0xff, 0xff}, nil},
			"deep":             {append([]byte{0, 0, 0, 0x75, 0x30}, bytes.Repeat([]byte{0x1b}, 30000)...), nil},
		} {
			w := a.dial(t)
			_ = w.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: w.encode(call(whoami, c.headers...)...), EndHeaders: true})
			for rest := c.prefix; len(rest) > 16000; rest = rest[16000:] {
				_ = w.WriteData(1, false, rest[:16000])
			}
			_ = w.WriteData(1, true, c.prefix[len(c.prefix)/16000*16000:])
			if got := w.answer(t, 1); got["grpc-status"] == "0" && name != "two messages" && name != "not protobuf" && name != "deep" {
				t.Errorf("%s: %v, %q", name, got, w.body[1])
			}
			if body := string(w.body[1]); strings.Contains(body, "rowgate") && !strings.Contains(body, "anon rowgate anon") {
				t.Errorf("%s is answered %q", name, body)
			}
			_ = w.Close()
		}
	})
}

// More streams than the server has said it takes, each with a call that waits.
func TestTooManyStreams(t *testing.T) {
	a := attacked(t, conns(4))
	a.standing(t, func() {
		w := a.dial(t)
		w.drain()
		_ = w.SetWriteDeadline(time.Now().Add(2 * time.Second))
		for range 3000 { // none is ended, and 256 are allowed
			id := w.next
			w.next += 2
			if w.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: w.encode(call(path(a.methods["ImportItems"]), "authorization", "Bearer "+servicetest.Token(t, alice))...), EndHeaders: true}) != nil {
				return
			}
		}
		time.Sleep(300 * time.Millisecond)
		_ = w.Close()
	})
}
