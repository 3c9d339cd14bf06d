package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowgate/rowgate/store/query"
)

// session is what is known of one connection beyond pgx: the statements that
// are prepared on it. It belongs to whoever holds the connection.
type session struct {
	// prepared maps a role and a statement's text to the prepared statement's
	// name. Statements are never shared by two roles: on a plan that row level
	// security does not touch, Postgres would not check the second role's
	// privileges the way a fresh parse does, and on one that it does touch, it
	// would plan anew at every change of role.
	prepared *simplelru.LRU[preparedKey, string]
	// dirty says that a call may have left something in the session.
	dirty bool
	// evicted holds the names to close in the next pipeline.
	evicted []string

	pipeline pipeline
}

type preparedKey struct {
	role   string
	digest [16]byte
}

const sessionKey = "rowgate.session"

// sessionOf returns the connection's session.
func (s *Store) sessionOf(pg *pgconn.PgConn) *session {
	data := pg.CustomData()
	if ses, ok := data[sessionKey].(*session); ok {
		return ses
	}
	ses := &session{}
	ses.prepared, _ = simplelru.NewLRU(s.cacheCap, func(_ preparedKey, name string) {
		ses.evicted = append(ses.evicted, name)
	})
	data[sessionKey] = ses
	return ses
}

// pipelineOn returns the pipeline of a connection, made ready for a call. The
// call leaves it when it is over.
func (s *Store) pipelineOn(conn *pgxpool.Conn) *pipeline {
	pg := conn.Conn().PgConn()
	ses := s.sessionOf(pg)
	ses.pipeline.reset(s, pg, ses)
	return &ses.pipeline
}

// forget drops all that is thought to be prepared. The names are closed before
// they are used again, since some of them may be there all the same.
func (s *session) forget() { s.prepared.Purge() }

// discard takes away all that is in the session.
// https://www.postgresql.org/docs/current/sql-discard.html
func (s *session) discard(ctx context.Context, pg *pgconn.PgConn) error {
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	if err := pg.ExecParams(ctx, "discard all", nil, nil, nil, nil).Read().Err; err != nil {
		return err
	}
	s.forget()
	s.evicted = s.evicted[:0]
	return nil
}

// maxName is what Postgres keeps of a prepared statement's name, in bytes; it
// cuts off the rest without a word.
const maxName = 63

// statementName names a statement of a role. The digest, which tells one name
// from another, comes first; the role is for whoever reads pg_prepared_statements.
func statementName(role string, st *query.Statement) string {
	sum := sha256.New()
	sum.Write(st.Digest[:])
	sum.Write([]byte(role))
	name := "rowgate_" + hex.EncodeToString(sum.Sum(nil)[:16]) + "_" + plain(role)
	return name[:min(len(name), maxName)]
}

// statementText carries the role too, for poolers that merge prepared
// statements of the same text.
func statementText(role string, st *query.Statement) string {
	return "/*" + plain(role) + "*/ " + st.SQL
}

// plain writes a role's name so that it can stand in a comment, one role's
// never like another's.
func plain(role string) string {
	for i := range len(role) {
		if c := role[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return "x" + hex.EncodeToString([]byte(role))
		}
	}
	if strings.HasPrefix(role, "x") {
		return "x" + hex.EncodeToString([]byte(role))
	}
	return role
}
