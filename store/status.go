package store

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// DatabaseStatus is the server as the login sees it. What it may not see is
// empty or nil.
type DatabaseStatus struct {
	Database string
	// ServerVersion is without what packagers add, such as 15.14.
	ServerVersion string
	// Started is when the server did.
	Started time.Time
	// InRecovery says that it is a standby.
	InRecovery bool
	// ReplayDelay is, on a standby, the time since the last transaction that it
	// has replayed. It grows while the primary has none.
	ReplayDelay *time.Duration
	// Replicas receive from this server.
	Replicas []Replica
}

// Replica is a standby, as pg_stat_replication has it.
// https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW
type Replica struct {
	Name, State, SyncState string
	// LagBytes is how much WAL it has not replayed.
	LagBytes *int64
	// ReplayLag is how long after this server it replays; nil when it has caught
	// up, or nobody knows.
	ReplayLag *time.Duration
}

const statusSQL = `select pg_catalog.current_database()::text, pg_catalog.current_setting('server_version'),
  pg_catalog.pg_postmaster_start_time(), pg_catalog.pg_is_in_recovery(),
  case when pg_catalog.pg_is_in_recovery() then (pg_catalog.extract('epoch',
    pg_catalog.clock_timestamp() operator(pg_catalog.-) pg_catalog.pg_last_xact_replay_timestamp()) operator(pg_catalog.*) 1000000)::pg_catalog.int8 end`

// What this server has of the WAL is what it has written, or on a standby what
// it has received.
const replicasSQL = `select coalesce(application_name, ''), coalesce(state, ''), coalesce(sync_state, ''),
  pg_catalog.pg_wal_lsn_diff(case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_receive_lsn()
    else pg_catalog.pg_current_wal_lsn() end, replay_lsn)::pg_catalog.int8,
  (pg_catalog.extract('epoch', replay_lag) operator(pg_catalog.*) 1000000)::pg_catalog.int8
from pg_catalog.pg_stat_replication
order by 1, pid`

// Status reads the server's state as the login.
func (s *Store) Status(ctx context.Context) (*DatabaseStatus, error) {
	var d DatabaseStatus
	err := s.snapshot(ctx, func(tx pgx.Tx) error {
		var delay *int64
		if err := tx.QueryRow(ctx, statusSQL).Scan(&d.Database, &d.ServerVersion, &d.Started, &d.InRecovery, &delay); err != nil {
			return err
		}
		d.ServerVersion, _, _ = strings.Cut(d.ServerVersion, " ")
		d.ReplayDelay = microseconds(delay)
		rows, err := tx.Query(ctx, replicasSQL)
		if err != nil {
			return err
		}
		d.Replicas, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Replica, err error) {
			var lag *int64
			err = row.Scan(&r.Name, &r.State, &r.SyncState, &r.LagBytes, &lag)
			r.ReplayLag = microseconds(lag)
			return r, err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &d, nil
}

// microseconds is a time that may not be known.
func microseconds(n *int64) *time.Duration {
	if n == nil {
		return nil
	}
	d := time.Duration(*n) * time.Microsecond
	return &d
}
