package config

import (
	"context"
	"errors"
	"log/slog"

	"github.com/rowgate/rowgate/service/transport"
	"github.com/rowgate/rowgate/store"
)

// AdminListen says where the admin path listens.
type AdminListen struct {
	AdminListen string `name:"admin-listen" env:"ROWGATE_ADMIN_LISTEN" default:"127.0.0.1:50052" placeholder:"ADDRESS" help:"Where the admin path listens. Off loopback it takes TLS."`
}

// AdminDatabase says where the database of the admin path is.
type AdminDatabase struct {
	AdminDatabaseURL string `name:"admin-database-url" env:"ADMIN_DATABASE_URL" secret:"" placeholder:"URL" help:"The admin path's database: the BYPASSRLS login that rowgate setup makes. Without it there is no admin path."`
	AdminPoolSize    int32  `name:"admin-pool-size" env:"ROWGATE_ADMIN_POOL_SIZE" default:"4" placeholder:"N" help:"The most database connections of the admin path."`
}

// Admin says how the admin path runs. Without its URL nothing of it does.
type Admin struct {
	AdminDatabase
	AdminPolicy string `name:"admin-policy" env:"ROWGATE_ADMIN_POLICY" placeholder:"FILE" help:"Who may call what on the admin path. What it does not allow is denied."`
	AdminOnly   bool   `name:"admin-only" env:"ROWGATE_ADMIN_ONLY" help:"Serve the admin path and not the user path. DATABASE_URL may then be left out; with it the admin path can act as users."`
	AdminListen

	AdminTLSCert     string `name:"admin-tls-cert" env:"ROWGATE_ADMIN_TLS_CERT" placeholder:"FILE" help:"The certificate of the admin listener, as --tls-cert."`
	AdminTLSKey      string `name:"admin-tls-key" env:"ROWGATE_ADMIN_TLS_KEY" placeholder:"FILE" help:"Its private key."`
	AdminTLSClientCA string `name:"admin-tls-client-ca" env:"ROWGATE_ADMIN_TLS_CLIENT_CA" placeholder:"FILE" help:"The authorities whose certificates prove who a client is. Clients without one come with a token or a key."`
}

// Serves says whether there is an admin path, and refuses half of one.
func (a Admin) Serves() (bool, error) {
	switch {
	case a.AdminDatabaseURL == "" && a.AdminOnly:
		return false, errors.New("--admin-only without a database: set ADMIN_DATABASE_URL or --admin-database-url")
	case a.AdminDatabaseURL == "":
		return false, nil
	case a.AdminPolicy == "":
		return false, errors.New("ADMIN_DATABASE_URL is set and no policy says who may use it: name one with --admin-policy or ROWGATE_ADMIN_POLICY, " +
			"or unset ADMIN_DATABASE_URL to serve the user path alone")
	}
	return true, nil
}

// AdminStore is the settings of the admin path's database as package store
// takes them.
func (a AdminDatabase) AdminStore(log *slog.Logger) store.Config {
	return store.Config{URL: a.AdminDatabaseURL, MaxConns: a.AdminPoolSize, Logger: log}
}

// AdminCertificates loads the files of the admin listener's TLS; nil when there
// are none.
func (a Admin) AdminCertificates(ctx context.Context, log *slog.Logger) (*transport.Certificates, error) {
	return certificates(ctx, transport.TLS{
		Cert: a.AdminTLSCert, Key: a.AdminTLSKey, ClientCA: a.AdminTLSClientCA, ClientOptional: a.AdminTLSClientCA != "", Logger: log,
	}, "--admin-tls-cert", "--admin-tls-key")
}
