package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// TLS names the files of a server's TLS, all of them PEM.
type TLS struct {
	// Cert holds the certificate and what leads from it to its authority, Key
	// its private key. Required.
	Cert, Key string

	// ClientCA holds the certificates of the authorities whose clients are
	// believed. A client must then show a certificate that one of them signed
	// for client authentication. Empty means that clients are not asked.
	ClientCA string

	// ClientOptional lets clients without a certificate in, to be told apart by
	// other means. A certificate that is shown is verified all the same.
	ClientOptional bool

	// Protocols are the server's in ALPN (RFC 7301). Default h2, which is gRPC's.
	Protocols []string

	// Interval is how often the files are looked at. Default 5 seconds.
	Interval time.Duration

	// Logger is told what was loaded, and what could not be. nil discards it.
	Logger *slog.Logger
}

const defaultInterval = 5 * time.Second

// Certificates are a server's TLS files as they could last be used. It is safe
// for concurrent use.
//
// gRPC's certprovider/pemfile is not used: when a pair does not match it logs
// the private key, and it wants certificate and key in one folder.
type Certificates struct {
	files   TLS
	current atomic.Pointer[tls.Config]

	mu   sync.Mutex
	used *contents // guarded by mu
}

// Load reads the files, and until the context ends watches them: new
// connections get what the files hold by then, and running ones go on. Files
// that cannot be used are logged, and the former ones stay in use. At the start
// they are an error.
func Load(ctx context.Context, files TLS) (*Certificates, error) {
	if files.Cert == "" || files.Key == "" {
		return nil, errors.New("transport: TLS takes a certificate and its key, and one of them is missing")
	}
	if files.ClientCA == "" && files.ClientOptional {
		return nil, errors.New("transport: TLS.ClientOptional is of no use without ClientCA")
	}
	if len(files.Protocols) == 0 {
		files.Protocols = []string{"h2"}
	}
	files.Interval = cmp.Or(files.Interval, defaultInterval)
	if files.Logger == nil {
		files.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Certificates{files: files}
	if err := c.Reload(); err != nil {
		return nil, err
	}
	go c.watch(ctx)
	return c, nil
}

// Config is the configuration of a server's side; each handshake takes what the
// files hold at its time.
func (c *Certificates) Config() *tls.Config {
	cfg := c.base()
	cfg.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.current.Load(), nil }
	return cfg
}

// base is what holds whatever is in the files.
func (c *Certificates) base() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		// Of TLS 1.2, what HTTP/2 does not forbid (RFC 9113, appendix A). 1.3 has
		// no others.
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		NextProtos: c.files.Protocols,
		// A session that is resumed is not asked for its certificate again, so one
		// whose authority was taken out would come back.
		SessionTicketsDisabled: true,
	}
}

// Reload reads the files at once. On an error, what was in use stays.
func (c *Certificates) Reload() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	read, err := c.files.read()
	if err != nil {
		return err
	}
	return c.use(read)
}

// use takes what was read into use, unless it is already.
func (c *Certificates) use(read *contents) error {
	if read.equal(c.used) {
		return nil
	}
	cert, clients, err := c.files.parse(read)
	if err != nil {
		return err
	}
	cfg := c.base()
	cfg.Certificates = []tls.Certificate{cert}
	switch {
	case clients == nil:
	case c.files.ClientOptional:
		cfg.ClientCAs, cfg.ClientAuth = clients, tls.VerifyClientCertIfGiven
	default:
		cfg.ClientCAs, cfg.ClientAuth = clients, tls.RequireAndVerifyClientCert
	}
	c.current.Store(cfg)
	c.used = read
	log := c.files.Logger.With("cert", c.files.Cert, "expires", cert.Leaf.NotAfter)
	if time.Now().After(cert.Leaf.NotAfter) {
		log.Warn("the TLS certificate has expired; clients will refuse it")
	} else {
		log.Info("TLS certificate in use")
	}
	if others(c.files.Key) {
		c.files.Logger.Warn("every user of this machine can read the private key; chmod o-r takes that away", "key", c.files.Key)
	}
	return nil
}

// watch looks for changes. What the files hold is compared, and not when they
// were written: a mounted secret is a link that is bent.
func (c *Certificates) watch(ctx context.Context) {
	tick := time.NewTicker(c.files.Interval)
	defer tick.Stop()
	told := "" // what is wrong is told once
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := c.Reload(); err == nil {
			told = ""
		} else if text := err.Error(); text != told {
			told = text
			c.files.Logger.Error("the TLS files cannot be used; those in use stay", "error", err)
		}
	}
}
