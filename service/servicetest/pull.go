package servicetest

import (
	"testing"
	"testing/fstest"

	"github.com/rowgate/rowgate/proto/protogen"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/storetest"
)

// Pull writes the contract of some schemas of a database as `rowgate pull` does,
// into the package pkg, and loads it.
func Pull(t testing.TB, db *storetest.Database, pkg string, schemas ...string) *descriptor.Set {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{URL: db.SuperuserURL(), MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	cat, description, err := st.Describe(t.Context(), schemas, []string{"anon", "authenticated"})
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	have, err := protogen.Read(t.Context(), files, "proto", pkg)
	if err != nil {
		t.Fatal(err)
	}
	result, err := protogen.Generate(cat, description, have, protogen.Options{Package: pkg})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range result.Files {
		files[file.Path] = &fstest.MapFile{Data: file.New}
	}
	contract, err := descriptor.LoadFS(t.Context(), files, "proto")
	if err != nil {
		t.Fatal(err)
	}
	return contract
}
