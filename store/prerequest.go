package store

import (
	"fmt"
	"strings"

	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/query"
)

// PreRequestError says that Config.PreRequest has refused the call, or failed.
// It unwraps to the server's error.
type PreRequestError struct{ Err error }

// Error implements error.
func (e *PreRequestError) Error() string { return "store: the pre-request function: " + e.Err.Error() }

// Unwrap returns the server's error.
func (e *PreRequestError) Unwrap() error { return e.Err }

// preRequestStatement calls the function of that name, schema.function, which
// has no arguments, and says whether it may leave something in the session.
func preRequestStatement(cat *catalog.Catalog, name string) (*query.Statement, bool, error) {
	schema, function, qualified := strings.Cut(name, ".")
	if !qualified {
		return nil, false, fmt.Errorf("store: Config.PreRequest is %q and needs its schema: SCHEMA.FUNCTION", name)
	}
	for _, f := range cat.Functions() {
		if f.Schema == schema && f.Name.Name == function && f.Kind == 'f' && len(f.Inputs()) == 0 {
			return query.NewStatement("select "+quoteName(schema)+"."+quoteName(function)+"()", nil, nil, false), f.LeavesSession, nil
		}
	}
	return nil, false, fmt.Errorf("store: Config.PreRequest is %q, and the database has no function of that name without arguments", name)
}

func quoteName(id string) string { return `"` + strings.ReplaceAll(id, `"`, `""`) + `"` }
