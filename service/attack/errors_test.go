package attack_test

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Errors of constraints that rows of Bob's break: Postgres names the
// constraint, the key and its value; the server says that there is a conflict
// and no more. That there is one cannot be hidden: a unique index is unique for
// everyone.
func TestErrorsOfConstraints(t *testing.T) {
	a := attacked(t)
	as := a.alice(t)
	row := func(fields string) string { return `{"vault":{"divisor":1,` + fields + `}}` }
	for _, c := range []struct {
		code            codes.Code
		method, request string
	}{
		{codes.AlreadyExists, "CreateVault", row(`"id":50,"code":"HIDDENCODE"`)},
		{codes.AlreadyExists, "CreateVault", row(`"id":11,"code":"x"`)},
		{codes.AlreadyExists, "UpdateVault", `{"vault":{"id":1,"code":"HIDDENCODE"}}`},
		{codes.InvalidArgument, "UpdateVault", `{"vault":{"id":1,"payload":"forbidden"}}`},
		{codes.FailedPrecondition, "UpdateVault", `{"vault":{"id":1,"during":{"lower":150,"upper":160}}}`},
		{codes.FailedPrecondition, "CreateHolder", `{"holder":{"id":50,"vaultId":4711}}`},
		{codes.FailedPrecondition, "DeleteVault", `{"id":1}`},
		{codes.FailedPrecondition, "DeleteVault", `{"id":2}`}, // a row of Bob's refers to it
		{codes.FailedPrecondition, "DeleteManyVaults", `{"filter":"id <= 2"}`},
		{codes.AlreadyExists, "UpdateManyVaults", `{"filter":"id = 1","vault":{"code":"HIDDENCODE"}}`},
		{codes.AlreadyExists, "BatchCreateVaults", `{"requests":[` + row(`"id":50,"code":"x"`) + `,` + row(`"id":51,"code":"HIDDENCODE"`) + `]}`},
		{codes.AlreadyExists, "BatchUpdateVaults", `{"requests":[{"vault":{"id":1,"code":"HIDDENCODE2"}}]}`},
		{codes.AlreadyExists, "ImportVaults", `{"vaults":[{"id":52,"code":"HIDDENCODE","divisor":1}]}`},
		{codes.AlreadyExists, "Transact", `{"writes":[{"createVault":` + row(`"id":53,"code":"HIDDENCODE"`) + `}]}`},
		{codes.InvalidArgument, "CreateVault", `{"vault":{"id":54,"code":"x","divisor":1,"payload":"forbidden"}}`},
		{codes.PermissionDenied, "CreateVault", `{"vault":{"id":55,"code":"x","divisor":1,"ownerId":"` + bob + `"}}`},
		{codes.PermissionDenied, "UpdateVault", `{"vault":{"id":1,"ownerId":"` + bob + `"}}`},
		{codes.PermissionDenied, "UpdateManyVaults", `{"filter":"id = 1","vault":{"ownerId":"` + bob + `"}}`},
	} {
		_, err := a.call(t, as, c.method, c.request)
		if status.Code(err) != c.code {
			t.Errorf("%s %s: %v, want %v", c.method, c.request, err, c.code)
		}
		// The policy's refusal names the caller's own value alone, and not even that.
		a.discreet(t, err)
	}
	if got := a.ask(t, "select count(*) from attack.vault"); got != "4" {
		t.Errorf("there are %s rows", got)
	}
}

// A foreign key is looked up without the policies: whether a row of Bob's is
// there is told by whether one may refer to it, in Postgres as here. What holds
// it back is a policy's WITH CHECK, as the example's comments have.
func TestErrorsOfReferences(t *testing.T) {
	a := attacked(t)
	seen := map[string]bool{}
	for _, post := range []string{"90570000-0000-4000-8000-00000000000c", "90570000-0000-4000-8000-0000000000ff"} {
		_, err := a.call(t, a.alice(t), "CreateComment", `{"comment":{"postId":"`+post+`","body":"x"}}`)
		a.discreet(t, err)
		seen[status.Convert(err).Message()+status.Code(err).String()] = true
	}
	if len(seen) != 1 {
		t.Errorf("a hidden post and none are told apart: %v", seen)
	}
}

// What triggers and functions say beside their message stays here, and of what
// is not RAISE EXCEPTION's own code the message too.
func TestErrorsOfTriggers(t *testing.T) {
	a := attacked(t)
	for text, want := range map[string]codes.Code{
		"raise": codes.FailedPrecondition, "internal": codes.Internal, "unique": codes.AlreadyExists,
		"cast": codes.InvalidArgument, "assert": codes.Internal, "denied": codes.PermissionDenied,
	} {
		a.refused(t, want, a.alice(t), "CreateLoud", `{"loud":{"id":1,"text":"`+text+`"}}`)
		a.refused(t, want, a.alice(t), "ImportLouds", `{"louds":[{"id":1,"text":"`+text+`"}]}`)
		a.refused(t, want, a.alice(t), "Transact", `{"writes":[{"createLoud":{"loud":{"id":1,"text":"`+text+`"}}}]}`)
	}
	a.nextIsThemselves(t)
}

// A policy that casts fails on a row that it hides, and Postgres says the value.
func TestErrorsOfPolicies(t *testing.T) {
	a := attacked(t)
	for _, c := range [][2]string{
		{"ListCastings", `{}`}, {"GetCasting", `{"id":1}`}, {"StreamCastings", `{}`}, {"AggregateCastings", `{"aggregates":"count"}`},
	} {
		a.refused(t, codes.InvalidArgument, a.alice(t), c[0], c[1])
	}
	a.nextIsThemselves(t)
}

// SQL of the caller fails in every way: nothing of Postgres' words is passed on.
func TestErrorsOfSQL(t *testing.T) {
	a := attacked(t)
	for _, ask := range []string{
		"select 'HIDDENVALUE'::int", "select 1/0", "select HIDDENCOLUMN from items", "selectHIDDEN", "select * from HIDDENTABLE",
		"select pg_catalog.HIDDENFUNCTION()", "select current_setting('HIDDEN.setting')", "select '{\"HIDDENVALUE'::jsonb",
		"select 'HIDDENVALUE'::uuid", "select ('HIDDENVALUE'::text)::public.post_kind", "select pg_sleep('HIDDEN')", "select array['HIDDENVALUE']::int[]",
		"select to_date('HIDDENVALUE', 'YYYY')", "select regexp_match('x', '[HIDDEN')", "select 'HIDDENVALUE' ~ '('", "select repeat('HIDDEN', 1000000000)",
		"select xmlparse(document 'HIDDENVALUE')", "select 'HIDDENVALUE'::timestamptz", "select chr(0)", "select lo_get(4711)",
		"select salary from attack.staff", "select text from attack.casting", "delete from auth.users returning id",
	} {
		_, err := a.run(t, a.alice(t), ask)
		if err == nil {
			t.Errorf("%s has succeeded", ask)
		}
		a.discreet(t, err)
		_, err = a.call(t, a.alice(t), "Peek", `{"ask":`+jsonText(ask)+`}`)
		a.discreet(t, err)
	}
	a.nextIsThemselves(t)
}
