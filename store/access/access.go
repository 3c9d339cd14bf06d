package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/catalog"
)

// What is counted and told at the most.
const (
	// MaxRows is how far visible rows are counted.
	MaxRows = 10_000
	// MaxKeys is how many of their keys are told.
	MaxKeys = 10
)

// The bounds of what is asked as the caller: of one statement, and of all.
const (
	statementTimeout = 2 * time.Second
	totalTimeout     = 10 * time.Second
)

// Stores reach the database in two ways.
type Stores struct {
	// User's login becomes the callers, and Admin's, which policies do not hold,
	// reads the row that policies are asked about.
	User, Admin *store.Store
}

// Question is what to explain.
type Question struct {
	// Relation and Command are what a method works on and does: SELECT, INSERT,
	// UPDATE or DELETE.
	Relation catalog.Name
	Command  string
	// Blind says that an INSERT gives no rows back, so that it needs not be
	// allowed to read them.
	Blind bool
	// As is the caller. The role must be one that the user path takes on.
	As store.Caller
	// Request is what policies may read of the call.
	Request store.Request
	// Key holds columns and values, in Postgres' text form, that one row has at
	// the most; empty for no row in particular.
	Key map[string]string
	// Permit is asked once the role is known to be a caller's, and before anything
	// is looked at. Its error is returned. nil permits everything.
	Permit func() error
}

// Answer is what a caller may see and do. What could not be found out is left
// out, and the notes tell why.
type Answer struct {
	// Granted says that the role has the command's privilege, on the relation or
	// on some columns. GrantedColumns are those that it has it on; of DELETE,
	// which is granted on relations alone, there are none.
	Granted        bool
	GrantedColumns []string
	// RowSecurity and ForceRowSecurity are the relation's own.
	RowSecurity, ForceRowSecurity bool
	// Policies are all of the relation's, ordered by command and name.
	Policies []Policy
	// Visible is how many rows the caller sees, MaxRows at the most, and More
	// says that there are more.
	Visible int64
	More    bool
	// Keys are the keys of the first of them, MaxKeys at the most, in the order
	// of the primary key: JSON objects with values in the text form of
	// [Question.Key].
	Keys []string
	// Row is the one of the question's key; nil without a key.
	Row *Row
	// Plan is what EXPLAIN says of reading the relation as the caller.
	Plan string
	// Notes are sentences on what else is worth knowing.
	Notes []string
}

// Row is a row as the caller finds it.
type Row struct {
	// Exists says that there is such a row, Visible that the caller sees it.
	Exists, Visible bool
}

// Verdict is what a policy says of a row.
type Verdict int

// The verdicts.
const (
	// NotAsked is for a policy that does not count, or has no USING, and where
	// there is no row.
	NotAsked Verdict = iota
	// Passes lets the row through, and Fails, false or NULL, does not.
	Passes
	Fails
	// Raises is for an expression that ends in an error.
	Raises
)

// Policy is a policy, and whether it counts.
type Policy struct {
	catalog.Policy
	// Applies says that it counts for the role and the command.
	Applies bool
	// Verdict is what USING says of the row, as the caller, and Error what
	// Postgres said where it Raises.
	Verdict Verdict
	Error   string
}

// Explain answers a question. It fails with a [*RoleError], a [*RelationError],
// a [*KeyError] or a [*GrantError] where the question cannot be asked so.
func Explain(ctx context.Context, stores Stores, q Question) (*Answer, error) {
	q.Request.Audit = nil
	if err := checkRole(ctx, stores.User, q.As.Role); err != nil {
		return nil, err
	}
	if q.Permit != nil {
		if err := q.Permit(); err != nil {
			return nil, err
		}
	}
	cat, description, err := stores.Admin.Describe(ctx, []string{q.Relation.Schema}, []string{q.As.Role})
	if errors.As(err, new(*catalog.UnknownError)) {
		return nil, &RelationError{q.Relation}
	}
	if err != nil {
		return nil, err
	}
	e := &explanation{Question: q, relation: cat.Relation(q.Relation), role: cat.Role(q.As.Role), admin: cat.Login}
	if e.relation == nil {
		return nil, &RelationError{q.Relation}
	}
	if err := e.checkKey(); err != nil {
		return nil, err
	}
	e.RowSecurity, e.ForceRowSecurity = e.relation.RowSecurity, e.relation.ForceRowSecurity
	e.grants(description.Grants(e.relation))
	if err := e.readAsAdmin(ctx, stores.Admin, description.Policies(e.relation)); err != nil {
		return nil, err
	}
	e.explainRules()
	if err := e.readAsCaller(ctx, stores.User); err != nil {
		return nil, err
	}
	return &e.Answer, nil
}

// explanation is an answer in the making.
type explanation struct {
	Question
	Answer
	relation *catalog.Relation
	role     *catalog.Role
	// admin is the admin path's login.
	admin *catalog.Role
	// held says that policies hold for the role.
	held bool
	// readable are the columns that the role may SELECT.
	readable []string
	// row is the text form of the question's row; nil for none, or for one that
	// is too large to be passed on.
	row *string
}

// note adds a sentence, once.
func (e *explanation) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(e.Notes, text) {
		e.Notes = append(e.Notes, text)
	}
}

// checkRole says whether the user path's login takes on the role.
func checkRole(ctx context.Context, user *store.Store, role string) error {
	cat, err := user.Catalog(ctx)
	if err != nil {
		return err
	}
	if callers := cat.Becomes(cat.Login.Name); !slices.Contains(callers, role) {
		return &RoleError{Role: role, Callers: callers}
	}
	return nil
}

// grants notes what the role may do.
func (e *explanation) grants(g *catalog.Grants) {
	may := g.MaySelect
	switch e.Command {
	case "INSERT":
		e.Granted, may = g.Insert, g.MayInsert
	case "UPDATE":
		e.Granted, may = g.Update, g.MayUpdate
	case "DELETE":
		e.Granted, may = g.Delete, func(*catalog.Column) bool { return false }
	default:
		e.Granted = g.Select
	}
	for _, c := range e.relation.Columns {
		if may(c) {
			e.GrantedColumns = append(e.GrantedColumns, c.Name)
		}
		if g.MaySelect(c) {
			e.readable = append(e.readable, c.Name)
		}
	}
}
