// Package migrations holds the SQL that comes with rowgate, built into the
// program. It only holds it: running it is the business of whoever has a
// connection.
//
// A database of one's own takes the four sets in this order:
//
//	Supabase()  the roles and the schema auth of a Supabase project. On a real
//	            one it changes nothing.
//	App()       the example application: profiles, items, posts, comments.
//	Setup()     rowgate's two logins, rowgate and rowgate_admin, without
//	            passwords, and its table rowgate.requests.
//	Seed()      two users, Alice and Bob, with rows each.
//
// A project that exists takes Setup alone.
//
// Each file is one message of the simple query protocol, so each is one
// transaction: it happens whole or not at all. All but App's may run again at
// any time.
package migrations

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

// The ids of the users that Seed makes, as the sub claim of a token has them.
const (
	// Alice is alice@example.com.
	Alice = "a11ce000-0000-4000-8000-000000000001"
	// Bob is bob@example.com.
	Bob = "b0b00000-0000-4000-8000-000000000002"
)

// The logins that Setup makes.
const (
	// UserLogin is the user path's role: it may become anon or authenticated
	// and has no right of its own.
	UserLogin = "rowgate"
	// AdminLogin is the admin path's role: no policy holds it.
	AdminLogin = "rowgate_admin"
)

// File is one file of SQL.
type File struct {
	// Name is the file's path in this package's folder, for instance
	// "app/20261101090200_items.sql". The digits, where there are any, are the
	// version and give the order.
	Name string
	// SQL is the text: one or more statements, without parameters.
	SQL string
}

//go:embed supabase/*.sql app/*.sql setup/*.sql seed/*.sql dev/*.sql bench/*.sql
var files embed.FS

// Supabase returns the stand-in for a Supabase project's roles and schema auth,
// in the order in which it runs. It takes a superuser on a cluster without
// those roles.
func Supabase() []File { return read("supabase") }

// App returns the example application's migrations, in the order in which they
// run. They need what Supabase makes.
func App() []File { return read("app") }

// Setup returns the SQL that makes rowgate's logins, or mends them, and the table
// that it keeps the answers of requests in. It needs the roles that Supabase
// makes and looks at the tables that are there, so it runs after App.
func Setup() []File { return read("setup") }

// Seed returns the SQL that fills the example application. It needs what App
// makes.
func Seed() []File { return read("seed") }

// Users returns the query for the id and address of the first two users, for the
// tokens that rowgate dev prints.
func Users() string { return read("dev")[0].SQL }

// Bench returns a file of the benchmark's by its name without .sql: fill, which
// fills the example application, and what pgbench runs beside rowgate.
func Bench(name string) string {
	sql, err := files.ReadFile("bench/" + name + ".sql")
	if err != nil {
		panic("migrations: " + err.Error())
	}
	return string(sql)
}

// Password returns the statement that gives a login its password. ALTER ROLE
// takes no parameters, so both are quoted here.
func Password(login, password string) string {
	return `alter role "` + strings.ReplaceAll(login, `"`, `""`) + `" password '` + strings.ReplaceAll(password, "'", "''") + "'"
}

// read returns a folder's files by name. The folders are part of the program,
// so an error is a mistake in it.
func read(folder string) []File {
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		panic("migrations: " + err.Error())
	}
	set := make([]File, 0, len(entries))
	for _, entry := range entries {
		name := path.Join(folder, entry.Name())
		sql, err := files.ReadFile(name)
		if err != nil {
			panic("migrations: " + err.Error())
		}
		set = append(set, File{Name: name, SQL: string(sql)})
	}
	return set
}
