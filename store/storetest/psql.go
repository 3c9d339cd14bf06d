package storetest

import (
	"bytes"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// PsqlResult is what a run of psql gave.
type PsqlResult struct {
	// Stdout has the rows, one a line with | between the columns, and the tags
	// of statements without rows, such as UPDATE 1.
	Stdout string

	// Stderr has errors and notices as VERBOSITY verbose prints them.
	Stderr string

	// ExitCode is 0 for success, 1 for an error of psql's own, 2 for a
	// connection that failed or broke, 3 for a statement that failed
	// (https://www.postgresql.org/docs/current/app-psql.html).
	ExitCode int

	// SQLState is the code of the statement that failed, "" if none did.
	SQLState string
}

// Psql runs statements and psql's own commands with psql as the superuser and
// returns what it prints. It ends the test when one fails.
func (d *Database) Psql(t testing.TB, sql string) string {
	t.Helper()
	result := d.PsqlAs(t, d.SuperuserURL(), sql)
	if result.ExitCode != 0 {
		t.Fatalf("storetest: psql ended with status %d\n%s", result.ExitCode, result.Stderr)
	}
	return result.Stdout
}

// PsqlAs runs statements and psql's own commands with psql, at an address that
// URL, SuperuserURL or LoginURL gave, up to the first that fails. Statements are
// sent one by one. The flags are -X -A -t -v ON_ERROR_STOP=1.
func (d *Database) PsqlAs(t testing.TB, address, sql string) PsqlResult {
	t.Helper()
	program, err := d.server.psql()
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatalf("storetest: %q is not the address of a database", address)
	}
	// Every account of the machine can read the arguments of a process.
	password, _ := u.User.Password()
	u.User = url.User(u.User.Username())
	cmd := exec.CommandContext(t.Context(), program,
		"-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-d", u.String(), "-f", "-")
	cmd.Env = append(withoutPostgres(os.Environ()), "LC_ALL=C", "PGPASSWORD="+password)
	cmd.Stdin = strings.NewReader(sql)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("storetest: %v", err)
	}
	return PsqlResult{
		Stdout:   stdout.String(),
		Stderr:   stderr.String(),
		ExitCode: cmd.ProcessState.ExitCode(),
		SQLState: sqlState(stderr.String()),
	}
}

// withoutPostgres leaves out the variables that change what libpq and psql do.
func withoutPostgres(environment []string) []string {
	var kept []string
	for _, entry := range environment {
		if !strings.HasPrefix(entry, "PG") && !strings.HasPrefix(entry, "PSQL") {
			kept = append(kept, entry)
		}
	}
	return kept
}

// failure is the first line of an error as psql prints it for a statement.
var failure = regexp.MustCompile(`(?m)^psql:<stdin>:\d+: (?:ERROR|FATAL|PANIC):  ([0-9A-Z]{5}): `)

// sqlState returns the code of the error among psql's messages.
func sqlState(stderr string) string {
	if match := failure.FindStringSubmatch(stderr); match != nil {
		return match[1]
	}
	return ""
}
