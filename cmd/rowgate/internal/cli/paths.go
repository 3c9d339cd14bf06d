package cli

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/admin"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/service/table"
	"github.com/rowgate/rowgate/service/transport"
	"github.com/rowgate/rowgate/store"
)

// paths are the servers of a process, and what they share.
type paths struct {
	log *slog.Logger
	// load reads the contract.
	load     func(context.Context) (*descriptor.Set, error)
	contract *descriptor.Set

	users, admins *store.Store // nil for none
	user          *service.Server
	admin         *admin.Server

	listening []listening
	certs     []*transport.Certificates
}

// listening is a server and where it listens.
type listening struct {
	name   string
	server server
	lis    net.Listener
}

// server is a server of either path.
type server interface {
	Serve(net.Listener) error
	GracefulStop(context.Context)
	Methods() []*table.Method
}

func (p *paths) add(name string, srv server, lis net.Listener, certs *transport.Certificates) {
	p.listening = append(p.listening, listening{name, srv, lis})
	if certs != nil {
		p.certs = append(p.certs, certs)
	}
}

// close closes what is open. The servers have ended.
func (p *paths) close() {
	for _, l := range p.listening {
		_ = l.lis.Close() // gRPC has, if it served.
	}
	for _, st := range []*store.Store{p.users, p.admins} {
		if st != nil {
			st.Close()
		}
	}
}

// stopTimeout is how long running calls may go on once the program is told to
// stop.
const stopTimeout = 10 * time.Second

// run serves until the context ends, or one of the servers does: half of what
// was asked for would go unnoticed.
func (p *paths) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(p.listening))
	var serving sync.WaitGroup
	for i, l := range p.listening {
		p.log.Info("serving", "path", l.name, "address", l.lis.Addr().String(), "methods", len(l.server.Methods()))
		serving.Go(func() {
			if err := l.server.Serve(l.lis); !errors.Is(err, grpc.ErrServerStopped) {
				errs[i] = err
			}
			cancel()
		})
	}
	<-ctx.Done()
	stopping, done := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer done()
	for _, l := range p.listening {
		serving.Go(func() { l.server.GracefulStop(stopping) })
	}
	serving.Wait()
	return errors.Join(errs...)
}

// reloadTimeout bounds the reading of the catalog for a reload.
const reloadTimeout = time.Minute

// reloadOn reads everything anew at each signal.
func (p *paths) reloadOn(ctx context.Context, hangups <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		}
		reloading, cancel := context.WithTimeout(ctx, reloadTimeout)
		if err := p.reload(reloading); err != nil {
			p.log.Error("not all could be read anew; what could not is as it was", "error", err)
		} else {
			p.log.Info("contract, policy and TLS files are read anew")
		}
		cancel()
	}
}

// reload reads contract, policy and TLS files anew. They do not depend on one
// another, so each is taken that can be.
func (p *paths) reload(ctx context.Context) error {
	var errs []error
	for _, c := range p.certs {
		errs = append(errs, c.Reload())
	}
	if p.admin != nil {
		_, err := p.admin.Reload(ctx, false) // the user path's server with it
		return errors.Join(append(errs, err)...)
	}
	contract, err := p.load(ctx)
	if err == nil {
		_, err = p.user.Reload(ctx, contract)
	}
	return errors.Join(append(errs, err)...)
}
