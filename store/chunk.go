package store

// chunk holds rows that were read and not handed up yet, one behind another.
type chunk struct {
	data []byte
	// lengths has each value's, -1 for NULL, and ends where in it each row ends.
	lengths []int32
	ends    []int
}

func (c *chunk) reset() {
	c.data, c.lengths, c.ends = c.data[:0], c.lengths[:0], c.ends[:0]
}

// add copies a row. It has the form of a function for rows.
func (c *chunk) add(values [][]byte) error {
	for _, v := range values {
		n := int32(-1) // A message, and so a value, is below 1 GiB.
		if v != nil {
			n = int32(len(v))
		}
		c.lengths = append(c.lengths, n)
		c.data = append(c.data, v...)
	}
	c.ends = append(c.ends, len(c.lengths))
	return nil
}

// size is how many bytes the rows take.
func (c *chunk) size() int { return len(c.data) + 4*len(c.lengths) }

// row appends the values of row i, whose bytes begin at from, and returns where
// they end.
func (c *chunk) row(values [][]byte, i, from int) ([][]byte, int) {
	start := 0
	if i > 0 {
		start = c.ends[i-1]
	}
	for _, n := range c.lengths[start:c.ends[i]] {
		if n < 0 {
			values = append(values, nil)
			continue
		}
		to := from + int(n)
		values = append(values, c.data[from:to:to])
		from = to
	}
	return values, from
}
