package protogen_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/proto/protogen"
	"github.com/rowgate/rowgate/service/descriptor"
)

// TestRandomSchemas pulls random schemas, and holds of each what must hold of
// every schema. ROWGATE_TEST_SEED is the first seed, and with it only one is
// run; ROWGATE_TEST_SCHEMAS is another number of schemas; ROWGATE_TEST_KEEP is
// a folder for their SQL and files.
func TestRandomSchemas(t *testing.T) {
	first, count := uint64(1), 12
	if s := os.Getenv("ROWGATE_TEST_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatalf("ROWGATE_TEST_SEED: %v", err)
		}
		first, count = seed, 1
	}
	if s := os.Getenv("ROWGATE_TEST_SCHEMAS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("ROWGATE_TEST_SCHEMAS: %v", err)
		}
		count = n
	}
	for i := range count {
		seed := first + uint64(i)
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("again with ROWGATE_TEST_SEED=%d", seed)
				}
			})
			randomSchemaHolds(t, seed)
		})
	}
}

func randomSchemaHolds(t *testing.T, seed uint64) {
	p := newProject(t, "")
	var available []string
	for _, row := range p.query(t, "select extname from pg_extension where extname in ('citext', 'hstore', 'ltree', 'vector') order by 1") {
		available = append(available, row[0])
	}
	m := randomSchema(seed, available)
	statements := m.statements
	p.schemas = m.schemas
	p.put(t, "schema.sql", []byte(strings.Join(statements, ";\n")+";\n"))
	if keep := os.Getenv("ROWGATE_TEST_KEEP"); keep != "" {
		t.Cleanup(func() {
			if err := os.CopyFS(filepath.Join(keep, fmt.Sprint(seed)), os.DirFS(p.dir)); err != nil {
				t.Error(err)
			}
		})
	}
	before15 := strings.HasPrefix(p.conn.PgConn().ParameterStatus("server_version"), "14.")
	for _, sql := range statements {
		if before15 {
			sql = strings.Replace(sql, " with (security_invoker = true)", "", 1)
		}
		p.exec(t, sql)
	}
	r := p.pull(t)
	for _, n := range said(r, protogen.Breaking, protogen.Gone, protogen.Added, protogen.Changed, protogen.Kept) {
		t.Errorf("a first pull says: %s", n)
	}
	set := p.compile(t)
	p.linted(t)
	p.settled(t)
	p.checked(t)
	p.complete(t, r, set)
	p.wholeSurface(t, set)
	if !t.Failed() {
		p.listed(t, set)
	}
	if !t.Failed() {
		p.changedAtRandom(t, m)
	}
}

// changedAtRandom changes the schema and pulls again, a few times.
func (p *project) changedAtRandom(t *testing.T, m *maker) {
	t.Helper()
	const rounds = 2
	generations, h := []*generation{p.generation(t, "the start")}, history{}
	h.extend(t, generations[0])
	for i := range rounds {
		var done []string
		for _, sql := range m.changes() {
			if _, err := p.conn.PgConn().Exec(t.Context(), sql).ReadAll(); err == nil {
				done = append(done, sql)
			}
		}
		with := [][]func(*protogen.Options){{}, {prune}, {methods}, {prune, methods}}[m.IntN(4)]
		p.put(t, fmt.Sprintf("changes%d.sql", i+1), []byte(strings.Join(done, ";\n")+";\n"))
		r := p.pull(t, with...)
		p.put(t, fmt.Sprintf("notes%d.txt", i+1), []byte(fmt.Sprintln(len(with), "options")+strings.Join(said(r), "\n")+"\n"))
		p.quiet(t)
		if i == rounds-1 {
			p.linted(t)
		}
		if len(said(r, protogen.Gone)) == 0 {
			p.checked(t)
		}
		g := p.generation(t, fmt.Sprintf("the changes %d", i+1))
		h.understands(t, generations, g)
		generations = append(generations, g)
		if t.Failed() {
			t.Logf("after the changes %d", i+1)
			return
		}
	}
}

// query returns rows as psql prints their columns.
func (p *project) query(t testing.TB, sql string) [][]string {
	t.Helper()
	results, err := p.conn.PgConn().Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var rows [][]string
	for _, row := range results[len(results)-1].Rows {
		var texts []string
		for _, v := range row {
			texts = append(texts, string(v))
		}
		rows = append(rows, texts)
	}
	return rows
}

// complete checks that whatever a caller may use has a method or a line that
// says why it has none.
func (p *project) complete(t *testing.T, r *protogen.Result, set *descriptor.Set) {
	t.Helper()
	has := map[string]bool{}
	for _, n := range r.Notes {
		if n.Kind == protogen.Skipped {
			has[n.Subject] = true
		}
	}
	for _, l := range lists(set) {
		has[l.relation.GetSchema()+"."+l.relation.GetName()] = true
	}
	for _, sd := range set.Services() {
		for i := range sd.Methods().Len() {
			if call := operation(sd.Methods().Get(i)).GetCall(); call != nil {
				has["function "+call.GetSchema()+"."+call.GetName()] = true
			}
		}
	}
	in := "'" + strings.Join(p.schemas, "', '") + "'"
	if len(p.schemas) > 0 {
		var texts []string
		for _, s := range p.schemas {
			texts = append(texts, sqlText(s))
		}
		in = strings.Join(texts, ", ")
	}
	for _, row := range p.query(t, `select n.nspname || '.' || relname from pg_class c join pg_namespace n on n.oid = relnamespace
		where relkind in ('r', 'p', 'v', 'm', 'f') and not relispartition and nspname in (`+in+`)`) {
		if !has[row[0]] {
			t.Errorf("the relation %s has neither a List nor a note", row[0])
		}
	}
	for _, row := range p.query(t, `select n.nspname || '.' || proname, p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = pronamespace
		where prorettype <> 'trigger'::regtype and nspname in (`+in+`)
		and not exists (select from pg_depend where objid = p.oid and (refclassid = 'pg_extension'::regclass or refclassid = 'pg_type'::regclass and deptype = 'i'))`) {
		if has["function "+row[0]] || slices.ContainsFunc(r.Notes, func(n protogen.Note) bool {
			return n.Kind == protogen.Skipped && strings.HasPrefix(n.Subject, row[0]+"(")
		}) {
			continue
		}
		t.Errorf("the function %s has neither a method nor a note", row[1])
	}
}

// resourceMethods are the List and the Get of a relation.
type resourceMethods struct {
	relation  *rowgatev1.Relation
	message   protoreflect.MessageDescriptor
	list, get protoreflect.MethodDescriptor
}

func operation(md protoreflect.MethodDescriptor) *rowgatev1.Method {
	m, _ := proto.GetExtension(md.Options(), rowgatev1.E_Method).(*rowgatev1.Method)
	return m
}

func relation(md protoreflect.MessageDescriptor) *rowgatev1.Relation {
	r, _ := proto.GetExtension(md.Options(), rowgatev1.E_Relation).(*rowgatev1.Relation)
	return r
}

// column is the column that a field stands for; empty for a relation's field.
func column(fd protoreflect.FieldDescriptor) string {
	if proto.HasExtension(fd.Options(), rowgatev1.E_Reference) {
		return ""
	}
	c, _ := proto.GetExtension(fd.Options(), rowgatev1.E_Column).(*rowgatev1.Column)
	if c.GetName() != "" {
		return c.GetName()
	}
	return string(fd.Name())
}

func lists(set *descriptor.Set) []resourceMethods {
	var all []resourceMethods
	for _, sd := range set.Services() {
		var r resourceMethods
		for i := range sd.Methods().Len() {
			switch md := sd.Methods().Get(i); {
			case operation(md).GetList() != nil:
				r.list, r.message = md, md.Output().Fields().Get(0).Message()
				r.relation = relation(r.message)
			case operation(md).GetGet() != nil:
				r.get = md
			}
		}
		if r.list != nil {
			all = append(all, r)
		}
	}
	return all
}

// listed lists every relation as every role, and gets each row by its key. The
// database says how many rows there are.
func (p *project) listed(t *testing.T, set *descriptor.Set) {
	t.Helper()
	conn := p.serve(t, set)
	rows := 0
	for _, l := range lists(set) {
		for _, role := range []string{"anon", "authenticated"} {
			name := sqlName(l.relation.GetSchema()) + "." + sqlName(l.relation.GetName())
			var columns []string
			for i := range l.message.Fields().Len() {
				if c := column(l.message.Fields().Get(i)); c != "" {
					columns = append(columns, sqlName(c))
				}
			}
			want := codes.OK
			results, err := p.conn.PgConn().Exec(t.Context(), fmt.Sprintf("begin; set local role %s; select %s from %s", role, strings.Join(columns, ", "), name)).ReadAll()
			if err != nil {
				want = codes.PermissionDenied
			}
			p.exec(t, "rollback")
			res, err := call(t, conn, role, l.list, nil)
			if got := status.Code(err); got != want {
				t.Errorf("%s as %s: %v, want %v", l.list.FullName(), role, err, want)
			}
			if err != nil {
				continue
			}
			items := res.Get(l.list.Output().Fields().Get(0)).List()
			if want := len(results[2].Rows); items.Len() != want {
				t.Errorf("%s as %s gives %d rows, want %d", l.list.FullName(), role, items.Len(), want)
			}
			rows += items.Len()
			for i := range items.Len() {
				p.got(t, conn, role, l, items.Get(i).Message())
			}
		}
	}
	if rows == 0 {
		t.Error("no relation has a row that a caller sees, so nothing was shown")
	}
}

// got gets a row that was listed.
func (p *project) got(t *testing.T, conn *grpc.ClientConn, role string, l resourceMethods, item protoreflect.Message) {
	t.Helper()
	if l.get == nil {
		return
	}
	got, err := call(t, conn, role, l.get, func(req protoreflect.Message) {
		for i := range l.get.Input().Fields().Len() {
			fd := l.get.Input().Fields().Get(i)
			from := l.message.Fields().ByName(fd.Name())
			switch {
			case !slices.Contains(behaviors(fd), annotations.FieldBehavior_REQUIRED):
				// It is no part of the key.
			case !item.Has(from):
			case fd.IsList():
				for i := range item.Get(from).List().Len() {
					req.Mutable(fd).List().Append(item.Get(from).List().Get(i))
				}
			case fd.IsMap():
				item.Get(from).Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
					req.Mutable(fd).Map().Set(k, v)
					return true
				})
			default:
				req.Set(fd, item.Get(from))
			}
		}
	})
	if err != nil {
		t.Errorf("%s as %s: %v, for %v", l.get.FullName(), role, err, item.Interface())
	} else if !proto.Equal(got.Interface(), item.Interface()) {
		t.Errorf("%s as %s gives\n%v, listed was\n%v", l.get.FullName(), role, got.Interface(), item.Interface())
	}
}

func behaviors(fd protoreflect.FieldDescriptor) []annotations.FieldBehavior {
	b, _ := proto.GetExtension(fd.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	return b
}

// call calls a method of the files with messages of their descriptors.
func call(t testing.TB, conn *grpc.ClientConn, role string, md protoreflect.MethodDescriptor, fill func(protoreflect.Message)) (protoreflect.Message, error) {
	t.Helper()
	req, res := dynamicpb.NewMessage(md.Input()), dynamicpb.NewMessage(md.Output())
	if fill != nil {
		fill(req)
	}
	err := conn.Invoke(as(t, role), fmt.Sprintf("/%s/%s", md.Parent().FullName(), md.Name()), req, res)
	return res, err
}
