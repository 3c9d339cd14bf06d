package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// geoWriter writes GeoJSON as EWKB. Whether positions have Z and M is known
// when the first one is read, and then written into every head.
type geoWriter struct {
	scanner jsonScanner
	out     []byte
	typ     *geometryType
	heads   []int // where the geometries begin
	width   int   // numbers of a position; 0 when there was none yet
	// assumed says that an empty point was written before a position was read,
	// as wide as the column's are.
	assumed bool
}

// errWidth says that an empty point was written in another width than that of
// the positions, which is now known.
var errWidth = errors.New("an empty point has another width")

// appendGeometry writes a geometry in GeoJSON.
func appendGeometry(dst, text []byte, typ *geometryType) ([]byte, error) {
	if err := checkText(text); err != nil {
		return dst, err
	}
	w := geoWriter{scanner: jsonScanner{src: text}, out: dst, typ: typ}
	srid, err := w.geometry(1)
	if err == errWidth { //nolint:errorlint // It is never wrapped.
		w = geoWriter{scanner: jsonScanner{src: text}, out: dst, typ: typ, heads: w.heads[:0], width: w.width}
		srid, err = w.geometry(1)
	}
	if err != nil {
		return dst, err
	}
	if w.scanner.skipSpace(); w.scanner.pos < len(text) {
		return dst, w.scanner.unexpected()
	}
	flags := w.flags()
	for _, at := range w.heads {
		kind := w.out[at+1 : at+5]
		binary.LittleEndian.PutUint32(kind, binary.LittleEndian.Uint32(kind)|flags)
	}
	head := w.out[len(dst)+1:]
	binary.LittleEndian.PutUint32(head, binary.LittleEndian.Uint32(head)|ewkbSRID)
	binary.LittleEndian.PutUint32(head[4:], uint32(srid))
	return w.out, nil
}

// flags are Z and M as the positions have them, or as the column has when
// there is none.
func (w *geoWriter) flags() uint32 {
	flags := uint32(0)
	if w.width > 2 || w.width == 0 && w.typ.z {
		flags |= ewkbZ
	}
	if w.width > 3 || w.width == 0 && w.typ.m {
		flags |= ewkbM
	}
	return flags
}

// head begins a geometry.
func (w *geoWriter) head(kind int) {
	w.heads = append(w.heads, len(w.out))
	w.out = binary.LittleEndian.AppendUint32(append(w.out, 1), uint32(kind))
}

// geoMembers are the members of a geometry's object that mean something: where
// their values begin, 0 for one that is not there.
type geoMembers struct {
	kind                         int
	coordinates, geometries, crs int
}

// geometry writes the geometry that comes next and returns its SRID.
func (w *geoWriter) geometry(depth int) (srid int32, err error) {
	if depth > geoJSONDepth {
		return 0, outOfRange("its collections are nested deeper than %d levels", geoJSONDepth)
	}
	m, err := w.members()
	if err != nil {
		return 0, err
	}
	end := w.scanner.pos
	w.head(m.kind)
	if depth == 1 {
		w.out = append(w.out, 0, 0, 0, 0)
		if srid, err = w.srid(m.crs); err != nil {
			return 0, err
		}
	} else if m.crs > 0 {
		return 0, invalid("crs is a member of the whole, not of a geometry in a collection")
	}
	if m.kind == geometryCollection {
		if m.geometries == 0 {
			return 0, invalid(`the GeometryCollection has no member "geometries"`)
		}
		w.scanner.pos = m.geometries
		err = w.list(func(int) error {
			_, err := w.geometry(depth + 1)
			return err
		})
	} else {
		if m.coordinates == 0 {
			return 0, invalid(`the %s has no member "coordinates"`, geometryNames[m.kind])
		}
		w.scanner.pos = m.coordinates
		err = w.coordinates(m.kind)
	}
	w.scanner.pos = end
	return srid, err
}

// members takes a geometry's object. Members that GeoJSON does not know are
// passed over, as it asks, and so is bbox, which says nothing new.
func (w *geoWriter) members() (geoMembers, error) {
	var m geoMembers
	s := &w.scanner
	s.skipSpace()
	if s.peek() != '{' {
		return m, w.not("a geometry's object")
	}
	s.pos++
	for first := true; ; first = false {
		more, err := s.more('{', first)
		if err != nil {
			return m, err
		}
		if !more {
			break
		}
		key, _, err := s.text()
		if err != nil {
			return m, err
		}
		if err := s.colon(); err != nil {
			return m, err
		}
		s.skipSpace()
		at := s.pos
		value, err := w.skip()
		if err != nil {
			return m, err
		}
		switch string(key) {
		case "type":
			name := string(bytes.Trim(value, `"`))
			for kind := geometryPoint; kind <= geometryCollection; kind++ {
				if name == geometryNames[kind] {
					m.kind = kind
				}
			}
			if m.kind == 0 {
				return m, invalid("the type %s is none of GeoJSON's geometries: %s", shown([]byte(name)),
					strings.Join(geometryNames[geometryPoint:geometryCollection+1], ", "))
			}
		case "coordinates":
			m.coordinates = at
		case "geometries":
			m.geometries = at
		case "crs":
			if string(value) != "null" {
				m.crs = at
			}
		}
	}
	if m.kind == 0 {
		return m, invalid(`the geometry has no member "type"`)
	}
	return m, nil
}

// skip takes a value and returns its text.
func (w *geoWriter) skip() ([]byte, error) {
	c := jsonChecker{scanner: w.scanner}
	if err := c.value(1); err != nil {
		return nil, err
	}
	value := w.scanner.src[w.scanner.pos:c.scanner.pos]
	w.scanner.pos = c.scanner.pos
	return value, nil
}

// not is the error of something else than what is expected.
func (w *geoWriter) not(expected string) error {
	if w.scanner.pos >= len(w.scanner.src) {
		return w.scanner.unexpected()
	}
	return invalid("the text is not GeoJSON: at byte %d there is no %s", w.scanner.pos+1, strings.TrimPrefix(expected, "a "))
}

// srid is the SRID that the member crs at a position names, that of the column
// when there is none.
func (w *geoWriter) srid(crs int) (int32, error) {
	switch {
	case crs == 0 && w.typ.srid != 0:
		return w.typ.srid, nil
	case crs == 0:
		return defaultSRID, nil
	}
	w.scanner.pos = crs
	text, err := w.skip()
	if err != nil {
		return 0, err
	}
	var member struct {
		Properties struct{ Name string }
	}
	if err := json.Unmarshal(text, &member); err != nil {
		return 0, invalid("crs is not an object with a name in its properties")
	}
	name := member.Properties.Name
	for _, crs84 := range []string{"urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84"} {
		if name == crs84 {
			return defaultSRID, nil
		}
	}
	for _, prefix := range []string{"EPSG:", "urn:ogc:def:crs:EPSG::"} {
		digits, ok := strings.CutPrefix(name, prefix)
		if n, err := strconv.ParseUint(digits, 10, 31); ok && err == nil {
			return int32(n), checkSRID(int32(n))
		}
	}
	return 0, invalid(`the crs %s is not of the form "EPSG:4326"`, shown([]byte(name)))
}
