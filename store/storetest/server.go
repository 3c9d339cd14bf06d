package storetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rowgate/rowgate/store/localpg"
)

const (
	// URLVariable and BinVariable are the environment variables by which pgrun
	// tells the tests of its server: a superuser's URL, and the folder of psql.
	URLVariable = "ROWGATE_TEST_URL"
	BinVariable = "ROWGATE_TEST_BIN"

	// binVariable is the command line's, which pgrun and the tests heed too.
	binVariable = "ROWGATE_PG_BIN"

	startTimeout = 2 * time.Minute
)

// running is a server that tests can use.
type running struct {
	url    string // of a superuser
	binDir string
}

var server = sync.OnceValues(func() (running, error) {
	if url := os.Getenv(URLVariable); url != "" {
		return running{url, os.Getenv(BinVariable)}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	// Nobody stops this one: it ends with the process.
	pg, err := Start(ctx)
	if err != nil {
		return running{}, err
	}
	return running{pg.URL("postgres"), pg.Installation().BinDir}, nil
})

// Start starts a throwaway server that forgets everything when it ends: its
// data is written without care for a crash.
func Start(ctx context.Context) (*localpg.Server, error) {
	dir, err := os.MkdirTemp("", "rowgate-test-")
	if err != nil {
		return nil, fmt.Errorf("storetest: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	pg, err := localpg.Start(ctx, localpg.Config{
		BinDir: os.Getenv(binVariable), DataDir: dir, Ephemeral: true, CacheDir: filepath.Join(cache, "rowgate"),
		Settings: map[string]string{
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
			"max_connections": "400", "shared_buffers": "128MB", "max_wal_size": "4GB",
		},
	})
	if err != nil {
		return nil, fmt.Errorf("storetest: %w", err)
	}
	return pg, nil
}
