package attack_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Claims that a good key has signed and that are meant to break out of where
// they stand: out of the JSON, of the setting, of the SQL. Whoever they name in
// the end, it is the same for every way in which SQL may ask, and nobody that the
// signed text does not name.
func TestClaimsWithQuotes(t *testing.T) {
	a := attacked(t)
	for _, sub := range []string{
		`'`, `''`, `\'`, `" , \"role\":\"service_role`, `'; set role postgres; --`, `$$`, `$1`, `', true), set_config('role', 'service_role`, `\\`, "\\n", `\u0027`, `\"}`, `\",\"sub\":\"` + bob, `%s`,
		"\u202e", "\U0001F600", `{}`, `null`, `\ud83d\ude00`,
	} {
		token := forged(`{"alg":"HS256"}`, `{"sub":"`+escaped(sub)+`","role":"authenticated","email":"`+escaped(sub)+`",`+soon()+`}`, hs256(secret))
		as := with(t, sub, token)
		for _, c := range [][2]string{{"ListItems", `{"readMask":"ownerId"}`}, {"CreateItem", `{"item":{"title":"x"}}`}} {
			got, err := a.call(t, as, c[0], c[1])
			if strings.Contains(got, bob) || strings.Contains(got, alice) {
				t.Errorf("%s with the sub %s: %s", c[0], sub, got)
			}
			a.discreetButOwn(t, err, sub)
		}
		if got, err := a.run(t, as, "select current_user || ' ' || coalesce(auth.role(), '')"); err != nil && status.Code(err) != codes.Unauthenticated || err == nil && got != "authenticated authenticated" {
			t.Errorf("with the sub %s: %s, %v", sub, got, err)
		}
	}
	a.nextIsThemselves(t)
}

// escaped leaves what is escaped already.
func escaped(s string) string {
	if strings.Contains(s, `\`) {
		return s
	}
	return strings.ReplaceAll(s, `"`, `\"`)
}

// discreetButOwn is discreet where the caller's own words may stand.
func (a *target) discreetButOwn(t testing.TB, err error, own string) {
	t.Helper()
	if !strings.Contains(own, bob) {
		a.discreet(t, err)
	}
}

// A NUL ends a text in C: what stands before it must not be who the caller is.
func TestClaimsWithNUL(t *testing.T) {
	a := attacked(t)
	tokens := map[string]string{}
	for _, members := range []string{
		`"sub":"` + bob + `\u0000","role":"authenticated"`, `"sub":"` + bob + `\u0000x","role":"authenticated"`, `"sub":"\u0000` + bob + `","role":"authenticated"`,
		`"sub":"` + bob + `","role":"authenticated\u0000"`, `"sub":"` + bob + `","role":"authenticated","email":"x\u0000"`,
		`"sub":"` + bob + `","role":"authenticated","app_metadata":{"x\u0000":1}`, `"sub":"` + bob + `","role":"authenticated","x":["\u0000"]`,
		`"sub":"` + bob + `","role":"authenticated","x":"\ud800"`, `"sub":"` + bob + `\udc00","role":"authenticated"`,
		"\"sub\":\"" + bob + "\x00\",\"role\":\"authenticated\"", "\"sub\":\"" + bob + "\xff\",\"role\":\"authenticated\"", "\"sub\":\"" + bob + "\",\"role\":\"authenticated\",\"x\":\"\xc0\x80\"",
	} {
		tokens[members] = forged(`{"alg":"HS256"}`, `{`+members+`,`+soon()+`}`, hs256(secret))
	}
	a.unauthenticated(t, tokens)
}

// A token of a megabyte, or one as large as a server takes, of claims that are
// large, many, or deep: refused or served, and the others' calls go on.
func TestClaimsOfAMegabyte(t *testing.T) {
	a := attacked(t)
	for name, more := range map[string]string{
		"a text of 1 MB": `,"x":"` + strings.Repeat("x", 1<<20) + `"`, "a text of 40 KiB": `,"x":"` + strings.Repeat("x", 40<<10) + `"`, "a text of 11 KiB": `,"x":"` + strings.Repeat("x", 11<<10) + `"`,
		"a thousand members": func() string {
			var b strings.Builder
			for i := range 1000 {
				fmt.Fprintf(&b, `,"m%d":1`, i)
			}
			return b.String()
		}(),
		"5,000 lists within one another": `,"x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "a number of 10,000 digits": `,"x":` + strings.Repeat("9", 10000), "a number's exponent": `,"x":1e999999999`, "quotes": `,"x":"` + strings.Repeat(`\"`, 5000) + `"`,
	} {
		got, err := a.call(t, with(t, name, forged(`{"alg":"HS256"}`, claims(bob, more), hs256(secret))), "Whoami", `{}`)
		if err == nil && !strings.Contains(got, isBob) {
			t.Errorf("%s: %s", name, got)
		}
		a.discreet(t, err)
		if got := a.whoami(t, a.alice(t)); got != isAlice {
			t.Errorf("%s: Alice is %q", name, got)
		}
	}
	a.nextIsThemselves(t)
}

// Two members of one name, and names that differ by case: the one who checks
// and the one who uses them take the same for the claim, or the token is refused.
func TestClaimsWithDuplicateKeys(t *testing.T) {
	a := attacked(t)
	for _, members := range []string{
		`"sub":"` + alice + `","sub":"` + bob + `","role":"authenticated"`, `"sub":"` + bob + `","role":"authenticated","sub":"` + alice + `"`,
		`"sub":"` + alice + `","role":"authenticated","Sub":"` + bob + `","SUB":"` + bob + `"`, `"Sub":"` + bob + `","sub":"` + alice + `","role":"authenticated"`,
		`"sub":"` + alice + `","role":"authenticated","\u0073ub":"` + bob + `"`, `"sub":"` + alice + `","role":"anon","role":"authenticated"`,
		`"sub":"` + alice + `","role":"authenticated","ROLE":"service_role","Role":"postgres"`, `"sub":"` + alice + `","role":"authenticated","role":"anon"`,
		`"sub":"` + alice + `","role":"authenticated","role":null`, `"sub":null,"sub":"` + alice + `","role":"authenticated"`, `"sub":"` + alice + `","sub":null,"role":"authenticated"`,
	} {
		as := with(t, members, forged(`{"alg":"HS256"}`, `{`+members+`,`+soon()+`}`, hs256(secret)))
		got, err := a.run(t, as, `select concat_ws(' ', current_user, auth.role(), auth.jwt() ->> 'role') || '|' || coalesce(auth.uid()::text, '') || '|' || coalesce(auth.jwt() ->> 'sub', '')`)
		if err != nil {
			if code := status.Code(err); code != codes.Unauthenticated && code != codes.PermissionDenied {
				t.Errorf("%s: %v", members, err)
			}
			continue
		}
		parts := strings.Split(got, "|")
		roles := strings.Fields(parts[0])
		for _, r := range roles {
			if r != roles[0] || r != "authenticated" && r != "anon" {
				t.Errorf("%s: the roles are %v", members, roles)
			}
		}
		if parts[1] != parts[2] {
			t.Errorf("%s: auth.uid() is %s, the claims' sub %s", members, parts[1], parts[2])
		}
		// By RFC 7519 the last of a name counts, and names of other cases are others.
		if strings.Contains(strings.ToLower(members), `"\u0073`) || strings.HasPrefix(members, `"sub":"`+alice+`","sub":"`+bob) {
			continue
		}
		if strings.Contains(got, bob) {
			t.Errorf("%s: the caller is %s", members, got)
		}
	}
	a.nextIsThemselves(t)
}

// The role claim is one of two names as they are written, and nothing that could
// be read as one.
func TestClaimsWithARoleArray(t *testing.T) {
	a := attacked(t)
	tokens := map[string]string{}
	denied := map[string]string{}
	for _, role := range []string{
		`["authenticated"]`, `["anon","service_role"]`, `[]`, `{}`, `{"authenticated":true}`, `1`, `true`,
		`"Authenticated"`, `"AUTHENTICATED"`, `" authenticated"`, `"authenticated "`, `"authenticated,service_role"`, `"\"authenticated\""`, `"authenticat\u0435d"`,
		`"service_role"`, `"postgres"`, `"none"`, `"NONE"`, `"public"`, `"rowgate"`, `"rowgate_admin"`, `"authenticator"`, `"supabase_admin"`, `"pg_read_all_data"`, `"current_user"`, `"session_user"`, `""`, `"` + strings.Repeat("a", 64) + `"`, `"authenticated'; set role postgres; --"`,
	} {
		token := forged(`{"alg":"HS256"}`, `{"sub":"`+bob+`","role":`+role+`,`+soon()+`}`, hs256(secret))
		tokens[role] = token
	}
	for role, token := range tokens {
		got, err := a.call(t, with(t, role, token), "Whoami", `{}`)
		if code := status.Code(err); code != codes.Unauthenticated && code != codes.PermissionDenied {
			t.Errorf("the role %s: %s, %v", role, got, err)
			denied[role] = got
		}
		a.discreet(t, err)
	}
	a.nextIsThemselves(t)
}
