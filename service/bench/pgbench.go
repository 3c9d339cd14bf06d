package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// The statements that rowgate sends, with the values of one user in place of
// parameters.
const (
	settingsSQL = `select where pg_catalog.set_config('role', 'authenticated', true) is not null
 and pg_catalog.set_config('request.jwt.claims', '{"aud":"authenticated","exp":1999999999,"iat":1699999999,"role":"authenticated","sub":"{user}"}', true) is not null
 and pg_catalog.set_config('request.jwt.claim.sub', '{user}', true) is not null
 and pg_catalog.set_config('request.jwt.claim.role', 'authenticated', true) is not null
 and pg_catalog.set_config('request.jwt.claim.email', '', true) is not null
 and pg_catalog.set_config('request.method', 'POST', true) is not null
 and pg_catalog.set_config('request.path', '/app.v1.ItemService/GetItem', true) is not null
 and pg_catalog.set_config('statement_timeout', '8000', true) is not null
 and pg_catalog.set_config('transaction_read_only', 'on', true) is not null;
`
	itemColumns = `"id", "owner_id", "title", "description", "quantity", "price", "done", "created_at", "updated_at"`
	getSQL      = `select ` + itemColumns + ` from "public"."items" as t where "id" operator(pg_catalog.=) '{item}';
`
	listSQL = `select ` + itemColumns + ` from "public"."items" as t order by t."created_at" desc, t."id" desc limit 26;
`
)

// script writes a pgbench script: in one pipeline, or in four round trips.
func (w *world) script(query string, pipeline bool) string {
	first, last := "begin;\n", "commit;\n"
	if pipeline {
		first, last = "\\startpipeline\n", "\\endpipeline\n"
	}
	w.scripts++
	path := filepath.Join(w.dir, fmt.Sprintf("script%d.sql", w.scripts))
	values := strings.NewReplacer("{user}", w.userIDs[0], "{item}", w.itemIDs[0])
	body := values.Replace(first + settingsSQL + query + last)
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		panic(err) // the folder is ours, made a moment ago
	}
	return path
}

var tps = regexp.MustCompile(`tps = ([0-9.]+)`)

// pgbench runs a script with prepared statements and returns the transactions
// per second.
func (w *world) pgbench(ctx context.Context, script string) (float64, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(w.pg.Installation().BinDir, "pgbench"),
		"--no-vacuum", "--protocol=prepared", "--jobs=2",
		"--client="+strconv.Itoa(w.connections), "--time="+strconv.Itoa(max(int(w.time.Seconds()), 1)),
		"--file="+script, w.loginURL)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w\n%s", err, out)
	}
	m := tps.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("pgbench printed no rate:\n%s", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}
