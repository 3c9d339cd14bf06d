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
// Postgres cannot hold, or that would have to be changed, is refused, and so
// are claims that are nested deeper than 64.
//
// # Several issuers
//
// Config.Issuers adds issuers to the one that Config describes. A token is held
// against the keys, audiences and roles of the issuer that its iss claim names,
// and of no other; one that names none of them goes to the first. That claim is
// not verified yet when it chooses the keys, and is looked at again once it is.
//
// The claim role that policies see is always the role that the call has, be it
// out of the claim role, out of another one (Issuer.RoleClaim) or fixed for the
// issuer, so that auth.role() agrees with current_user; a role claim that says
// otherwise is overwritten. Issuer.Rename gives claims the names that policies
// know. It cannot give one the name of a claim that is checked here, and the
// name that it gives is not to be had in another way.
//
// A sub is any text; auth.uid() raises when it is no uuid, so policies for such
// issuers compare auth.jwt()->>'sub'. It is unique within its issuer alone
// (OpenID Connect Core, section 5.7): with several, policies that let a user see
// rows by sub should compare auth.jwt()->>'iss' as well, unless the issuers are
// known not to give out the same.
//
// # API keys
//
// A Supabase project's anon key is a JWT of its shared secret, with the iss
// "supabase" and neither sub nor aud. Where that secret is configured a call
// with it is an anonymous call, although Issuer and Audience are those of a
// session. Its sibling of the role service_role is refused like every token of
// that role, and accepted by a Verifier of Config.ServiceRole, which is for the
// admin path and accepts nothing else. Keys that begin with sb_publishable_ and
// sb_secret_ are no tokens, and the refusal says what to send.
//
// # Keys
//
// A JWK set behind a URL is fetched in the background: New needs no network. It
// is fetched again when the answer's max-age or Expires says so (RFC 9111), but
// not within 30 seconds, and at the latest after Config.Refresh; with its ETag,
// when it has one. One fetch runs at a time. A token with a key that is not
// known, or with a signature that does not fit, makes the set be fetched at
// once, unless that was done in the last 30 seconds, and calls wait for it for
// 5 seconds, 1024 at a time. A kid that such a fetch did not bring is remembered,
// and each time that it is looked for in vain doubles the wait until the next.
//
// A key that its issuer has taken back is believed until the next fetch, and no
// longer. When the set cannot be fetched, the last one stays in use; when there
// never was one, calls with a token get UNAVAILABLE.
//
// # Cost
//
// Verified tokens are kept in a bounded cache under their SHA-256, for no
// longer than they are valid and only while the keys of their issuer are the
// same. A call with a token seen before costs less than a microsecond. A token
// of a key that nobody knows costs a few, whatever it claims: its header is
// read and nothing else, nobody is asked and nothing is kept.
package auth
