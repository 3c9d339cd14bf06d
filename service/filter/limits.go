package filter

// Limits bound what a filter or an order may ask for. A text beyond them is
// refused before it is parsed, in one pass over it. Of a field that is 0 the
// default counts.
type Limits struct {
	// Bytes is the longest filter; 256 KiB, for lists of some thousand keys.
	Bytes int
	// Terms is the most comparisons and functions; 500.
	Terms int
	// Values is the most values of all terms together; 10,000.
	Values int
	// Depth is how deep parentheses and functions may be within one another; 32.
	Depth int
	// Path is the most relations that one path may lead through; 5.
	Path int
	// Joins is the most relations that all paths together lead through; 50.
	Joins int
	// Steps is the most steps of a path, those into JSON among them; 32.
	Steps int
	// OrderBytes is the longest order, and OrderTerms the most of its terms;
	// 4096 bytes and 32.
	OrderBytes int
	OrderTerms int
}

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		field *int
		value int
	}{
		{&l.Bytes, 256 << 10},
		{&l.Terms, 500},
		{&l.Values, 10_000},
		{&l.Depth, 32},
		{&l.Path, 5},
		{&l.Joins, 50},
		{&l.Steps, 32},
		{&l.OrderBytes, 4096},
		{&l.OrderTerms, 32},
	} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	return l
}
