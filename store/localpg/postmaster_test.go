//go:build linux || darwin

package localpg

import (
	"testing"
)

func TestParsePidFile(t *testing.T) {
	for text, want := range map[string]pidFile{
		"": {},
		"4711\n/data\n1700000000\n5432\n/run\n127.0.0.1\n  12345  6789\nready   \n": {pid: 4711, ready: true},
		"4711\n/data\n1700000000\n5432\n/run\n127.0.0.1\n  12345  6789\nstarting\n": {pid: 4711},
		"4711\n/data\n1700000000\n5432\n/run\n127.0.0.1\n  12345  6789\nstopping\n": {pid: 4711},
		"-4711\n":                       {pid: 4711},
		"  4711  \n":                    {pid: 4711},
		"ready\n":                       {},
		"99999999999999999999":          {},
		"4711\n1\n2\n3\n4\n5\n6\nready": {pid: 4711, ready: true},
	} {
		if got := parsePidFile(text); got != want {
			t.Errorf("%q gave %+v, want %+v", text, got, want)
		}
	}
}

func FuzzParsePidFile(f *testing.F) {
	f.Add("4711\n/data\n1700000000\n5432\n/run\n127.0.0.1\n  12345  6789\nready   \n")
	f.Add("-2147483648\n")
	f.Fuzz(func(t *testing.T, text string) {
		if got := parsePidFile(text); got.pid < 0 || got.ready && got.pid == 0 && text[0] != '0' {
			t.Errorf("%q gave %+v", text, got)
		}
	})
}
