package service_test

import (
	"encoding/json"
	"fmt"
	"strings"
)

// The functions below turn what psql prints of values with parts into JSON.

// part is an attribute of a composite type, or whatever else has a name.
type part struct {
	name string
	json func(text string) string
}

// asRecord is for composite values: (1,"a b"). A NULL attribute is left out.
// https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX
func asRecord(parts ...part) func(string) string {
	return func(text string) string {
		items := outItems(text[1 : len(text)-1])
		var fields []string
		for i, p := range parts {
			if items[i] != null {
				fields = append(fields, fmt.Sprintf("%q:%s", p.name, p.json(items[i])))
			}
		}
		return "{" + strings.Join(fields, ",") + "}"
	}
}

// outItems splits what stands within a record or a range: items with commas
// between, in quotes where they have to be, nothing at all for none.
func outItems(text string) []string {
	var items []string
	for {
		var item strings.Builder
		quoted, any, i := false, false, 0
		for ; i < len(text) && (quoted || text[i] != ','); i++ {
			switch c := text[i]; {
			case c == '"' && quoted && i+1 < len(text) && text[i+1] == '"', c == '\\':
				i++
				item.WriteByte(text[i])
			case c == '"':
				quoted, any = !quoted, true
			default:
				any = true
				item.WriteByte(c)
			}
		}
		if any {
			items = append(items, item.String())
		} else {
			items = append(items, null)
		}
		if i == len(text) {
			return items
		}
		text = text[i+1:]
	}
}

// boundsNames are the values of rowgate.v1.Bounds by a range's brackets.
var boundsNames = map[string]string{
	"[)": "BOUNDS_INCLUSIVE_EXCLUSIVE", "[]": "BOUNDS_INCLUSIVE", "()": "BOUNDS_EXCLUSIVE", "(]": "BOUNDS_EXCLUSIVE_INCLUSIVE",
}

// asRange is for ranges: [1,5), (,), empty.
func asRange(bound func(string) string) func(string) string {
	return func(text string) string {
		if text == "empty" {
			return `{"empty":true}`
		}
		end := len(text) - 1
		items := outItems(text[1:end])
		fields := fmt.Sprintf(`"bounds":%q`, boundsNames[text[:1]+text[end:]])
		for i, name := range []string{"lower", "upper"} {
			if items[i] != null {
				fields += fmt.Sprintf(",%q:%s", name, bound(items[i]))
			}
		}
		return "{" + fields + "}"
	}
}

// asMultirange is for multiranges: {[1,5),[7,8)}.
func asMultirange(bound func(string) string) func(string) string {
	return func(text string) string {
		var ranges []string
		start, quoted := 0, false
		for i := range len(text) {
			switch c := text[i]; {
			case c == '"':
				quoted = !quoted
			case quoted:
			case c == '[' || c == '(':
				start = i
			case c == ']' || c == ')':
				ranges = append(ranges, asRange(bound)(text[start:i+1]))
			}
		}
		return "[" + strings.Join(ranges, ",") + "]"
	}
}

// asMap is for hstore: "a"=>"b", "c"=>"d".
func asMap(text string) string {
	fields := strings.ReplaceAll(text, "=>", ":")
	var all map[string]string
	if err := json.Unmarshal([]byte("{"+fields+"}"), &all); err != nil {
		panic(err)
	}
	data, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// recordOf writes a composite value as record_out does.
func recordOf(items ...string) string {
	all := make([]string, len(items))
	for i, item := range items {
		switch {
		case item == null:
		case item == "" || strings.ContainsAny(item, `(),"\`+" \t\n\r\v\f"):
			all[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `""`).Replace(item) + `"`
		default:
			all[i] = item
		}
	}
	return "(" + strings.Join(all, ",") + ")"
}
