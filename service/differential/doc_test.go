// Package differential_test holds rowgate against Postgres itself: random
// tables, policies, callers and calls, each of which a server answers on one
// database and plain SQL under SET ROLE on its twin. Answers and tables have to
// be equal afterwards.
//
// The generator (generate_*_test.go) knows the schema that it made up, the
// oracle (oracle_test.go) writes SQL of its own, and the comparison is in
// compare_test.go; none of them uses rowgate's statements.
package differential_test
