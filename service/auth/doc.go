// Package auth turns the bearer token of a call into a store.Caller. It never
// touches the database.
//
//	verifier, err := auth.New(ctx, auth.Config{
//		Secret:   os.Getenv("SUPABASE_JWT_SECRET"),
//		JWKSURL:  "https://ref.supabase.co/auth/v1/.well-known/jwks.json",
//		Issuer:   "https://ref.supabase.co/auth/v1",
//		Audience: "authenticated",
//	})
//	if err != nil {
//		return err
//	}
//	server := grpc.NewServer(
//		grpc.ChainUnaryInterceptor(grpcauth.UnaryServerInterceptor(verifier.AuthFunc())),
//		grpc.ChainStreamInterceptor(grpcauth.StreamServerInterceptor(verifier.AuthFunc())),
//	)
//
// A handler then finds the caller with CallerFrom, and hands it to the store.
//
// # What is believed
//
// A token is a JWT (RFC 7519) that is signed with a key of the configuration,
// by the one algorithm of that key: HS256 for the secret, and for a key of a
// JWK set (RFC 7517) the one that its type, curve and alg say: RS256, PS256,
// ES256, ES384 or EdDSA. The token's header chooses among these keys and
// nothing else: keys that it brings along or points to are not looked at, and
// a header with crit is refused (RFC 7515, section 4.1.11). exp is required;
// nbf and iat must not lie ahead; iss and aud are checked when the
// configuration has them. The role must be in the allow-list. Nothing else of
// a call is read: no other metadata and no header can say who somebody is.
//
// Policies see the claims as this package saw them: the JSON text in Caller is
// written anew from what was parsed, so a member that stands twice cannot have
// one value here and another in Postgres. Numbers keep their digits. Text that
// Postgres cannot hold, or that would have to be changed, is refused.
//
// # Keys
//
// A JWK set behind a URL is fetched in the background: New needs no network. A
// token with a key that is not known, or with a signature that does not fit,
// makes the set be fetched again, at most every ten seconds. A key that its
// issuer has taken back is believed until the next fetch, ten minutes by
// default. When the set cannot be fetched, the last one stays in use; when
// there never was one, calls with a token get UNAVAILABLE.
//
// # Cost
//
// Verified tokens are kept in a bounded cache under their SHA-256, for no
// longer than they are valid and only while the key set is the same. A call
// with a token seen before costs less than a microsecond.
package auth
