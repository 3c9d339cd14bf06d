package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/cmd/rowgate/internal/config"
	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/localpg"
	"github.com/rowgate/rowgate/store/migrate"
)

type dev struct {
	config.Dev
	config.Server
}

// Help is shown by rowgate dev --help.
func (dev) Help() string {
	return `Needs no configuration and no database. In a folder with proto/, migrations/*.sql and seed.sql it runs those; elsewhere it runs the example application. A second start finds the data of the first.

Example:
  rowgate dev
  rowgate dev --migrations supabase/migrations --seed supabase/seed.sql`
}

// Run runs everything until the program is told to stop.
func (d dev) Run(a *app) (err error) {
	log := a.log.Logger()
	p, err := findProject(a.ctx, d.Dev)
	if err != nil {
		return err
	}
	fmt.Fprintln(a.out, "starting a private Postgres …")
	pg, err := localpg.Start(a.ctx, localpg.Config{
		BinDir: d.PGBin, DataDir: filepath.Join(d.Dir, "postgres"), Port: d.PGPort,
		CacheDir: cacheDir(d.Dir), Logger: log,
	})
	if err != nil {
		return err
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(a.ctx), stopTimeout)
		defer cancel()
		err = errors.Join(err, pg.Stop(stopping))
	}()
	// Without its database the server is of no use.
	ctx, cancel := context.WithCancel(a.ctx)
	defer cancel()
	go func() {
		select {
		case <-pg.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	return errors.Join(d.serve(ctx, a, pg, p, log), pg.Err())
}

// serve prepares the database and serves until the context ends.
func (d dev) serve(ctx context.Context, a *app, pg *localpg.Server, p *project, log *slog.Logger) error {
	secret, err := keptSecret(d.Dir)
	if err != nil {
		return err
	}
	databaseURL, users, err := prepare(ctx, pg, p)
	if err != nil {
		return err
	}
	st, err := open(ctx, store.Config{URL: databaseURL, Logger: log})
	if err != nil {
		return err
	}
	defer st.Close()
	srv, err := newServer(ctx, st, p.contract, auth.Config{Secret: secret, Logger: log}, d.Server, config.Drift{}, log)
	if err != nil {
		return err
	}
	lis, err := d.Listener()
	if err != nil {
		return err
	}
	w := welcome{address: lis.Addr().String(), databaseURL: databaseURL, adminURL: pg.URL("postgres"), dir: d.Dir}
	for _, u := range users {
		token, err := auth.SignHS256(secret, auth.Claims{
			Subject: u.id, Email: u.email, Role: "authenticated", Audience: "authenticated", TTL: devTokenTTL,
		})
		if err != nil {
			return err
		}
		w.tokens = append(w.tokens, userToken{u, token})
	}
	w.print(a.out, srv)
	return run(ctx, srv, lis)
}

// devTokenTTL is long enough for a day's work.
const devTokenTTL = 24 * time.Hour

// user is a row of auth.users that gets a token.
type user struct{ id, email string }

// prepare brings the database up to date, gives the user path's login a new
// password, and returns its URL with the first two users.
func prepare(ctx context.Context, pg *localpg.Server, p *project) (string, []user, error) {
	conn, err := pgx.Connect(ctx, pg.URL("postgres"))
	if err != nil {
		return "", nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))

	if _, err := migrate.Up(ctx, conn, slices.Concat(builtIn(migrations.Supabase()), p.migrations)); err != nil {
		return "", nil, err
	}
	for _, f := range slices.Concat(builtIn(migrations.Setup()), p.seeds) {
		if err := migrate.Run(ctx, conn, f); err != nil {
			return "", nil, err
		}
	}
	password := rand.Text()
	if _, err := conn.Exec(ctx, migrations.Password(migrations.UserLogin, password)); err != nil {
		return "", nil, err
	}
	rows, err := conn.Query(ctx, migrations.Users())
	if err != nil {
		return "", nil, err
	}
	users, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (u user, err error) {
		return u, row.Scan(&u.id, &u.email)
	})
	return pg.URLFor("postgres", migrations.UserLogin, password), users, err
}

// keptSecret returns the folder's secret for tokens, and makes one when there
// is none: a token then outlives a restart.
func keptSecret(dir string) (string, error) {
	path := secretFile(dir)
	kept, err := os.ReadFile(path)
	if err == nil && len(strings.TrimSpace(string(kept))) >= 32 {
		return strings.TrimSpace(string(kept)), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	secret := rand.Text() + rand.Text()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return secret, os.WriteFile(path, []byte(secret+"\n"), 0o600)
}
