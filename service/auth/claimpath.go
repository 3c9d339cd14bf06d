package auth

import (
	"errors"
	"fmt"
	"strings"
)

// claimPath is the names of the members that lead to a claim, outermost first.
type claimPath []string

// pointerEscape and pointerUnescape write and read the reference tokens of a
// JSON Pointer (RFC 6901, section 3).
var (
	pointerEscape   = strings.NewReplacer("~", "~0", "/", "~1")
	pointerUnescape = strings.NewReplacer("~1", "/", "~0", "~")
)

// parseClaimPath reads names with dots between, or a JSON Pointer when the text
// begins with a slash. A slash or a colon in the first form is most likely a
// name that is a URL, whose dots separate nothing, so it is refused.
func parseClaimPath(text string) (claimPath, error) {
	if text == "" {
		return nil, errors.New("is empty")
	}
	if rest, pointer := strings.CutPrefix(text, "/"); pointer {
		names := strings.Split(rest, "/")
		for i, name := range names {
			if strings.Count(name, "~") != strings.Count(name, "~0")+strings.Count(name, "~1") {
				return nil, fmt.Errorf("%.100q is no JSON Pointer: ~ stands before 0 or 1 alone", text)
			}
			names[i] = pointerUnescape.Replace(name)
		}
		return names, nil
	}
	if strings.ContainsAny(text, "/:") {
		return nil, fmt.Errorf("%.100q has a slash or a colon: if it is one name, write it as the JSON Pointer %q", text, "/"+pointerEscape.Replace(text))
	}
	names := strings.Split(text, ".")
	for _, name := range names {
		if name == "" {
			return nil, fmt.Errorf("%.100q has an empty name between its dots", text)
		}
	}
	return names, nil
}

// lookup returns what is at a path, and false when there is nothing. Lists are
// not entered.
func (p claimPath) lookup(claims claimSet) (any, bool) {
	var at any = map[string]any(claims)
	for _, name := range p {
		object, ok := at.(map[string]any)
		if !ok {
			return nil, false
		}
		if at, ok = object[name]; !ok {
			return nil, false
		}
	}
	return at, true
}
