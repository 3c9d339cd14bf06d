package wire

// jsonDepth is how deep JSON may be nested, in both directions. Many protobuf
// parsers give up long before (100 messages in C++ and Java, three of which
// make a level of google.protobuf.Value), Go's at 10,000.
const jsonDepth = 1000

// jsonbVersion is the byte before the text in jsonb's binary form.
const jsonbVersion = 1

// jsonValue plans json as a google.protobuf.Value.
func jsonValue(*binding) (conv, error) {
	return conv{readJSONValue, func(dst []byte, _ uint64, msg []byte) ([]byte, error) {
		return appendValueJSON(dst, msg, false)
	}}, nil
}

// jsonbValue plans jsonb as a google.protobuf.Value.
func jsonbValue(*binding) (conv, error) {
	return conv{func(dst, src []byte) ([]byte, error) {
		if len(src) < 1 || src[0] != jsonbVersion {
			return dst, errForm
		}
		return readJSONValue(dst, src[1:])
	}, func(dst []byte, _ uint64, msg []byte) ([]byte, error) {
		return appendValueJSON(append(dst, jsonbVersion), msg, true)
	}}, nil
}

// jsonText plans json as its exact text, in a string or bytes.
func jsonText(*binding) (conv, error) {
	return conv{readText, func(dst []byte, _ uint64, b []byte) ([]byte, error) {
		if err := checkJSON(b, false); err != nil {
			return dst, err
		}
		return append(dst, b...), nil
	}}, nil
}

// jsonbText plans jsonb as the text that Postgres writes of it.
func jsonbText(*binding) (conv, error) {
	return conv{func(dst, src []byte) ([]byte, error) {
		if len(src) < 1 || src[0] != jsonbVersion {
			return dst, errForm
		}
		return readText(dst, src[1:])
	}, func(dst []byte, _ uint64, b []byte) ([]byte, error) {
		if err := checkJSON(b, true); err != nil {
			return dst, err
		}
		return append(append(dst, jsonbVersion), b...), nil
	}}, nil
}

// checkJSON refuses what Postgres would: text that is not JSON by RFC 8259,
// and in jsonb strings that no text can be.
func checkJSON(b []byte, jsonb bool) error {
	if err := checkText(b); err != nil {
		return err
	}
	c := jsonChecker{scanner: jsonScanner{src: b}, jsonb: jsonb}
	if err := c.value(1); err != nil {
		return err
	}
	if c.scanner.skipSpace(); c.scanner.pos < len(b) {
		return c.scanner.unexpected()
	}
	return nil
}

// jsonChecker walks JSON without writing anything.
type jsonChecker struct {
	scanner jsonScanner
	jsonb   bool
}

func (c *jsonChecker) value(depth int) error {
	s := &c.scanner
	s.skipSpace()
	switch s.peek() {
	case '{', '[':
		return c.container(depth)
	case '"':
		return c.text()
	case 't', 'f', 'n':
		_, err := s.literal()
		return err
	default:
		number, err := s.number()
		if err != nil || !c.jsonb {
			return err
		}
		// jsonb keeps numbers as numeric, within its limits.
		d, _ := parseDecimal(number)
		return jsonbNumbers.check(number, &d)
	}
}

// jsonbNumbers are the numbers that jsonb holds.
var jsonbNumbers = numericLimit{name: "jsonb", integer: numericMostInt, frac: numericMostFrac}

func (c *jsonChecker) text() error {
	raw, size, err := c.scanner.text()
	switch {
	case err != nil || !c.jsonb:
		return err
	case size == loneSurrogate:
		return invalid("the JSON has half a surrogate pair in a string, which jsonb cannot store")
	case hasNUL(raw):
		return invalid(`the JSON has \u0000 in a string, which jsonb cannot store`)
	}
	return nil
}

func (c *jsonChecker) container(depth int) error {
	s := &c.scanner
	if depth > jsonDepth {
		return tooDeep()
	}
	open := s.peek()
	s.pos++
	for first := true; ; first = false {
		more, err := s.more(open, first)
		if err != nil || !more {
			return err
		}
		if open == '{' {
			if err := c.text(); err != nil {
				return err
			}
			if err := s.colon(); err != nil {
				return err
			}
		}
		if err := c.value(depth + 1); err != nil {
			return err
		}
	}
}

func tooDeep() error {
	return outOfRange("the JSON is nested deeper than %d levels", jsonDepth)
}
