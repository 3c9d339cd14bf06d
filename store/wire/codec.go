package wire

import "fmt"

// Codec converts the values of one column to those of one field and back. It
// is immutable and safe for concurrent use.
type Codec struct {
	column Column
	travel travel
	tag    []byte   // what a Plan writes before the value; empty when read does it
	zero   int      // the size of a zero value that is left out; 0 when none is
	read   readFunc // of the whole value, all items included
	write  writeFunc
	// writeAll is there in place of write when the field is repeated or a map.
	writeAll    func(dst []byte, v Value) ([]byte, error)
	emptyIsNull bool
}

// Column returns the column that the codec was made of.
func (c *Codec) Column() Column { return c.column }

// Cast returns the type that the column is to be cast to in the select list,
// such as "text", or "" when it is selected as it is.
func (c *Codec) Cast() string { return c.travel.cast }

// ResultOID returns the OID that the result column then has, to be held
// against RowDescription; 0 when it is not known. The result format is always
// binary.
func (c *Codec) ResultOID() uint32 { return c.travel.result }

// Param returns the form in which AppendParam writes values.
func (c *Codec) Param() Param { return c.travel.param }

// EmptyIsNull says that the type has no empty value, as a vector has none, so
// that its repeated field without items stands for NULL alone: AppendParam
// would refuse it.
func (c *Codec) EmptyIsNull() bool { return c.emptyIsNull }

// String describes the codec, for printing a plan:
// "price numeric(12,2) <-> string price = 4".
func (c *Codec) String() string {
	return fmt.Sprintf("%s %s <-> %s %s = %d",
		c.column.Name, c.column.Type.Name, fieldType(c.column.Field), c.column.Field.Name(), c.column.Field.Number())
}

// AppendParam appends v in the form that Param describes. A Value that is not
// present is written as proto3's zero value: 0, "", the empty message, no
// items; whether it is NULL or the column's default instead is the caller's
// to decide. The error is a *ValueError that names the field, and dst is then
// returned as it was given.
func (c *Codec) AppendParam(dst []byte, v Value) ([]byte, error) {
	start := len(dst)
	dst, err := c.appendValue(dst, v)
	if err != nil {
		return dst[:start], c.writeError(err)
	}
	return dst, nil
}

// appendValue is AppendParam with faults for errors.
func (c *Codec) appendValue(dst []byte, v Value) ([]byte, error) {
	if c.writeAll != nil {
		return c.writeAll(dst, v)
	}
	return c.write(dst, v.Num, v.Bytes)
}
