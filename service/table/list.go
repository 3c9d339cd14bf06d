package table

import (
	"cmp"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

const (
	defaultPageSize = 50
	maxPageSize     = 1000
	// maxSetSize is the most rows of a function's set, which has no pages.
	maxSetSize = 1000
)

// list reads rows, a page at a time.
type list struct {
	*resource
	request *wire.Decoder
	// pageSize, pageToken and orderBy are the fields' positions among the
	// decoded ones; -1 for a field that the request has not got.
	pageSize, pageToken, orderBy int

	itemsField, tokenField protowire.Number
	defaultSize, maxSize   int
	defaultOrder           string
	tokens                 *filter.Tokens
	name                   string
	orders                 *lru.Cache[string, []query.Order]
	statements             *lru.Cache[listShape, *listStatement]
}

func (b *Binder) bindList(md protoreflect.MethodDescriptor, option *rowgatev1.List) operation {
	items := b.listItems(md)
	if items == nil {
		return nil
	}
	r := b.resource(md, items.Message())
	known := map[protoreflect.Name]string{"page_size": "int32", "page_token": "string", "order_by": "string"}
	found := b.request(md, known)
	if r == nil {
		return nil
	}
	l := &list{
		resource:    r,
		itemsField:  items.Number(),
		defaultSize: cmp.Or(int(option.GetDefaultPageSize()), defaultPageSize),
		maxSize:     cmp.Or(int(option.GetMaxPageSize()), maxPageSize),
		tokens:      b.tokens, name: string(md.FullName()), defaultOrder: option.GetDefaultOrderBy(),
	}
	if l.defaultSize < 0 || l.maxSize < l.defaultSize {
		b.problem(md, "%s has a default_page_size of %d and a max_page_size of %d", md.Name(), l.defaultSize, l.maxSize)
		return nil
	}
	var fields []protoreflect.FieldDescriptor
	index := func(name protoreflect.Name) int {
		if found[name] == nil {
			return -1
		}
		fields = append(fields, found[name])
		return len(fields) - 1
	}
	l.pageSize, l.pageToken, l.orderBy = index("page_size"), index("page_token"), index("order_by")
	l.request = wire.NewDecoder(fields)
	if next := md.Output().Fields().ByName("next_page_token"); next != nil && l.pageToken >= 0 {
		if !b.totalOrder(md, r) {
			return nil
		}
		l.tokenField = next.Number()
	}
	if _, err := filter.Order(l.defaultOrder, r.sortFields(), r.keyColumns()); err != nil {
		b.problem(md, "default_order_by of %s %s", md.Name(), err)
		return nil
	}
	l.orders, _ = lru.New[string, []query.Order](keptShapes)
	l.statements, _ = lru.New[listShape, *listStatement](keptShapes)
	return l
}

// listItems finds the response's one repeated field, and checks the others.
func (b *Binder) listItems(md protoreflect.MethodDescriptor) protoreflect.FieldDescriptor {
	var items protoreflect.FieldDescriptor
	fields := md.Output().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		switch {
		case fd.IsList() && fd.Kind() == protoreflect.MessageKind && items == nil:
			items = fd
		case fd.Name() == "next_page_token" && typeName(fd) == "string":
		default:
			b.problem(fd, "%s means nothing to %s: a list answers one repeated message and string next_page_token", fd.Name(), md.Name())
		}
	}
	if items == nil {
		b.problem(md, "%s answers %s, which has no repeated message for the rows", md.Name(), md.Output().FullName())
	}
	return items
}

// totalOrder says whether the resource's rows have a total order, without
// which no page can be continued.
func (b *Binder) totalOrder(md protoreflect.MethodDescriptor, r *resource) bool {
	if len(r.key) > 0 {
		return true
	}
	if b.noKey(r) {
		return false
	}
	b.problem(md, "%s has pages, and %s %s has no key to order them by: name its columns in the message's option "+
		"(rowgate.v1.relation).key, or leave page_token and next_page_token out", md.Name(), r.relation.KindName(), r.relation)
	return false
}

func (l *list) target() target { return target{resource: l.resource, readOnly: true} }

func (l *list) run(c *call, dst []byte) ([]byte, error) {
	var err error
	if c.values, err = l.request.Decode(c.values[:0], c.msg); err != nil {
		return nil, err
	}
	size, err := l.size(c)
	if err != nil {
		return nil, err
	}
	orderBy := l.text(c, l.orderBy)
	if orderBy == "" {
		orderBy = l.defaultOrder
	}
	order, err := l.order(orderBy)
	if err != nil {
		return nil, l.orderError(orderBy, err)
	}
	shape := listShape{orderBy: orderBy, limit: limitFor(size)}
	scope := filter.Scope{Method: l.name, Role: c.as.Role, Subject: c.as.Subject, OrderBy: orderBy}
	if token := l.text(c, l.pageToken); token != "" {
		if err := l.resume(c, token, scope, len(order), &shape); err != nil {
			return nil, err
		}
	}
	st, ok := l.statements.Get(shape)
	if !ok {
		st = l.statement(shape, order)
		l.statements.Add(shape, st)
	}
	c.stored.Statement = st.Statement
	c.stored.MaxRows = uint32(size) + 1
	return l.page(c, dst, st, size, scope)
}

func (l *list) size(c *call) (int, error) {
	if l.pageSize < 0 || !c.values[l.pageSize].Present {
		return l.defaultSize, nil
	}
	size := int(int32(c.values[l.pageSize].Num))
	switch {
	case size < 0:
		return 0, status.InvalidArgument("page_size", "is negative")
	case size == 0:
		return l.defaultSize, nil
	}
	return min(size, l.maxSize), nil
}

// orderError tells what is wrong with an order_by.
func (l *list) orderError(orderBy string, err error) error {
	for term := range strings.SplitSeq(orderBy, ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(term), " ")
		if err := l.refusedName("order_by", name); err != nil {
			return err
		}
	}
	return status.InvalidArgument("order_by", err.Error())
}

func (l *list) text(c *call, field int) string {
	if field < 0 {
		return ""
	}
	return string(c.values[field].Bytes)
}

func (l *list) order(orderBy string) ([]query.Order, error) {
	if order, ok := l.orders.Get(orderBy); ok {
		return order, nil
	}
	order, err := filter.Order(orderBy, l.sortFields(), l.keyColumns())
	if err != nil {
		return nil, err
	}
	l.orders.Add(orderBy, order)
	return order, nil
}
