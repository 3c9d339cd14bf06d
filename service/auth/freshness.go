package auth

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// freshness is how long an answer says that it is fresh (RFC 9111, section
// 4.2): max-age of Cache-Control, or else Expires, less the time that caches on
// the way had it. 0 is an answer that is stale already or must not be kept, and
// false one that says nothing. s-maxage is for shared caches, which this is not.
func freshness(h http.Header, now time.Time) (fresh time.Duration, ok bool) {
	if fresh, ok = lifetime(h, now); !ok {
		return 0, false
	}
	if age, valid := seconds(h.Get("Age")); valid {
		fresh -= age
	}
	return max(fresh, 0), true
}

func lifetime(h http.Header, now time.Time) (life time.Duration, ok bool) {
	for _, directive := range strings.Split(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "no-store", "no-cache":
			return 0, true
		case "max-age":
			// Of several the shortest counts, and one that cannot be read is none.
			age, valid := seconds(strings.Trim(strings.TrimSpace(value), `"`))
			if !valid {
				return 0, true
			}
			if !ok || age < life {
				life, ok = age, true
			}
		}
	}
	if ok {
		return life, true
	}
	if _, there := h["Expires"]; !there {
		return 0, false
	}
	// A date that cannot be read, such as 0, is in the past (section 5.3).
	expires, err := http.ParseTime(h.Get("Expires"))
	if err != nil {
		return 0, true
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(expires.Sub(now), 0), true
}

// seconds reads delta-seconds (section 1.2.2), in which what is too large is
// very long.
func seconds(text string) (time.Duration, bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	const most = 1 << 31
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > most {
		n = most
	}
	return time.Duration(n) * time.Second, true
}
