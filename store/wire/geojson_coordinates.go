package wire

import (
	"bytes"
	"encoding/binary"
	"math"
)

// list takes an array and writes its length and what item writes for each.
func (w *geoWriter) list(item func(i int) error) error {
	s := &w.scanner
	if s.peek() != '[' {
		return w.not("array")
	}
	s.pos++
	at := len(w.out)
	w.out = append(w.out, 0, 0, 0, 0)
	for i := 0; ; i++ {
		more, err := s.more('[', i == 0)
		if err != nil {
			return err
		}
		if !more {
			binary.LittleEndian.PutUint32(w.out[at:], uint32(i))
			return nil
		}
		if err := item(i); err != nil {
			return err
		}
	}
}

// coordinates writes those of a geometry that is no collection.
func (w *geoWriter) coordinates(kind int) error {
	switch kind {
	case geometryPoint:
		return w.position(true)
	case geometryLineString:
		return w.line(kind, 2)
	case geometryPolygon:
		return w.list(func(int) error { return w.line(kind, 4) })
	default:
		part := kind - geometryMultiPoint + geometryPoint
		return w.list(func(int) error {
			w.head(part)
			return w.coordinates(part)
		})
	}
}

// line writes the positions of a LineString, which may be empty, or of a ring
// of a Polygon, which ends where it begins.
func (w *geoWriter) line(kind, least int) error {
	at := len(w.out)
	count := 0
	if err := w.list(func(i int) error {
		count = i + 1
		return w.position(false)
	}); err != nil {
		return err
	}
	first, size := w.out[at+4:], 8*w.width
	switch {
	case count == 0 && kind == geometryLineString:
		return nil
	case count < least:
		return tooFewPositions(kind, count, least)
	case kind == geometryPolygon && !bytes.Equal(first[:16], first[size*(count-1):][:16]):
		return notClosed(kind)
	}
	return nil
}

// position writes a position. That of a point may be empty, and all its
// coordinates are NaN then.
func (w *geoWriter) position(mayBeEmpty bool) error {
	s := &w.scanner
	if s.peek() != '[' {
		return w.not("array")
	}
	start := s.pos
	s.pos++
	width := 0
	for ; ; width++ {
		more, err := s.more('[', width == 0)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if c := s.peek(); c != '-' && !isDigit(c) {
			return w.not("number")
		}
		number, err := s.number()
		if err != nil {
			return err
		}
		f, ok := doubleOf(number)
		if !ok {
			return outOfRange("the coordinate %s is not exact in a double; the shortest form of the nearest one is", shownNumber(number))
		}
		if err := w.typ.checkDegrees(width, f); err != nil {
			return err
		}
		w.out = binary.LittleEndian.AppendUint64(w.out, math.Float64bits(f))
	}
	switch {
	case width == 0 && mayBeEmpty:
		w.emptyPoint()
	case width < 2 || width > 4:
		return invalid("the position at byte %d has %d numbers, not two to four", start+1, width)
	case w.width == 0:
		if w.width = width; w.assumed && width != w.typ.width() {
			return errWidth
		}
	case w.width != width:
		return invalid("the position at byte %d has %d numbers, and one before it %d", start+1, width, w.width)
	}
	return nil
}

func (w *geoWriter) emptyPoint() {
	width := w.width
	if width == 0 {
		width, w.assumed = w.typ.width(), true
	}
	for range width {
		w.out = binary.LittleEndian.AppendUint64(w.out, math.Float64bits(math.NaN()))
	}
}
