package service_test

import (
	"fmt"
	"strings"
)

// The functions below turn what psql prints of arrays into JSON, and write
// arrays as psql prints them.

// each is for an array of one dimension, whose items are in the form of item.
func each(item func(string) string) func(string) string { return eachBetween(',', item) }

// eachBetween is each for types whose arrays have another mark between items.
func eachBetween(mark byte, item func(string) string) func(string) string {
	return func(text string) string {
		items := []string{}
		for _, one := range arrayItems(mark, text) {
			items = append(items, item(one))
		}
		return "[" + strings.Join(items, ",") + "]"
	}
}

// arrayItems splits an array as array_out writes it: {a,"b \"c\""}, with the
// bounds before it where they are not from 1.
// https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
func arrayItems(mark byte, text string) []string {
	text = strings.TrimSuffix(text[strings.Index(text, "{")+1:], "}")
	var items []string
	for text != "" {
		var item strings.Builder
		quoted := text[0] == '"'
		i := 0
		if quoted {
			i = 1
		}
		for ; i < len(text); i++ {
			if quoted && text[i] == '"' {
				i++
				break
			}
			if !quoted && text[i] == mark {
				break
			}
			if text[i] == '\\' {
				i++
			}
			item.WriteByte(text[i])
		}
		items = append(items, item.String())
		text = strings.TrimPrefix(text[i:], string(mark))
	}
	return items
}

// asArray is for arrays in a rowgate.v1.Array, with the items as strings.
func asArray(item func(string) string) func(string) string {
	return func(text string) string {
		var sizes, lowers []string
		bounds, body, explicit := strings.Cut(text, "=")
		if !explicit || strings.HasPrefix(text, "{") {
			bounds, body = "", text
		}
		for bounds != "" {
			var lower, upper int
			one, rest, _ := strings.Cut(bounds, "]")
			if _, err := fmt.Sscanf(one, "[%d:%d", &lower, &upper); err != nil {
				panic(err)
			}
			sizes, lowers = append(sizes, fmt.Sprint(upper-lower+1)), append(lowers, fmt.Sprint(lower))
			bounds = rest
		}
		items, counts := deepItems(body)
		if len(items) == 0 {
			return "{}"
		}
		if len(sizes) == 0 {
			for _, n := range counts {
				sizes, lowers = append(sizes, fmt.Sprint(n)), append(lowers, "1")
			}
		}
		var dimensions, elements []string
		for i := range sizes {
			dimensions = append(dimensions, fmt.Sprintf(`{"size":%s,"lowerBound":%s}`, sizes[i], lowers[i]))
		}
		for _, one := range items {
			if one == null {
				elements = append(elements, "{}")
			} else {
				elements = append(elements, `{"value":`+item(one)+`}`)
			}
		}
		return fmt.Sprintf(`{"dimensions":[%s],"elements":[%s]}`, strings.Join(dimensions, ","), strings.Join(elements, ","))
	}
}

// deepItems are the items of an array of any number of dimensions, and how many
// there are along each.
func deepItems(text string) (items []string, counts []int) {
	total := []int{} // of items at each depth, the arrays at the others
	depth := 0
	var item strings.Builder
	quoted, any, was := false, false, false
	end := func() {
		if any {
			one := item.String()
			if one == "NULL" && !was {
				one = null
			}
			items = append(items, one)
			total[depth-1]++
			item.Reset()
			any, was = false, false
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
			item.WriteByte(text[i])
		case c == '"':
			quoted, any, was = !quoted, true, true
		case quoted:
			item.WriteByte(c)
		case c == '{':
			if depth > 0 {
				total[depth-1]++
			}
			if depth++; depth > len(total) {
				total = append(total, 0)
			}
		case c == '}':
			end()
			depth--
		case c == ',':
			end()
		default:
			any = true
			item.WriteByte(c)
		}
	}
	before := 1
	for _, n := range total {
		counts = append(counts, n/before)
		before = n
	}
	return items, counts
}

// arrayOf writes an array of one dimension as array_out does.
func arrayOf(items ...string) string { return arrayBetween(',', items...) }

// arrayBetween is arrayOf with another mark between items.
func arrayBetween(mark byte, items ...string) string {
	all := make([]string, len(items))
	for i, item := range items {
		if item == null {
			all[i] = "NULL"
			continue
		}
		all[i] = item
		if item == "" || strings.EqualFold(item, "NULL") || strings.ContainsAny(item, string(mark)+`{}"\`+" \t\n\r\v\f") {
			all[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(item) + `"`
		}
	}
	return "{" + strings.Join(all, string(mark)) + "}"
}
