package differential_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// random is what everything is drawn from, so that a seed tells a whole run.
type random struct{ *rand.Rand }

func newRandom(seed uint64) *random { return &random{rand.New(rand.NewPCG(seed, 0x726f7767617465))} }

// percent says yes so often.
func (r *random) percent(n int) bool { return r.IntN(100) < n }

// between is a whole number of a range, both ends included.
func (r *random) between(low, high int) int { return low + r.IntN(high-low+1) }

func pick[T any](r *random, of []T) T { return of[r.IntN(len(of))] }

// some picks each with a probability in percent.
func some[T any](r *random, percent int, of []T) []T {
	var all []T
	for _, one := range of {
		if r.percent(percent) {
			all = append(all, one)
		}
	}
	return all
}

// kind is a type that columns have. Values are what a request's JSON has:
// int64, float64, string, bool, []any or map[string]any.
type kind struct {
	name, sql string
	value     func(r *random) any
	// compared are the operators that a filter has for it; ordered says that
	// order_by takes it, and summed that sum, avg and increment do.
	compared        string
	ordered, summed bool
	appended        bool
}

var words = []string{"a", "b", "c", "ab", "bc", "x y", "O'Neil", `q"t`, "äö", "zz", "%", "a_c"}

func uuidOf(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n) }

var kinds = []*kind{
	{"i", "integer", func(r *random) any {
		if r.percent(3) {
			return int64(2147483640)
		}
		return int64(r.between(-4, 20))
	}, "=!<>", true, true, false},
	{"l", "bigint", func(r *random) any { return int64(r.between(-2, 9)) * 1_000_000_007 }, "=!<>", true, true, false},
	{"n", "numeric(12,2)", func(r *random) any { return fmt.Sprintf("%d.%02d", r.between(-3, 50), r.IntN(100)) }, "=!<>", true, true, false},
	{"d", "double precision", func(r *random) any { return float64(r.between(-8, 40)) / 4 }, "=!<>", true, true, false},
	{"s", "text", func(r *random) any { return pick(r, words) }, "=!<>*:", true, false, true},
	{"b", "boolean", func(r *random) any { return r.percent(50) }, "=!", true, false, false},
	{"u", "uuid", func(r *random) any { return uuidOf(r.between(1, 6)) }, "=!", true, false, false},
	{"t", "timestamptz", func(r *random) any {
		return fmt.Sprintf("2026-%02d-%02dT%02d:00:00.%06dZ", r.between(1, 12), r.between(1, 28), r.IntN(24), r.IntN(3)*250000)
	}, "=!<>", true, false, false},
	{"y", "date", func(r *random) any { return fmt.Sprintf("2026-%02d-%02d", r.between(1, 12), r.between(1, 28)) }, "=!<>", true, false, false},
	{"e", "public.mood", func(r *random) any { return pick(r, moods) }, "=!<>", true, false, false},
	{"a", "text[]", func(r *random) any {
		all := []any{}
		for range r.IntN(4) {
			all = append(all, pick(r, words))
		}
		return all
	}, "a", false, false, true},
	{"j", "jsonb", func(r *random) any {
		all := map[string]any{}
		for _, k := range some(r, 60, []string{"a", "b", "c"}) {
			all[k] = pick(r, []any{int64(1), int64(2), "x", true, "y"})
		}
		return all
	}, "j", false, false, false},
}

// moods are the labels of the schema's enum, in its order.
var moods = []string{"good", "so so", "bad"}

func kindOf(name string) *kind {
	for _, k := range kinds {
		if k.name == name {
			return k
		}
	}
	panic("no kind " + name)
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// literal writes a value as SQL; nil is NULL.
func (k *kind) literal(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = quote(item.(string))
		}
		return "array[" + strings.Join(items, ", ") + "]::text[]"
	case map[string]any:
		return quote(toJSON(v)) + "::jsonb"
	case string:
		return quote(v) + "::" + k.sql
	case bool:
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("(%v)::%s", v, k.sql)
}

// isZero says that a value is the one that a field without presence cannot send.
func isZero(v any) bool {
	switch v := v.(type) {
	case int64:
		return v == 0
	case float64:
		return v == 0
	case string:
		return v == ""
	case bool:
		return !v
	case []any:
		return len(v) == 0
	}
	return false
}

func toJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}
