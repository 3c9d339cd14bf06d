package filter

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// plain is a value's text where a "*" stands for itself.
func (w *walker) plain(l literal) (string, error) {
	parts, why := l.read()
	if why != "" {
		return "", w.fault(l.at, "%s", why)
	}
	return strings.Join(parts, "*"), nil
}

var (
	number  = regexp.MustCompile(`^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$`)
	whole   = regexp.MustCompile(`^[+-]?\d+$`)
	seconds = regexp.MustCompile(`^(-?)(\d+(\.\d+)?)s$`)
)

// append writes a value as a parameter of the type.
func (w *walker) append(dst []byte, v *values, l literal) ([]byte, error) {
	text, err := w.plain(l)
	if err != nil {
		return nil, err
	}
	if err := w.fits(v, l); err != nil {
		return nil, err
	}
	in := wire.Value{Present: true, Bytes: []byte(text)}
	switch v.class {
	case booleans:
		if l.quoted || text != "true" && text != "false" {
			return nil, w.fault(l.at, "compares a boolean with %s; write true or false", Shown(text))
		}
		in = wire.Value{Present: true}
		if text == "true" {
			in.Num = 1
		}
	case integers:
		n, err := strconv.ParseInt(text, 10, 64)
		switch {
		case !whole.MatchString(text):
			return nil, w.fault(l.at, "compares type %s with %s; write a whole number", v.typ.Name, Shown(text))
		case err != nil:
			return nil, w.fault(l.at, "has the number %s, which is beyond 64 bits", Shown(text))
		}
		in = wire.Value{Present: true, Num: uint64(n)} //nolint:gosec // It is kept as its bits.
	case floats:
		bits := 64
		if v.typ.OID == oidFloat4 {
			bits = 32
		}
		f, err := strconv.ParseFloat(text, bits)
		switch {
		case errors.Is(err, strconv.ErrRange):
			return nil, w.fault(l.at, "has the number %s, which is beyond type %s", Shown(text), v.typ.Name)
		case err != nil || !number.MatchString(text) && text != "NaN" && text != "Infinity" && text != "-Infinity":
			return nil, w.fault(l.at, "compares type %s with %s; write a number", v.typ.Name, Shown(text))
		}
		in = wire.Value{Present: true, Num: math.Float64bits(f)}
		if bits == 32 {
			in.Num = uint64(math.Float32bits(float32(f)))
		}
	case bytestrings:
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, w.fault(l.at, "compares bytes with %s; write them in base64", Shown(text))
		}
		in.Bytes = raw
	case enums:
		if label, ok := v.labels[text]; ok {
			in.Bytes = []byte(label)
		}
	default:
		if v.typ.OID == oidInterval {
			if m := seconds.FindStringSubmatch(text); m != nil {
				in.Bytes = []byte("PT" + m[1] + m[2] + "S")
			}
		}
	}
	dst, err = v.codec.AppendParam(dst, in)
	var bad *wire.ValueError
	if errors.As(err, &bad) {
		return nil, w.fault(l.at, "has a value of type %s that is wrong: %s", v.typ.Name, bad.Text)
	}
	return dst, err
}

// fits says whether a value in a function timestamp or duration stands where
// such a one may.
func (w *walker) fits(v *values, l literal) error {
	switch {
	case l.function == "timestamp" && v.typ.OID != oidTimestamptz,
		l.function == "duration" && v.typ.OID != oidInterval:
		return w.fault(l.at, "compares type %s with a %s", v.typ.Name, l.function)
	}
	return nil
}

// arg adds a value as an argument.
func (w *walker) arg(v *values, l literal) (query.Arg, error) {
	raw, err := w.append([]byte{}, v, l) // nil would be NULL
	if err != nil {
		return query.Arg{}, err
	}
	return w.p.Arg(raw, v.codec.Param()), nil
}

// str adds a text of rowgate's own, or one that was read.
func (w *walker) str(text string, at int) (query.Arg, error) {
	return w.arg(strs, literal{raw: escape.Replace(text), quoted: true, at: at})
}

var escape = strings.NewReplacer(`\`, `\\`, `*`, `\*`)

// array adds values as one argument, an array.
func (w *walker) array(v *values, elem uint32, form wire.Param, list []literal) (query.Arg, error) {
	// array_send's form: dimensions, whether there are NULLs, the elements'
	// type, then of the dimension its length and lower bound.
	var dst []byte
	for _, n := range []uint32{1, 0, elem, uint32(len(list)), 1} { //nolint:gosec // Limits bound it.
		dst = binary.BigEndian.AppendUint32(dst, n)
	}
	for _, l := range list {
		start := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		var err error
		if dst, err = w.append(dst, v, l); err != nil {
			return query.Arg{}, err
		}
		binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4)) //nolint:gosec // Limits bound it.
	}
	return w.p.Arg(dst, form), nil
}

// anyOf is the condition that a value is one of a list's.
func (w *walker) anyOf(left query.Operand, v *values, operators string, list []literal) (query.Expr, error) {
	for _, l := range list {
		if wide(v, l) == bigints {
			v = bigints
			break
		}
	}
	if v.binary() {
		arg, err := w.array(v, v.typ.OID, wire.Param{OID: listOIDs[v.typ.OID]}, list)
		return query.Compare{Left: left, Op: query.Equal, Right: arg, Any: true, Operators: operators}, err
	}
	var alternatives query.Or
	for _, l := range list {
		arg, err := w.arg(v, l)
		if err != nil {
			return nil, err
		}
		alternatives = append(alternatives, query.Compare{Left: left, Op: query.Equal, Right: arg, Operators: operators})
	}
	if len(alternatives) > w.limits.Terms {
		return nil, w.fault(list[0].at, "has a list of %d values; of type %s no more than %d can be listed", len(alternatives), v.typ.Name, w.limits.Terms)
	}
	return alternatives, nil
}

// jsonScalar is a value as JSON: a text, a number, true or false.
func (w *walker) jsonScalar(l literal) (literal, error) {
	if l.function != "" {
		return l, w.fault(l.at, "compares JSON with a %s; it has texts, numbers, true and false", l.function)
	}
	text, err := w.plain(l)
	if err != nil {
		return l, err
	}
	switch {
	case l.quoted:
	case text == "true", text == "false", text == "null":
		return literal{raw: text, quoted: true, at: l.at}, nil
	case number.MatchString(text):
		// JSON's numbers have digits on both sides of the point, and no plus.
		return literal{raw: jsonNumber(text), quoted: true, at: l.at}, nil
	}
	encoded, err := json.Marshal(text)
	if err != nil {
		return l, err
	}
	return literal{raw: escape.Replace(string(encoded)), quoted: true, at: l.at}, nil
}

func jsonNumber(text string) string {
	text, negative := strings.CutPrefix(strings.TrimPrefix(text, "+"), "-")
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	integer, fraction, _ := strings.Cut(mantissa, ".")
	if integer = strings.TrimLeft(integer, "0"); integer == "" {
		integer = "0"
	}
	if fraction != "" {
		integer += "." + fraction
	}
	if exponent != "" {
		integer += "e" + exponent
	}
	if negative {
		integer = "-" + integer
	}
	return integer
}
