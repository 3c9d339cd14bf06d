package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"
)

// StatementDescription is what the server says of a statement without running
// it.
type StatementDescription struct {
	// Params are the types of the parameters, as they were given or inferred; a
	// domain's own where one is meant.
	Params []uint32
	// Columns are the result's, none for a statement without a result.
	Columns []ResultColumn
}

// ResultColumn is a column of a statement's result.
type ResultColumn struct {
	Name string
	// OID is the column's type, of a domain the type that it stands on.
	OID uint32
}

// StatementError is what the server says of a statement that it cannot
// prepare. It is for whoever wrote the statement, and not for a caller.
type StatementError struct {
	// Role is the role that the statement was prepared as.
	Role string
	// SQLState and Message are the server's.
	SQLState, Message string
	// Position is the place in the text that it tells of, a character counted
	// from 1; 0 for none.
	Position int
}

// Error implements error.
func (e *StatementError) Error() string {
	return "store: the statement cannot be prepared as " + e.Role + ": " + e.Message
}

// DescribeStatement describes a statement as the caller roles see it, without
// running it: schemas that only they may use are theirs, and so is their
// search_path. A role that cannot prepare it, since it may not use a schema, is
// passed over as long as another one can; the privileges on relations and
// functions are looked at when a statement runs. Types of params that are 0 are
// inferred.
//
// It fails with a [*StatementError] when no role can prepare the statement, and
// when it means different things to two of them. It is one round trip.
func (s *Store) DescribeStatement(ctx context.Context, roles []string, sql string, params []uint32) (*StatementDescription, error) {
	if len(roles) == 0 {
		return nil, ErrNoCaller
	}
	conn, err := s.acquire(ctx, false)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	pg := conn.Conn().PgConn()
	p := pipeline{store: s}
	sent := pg.StartPipeline(ctx)
	for _, role := range roles {
		setup, err := p.settings(ctx, &Caller{Role: role}, &Request{}, true)
		if err != nil {
			return nil, errors.Join(err, sent.Close())
		}
		oids := slices.Repeat([]uint32{textOID}, len(setup.Params))
		sent.SendQueryParams(setup.SQL, p.args, oids, nil, nil)
		sent.SendPrepare("", sql, params)
		sent.SendPipelineSync()
	}
	if err := sent.Flush(); err != nil {
		return nil, errors.Join(err, sent.Close())
	}
	d, refused, err := describedAs(sent, roles)
	// The error of a statement is told by Close too.
	if closing := sent.Close(); err == nil && !errors.As(closing, new(*pgconn.PgError)) {
		err = closing
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("store: describing a statement: %w", err)
	case refused != nil:
		return nil, refused
	}
	return d, nil
}

// describedAs reads what the roles were told, one after another.
func describedAs(sent *pgconn.Pipeline, roles []string) (*StatementDescription, *StatementError, error) {
	var found *StatementDescription
	var foundAs string
	var refused *StatementError
	for _, role := range roles {
		d, err := describedTo(sent)
		var pgErr *pgconn.PgError
		switch {
		case errors.As(err, &pgErr):
			// A role that is not let in knows nothing of what else is wrong.
			if refused == nil || pgErr.Code != pgerrcode.InsufficientPrivilege {
				refused = &StatementError{Role: role, SQLState: pgErr.Code, Message: pgErr.Message, Position: int(pgErr.Position)}
			}
		case err != nil:
			return nil, nil, err
		case found == nil:
			found, foundAs = d, role
		case !slices.Equal(found.Params, d.Params) || !slices.Equal(found.Columns, d.Columns):
			return nil, &StatementError{Role: role, Message: fmt.Sprintf("it means another thing than to %s, whose search_path differs: "+
				"write names with their schemas", foundAs)}, nil
		}
	}
	if found != nil {
		refused = nil
	}
	return found, refused, nil
}

// describedTo reads the answers up to the next Sync.
func describedTo(sent *pgconn.Pipeline) (*StatementDescription, error) {
	var d *StatementDescription
	var refused error
	for {
		results, err := sent.GetResults()
		if err != nil {
			if !errors.As(err, new(*pgconn.PgError)) {
				return nil, err
			}
			refused = err
			continue
		}
		switch r := results.(type) {
		case *pgconn.ResultReader:
			if _, err := r.Close(); err != nil {
				refused = err
			}
		case *pgconn.StatementDescription:
			d = &StatementDescription{Params: r.ParamOIDs}
			for _, f := range r.Fields {
				d.Columns = append(d.Columns, ResultColumn{Name: f.Name, OID: f.DataTypeOID})
			}
		case *pgconn.PipelineSync:
			return d, refused
		default:
			return nil, errors.New("the answer ended early")
		}
	}
}
