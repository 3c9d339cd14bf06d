package service_test

import (
	"fmt"
	"slices"
	"testing"
)

// TestRLS is the proof that a call reads and changes what psql does under the
// same role and claims, and that a token that is not good reads and changes
// nothing: for every method of the example, as everybody, and for every write
// that a transaction may have.
func TestRLS(t *testing.T) {
	w := newTwin(t)
	c := newCaller(w.conn, exampleContract(t), "app.v1")
	parts := []struct {
		name  string
		prove func(*testing.T, *twin, *caller)
	}{
		{"reads", proveReads},
		{"writes", proveWrites},
		{"surface", proveSurface},
		{"relations", proveRelations},
		{"transactions", proveTransactions},
		{"secrets", proveSecrets},
		{"refused tokens", proveRefusals},
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
	if len(methods) != 49 {
		t.Errorf("the example has %d methods; the proof was made for 49", len(methods))
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
	for _, p := range persons(t) {
		writes := methods["Transact"].Input().Fields().ByName("writes").Message().Oneofs().Get(0).Fields()
		for i := range writes.Len() {
			if call := fmt.Sprintf("Transact %s as %s", writes.Get(i).JSONName(), p.name); !c.called[call] {
				t.Errorf("%s was never called", call)
			}
		}
	}
}
