package attack_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/servicetest"
)

// impostors are what proxies, gateways and other servers say who a caller is by.
var impostors = []string{
	"x-user-id", "x-user", "x-auth-user", "x-authenticated-user", "x-hasura-role", "x-hasura-user-id", "x-hasura-admin-secret", "role", "sub", "user",
	"grpc-metadata-authorization", "grpcgateway-authorization", "x-authorization", "authentication", "proxy-authorization", "x-original-authorization",
	"x-forwarded-user", "x-forwarded-email", "x-forwarded-for", "x-forwarded-client-cert", "x-forwarded-preferred-username", "x-remote-user", "remote-user", "x-real-ip",
	"request.jwt.claims", "request.jwt.claim.sub", "x-jwt-claim-sub", "x-jwt-claims", "x-jwt-payload", "x-endpoint-api-userinfo", "x-apigateway-api-userinfo", "x-goog-authenticated-user-id", "x-goog-iap-jwt-assertion", "x-amzn-oidc-identity", "x-amzn-oidc-data", "x-ms-client-principal", "x-ms-client-principal-id", "cf-access-jwt-assertion",
	"cookie", "apikey", "x-api-key", "x-supabase-auth", "x-client-info", "prefer", "accept-profile", "content-profile", "x-postgrest-role",
	"rowgate-act-as", "rowgate-act-as-role", "rowgate-act-as-claims", "rowgate-role", "rowgate-claims", "rowgate-subject", "rowgate-principal", "rowgate-reason", "rowgate-secret-key", "act-as", "x-act-as", "impersonate-user", "x-http-method-override", "x-original-url",
	"authorization-bin", "role-bin", "grpc-trace-bin", "tracestate", "baggage", "te", "host", "via", "forwarded", "x-envoy-original-path", "l5d-client-id", "spiffe-id", "x-spiffe-id",
}

// Metadata of every name under which somebody takes an identity: beside a token
// and without one, it changes nothing of who the caller is.
func TestIdentityInMetadata(t *testing.T) {
	a := attacked(t)
	good := servicetest.Token(t, bob)
	for _, value := range []string{bob, "Bearer " + good, good, `{"sub":"` + bob + `","role":"authenticated"}`, "service_role", "role=service_role; sub=" + bob} {
		all := metadata.MD{}
		for _, name := range impostors {
			if name == "te" || name == "host" {
				continue // gRPC's own
			}
			all.Append(name, value)
		}
		for _, c := range []struct {
			caller
			is, items string
		}{{a.alice(t), isAlice, alice}, {a.anon(t), isAnon, `{}`}} {
			md, _ := metadata.FromOutgoingContext(c.ctx)
			as := caller{c.name, metadata.NewOutgoingContext(c.ctx, metadata.Join(md, all))}
			if got := a.whoami(t, as); got != c.is {
				t.Errorf("with %s in everything, %s is %q", value, c.name, got)
			}
			if got := a.must(t, as, "ListItems", `{"readMask":"ownerId"}`); !onlyOf(got, c.items) {
				t.Errorf("with %s in everything, %s lists %s", value, c.name, got)
			}
			a.settingsAsNew(t, as)
		}
	}
	// One by one, as what is in force may end with another.
	for _, name := range impostors {
		if name == "te" || name == "host" {
			continue
		}
		as := caller{"alice", metadata.AppendToOutgoingContext(a.alice(t).ctx, name, "Bearer "+good)}
		if got := a.whoami(t, as); got != isAlice {
			t.Errorf("with %s Alice is %q", name, got)
		}
		as = caller{"anon", metadata.AppendToOutgoingContext(t.Context(), name, "Bearer "+good)}
		if got := a.whoami(t, as); got != isAnon {
			t.Errorf("with %s nobody is %q", name, got)
		}
	}
}

// Several values for authorization, other schemes, and what is nearly a bearer
// token: never the first of them, never an anonymous call.
func TestAuthorizationMalformed(t *testing.T) {
	a := attacked(t)
	hers, his := servicetest.Token(t, alice), servicetest.Token(t, bob)
	for name, values := range map[string][]string{
		"two tokens": {"Bearer " + hers, "Bearer " + his}, "the same twice": {"Bearer " + hers, "Bearer " + hers},
		"a token and nothing": {"Bearer " + hers, ""}, "nothing and a token": {"", "Bearer " + hers},
		"joined": {"Bearer " + hers + ", Bearer " + his}, "joined by a semicolon": {"Bearer " + hers + ";Bearer " + his}, "joined by a blank": {"Bearer " + hers + " " + his},
		"empty": {""}, "blank": {" "}, "only the scheme": {"Bearer"}, "only the scheme and blanks": {"Bearer   "}, "no scheme": {hers}, "basic": {"Basic " + hers}, "apikey": {"ApiKey " + hers},
		"twice the scheme": {"Bearer Bearer " + hers}, "quoted": {`Bearer "` + hers + `"`}, "token=": {"Bearer token=" + hers},
		"cut off": {"Bearer " + hers[:len(hers)-2]}, "without a signature": {"Bearer " + hers[:strings.LastIndex(hers, ".")+1]}, "two parts": {"Bearer " + hers[:strings.LastIndex(hers, ".")]},
		"four parts": {"Bearer " + hers + ".e30"}, "five parts, as JWE": {"Bearer " + hers + ".e30.e30"}, "padded": {"Bearer " + hers + "=="}, "null": {"Bearer null"}, "undefined": {"Bearer undefined"},
		"a publishable key": {"Bearer sb_publishable_x"}, "a secret key": {"Bearer sb_secret_x"}, "a line's end": {"Bearer " + hers + "%0d%0arole: service_role"},
	} {
		md := metadata.MD{"authorization": values}
		got, err := a.call(t, caller{name, metadata.NewOutgoingContext(t.Context(), md)}, "Whoami", `{}`)
		if status.Code(err) != codes.Unauthenticated {
			t.Errorf("%s: %s, %v", name, got, err)
		}
		a.discreet(t, err)
		if strings.Contains(status.Convert(err).Message(), hers) {
			t.Errorf("%s: the error holds the token", name)
		}
	}
	// What RFC 6750 and 7235 allow is Alice.
	for _, value := range []string{"Bearer " + hers, "bearer " + hers, "BEARER " + hers, "bEaReR   " + hers} {
		as := caller{"alice", metadata.NewOutgoingContext(t.Context(), metadata.MD{"authorization": {value}})}
		if got := a.whoami(t, as); got != isAlice {
			t.Errorf("%.10s is %q", value, got)
		}
	}
	a.nextIsThemselves(t)
}

// Headers that policies may read are allowed by name and hold what was sent;
// they cannot become claims, nor be left to the next caller.
func TestHeadersAsClaims(t *testing.T) {
	a := attacked(t, func(o *servicetest.Options) {
		o.Server = func(c *service.Config) { allowed(c); c.Headers = []string{"x-tenant", "request.jwt.claims"} }
	})
	as := caller{"alice", metadata.AppendToOutgoingContext(a.alice(t).ctx,
		"x-tenant", `"}, "sub": "`+bob+`"`, "x-tenant", "second", "request.jwt.claims", `{"sub":"`+bob+`"}`, "x-other", "HIDDEN")}
	if got := a.whoami(t, as); got != isAlice {
		t.Errorf("Alice is %q", got)
	}
	got, err := a.run(t, as, "select current_setting('request.headers')::json ->> 'x-tenant'")
	if err != nil || !strings.Contains(got, "second") || strings.Contains(got, "HIDDEN") {
		t.Errorf("the header is %s, %v", got, err)
	}
	if got, err := a.run(t, a.bob(t), "select coalesce(nullif(current_setting('request.headers', true), ''), 'none')"); err != nil || strings.Contains(got, "second") {
		t.Errorf("Bob has Alice's headers: %s, %v", got, err)
	}
}
