package protogen

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"

	pluralize "github.com/gertd/go-pluralize"
	"github.com/mozillazg/go-unidecode"
)

// words takes an identifier of Postgres apart: at what is neither a letter nor
// a digit, and where small letters meet capitals. Other scripts are written in
// Latin letters. A name of which nothing is left gets one made of its hash,
// so that it stays the same wherever it is pulled.
func words(name string) []string {
	var all []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			all = append(all, strings.ToLower(string(word)))
			word = nil
		}
	}
	runes := []rune(unidecode.Unidecode(name))
	for i, r := range runes {
		if r >= unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end()
			continue
		}
		if i > 0 && unicode.IsUpper(r) {
			small := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if !unicode.IsUpper(runes[i-1]) || small {
				end()
			}
		}
		word = append(word, r)
	}
	end()
	if len(all) == 0 {
		h := fnv.New32a()
		_, _ = h.Write([]byte(name)) // never fails
		return []string{fmt.Sprintf("x%08x", h.Sum32())}
	}
	if unicode.IsDigit(rune(all[0][0])) {
		all[0] = "x" + all[0]
	}
	return all
}

// snake writes words as a field's name: order_items.
func snake(words []string) string { return strings.Join(words, "_") }

// camel writes words as a message's name: OrderItems.
func camel(words []string) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	return b.String()
}

// upper writes words as an enum value's name: ORDER_ITEMS.
func upper(words []string) string { return strings.ToUpper(snake(words)) }

// valuePrefix is what the names of an enum's values begin with, as buf's linter
// makes it of the enum's name: a capital begins a word when a small letter
// stands before or behind it.
func valuePrefix(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := rune(name[i])
		before, behind := i > 0 && unicode.IsLower(rune(name[i-1])), i+1 < len(name) && unicode.IsLower(rune(name[i+1]))
		if i > 0 && unicode.IsUpper(c) && (before || behind) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(c))
	}
	return b.String()
}

var plurals = func() *pluralize.Client {
	c := pluralize.NewClient()
	// What English calls a plural and databases do not.
	for _, w := range []string{"data", "metadata", "media", "criteria", "agenda", "info"} {
		c.AddUncountableRule(w)
	}
	return c
}()

// singular and plural change the last word.
func singular(words []string) []string { return lastWord(words, plurals.Singular) }
func plural(words []string) []string   { return lastWord(words, plurals.Plural) }

func lastWord(words []string, f func(string) string) []string {
	last := len(words) - 1
	changed := strings.ToLower(f(words[last]))
	if changed == "" {
		return words
	}
	return append(append([]string{}, words[:last]...), changed)
}

// article is the indefinite article of a word.
func article(word string) string {
	if word != "" && strings.ContainsRune("aeio", rune(word[0])) {
		return "an"
	}
	return "a"
}

// scope is a set of names that may not meet: those of a package, or of a
// message's fields. Names meet when they differ in case and underscores only,
// since JSON names and file systems know no more.
type scope map[string]bool

func folded(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}

func (s scope) add(names ...string) {
	for _, n := range names {
		s[folded(n)] = true
	}
}

func (s scope) has(name string) bool { return s[folded(name)] }

// stubs are a service's name and what the generators for Go make of it: a
// message that had such a name would not compile beside it.
func stubs(service string) []string {
	return []string{
		service, service + "Client", "New" + service + "Client",
		service + "Server", "Unimplemented" + service + "Server", "Unsafe" + service + "Server", "Register" + service + "Server",
		"Register" + service + "Handler", "Register" + service + "HandlerClient", "Register" + service + "HandlerServer", "Register" + service + "HandlerFromEndpoint",
	}
}

// methodsInGo are fields that would be called as a method that every message
// has in Go. protoc-gen-go calls them otherwise, and grpc-gateway's generator
// does not know that: no path and no body may name them.
var methodsInGo = map[string]bool{
	"reset": true, "string": true, "proto_message": true, "marshal": true, "unmarshal": true,
	"extension_range_array": true, "extension_map": true, "descriptor": true,
}

// unique returns the first of name, name2, name3 and so on for which free
// holds of everything that is made of it.
func unique(name, separator string, free func(string) bool) string {
	candidate := name
	for i := 2; !free(candidate); i++ {
		candidate = fmt.Sprintf("%s%s%d", name, separator, i)
	}
	return candidate
}
