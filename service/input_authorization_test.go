package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/service/auth"
)

// TestRefusedAuthorization makes calls whose identity is refused: none of them
// reaches the database.
func TestRefusedAuthorization(t *testing.T) {
	w := newInputWorld(t)
	good := token(t, alice)
	signed := func(method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
		s, err := jwt.NewWithClaims(method, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + s
	}
	later, earlier := time.Now().Add(time.Hour).Unix(), time.Now().Add(-time.Hour).Unix()
	user := func(change jwt.MapClaims) string {
		claims := jwt.MapClaims{"sub": alice, "role": "authenticated", "exp": later}
		for name, value := range change {
			if claims[name] = value; value == nil {
				delete(claims, name)
			}
		}
		return signed(jwt.SigningMethodHS256, []byte(secret), claims)
	}
	forged := func(header, payload map[string]any) string { return "Bearer " + forge(t, good, header, payload) }
	unauthenticated := func(reason, text string) answer { return told(codes.Unauthenticated, reason, "", "", text) }
	badAlgorithm := unauthenticated("TOKEN_ALGORITHM", "the token is signed with an algorithm that this server does not accept")
	badSignature := unauthenticated("TOKEN_SIGNATURE", "the token's signature does not fit")
	badForm := unauthenticated("TOKEN_MALFORMED", "the token is not a signed JWT")
	badScheme := unauthenticated("AUTHORIZATION_MALFORMED", "the authorization is not of the form Bearer and a token")
	roleRefused := func(role string) answer {
		return told(codes.PermissionDenied, "ROLE_NOT_ALLOWED", "", "", `the role "`+role+`" is not one that a token may take on here`)
	}

	tests := []struct {
		name          string
		authorization []string
		want          answer
	}{
		{"an unknown token", []string{"Bearer abc"}, badForm},
		{"three parts of nothing", []string{"Bearer a.b.c"}, badForm},
		{"another secret", []string{"Bearer " + sign(t, "a secret of somebody else, who guesses", auth.Claims{Subject: alice, Role: "authenticated"})}, badSignature},
		{"an edited payload", []string{forged(nil, map[string]any{"sub": bob})}, badSignature},
		{"an edited expiry", []string{forged(nil, map[string]any{"exp": later + 1})}, badSignature},
		{"no signature", []string{"Bearer " + good[:strings.LastIndex(good, ".")+1]}, badSignature},
		{"expired", []string{user(jwt.MapClaims{"exp": earlier})}, unauthenticated("TOKEN_EXPIRED", "the token has expired")},
		{
			"no expiry",
			[]string{user(jwt.MapClaims{"exp": nil})},
			unauthenticated("TOKEN_CLAIMS", "the token carries no exp claim; tokens without an end are not accepted"),
		},
		{"not valid yet", []string{user(jwt.MapClaims{"nbf": later})}, unauthenticated("TOKEN_NOT_YET_VALID", "the token is not valid yet")},
		{"alg none", []string{forged(map[string]any{"alg": "none"}, nil)}, badAlgorithm},
		{"alg none, unsigned", []string{signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, jwt.MapClaims{"sub": alice, "role": "authenticated", "exp": later})}, badAlgorithm},
		{"alg None", []string{forged(map[string]any{"alg": "None"}, nil)}, badAlgorithm},
		{"HS512 with the right secret", []string{signed(jwt.SigningMethodHS512, []byte(secret), jwt.MapClaims{"sub": alice, "role": "authenticated", "exp": later})}, badAlgorithm},
		{
			"RS256, of which there is no key",
			[]string{forged(map[string]any{"alg": "RS256"}, nil)},
			unauthenticated("TOKEN_KEY_UNKNOWN", "the token is signed with a key or an algorithm that this server does not accept"),
		},
		{
			"an extension",
			[]string{forged(map[string]any{"crit": []string{"b64"}}, nil)},
			unauthenticated("TOKEN_MALFORMED", "the token's header asks for extensions that this server does not know"),
		},
		{
			"two of them",
			[]string{"Bearer " + good, "Bearer " + good},
			unauthenticated("AUTHORIZATION_MALFORMED", "the call has 2 values for authorization; send one"),
		},
		{
			"two of them, one empty",
			[]string{"Bearer " + good, ""},
			unauthenticated("AUTHORIZATION_MALFORMED", "the call has 2 values for authorization; send one"),
		},
		{"Basic", []string{"Basic YWxpY2U6c2VjcmV0"}, badScheme},
		{"no scheme", []string{good}, badScheme},
		{"empty", []string{""}, badScheme},
		{"no token", []string{"Bearer"}, unauthenticated("AUTHORIZATION_MALFORMED", "the authorization has no token after Bearer")},
		{
			"NUL in a claim",
			[]string{user(jwt.MapClaims{"sub": "a\x00b"})},
			unauthenticated("TOKEN_CLAIMS", "the token's claims hold text that the database cannot store"),
		},
		{"sub is a number", []string{user(jwt.MapClaims{"sub": 7})}, unauthenticated("TOKEN_CLAIMS", "the token's sub claim is not a string")},

		{"service_role", []string{user(jwt.MapClaims{"role": "service_role"})}, told(codes.PermissionDenied, "ADMIN_ROLE", "", "",
			"the role service_role bypasses row-level security and is not accepted here; use the admin listener")},
		{"another role", []string{user(jwt.MapClaims{"role": "postgres"})}, roleRefused("postgres")},
		{"the login", []string{user(jwt.MapClaims{"role": "rowgate"})}, roleRefused("rowgate")},
		{"none, which RESET ROLE knows", []string{user(jwt.MapClaims{"role": "none"})}, roleRefused("none")},
		{"another case", []string{user(jwt.MapClaims{"role": "Authenticated"})}, roleRefused("Authenticated")},
		{"an empty role", []string{user(jwt.MapClaims{"role": ""})}, roleRefused("")},
		{
			"no role",
			[]string{user(jwt.MapClaims{"role": nil})},
			told(codes.PermissionDenied, "ROLE_MISSING", "", "", "the token carries no role claim"),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx := t.Context()
			for _, value := range tt.authorization {
				ctx = metadata.AppendToOutgoingContext(ctx, "authorization", value)
			}
			w.unwritten(t, func() {
				for _, method := range []string{"GetItem", "DeleteItem"} {
					req := w.request(t, method, `{"id":"`+aliceItem+`"}`, "")
					w.untouched(t, method, func() {
						_, err := w.call(ctx, "", method, req)
						if got := answerOf(t, err); got != tt.want {
							t.Errorf("%s: got  %s\nwant %s", method, got, tt.want)
						}
						if st := status.Convert(err).Proto().String(); strings.Contains(st, alice) || strings.Contains(st, good) {
							t.Errorf("the answer tells the token: %s", st)
						}
					})
				}
			})
		})
	}
}

// TestIdentityComesFromTheToken sends what other gateways take for an
// identity: none of it counts.
func TestIdentityComesFromTheToken(t *testing.T) {
	w := newInputWorld(t)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "x-user-id", alice, "x-role", "service_role",
		"apikey", token(t, alice), "proxy-authorization", "Bearer "+token(t, alice), "role", "authenticated",
		"request.jwt.claims", `{"sub":"`+alice+`"}`, "cookie", "access_token="+token(t, alice), "grpcgateway-authorization", "Bearer "+token(t, alice))
	res, err := w.call(ctx, "", "ListItems", w.request(t, "ListItems", `{}`, ""))
	if err != nil || res.Get(res.Descriptor().Fields().ByName("items")).List().Len() != 0 {
		t.Errorf("%v, %v; want no item, as for anon", res, err)
	}
}
