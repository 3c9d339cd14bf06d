package differential_test

import (
	"fmt"
	"testing"

	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/servicetest"
)

// caller is somebody who calls: a token on one side, a role and claims on the
// other.
type caller struct {
	name, role string
	claims     map[string]any
	token      string // empty for none
}

var orgs = []string{"a", "b", "c"}

// subs are the callers' ids.
func (s *schema) subs() []string {
	all := make([]string, 4)
	for i := range all {
		all[i] = fmt.Sprintf("user|%d", i+1)
		if s.uuidSubs {
			all[i] = uuidOf(i + 1)
		}
	}
	return all
}

func (g *generator) makeCallers() {
	g.callers = []*caller{{name: "anon", role: "anon", claims: map[string]any{"role": "anon"}}}
	for i, sub := range g.subs() {
		claims := map[string]any{"sub": sub, "role": "authenticated", "aud": "authenticated"}
		if g.percent(75) {
			claims["org"] = pick(g.random, orgs)
		}
		if g.percent(70) {
			claims["level"] = g.IntN(8)
		}
		if g.percent(60) {
			// Never null, of which jsonb_array_elements_text makes an error.
			claims["orgs"] = append([]string{}, some(g.random, 50, append([]string{"z"}, orgs...))...)
		}
		if g.percent(25) {
			claims["admin"] = true
		}
		g.callers = append(g.callers, &caller{name: fmt.Sprintf("user %d", i+1), role: "authenticated", claims: claims})
	}
	if g.percent(50) {
		// Somebody whose token has no sub.
		g.callers = append(g.callers, &caller{
			name: "nobody", role: "authenticated",
			claims: map[string]any{"role": "authenticated", "aud": "authenticated", "org": "a"},
		})
	}
}

// sign makes the callers' tokens.
func (s *schema) sign(t testing.TB) {
	for _, c := range s.callers {
		if c.role == "anon" {
			continue
		}
		sub, _ := c.claims["sub"].(string)
		extra := map[string]any{}
		for name, value := range c.claims {
			if name != "sub" && name != "role" && name != "aud" {
				extra[name] = value
			}
		}
		c.token = servicetest.Sign(t, servicetest.Secret, auth.Claims{Subject: sub, Role: c.role, Audience: "authenticated", Extra: extra})
	}
}
