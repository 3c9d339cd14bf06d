package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
)

// maxDate is the last second of the year 9999.
const maxDate = 253402300799

// claimSet is the claims of a token whose signature is good.
type claimSet map[string]any

// parseClaims reads the claims. Of members with the same name the last one
// counts, as RFC 7519, section 4, allows. Numbers keep their text.
func parseClaims(raw []byte) (claimSet, error) {
	if !json.Valid(raw) {
		return nil, malformed(errors.New("the claims are not JSON"))
	}
	if err := checkText(raw); err != nil {
		return nil, unauthenticated("TOKEN_CLAIMS", "the token's claims hold text that the database cannot store", err)
	}
	var claims claimSet
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&claims); err != nil || claims == nil {
		return nil, unauthenticated("TOKEN_MALFORMED", "the token's claims are not a JSON object", err)
	}
	return claims, nil
}

// json writes the claims with sorted members, and without the escapes that
// Go makes for HTML.
func (c claimSet) json() (string, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(map[string]any(c)); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(out.Bytes(), []byte("\n"))), nil
}

// text returns a claim that must be a string when it is there. null is not
// there, as it is for Postgres's ->> operator.
func (c claimSet) text(name string) (value string, ok bool, err error) {
	switch v := c[name].(type) {
	case nil:
		return "", false, nil
	case string:
		return v, true, nil
	}
	return "", false, unauthenticated("TOKEN_CLAIMS", "the token's "+name+" claim is not a string", nil)
}

// date returns a NumericDate claim (RFC 7519, section 2) in milliseconds since
// 1970.
func (c claimSet) date(name string) (ms int64, ok bool, err error) {
	v, there := c[name]
	if !there || v == nil {
		return 0, false, nil
	}
	if number, isNumber := v.(json.Number); isNumber {
		seconds, err := strconv.ParseFloat(number.String(), 64)
		if err == nil && seconds >= 0 && seconds <= maxDate {
			return int64(math.Floor(seconds * 1000)), true, nil
		}
	}
	return 0, false, unauthenticated("TOKEN_CLAIMS", "the token's "+name+" claim is not a date in seconds since 1970", nil)
}

// audiences returns the aud claim, which is a string or a list of strings.
func (c claimSet) audiences() ([]string, error) {
	switch v := c["aud"].(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case []any:
		all := make([]string, 0, len(v))
		for _, item := range v {
			s, ok := item.(string)
			if !ok {
				return nil, errors.New("an item of aud is not a string")
			}
			all = append(all, s)
		}
		return all, nil
	}
	return nil, errors.New("aud is neither a string nor a list")
}
