package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type version struct{}

// Run prints the version that the program was built from.
func (version) Run(a *app) error {
	_, err := fmt.Fprintf(a.out, "rowgate %s %s %s/%s\n", built(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// built is the version that the program was built from, and the revision where
// that is known.
func built() string {
	info, _ := debug.ReadBuildInfo()
	what, revision := "(unknown)", ""
	if info != nil {
		what = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
	}
	return what + revision
}
