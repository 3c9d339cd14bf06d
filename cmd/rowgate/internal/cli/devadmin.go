package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rowgate/rowgate/cmd/rowgate/internal/config"
	"github.com/rowgate/rowgate/service/admin"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/safety"
)

// openAdmin opens the admin path, and returns a key that it takes. The policy
// is a file in the folder, to try things out with.
func (d dev) openAdmin(ctx context.Context, p *paths, url string, identity auth.Config) (key string, err error) {
	key, made, err := kept(filepath.Join(d.Dir, "admin-key"), newKey)
	if err != nil {
		return "", err
	}
	path := filepath.Join(d.Dir, "admin.yaml")
	if err := keptPolicy(path, key); err != nil {
		return "", err
	}
	policy, err := admin.LoadPolicy(path)
	if err != nil {
		return "", err
	}
	if text, err := os.ReadFile(path); made && err == nil && !strings.Contains(string(text), keyDigest(key)) {
		p.log.Warn("the admin path has a new key, which its policy does not know", "policy", path, "key", keyDigest(key))
	}
	if p.admins, err = open(ctx, store.Config{URL: url, Logger: p.log}); err != nil {
		return "", err
	}
	verifier, err := auth.New(ctx, identity)
	if err != nil {
		return "", err
	}
	server := serverConfig(d.Server, config.Drift{}, nil, p.log)
	server.Allow = safety.AllowObjects("rowgate dev")
	if err := p.makeAdmin(ctx, admin.Config{
		Verifier: verifier, Policy: policy, Server: server, Load: p.loadAdmin(path),
	}); err != nil {
		return "", err
	}
	lis, err := d.Listener(ctx, d.AdminListen.AdminListen, nil, "--admin-listen", "", p.log)
	if err == nil {
		p.add("admin", p.admin, lis, nil)
	}
	return key, err
}

// keptPolicy writes a policy where there is none.
func keptPolicy(path, key string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, `# Who may call what on the admin path of rowgate dev, which does not
# write this file again. AdminService.ReloadSchema reads it anew.
principals:
  - name: developer
    keys:
      - %s # admin-key
    tokens:
      - {} # rowgate token --role service_role
    allow: ["*/*"]
    act_as: [anon, authenticated]
`, keyDigest(key))
	return errors.Join(err, f.Close())
}
