package attack_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// vaults is the whole table, for what must not have changed.
const vaults = "select string_agg(v::text, ';' order by id) from attack.vault v"

// New rows with the keys of rows that are hidden, which ON CONFLICT would change,
// pass over or answer: Postgres refuses where the policy hides the row, and so
// does the server; nothing of the row comes back.
func TestUpsertOfHiddenRows(t *testing.T) {
	a := attacked(t)
	before := a.ask(t, vaults)
	for _, id := range []string{"11", "12"} {
		row := `"vault":{"id":` + id + `,"code":"x","divisor":1,"payload":"x"}`
		for _, conflict := range []string{`{"update":"payload"}`, `{"update":""}`, `{"update":"code,ownerId"}`, `{"fields":["id"],"update":"payload"}`} {
			for method, request := range map[string]string{
				"CreateVault":       `{` + row + `,"onConflict":` + conflict + `}`,
				"BatchCreateVaults": `{"requests":[{` + row + `}],"onConflict":` + conflict + `}`,
				"ImportVaults":      `{"vaults":[` + strings.TrimPrefix(row, `"vault":`) + `],"onConflict":` + conflict + `}`,
				"Transact":          `{"writes":[{"createVault":{` + row + `,"onConflict":` + conflict + `}}]}`,
			} {
				a.refused(t, codes.PermissionDenied, a.alice(t), method, request)
			}
		}
		// Passed over, it is not answered either.
		got, err := a.call(t, a.alice(t), "CreateVault", `{`+row+`,"onConflict":{"ignore":true}}`)
		if strings.Contains(got, "HIDDEN") || strings.Contains(got, bob) || err == nil && strings.Contains(got, `"id":`+id) {
			t.Errorf("ignoring the conflict answers %s, %v", got, err)
		}
		a.discreet(t, err)
	}
	// By another unique key than the first.
	a.refused(t, codes.PermissionDenied, a.alice(t), "CreateVault", `{"vault":{"id":50,"code":"HIDDENCODE","divisor":1,"payload":"x"},"onConflict":{"fields":["code"],"update":"payload"}}`)
	if after := a.ask(t, vaults); after != before {
		t.Errorf("the rows were %s and are %s", before, after)
	}
	a.nextIsThemselves(t)
}

// A row is moved to another owner, or made as theirs, in every method that
// writes.
func TestRowsMovedToOthers(t *testing.T) {
	a := attacked(t)
	before := a.ask(t, vaults)
	for method, request := range map[string]string{
		"CreateVault":       `{"vault":{"id":60,"code":"x","divisor":1,"ownerId":"` + bob + `"}}`,
		"BatchCreateVaults": `{"requests":[{"vault":{"id":61,"code":"x","divisor":1}},{"vault":{"id":60,"code":"y","divisor":1,"ownerId":"` + bob + `"}}]}`,
		"ImportVaults":      `{"vaults":[{"id":61,"code":"x","divisor":1},{"id":60,"code":"y","divisor":1,"ownerId":"` + bob + `"}]}`,
		"UpdateVault":       `{"vault":{"id":1,"ownerId":"` + bob + `"}}`,
		"UpdateManyVaults":  `{"filter":"id > 0","vault":{"ownerId":"` + bob + `"}}`,
		"BatchUpdateVaults": `{"requests":[{"vault":{"id":2,"payload":"x"}},{"vault":{"id":1,"ownerId":"` + bob + `"}}]}`,
		"Transact":          `{"writes":[{"updateVault":{"vault":{"id":2,"payload":"x"}}},{"updateVault":{"vault":{"id":1,"ownerId":"` + bob + `"}}}]}`,
	} {
		a.refused(t, codes.PermissionDenied, a.alice(t), method, request)
	}
	// What is only validated is held to the same, and an upsert's update too.
	a.refused(t, codes.PermissionDenied, a.alice(t), "UpdateVault", `{"vault":{"id":1,"ownerId":"`+bob+`"},"validateOnly":true}`)
	a.refused(t, codes.PermissionDenied, a.alice(t), "CreateVault", `{"vault":{"id":60,"code":"x","divisor":1,"ownerId":"`+bob+`"},"validateOnly":true}`)
	a.refused(t, codes.PermissionDenied, a.alice(t), "CreateVault", `{"vault":{"id":1,"code":"ALICE-1","divisor":1,"ownerId":"`+bob+`"},"onConflict":{"update":"ownerId"}}`)
	// And an owner that is nobody.
	a.refused(t, codes.PermissionDenied, a.alice(t), "UpdateVault", `{"vault":{"id":1,"ownerId":"00000000-0000-0000-0000-000000000000"}}`)
	if after := a.ask(t, vaults); after != before {
		t.Errorf("the rows were %s and are %s", before, after)
	}
}

// Hidden rows are changed and deleted by key and by filter, in every method: no
// row is met, whatever the filter holds.
func TestWritesToHiddenRows(t *testing.T) {
	a := attacked(t)
	before := a.ask(t, "select string_agg(v::text, ';' order by id) from attack.vault v where owner_id = '"+bob+"'")
	for _, c := range [][2]string{
		{"UpdateVault", `{"vault":{"id":11,"payload":"x"}}`},
		{"UpdateVault", `{"vault":{"id":11,"ownerId":"` + alice + `"}}`},
		{"DeleteVault", `{"id":11}`},
		{"GetVault", `{"id":11}`},
		{"GetHolder", `{"id":12,"include":[{"path":"vault"}]}`},
		{"BatchUpdateVaults", `{"requests":[{"vault":{"id":1,"payload":"x"}},{"vault":{"id":11,"payload":"x"}}]}`},
		{"Transact", `{"writes":[{"deleteVault":{"id":11}}]}`},
	} {
		a.refused(t, codes.NotFound, a.alice(t), c[0], c[1])
	}
	for _, filter := range []string{"id > 10", "id = 11 OR id = 12", `code:"HIDDEN"`, "NOT id < 3", `ownerId = "` + bob + `"`} {
		filter = jsonText(strings.Replace(filter, "ownerId", "owner_id", 1))
		if got := a.must(t, a.alice(t), "UpdateManyVaults", `{"filter":`+filter+`,"vault":{"payload":"x"},"readMask":"id,payload"}`); got != `{}` {
			t.Errorf("UpdateMany by %s: %s", filter, got)
		}
		if got := a.must(t, a.alice(t), "DeleteManyVaults", `{"filter":`+filter+`,"readMask":"id,payload"}`); got != `{}` {
			t.Errorf("DeleteMany by %s: %s", filter, got)
		}
	}
	// A filter for everything meets her own rows and no others.
	if got := a.must(t, a.alice(t), "UpdateManyVaults", `{"filter":"id > 0 OR id <= 0","vault":{"raw":"all"}}`); got != `{"count":"2"}` {
		t.Errorf("all rows: %s", got)
	}
	if after := a.ask(t, "select string_agg(v::text, ';' order by id) from attack.vault v where owner_id = '"+bob+"'"); after != before {
		t.Errorf("Bob's rows were %s and are %s", before, after)
	}
	a.nextIsThemselves(t)
}

// One transaction over tables of which the caller may write one and not the
// other, by either role: it fails as a whole, wherever the forbidden one stands.
func TestTransactAcrossGrants(t *testing.T) {
	a := attacked(t)
	mine, forbidden := `{"createVault":{"vault":{"id":70,"code":"x","divisor":1}}}`, `{"createDiary":{"diary":{"id":70,"text":"x"}}}`
	for i, writes := range [][]string{{mine, forbidden}, {forbidden, mine}, {mine, forbidden, mine}} {
		request := `{"writes":[` + strings.Join(writes, ",") + `]`
		a.refused(t, codes.PermissionDenied, a.alice(t), "Transact", request+`}`)
		a.refused(t, codes.PermissionDenied, a.alice(t), "Transact", request+`,"validateOnly":true}`)
		a.refused(t, codes.PermissionDenied, a.alice(t), "Transact", request+fmt.Sprintf(`,"requestId":"5ba8d7c0-0000-4000-8000-00000000000%d"}`, i))
		a.refused(t, codes.PermissionDenied, a.anon(t), "Transact", request+`}`)
	}
	// A value that an earlier write has answered is no way to a row that is hidden.
	for use, want := range map[string]codes.Code{
		`{"field":"vault.id","write":0,"from":"divisor"}`:  codes.NotFound,
		`{"field":"vault.id","write":1,"from":"divisor"}`:  codes.InvalidArgument,
		`{"field":"vault.id","write":-1,"from":"divisor"}`: codes.InvalidArgument,
		`{"field":"vault.id","write":0,"from":"secret"}`:   codes.InvalidArgument,
	} {
		a.refused(t, want, a.alice(t), "Transact",
			`{"writes":[{"createVault":{"vault":{"id":71,"code":"x","divisor":11}}},{"updateVault":{"vault":{"payload":"x"}},"uses":[`+use+`]}]}`)
	}
	if n := a.ask(t, "select (select count(*) from attack.vault where id >= 70) + (select count(*) from attack.diary where id >= 70) + (select count(*) from rowgate.requests)"); n != "0" {
		t.Errorf("%s rows are left", n)
	}
	a.nextIsThemselves(t)
}

// validate_only runs the write and undoes it: nothing of it stays, not in the
// tables, the session or the kept answers.
func TestValidateOnly(t *testing.T) {
	a := attacked(t)
	before := a.ask(t, vaults)
	for _, c := range [][2]string{
		{"CreateVault", `{"vault":{"id":80,"code":"x","divisor":1},"validateOnly":true}`},
		{"UpdateVault", `{"vault":{"id":1,"payload":"x"},"validateOnly":true}`},
		{"DeleteVault", `{"id":1,"validateOnly":true}`},
		{"DeleteManyVaults", `{"filter":"id = 2","validateOnly":true}`},
		{"UpdateManyVaults", `{"filter":"id > 0","vault":{"payload":"x"},"validateOnly":true}`},
		{"BatchCreateVaults", `{"requests":[{"vault":{"id":80,"code":"x","divisor":1}}],"validateOnly":true}`},
		{"Transact", `{"writes":[{"createVault":{"vault":{"id":80,"code":"x","divisor":1}}},{"updateVault":{"vault":{"id":1,"payload":"x"}}}],"validateOnly":true}`},
	} {
		_, err := a.call(t, a.alice(t), c[0], c[1])
		if code := status.Code(err); code != codes.OK && code != codes.FailedPrecondition {
			t.Errorf("%s %s: %v", c[0], c[1], err)
		}
		if after := a.ask(t, vaults); after != before {
			t.Fatalf("%s has changed the rows to %s", c[0], after)
		}
	}
	a.nextIsThemselves(t)
}
