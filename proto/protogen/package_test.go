package protogen_test

import (
	"testing"

	"github.com/rowgate/rowgate/proto/protogen"
)

// TestCheckPackage: within app.google.v1 the compiler takes google.protobuf for
// app.google.protobuf, and no file there would compile.
func TestCheckPackage(t *testing.T) {
	const form, taken = " is no package: write small letters with dots between, such as app.v1",
		": the names rowgate, google and buf are taken; choose another, such as app.v1"
	for pkg, want := range map[string]string{
		"app.v1": "", "app": "", "googles.v1": "", "app.rowgate_x": "",
		"": `""` + form, "App.v1": `"App.v1"` + form, "a..b": `"a..b"` + form, "../x": `"../x"` + form,
		"google": `the package "google"` + taken, "google.x": `the package "google.x"` + taken,
		"app.google.v1": `the package "app.google.v1"` + taken, "app.buf": `the package "app.buf"` + taken,
		"rowgate": `the package "rowgate"` + taken, "a.rowgate.v1": `the package "a.rowgate.v1"` + taken,
	} {
		got := ""
		if err := protogen.CheckPackage(pkg); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s\nwant %s", pkg, got, want)
		}
	}
}
