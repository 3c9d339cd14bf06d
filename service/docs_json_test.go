package service_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func jsonValues(text string) (values []any, err error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	for {
		var v any
		if err := dec.Decode(&v); errors.Is(err, io.EOF) {
			return values, nil
		} else if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
}

// docsNames are the titles or names of the rows that a list has answered.
func docsNames(answers []any) (names []string) {
	for _, answer := range answers {
		for _, rows := range answer.(map[string]any) {
			list, _ := rows.([]any)
			for _, row := range list {
				members := row.(map[string]any)
				for _, name := range []string{"title", "name"} {
					if text, ok := members[name].(string); ok {
						names = append(names, text)
					}
				}
			}
		}
	}
	return names
}

// fillIn puts members of the answer before into a request.
func fillIn(t *testing.T, v, before any) any {
	t.Helper()
	switch v := v.(type) {
	case string:
		name, found := strings.CutPrefix(v, "$")
		if !found {
			return v
		}
		members, _ := before.(map[string]any)
		value, found := members[name]
		if !found {
			t.Fatalf("the answer before has no %s", name)
		}
		return value
	case []any:
		filled := make([]any, len(v))
		for i := range v {
			filled[i] = fillIn(t, v[i], before)
		}
		return filled
	case map[string]any:
		filled := make(map[string]any, len(v))
		for name := range v {
			filled[name] = fillIn(t, v[name], before)
		}
		return filled
	}
	return v
}

// masks writes a request's masks as protojson reads them. grpcurl takes them as
// the messages that they are.
func masks(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = masks(v[i])
		}
	case map[string]any:
		for name := range v {
			mask, is := v[name].(map[string]any)
			if is = is && slices.Contains([]string{"read_mask", "update_mask", "aggregates", "update"}, name); !is {
				v[name] = masks(v[name])
				continue
			}
			var paths []string
			list, _ := mask["paths"].([]any)
			for _, path := range list {
				paths = append(paths, underscore.ReplaceAllStringFunc(path.(string), func(s string) string { return strings.ToUpper(s[1:]) }))
			}
			v[name] = strings.Join(paths, ",")
		}
	}
	return v
}

var underscore = regexp.MustCompile(`_[a-z]`)

// asShown tells whether a value is as shown.
func asShown(shown, got any) bool {
	switch shown := shown.(type) {
	case string:
		if shown == "…" {
			return true
		}
		text, ok := got.(string)
		return ok && textAsShown(shown, text)
	case []any:
		list, ok := got.([]any)
		return ok && slices.EqualFunc(shown, list, asShown)
	case map[string]any:
		members, ok := got.(map[string]any)
		if !ok {
			return false
		}
		for name, value := range shown {
			if is, found := members[name]; name != "…" && (!found || !asShown(value, is)) {
				return false
			}
		}
		_, others := shown["…"]
		return others || len(slices.Collect(maps.Keys(members))) == len(shown)
	}
	return shown == got
}

// textAsShown tells whether a text is as shown, where "…" is any.
func textAsShown(shown, got string) bool {
	parts := strings.Split(shown, "…")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile(`(?s)^` + strings.Join(parts, ".*") + `$`).MatchString(got)
}
