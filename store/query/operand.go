package query

import "strconv"

// Operand is a value within a statement.
type Operand interface{ operand(b *builder) }

// Alias is one of the relations of a statement; 0 is its own, which it reads
// from or writes to.
type Alias int

// Ref is a column of one of the statement's relations.
type Ref struct {
	Of     Alias
	Column string
}

// Cast is a value as another type, of which [TypeName] writes the name.
type Cast struct {
	Of   Operand
	Type string
}

// Func is a function of Postgres' own, or an aggregate.
type Func struct {
	Name FuncName
	// Args are its arguments; none for [Count], which counts rows then.
	Args []Operand
}

// FuncIn is a function of a schema, for those that an extension brings.
type FuncIn struct {
	Schema string
	Func
}

// FuncName names a function that statements may use.
type FuncName string

// The functions and aggregates of [Func].
const (
	ToTSVector       FuncName = "to_tsvector"
	WebsearchTSQuery FuncName = "websearch_to_tsquery"
	JSONPath         FuncName = "jsonb_extract_path"
	JSONPathText     FuncName = "jsonb_extract_path_text"
	JSONType         FuncName = "jsonb_typeof"
	IsEmpty          FuncName = "isempty"
	Cardinality      FuncName = "cardinality"
	Count            FuncName = "count"
	Sum              FuncName = "sum"
	Avg              FuncName = "avg"
	Min              FuncName = "min"
	Max              FuncName = "max"
)

// Member is the value of a key, as hstore has them. Operators is as in
// [Compare].
type Member struct {
	Of, Key   Operand
	Operators string
}

// Variadic hands an array to a function that takes any number of arguments.
type Variadic struct{ Of Operand }

// When is a value where a condition holds, and NULL where it does not. What
// Then would make an error of is not computed elsewhere.
type When struct {
	If   Expr
	Then Operand
}

// Lookup is a value of the one row that a join leads to; NULL where there is
// none.
type Lookup struct {
	Join Join
	Of   Operand
}

// Join leads from a row of From to the rows of another relation.
type Join struct {
	From Alias
	To   Relation
	As   Alias
	// On are the columns that have to be equal; Their is To's, or the
	// junction's where there is one, and Ours is From's.
	On []Pair
	// Through is the junction between the two; nil for none.
	Through *Junction
}

// Junction is a relation whose rows each name a row of two others.
type Junction struct {
	Relation Relation
	As       Alias
	// On are the columns that have to be equal; Their is that of the join's To,
	// and Ours the junction's.
	On []Pair
}

// Pair is two columns that have to be equal.
type Pair struct {
	Their, Ours string
	// Operators is as in [Compare].
	Operators string
}

// String is what a statement calls the relation: t, t1, t2, ...
func (a Alias) String() string {
	if a == 0 {
		return alias
	}
	return alias + strconv.Itoa(int(a))
}

func (r Ref) operand(b *builder) {
	b.text(r.Of.String(), ".")
	b.name(r.Column)
}

func (a Arg) operand(b *builder) { b.arg(a) }

func (c Cast) operand(b *builder) {
	b.text("(")
	c.Of.operand(b)
	b.text(")::", c.Type)
}

func (f Func) operand(b *builder) {
	b.text(builtIn, ".")
	f.call(b)
}

func (f FuncIn) operand(b *builder) {
	b.name(f.Schema)
	b.text(".")
	f.call(b)
}

func (f Func) call(b *builder) {
	b.text(string(f.Name), "(")
	if len(f.Args) == 0 && f.Name == Count {
		b.text("*")
	}
	b.operands(f.Args)
	b.text(")")
}

func (m Member) operand(b *builder) {
	b.text("(")
	m.Of.operand(b)
	b.operator(m.Operators, "->")
	m.Key.operand(b)
	b.text(")")
}

func (v Variadic) operand(b *builder) {
	b.text("variadic ")
	v.Of.operand(b)
}

func (w When) operand(b *builder) {
	b.text("case when ")
	w.If.write(b)
	b.text(" then ")
	w.Then.operand(b)
	b.text(" end")
}

func (l Lookup) operand(b *builder) {
	b.text("(select ")
	l.Of.operand(b)
	b.join(l.Join, nil)
	b.text(")")
}

// join writes the FROM and WHERE of a subselect.
func (b *builder) join(j Join, where Expr) {
	b.text(" from ")
	at := j.As
	if t := j.Through; t != nil {
		at = t.As
		b.relation(t.Relation)
		b.text(" as ", t.As.String(), " join ")
		b.relation(j.To)
		b.text(" as ", j.As.String(), " on ")
		pairs(j.As, t.As, t.On).write(b)
	} else {
		b.relation(j.To)
		b.text(" as ", j.As.String())
	}
	all := pairs(at, j.From, j.On)
	if where != nil {
		all = append(all, where)
	}
	b.text(" where ")
	all.write(b)
}

func pairs(their, our Alias, on []Pair) And {
	all := make(And, len(on), len(on)+1)
	for i, p := range on {
		all[i] = Compare{Left: Ref{their, p.Their}, Op: Equal, Right: Ref{our, p.Ours}, Operators: p.Operators}
	}
	return all
}
