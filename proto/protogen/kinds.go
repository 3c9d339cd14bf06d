package protogen

// The standard methods, as notes call them, in the order in which they are
// written.
const (
	opGet         = "get"
	opList        = "list"
	opStream      = "stream"
	opAggregate   = "aggregate"
	opCreate      = "create"
	opBatchCreate = "batch create"
	opImport      = "import"
	opUpdate      = "update"
	opBatchUpdate = "batch update"
	opUpdateMany  = "update many"
	opDelete      = "delete"
	opDeleteMany  = "delete many"
)

var standardOperations = []string{
	opGet, opList, opStream, opAggregate, opCreate, opBatchCreate, opImport,
	opUpdate, opBatchUpdate, opUpdateMany, opDelete, opDeleteMany,
}

// standard is a standard method of a resource, with its request.
type standard struct {
	op     string
	method *method
	// messages are the request and, where it is the method's own, the response.
	messages []*message
}

// kind is a standard method that a resource may have.
type kind struct {
	op string
	// byKey says that it takes rows' keys, and writes that a transaction can
	// carry it out.
	byKey, writes bool
	// need says what would have to be granted, or what the relation lacks;
	// empty when the method is possible.
	need  func(*resource) string
	build func(*generator, *resource) *standard
}

// kinds are in the order of standardOperations. A method that repeats another
// one's requests comes behind that.
var kinds = []kind{
	{op: opGet, byKey: true, need: (*resource).needsGet, build: (*generator).get},
	{op: opList, need: (*resource).needsRead, build: (*generator).list},
	{op: opStream, need: (*resource).needsRead, build: (*generator).stream},
	{op: opAggregate, need: (*resource).needsRead, build: (*generator).aggregate},
	{op: opCreate, writes: true, need: (*resource).needsCreate, build: (*generator).create},
	{op: opBatchCreate, writes: true, need: (*resource).needsCreate, build: (*generator).batchCreate},
	{op: opImport, need: (*resource).needsCreate, build: (*generator).importRows},
	{op: opUpdate, byKey: true, writes: true, need: (*resource).needsUpdate, build: (*generator).update},
	{op: opBatchUpdate, byKey: true, writes: true, need: (*resource).needsUpdate, build: (*generator).batchUpdate},
	{op: opUpdateMany, writes: true, need: (*resource).needsUpdateMany, build: (*generator).updateMany},
	{op: opDelete, byKey: true, writes: true, need: (*resource).needsDelete, build: (*generator).remove},
	{op: opDeleteMany, writes: true, need: (*resource).needsDeleteMany, build: (*generator).deleteMany},
}

func (r *resource) needsGet() string { return r.keyNeed(r.grants.Select, "read") }

func (r *resource) needsRead() string { return granted(r.grants.Select, "read") }

func (r *resource) needsCreate() string {
	switch {
	case !r.grants.Insert:
		return "no caller may insert"
	case !r.grants.Select:
		return "no caller may read what it inserts"
	}
	return ""
}

func (r *resource) needsUpdate() string {
	return r.keyNeed(r.grants.Update && r.grants.Select, "change")
}

func (r *resource) needsUpdateMany() string {
	return granted(r.grants.Update && r.grants.Select, "change")
}

func (r *resource) needsDelete() string {
	return r.keyNeed(r.grants.Delete && r.grants.Select, "delete")
}

func (r *resource) needsDeleteMany() string {
	return granted(r.grants.Delete && r.grants.Select, "delete")
}

// keyNeed says what a method by key lacks.
func (r *resource) keyNeed(may bool, verb string) string {
	if len(r.key) == 0 {
		return "it has no key that a caller may read"
	}
	return granted(may, verb)
}

// granted says what a method lacks that asks for no key.
func granted(may bool, verb string) string {
	if !may {
		return "no caller may " + verb
	}
	return ""
}
