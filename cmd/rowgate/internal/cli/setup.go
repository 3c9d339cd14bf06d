package cli

import (
	"fmt"

	"github.com/rowgate/rowgate/migrations"
)

type setup struct{}

// Help is shown by rowgate setup --help.
func (setup) Help() string {
	return `The SQL may be run again at any time. It sets no passwords: give the logins theirs afterwards.

Example:
  rowgate setup | psql "$DIRECT_URL"
  psql "$DIRECT_URL" -c '\password rowgate'
  psql "$DIRECT_URL" -c '\password rowgate_admin'`
}

// Run prints the SQL.
func (setup) Run(a *app) error {
	for _, f := range migrations.Setup() {
		if _, err := fmt.Fprintln(a.out, f.SQL); err != nil {
			return err
		}
	}
	return nil
}
