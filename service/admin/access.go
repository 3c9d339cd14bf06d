package admin

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/structpb"

	adminv1 "github.com/rowgate/rowgate/proto/gen/rowgate/admin/v1"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/service/table"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/access"
	"github.com/rowgate/rowgate/store/catalog"
)

// Explainer tells what a caller may see and do by a method, and why.
type Explainer struct {
	// Server has the methods.
	Server *service.Server
	// User is the user path's store, which takes on the callers' roles; nil refuses
	// to explain anything. Admin is the admin path's.
	User, Admin *store.Store

	// permit is asked before anything is looked at; nil for everything.
	permit func(ctx context.Context, m *table.Method, as store.Caller) error
}

// ExplainAccess implements AdminService. It tells of keys and counts of rows, so
// it takes the right to act as the role.
func (a *adminService) ExplainAccess(ctx context.Context, req *adminv1.ExplainAccessRequest) (*adminv1.ExplainAccessResponse, error) {
	s := a.server
	e := &Explainer{Server: s.Server, User: s.cfg.UserStore, Admin: s.cfg.Store}
	if s.cfg.User != nil {
		e.Server = s.cfg.User
	}
	e.permit = s.mayExplain
	return e.Explain(ctx, req)
}

// mayExplain says whether a call may be told of a caller by a method: its
// principal may call the method, and act as the caller. A row of the audit tells
// whom and what it has asked about.
func (s *Server) mayExplain(ctx context.Context, m *table.Method, as store.Caller) error {
	a, ok := service.AdmissionFrom(ctx)
	if !ok {
		return errDenied
	}
	switch who := s.gate.policy.Load().named(a.Principal); {
	case who == nil || !who.mayCall(m.Descriptor):
		return errDenied
	case !who.mayActAs(as.Role):
		return errActAsRole
	}
	asked := struct {
		Role   string          `json:"role"`
		Claims json.RawMessage `json:"claims,omitempty"`
	}{as.Role, json.RawMessage(as.Claims)}
	whom, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	about := *a.Audit
	about.Method, about.ActingAs = methodName(m.Descriptor), string(whom)
	return s.cfg.Store.WriteAudit(ctx, store.AuditRecord{Audit: &about, Event: store.AuditStarted, Rows: -1})
}

var errNothingToExplain = status.New(codes.FailedPrecondition, "NO_USER_PATH",
	"explaining a user's access needs the user path's login, and this server has none: set DATABASE_URL", nil)

// Explain answers a request. Its errors are statuses, but for those of the
// database.
func (e *Explainer) Explain(ctx context.Context, req *adminv1.ExplainAccessRequest) (*adminv1.ExplainAccessResponse, error) {
	if e.User == nil {
		return nil, errNothingToExplain
	}
	m, err := e.method(req.GetMethod())
	if err != nil {
		return nil, err
	}
	schema, relation, command, ok := m.Target()
	if !ok {
		return nil, status.FailedPrecondition("method",
			fmt.Sprintf("%s may work on any relation, since it is a function, a query or a transaction; name a method of the relation in question", req.GetMethod()))
	}
	as, note, err := explained(req)
	if err != nil {
		return nil, err
	}
	q := access.Question{
		Relation: catalog.Name{Schema: schema, Name: relation}, Command: command, Blind: m.Imports(),
		As: as, Request: store.Request{Method: "POST", Path: m.Path()}, Key: req.GetKey(),
	}
	if e.permit != nil {
		q.Permit = func() error { return e.permit(ctx, m, as) }
	}
	answer, err := access.Explain(ctx, access.Stores{User: e.User, Admin: e.Admin}, q)
	if err != nil {
		return nil, unexplained(err)
	}
	if note != "" {
		answer.Notes = append(answer.Notes, note)
	}
	return explanation(&q, answer), nil
}

// method finds a method by its name, package.Service/Method.
func (e *Explainer) method(name string) (*table.Method, error) {
	name = strings.TrimPrefix(name, "/")
	if name == "" {
		return nil, status.InvalidArgument("method", "is empty; write package.Service/Method, such as app.v1.ItemService/ListItems")
	}
	if m := e.Server.Method(name); m != nil {
		return m, nil
	}
	for _, unfit := range e.Server.State().Unfit {
		if string(unfit.Method.Parent())+"/"+string(unfit.Method.Name()) == name {
			return nil, status.FailedPrecondition("method", name+" does not fit the database; GetStatus tells why")
		}
	}
	return nil, status.NotFound(fmt.Sprintf("the contract has no method %q; write package.Service/Method, such as app.v1.ItemService/ListItems", name))
}

// explained makes a caller of a request as a verified token with these claims
// would, and notes where the role is another than the claims'.
func explained(req *adminv1.ExplainAccessRequest) (as store.Caller, note string, err error) {
	claims := req.GetClaims().GetFields()
	texts := map[string]string{}
	for _, name := range []string{"role", "sub", "email"} {
		switch v := claims[name].GetKind().(type) {
		case nil, *structpb.Value_NullValue:
		case *structpb.Value_StringValue:
			texts[name] = v.StringValue
		default:
			return as, "", status.InvalidArgument("claims."+name, "is no text")
		}
	}
	as = store.Caller{Role: cmp.Or(req.GetRole(), texts["role"]), Subject: texts["sub"], Email: texts["email"]}
	if texts["role"] != "" && texts["role"] != as.Role {
		note = fmt.Sprintf("The claims' role is %s, which policies may read; the calls were made as %s.", texts["role"], as.Role)
	}
	if req.GetClaims() == nil {
		return as, note, nil
	}
	object := req.GetClaims().AsMap()
	if isUnfit(object) {
		return as, "", status.InvalidArgument("claims", "have a NUL character, which the database cannot store")
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(object) // What a Struct becomes always can be: NaN, for one, is text.
	as.Claims = strings.TrimSuffix(out.String(), "\n")
	if len(as.Claims) > maxActAs {
		return as, "", status.InvalidArgument("claims", fmt.Sprintf("are longer than %d KiB", maxActAs>>10))
	}
	return as, note, nil
}

// unexplained is the status of what package access could not do. Whoever asks
// looks after the server, so names and sentences of the database are told.
func unexplained(err error) error {
	var role *access.RoleError
	var key *access.KeyError
	var grant *access.GrantError
	var relation *access.RelationError
	switch {
	case errors.As(err, &role):
		return status.InvalidArgument("role", role.Error()).Because(err)
	case errors.As(err, &key) && key.Column != "":
		return status.InvalidArgument("key."+key.Column, key.Text).Because(err)
	case errors.As(err, &key):
		return status.InvalidArgument("key", key.Text).Because(err)
	case errors.As(err, &grant):
		return status.New(codes.FailedPrecondition, "GRANT_MISSING", grant.Error(), err)
	case errors.As(err, &relation):
		return status.New(codes.FailedPrecondition, "SCHEMA_CHANGED", relation.Error(), err)
	}
	return err
}

// explanation makes the response.
func explanation(q *access.Question, a *access.Answer) *adminv1.ExplainAccessResponse {
	res := &adminv1.ExplainAccessResponse{
		Relation: q.Relation.String(), Command: q.Command,
		Granted: a.Granted, GrantedColumns: a.GrantedColumns,
		RowSecurity: a.RowSecurity, ForceRowSecurity: a.ForceRowSecurity,
		VisibleRows: a.Visible, MoreRows: a.More, VisibleKeys: a.Keys,
		Plan: a.Plan, Notes: slices.Clone(a.Notes),
	}
	if a.Row != nil {
		res.Row = &adminv1.Row{Exists: a.Row.Exists, Visible: a.Row.Visible}
	}
	for _, p := range a.Policies {
		res.Policies = append(res.Policies, &adminv1.Policy{
			Name: p.Name, Permissive: p.Permissive, Command: access.CommandName(p.Command), Roles: p.Roles,
			Using: p.Using, WithCheck: p.Check, Applies: p.Applies, Verdict: verdicts[p.Verdict], Error: p.Error,
		})
	}
	return res
}

var verdicts = map[access.Verdict]adminv1.Verdict{
	access.Passes: adminv1.Verdict_VERDICT_PASSES,
	access.Fails:  adminv1.Verdict_VERDICT_FAILS,
	access.Raises: adminv1.Verdict_VERDICT_ERROR,
}
