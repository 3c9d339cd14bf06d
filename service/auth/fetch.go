package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	// maxAnswer bounds a JWK set on the wire, in bytes.
	maxAnswer = 1 << 18
	// fetchTimeout bounds one fetch.
	fetchTimeout = 10 * time.Second
	// maxETag bounds what of an answer is sent back to its server, in bytes.
	maxETag = 256
)

// answer is what a fetch brought.
type answer struct {
	set     *keySet // nil when it is the one whose ETag was sent
	skipped []error // keys of the set that cannot be used
	etag    string
	fresh   time.Duration // how long it says that it is
	dated   bool          // false when it does not say
}

// fetch gets the set once, or learns that it is still the one of an ETag, which
// is empty for none.
func (r *remote) fetch(etag string) (*answer, error) {
	ctx, cancel := context.WithTimeout(r.ctx, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	req.Header.Set("User-Agent", "rowgate")
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	a := &answer{etag: resp.Header.Get("ETag")}
	if len(a.etag) > maxETag {
		a.etag = ""
	}
	a.fresh, a.dated = freshness(resp.Header, time.Now())
	switch {
	case resp.StatusCode == http.StatusNotModified && etag != "":
		a.etag = etag
		return a, nil
	case resp.StatusCode != http.StatusOK:
		return nil, errors.New("the answer is " + resp.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxAnswer {
		return nil, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	a.set, a.skipped, err = parseKeySet(raw, published)
	return a, err
}
