package attack_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

// Columns that a caller may not read, asked for in every place of a request
// that takes a field: psql refuses each of them under the same role, and so
// does the server, whatever the column holds.
func TestColumnsWithoutPrivilege(t *testing.T) {
	a := attacked(t)
	if got := a.psql(t, "authenticated", alice, "select salary from attack.staff"); got != "42501" {
		t.Fatalf("psql reads the column: %s", got)
	}
	if got := a.must(t, a.alice(t), "ListStaff", `{"readMask":"id,name"}`); !strings.Contains(got, "ann") {
		t.Fatalf("Alice lists %s", got)
	}
	for _, c := range [][2]string{
		{"ListStaff", `{}`},
		{"ListStaff", `{"readMask":"salary"}`},
		{"ListStaff", `{"readMask":"id,name,salary"}`},
		{"ListStaff", `{"readMask":"id","filter":"salary = 777001"}`},
		{"ListStaff", `{"readMask":"id","filter":"NOT salary > 0"}`},
		{"ListStaff", `{"readMask":"id","filter":"name = \"nobody\" AND salary > 0"}`},
		{"ListStaff", `{"readMask":"id","filter":"salary:*"}`},
		{"ListStaff", `{"readMask":"id","filter":"in(salary, 777001)"}`},
		{"ListStaff", `{"readMask":"id","orderBy":"salary"}`},
		{"ListStaff", `{"readMask":"id","orderBy":"salary desc","pageSize":1}`},
		{"ListStaff", `{"readMask":"id","filter":"salary > 0","count":"COUNT_EXACT"}`},
		{"ListStaff", `{"readMask":"id","filter":"boss:*"}`},
		{"ListStaff", `{"readMask":"id","filter":"boss.name = \"ann\""}`},
		{"ListStaff", `{"readMask":"id,boss.name"}`},
		{"ListStaff", `{"readMask":"id","include":[{"path":"boss"}]}`},
		{"GetStaff", `{"id":1}`},
		{"GetStaff", `{"id":1,"readMask":"salary"}`},
		{"StreamStaff", `{}`},
		{"StreamStaff", `{"readMask":"id","orderBy":"salary"}`},
		{"StreamStaff", `{"readMask":"id","filter":"salary > 777001"}`},
		{"AggregateStaff", `{"aggregates":"max.salary"}`},
		{"AggregateStaff", `{"aggregates":"sum.salary"}`},
		{"AggregateStaff", `{"aggregates":"count","groupBy":["salary"]}`},
		{"AggregateStaff", `{"aggregates":"count","filter":"salary > 777001"}`},
		{"AggregateStaff", `{"aggregates":"count","having":"max.salary > 777001"}`},
		{"AggregateStaff", `{"aggregates":"count","groupBy":["name"],"orderBy":"max.salary"}`},
		{"CreateStaff", `{"staff":{"id":3,"name":"eve","salary":777001}}`},
		{"CreateStaff", `{"staff":{"id":3,"name":"eve"}}`}, // all columns answered
		{"CreateStaff", `{"staff":{"id":1,"name":"eve","salary":1},"onConflict":{"update":"salary"},"readMask":"id"}`},
		{"CreateStaff", `{"staff":{"id":1,"name":"eve"},"onConflict":{"update":"name"},"readMask":"salary"}`},
		{"UpdateStaff", `{"staff":{"id":1,"salary":1},"readMask":"id"}`},
		{"UpdateStaff", `{"staff":{"id":1,"name":"eve"}}`},
		{"UpdateStaff", `{"staff":{"id":1,"name":"eve"},"updateMask":"name,salary","readMask":"id"}`},
		{"UpdateStaff", `{"staff":{"id":1,"name":"eve"},"updateMask":"bossId","readMask":"id"}`},
		{"UpdateStaff", `{"staff":{"id":1,"name":"eve"},"expected":{"salary":777001},"readMask":"id"}`},
		{"UpdateStaff", `{"staff":{"id":1,"name":"eve"},"expected":{"salary":1},"readMask":"id"}`},
		{"UpdateStaff", `{"staff":{"id":1,"name":"eve"},"expected":{"salary":1},"readMask":"id","validateOnly":true}`},
		{"DeleteStaff", `{"id":1,"expected":{"salary":777001}}`},
		{"DeleteStaff", `{"id":1,"expected":{"salary":1},"validateOnly":true}`},
		{"UpdateManyStaff", `{"filter":"salary = 777001","staff":{"name":"eve"}}`},
		{"UpdateManyStaff", `{"filter":"id = 1","staff":{"salary":1}}`},
		{"UpdateManyStaff", `{"filter":"id = 1","staff":{"name":"eve"},"readMask":"salary"}`},
		{"DeleteManyStaff", `{"filter":"salary = 777001"}`},
		{"DeleteManyStaff", `{"filter":"salary = 777001","validateOnly":true}`},
		{"DeleteManyStaff", `{"filter":"id = 1","readMask":"salary"}`},
		{"BatchCreateStaff", `{"requests":[{"staff":{"id":4,"name":"eve","salary":1}}],"readMask":"id"}`},
		{"BatchUpdateStaff", `{"requests":[{"staff":{"id":1,"salary":1}}],"readMask":"id"}`},
		{"ImportStaff", `{"staff":[{"id":5,"name":"eve","salary":1}]}`},
		{"Transact", `{"writes":[{"updateStaff":{"staff":{"id":1,"salary":1},"readMask":"id"}}]}`},
		// A relation that the caller has no privilege on at all.
		{"ListStaff", `{"readMask":"id,diary.text"}`},
		{"ListStaff", `{"readMask":"id","include":[{"path":"diary"}]}`},
		{"ListStaff", `{"readMask":"id","filter":"diary.text:\"HIDDEN\""}`},
		{"ListStaff", `{"readMask":"id","filter":"diary:*"}`},
		{"ListStaff", `{"readMask":"id","filter":"NOT diary.id = 2"}`},
		{"ListStaff", `{"readMask":"id","orderBy":"diary.text"}`},
		{"ListDiaries", `{"readMask":"id"}`},
		{"AggregateDiaries", `{"aggregates":"count"}`},
	} {
		a.refused(t, codes.PermissionDenied, a.alice(t), c[0], c[1])
	}
	if got := a.ask(t, "select string_agg(s::text, ' ' order by id) from attack.staff s"); got != "(1,ann,777001,,1) (2,ben,777002,,1)" {
		t.Errorf("the table has become %s", got)
	}
	a.nextIsThemselves(t)
}

// Fields that a mask names and the message has not got, system columns, and
// what would be SQL if it were looked at as such.
func TestNamesThatAreNoFields(t *testing.T) {
	a := attacked(t)
	for _, name := range []string{"ctid", "xmin", "tableoid", "oid", "items", "(select 1)", `title\" from auth.users--`, "title;drop table items", "title::text", "id as owner_id", "items.*", "*,ctid", "pg_sleep(1)", "title||owner_id", "\\u0000", "1", "owner_id=owner_id", "auth.uid()"} {
		for _, c := range [][2]string{
			{"ListItems", `{"filter":"` + name + ` = \"x\""}`},
			{"ListItems", `{"orderBy":"` + name + ` desc"}`},
			{"AggregateItems", `{"aggregates":"count","groupBy":["` + name + `"]}`},
			{"AggregateItems", `{"aggregates":"count","having":"` + name + ` > 1"}`},
			{"ListPosts", `{"include":[{"path":"` + name + `"}]}`},
			{"CreateItem", `{"item":{"title":"x"},"onConflict":{"fields":["` + name + `"],"ignore":true}}`},
		} {
			a.refused(t, codes.InvalidArgument, a.alice(t), c[0], c[1])
		}
	}
	a.nextIsThemselves(t)
}
