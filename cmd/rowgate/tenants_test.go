package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/store/storetest"
)

// TestTenants takes a multi-tenant Supabase project from its SQL to calls, and
// through a migration.
func TestTenants(t *testing.T) {
	if v := postgresVersion(t); v < 15 {
		t.Skipf("PostgreSQL %d has no views with security_invoker", v)
	}
	s := newSample(t, "tenants", storetest.Migrations(migrations.Supabase())...)
	pulled := s.rowgate(t, 0, "pull", "--schema", "public", "--schema", "billing")
	for _, want := range []string{`
left out:
  public.audit_log: none of anon, authenticated may read it
  public.invitations.token: none of anon, authenticated may read it
  billing.subscriptions.provider_ref: none of anon, authenticated may read it
  public: trigger functions, 2 of them: Postgres lets nobody call them

13 relations and 12 functions in package app.v1: 17 files new
`, "  public.create_organization(text, text): the name CreateOrganization is taken, so the method is called CallCreateOrganization\n"} {
		if !strings.Contains(pulled.out, want) {
			t.Errorf("no %q in\n%s", want, pulled.out)
		}
	}
	const inStep = "the files are in step with the database\n"
	s.checks(t, "116 methods of proto fit the database, and no way around row level security is open", 10)
	s.prints(t, 0, inStep, "pull", "--check")
	s.prints(t, 0, inStep, "pull", "--check", "--migrations", filepath.Join(root, "cmd", "rowgate", "testdata", "tenants"))
	tenantsCalls(t, s)

	// A migration renames a column, adds a label, drops a column and makes a
	// function.
	s.migrate(t, `
		alter table public.tasks rename column notes to details;
		alter type public.task_status add value 'blocked' before 'done';
		alter table public.projects drop column color;
		create function public.close_task(task bigint) returns public.tasks language sql as $$
			update public.tasks set status = 'done' where id = task returning *;
		$$;`)
	tenantsDrift(t, s)
	diff := s.rowgate(t, 0, "pull", "--diff").out
	for _, want := range []string{`--- a/proto/app/v1/resources.proto
+++ b/proto/app/v1/resources.proto
@@`, `
-  // The column "color", text.
-  optional string color = 6;
+  // Was "color", which is gone.
+  reserved 6;
+  reserved "color";
`, `
-  // The column "notes", text.
-  optional string notes = 5;
+  // The column "details", text.
+  optional string notes = 5 [(rowgate.v1.column).name = "details"];
`, `
+  // "blocked".
+  TASK_STATUS_BLOCKED = 4 [(rowgate.v1.label) = "blocked"];
`} {
		if !strings.Contains(diff, want) {
			t.Errorf("no %q in\n%s", want, diff)
		}
	}
	s.rowgate(t, 0, "pull")
	s.checks(t, "117 methods of proto fit the database, and no way around row level security is open", 11)
	s.prints(t, 0, inStep, "pull", "--check")
	c := s.serve(t)
	c.want(t, s.token(t, ada, "ada@example.com"), "FunctionService/CloseTask", `{"task": 2}`,
		`{"result":{"id":"2","projectId":"1","title":"Order cards","notes":"Punched, for the numbers of Bernoulli",`+
			`"status":"TASK_STATUS_DONE","priority":2,"createdBy":"`+ada+`"}}`)
}

// The users and organizations of testdata/tenants/seed.sql.
const (
	ada     = "0ada0000-0000-4000-8000-000000000001"
	grace   = "94ace000-0000-4000-8000-000000000002"
	alan    = "a1a40000-0000-4000-8000-000000000003"
	engines = "00000000-0000-4000-8000-00000000000a"
)

// tenantsCalls does what two tenants, someone invited and a stranger do.
func tenantsCalls(t *testing.T, s *sample) {
	c := s.serve(t)
	adas, graces, alans := s.token(t, ada, "ada@example.com"), s.token(t, grace, "grace@example.com"), s.token(t, alan, "alan@example.com")
	const enginesRow = `{"id":"` + engines + `","name":"Analytical Engines","slug":"analytical-engines","createdBy":"` + ada + `"}`
	const gears = `{"id":"1","projectId":"1","title":"Cut the gears","notes":"Brass, forty teeth","status":"TASK_STATUS_TODO",` +
		`"priority":1,"dueOn":{"year":2020,"month":12,"day":1},"createdBy":"` + ada + `"}`

	// Each tenant sees its own rows.
	c.want(t, adas, "OrganizationService/ListOrganizations", `{}`, `{"organizations":[`+enginesRow+`]}`)
	c.want(t, alans, "OrganizationService/ListOrganizations", `{}`, `{}`)
	c.refused(t, graces, "OrganizationService/GetOrganization", `{"id": "`+engines+`"}`, codes.NotFound)
	c.want(t, adas, "FunctionService/SearchTasks", `{"query": "brass or verbs"}`, `{"results":[`+gears+`]}`)
	c.want(t, graces, "FunctionService/SearchTasks", `{"query": "brass or verbs", "status": "TASK_STATUS_DONE"}`, `{}`)
	c.want(t, adas, "FunctionService/TaskCounts", `{"org": "`+engines+`"}`,
		`{"results":[{"status":"TASK_STATUS_TODO","tasks":"1","overdue":"1"},{"status":"TASK_STATUS_IN_PROGRESS","tasks":"1","overdue":"0"}]}`)
	c.want(t, graces, "FunctionService/HasRole", `{"org": "`+engines+`", "at_least": "ORG_ROLE_VIEWER"}`, `{"result":false}`)
	c.want(t, adas, "FunctionService/TagTask", `{"task": 1, "tags": ["brass", "shop"]}`, `{}`)
	c.refused(t, graces, "FunctionService/TagTask", `{"task": 1, "tags": ["mine"]}`, codes.PermissionDenied)
	c.want(t, adas, "TaskTagService/ListTaskTags", `{}`, `{"taskTags":[{"taskId":"1","tagId":"1"},{"taskId":"1","tagId":"2"}]}`)

	// The other schema: a composite value, a range, a domain, a key of two.
	c.want(t, adas, "SubscriptionService/ListSubscriptions", `{}`,
		`{"subscriptions":[{"id":"00000000-0000-4000-8000-0000000000c1","organizationId":"`+engines+`","planId":"team",`+
			`"status":"SUBSCRIPTION_STATUS_ACTIVE","period":{"lower":"2026-01-01T00:00:00Z","bounds":"BOUNDS_INCLUSIVE_EXCLUSIVE"},`+
			`"billTo":{"line1":"12 St James's Square","city":"London","postalCode":"SW1Y","country":"GB"}}]}`)
	c.want(t, graces, "SubscriptionService/ListSubscriptions", `{}`, `{}`)
	c.want(t, adas, "InvoiceService/GetInvoice", `{"subscription_id": "00000000-0000-4000-8000-0000000000c1", "number": 2}`,
		`{"subscriptionId":"00000000-0000-4000-8000-0000000000c1","number":2,"issuedOn":{"year":2026,"month":2,"day":28},"total":"19.90","paid":false}`)
	c.want(t, adas, "BillingFunctionService/CurrentPlan", `{"org": "`+engines+`"}`,
		`{"result":{"id":"team","name":"Team","price":"19.90","currency":"EUR","features":["tasks","search","audit"],`+
			`"seats":{"lower":1,"upper":51,"bounds":"BOUNDS_INCLUSIVE_EXCLUSIVE"}}}`)

	// Without a token there is what is public, and no more.
	c.want(t, "", "ProjectService/ListProjects", `{}`,
		`{"projects":[{"id":"3","organizationId":"00000000-0000-4000-8000-00000000000b","name":"Manual","isPublic":true,"color":"#888888"}]}`)
	c.want(t, "", "OrganizationService/ListOrganizations", `{}`, `{}`)
	c.refused(t, "", "ProfileService/ListProfiles", `{}`, codes.PermissionDenied)
	c.refused(t, "", "FunctionService/CallCreateOrganization", `{"name": "Nobody's"}`, codes.PermissionDenied)

	// No policy lets anyone insert an organization; the function, which runs
	// as its owner, does.
	c.refused(t, adas, "OrganizationService/CreateOrganization", `{"organization": {"name": "Loom", "slug": "loom"}}`, codes.PermissionDenied)
	loom := c.field(t, adas, "FunctionService/CallCreateOrganization", `{"name": "The Loom"}`, `^{"result":{"id":"([^"]+)","name":"The Loom","slug":"the-loom",`)
	invite := fmt.Sprintf(`{"org": %q, "email": "Alan@example.com"}`, loom)
	c.refused(t, graces, "FunctionService/InviteMember", invite, codes.PermissionDenied)
	invitation := c.field(t, adas, "FunctionService/InviteMember", invite, `"token":"([0-9a-f]{32})"`)
	c.want(t, alans, "InvitationService/ListInvitations", `{}`, `{}`)
	accept := fmt.Sprintf(`{"token": %q}`, invitation)
	c.refused(t, graces, "FunctionService/AcceptInvitation", accept, codes.NotFound)
	c.want(t, alans, "FunctionService/AcceptInvitation", accept,
		`{"result":{"organizationId":"`+loom+`","userId":"`+alan+`","role":"ORG_ROLE_MEMBER"}}`)
	c.refused(t, alans, "FunctionService/AcceptInvitation", accept, codes.NotFound)
	c.want(t, alans, "OrganizationDirectoryService/ListOrganizationDirectories", `{"order_by": "role desc"}`,
		`{"organizationDirectories":[{"organizationId":"`+loom+`","userId":"`+ada+`","fullName":"Ada","role":"ORG_ROLE_OWNER"},`+
			`{"organizationId":"`+loom+`","userId":"`+alan+`","fullName":"Alan","role":"ORG_ROLE_MEMBER"}]}`)
	c.want(t, graces, "OrganizationDirectoryService/ListOrganizationDirectories", `{}`,
		`{"organizationDirectories":[{"organizationId":"00000000-0000-4000-8000-00000000000b","userId":"`+grace+`","fullName":"Grace","role":"ORG_ROLE_OWNER"}]}`)
	tenantsSurface(t, c, adas, alans, graces, loom)
	// A member may not make themselves an owner.
	c.refused(t, alans, "MembershipService/UpdateMembership",
		`{"membership": {"organization_id": "`+loom+`", "user_id": "`+alan+`", "role": "ORG_ROLE_OWNER"}, "update_mask": "role"}`, codes.NotFound)
}

// tenantsDrift holds the old files against the new database.
func tenantsDrift(t *testing.T, s *sample) {
	line := func(file, text string) string {
		source, err := os.ReadFile(filepath.Join(s.dir, "proto", "app", "v1", file))
		if err != nil {
			t.Fatal(err)
		}
		before, _, found := strings.Cut(string(source), text)
		if !found {
			t.Fatalf("no %q in %s", text, file)
		}
		return fmt.Sprintf("proto/app/v1/%s:%d:3: ", file, 1+strings.Count(before, "\n"))
	}
	const (
		label    = `column "status" of type public.task_status cannot be bound to field "status" of type app.v1.TaskStatus: no value of enum app.v1.TaskStatus has the label "blocked"`
		noNotes  = `table public.tasks has no column "notes"; it has id, project_id, parent_id, title, details, status, priority, estimate, due_on, assignee_id, created_by, search, created_at, updated_at`
		noColor  = `table public.projects has no column "color"; it has id, organization_id, name, description, is_public, created_at, updated_at`
		tasks    = "app.v1.TaskService GetTask, ListTasks, StreamTasks, AggregateTasks, CreateTask, BatchCreateTasks, ImportTasks, UpdateTask, BatchUpdateTasks, UpdateManyTasks, DeleteTask, DeleteManyTasks"
		projects = "app.v1.ProjectService GetProject, ListProjects, StreamProjects, AggregateProjects, CreateProject, BatchCreateProjects, ImportProjects, UpdateProject, BatchUpdateProjects, UpdateManyProjects, DeleteProject, DeleteManyProjects"
	)
	got := s.rowgate(t, 1, "check")
	for _, want := range []string{
		line("resources.proto", `optional string notes = 5;`) + noNotes + "\n\tbreaks app.v1.FunctionService SearchTasks; " + tasks + "\n",
		line("resources.proto", `optional TaskStatus status = 6;`) + label + "\n\tbreaks app.v1.FunctionService SearchTasks; " + tasks + "\n",
		line("resources.proto", `optional string color = 6;`) + noColor + "\n\tbreaks " + projects + "\n",
		`
package app.v1 is behind the database; ` + "`rowgate pull --package app.v1`" + ` mends that:
changed proto/app/v1/resources.proto
changed proto/app/v1/types.proto

changed:
  public.projects.color: is gone; the field color and its number 6 are reserved
  public.tasks.details: was called notes; the field notes = 5 stays

added:
  public.task_status: the label "blocked" is TASK_STATUS_BLOCKED = 4

not exposed by package app.v1, which is no fault: public.close_task(bigint)
`,
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("no %q in\n%s", want, got.out)
		}
	}
	if want := "rowgate: 29 of 116 methods cannot be served; the files are behind the database\n"; got.errOut != want {
		t.Errorf("%q, want %q", got.errOut, want)
	}
	if got := s.rowgate(t, 1, "serve", "--listen", "127.0.0.1:0"); !strings.Contains(got.errOut, noNotes) ||
		!strings.HasSuffix(got.errOut, "`rowgate pull` brings the contract up to date; --allow-drift serves the methods that fit\n") {
		t.Errorf("serve:\n%s", got.errOut)
	}
	c, token := s.serve(t, "--allow-drift"), s.token(t, grace, "grace@example.com")
	c.refused(t, token, "TaskService/ListTasks", `{}`, codes.FailedPrecondition)
	c.want(t, token, "FunctionService/IsMember", `{"org": "`+engines+`"}`, `{"result":false}`)
	got = s.rowgate(t, 1, "pull", "--check")
	if want := "rowgate: the files are behind the database: run `rowgate pull` and commit what it changes\n"; got.errOut != want ||
		!strings.HasPrefix(got.out, "changed proto/app/v1/functions.proto\nchanged proto/app/v1/resources.proto\nchanged proto/app/v1/types.proto\n\nchanged:\n") {
		t.Errorf("pull --check:\n%s%s", got.out, got.errOut)
	}
}
