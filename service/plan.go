package service

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/table"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/safety"
)

// plan is a contract bound to a database, with all that is wrong with the two.
type plan struct {
	methods []*table.Method
	unfit   []unfitMethod
	binder  *table.Binder
	login   string
	// findings are refused, and allowed are not; unused are the exceptions that
	// allow nothing.
	findings []safety.Finding
	allowed  []safety.Allowed
	unused   []safety.Exception
}

// planner makes plans for one server.
type planner struct {
	store *store.Store
	// roles are those that a call can have; none for the login's own, which
	// bypasses row level security.
	roles      []string
	tokens     *filter.Tokens
	limits     filter.Limits
	allowDrift bool
	allow      []safety.Exception
}

// plan reads the catalog and binds every method that carries rowgate's option.
// The contract may be nil.
func (r *planner) plan(ctx context.Context, contract *descriptor.Set) (*plan, error) {
	cat, err := r.store.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	p := &plan{login: cat.Login.Name}
	if contract == nil {
		contract = &descriptor.Set{}
	}
	roles := r.roles
	if len(roles) == 0 {
		roles = []string{cat.Login.Name}
	}
	p.binder = table.NewBinder(cat, r.tokens, contract.Position, func(sql string, params []uint32) (*store.StatementDescription, error) {
		return r.store.DescribeStatement(ctx, roles, sql, params)
	}, r.limits)
	for _, sd := range contract.Services() {
		p.bind(sd)
	}
	if err := p.binder.Err(); err != nil {
		return nil, err
	}
	found := safety.Server(cat, time.Now())
	if len(r.roles) > 0 {
		found = append(found, safety.Login(cat, roles, p.binder.Exposed(), p.binder.Functions())...)
	} else {
		found = append(found, safety.Admin(cat)...)
	}
	p.findings, p.allowed, p.unused, err = safety.Split(found, r.allow)
	return p, err
}

func (p *plan) bind(sd protoreflect.ServiceDescriptor) {
	for i := range sd.Methods().Len() {
		md := sd.Methods().Get(i)
		if !table.Bound(md) {
			continue
		}
		m, problems := p.binder.Bind(md)
		if m == nil {
			p.unfit = append(p.unfit, unfitMethod{md, problems})
			continue
		}
		p.methods = append(p.methods, m)
	}
}

// err is the reason not to serve, or nil. A contract that does not fit is none
// where drift is allowed; a way around row level security always is.
func (p *plan) err(allowDrift bool) error {
	if problems := p.binder.Problems(); len(problems) > 0 && !allowDrift {
		return &DriftError{Problems: problems}
	}
	if len(p.findings) > 0 {
		return &UnsafeError{Login: p.login, Findings: p.findings}
	}
	return nil
}

// Report is what [Check] found.
type Report struct {
	// Methods is the number of methods that fit.
	Methods int
	// Problems are the places where the contract does not fit the database.
	Problems []table.Problem
	// Unfit are the methods that cannot be served, in the contract's order.
	Unfit []Unfit
	// Findings are the ways around row level security that are refused, and
	// Allowed those that an exception allows.
	Findings []safety.Finding
	Allowed  []safety.Allowed
	// Unused are the exceptions that allow nothing.
	Unused []safety.Exception
}

// Unfit is a method that cannot be served.
type Unfit struct {
	Method protoreflect.FullName
	// Problems say why; each of them is one of the Report's.
	Problems []table.Problem
}

// Check holds a contract, the login and the caller roles against the database
// and reports all that would keep [New] from serving, but for what allow
// allows. Without roles the login is judged as the admin path's.
func Check(ctx context.Context, st *store.Store, contract *descriptor.Set, roles []string, allow ...safety.Exception) (*Report, error) {
	tokens, err := pageTokens(nil)
	if err != nil {
		return nil, err
	}
	p, err := (&planner{store: st, roles: roles, tokens: tokens, allow: allow}).plan(ctx, contract)
	if err != nil {
		return nil, err
	}
	return &Report{
		Methods: len(p.methods), Problems: p.binder.Problems(), Unfit: p.unfitMethods(),
		Findings: p.findings, Allowed: p.allowed, Unused: p.unused,
	}, nil
}

func (p *plan) unfitMethods() []Unfit {
	var all []Unfit
	for _, m := range p.unfit {
		all = append(all, Unfit{m.descriptor.FullName(), m.problems})
	}
	return all
}

// DriftError is New's error when the contract does not fit the database, which
// has changed since the contract was written, or the other way round.
type DriftError struct {
	// Problems are all the places where the two do not fit.
	Problems []table.Problem
}

// Error lists the problems, a line each.
func (e *DriftError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// UnsafeError is New's error when there is a way around row level security: the
// database login could be more than its callers, or what methods reach is not
// held to policies. Nothing is served then.
type UnsafeError struct {
	// Login is the role that the store logged in as.
	Login string
	// Findings say what is wrong and what mends it.
	Findings []safety.Finding
}

// Error lists the findings, each with the SQL that mends it.
func (e *UnsafeError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the database is not safe to serve with the login %q:", e.Login)
	roles := false
	for _, f := range e.Findings {
		fmt.Fprintf(&b, "\n  - %s", f)
		roles = roles || f.Rule.OfRoles()
	}
	if roles {
		b.WriteString("\n`rowgate setup` prints the SQL for logins that are right from the start.")
	}
	b.WriteString("\nWhat is meant so can be allowed by its name, with a reason: `rowgate check` prints how.")
	return b.String()
}
