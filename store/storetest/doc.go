// Package storetest gives tests throwaway databases on a real Postgres. It is
// for rowgate's tests and for those of its users, never for production.
//
//	func TestItems(t *testing.T) {
//		db := storetest.New(t, storetest.Migration{Name: "schema", SQL: schema})
//		st, err := store.Open(t.Context(), store.Config{URL: db.URL("rowgate", "secret")})
//		…
//	}
//
// Databases are copies of a template, which is made once for each set of
// migrations. The server is the one that pgrun has started for the whole run,
//
//	go run github.com/rowgate/rowgate/store/storetest/pgrun go test ./...
//
// and otherwise one that the test's own process starts when it first needs
// it. Either ends with the process that started it, also when that is killed.
package storetest
