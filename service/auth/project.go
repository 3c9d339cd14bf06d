package auth

import "slices"

// projectIssuers are the iss of a Supabase project's own keys: anon and
// service_role, JWTs that its shared secret has signed, for ten years. The
// second is of a project on a developer's machine.
var projectIssuers = []string{"supabase", "supabase-demo"}

// isProjectKey says whether a token is a project's anon or service_role key. Such
// a key names no user and no audience, and its iss is not that of a session.
// That it is the project's is said by the signature alone, which is of a shared
// secret: it is then not held against Issuer and Audience.
func (c claimSet) isProjectKey(t *signedToken) bool {
	iss, _ := c["iss"].(string)
	return t.symmetric() && slices.Contains(projectIssuers, iss) &&
		(c["role"] == anonRole || c["role"] == serviceRole) &&
		c["sub"] == nil && c["aud"] == nil
}

// projectRole returns the role of a project's key. Everybody has the anon key,
// since every app carries it: a call with it is as anonymous as one without, and
// is refused where those are.
func (v *Verifier) projectRole(from *source, key claimSet) (string, error) {
	switch {
	case v.service:
		role, _ := key["role"].(string)
		return role, v.checkAllowed(role, from)
	case key["role"] == serviceRole:
		return "", errServiceRole
	case v.anon == nil:
		return "", unauthenticated("API_KEY_AS_TOKEN", "the bearer is a project's anon key, not a user's token: send the access token of the user's session", nil)
	case v.anon.caller.Role == anonRole:
		return anonRole, nil
	}
	return anonRole, v.checkAllowed(anonRole, from)
}
