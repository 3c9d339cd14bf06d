package main_test

import (
	"crypto/tls"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/service/transport/transporttest"
	"github.com/rowgate/rowgate/store/storetest"
)

// Mutual TLS on every address, and a certificate that changes under way.
func TestServeTLS(t *testing.T) {
	db := storetest.New(t, exampleApp()...)
	ca, next := transporttest.NewAuthority(t, "first"), transporttest.NewAuthority(t, "next")
	folder := t.TempDir()
	cert, key := ca.Server(t).Write(t, folder)
	clients := transporttest.WriteFile(t, folder, "clients.pem", ca.PEM)
	p := startServe(t, folder, userEnv(t, db), []string{
		"--listen", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key, "--tls-client-ca", clients,
	}, "msg=serving")
	address := "localhost:" + p.address(t, "user")[strings.LastIndex(p.address(t, "user"), ":")+1:]
	dial := func(server, client *transporttest.Authority) *grpc.ClientConn {
		cfg := &tls.Config{RootCAs: server.Pool()}
		if client != nil {
			shown := client.Client(t, "gateway.internal").TLS(t)
			cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &shown, nil }
		}
		return connect(t, address, credentials.NewTLS(cfg))
	}
	alice := servicetest.As(t.Context(), servicetest.Token(t, migrations.Alice))
	old := dial(ca, ca)
	wantOwners(alice, t, old, migrations.Alice)
	// A certificate opens the connection and is nobody.
	wantOwners(t.Context(), t, old)
	for name, conn := range map[string]*grpc.ClientConn{
		"plain text": connect(t, address, nil), "no certificate": dial(ca, nil), "another authority's": dial(ca, next),
	} {
		if _, err := owners(alice, conn); err == nil {
			t.Errorf("%s: let in", name)
		}
	}

	pair := next.Server(t)
	pair.Write(t, folder)
	waitFor(t, "the new certificate", func() bool { _, err := owners(alice, dial(next, ca)); return err == nil })
	wantCode(alice, t, dial(ca, ca), codes.Unavailable, "certificate signed by unknown authority")
	wantOwners(alice, t, old, migrations.Alice)
	// A broken file keeps what there is, also on demand.
	transporttest.WriteFile(t, folder, "tls.key", []byte("broken"))
	p.hangup(t)
	wantOwners(alice, t, dial(next, ca), migrations.Alice)
	if log := p.logged(); !strings.Contains(log, "tls.key") || strings.Contains(log, "PRIVATE") {
		t.Errorf("the log:\n%s", log)
	}
}

func TestPlaintextOffLoopback(t *testing.T) {
	db := storetest.New(t, exampleApp()...)
	env := userEnv(t, db)
	got := rowgate(t, env, "serve", "--listen", "0.0.0.0:0")
	const want = "--listen 0.0.0.0:0 can be reached from other machines, which would send tokens in plain text: " +
		"give --tls-cert and its key, or, with a proxy in front that ends TLS, say --allow-plaintext\n"
	if got.code != 1 || !strings.HasSuffix(got.errOut, want) {
		t.Errorf("exit code %d, want 1 and %q:\n%s", got.code, want, got.errOut)
	}
	for name, args := range map[string][]string{
		"no key":         {"--tls-cert", "a.pem"},
		"no certificate": {"--tls-client-ca", "a.pem"},
		"no file":        {"--tls-cert", "a.pem", "--tls-key", "b.pem"},
	} {
		got := rowgate(t, env, append([]string{"serve"}, args...)...)
		if got.code != 1 || !strings.Contains(got.errOut, map[string]string{
			"no key": "the certificate a.pem lacks its key: set --tls-key", "no certificate": "TLS lacks its certificate: set --tls-cert",
			"no file": "open a.pem: no such file",
		}[name]) {
			t.Errorf("%s: exit code %d:\n%s", name, got.code, got.errOut)
		}
	}
	p := startServe(t, t.TempDir(), append(env, "ROWGATE_ALLOW_PLAINTEXT=true"), []string{"--listen", "0.0.0.0:0"}, "msg=serving")
	if !strings.Contains(p.logged(), "level=WARN msg=\"tokens and rows travel in plain text") {
		t.Errorf("no warning:\n%s", p.logged())
	}
}
