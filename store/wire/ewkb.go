package wire

import (
	"encoding/binary"
	"math"
	"strconv"
)

// ewkbReader takes EWKB apart. Its errors are errForm; a checker of what a
// client sent makes its own of them.
type ewkbReader struct {
	src []byte
}

// ewkbHead is what a geometry begins with.
type ewkbHead struct {
	kind   int
	z, m   bool
	srid   int32
	little bool
}

// width is the number of coordinates of a position.
func (h ewkbHead) width() int {
	n := 2
	if h.z {
		n++
	}
	if h.m {
		n++
	}
	return n
}

// head takes the byte order, the type and the SRID. It knows ISO's types as
// well, which have Z and M as thousands.
func (r *ewkbReader) head() (ewkbHead, error) {
	var h ewkbHead
	if len(r.src) < 5 || r.src[0] > 1 {
		return h, errForm
	}
	h.little = r.src[0] == 1
	r.src = r.src[1:]
	typ, _ := r.uint32(h.little)
	h.z, h.m = typ&ewkbZ != 0, typ&ewkbM != 0
	iso := typ & 0x0fff_ffff
	h.z = h.z || iso/1000 == 1 || iso/1000 == 3
	h.m = h.m || iso/1000 == 2 || iso/1000 == 3
	h.kind = int(iso % 1000)
	if iso >= 4000 || h.kind == 0 || h.kind >= len(geometryNames) {
		return h, errForm
	}
	if typ&ewkbSRID != 0 {
		srid, err := r.uint32(h.little)
		if err != nil {
			return h, err
		}
		h.srid = int32(srid)
	}
	return h, nil
}

// member takes the head of a part of a geometry, which has as many coordinates.
func (r *ewkbReader) member(whole ewkbHead) (ewkbHead, error) {
	h, err := r.head()
	if err == nil && (h.z != whole.z || h.m != whole.m) {
		err = errForm
	}
	return h, err
}

func (r *ewkbReader) uint32(little bool) (uint32, error) {
	if len(r.src) < 4 {
		return 0, errForm
	}
	b := r.src
	r.src = b[4:]
	if little {
		return binary.LittleEndian.Uint32(b), nil
	}
	return binary.BigEndian.Uint32(b), nil
}

func (r *ewkbReader) float(little bool) (float64, error) {
	if len(r.src) < 8 {
		return 0, errForm
	}
	b := r.src
	r.src = b[8:]
	if little {
		return math.Float64frombits(binary.LittleEndian.Uint64(b)), nil
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
}

// emptyPoint says whether a point's coordinates, which come next, are all NaN:
// the form of an empty one.
func (r *ewkbReader) emptyPoint(h ewkbHead) bool {
	ahead := *r
	for range h.width() {
		if f, err := ahead.float(h.little); err != nil || !math.IsNaN(f) {
			return false
		}
	}
	return true
}

// appendGeoJSON writes EWKB as GeoJSON: https://www.rfc-editor.org/rfc/rfc7946.
// An SRID that is not GeoJSON's own becomes the member crs of its 2008 edition,
// which PostGIS writes too.
func appendGeoJSON(dst, src []byte) ([]byte, error) {
	r := ewkbReader{src: src}
	h, err := r.head()
	if err != nil {
		return dst, err
	}
	if h.m && !h.z {
		return dst, outOfRange("it has the coordinate M without Z, which GeoJSON has no place for; bind the field to bytes to read it")
	}
	if dst, err = r.object(dst, h, 1); err == nil && len(r.src) > 0 {
		err = errForm
	}
	return dst, err
}

// object writes a geometry whose head was taken.
func (r *ewkbReader) object(dst []byte, h ewkbHead, depth int) ([]byte, error) {
	name := geometryNames[h.kind]
	if h.kind > geometryCollection {
		return dst, outOfRange("it has a %s, which GeoJSON has no place for; bind the field to bytes to read it", name)
	}
	if depth > geoJSONDepth {
		return dst, outOfRange("its collections are nested deeper than %d levels; bind the field to bytes to read it", geoJSONDepth)
	}
	dst = append(append(append(dst, `{"type":"`...), name...), '"')
	if depth == 1 && h.srid != 0 && h.srid != defaultSRID {
		dst = append(dst, `,"crs":{"type":"name","properties":{"name":"EPSG:`...)
		dst = append(strconv.AppendInt(dst, int64(h.srid), 10), `"}}`...)
	}
	if h.kind != geometryCollection {
		dst, err := r.coordinates(append(dst, `,"coordinates":`...), h)
		return append(dst, '}'), err
	}
	count, err := r.uint32(h.little)
	if err != nil {
		return dst, err
	}
	dst = append(dst, `,"geometries":[`...)
	for i := range count {
		if i > 0 {
			dst = append(dst, ',')
		}
		part, err := r.member(h)
		if err != nil {
			return dst, err
		}
		if dst, err = r.object(dst, part, depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, "]}"...), nil
}

// coordinates writes those of a geometry that is no collection.
func (r *ewkbReader) coordinates(dst []byte, h ewkbHead) ([]byte, error) {
	if h.kind == geometryPoint {
		if r.emptyPoint(h) {
			r.src = r.src[8*h.width():]
			return append(dst, "[]"...), nil
		}
		return r.position(dst, h)
	}
	count, err := r.uint32(h.little)
	if err != nil {
		return dst, err
	}
	dst = append(dst, '[')
	for i := range count {
		if i > 0 {
			dst = append(dst, ',')
		}
		switch h.kind {
		case geometryLineString:
			dst, err = r.position(dst, h)
		case geometryPolygon: // whose rings are as line strings without a head
			ring := h
			ring.kind = geometryLineString
			dst, err = r.coordinates(dst, ring)
		default:
			var part ewkbHead
			if part, err = r.member(h); err == nil && part.kind != h.kind-geometryMultiPoint+geometryPoint {
				err = errForm
			}
			if err == nil {
				dst, err = r.coordinates(dst, part)
			}
		}
		if err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func (r *ewkbReader) position(dst []byte, h ewkbHead) ([]byte, error) {
	separator := byte('[')
	for range h.width() {
		f, err := r.float(h.little)
		if err != nil {
			return dst, err
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return dst, outOfRange("it has the coordinate %v, which GeoJSON has no place for; bind the field to bytes to read it", f)
		}
		dst = appendJSONNumber(append(dst, separator), f)
		separator = ','
	}
	return append(dst, ']'), nil
}
