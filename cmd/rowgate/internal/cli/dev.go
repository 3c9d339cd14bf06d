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
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/localpg"
	"github.com/rowgate/rowgate/store/migrate"
	"github.com/rowgate/rowgate/store/safety"
)

type dev struct {
	config.Dev
	config.Server
	config.AdminListen
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
	log := a.logger()
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

// serve prepares the database and serves both paths until the context ends.
func (d dev) serve(ctx context.Context, a *app, pg *localpg.Server, first *project, log *slog.Logger) error {
	secret, err := keptSecret(d.Dir)
	if err != nil {
		return err
	}
	urls, users, err := prepare(ctx, pg, first)
	if err != nil {
		return err
	}
	p := &paths{log: log, contract: first.contract, load: func(ctx context.Context) (*descriptor.Set, error) {
		again, err := findProject(ctx, d.Dev)
		if err != nil {
			return nil, err
		}
		return again.contract, nil
	}}
	defer p.close()
	if err := d.openUser(ctx, p, urls.user, auth.Config{Secret: secret, Logger: log}); err != nil {
		return err
	}
	adminKey, err := d.openAdmin(ctx, p, urls.admin, auth.Config{Secret: secret, ServiceRole: true, Logger: log})
	if err != nil {
		return err
	}
	w := welcome{
		address: p.listening[0].lis.Addr().String(), adminAddress: p.listening[1].lis.Addr().String(), adminKey: adminKey,
		databaseURL: urls.user, ownerURL: pg.URL("postgres"), dir: d.Dir,
	}
	for _, u := range users {
		token, err := auth.SignHS256(secret, auth.Claims{
			Subject: u.id, Email: u.email, Role: "authenticated", Audience: "authenticated", TTL: devTokenTTL,
		})
		if err != nil {
			return err
		}
		w.tokens = append(w.tokens, userToken{u, token})
	}
	w.print(a.out, p.user)
	// SIGHUP ends it, unlike serve: that is what closing its terminal sends.
	return p.run(ctx)
}

// openUser opens the user path.
func (d dev) openUser(ctx context.Context, p *paths, url string, identity auth.Config) (err error) {
	if p.users, err = open(ctx, store.Config{URL: url, Logger: p.log}); err != nil {
		return err
	}
	verifier, err := auth.New(ctx, identity)
	if err != nil {
		return err
	}
	cfg := serverConfig(d.Server, config.Drift{}, nil, p.log)
	cfg.Store, cfg.Verifier, cfg.Contract, cfg.Allow = p.users, verifier, p.contract, devAllow()
	if p.user, err = service.New(ctx, cfg); err != nil {
		return err
	}
	lis, err := d.Listener(ctx, d.Listen, nil, "--listen", "", p.log)
	if err == nil {
		p.add("user", p.user, lis, nil)
	}
	return err
}

// devAllow allows what is in the making: tables without policies, and a server
// that lacks its last update. What a login may become is refused here, too.
func devAllow() []safety.Exception { return safety.AllowObjects("rowgate dev") }

// devTokenTTL is long enough for a day's work.
const devTokenTTL = 24 * time.Hour

// user is a row of auth.users that gets a token.
type user struct{ id, email string }

// loginURLs are the URLs of the two paths' logins.
type loginURLs struct{ user, admin string }

// prepare brings the database up to date, gives the logins new passwords, and
// returns their URLs with the first two users.
func prepare(ctx context.Context, pg *localpg.Server, p *project) (urls loginURLs, users []user, err error) {
	conn, err := pgx.Connect(ctx, pg.URL("postgres"))
	if err != nil {
		return urls, nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))

	if _, err := migrate.Up(ctx, conn, slices.Concat(builtIn(migrations.Supabase()), p.migrations)); err != nil {
		return urls, nil, err
	}
	for _, f := range slices.Concat(builtIn(migrations.Setup()), p.seeds) {
		if err := migrate.Run(ctx, conn, f); err != nil {
			return urls, nil, err
		}
	}
	for login, url := range map[string]*string{migrations.UserLogin: &urls.user, migrations.AdminLogin: &urls.admin} {
		password := rand.Text()
		if _, err := conn.Exec(ctx, migrations.Password(login, password)); err != nil {
			return urls, nil, err
		}
		*url = pg.URLFor("postgres", login, password)
	}
	rows, err := conn.Query(ctx, migrations.Users())
	if err != nil {
		return urls, nil, err
	}
	users, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (u user, err error) {
		return u, row.Scan(&u.id, &u.email)
	})
	return urls, users, err
}

// keptSecret returns the folder's secret for tokens.
func keptSecret(dir string) (string, error) {
	secret, _, err := kept(secretFile(dir), func() string { return rand.Text() + rand.Text() })
	return secret, err
}

// kept returns the secret that a file holds, and makes one when there is none:
// what it was given to then outlives a restart.
func kept(path string, make func() string) (secret string, made bool, err error) {
	text, err := os.ReadFile(path)
	if err == nil && len(strings.TrimSpace(string(text))) >= 32 {
		return strings.TrimSpace(string(text)), false, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", false, err
	}
	secret = make()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", false, err
	}
	return secret, true, os.WriteFile(path, []byte(secret+"\n"), 0o600)
}
