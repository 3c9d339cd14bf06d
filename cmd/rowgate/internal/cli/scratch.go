package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/cmd/rowgate/internal/config"
	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/store/localpg"
	"github.com/rowgate/rowgate/store/migrate"
)

// scratch is a Postgres that is there for one command.
type scratch struct {
	url string
	pg  *localpg.Server
}

// startScratch starts one and applies a folder's migrations to it, after the
// stand-in for Supabase's roles and schemas where that is wanted.
func startScratch(ctx context.Context, cfg config.Pull, log *slog.Logger) (s *scratch, err error) {
	files, err := sqlFiles(cfg.Migrations)
	switch {
	case err != nil:
		return nil, err
	case len(files) == 0:
		return nil, fmt.Errorf("%s holds no .sql file", cfg.Migrations)
	}
	if cfg.Supabase {
		files = slices.Concat(builtIn(migrations.Supabase()), files)
	}
	s = &scratch{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	s.pg, err = localpg.Start(ctx, localpg.Config{
		BinDir: cfg.PGBin, DataDir: filepath.Join(os.TempDir(), "rowgate-"+rand.Text()), Ephemeral: true,
		CacheDir: cacheDir(os.TempDir()), Logger: log,
	})
	if err != nil {
		return nil, err
	}
	s.url = s.pg.URL("postgres")
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = migrate.Up(ctx, conn, files)
	return s, err
}

// cacheDir is where a downloaded Postgres is kept: below the user's cache, or
// below another folder where there is none.
func cacheDir(otherwise string) string {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = otherwise
	}
	return filepath.Join(cache, "rowgate")
}

// stop ends the Postgres, which removes what it kept.
func (s *scratch) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if s.pg == nil {
		return nil
	}
	return s.pg.Stop(ctx)
}
