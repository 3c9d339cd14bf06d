package config

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/rowgate/rowgate/service/transport"
)

// Server says where and how the server listens.
type Server struct {
	Listen          string   `name:"listen" env:"ROWGATE_LISTEN" default:"127.0.0.1:50051" placeholder:"ADDRESS" help:"Where gRPC listens. Off loopback it takes TLS."`
	PageTokenSecret string   `name:"page-token-secret" env:"ROWGATE_PAGE_TOKEN_SECRET" secret:"" placeholder:"SECRET" help:"Seals page tokens, at least 16 bytes. Set it to the same for all servers behind one address; without it page tokens end with the process."`
	Headers         []string `name:"headers" env:"ROWGATE_HEADERS" placeholder:"NAME" help:"Request headers that policies may read from request.headers."`
	Reflection      bool     `name:"reflection" env:"ROWGATE_REFLECTION" default:"true" negatable:"" help:"Serve the contract to clients such as grpcurl."`
	MaxRequest      int      `name:"max-request-bytes" env:"ROWGATE_MAX_REQUEST_BYTES" default:"4194304" placeholder:"BYTES" help:"The largest request."`
	Filter          Filter   `embed:"" prefix:"max-filter-" envprefix:"ROWGATE_MAX_FILTER_"`

	StreamPatience time.Duration `name:"stream-patience" env:"ROWGATE_STREAM_PATIENCE" default:"30s" placeholder:"TIME" help:"How long a stream waits for a client that reads, or sends, nothing."`

	Plaintext
}

// Filter bounds the filters of requests, all of one request's together.
type Filter struct {
	Bytes  int `name:"bytes" env:"BYTES" default:"262144" placeholder:"BYTES" help:"The longest filter."`
	Terms  int `name:"terms" env:"TERMS" default:"500" placeholder:"N" help:"The most comparisons and functions of a request's filters."`
	Values int `name:"values" env:"VALUES" default:"10000" placeholder:"N" help:"The most values that a request's filters compare with."`
}

// Plaintext says whether tokens may travel unencrypted.
type Plaintext struct {
	AllowPlaintext bool `name:"allow-plaintext" env:"ROWGATE_ALLOW_PLAINTEXT" help:"Listen in plain text where other machines can connect, for a proxy in front that ends TLS. Logged as a warning at every start."`
}

// Listener opens a listener, which takes TLS when certs are not nil. flag and
// tlsFlag are what sets the address and the certificate, for errors.
func (p Plaintext) Listener(ctx context.Context, address string, certs *transport.Certificates, flag, tlsFlag string, log *slog.Logger) (net.Listener, error) {
	lis, err := transport.Listen(ctx, address, transport.Options{TLS: certs, AllowPlaintext: p.AllowPlaintext, Logger: log})
	var exposed *transport.PlaintextError
	switch {
	case errors.As(err, &exposed):
		return nil, fmt.Errorf("%s %s can be reached from other machines, which would send tokens in plain text: "+
			"give %s and its key, or, with a proxy in front that ends TLS, say --allow-plaintext", flag, address, tlsFlag)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w; choose another address with %s", address, err, flag)
	}
	return lis, nil
}

// TLS names the files of the user path's TLS.
type TLS struct {
	TLSCert     string `name:"tls-cert" env:"ROWGATE_TLS_CERT" placeholder:"FILE" help:"The server's certificate and what leads from it to its authority, PEM. It and the files below are read again when they change."`
	TLSKey      string `name:"tls-key" env:"ROWGATE_TLS_KEY" placeholder:"FILE" help:"The certificate's private key, PEM."`
	TLSClientCA string `name:"tls-client-ca" env:"ROWGATE_TLS_CLIENT_CA" placeholder:"FILE" help:"Mutual TLS: only clients with a certificate of these authorities connect. They send their tokens all the same."`
}

// Certificates loads the files; nil when there are none.
func (t TLS) Certificates(ctx context.Context, log *slog.Logger) (*transport.Certificates, error) {
	return certificates(ctx, transport.TLS{Cert: t.TLSCert, Key: t.TLSKey, ClientCA: t.TLSClientCA, Logger: log}, "--tls-cert", "--tls-key")
}

func certificates(ctx context.Context, files transport.TLS, certFlag, keyFlag string) (*transport.Certificates, error) {
	switch {
	case files.Cert == "" && files.Key == "" && files.ClientCA == "":
		return nil, nil
	case files.Cert == "":
		return nil, fmt.Errorf("TLS lacks its certificate: set %s", certFlag)
	case files.Key == "":
		return nil, fmt.Errorf("the certificate %s lacks its key: set %s", files.Cert, keyFlag)
	}
	return transport.Load(ctx, files)
}
