package attack_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	grpcauth "github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/auth"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	appv1 "github.com/rowgate/rowgate/proto/gen/app/v1"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/servicetest"
)

// kidRate is how many tokens of unknown kids are offered a second.
const kidRate = 50_000

// kidTime is how long they are: two seconds, or as ROWGATE_TEST_KIDS says. Then
// the test waits first until a token may make the server fetch its keys.
func kidTime(t *testing.T) (d time.Duration, long bool) {
	t.Helper()
	text := os.Getenv("ROWGATE_TEST_KIDS")
	if text == "" {
		return 2 * time.Second, false
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		t.Fatalf("ROWGATE_TEST_KIDS is %q, which is no time such as 10s", text)
	}
	return d, true
}

// keyServer publishes one key over HTTP, and counts who asks.
type keyServer struct {
	url     string
	key     *ecdsa.PrivateKey
	fetches atomic.Int64
}

func newKeyServer(t *testing.T) *keyServer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := jwkset.NewJWKFromKey(key.Public(), jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: "good", ALG: jwkset.AlgES256}})
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(map[string]any{"keys": []any{public.Marshal()}})
	if err != nil {
		t.Fatal(err)
	}
	s := &keyServer{key: key}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.fetches.Add(1)
		w.Header().Set("Cache-Control", "public, max-age=600")
		_, _ = w.Write(set)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// token is a good token of Alice's.
func (s *keyServer) token(t *testing.T) string {
	t.Helper()
	now := time.Now()
	token := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"sub": alice, "role": "authenticated", "aud": "authenticated", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"app_metadata": map[string]any{"provider": "email", "providers": []string{"email"}}, "session_id": "27e9cd4a-0d2f-4f0e-8d5c-8a0a9d1c5b11",
	})
	token.Header["kid"] = "good"
	signed, err := token.SignedString(s.key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// kids makes of a good token as many as are asked for, each of a kid of its own.
type kids struct {
	rest string // of the good token, after its header
	next atomic.Int64
}

func (k *kids) token() string {
	header := fmt.Sprintf(`{"alg":"ES256","kid":"%08x-unknown","typ":"JWT"}`, k.next.Add(1))
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + k.rest
}

// refused offers a token to what the server runs before a call.
func (k *kids) refused(t *testing.T, authenticate grpcauth.AuthFunc) bool {
	md := metadata.Pairs("authorization", "Bearer "+k.token())
	_, err := authenticate(metadata.NewIncomingContext(t.Context(), md))
	var own *auth.Error
	if !errors.As(err, &own) || own.Code != codes.Unauthenticated {
		t.Errorf("a token of an unknown key: %v", err)
		return false
	}
	return true
}

// cost is the time that a token takes to make and to refuse, as the quickest of
// many rounds has it, which does not depend on what else the machine does.
func (k *kids) cost(t *testing.T, authenticate grpcauth.AuthFunc) time.Duration {
	const round = 200
	best := time.Hour
	for range 100 {
		start := time.Now()
		for range round {
			if !k.refused(t, authenticate) {
				return best
			}
		}
		best = min(best, time.Since(start)/round)
	}
	return best
}

// atVerifier offers tokens to what the server runs before a call, from two
// goroutines, at kidRate together. It returns how many were refused.
func (k *kids) atVerifier(ctx context.Context, t *testing.T, authenticate grpcauth.AuthFunc) int64 {
	var refused atomic.Int64
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			start, sent := time.Now(), 0
			for ctx.Err() == nil {
				for due := int(time.Since(start).Seconds() * kidRate / 2); sent < due && ctx.Err() == nil; sent++ {
					if !k.refused(t, authenticate) {
						return
					}
					refused.Add(1)
					if sent%50 == 0 {
						// Each would come in a call's own goroutine, which ends here.
						runtime.Gosched()
					}
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	wg.Wait()
	return refused.Load()
}

// atServer offers tokens over gRPC, as many as go through, and returns how many
// were refused.
func (k *kids) atServer(ctx context.Context, t *testing.T, addr string) int64 {
	var refused atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		client := appv1.NewProfileServiceClient(servicetest.Dial(t, addr))
		for range 16 {
			wg.Go(func() {
				for ctx.Err() == nil {
					_, err := client.GetProfile(servicetest.As(t.Context(), k.token()), &appv1.GetProfileRequest{Id: alice})
					if status.Code(err) != codes.Unauthenticated {
						t.Errorf("a token of an unknown key: %v", err)
						return
					}
					refused.Add(1)
				}
			})
		}
	}
	wg.Wait()
	return refused.Load()
}

// latencies are the times of calls, in order of length.
type latencies []time.Duration

func (l latencies) at(percent int) time.Duration { return l[min(len(l)*percent/100, len(l)-1)] }

func (l latencies) String() string {
	return fmt.Sprintf("p50 %s, p99 %s of %d calls", l.at(50).Round(time.Microsecond), l.at(99).Round(time.Microsecond), len(l))
}

// goodCalls makes calls with good tokens, one after the other, until the context
// ends. Every tenth has a token that the server has not seen.
func goodCalls(ctx context.Context, t *testing.T, w *servicetest.World, s *keyServer) latencies {
	t.Helper()
	client := appv1.NewProfileServiceClient(w.Conn)
	token := s.token(t)
	var all latencies
	for n := 0; ctx.Err() == nil; n++ {
		used := token
		if n%10 == 9 {
			used = s.token(t) // ECDSA signs the same claims in another way each time
		}
		start := time.Now()
		got, err := client.GetProfile(servicetest.As(t.Context(), used), &appv1.GetProfileRequest{Id: alice})
		all = append(all, time.Since(start))
		if err != nil || got.GetId() != alice {
			t.Fatalf("a good token: %v, %v", got, err)
		}
		time.Sleep(time.Millisecond)
	}
	slices.Sort(all)
	return all
}

// Tokens with made-up kids, by the ten thousand: each could make the server
// fetch its issuer's keys, wait for them, or remember the kid. It must fetch at
// most once in 30 seconds, and calls with good tokens must not feel it.
func TestUnknownKids(t *testing.T) {
	s := newKeyServer(t)
	var authenticate grpcauth.AuthFunc
	w := servicetest.New(t, servicetest.Options{
		Identity: func(c *auth.Config) { c.Secret, c.JWKSURL = "", s.url },
		Server:   func(c *service.Config) { authenticate = c.Verifier.AuthFunc() },
	})
	good := s.token(t)
	k := &kids{rest: good[strings.IndexByte(good, '.'):]}
	during, long := kidTime(t)
	timed := func(d time.Duration) context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		t.Cleanup(cancel)
		return ctx
	}
	goodCalls(timed(200*time.Millisecond), t, w, s) // connects, fetches and prepares
	if long {
		time.Sleep(31 * time.Second)
	}
	first := s.fetches.Load()
	without := goodCalls(timed(during), t, w, s)

	flood := func(offer func(context.Context) int64) (latencies, float64) {
		ctx, done := timed(during), make(chan int64)
		go func() { done <- offer(ctx) }()
		with := goodCalls(ctx, t, w, s)
		return with, float64(<-done) / during.Seconds()
	}
	with, rate := flood(func(ctx context.Context) int64 { return k.atVerifier(ctx, t, authenticate) })
	wire, wireRate := flood(func(ctx context.Context) int64 { return k.atServer(ctx, t, w.Addr) })

	fetches := s.fetches.Load() - first
	t.Logf("good tokens, no flood:                        %s", without)
	t.Logf("good tokens, %6.0f unknown kids a second at the verifier: %s", rate, with)
	t.Logf("good tokens, %6.0f unknown kids a second over gRPC:       %s", wireRate, wire)
	t.Logf("%d tokens refused, %d fetches", k.next.Load(), fetches)
	if fetches > 1 {
		t.Errorf("%d fetches", fetches)
	}
	if long && fetches != 1 {
		t.Errorf("%d fetches; the first unknown kid should have made one", fetches)
	}
	cost := k.cost(t, authenticate)
	t.Logf("a token costs %s, made and refused", cost)
	if most := 4 * time.Second / kidRate; cost > most {
		t.Errorf("a token of an unknown kid costs %s; at %d a second that is more than four processors have", cost, kidRate)
	}
	if wireRate == 0 {
		t.Error("nothing was offered over gRPC")
	}
	if rate < kidRate*9/10 {
		t.Logf("the machine is too busy to offer %d a second, so the latencies say nothing of the flood", kidRate)
		return
	}
	if most := max(5*without.at(50), 20*time.Millisecond); with.at(50) > most {
		t.Errorf("the flood makes half of the calls with good tokens take %s or more; at most %s", with.at(50), most)
	}
	if most := max(10*without.at(99), 200*time.Millisecond); with.at(99) > most {
		t.Errorf("the flood makes one in a hundred calls with good tokens take %s or more; at most %s", with.at(99), most)
	}
}
