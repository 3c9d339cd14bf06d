package service

import (
	"context"
	"errors"

	"github.com/rowgate/rowgate/service/descriptor"
)

// errNoContract is returned for a reload of nothing.
var errNoContract = errors.New("service: the contract is nil")

// Plan says what [Server.Reload] would change, and changes nothing.
func (s *Server) Plan(ctx context.Context, contract *descriptor.Set) (*Change, error) {
	next, err := s.prepare(ctx, contract)
	if err != nil {
		return nil, err
	}
	return change(s.current.Load(), next), nil
}

// Reload reads the catalog and serves a contract from the next call on, without
// a pause: running calls end as they began. It fails as [New] does, and serves
// what it has served then.
func (s *Server) Reload(ctx context.Context, contract *descriptor.Set) (*Change, error) {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	next, err := s.prepare(ctx, contract)
	if err != nil {
		return nil, err
	}
	c := change(s.current.Load(), next)
	s.current.Store(next)
	s.log.Info("the contract was read anew", "methods", len(next.plan.methods), "added", len(c.Added), "removed", len(c.Removed))
	return c, nil
}

func (s *Server) prepare(ctx context.Context, contract *descriptor.Set) (*served, error) {
	if contract == nil {
		return nil, errNoContract
	}
	p, err := s.planner.plan(ctx, contract)
	if err != nil {
		return nil, err
	}
	if err := p.err(s.planner.allowDrift); err != nil {
		return nil, err
	}
	s.tell(p)
	return newServed(contract, p), nil
}
