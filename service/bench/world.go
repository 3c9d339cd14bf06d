package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/proto"
	appv1 "github.com/rowgate/rowgate/proto/gen/app/v1"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/localpg"
)

// itemsPerUser is a list's length.
const itemsPerUser = 20

// world is all that a run needs: a Postgres of its own with the example
// application, rowgate in front of it, and a bare server beside it.
type world struct {
	options
	dir      string
	pg       *localpg.Server
	loginURL string
	scripts  int

	userIDs, itemIDs []string // an item of each user's
	contexts         []context.Context
	closers          []func()

	rowgate, bare appv1.ItemServiceClient
}

func newWorld(ctx context.Context, o options) (w *world, err error) {
	w = &world{options: o}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.dir, err = os.MkdirTemp("", "rowgate-bench-"); err != nil {
		return w, err
	}
	w.onClose(func() { _ = os.RemoveAll(w.dir) })
	for _, step := range []func(context.Context) error{w.startPostgres, w.fill, w.startRowgate, w.startBare} {
		if err := step(ctx); err != nil {
			return w, err
		}
	}
	return w, nil
}

func (w *world) onClose(f func()) { w.closers = append(w.closers, f) }

func (w *world) close() {
	for _, f := range slices.Backward(w.closers) {
		f()
	}
}

func (w *world) startPostgres(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "rowgate-bench-pg-")
	if err != nil {
		return err
	}
	w.pg, err = localpg.Start(ctx, localpg.Config{
		BinDir: w.pgBin, DataDir: dir, Ephemeral: true,
		Settings: map[string]string{"shared_buffers": "256MB", "synchronous_commit": "off", "autovacuum": "off"},
	})
	if err != nil {
		return err
	}
	w.onClose(func() {
		stopping, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = w.pg.Stop(stopping)
	})
	return nil
}

// fill makes the example application with the users and their items.
func (w *world) fill(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, w.pg.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, f := range slices.Concat(migrations.Supabase(), migrations.App(), migrations.Setup()) {
		if _, err := conn.PgConn().Exec(ctx, f.SQL).ReadAll(); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	password := rand.Text()
	for _, sql := range []string{migrations.Bench("fill"), migrations.Password(migrations.UserLogin, password), "vacuum analyze"} {
		if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
			return err
		}
	}
	w.loginURL = w.pg.URLFor("postgres", migrations.UserLogin, password)
	for n := range w.users {
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", n+1)
		w.userIDs, w.itemIDs = append(w.userIDs, id), append(w.itemIDs, id)
	}
	return nil
}

func (w *world) startRowgate(ctx context.Context) error {
	st, err := store.Open(ctx, store.Config{URL: w.loginURL, MaxConns: int32(w.connections)})
	if err != nil {
		return err
	}
	w.onClose(st.Close)
	secret := rand.Text() + rand.Text()
	verifier, err := auth.New(ctx, auth.Config{Secret: secret})
	if err != nil {
		return err
	}
	contract, err := descriptor.LoadFS(ctx, proto.Example, "proto")
	if err != nil {
		return err
	}
	srv, err := service.New(ctx, service.Config{Store: st, Verifier: verifier, Contract: contract})
	if err != nil {
		return err
	}
	conn, err := w.listen(srv.Serve, func() { srv.GracefulStop(context.Background()) })
	if err != nil {
		return err
	}
	w.rowgate = appv1.NewItemServiceClient(conn)
	for _, id := range w.userIDs {
		token, err := auth.SignHS256(secret, auth.Claims{
			Subject: id, Role: "authenticated", Audience: "authenticated", TTL: 24 * time.Hour,
		})
		if err != nil {
			return err
		}
		w.contexts = append(w.contexts, metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token))
	}
	return nil
}

// listen serves on a free port and returns a connection to it.
func (w *world) listen(serve func(net.Listener) error, stop func()) (*grpc.ClientConn, error) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = serve(lis) // it ends with an error of the listener, or of nothing
	}()
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	w.onClose(func() {
		if conn != nil {
			_ = conn.Close()
		}
		stop()
		<-done
	})
	return conn, err
}

func (w *world) get(_ context.Context, user int) error {
	item, err := w.rowgate.GetItem(w.contexts[user], &appv1.GetItemRequest{Id: w.itemIDs[user]})
	if err == nil && item.GetOwnerId() != w.userIDs[user] {
		err = errors.New("another user's item")
	}
	return err
}

func (w *world) list(_ context.Context, user int) error {
	res, err := w.rowgate.ListItems(w.contexts[user], &appv1.ListItemsRequest{PageSize: itemsPerUser, OrderBy: "created_at desc"})
	if err == nil && len(res.GetItems()) != itemsPerUser {
		err = fmt.Errorf("%d items", len(res.GetItems()))
	}
	return err
}
