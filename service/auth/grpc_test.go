package auth

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	grpcauth "github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/auth"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/store"
)

// whoami answers with the caller that it finds: it is a health service because
// grpc brings that along.
type whoami struct {
	grpc_health_v1.UnimplementedHealthServer
	callers chan store.Caller
}

func (s *whoami) Check(ctx context.Context, _ *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	caller, ok := CallerFrom(ctx)
	if !ok {
		return nil, errors.New("no caller")
	}
	s.callers <- caller
	return &grpc_health_v1.HealthCheckResponse{}, nil
}

func (s *whoami) Watch(_ *grpc_health_v1.HealthCheckRequest, stream grpc.ServerStreamingServer[grpc_health_v1.HealthCheckResponse]) error {
	caller, ok := CallerFrom(stream.Context())
	if !ok {
		return errors.New("no caller")
	}
	s.callers <- caller
	return stream.Send(&grpc_health_v1.HealthCheckResponse{})
}

// serve starts a server with the interceptors, and returns a client of it.
func serve(t *testing.T, v *Verifier) (grpc_health_v1.HealthClient, *whoami) {
	t.Helper()
	service := &whoami{callers: make(chan store.Caller, 1)}
	server := grpc.NewServer(
		grpc.ChainUnaryInterceptor(grpcauth.UnaryServerInterceptor(v.AuthFunc())),
		grpc.ChainStreamInterceptor(grpcauth.StreamServerInterceptor(v.AuthFunc())),
	)
	grpc_health_v1.RegisterHealthServer(server, service)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return grpc_health_v1.NewHealthClient(conn), service
}

func TestCalls(t *testing.T) {
	token := hs256(t, user())
	subject := store.Caller{Role: "authenticated", Subject: userA}
	anon := store.Caller{Role: "anon"}
	const (
		form  = "the authorization is not of the form Bearer and a token"
		after = "the authorization has no token after Bearer"
	)
	for _, tc := range []struct {
		name string
		md   []string
		want store.Caller // role and subject
		text string
	}{
		{"nothing", nil, anon, ""},
		{"bearer", []string{"authorization", "Bearer " + token}, subject, ""},
		{"in another case", []string{"Authorization", "bEARER " + token}, subject, ""},
		{"more spaces", []string{"authorization", "Bearer   " + token}, subject, ""},
		{"other metadata says otherwise", []string{
			"authorization", "Bearer " + token, "role", "service_role", "x-role", "service_role", "sub", "x", "apikey", "sb_secret_x",
			"request.jwt.claims", `{"role":"service_role"}`, "x-forwarded-user", "x", "grpcgateway-authorization", "Bearer x", "proxy-authorization", "Bearer x",
		}, subject, ""},
		{"other metadata alone", []string{
			"x-authorization", "Bearer " + token, "grpcgateway-authorization", "Bearer " + token, "proxy-authorization", "Bearer " + token,
			"authorization-bin", "Bearer " + token, "cookie", "sb-access-token=" + token, "apikey", token, "role", "authenticated",
		}, anon, ""},

		{"twice", []string{"authorization", "Bearer " + token, "authorization", "Bearer " + token}, store.Caller{}, "the call has 2 values for authorization; send one"},
		{"twice, once broken", []string{"authorization", "x", "authorization", "Bearer " + token}, store.Caller{}, "the call has 2 values for authorization; send one"},
		{"two in one", []string{"authorization", "Bearer " + token + ", Bearer " + token}, store.Caller{}, "the token is not a signed JWT"},
		{"empty", []string{"authorization", ""}, store.Caller{}, form},
		{"no scheme", []string{"authorization", token}, store.Caller{}, form},
		{"basic", []string{"authorization", "Basic eDp5"}, store.Caller{}, form},
		{"a scheme that begins like it", []string{"authorization", "BearerX " + token}, store.Caller{}, form},
		{"no token", []string{"authorization", "Bearer"}, store.Caller{}, after},
		{"no token after a space", []string{"authorization", "Bearer "}, store.Caller{}, after},
		{"a broken token is not anonymous", []string{"authorization", "Bearer x"}, store.Caller{}, "the token is not a signed JWT"},
		{"an API key", []string{"authorization", "Bearer sb_publishable_x"}, store.Caller{}, "the bearer is a publishable API key, not a user's token: send the access token of the user's session, or no authorization at all"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			client, service := serve(t, verifier(t))
			ctx := metadata.AppendToOutgoingContext(t.Context(), tc.md...)
			_, unaryErr := client.Check(ctx, &grpc_health_v1.HealthCheckRequest{})
			check(t, service, unaryErr, tc.want, tc.text)

			stream, err := client.Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
			if err != nil {
				t.Fatal(err)
			}
			_, streamErr := stream.Recv()
			check(t, service, streamErr, tc.want, tc.text)
			if _, err := stream.Recv(); tc.text == "" && err != io.EOF {
				t.Error(err)
			}
		})
	}
}

func check(t *testing.T, service *whoami, err error, want store.Caller, text string) {
	t.Helper()
	if text != "" {
		st := grpcstatus.Convert(err)
		if st.Code() != codes.Unauthenticated || st.Message() != text || len(st.Details()) != 1 {
			t.Errorf("got %v, want %q", err, text)
		}
		select {
		case caller := <-service.callers:
			t.Errorf("the handler ran as %+v", caller)
		default:
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	got := <-service.callers
	if got.Role != want.Role || got.Subject != want.Subject {
		t.Errorf("got %+v, want %+v", got, want)
	}
	var claims struct{ Role string }
	if err := json.Unmarshal([]byte(got.Claims), &claims); err != nil || claims.Role != want.Role {
		t.Errorf("claims %s, %v", got.Claims, err)
	}
}

func TestAnonymousCallsRefused(t *testing.T) {
	client, service := serve(t, verifier(t, func(c *Config) { c.AnonRole = NoAnonymous }))
	_, err := client.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	check(t, service, err, store.Caller{}, "a token is required: send authorization: Bearer and the user's access token")
}

func TestCallerInContext(t *testing.T) {
	if got, ok := CallerFrom(t.Context()); ok || got != (store.Caller{}) {
		t.Errorf("got %+v out of nothing", got)
	}
	want := store.Caller{Role: "authenticated", Subject: userA, Claims: "{}", Email: "e"}
	ctx := WithCaller(t.Context(), want)
	got, ok := CallerFrom(ctx)
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("%v (-want +got):\n%s", ok, diff)
	}
	// A handler's copy is its own.
	got.Role = "other"
	if again, _ := CallerFrom(ctx); again.Role != "authenticated" {
		t.Errorf("changed to %q", again.Role)
	}
}

func FuzzBearer(f *testing.F) {
	for _, s := range []string{"", " ", "Bearer", "Bearer x", "bearer\tx", "Basic x", "Bearer  x y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		token, ok, err := bearer(metadata.NewIncomingContext(t.Context(), metadata.Pairs("authorization", header)))
		if ok == (err != nil) || ok == (token == "") {
			t.Fatalf("%q: %q, %v, %v", header, token, ok, err)
		}
		if ok && (!strings.Contains(header, token) || !strings.EqualFold(strings.TrimSpace(header)[:6], "bearer")) {
			t.Fatalf("%q: %q", header, token)
		}
	})
}

// TestExpiryInContext gives what ends streams the end of the token.
func TestExpiryInContext(t *testing.T) {
	v := verifier(t, session)
	call := func(token string) context.Context {
		ctx, err := v.AuthFunc()(metadata.NewIncomingContext(t.Context(), metadata.Pairs("authorization", "Bearer "+token)))
		if err != nil {
			t.Fatal(err)
		}
		return ctx
	}
	token := hs256(t, user(with("exp", json.Number("1782910800.25"))))
	want := time.UnixMilli(1782910800250).Add(30 * time.Second)
	for _, round := range []string{"first", "cached"} {
		ctx := call(token)
		got, ok := ExpiryFrom(ctx)
		if !ok || !got.Equal(want) {
			t.Errorf("%s: %s, %v; want %s", round, got, ok, want)
		}
		// Whoever acts as somebody else does so no longer than they may themselves.
		if got, ok := ExpiryFrom(WithCaller(ctx, store.Caller{Role: "anon"})); !ok || !got.Equal(want) {
			t.Errorf("%s, as another: %s, %v", round, got, ok)
		}
	}
	if got, ok := ExpiryFrom(call(hs256(t, projectKey("anon")))); !ok || !got.Equal(time.Unix(2098267230, 0)) {
		t.Errorf("the anon key: %s, %v", got, ok)
	}
	anonymous, err := v.AuthFunc()(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, ctx := range map[string]context.Context{"anonymous": anonymous, "no caller": t.Context(), "WithCaller": WithCaller(t.Context(), store.Caller{Role: "anon"})} {
		if got, ok := ExpiryFrom(ctx); ok || !got.IsZero() {
			t.Errorf("%s: %s, %v", name, got, ok)
		}
	}
}
