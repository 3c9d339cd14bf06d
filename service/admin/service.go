package admin

import (
	"context"
	"errors"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	adminv1 "github.com/rowgate/rowgate/proto/gen/rowgate/admin/v1"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store"
)

// adminService is rowgate.admin.v1.AdminService. Who calls it is the gate's
// affair.
type adminService struct {
	adminv1.UnimplementedAdminServiceServer
	server *Server
}

// GetStatus implements AdminService.
func (a *adminService) GetStatus(ctx context.Context, _ *adminv1.GetStatusRequest) (*adminv1.Status, error) {
	s := a.server
	db, err := s.cfg.Store.Status(ctx)
	if err != nil {
		return nil, err
	}
	res := &adminv1.Status{
		Version:      s.cfg.Version,
		StartTime:    timestamppb.New(s.started),
		Pools:        []*adminv1.Pool{pool("admin", s.gate.login, s.cfg.Store)},
		Schema:       s.schema(),
		Database:     database(db),
		RunningCalls: int32(len(s.Calls().List())),
	}
	if s.cfg.UserStore != nil {
		res.Pools = append(res.Pools, pool("user", s.userLogin, s.cfg.UserStore))
	}
	return res, nil
}

func pool(name, login string, st *store.Store) *adminv1.Pool {
	stat := st.Stat()
	return &adminv1.Pool{
		Name: name, Login: login,
		MaxConnections:      stat.MaxConns(),
		Connections:         stat.TotalConns(),
		AcquiredConnections: stat.AcquiredConns(),
		WaitedCalls:         stat.EmptyAcquireCount(),
		WaitDuration:        durationpb.New(stat.EmptyAcquireWaitTime()),
	}
}

// schema tells what is served: by the user path where it is of this process,
// since there are those who miss a method.
func (s *Server) schema() *adminv1.Schema {
	state := s.State()
	if s.cfg.User != nil {
		state = s.cfg.User.State()
	}
	res := &adminv1.Schema{LoadTime: timestamppb.New(state.Loaded), Methods: int32(state.Methods)}
	for _, m := range state.Unfit {
		unfit := &adminv1.UnfitMethod{Method: string(m.Method.Parent()) + "/" + string(m.Method.Name())}
		for _, p := range m.Problems {
			unfit.Problems = append(unfit.Problems, p.String())
		}
		res.UnfitMethods = append(res.UnfitMethods, unfit)
	}
	allowed := s.State().Allowed
	if s.cfg.User != nil {
		allowed = append(slices.Clone(state.Allowed), allowed...)
	}
	for _, f := range allowed {
		res.AllowedFindings = append(res.AllowedFindings, &adminv1.AllowedFinding{
			Rule: string(f.Rule), Object: f.Object, Text: f.Text, Reason: f.Reason,
		})
	}
	return res
}

func database(d *store.DatabaseStatus) *adminv1.Database {
	res := &adminv1.Database{
		Name: d.Database, ServerVersion: d.ServerVersion, StartTime: timestamppb.New(d.Started),
		InRecovery: d.InRecovery, ReplayDelay: optional(d.ReplayDelay),
	}
	for _, r := range d.Replicas {
		res.Replicas = append(res.Replicas, &adminv1.Replica{
			Name: r.Name, State: r.State, SyncState: r.SyncState, LagBytes: r.LagBytes, ReplayLag: optional(r.ReplayLag),
		})
	}
	return res
}

func optional(d *time.Duration) *durationpb.Duration {
	if d == nil {
		return nil
	}
	return durationpb.New(*d)
}

// ReloadSchema implements AdminService.
func (a *adminService) ReloadSchema(ctx context.Context, req *adminv1.ReloadSchemaRequest) (*adminv1.ReloadSchemaResponse, error) {
	change, err := a.server.Reload(ctx, req.GetValidateOnly())
	if err != nil {
		return nil, reloadStatus(err)
	}
	return &adminv1.ReloadSchemaResponse{Schema: a.server.schema(), AddedMethods: change.Added, RemovedMethods: change.Removed}, nil
}

// reloadStatus tells what does not fit, which is for the caller to mend. Any
// other error is the database's.
func reloadStatus(err error) error {
	var drift *service.DriftError
	var unsafe *service.UnsafeError
	var load *LoadError
	switch {
	case errors.Is(err, errNoLoad):
		return status.New(codes.FailedPrecondition, "NO_RELOAD", "this server was started with nothing to read anew", err)
	case errors.As(err, &drift), errors.As(err, &unsafe), errors.As(err, &load):
		return status.New(codes.FailedPrecondition, "DOES_NOT_FIT", "nothing was changed: "+err.Error(), err)
	}
	return err
}

// ListCalls implements AdminService.
func (a *adminService) ListCalls(context.Context, *adminv1.ListCallsRequest) (*adminv1.ListCallsResponse, error) {
	res := &adminv1.ListCallsResponse{}
	for _, c := range a.server.Calls().List() {
		res.Calls = append(res.Calls, &adminv1.Call{
			Id: c.ID, Method: c.Method, Path: c.Path, Role: c.Role, Subject: c.Subject,
			StartTime: timestamppb.New(c.Start), Peer: c.Peer,
		})
	}
	return res, nil
}

// CancelCall implements AdminService.
func (a *adminService) CancelCall(_ context.Context, req *adminv1.CancelCallRequest) (*emptypb.Empty, error) {
	if req.GetId() == "" {
		return nil, status.InvalidArgument("id", "is empty: ListCalls tells the ids of running calls")
	}
	if !a.server.Calls().Cancel(req.GetId()) {
		return nil, status.NotFound("no such call is running")
	}
	return &emptypb.Empty{}, nil
}
