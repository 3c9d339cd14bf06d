package service

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/table"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/safety"
)

// plan is a contract bound to a database, with all that is wrong with the two.
type plan struct {
	methods  []*table.Method
	unfit    []unfitMethod
	binder   *table.Binder
	login    string
	findings []safety.Finding
}

// newPlan reads the catalog and binds every method that carries rowgate's
// option. The contract may be nil.
func newPlan(ctx context.Context, st *store.Store, contract *descriptor.Set, roles []string, tokens *filter.Tokens, limits filter.Limits) (*plan, error) {
	cat, err := st.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	p := &plan{login: cat.Login.Name}
	if contract == nil {
		contract = &descriptor.Set{}
	}
	p.binder = table.NewBinder(cat, tokens, contract.Position, func(sql string, params []uint32) (*store.StatementDescription, error) {
		return st.DescribeStatement(ctx, roles, sql, params)
	}, limits)
	for _, sd := range contract.Services() {
		p.bind(sd)
	}
	if err := p.binder.Err(); err != nil {
		return nil, err
	}
	p.findings = safety.Login(cat, roles, p.binder.Exposed())
	return p, nil
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
// where drift is allowed; a login that could escalate always is.
func (p *plan) err(allowDrift bool) error {
	if problems := p.binder.Problems(); len(problems) > 0 && !allowDrift {
		return &DriftError{Problems: problems}
	}
	if len(p.findings) > 0 {
		return &UnsafeLoginError{Login: p.login, Findings: p.findings}
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
	// Findings are what is wrong with the login.
	Findings []safety.Finding
}

// Unfit is a method that cannot be served.
type Unfit struct {
	Method protoreflect.FullName
	// Problems say why; each of them is one of the Report's.
	Problems []table.Problem
}

// Check holds a contract, the login and the caller roles against the database
// and reports all that would keep [New] from serving.
func Check(ctx context.Context, st *store.Store, contract *descriptor.Set, roles []string) (*Report, error) {
	tokens, err := pageTokens(nil)
	if err != nil {
		return nil, err
	}
	p, err := newPlan(ctx, st, contract, roles, tokens, filter.Limits{})
	if err != nil {
		return nil, err
	}
	report := &Report{Methods: len(p.methods), Problems: p.binder.Problems(), Findings: p.findings}
	for _, m := range p.unfit {
		report.Unfit = append(report.Unfit, Unfit{m.descriptor.FullName(), m.problems})
	}
	return report, nil
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

// UnsafeLoginError is New's error when the database login could be more than
// its callers; nothing is served then.
type UnsafeLoginError struct {
	// Login is the role that the store logged in as.
	Login string
	// Findings say what is wrong and what mends it.
	Findings []safety.Finding
}

// Error lists the findings, each with the SQL that mends it.
func (e *UnsafeLoginError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the database login %q must not stand behind the user path:", e.Login)
	for _, f := range e.Findings {
		fmt.Fprintf(&b, "\n  - %s", f)
	}
	b.WriteString("\n`rowgate setup` prints the SQL for a login of its own that is right from the start.")
	return b.String()
}
