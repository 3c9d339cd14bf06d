package wire

// Geometries are in EWKB, the OGC's binary form with flags for Z and M and with
// a spatial reference system (SRID):
// https://postgis.net/docs/using_postgis_dbmanagement.html#EWKB_EWKT

// geometryType is what a column's modifier says of its geometries.
type geometryType struct {
	name string
	// srid is the column's SRID; 0 when it has none.
	srid int32
	z, m bool
	// geography says that coordinates are degrees.
	geography bool
}

// width is the number of coordinates of a position in the column.
func (t *geometryType) width() int {
	h := ewkbHead{z: t.z, m: t.m}
	return h.width()
}

// defaultSRID is that of GeoJSON: longitude and latitude of WGS 84.
const defaultSRID = 4326

// checkSRID refuses what PostGIS would replace by another one (clamp_srid).
func checkSRID(srid int32) error {
	const most = 999_999
	if srid < 0 || srid > most {
		return outOfRange("the SRID %d is not between 0 and %d", srid, most)
	}
	return nil
}

// geometryTypeOf reads the modifier as PostGIS packs it (TYPMOD_GET_SRID and
// so on in its liblwgeom.h): from the lowest bit on M, Z, six bits of type, and
// the SRID in 20 bits.
func geometryTypeOf(t *Type) geometryType {
	g := geometryType{name: t.Name, geography: t.Base == "geography"}
	if t.Typmod < 0 {
		return g
	}
	g.srid = t.Typmod & 0x0fff_ff00 >> 8
	g.z, g.m = t.Typmod&2 != 0, t.Typmod&1 != 0
	return g
}

// geoJSON plans geometry and geography as GeoJSON text.
func geoJSON(b *binding) (conv, error) {
	t := geometryTypeOf(b.typ)
	return conv{func(dst, src []byte) ([]byte, error) {
		start := len(dst)
		dst, err := appendGeoJSON(append(dst, 0), src)
		if err != nil {
			return dst, err
		}
		return closeLength(dst, start), nil
	}, func(dst []byte, _ uint64, text []byte) ([]byte, error) {
		return appendGeometry(dst, text, &t)
	}}, nil
}

// ewkbBytes plans geometry and geography as EWKB.
func ewkbBytes(b *binding) (conv, error) {
	t := geometryTypeOf(b.typ)
	return conv{readBytes, func(dst []byte, _ uint64, b []byte) ([]byte, error) {
		c := ewkbChecker{ewkbReader: ewkbReader{src: b}, typ: &t}
		if err := c.check(); err != nil {
			return dst, err
		}
		return append(dst, b...), nil
	}}, nil
}

// The types of geometries, which GeoJSON has up to geometryCollection.
const (
	geometryPoint = iota + 1
	geometryLineString
	geometryPolygon
	geometryMultiPoint
	geometryMultiLineString
	geometryMultiPolygon
	geometryCollection
	geometryCircularString
	geometryCompoundCurve
	geometryCurvePolygon
	geometryMultiCurve
	geometryMultiSurface
	geometryCurve   // CurvePolygon, as PostGIS 1.5 wrote it
	geometrySurface // MultiCurve, as PostGIS 1.5 wrote it
	geometryPolyhedralSurface
	geometryTIN
	geometryTriangle
)

var geometryNames = [...]string{
	geometryPoint:             "Point",
	geometryLineString:        "LineString",
	geometryPolygon:           "Polygon",
	geometryMultiPoint:        "MultiPoint",
	geometryMultiLineString:   "MultiLineString",
	geometryMultiPolygon:      "MultiPolygon",
	geometryCollection:        "GeometryCollection",
	geometryCircularString:    "CircularString",
	geometryCompoundCurve:     "CompoundCurve",
	geometryCurvePolygon:      "CurvePolygon",
	geometryMultiCurve:        "MultiCurve",
	geometryMultiSurface:      "MultiSurface",
	geometryCurve:             "CurvePolygon",
	geometrySurface:           "MultiCurve",
	geometryPolyhedralSurface: "PolyhedralSurface",
	geometryTIN:               "TIN",
	geometryTriangle:          "Triangle",
}

const (
	// geometryDepth is how deep geometries may be nested, PostGIS' own limit
	// (LW_PARSER_MAX_DEPTH).
	geometryDepth = 200
	// geoJSONDepth is the same of GeoJSON, which advises against any. Each
	// level's text is gone over once more.
	geoJSONDepth = 32
)

// The flags of a geometry's type.
const (
	ewkbZ    = 0x8000_0000
	ewkbM    = 0x4000_0000
	ewkbSRID = 0x2000_0000
)
