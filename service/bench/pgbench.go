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

	"github.com/rowgate/rowgate/migrations"
)

// script writes a pgbench script with one of the bench's queries: in one
// pipeline, or in four round trips.
func (w *world) script(query string, pipeline bool) string {
	first, last := "begin;\n", "commit;\n"
	if pipeline {
		first, last = "\\startpipeline\n", "\\endpipeline\n"
	}
	w.scripts++
	path := filepath.Join(w.dir, fmt.Sprintf("script%d.sql", w.scripts))
	values := strings.NewReplacer("{user}", w.userIDs[0], "{item}", w.itemIDs[0])
	body := values.Replace(first + migrations.Bench("settings") + migrations.Bench(query) + last)
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
