package transport_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rowgate/rowgate/service/transport"
	"github.com/rowgate/rowgate/service/transport/transporttest"
)

// buffer is a log that is read while it is written.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// world is a server that echoes, over TLS from files.
type world struct {
	folder string
	certs  *transport.Certificates
	addr   string
	log    *buffer
}

func start(t *testing.T, files transport.TLS) *world {
	t.Helper()
	w := &world{folder: filepath.Dir(files.Cert), log: &buffer{}}
	files.Interval = 10 * time.Millisecond
	files.Logger = slog.New(slog.NewTextHandler(w.log, nil))
	var err error
	if w.certs, err = transport.Load(t.Context(), files); err != nil {
		t.Fatal(err)
	}
	lis, err := transport.Listen(t.Context(), "127.0.0.1:0", transport.Options{TLS: w.certs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lis.Close() })
	w.addr = lis.Addr().String()
	cfg := w.certs.Config()
	go func() {
		for {
			conn, err := lis.Accept()
			if err != nil {
				return
			}
			go func() {
				secured := tls.Server(conn, cfg)
				defer secured.Close()
				_, _ = io.Copy(secured, secured)
			}()
		}
	}()
	return w
}

// dial connects and has a byte echoed: with TLS 1.3 a client learns only by
// reading whether its certificate was taken.
func (w *world) dial(t *testing.T, cfg *tls.Config) (*tls.Conn, error) {
	t.Helper()
	d := tls.Dialer{Config: cfg}
	conn, err := d.DialContext(t.Context(), "tcp", w.addr)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { conn.Close() })
	c := conn.(*tls.Conn)
	return c, echo(c)
}

func echo(c *tls.Conn) error {
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := c.Write([]byte("a")); err != nil {
		return err
	}
	_, err := io.ReadFull(c, make([]byte, 1))
	return err
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 500 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("waited in vain for %s", what)
}

func TestRotation(t *testing.T) {
	old, next := transporttest.NewAuthority(t, "old"), transporttest.NewAuthority(t, "next")
	folder := t.TempDir()
	cert, key := old.Server(t).Write(t, folder)
	w := start(t, transport.TLS{Cert: cert, Key: key})
	before, err := w.dial(t, &tls.Config{RootCAs: old.Pool(), NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	if s := before.ConnectionState(); s.Version != tls.VersionTLS13 || s.NegotiatedProtocol != "h2" {
		t.Errorf("TLS %x, ALPN %q, want 1.3 and h2", s.Version, s.NegotiatedProtocol)
	}

	// A pair that does not match is not used, and the log never has the key.
	pair := next.Server(t)
	transporttest.WriteFile(t, folder, "tls.crt", pair.Cert)
	eventually(t, "a line", func() bool {
		return strings.Contains(w.log.String(), "the TLS files cannot be used; those in use stay")
	})
	if _, err := w.dial(t, &tls.Config{RootCAs: old.Pool()}); err != nil {
		t.Errorf("with half of a new pair: %v", err)
	}
	if err := w.certs.Reload(); err == nil {
		t.Error("Reload says nothing of a pair that does not match")
	}
	transporttest.WriteFile(t, folder, "tls.key", pair.Key)
	eventually(t, "the new pair", func() bool { _, err := w.dial(t, &tls.Config{RootCAs: next.Pool()}); return err == nil })
	if _, err := w.dial(t, &tls.Config{RootCAs: old.Pool()}); err == nil {
		t.Error("the old pair is still in use")
	}
	if err := echo(before); err != nil {
		t.Errorf("the connection from before: %v", err)
	}

	for _, broken := range []string{"no certificate", ""} {
		transporttest.WriteFile(t, folder, "tls.crt", []byte(broken))
		if err := w.certs.Reload(); err == nil {
			t.Errorf("the certificate %q is taken", broken)
		}
	}
	if err := os.Remove(cert); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a line of a missing file", func() bool { return strings.Contains(w.log.String(), "no such file") })
	if _, err := w.dial(t, &tls.Config{RootCAs: next.Pool()}); err != nil {
		t.Errorf("with a broken file: %v", err)
	}
	if n := strings.Count(w.log.String(), "cannot be used"); n > 3 {
		t.Errorf("%d lines of the same files:\n%s", n, w.log)
	}
	if strings.Contains(w.log.String(), "PRIVATE") {
		t.Errorf("the log has a private key:\n%s", w.log)
	}
}

func TestClientCertificates(t *testing.T) {
	ca, other := transporttest.NewAuthority(t, "ours"), transporttest.NewAuthority(t, "other")
	ours, theirs := ca.Client(t, "ops.internal").TLS(t), other.Client(t, "ops.internal").TLS(t)
	expired := ca.Issue(t, &x509.Certificate{
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}).TLS(t)
	tests := []struct {
		name             string
		shown            []tls.Certificate
		asked, ifPresent bool
	}{
		{"none", nil, false, true},
		{"of the authority", []tls.Certificate{ours}, true, true},
		{"of another authority", []tls.Certificate{theirs}, false, false},
		{"expired", []tls.Certificate{expired}, false, false},
		{"a server's", []tls.Certificate{ca.Server(t).TLS(t)}, false, false},
	}
	for _, optional := range []bool{false, true} {
		folder := t.TempDir()
		cert, key := ca.Server(t).Write(t, folder)
		clientCA := transporttest.WriteFile(t, folder, "clients.pem", ca.PEM)
		w := start(t, transport.TLS{Cert: cert, Key: key, ClientCA: clientCA, ClientOptional: optional})
		for _, tt := range tests {
			for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
				// GetClientCertificate shows it whether or not the server would take it.
				_, err := w.dial(t, &tls.Config{
					RootCAs: ca.Pool(), MaxVersion: version,
					GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
						if len(tt.shown) == 0 {
							return &tls.Certificate{}, nil
						}
						return &tt.shown[0], nil
					},
				})
				want := tt.asked
				if optional {
					want = tt.ifPresent
				}
				if (err == nil) != want {
					t.Errorf("optional %t, %s, TLS %x: %v", optional, tt.name, version, err)
				}
			}
		}
		// An authority that is taken out is so for clients that were here before.
		sessions := tls.NewLRUClientSessionCache(8)
		again := &tls.Config{RootCAs: ca.Pool(), Certificates: []tls.Certificate{ours}, ClientSessionCache: sessions}
		for range 2 {
			conn, err := w.dial(t, again)
			if err != nil {
				t.Fatal(err)
			}
			if conn.ConnectionState().DidResume {
				t.Errorf("optional %t: a session is resumed without its certificate", optional)
			}
		}
		transporttest.WriteFile(t, folder, "clients.pem", other.PEM)
		if err := w.certs.Reload(); err != nil {
			t.Fatal(err)
		}
		again.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &ours, nil }
		if _, err := w.dial(t, again); err == nil {
			t.Errorf("optional %t: a client of an authority that was taken out is let in", optional)
		}
	}
}

func TestOldProtocols(t *testing.T) {
	ca := transporttest.NewAuthority(t, "ours")
	cert, key := ca.Server(t).Write(t, t.TempDir())
	w := start(t, transport.TLS{Cert: cert, Key: key})
	for name, cfg := range map[string]*tls.Config{
		"TLS 1.1": {MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
		"CBC":     {MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}},
	} {
		cfg.RootCAs = ca.Pool()
		if _, err := w.dial(t, cfg); err == nil {
			t.Errorf("%s is spoken", name)
		}
	}
}

// The same configuration serves HTTP.
func TestHTTP(t *testing.T) {
	ca := transporttest.NewAuthority(t, "ours")
	cert, key := ca.Server(t).Write(t, t.TempDir())
	certs, err := transport.Load(t.Context(), transport.TLS{Cert: cert, Key: key, Protocols: []string{"h2", "http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	lis, err := transport.Listen(t.Context(), "localhost:0", transport.Options{TLS: certs})
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{
		TLSConfig: certs.Config(),
		Handler:   http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }),
	}
	go func() { _ = srv.ServeTLS(lis, "", "") }()
	defer srv.Close()
	for _, h2 := range []bool{true, false} {
		client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Pool()}, ForceAttemptHTTP2: h2}}
		res, err := client.Get("https://" + lis.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		client.CloseIdleConnections()
		want := "HTTP/1.1"
		if h2 {
			want = "HTTP/2.0"
		}
		if string(body) != want {
			t.Errorf("%s, want %s", body, want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	ca := transporttest.NewAuthority(t, "ours")
	folder := t.TempDir()
	cert, key := ca.Server(t).Write(t, folder)
	half := transporttest.WriteFile(t, folder, "half.pem",
		append(bytes.Clone(ca.PEM), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"...))
	tests := []struct {
		name  string
		files transport.TLS
		want  string
	}{
		{"no key", transport.TLS{Cert: cert}, "one of them is missing"},
		{"no file", transport.TLS{Cert: cert, Key: filepath.Join(folder, "other.key")}, "other.key: no such file"},
		{"another's key", transport.TLS{Cert: cert, Key: transporttest.WriteFile(t, folder, "b.key", ca.Server(t).Key)}, "does not match"},
		{"no authority", transport.TLS{Cert: cert, Key: key, ClientCA: key}, "tls.key: holds no certificate"},
		{"a broken authority", transport.TLS{Cert: cert, Key: key, ClientCA: half}, "half.pem: certificate 2"},
		{"optional what", transport.TLS{Cert: cert, Key: key, ClientOptional: true}, "ClientCA"},
	}
	for _, tt := range tests {
		if _, err := transport.Load(t.Context(), tt.files); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	ca := transporttest.NewAuthority(t, "ours")
	pair := ca.Issue(t, &x509.Certificate{NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour)})
	cert, key := pair.Write(t, t.TempDir())
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	w := start(t, transport.TLS{Cert: cert, Key: key})
	for _, want := range []string{"has expired", "can read the private key"} {
		if !strings.Contains(w.log.String(), want) {
			t.Errorf("no %q in:\n%s", want, w.log)
		}
	}
}

func TestPlaintext(t *testing.T) {
	ca := transporttest.NewAuthority(t, "ours")
	cert, key := ca.Server(t).Write(t, t.TempDir())
	certs, err := transport.Load(t.Context(), transport.TLS{Cert: cert, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		address string
		options transport.Options
		refused bool
		warns   bool
	}{
		{"127.0.0.1:0", transport.Options{}, false, false},
		{"127.9.9.9:0", transport.Options{}, false, false},
		{"localhost:0", transport.Options{}, false, false},
		{":0", transport.Options{}, true, false},
		{"0.0.0.0:0", transport.Options{}, true, false},
		{"[::]:0", transport.Options{}, true, false},
		{"0.0.0.0:0", transport.Options{AllowPlaintext: true}, false, true},
		{"127.0.0.1:0", transport.Options{AllowPlaintext: true}, false, false},
		{"0.0.0.0:0", transport.Options{TLS: certs}, false, false},
	}
	for _, tt := range tests {
		var log buffer
		tt.options.Logger = slog.New(slog.NewTextHandler(&log, nil))
		lis, err := transport.Listen(context.Background(), tt.address, tt.options)
		var plain *transport.PlaintextError
		if refused := errors.As(err, &plain); refused != tt.refused || !refused && err != nil {
			t.Errorf("%s %+v: %v", tt.address, tt.options, err)
		}
		if err == nil {
			if tt.refused != false || lis.Addr().(*net.TCPAddr).Port == 0 {
				t.Errorf("%s listens on %s", tt.address, lis.Addr())
			}
			lis.Close()
		}
		if warns := strings.Contains(log.String(), "plain text"); warns != tt.warns {
			t.Errorf("%s %+v: the log says %q", tt.address, tt.options, log.String())
		}
	}
}
