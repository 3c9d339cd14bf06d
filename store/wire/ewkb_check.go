package wire

import "bytes"

// ewkbChecker holds EWKB that a client sent against what PostGIS takes, whose
// own errors say nothing of whose fault it is, and which moves coordinates of a
// geography that are beyond its range.
type ewkbChecker struct {
	ewkbReader
	typ *geometryType
}

var errEWKB = invalid("the bytes are not a geometry in EWKB")

func (c *ewkbChecker) check() error {
	h, err := c.head()
	if err == nil {
		err = checkSRID(h.srid)
	}
	if err == nil {
		err = c.geometry(h, 1)
	}
	if err == nil && len(c.src) > 0 {
		err = errEWKB
	}
	if err == errForm { //nolint:errorlint // It is never wrapped.
		err = errEWKB
	}
	return err
}

// geometry checks one whose head was taken.
func (c *ewkbChecker) geometry(h ewkbHead, depth int) error {
	if depth > geometryDepth {
		return outOfRange("its collections are nested deeper than %d levels", geometryDepth)
	}
	switch h.kind {
	case geometryPoint:
		if c.emptyPoint(h) {
			c.src = c.src[8*h.width():]
			return nil
		}
		return c.positions(h, 1)
	case geometryLineString:
		return c.line(h, 2, false)
	case geometryCircularString:
		return c.line(h, 3, false)
	}
	count, err := c.uint32(h.little)
	if err != nil {
		return err
	}
	for range count {
		if h.kind == geometryPolygon || h.kind == geometryTriangle {
			err = c.line(h, 4, true)
		} else {
			var part ewkbHead
			if part, err = c.member(h); err == nil && !mayHold(h.kind, part.kind) {
				err = errEWKB
			}
			if err == nil {
				err = c.geometry(part, depth+1)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mayHold says whether a geometry of a kind may have parts of another.
func mayHold(whole, part int) bool {
	switch whole {
	case geometryMultiPoint, geometryMultiLineString, geometryMultiPolygon:
		return part == whole-geometryMultiPoint+geometryPoint
	case geometryCollection:
		return true
	case geometryCompoundCurve:
		return part == geometryLineString || part == geometryCircularString
	case geometryCurvePolygon, geometryMultiCurve, geometryCurve, geometrySurface:
		return part == geometryLineString || part == geometryCircularString || part == geometryCompoundCurve
	case geometryMultiSurface:
		return part == geometryPolygon || part == geometryCurvePolygon || part == geometryCurve
	case geometryPolyhedralSurface:
		return part == geometryPolygon
	case geometryTIN:
		return part == geometryTriangle
	default:
		return false
	}
}

// line checks a line string, which may be empty, or a ring, which is closed.
func (c *ewkbChecker) line(h ewkbHead, least uint32, ring bool) error {
	count, err := c.uint32(h.little)
	if err != nil {
		return err
	}
	size := 8 * h.width()
	if uint64(count)*uint64(size) > uint64(len(c.src)) {
		return errEWKB
	}
	switch {
	case count == 0 && !ring:
		return nil
	case count < least:
		return tooFewPositions(h.kind, int(count), int(least))
	case h.kind == geometryCircularString && count%2 == 0:
		return invalid("a CircularString has an odd number of positions, not %d", count)
	case ring && !bytes.Equal(c.src[:16], c.src[size*int(count-1):][:16]):
		return notClosed(h.kind)
	}
	return c.positions(h, int(count))
}

func tooFewPositions(kind, count, least int) error {
	of := "a " + geometryNames[kind]
	if kind == geometryPolygon || kind == geometryTriangle {
		of = "a ring of " + of
	}
	return invalid("%s has at least %d positions, not %d", of, least, count)
}

func notClosed(kind int) error {
	return invalid("a ring of a %s ends where it begins, and this one does not", geometryNames[kind])
}

func (c *ewkbChecker) positions(h ewkbHead, count int) error {
	for range count {
		for i := range h.width() {
			f, err := c.float(h.little)
			if err != nil {
				return err
			}
			if err := c.typ.checkDegrees(i, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkDegrees refuses the coordinate i of a geography that PostGIS would move.
func (t *geometryType) checkDegrees(i int, f float64) error {
	switch {
	case !t.geography || i > 1:
		return nil
	case i == 0 && (f < -180 || f > 180):
		return outOfRange("a longitude of %v is not between -180 and 180", f)
	case i == 1 && (f < -90 || f > 90):
		return outOfRange("a latitude of %v is not between -90 and 90", f)
	}
	return nil
}
