package cli

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// The page has each setting of each command, with its variable and default.
func TestConfigurationPage(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	parser, err := kong.New(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	_ = kong.Visit(parser.Model, func(v kong.Visitable, next kong.Next) error {
		if flag, ok := v.(*kong.Flag); ok && flag.Name != "help" {
			row := settingRow(flag)
			rows++
			if !strings.Contains(string(page), row) {
				t.Errorf("the page lacks the row\n%s %s |", row, strings.TrimSuffix(flag.Help, "."))
			}
		}
		return next(nil)
	})
	if rows < 70 {
		t.Errorf("there are %d settings; the command line was not read", rows)
	}
}

// settingRow is how a setting's row begins.
func settingRow(flag *kong.Flag) string {
	variable := ""
	if len(flag.Envs) > 0 {
		variable = "`" + strings.Join(flag.Envs, "`, `") + "`"
	}
	value := ""
	if flag.HasDefault && flag.Default != "" {
		value = "`" + flag.Default + "`"
	}
	return fmt.Sprintf("| `--%s` | %s | %s |", flag.Name, variable, value)
}
