package admin_test

import (
	"crypto/tls"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	"github.com/rowgate/rowgate/service/admin"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/servicetest"
)

const getItem = "app.v1.ItemService/GetItem"

// getAlices is a request of GetItem.
const getAlices = `{"id":"` + aliceItem + `"}`

func TestWhoIsLetIn(t *testing.T) {
	key, hash := newKey()
	other, otherHash := newKey()
	const short = "sb_secret_of_20_bytes"
	w := newWorld(t, options{policy: `
principals:
- name: backend
  certificates: ["spiffe://example.org/backend", "dns:backend.internal", "email:ops@example.com"]
  keys: ["` + hash + `", "` + hashOf(short) + `"]
  tokens: [{issuer: "https://id.example.com"}]
  allow: ["*/*"]
- name: one subject
  tokens: [{issuer: "https://id.example.com", subject: "7"}]
  allow: ["*/*"]
- name: other
  certificates: ["dns:other.internal"]
  keys: ["` + otherHash + `"]
  allow: ["*/*"]
`})
	foreign := newAuthority(t, "the tests") // by the same name
	var (
		backend  = w.ca.issue(t, leaf{dns: []string{"backend.internal"}})
		stranger = w.ca.issue(t, leaf{dns: []string{"stranger.internal"}})
		token    = serviceToken(t, "https://id.example.com", "")
	)
	const denied = codes.PermissionDenied
	for _, c := range []struct {
		name        string
		certificate *tls.Certificate
		secret      string
		metadata    []string
		principal   string // empty when it is not let in
		code        codes.Code
		reason      string
	}{
		{name: "nobody", code: codes.Unauthenticated, reason: "CREDENTIAL_REQUIRED"},

		{name: "a DNS name", certificate: &backend, principal: "backend"},
		{name: "a URI", certificate: some(w.ca.issue(t, leaf{uris: []string{"spiffe://example.org/backend"}})), principal: "backend"},
		{name: "an email address", certificate: some(w.ca.issue(t, leaf{email: []string{"ops@example.com"}})), principal: "backend"},
		{name: "one of several names", certificate: some(w.ca.issue(t, leaf{dns: []string{"a.internal", "backend.internal"}})), principal: "backend"},
		{name: "names of two principals", certificate: some(w.ca.issue(t, leaf{dns: []string{"other.internal", "backend.internal"}})), code: denied, reason: "CREDENTIALS_DIFFER"},
		{name: "a name that nobody has", certificate: &stranger, code: denied, reason: "NOT_ALLOWED"},
		{name: "no name", certificate: some(w.ca.issue(t, leaf{})), code: denied, reason: "NOT_ALLOWED"},
		{name: "the common name alone", certificate: some(w.ca.issue(t, leaf{commonName: "backend.internal"})), code: denied, reason: "NOT_ALLOWED"},
		{name: "the common name beside another", certificate: some(w.ca.issue(t, leaf{commonName: "backend.internal", dns: []string{"other.internal"}})), principal: "other"},
		{name: "a DNS name as an email address", certificate: some(w.ca.issue(t, leaf{email: []string{"backend.internal"}})), code: denied, reason: "NOT_ALLOWED"},
		{name: "a longer URI", certificate: some(w.ca.issue(t, leaf{uris: []string{"spiffe://example.org/backend/x"}})), code: denied, reason: "NOT_ALLOWED"},
		{name: "a wildcard", certificate: some(w.ca.issue(t, leaf{dns: []string{"*.internal"}})), code: denied, reason: "NOT_ALLOWED"},
		// What the handshake does not believe ends with it.
		{name: "another authority", certificate: some(foreign.issue(t, leaf{dns: []string{"backend.internal"}})), code: codes.Unavailable},
		{name: "signed by itself", certificate: some(w.ca.issue(t, leaf{dns: []string{"backend.internal"}, selfSigned: true})), code: codes.Unavailable},
		{name: "expired", certificate: some(w.ca.issue(t, leaf{dns: []string{"backend.internal"}, ends: time.Now().Add(-time.Minute)})), code: codes.Unavailable},

		{name: "a key", secret: key, principal: "backend"},
		{name: "a key as apikey", metadata: []string{"apikey", key}, principal: "backend"},
		{name: "a key as both", secret: key, metadata: []string{"apikey", key}, principal: "backend"},
		{name: "a key that nobody has", secret: "sb_secret_" + "0123456789012345678901234567890", code: codes.Unauthenticated, reason: "KEY_UNKNOWN"},
		{name: "a key that is too short", secret: short, code: codes.Unauthenticated, reason: "KEY_UNKNOWN"},
		{name: "the hash of a key", secret: hash, code: codes.Unauthenticated, reason: "KEY_UNKNOWN"},
		{name: "the keys of two", secret: key, metadata: []string{"apikey", other}, code: denied, reason: "CREDENTIALS_DIFFER"},
		{name: "a key and an apikey that nobody has", secret: key, metadata: []string{"apikey", "sb_publishable_x"}, code: codes.Unauthenticated, reason: "KEY_UNKNOWN"},
		{name: "two authorizations", secret: key, metadata: []string{"authorization", "Bearer " + key}, code: codes.Unauthenticated, reason: "AUTHORIZATION_MALFORMED"},
		{name: "two apikeys", metadata: []string{"apikey", key, "apikey", key}, code: codes.Unauthenticated, reason: "AUTHORIZATION_MALFORMED"},
		{name: "Basic", metadata: []string{"authorization", "Basic " + key}, code: codes.Unauthenticated, reason: "AUTHORIZATION_MALFORMED"},
		{name: "an empty apikey", metadata: []string{"apikey", ""}, code: codes.Unauthenticated, reason: "AUTHORIZATION_MALFORMED"},

		{name: "a token", secret: token, principal: "backend"},
		{name: "a token of another subject", secret: serviceToken(t, "https://id.example.com", "8"), principal: "backend"},
		{name: "a token of one subject", secret: serviceToken(t, "https://id.example.com", "7"), principal: "one subject"},
		{name: "a token of another issuer", secret: serviceToken(t, "https://id.example.org", ""), code: denied, reason: "NOT_ALLOWED"},
		{name: "a token without an issuer", secret: serviceToken(t, "", ""), code: denied, reason: "NOT_ALLOWED"},
		{name: "an issuer in capitals", secret: servicetest.Sign(t, servicetest.Secret, auth.Claims{Role: "service_role", Extra: map[string]any{"ISS": "https://id.example.com"}}), code: denied, reason: "NOT_ALLOWED"},
		{name: "a user's token", secret: servicetest.Token(t, alice), code: denied, reason: "ROLE_NOT_ALLOWED"},
		{name: "a token of another secret", secret: servicetest.Sign(t, "another secret of 32 bytes or more", auth.Claims{Role: "service_role", Issuer: "https://id.example.com"}), code: codes.Unauthenticated, reason: "TOKEN_SIGNATURE"},
		{name: "an expired token", secret: servicetest.Sign(t, servicetest.Secret, auth.Claims{Role: "service_role", Issuer: "https://id.example.com", TTL: -time.Hour}), code: codes.Unauthenticated, reason: "TOKEN_EXPIRED"},

		{name: "a certificate and a key of one principal", certificate: &backend, secret: key, principal: "backend"},
		{name: "a certificate and a token of one principal", certificate: &backend, secret: token, principal: "backend"},
		{name: "a certificate and a key of two", certificate: &backend, secret: other, code: denied, reason: "CREDENTIALS_DIFFER"},
		{name: "a good certificate and a bad key", certificate: &backend, secret: key + "x", code: codes.Unauthenticated, reason: "KEY_UNKNOWN"},
		{name: "a good certificate and a user's token", certificate: &backend, secret: servicetest.Token(t, alice), code: denied, reason: "ROLE_NOT_ALLOWED"},
		{name: "a strange certificate and a good key", certificate: &stranger, secret: key, code: denied, reason: "NOT_ALLOWED"},

		// Nothing else says who calls.
		{
			name: "headers", metadata: []string{
				"x-forwarded-client-cert", `URI=spiffe://example.org/backend`, "x-client-cert", "backend.internal", "ssl-client-san", "backend.internal",
				"x-forwarded-authorization", "Bearer " + key, "grpc-metadata-authorization", "Bearer " + key, "cookie", key, "x-principal", "backend",
			}, code: codes.Unauthenticated, reason: "CREDENTIAL_REQUIRED",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var conn *grpc.ClientConn
			if c.certificate != nil {
				conn = w.dial(t, *c.certificate)
			} else {
				conn = w.dial(t)
			}
			ctx, id := as(t, c.secret, c.metadata...)
			_, err := w.call(ctx, conn, getItem, getAlices)
			rows := w.audited(t, id)
			if c.principal == "" {
				if c.code == codes.Unavailable {
					if err == nil {
						t.Error("it is let in")
					}
				} else {
					fails(t, err, c.code, c.reason)
				}
				if len(rows) != 0 {
					t.Errorf("a call of nobody has left %v", texts(t, rows))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) != 1 || rows[0].Principal != c.principal || rows[0].Event != "done" {
				t.Errorf("the audit has %v", texts(t, rows))
			}
		})
	}
}

// TestCertificateEndsWithinAConnection holds a connection open for longer than
// its certificate is good.
func TestCertificateEndsWithinAConnection(t *testing.T) {
	w := newWorld(t, options{policy: `principals: [{name: a, certificates: ["dns:a.internal"], allow: ["*/*"]}]`})
	ends := time.Now().Add(3 * time.Second)
	conn := w.dial(t, w.ca.issue(t, leaf{dns: []string{"a.internal"}, ends: ends}))
	if _, err := w.call(t.Context(), conn, getItem, getAlices); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Until(ends.Add(1100 * time.Millisecond))) // A certificate counts seconds.
	_, err := w.call(t.Context(), conn, getItem, getAlices)
	fails(t, err, codes.Unauthenticated, "CERTIFICATE_INVALID")
}

// TestUnverifiedCertificate has a listener that takes any certificate.
func TestUnverifiedCertificate(t *testing.T) {
	key, hash := newKey()
	w := newWorld(t, options{
		policy: `principals: [{name: a, certificates: ["dns:a.internal"], keys: ["` + hash + `"], allow: ["*/*"]}]`,
		config: func(w *world, c *admin.Config) {
			c.Server.Options = []grpc.ServerOption{grpc.Creds(credentials.NewTLS(&tls.Config{
				Certificates: []tls.Certificate{w.ca.issue(t, leaf{server: true})}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS13,
			}))}
		},
	})
	ctx, _ := as(t, key)
	conn := w.dial(t, w.ca.issue(t, leaf{dns: []string{"a.internal"}, selfSigned: true}))
	_, err := w.call(ctx, conn, getItem, getAlices)
	fails(t, err, codes.Unauthenticated, "CERTIFICATE_INVALID")
}

// TestUserPathHeedsNoAdminMetadata sends what the admin path reads to the user
// path.
func TestUserPathHeedsNoAdminMetadata(t *testing.T) {
	key, hash := newKey()
	w := newWorld(t, options{policy: `principals: [{name: a, keys: ["` + hash + `"], allow: ["*/*"], act_as: [authenticated]}]`})
	more := []string{"rowgate-act-as", `{"role":"authenticated","sub":"` + bob + `"}`, "apikey", key, "rowgate-reason", "x"}
	_, err := w.call(metadata.AppendToOutgoingContext(t.Context(), more...), w.Conn, getItem, `{"id":"`+bobItem+`"}`)
	fails(t, err, codes.NotFound, "NOT_FOUND")
	ctx, id := as(t, servicetest.Token(t, alice), more...)
	_, err = w.call(ctx, w.Conn, getItem, `{"id":"`+bobItem+`"}`)
	fails(t, err, codes.NotFound, "NOT_FOUND")
	if rows := w.audited(t, id); len(rows) != 0 {
		t.Errorf("the audit has %v", texts(t, rows))
	}
	_, err = w.call(ctx, w.Conn, "rowgate.admin.v1.AdminService/GetStatus", `{}`)
	if err == nil {
		t.Error("the user path serves AdminService")
	}
}
