package attack_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A statement that depends on no policy is planned once and not checked anew by
// everyone: anon calls what Alice has called ten times before on the same
// connection, and has no right to the table.
func TestPlanReuseAcrossRoles(t *testing.T) {
	a := attacked(t)
	const list, get, commons = `{"pageSize":3}`, `{"id":3}`, `{"orderBy":"id"}`
	a.must(t, a.anon(t), "ListCommons", `{}`)
	for range 10 {
		a.must(t, a.alice(t), "Commons", commons)
		a.must(t, a.alice(t), "ListPlains", list)
		a.must(t, a.alice(t), "GetPlain", get)
	}
	for range 10 {
		a.refused(t, codes.PermissionDenied, a.anon(t), "Commons", commons)
		a.refused(t, codes.PermissionDenied, a.anon(t), "ListPlains", list)
		a.refused(t, codes.PermissionDenied, a.anon(t), "GetPlain", get)
		a.refused(t, codes.PermissionDenied, a.anon(t), "UpdatePlain", `{"plain":{"id":3,"text":"x"}}`)
		a.must(t, a.alice(t), "GetPlain", get)
	}
	a.nextIsThemselves(t)
}

// Where policies apply, the plan that one caller's turn has left is not the
// next one's, through custom plans and the generic one that follows them.
func TestPlanReuseUnderPolicies(t *testing.T) {
	a := attacked(t)
	for i := range 16 {
		for _, as := range []struct {
			caller
			sub, role string
		}{{a.alice(t), alice, "authenticated"}, {a.bob(t), bob, "authenticated"}, {a.anon(t), "", "anon"}} {
			got := a.must(t, as.caller, "ListMoodies", `{"pageSize":100,"orderBy":"id"}`)
			want := a.ask(t, "select count(*) from attack.moody where owner_id::text = '"+as.sub+"'")
			if fmt.Sprint(strings.Count(got, `"id":`)) != want || strings.Count(got, `"ownerId":`) != strings.Count(got, as.sub) && as.sub != "" {
				t.Errorf("turn %d, %s lists %s, want %s rows", i, as.name, got, want)
			}
			code := map[string]codes.Code{alice: codes.OK}[as.sub]
			if as.sub != alice {
				code = codes.NotFound
			}
			if _, err := a.call(t, as.caller, "GetMoody", `{"id":2}`); status.Code(err) != code {
				t.Errorf("turn %d, %s gets Alice's row: %v", i, as.name, err)
			}
		}
	}
}

// Rights and policies are taken back while statements are prepared, and planned
// generically: the next call goes by what holds then.
func TestPlanReuseAfterRevoke(t *testing.T) {
	a := attacked(t)
	warm := func(method, request string) {
		for range 8 {
			a.must(t, a.alice(t), method, request)
		}
	}
	// A table's privilege.
	warm("ListPlains", `{}`)
	a.super(t, "revoke select on attack.plain from authenticated")
	a.refused(t, codes.PermissionDenied, a.alice(t), "ListPlains", `{}`)
	a.super(t, "grant select (id) on attack.plain to authenticated")
	a.refused(t, codes.PermissionDenied, a.alice(t), "ListPlains", `{}`)
	warm("ListPlains", `{"readMask":"id"}`)
	// A column's.
	a.super(t, "grant select (text) on attack.plain to authenticated")
	warm("ListPlains", `{}`)
	a.super(t, "revoke select (text) on attack.plain from authenticated")
	a.refused(t, codes.PermissionDenied, a.alice(t), "ListPlains", `{}`)
	a.must(t, a.alice(t), "ListPlains", `{"readMask":"id"}`)
	// A function's that is part of the plan, another's, and a schema's.
	warm("Commons", `{"orderBy":"id"}`)
	a.super(t, "revoke execute on function attack.commons() from authenticated")
	a.refused(t, codes.PermissionDenied, a.alice(t), "Commons", `{"orderBy":"id"}`)
	warm("MyItems", `{}`)
	a.super(t, "revoke execute on function attack.my_items() from public, anon, authenticated")
	a.refused(t, codes.PermissionDenied, a.alice(t), "MyItems", `{}`)
	warm("ListMoodies", `{}`)
	a.super(t, "revoke usage on schema attack from authenticated")
	a.refusedOrPlanned(t, "ListMoodies", `{}`)
	a.super(t, "grant usage on schema attack to authenticated")
	// A policy is made stricter, replaced, and added to.
	warm("ListMoodies", `{"pageSize":100}`)
	a.super(t, "alter policy moody_own on attack.moody using (owner_id = (select auth.uid()) and id < 10)")
	if got := a.must(t, a.alice(t), "ListMoodies", `{"pageSize":100}`); strings.Count(got, `"id":`) != 4 {
		t.Errorf("under a stricter policy Alice lists %s", got)
	}
	a.super(t, "create policy moody_odd on attack.moody as restrictive for select to authenticated using (id > 2)")
	if got := a.must(t, a.alice(t), "ListMoodies", `{"pageSize":100}`); strings.Count(got, `"id":`) != 3 {
		t.Errorf("under a restrictive policy Alice lists %s", got)
	}
	a.super(t, "drop policy moody_own on attack.moody")
	if got := a.must(t, a.alice(t), "ListMoodies", `{"pageSize":100}`); got != `{}` {
		t.Errorf("without a policy Alice lists %s", got)
	}
	// A membership: the login may not take on the role any more.
	a.nextIsThemselves(t)
}

// refusedOrPlanned is for what Postgres looks up when it parses and never again:
// the schema's privilege counts as soon as the statement is parsed anew, and the
// table's own hold meanwhile. psql does the same with a prepared statement.
func (a *target) refusedOrPlanned(t testing.TB, method, request string) {
	t.Helper()
	got, err := a.call(t, a.alice(t), method, request)
	if code := status.Code(err); code != codes.OK && code != codes.PermissionDenied {
		t.Errorf("%s: %v", method, err)
	}
	if strings.Contains(got, bob) {
		t.Errorf("%s: %s", method, got)
	}
}
