package service_test

import (
	"fmt"
	"slices"
	"testing"
)

// TestRLS is the proof that a call reads and changes what psql does under the
// same role and claims, and that a token that is not good reads and changes
// nothing: for every method of the example, as everybody.
func TestRLS(t *testing.T) {
	w := newTwin(t)
	c := newCaller(w.conn, exampleContract(t), "app.v1")
	parts := []struct {
		name  string
		prove func(*testing.T, *twin, *caller)
	}{
		{"reads", proveReads}, {"writes", proveWrites}, {"refused tokens", proveRefusals},
	}
	ran := 0
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) {
			ran++
			part.prove(t, w, c)
		})
	}
	if ran < len(parts) {
		return // only some of the proof was asked for
	}

	// The contract says what there is to prove.
	methods := c.methods()
	if len(methods) != 20 {
		t.Errorf("the example has %d methods; the proof was made for 20", len(methods))
	}
	everybody := slices.Clone(refusedNames())
	for _, p := range persons(t) {
		everybody = append(everybody, p.name)
	}
	for method := range methods {
		for _, name := range everybody {
			if call := fmt.Sprintf("%s as %s", method, name); !c.called[call] {
				t.Errorf("%s was never called", call)
			}
		}
	}
}
