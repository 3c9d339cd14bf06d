//go:build linux || darwin

package localpg

import (
	"testing"
)

func TestConfigIsRefused(t *testing.T) {
	for want, cfg := range map[string]Config{
		"localpg: Config.DataDir is empty; name the folder for the cluster":                                 {},
		`localpg: Config.DataDir "a\nb" has a line break or a NUL in it; choose another folder`:             {DataDir: "a\nb"},
		"localpg: Config.Port 65536 is not a TCP port; use 0 for a free one":                                {DataDir: "d", Port: 65536},
		"localpg: Config.Port -1 is not a TCP port; use 0 for a free one":                                   {DataDir: "d", Port: -1},
		`localpg: Config.Settings: "work mem" is not the name of a setting`:                                 {DataDir: "d", Settings: map[string]string{"work mem": "1"}},
		`localpg: Config.Settings: "" is not the name of a setting`:                                         {DataDir: "d", Settings: map[string]string{"": "1"}},
		"localpg: Config.Settings: port cannot be set here: set Config.Port":                                {DataDir: "d", Settings: map[string]string{"Port": "1"}},
		"localpg: Config.Settings: listen_addresses cannot be set here: Postgres listens on 127.0.0.1 only": {DataDir: "d", Settings: map[string]string{"listen_addresses": "*"}},
		"localpg: Config.Settings: the value of work_mem has a NUL in it":                                   {DataDir: "d", Settings: map[string]string{"work_mem": "1\x00"}},
	} {
		s, err := Start(t.Context(), cfg)
		if s != nil || err == nil || err.Error() != want {
			t.Errorf("%+v gave\n%v\nwant\n%s", cfg, err, want)
		}
	}
}

func TestConfigIsAccepted(t *testing.T) {
	cfg := Config{DataDir: "d", Settings: map[string]string{"work_mem": "4MB", "app.settings.jwt_exp": "", "TimeZone": "UTC"}}
	// The third name has two dots, which Postgres takes too.
	if err := cfg.validate(); err != nil {
		t.Error(err)
	}
}
