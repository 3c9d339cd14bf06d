package transport

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"runtime"
)

// contents are the bytes of the files.
type contents struct{ cert, key, clientCA []byte }

func (c *contents) equal(other *contents) bool {
	return other != nil && bytes.Equal(c.cert, other.cert) && bytes.Equal(c.key, other.key) && bytes.Equal(c.clientCA, other.clientCA)
}

func (t TLS) read() (*contents, error) {
	var c contents
	for _, f := range []struct {
		path string
		into *[]byte
	}{{t.Cert, &c.cert}, {t.Key, &c.key}, {t.ClientCA, &c.clientCA}} {
		if f.path == "" {
			continue
		}
		read, err := os.ReadFile(f.path)
		if err != nil {
			return nil, fmt.Errorf("transport: %w", err)
		}
		*f.into = read
	}
	return &c, nil
}

// parse turns the files into what TLS uses. clients is nil when none are asked
// for a certificate.
func (t TLS) parse(c *contents) (cert tls.Certificate, clients *x509.CertPool, err error) {
	cert, err = tls.X509KeyPair(c.cert, c.key)
	if err != nil {
		return cert, nil, fmt.Errorf("transport: %s with the key %s: %w", t.Cert, t.Key, err)
	}
	if t.ClientCA == "" {
		return cert, nil, nil
	}
	clients, err = parsePool(c.clientCA)
	if err != nil {
		return cert, nil, fmt.Errorf("transport: %s: %w", t.ClientCA, err)
	}
	return cert, clients, nil
}

// parsePool reads certificates. Unlike AppendCertsFromPEM it skips none that it
// cannot read: the clients of that authority would be refused without a word.
func parsePool(text []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	n := 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		n++
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", n, err)
		}
		pool.AddCert(cert)
	}
	if n == 0 {
		return nil, errors.New("holds no certificate")
	}
	return pool, nil
}

// others says whether users who are neither the file's owner nor of its group
// can read it. Where files have no such modes nobody can tell.
func others(path string) bool {
	info, err := os.Stat(path)
	return err == nil && runtime.GOOS != "windows" && info.Mode()&0o004 != 0
}
