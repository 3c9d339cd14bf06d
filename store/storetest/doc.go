// Package storetest gives every test a Postgres database of its own. It is for
// tests alone and never part of a server.
//
//	func TestItems(t *testing.T) {
//		db := storetest.New(t, storetest.Migrations(migrations.Supabase(), migrations.App())...)
//		conn := db.Superuser(t)
//		...
//	}
//
// # The server
//
// Tests share one throwaway server per run. To have all packages share it, run
//
//	go run github.com/rowgate/rowgate/store/storetest/pgrun go test ./...
//
// which starts the server, tells the tests of it by these environment
// variables, and removes it afterwards:
//
//	ROWGATE_TEST_URL  the superuser's URL of a database to make others from
//	ROWGATE_TEST_BIN  the folder of Postgres's programs, for psql
//
// Without ROWGATE_TEST_URL each test process starts a server on first use,
// which is gone soon after the process has ended, however it ended. Either
// server is found as package localpg describes; ROWGATE_PG_BIN names another
// folder to find it in. The variable may also be set by hand, to test on a
// server that exists; the user in it must be a superuser.
//
// # Templates
//
// The first test that asks for a list of migrations has them applied to a
// template, and every test gets a copy, which takes some hundredths of a
// second. Templates are named after a hash of the migrations, so processes
// that run at the same time share them; an advisory lock in the database of
// ROWGATE_TEST_URL lets one of them build at a time. A copy has what is in the
// template, but neither the settings nor the grants that were given to the
// template as a database (ALTER DATABASE SET, GRANT ON DATABASE).
//
// # Roles
//
// Roles, their passwords and their settings belong to the server and so to all
// tests at once. Migrations that make roles must do so only when they are
// missing, and tests that change them must do it in a transaction that they
// roll back, or on a server of their own.
package storetest
