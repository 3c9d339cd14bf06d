package table

import (
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/wire"
)

// maxGroups is the most groups that one call answers.
const maxGroups = maxPageSize

// aggregate computes values of groups of rows.
type aggregate struct {
	*resource
	*group
	request *wire.Decoder
	asked   asked
	// groupBy, aggregates and having are positions among the decoded values, -1
	// for a field that the request has not got.
	groupBy, aggregates, having int
	// groups is the response's field.
	groups     protowire.Number
	statements *lru.Cache[grouping, *groups]
}

// aggregateFields are the fields of a request beside those that lists have too.
var aggregateFields = map[protoreflect.Name]string{
	"group_by": "repeated string", "aggregates": "google.protobuf.FieldMask", "having": "string",
}

func (b *Binder) bindAggregate(md protoreflect.MethodDescriptor, option *rowgatev1.Aggregate) operation {
	message := b.message(md, option.GetMessage())
	if message == nil {
		b.problem(md, "%s computes values of %q, which is no message of package %s: "+
			"name one in the option (rowgate.v1.method).aggregate.message", md.Name(), option.GetMessage(), md.ParentFile().Package())
		return nil
	}
	r := b.resource(md, message)
	found := b.request(md, known(aggregateFields, askFilter, askOrderBy, askPageSize))
	answered := b.groups(md)
	if r == nil || answered == nil {
		return nil
	}
	g := b.group(r, answered.Message())
	if g == nil {
		return nil
	}
	switch {
	case found["group_by"] != nil && !g.keyed:
		b.problem(found["group_by"], "%s needs a field %s group in %s, which holds the fields grouped by",
			"group_by", r.message.FullName(), answered.Message().FullName())
		return nil
	case found["aggregates"] == nil && g.part("count") == nil:
		b.problem(md, "the request of %s has no aggregates, and %s no count, which is answered without them",
			md.Name(), answered.Message().FullName())
		return nil
	}
	a := &aggregate{resource: r, group: g, groups: answered.Number()}
	var fields []protoreflect.FieldDescriptor
	a.asked = askedIn(found, &fields)
	position := func(name protoreflect.Name) int {
		if found[name] == nil {
			return -1
		}
		fields = append(fields, found[name])
		return len(fields) - 1
	}
	a.groupBy, a.aggregates, a.having = position("group_by"), position("aggregates"), position("having")
	a.request = wire.NewDecoder(fields)
	// The only error is a size that is not positive.
	a.statements, _ = lru.New[grouping, *groups](keptShapes)
	return a
}

// groups finds the response's one field, which holds the groups.
func (b *Binder) groups(md protoreflect.MethodDescriptor) protoreflect.FieldDescriptor {
	fields := md.Output().Fields()
	var groups protoreflect.FieldDescriptor
	for i := range fields.Len() {
		fd := fields.Get(i)
		if groups != nil || !fd.IsList() || fd.Kind() != protoreflect.MessageKind {
			b.problem(fd, "%s means nothing to %s: an aggregate answers one repeated message, the groups", fd.Name(), md.Name())
			continue
		}
		groups = fd
	}
	if groups == nil {
		b.problem(md, "%s answers %s, which has no repeated message for the groups", md.Name(), md.Output().FullName())
	}
	return groups
}

func (a *aggregate) target() target { return target{resource: a.resource, readOnly: true} }

func (a *aggregate) run(c *call, dst []byte) ([]byte, error) {
	var err error
	if c.values, err = a.request.Decode(c.values[:0], c.msg); err != nil {
		return nil, err
	}
	size, first, err := a.size(c)
	if err != nil {
		return nil, err
	}
	q := a.grouping(c, limitFor(size))
	groups, ok := a.statements.Get(q)
	if !ok {
		if groups, err = a.read(q); err != nil {
			return nil, err
		}
		if q.small() {
			a.statements.Add(q, groups)
		}
	}
	c.stored.Statement, c.stored.MaxRows = groups.Statement, uint32(size)
	if !first {
		c.stored.MaxRows++
	}
	c.args = append(c.args[:0], groups.args...)
	start, count := len(dst), 0
	_, err = c.run(func(row [][]byte) (err error) {
		if count++; count > size {
			return a.tooMany()
		}
		if dst, err = groups.append(dst, a.groups, row); err != nil {
			return err
		}
		if count > 1 && len(dst)-start > maxPageBytes {
			return status.FailedPrecondition("", fmt.Sprintf("the groups fill more than %d MiB, which is the most that one call answers: "+
				"ask for fewer of them, or for less of each", maxPageBytes>>20))
		}
		return nil
	})
	return dst, err
}

// size is the most groups that are answered, and whether the first of them were
// asked for, so that others may be left out.
func (a *aggregate) size(c *call) (size int, first bool, err error) {
	switch size := int(int32(a.asked.value(c, askPageSize).Num)); {
	case size < 0:
		return 0, false, status.InvalidArgument("page_size", "is negative")
	case size == 0 || size > maxGroups:
		return maxGroups, false, nil
	default:
		return size, true, nil
	}
}

func (a *aggregate) tooMany() error {
	if a.asked[askPageSize] < 0 {
		return status.FailedPrecondition("", fmt.Sprintf("there are more than %d groups, which is the most that one call answers: "+
			"ask for fewer by filter", maxGroups))
	}
	return status.FailedPrecondition("page_size", fmt.Sprintf("there are more than %d groups, which is the most that one call answers: "+
		"ask for fewer by filter or having, or for the first of them by a page_size of at most %d", maxGroups, maxGroups))
}
