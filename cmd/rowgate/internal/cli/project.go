package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/rowgate/rowgate/cmd/rowgate/internal/config"
	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/proto"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/migrate"
)

// project is what rowgate dev runs.
type project struct {
	contract          *descriptor.Set
	migrations, seeds []migrate.File
}

// Where a project keeps its parts when no flag says otherwise.
const (
	protoFolder      = "proto"
	migrationsFolder = "migrations"
	seedFile         = "seed.sql"
)

// findProject takes what the flags name, else what this folder has, else the
// example that is built in. The example's seed goes with its migrations.
func findProject(ctx context.Context, cfg config.Dev) (*project, error) {
	p := &project{}
	var err error
	switch path := given(cfg.Proto, protoFolder); path {
	case "":
		p.contract, err = descriptor.LoadFS(ctx, proto.Example, protoFolder)
	default:
		p.contract, err = descriptor.Load(ctx, path)
	}
	if err != nil {
		return nil, err
	}
	seed := cfg.Seed
	p.migrations, err = sqlFiles(given(cfg.Migrations, migrationsFolder))
	switch {
	case err != nil:
		return nil, err
	case len(p.migrations) > 0:
		seed = given(cfg.Seed, seedFile)
	case cfg.Migrations != "":
		return nil, fmt.Errorf("%s holds no .sql file", cfg.Migrations)
	default:
		p.migrations, p.seeds = builtIn(migrations.App()), builtIn(migrations.Seed())
	}
	if seed != "" {
		sql, err := os.ReadFile(seed)
		if err != nil {
			return nil, fmt.Errorf("the seed: %w", err)
		}
		p.seeds = []migrate.File{{Name: seed, SQL: string(sql)}}
	}
	return p, nil
}

// given is what a flag names, or the usual place when there is something.
func given(flag, usual string) string {
	if flag != "" {
		return flag
	}
	if _, err := os.Stat(usual); err == nil {
		return usual
	}
	return ""
}

// sqlFiles reads the .sql files of a folder in the order of their names.
func sqlFiles(folder string) ([]migrate.File, error) {
	if folder == "" {
		return nil, nil
	}
	if _, err := os.Stat(folder); err != nil {
		return nil, fmt.Errorf("the migrations: %w", err)
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	files := make([]migrate.File, 0, len(paths))
	for _, path := range paths {
		sql, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		files = append(files, migrate.File{Name: filepath.Base(path), SQL: string(sql)})
	}
	return files, nil
}

func builtIn(files []migrations.File) []migrate.File {
	all := make([]migrate.File, len(files))
	for i, f := range files {
		all[i] = migrate.File(f)
	}
	return all
}
