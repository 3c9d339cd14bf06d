package catalog

import "strings"

// Function is a function, or another routine that pg_proc holds.
type Function struct {
	Name
	OID   uint32
	Owner string
	// Kind is pg_proc.prokind: f a function, p a procedure, a an aggregate, w a
	// window function.
	Kind byte
	// Volatility is pg_proc.provolatile: i immutable, s stable, v volatile.
	Volatility byte
	// Strict says that a NULL argument gives NULL without a call.
	Strict bool
	// SecurityDefiner says that it runs as its owner.
	SecurityDefiner bool
	// ACL is what is granted on it: X runs it. By default PUBLIC has it.
	ACL []ACLItem
	// SearchPath holds the schemas that the function sets as its search_path,
	// without empty ones. It means nothing unless HasSearchPath.
	SearchPath    []string
	HasSearchPath bool
	// LeavesSession says that a call may leave something in the session that
	// outlasts its transaction and that RESET ALL does not undo: see session.go.
	LeavesSession bool
	// SetOf says that it returns a set.
	SetOf bool
	// Arguments are all of them, the results of OUT and TABLE included, in
	// their order.
	Arguments []*Argument
	// Result is the type that it returns with domains resolved; nil for a
	// pseudo-type such as void, record or trigger, and for the row of a
	// relation, which [Catalog.RowType] tells by ResultOID.
	Result *Type
	// ResultOID and ResultDeclared are the type as it was declared.
	ResultOID      uint32
	ResultDeclared string
}

// Argument is an argument of a function.
type Argument struct {
	// Name is empty for an argument without one.
	Name string
	// Mode is pg_proc.proargmodes: i IN, o OUT, b INOUT, v VARIADIC, t TABLE.
	Mode byte
	// HasDefault says that a call may leave it out.
	HasDefault bool
	// Type is the type with domains resolved; nil for a pseudo-type or the row
	// of a relation.
	Type *Type
	// Declared and DeclaredOID are the type as it was declared; of a VARIADIC
	// argument it is an array.
	Declared    string
	DeclaredOID uint32
	Typmod      int32
}

// Input says that a call gives the argument.
func (a *Argument) Input() bool { return a.Mode == 'i' || a.Mode == 'b' || a.Mode == 'v' }

// Output says that the result has the argument.
func (a *Argument) Output() bool { return a.Mode == 'o' || a.Mode == 'b' || a.Mode == 't' }

// Inputs returns the arguments that a call gives.
func (f *Function) Inputs() []*Argument { return f.arguments((*Argument).Input) }

// Outputs returns the arguments that make up the result; nil when it is a
// value of one type.
func (f *Function) Outputs() []*Argument { return f.arguments((*Argument).Output) }

func (f *Function) arguments(which func(*Argument) bool) []*Argument {
	var all []*Argument
	for _, a := range f.Arguments {
		if which(a) {
			all = append(all, a)
		}
	}
	return all
}

// InputTypes are the types of the input arguments, as Postgres writes them;
// with the name they tell a function from all others.
func (f *Function) InputTypes() []string {
	var types []string
	for _, a := range f.Inputs() {
		types = append(types, a.Declared)
	}
	return types
}

// Signature writes the function for messages: schema.name(integer, text).
func (f *Function) Signature() string {
	return f.String() + "(" + strings.Join(f.InputTypes(), ", ") + ")"
}
