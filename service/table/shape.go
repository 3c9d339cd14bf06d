package table

import (
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/rowgate/rowgate/store/query"
)

// shape says of each field of a resource what a write does with its column.
// Calls of one shape share a statement.
type shape []byte

// What a write does with a column.
const (
	left    byte = iota // nothing
	given               // the value in the arguments
	reset               // the column's default
	cleared             // NULL
)

func newShape(fields int) shape { return make(shape, fields) }

func (s shape) mark(i int, what byte) { s[i] = what }
func (s shape) at(i int) byte         { return s[i] }

// shapes keeps the statements of the shapes last used: a client chooses which
// fields it sends, so their number has to be bounded.
type shapes struct {
	cache *lru.Cache[string, *query.Statement]
}

const keptShapes = 128

func newShapes() *shapes {
	// The only error is a size that is not positive.
	cache, _ := lru.New[string, *query.Statement](keptShapes)
	return &shapes{cache}
}

func (s *shapes) get(of shape, write func(shape) *query.Statement) *query.Statement {
	st, _ := s.try(of, func(of shape) (*query.Statement, error) { return write(of), nil })
	return st
}

// try is get for shapes that may have no statement.
func (s *shapes) try(of shape, write func(shape) (*query.Statement, error)) (*query.Statement, error) {
	key := string(of)
	if st, ok := s.cache.Get(key); ok {
		return st, nil
	}
	st, err := write(of)
	if err != nil {
		return nil, err
	}
	s.cache.Add(key, st)
	return st, nil
}
