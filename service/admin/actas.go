package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store"
)

// The metadata that the admin path reads beside the credential. Each may also be
// sent with -bin behind its name, for text that is not ASCII.
const (
	reasonKey    = "rowgate-reason"
	actAsKey     = "rowgate-act-as"
	requestIDKey = "x-request-id"
)

// The most bytes of each.
const (
	maxReason    = 1000
	maxRequestID = 128
	maxActAs     = 16 << 10
)

// said is what a call says of itself.
type said struct {
	reason, requestID string
	// as is whom it stands in for; nil for nobody.
	as *store.Caller
}

// read reads the metadata. What was good of it is there beside an error.
func read(ctx context.Context) (said, error) {
	var s said
	var first error
	note := func(err error) {
		if first == nil {
			first = err
		}
	}
	var err error
	if s.requestID, err = one(ctx, requestIDKey, maxRequestID); err != nil {
		note(err)
	}
	if s.reason, err = one(ctx, reasonKey, maxReason); err != nil {
		note(err)
	}
	text, err := one(ctx, actAsKey, maxActAs)
	if err != nil {
		note(err)
	} else if text != "" {
		if s.as, err = parseActAs(text); err != nil {
			note(err)
		}
	}
	return s, first
}

// one reads a value that may be there once, as text of one line.
func one(ctx context.Context, key string, most int) (string, error) {
	values := append(metadata.ValueFromIncomingContext(ctx, key), metadata.ValueFromIncomingContext(ctx, key+"-bin")...)
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1:
		return "", invalid("the metadata has " + key + " more than once")
	case len(values[0]) > most:
		return "", invalid("the metadata's " + key + " is too long")
	case !utf8.ValidString(values[0]) || strings.ContainsFunc(values[0], func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", invalid("the metadata's " + key + " is no text of one line")
	}
	return strings.TrimSpace(values[0]), nil
}

func invalid(text string) error {
	return status.New(codes.InvalidArgument, "INVALID_METADATA", text, nil)
}

var errActAs = invalid(`the metadata's rowgate-act-as is not a JSON object of a user's claims with the role as text, such as {"role":"authenticated","sub":"…"}`)

// parseActAs makes a caller of claims, as a verified token's would be. Of members
// with the same name the last one counts, for the role and for policies alike.
func parseActAs(text string) (*store.Caller, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var claims map[string]any
	if err := dec.Decode(&claims); err != nil || claims == nil {
		return nil, errActAs
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errActAs
	}
	role, ok := claims["role"].(string)
	if !ok || role == "" || isUnfit(claims) {
		return nil, errActAs
	}
	as := &store.Caller{Role: role}
	for name, into := range map[string]*string{"sub": &as.Subject, "email": &as.Email} {
		switch v := claims[name].(type) {
		case nil:
		case string:
			*into = v
		default:
			return nil, errActAs
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(claims); err != nil {
		return nil, errActAs
	}
	as.Claims = strings.TrimSuffix(out.String(), "\n")
	return as, nil
}

// isUnfit says whether there is a character in the text that Postgres cannot
// store, or a number that jsonb cannot hold.
func isUnfit(value any) bool {
	switch v := value.(type) {
	case json.Number:
		_, err := v.Float64()
		return err != nil
	case string:
		return strings.ContainsRune(v, 0)
	case []any:
		for _, item := range v {
			if isUnfit(item) {
				return true
			}
		}
	case map[string]any:
		for name, item := range v {
			if isUnfit(name) || isUnfit(item) {
				return true
			}
		}
	}
	return false
}
