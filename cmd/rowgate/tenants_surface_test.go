package main_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

// tenantsSurface plans the work of a new organization by methods of several
// rows, as its owner's client does; a member of it reads, and a stranger does
// not.
func tenantsSurface(t *testing.T, c *client, owner, member, stranger, org string) {
	t.Helper()
	in := func(request string) string { return strings.ReplaceAll(request, "ORG", org) }
	filter := in(`project.organization_id = \"ORG\"`)

	// A project and its first task, which takes the id that the project gets.
	const transact = "TransactionService/Transact"
	weave := in(`{"writes": [
		{"create_project": {"project": {"organization_id": "ORG", "name": "Weave"}, "read_mask": "id,name"}},
		{"create_task": {"task": {"title": "Warp", "priority": 2}, "read_mask": "title,priority"}, "uses": [{"field": "task.project_id", "write": 0, "from": "id"}]}
	]}`)
	c.refused(t, stranger, transact, weave, codes.PermissionDenied)
	project := c.field(t, owner, transact, weave,
		`^{"results":\[{"createProject":{"id":"(\d+)","name":"Weave"}},{"createTask":{"title":"Warp","priority":2}}\]}$`)
	// Once more it fails as a whole: the name is taken.
	c.refused(t, owner, transact, weave, codes.AlreadyExists)

	create := `{"requests": [
		{"task": {"project_id": ` + project + `, "title": "Weft", "priority": 4}},
		{"task": {"project_id": ` + project + `, "title": "Selvage", "priority": 5}}
	], "read_mask": "title,status"}`
	c.refused(t, stranger, "TaskService/BatchCreateTasks", create, codes.PermissionDenied)
	c.want(t, owner, "TaskService/BatchCreateTasks", create,
		`{"tasks":[{"title":"Weft","status":"TASK_STATUS_TODO"},{"title":"Selvage","status":"TASK_STATUS_TODO"}],"count":"2"}`)

	// What is behind gets urgent, and begins.
	begin := `{"filter": "` + filter + ` AND priority > 3", "task": {"status": "TASK_STATUS_IN_PROGRESS"}, "increment": {"priority": -3}}`
	c.want(t, stranger, "TaskService/UpdateManyTasks", begin, `{}`)
	c.want(t, owner, "TaskService/UpdateManyTasks", begin, `{"count":"2"}`)

	list := `{"filter": "` + filter + ` AND priority <= 2", "order_by": "priority, title", "page_size": 2, "count": "COUNT_EXACT",
		"read_mask": "title,priority", "include": [{"path": "project"}, {"path": "project.tasks", "filter": "status = \"todo\""}]}`
	list = strings.Replace(list, `"title,priority"`, `"title,priority,project.name,project.tasks.title"`, 1)
	got := c.field(t, member, "TaskService/ListTasks", list, `^(.*),"nextPageToken"`)
	const weaving = `"project":{"name":"Weave","tasks":[{"title":"Warp"}]}`
	if want := `{"tasks":[{"title":"Weft","priority":1,` + weaving + `},{"title":"Selvage","priority":2,` + weaving + `}]`; got != want {
		t.Errorf("ListTasks %s\n got %s\nwant %s", list, got, want)
	}
	c.want(t, stranger, "TaskService/ListTasks", list, `{"totalSize":"0"}`)

	c.want(t, member, "TaskService/AggregateTasks",
		`{"filter": "`+filter+`", "group_by": ["status"], "aggregates": "count,sum.priority,max.title", "order_by": "count desc"}`,
		`{"groups":[{"group":{"status":"TASK_STATUS_IN_PROGRESS"},"count":"2","sum":{"priority":"3"},"max":{"title":"Weft"}},`+
			`{"group":{"status":"TASK_STATUS_TODO"},"count":"1","sum":{"priority":"2"},"max":{"title":"Warp"}}]}`)
	c.want(t, owner, "TaskService/DeleteManyTasks", `{"filter": "`+filter+` AND status = \"in progress\"", "expected_count": 2, "read_mask": "title"}`,
		`{"tasks":[{"title":"Weft"},{"title":"Selvage"}],"count":"2"}`)
}
