package admin_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/admin"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/storetest"
)

const (
	alice = "a11ce000-0000-4000-8000-000000000001"
	bob   = "b0b00000-0000-4000-8000-000000000002"
)

// options change the world; the zero value is the example application with a
// user path beside the admin path.
type options struct {
	policy     string
	migrations []storetest.Migration
	contract   *descriptor.Set
	// alone leaves the user path out.
	alone bool
	// config changes the admin path's.
	config func(*world, *admin.Config)
	// register registers services by hand.
	register func(*admin.Server)
}

// world is both paths of one process over a database of its own.
type world struct {
	*servicetest.World
	admin *admin.Server
	store *store.Store
	addr  string
	ca    *authority
	log   *logLines
	sql   *pgx.Conn

	mu       sync.Mutex
	policy   string
	contract *descriptor.Set
}

func newWorld(t *testing.T, o options) *world {
	t.Helper()
	w := &world{ca: newAuthority(t, "the tests"), log: &logLines{}, policy: o.policy, contract: o.contract}
	if w.contract == nil {
		w.contract = servicetest.ExampleContract(t)
	}
	w.World = servicetest.New(t, servicetest.Options{Migrations: o.migrations, Contract: w.contract})
	w.sql = w.DB.Superuser(t)
	var err error
	if w.store, err = store.Open(t.Context(), store.Config{URL: w.DB.LoginURL(t, migrations.AdminLogin), MaxConns: 4}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.store.Close)
	verifier, err := auth.New(t.Context(), auth.Config{Secret: servicetest.Secret, ServiceRole: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	policy, err := admin.ParsePolicy("policy.yaml", []byte(o.policy))
	if err != nil {
		t.Fatal(err)
	}
	cfg := admin.Config{
		Store: w.store, Contract: w.contract, Verifier: verifier, Policy: policy, Version: "of the tests",
		Logger: slog.New(slog.NewJSONHandler(w.log, nil)),
		Load: func(context.Context) (*descriptor.Set, *admin.Policy, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			policy, err := admin.ParsePolicy("policy.yaml", []byte(w.policy))
			return w.contract, policy, err
		},
		Server: service.Config{Allow: servicetest.Fixtures(), Options: []grpc.ServerOption{grpc.Creds(credentials.NewTLS(&tls.Config{
			Certificates: []tls.Certificate{w.ca.issue(t, leaf{server: true})},
			ClientCAs:    w.ca.pool(), ClientAuth: tls.VerifyClientCertIfGiven, MinVersion: tls.VersionTLS13,
		}))}},
	}
	if !o.alone {
		cfg.UserStore, cfg.User = w.Store, w.Server
	}
	if o.config != nil {
		o.config(w, &cfg)
	}
	if w.admin, err = admin.New(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if o.register != nil {
		o.register(w.admin)
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.addr = lis.Addr().String()
	done := make(chan error, 1)
	go func() { done <- w.admin.Serve(lis) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		w.admin.GracefulStop(ctx)
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return w
}

// load sets what the next reload reads.
func (w *world) load(policy string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.policy = policy
}

// dial opens a connection to the admin path, with a client certificate or
// without one.
func (w *world) dial(t *testing.T, certificates ...tls.Certificate) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(w.addr, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{
		Certificates: certificates, RootCAs: w.ca.pool(), ServerName: "rowgate.internal", MinVersion: tls.VersionTLS13,
	})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// leaf is what a certificate says.
type leaf struct {
	server     bool
	commonName string
	uris       []string
	dns, email []string
	// ends is when it does; zero means in an hour.
	ends time.Time
	// selfSigned is signed by no authority.
	selfSigned bool
}

func (a *authority) issue(t *testing.T, l leaf) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: l.commonName},
		DNSNames: l.dns, EmailAddresses: l.email, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		KeyUsage: x509.KeyUsageDigitalSignature, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: l.ends,
	}
	if l.ends.IsZero() {
		template.NotAfter = time.Now().Add(time.Hour)
	}
	if l.server {
		template.DNSNames, template.ExtKeyUsage = []string{"rowgate.internal"}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	for _, text := range l.uris {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		template.URIs = append(template.URIs, u)
	}
	parent, signer := a.cert, a.key
	if l.selfSigned {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// newKey makes a secret key and what a policy says of it.
func newKey() (key, hash string) {
	key = "sb_secret_" + rand.Text() + rand.Text()
	return key, hashOf(key)
}

func hashOf(key string) string {
	digest := sha256.Sum256([]byte(key))
	return "sha256:" + hex.EncodeToString(digest[:])
}

// as returns a context for calls with a token or a key, and an id of its own.
func as(t *testing.T, secret string, more ...string) (context.Context, string) {
	id := uuid.NewString()
	return metadata.AppendToOutgoingContext(servicetest.As(t.Context(), secret), append([]string{"x-request-id", id}, more...)...), id
}

// serviceToken signs a service_role token.
func serviceToken(t *testing.T, issuer, subject string) string {
	return servicetest.Sign(t, servicetest.Secret, auth.Claims{Role: "service_role", Issuer: issuer, Subject: subject})
}

// call calls a method by its name with requests in JSON, several of a stream with
// a line each, and returns the answers in JSON.
func (w *world) call(ctx context.Context, conn *grpc.ClientConn, method, requests string) ([]string, error) {
	service, name, _ := strings.Cut(method, "/")
	d, err := w.contract.Files.FindDescriptorByName(protoreflect.FullName(service))
	if err != nil {
		d, err = protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
	}
	if err != nil {
		return nil, err
	}
	md := d.(protoreflect.ServiceDescriptor).Methods().ByName(protoreflect.Name(name))
	message := func(d protoreflect.MessageDescriptor) proto.Message { return dynamicpb.NewMessage(d) }
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, "/"+method)
	if err != nil {
		return nil, err
	}
	for text := range strings.SplitSeq(requests, "\n") {
		req := message(md.Input())
		if err := protojson.Unmarshal([]byte(text), req); err != nil {
			return nil, err
		}
		if err := stream.SendMsg(req); err != nil {
			break // The answer says why.
		}
	}
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	var answers []string
	for {
		res := message(md.Output())
		if err := stream.RecvMsg(res); err == io.EOF {
			return answers, nil
		} else if err != nil {
			return answers, err
		}
		text, err := protojson.Marshal(res)
		if err != nil {
			return answers, err
		}
		answers = append(answers, string(text))
	}
}

// fails holds an error against a code and a reason.
func fails(t *testing.T, err error, code codes.Code, reason string) {
	t.Helper()
	st, got := grpcstatus.Convert(err), ""
	for _, d := range st.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			got = info.GetReason()
		}
	}
	if st.Code() != code || got != reason {
		t.Errorf("got %v %s: %s, want %v %s", st.Code(), got, st.Message(), code, reason)
	}
}

// row is a row of rowgate.audit.
type row struct {
	Event, Principal, Method string
	ActingAs                 *string
	RequestID                string
	Reason, Code             *string
	Rows                     *int64
	Login                    string
}

// audited returns the rows of the calls with a request id, which must belong to
// one call, in their order.
func (w *world) audited(t *testing.T, requestID string) []row {
	t.Helper()
	rows, err := w.sql.Query(t.Context(), `select event, principal, method, acting_as::text, request_id, reason, code, rows, login::text
		from rowgate.audit where request_id = $1 order by id`, requestID)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		t.Fatal(err)
	}
	var ids int
	if err := w.sql.QueryRow(t.Context(), "select count(distinct call_id) from rowgate.audit where request_id = $1 and at between now() - interval '1 minute' and clock_timestamp()", requestID).Scan(&ids); err != nil {
		t.Fatal(err)
	}
	if len(all) > 0 && ids != 1 {
		t.Errorf("the rows of request %s belong to %d calls", requestID, ids)
	}
	return all
}

func some[T any](v T) *T { return &v }

// texts are rows for comparing and printing.
func texts(t *testing.T, rows []row) []string {
	t.Helper()
	var all []string
	for _, r := range rows {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	return all
}

func same(t *testing.T, what string, got, want []row) {
	t.Helper()
	g, w := strings.Join(texts(t, got), "\n"), strings.Join(texts(t, want), "\n")
	if g != w {
		t.Errorf("%s has left\n%s\nwant\n%s", what, g, w)
	}
}

// logLines takes a log's lines.
type logLines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logLines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// with returns the lines with a text and a request id.
func (l *logLines) with(t *testing.T, msg, requestID string) []map[string]any {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []map[string]any
	for line := range bytes.Lines(l.buf.Bytes()) {
		var fields map[string]any
		if err := json.Unmarshal(line, &fields); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(fields["msg"].(string), msg) && (requestID == "" || fields["request_id"] == requestID) {
			found = append(found, fields)
		}
	}
	return found
}
