package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"
)

const (
	// startTimeout bounds one start of Postgres, recovery from a crash
	// included.
	startTimeout = 3 * time.Minute

	// portAttempts is how many free ports are tried, since another program
	// can take one between the choice and the use.
	portAttempts = 5

	pollInterval = 5 * time.Millisecond
)

// Start runs Postgres on the data folder and returns when it accepts
// connections. A folder without a cluster gets one first. The context bounds
// the start alone; the server runs until Stop or until this program ends.
//
// What a program that was killed left behind is cleaned up: a lock file whose
// process has ended, a half-made cluster, a Postgres that is still stopping.
// The errors ErrNotFound, ErrInUse and ErrOtherVersion are told apart with
// errors.Is.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if err := supported(); err != nil {
		return nil, err
	}
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	where, err := chooseSite(ctx, cfg)
	if err != nil {
		return nil, err
	}
	made, err := where.existing()
	if err != nil {
		return nil, err
	}
	in, err := newSearch(cfg, where.acct, made).run(ctx)
	if err != nil {
		return nil, err
	}
	f, err := openFolder(where, cfg.Ephemeral, cfg.logger())
	if err != nil {
		return nil, err
	}
	s, err := f.start(ctx, cfg, in)
	if err != nil {
		if cfg.Ephemeral {
			err = errors.Join(err, os.RemoveAll(f.dir))
		}
		f.close()
		return nil, err
	}
	cfg.logger().Info("Postgres is running", "version", in.Version, "port", s.port, "folder", f.dir, "process", s.guard.pid)
	return s, nil
}

// start goes from a locked folder to a server that accepts connections.
func (f *folder) start(ctx context.Context, cfg Config, in Installation) (*Server, error) {
	if err := f.evict(ctx); err != nil {
		return nil, err
	}
	if err := f.rotateLog(); err != nil {
		return nil, err
	}
	password, err := f.password()
	if err != nil {
		return nil, err
	}
	if err := f.initialize(ctx, in, cfg.Ephemeral); err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		port, err := f.choosePort(cfg.Port)
		if err != nil {
			return nil, err
		}
		s, err := f.run(ctx, cfg, in, port)
		if err == nil {
			s.password = password
			return s, f.write(portName, strconv.Itoa(port)+"\n")
		}
		switch {
		case ctx.Err() != nil || portFree(port):
			return nil, err
		case cfg.Port != 0:
			return nil, portTaken(port)
		case attempt == portAttempts:
			return nil, err
		}
	}
}

// run starts Postgres on a port and waits until it is ready.
func (f *folder) run(ctx context.Context, cfg Config, in Installation, port int) (*Server, error) {
	sockets, temporary, err := f.socketDir()
	if err != nil {
		return nil, err
	}
	o := order{acct: f.acct, log: f.path(logName), when: removeNever}
	if cfg.Ephemeral {
		o.when, o.folder = removeAlways, f.dir
	}
	if temporary {
		o.sockets = sockets
	}
	o.command = append([]string{in.Program("postgres"), "-D", f.path(clusterName)}, serverArgs(cfg.Settings, port, sockets)...)
	g, err := guard(o)
	if err != nil {
		if temporary {
			os.Remove(sockets)
		}
		return nil, err
	}
	s := &Server{installation: in, folder: f, guard: g, port: port, socketDir: sockets, done: make(chan struct{})}
	if err := s.waitReady(ctx); err != nil {
		g.stop()
		<-g.done
		return nil, err
	}
	go s.watch()
	return s, nil
}

// serverArgs returns the settings as arguments of postgres, in a fixed order.
func serverArgs(settings map[string]string, port int, sockets string) []string {
	all := []string{
		"listen_addresses=127.0.0.1",
		"port=" + strconv.Itoa(port),
		"unix_socket_directories=" + sockets,
		"unix_socket_permissions=0700",
		"logging_collector=off",
		"log_destination=stderr",
	}
	for name, value := range settings {
		all = append(all, name+"="+value)
	}
	slices.Sort(all)
	args := make([]string, 0, 2*len(all))
	for _, setting := range all {
		args = append(args, "-c", setting)
	}
	return args
}

// waitReady waits until Postgres has noted in postmaster.pid that it accepts
// connections, which is what pg_ctl start waits for.
func (s *Server) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		if file := s.folder.pidFile(); file.ready && file.pid == s.guard.pid {
			return nil
		}
		select {
		case <-s.guard.done:
			return s.folder.withLog(fmt.Errorf("localpg: Postgres %s did not start: %w", s.installation.Version, s.guard.ended()))
		default:
		}
		if err := pause(ctx, pollInterval); err != nil {
			return s.folder.withLog(fmt.Errorf("localpg: the start of Postgres was stopped: %w", err))
		}
	}
}

// pause waits, or returns the context's error as soon as that ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
