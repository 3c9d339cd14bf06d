package store

import (
	"errors"
	"testing"
)

// TestLargeRow holds that a row that would fill the memory is not taken, and
// that the next call finds a connection.
func TestLargeRow(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1})
	large := textCall("select repeat('x', $1::int)", 1, "70000000")
	if _, err := s.Run(t.Context(), anon, large, nil); !errors.Is(err, ErrRowTooLarge) {
		t.Errorf("Run: %v, want ErrRowTooLarge", err)
	}
	if _, err := s.Stream(t.Context(), anon, large, 0, nil); !errors.Is(err, ErrRowTooLarge) {
		t.Errorf("Stream: %v, want ErrRowTooLarge", err)
	}
	small := 0
	if _, err := s.Run(t.Context(), anon, textCall("select repeat('x', $1::int)", 1, "60000000"), func(v [][]byte) error { small = len(v[0]); return nil }); err != nil || small != 60000000 {
		t.Errorf("a row of 60 MB: %d, %v", small, err)
	}
}
