package cli

import (
	"errors"
	"fmt"

	"github.com/rowgate/rowgate/cmd/rowgate/internal/config"
	"github.com/rowgate/rowgate/service"
)

type check struct {
	config.Database
	config.Contract
	Roles []string `name:"roles" env:"ROWGATE_ROLES" default:"anon,authenticated" help:"The roles that a call may take on."`
}

// Help is shown by rowgate check --help.
func (check) Help() string {
	return `Lists every method that does not fit the database, with file and line, and everything that is wrong with the login, with the SQL that mends it. The exit code is 1 when there is anything.

Example:
  DATABASE_URL=postgres://rowgate:PASSWORD@HOST:5432/postgres rowgate check --proto proto`
}

// Run checks and prints what is off.
func (c check) Run(a *app) error {
	st, contract, err := openBoth(a.ctx, c.Database, c.Contract, a.log.Logger())
	if err != nil {
		return err
	}
	defer st.Close()
	report, err := service.Check(a.ctx, st, contract, c.Roles)
	if err != nil {
		return err
	}
	for _, p := range report.Problems {
		fmt.Fprintln(a.out, p)
	}
	for _, f := range report.Findings {
		fmt.Fprintln(a.out, f)
	}
	if n := len(report.Problems) + len(report.Findings); n > 0 {
		return errors.New(count(n, "thing is off", "things are off"))
	}
	_, err = fmt.Fprintf(a.out, "%s of %s fit the database, and the login is safe\n",
		count(report.Methods, "method", "methods"), c.Proto)
	return err
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
