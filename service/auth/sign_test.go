package auth

import (
	"testing"
	"time"
)

func TestSignHS256(t *testing.T) {
	v := verifier(t, func(c *Config) { c.Clock = nil; c.Issuer, c.Audience = issuer, "authenticated" })
	token, err := SignHS256(testSecret, Claims{
		Subject: userA, Role: "authenticated", Email: "a@example.com", Audience: "authenticated", Issuer: issuer,
		Extra: map[string]any{"app_metadata": map[string]any{"team": "blue"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.Verify(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if got.Subject != userA || got.Role != "authenticated" || got.Email != "a@example.com" {
		t.Errorf("%+v", got)
	}

	token, err = SignHS256(testSecret, Claims{Role: "authenticated", TTL: -time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Verify(t.Context(), token)
	compareError(t, err, 16, "TOKEN_EXPIRED", "the token has expired")

	token, err = SignHS256(testSecret, Claims{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = verifier(t, func(c *Config) { c.Clock = nil }).Verify(t.Context(), token)
	compareError(t, err, 7, "ROLE_MISSING", "the token carries no role claim")

	for name, want := range map[string]string{
		"sub": "auth: Extra holds sub, which has a field of its own",
		"exp": "auth: Extra holds exp, which has a field of its own",
	} {
		if _, err := SignHS256(testSecret, Claims{Extra: map[string]any{name: 1}}); err == nil || err.Error() != want {
			t.Errorf("Extra with %s: %v", name, err)
		}
	}
	if _, err := SignHS256("short", Claims{}); err == nil || err.Error() != "auth: the secret has 5 bytes; HS256 needs at least 32" {
		t.Error(err)
	}
	if _, err := SignHS256(testSecret, Claims{Extra: map[string]any{"x": make(chan int)}}); err == nil {
		t.Error("signed a channel")
	}
}
