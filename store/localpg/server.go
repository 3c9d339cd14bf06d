package localpg

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Server is a running Postgres. Its methods may be called from several
// goroutines.
type Server struct {
	installation Installation
	folder       *folder
	guard        *guardian
	port         int
	socketDir    string
	password     string

	stopOnce sync.Once
	stopping atomic.Bool
	done     chan struct{} // closed when Postgres has ended and err is set
	err      error
}

// Installation returns the Postgres that runs.
func (s *Server) Installation() Installation { return s.installation }

// DataDir returns the absolute path of the data folder, which is not the one
// in Config when that had to be moved.
func (s *Server) DataDir() string { return s.folder.dir }

// SocketDir returns the folder of the Unix socket, as libpq's host parameter
// takes it.
func (s *Server) SocketDir() string { return s.socketDir }

// Port returns the TCP port on 127.0.0.1.
func (s *Server) Port() int { return s.port }

// LogFile returns the path of the file that Postgres writes its log to.
func (s *Server) LogFile() string { return s.folder.path(logName) }

// URL returns the address of a database for the superuser postgres. It
// contains the password: anyone who reads it has every right on the server.
func (s *Server) URL(database string) string {
	return s.URLFor(database, superuser, s.password)
}

// URLFor returns the address of a database for a role with a password.
func (s *Server) URLFor(database, user, password string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(user, password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Done is closed when Postgres has ended, by Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err returns nil while Postgres runs and after an orderly Stop, else why it
// ended, with the last lines of its log.
func (s *Server) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// Stop ends Postgres with a fast shutdown, which rolls back open transactions
// and closes every connection, and returns when it is gone. When the context
// ends first, Stop orders an immediate shutdown, waits ten seconds at most and
// returns the context's error; the next start then recovers. A second call
// waits for the same end.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() {
		s.stopping.Store(true)
		s.guard.stop()
	})
	select {
	case <-s.done:
		return s.err
	case <-ctx.Done():
	}
	_ = quit(s.guard.pid)
	select {
	case <-s.done:
		return fmt.Errorf("localpg: Postgres was stopped at once and will recover at the next start: %w", ctx.Err())
	case <-time.After(10 * time.Second):
		return fmt.Errorf("localpg: the Postgres process %d did not end: %w", s.guard.pid, ctx.Err())
	}
}

// watch waits for the end of Postgres and frees the data folder.
func (s *Server) watch() {
	<-s.guard.done
	s.outlive()
	if !s.stopping.Load() {
		s.err = s.folder.withLog(fmt.Errorf("localpg: Postgres ended by itself: %w", s.guard.ended()))
	}
	s.guard.stop()
	if s.guard.order.when == removeAlways {
		// The guardian has emptied it but, unlike root, may lack the right to
		// remove the folder itself.
		_ = os.RemoveAll(s.folder.dir)
	}
	s.folder.close()
	close(s.done)
}

// outlive does the guardian's work when the guardian was killed and Postgres
// was not.
func (s *Server) outlive() {
	if !s.guard.killed() {
		return
	}
	home := s.folder.path(clusterName)
	for attempt := 0; runsCluster(context.Background(), s.guard.pid, home); attempt++ {
		switch attempt {
		case 0:
			_ = interrupt(s.guard.pid)
		case 1000:
			_ = quit(s.guard.pid)
		case 2000:
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	if s.guard.order.sockets != "" {
		_ = os.RemoveAll(s.guard.order.sockets)
	}
}

// errEnded stands for an end with exit status 0, which nobody asked for.
var errEnded = errors.New("it was stopped from outside")
