package filter

import (
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// scanned is a filter without its values: names, operators and parentheses for
// the parser, with a placeholder for each value or list of values. The parser
// would turn a number into a float64, knows neither exponents nor timestamps
// without quotes, and takes its time with long lists.
type scanned struct {
	text    string // as the client sent it
	masked  string
	marks   []mark // of each token, in their order
	lists   [][]literal
	pending bool // the values behind a comma join the list before
}

// mark says where in the client's text a token of the masked one stood.
type mark struct{ masked, text int }

// placeholder begins the name that a list of values has for the parser; its
// number follows. It is of Unicode's private use, and refused in a filter's names.
const placeholder = '\uE000'

// tokensPerTerm bounds the masked text: a term is a path, an operator, a value
// and what joins it to the next.
const tokensPerTerm = 16

type scanner struct {
	scanned
	limits                Limits
	out                   strings.Builder
	last                  token
	open                  []paren
	space                 bool // stood before the token
	tokens, terms, values int
}

type token uint8

const (
	nothing token = iota
	word
	value
	keyword
	comparator
	comma
	other
)

// paren is an open parenthesis: where it stands, and what is within.
type paren struct {
	at   int
	what within
}

type within uint8

const (
	inCondition within = iota
	inArguments
	inValues
)

// scan takes the values out of a filter and holds it against the limits, in one
// pass.
func scan(text string, limits Limits, p *Params) (*scanned, error) {
	if len(text) > limits.Bytes {
		return nil, &Error{Text: "is longer than " + strconv.Itoa(limits.Bytes) + " bytes"}
	}
	if !utf8.ValidString(text) {
		return nil, &Error{Text: "is not valid UTF-8"}
	}
	s := &scanner{scanned: scanned{text: text}, limits: limits, terms: p.terms, values: p.values}
	for at := 0; at < len(text); {
		next, err := s.token(at)
		if err != nil {
			return nil, err
		}
		at = next
	}
	if n := len(s.open); n > 0 {
		return nil, fault(text, s.open[n-1].at, "has a parenthesis that is not closed")
	}
	s.masked, p.terms, p.values = s.out.String(), s.terms, s.values
	return &s.scanned, nil
}

// token reads the token that begins at a byte, and returns where the next does.
func (s *scanner) token(at int) (int, error) {
	r, size := utf8.DecodeRuneInString(s.text[at:])
	if unicode.IsSpace(r) {
		s.space = true
		return at + size, nil
	}
	switch r {
	case '"', '\'':
		return s.quoted(at)
	case '(':
		return at + 1, s.opening(at)
	case ')':
		if len(s.open) == 0 {
			return 0, fault(s.text, at, "has a closing parenthesis too many")
		}
		s.open = s.open[:len(s.open)-1]
		return at + 1, s.emit(other, ")", at)
	case ',':
		// Whether values follow, which join the list, is not known yet.
		if s.last == value && s.within() == inArguments && !s.pending {
			s.pending, s.space = true, false
			return at + 1, nil
		}
		return at + 1, s.emit(comma, ",", at)
	case '=', ':', '<', '>', '!':
		if !s.expectsValue() {
			return s.comparator(at)
		}
	}
	if s.expectsValue() {
		return s.bare(at)
	}
	if r == '.' || r == '-' {
		return at + 1, s.emit(other, string(r), at)
	}
	return s.word(at)
}

func (s *scanner) within() within {
	if len(s.open) == 0 {
		return inCondition
	}
	return s.open[len(s.open)-1].what
}

// expectsValue says whether what follows is a value, quoted or not, rather than
// a name: behind a comparator, and in a function behind its first argument.
func (s *scanner) expectsValue() bool {
	switch s.within() {
	case inValues:
		return true
	case inArguments:
		return s.last == comma || s.pending || s.last == comparator
	default:
		return s.last == comparator
	}
}

func (s *scanner) comparator(at int) (int, error) {
	size := 1
	if strings.HasPrefix(s.text[at+1:], "=") && strings.IndexByte("<>!", s.text[at]) >= 0 {
		size = 2
	} else if s.text[at] == '!' {
		return 0, fault(s.text, at, `has a "!" that no "=" follows; NOT stands for not`)
	}
	if err := s.term(at); err != nil {
		return 0, err
	}
	return at + size, s.emit(comparator, s.text[at:at+size], at)
}

func (s *scanner) term(at int) error {
	if s.terms++; s.terms > s.limits.Terms {
		return fault(s.text, at, "has more than %d comparisons and functions; a list of values is in(field, value, ...)", s.limits.Terms)
	}
	return nil
}

func (s *scanner) opening(at int) error {
	if len(s.open) == s.limits.Depth {
		return fault(s.text, at, "is nested more than %d deep", s.limits.Depth)
	}
	p := paren{at: at}
	switch {
	case s.last == word && !s.space:
		p.what = inArguments
		if err := s.term(at); err != nil {
			return err
		}
	case s.last == comparator, s.within() == inValues:
		p.what = inValues
	}
	if s.last == keyword {
		s.space = true // NOT(a) would be a function
	}
	err := s.emit(other, "(", at)
	s.open = append(s.open, p)
	return err
}

func (s *scanner) quoted(at int) (int, error) {
	size := quotedLength(s.text[at:])
	if size == 0 {
		return 0, fault(s.text, at, "has a quoted text that does not end")
	}
	return at + size, s.literal(literal{raw: s.text[at+1 : at+size-1], quoted: true, at: at})
}

// bare reads a value without quotes, such as 1.5e9 or 2024-05-01T00:00:00Z, or
// the name of a function that stands for one.
func (s *scanner) bare(at int) (int, error) {
	end := at + upTo(s.text[at:], `(),"'<>=!`)
	text := s.text[at:end]
	switch {
	case text == "":
		return 0, fault(s.text, at, "has %s where a value is expected", Shown(s.text[at:at+1]))
	case s.within() == inValues && (text == "AND" || text == "OR" || text == "NOT"):
		return end, s.emit(keyword, text, at)
	case strings.HasPrefix(s.text[end:], "("):
		return s.word(at)
	}
	return end, s.literal(literal{raw: text, at: at})
}

// upTo is the length of what stands before a blank or one of some characters.
func upTo(s, characters string) int {
	end := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(characters, r) })
	if end < 0 {
		return len(s)
	}
	return end
}

func (s *scanner) literal(l literal) error {
	if s.values++; s.values > s.limits.Values {
		return fault(s.text, l.at, "has more than %d values", s.limits.Values)
	}
	if s.pending {
		s.pending, s.space = false, false
		s.lists[len(s.lists)-1] = append(s.lists[len(s.lists)-1], l)
		return nil
	}
	s.lists = append(s.lists, []literal{l})
	return s.emit(value, string(placeholder)+strconv.Itoa(len(s.lists)-1), l.at)
}

// word reads a name, a step of a path or a keyword.
func (s *scanner) word(at int) (int, error) {
	end := at + upTo(s.text[at:], `()-.=:<>!,"'`)
	text, kind := s.text[at:end], word
	// The parser takes the replacement character for an error of its own.
	if i := strings.IndexAny(text, string(placeholder)+string(utf8.RuneError)); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		return 0, fault(s.text, at+i, "has the character %U, which stands for nothing; quote it", r)
	}
	if text == "" {
		return 0, fault(s.text, at, "has %s where a name is expected", Shown(s.text[at:at+1]))
	}
	switch text {
	case "AND", "OR", "NOT":
		kind = keyword
	case "FUZZY": // the parser's own name for AND
		if strings.HasPrefix(s.text[end:], "(") {
			return 0, unknownFunction(s.text, at, text)
		}
	}
	return end, s.emit(kind, text, at)
}

func (s *scanner) emit(kind token, text string, at int) error {
	if s.pending {
		s.pending = false
		if err := s.emit(comma, ",", at); err != nil {
			return err
		}
	}
	if s.tokens++; s.tokens > s.limits.Terms*tokensPerTerm {
		return fault(s.text, at, "has too many words for %d comparisons and functions", s.limits.Terms)
	}
	names := func(t token) bool { return t == word || t == value || t == keyword }
	switch {
	case s.space && s.out.Len() > 0:
		s.out.WriteByte(' ')
	case names(kind) && names(s.last):
		return fault(s.text, at, "lacks a blank before %s", Shown(s.text[at:min(at+10, len(s.text))]))
	}
	s.marks = append(s.marks, mark{s.out.Len(), at})
	s.out.WriteString(text)
	s.last, s.space = kind, false
	return nil
}

// index is the token that begins at a byte of the masked text, or behind it.
func (s *scanned) index(masked int) int {
	return sort.Search(len(s.marks), func(i int) bool { return s.marks[i].masked >= masked })
}

// at is where in the client's text a token stood; its end for none.
func (s *scanned) at(token int) int {
	if token >= len(s.marks) {
		return len(s.text)
	}
	return s.marks[token].text
}

// list returns the values that a name is the placeholder of, or nil.
func (s *scanned) list(name string) []literal {
	number, ok := strings.CutPrefix(name, string(placeholder))
	if !ok {
		return nil
	}
	if i, err := strconv.Atoi(number); err == nil && i < len(s.lists) {
		return s.lists[i]
	}
	return nil
}
