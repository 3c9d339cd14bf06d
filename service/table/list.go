package table

import (
	"cmp"
	"math"

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
	asked   asked
	pages
	statements *lru.Cache[question, *reading]
}

// pages is how a method answers pages.
type pages struct {
	// The response's fields; 0 for one that it has not got.
	items, next, previous, totalSize, cutShort protowire.Number
	defaultSize, maxSize                       int
	defaultOrder                               string
	tokens                                     *filter.Tokens
	// tooMany is the error for rows beyond the page where there is no next one, of
	// which some were written; nil for a list's.
	tooMany func(p *page) error
	// name is the method's, which its tokens are bound to.
	name string
}

func (b *Binder) bindList(md protoreflect.MethodDescriptor, option *rowgatev1.List) operation {
	items := b.listItems(md)
	if items == nil {
		return nil
	}
	r := b.resource(md, items.Message())
	found := b.request(md, known(nil, askFilter, askOrderBy, askReadMask, askInclude, askPageSize, askPageToken, askCount))
	if r == nil {
		return nil
	}
	l := &list{resource: r, pages: b.pages(md, items, found)}
	l.defaultSize = cmp.Or(int(option.GetDefaultPageSize()), defaultPageSize)
	l.maxSize = cmp.Or(int(option.GetMaxPageSize()), maxPageSize)
	l.defaultOrder = option.GetDefaultOrderBy()
	if l.defaultSize < 0 || l.maxSize < l.defaultSize || l.maxSize > math.MaxInt32-1 {
		b.problem(md, "%s has a default_page_size of %d and a max_page_size of %d", md.Name(), l.defaultSize, l.maxSize)
		return nil
	}
	if l.next != 0 && !b.totalOrder(md, r) {
		return nil
	}
	if _, err := r.terms(l.defaultOrder, 0, r.params()); err != nil {
		b.problem(md, "default_order_by of %s %s", md.Name(), err)
		return nil
	}
	var fields []protoreflect.FieldDescriptor
	l.asked = askedIn(found, &fields)
	l.request = wire.NewDecoder(fields)
	l.statements = newReadings()
	return l
}

// pageFields are the fields beside the rows that a response may have.
var pageFields = map[protoreflect.Name]string{
	"next_page_token": "string", "previous_page_token": "string", "total_size": "int64", "cut_short": "bool",
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
		case pageFields[fd.Name()] != "" && typeName(fd) == pageFields[fd.Name()]:
		default:
			b.problem(fd, "%s means nothing to %s: a list answers one repeated message, string next_page_token and "+
				"previous_page_token, optional int64 total_size and bool cut_short", fd.Name(), md.Name())
		}
	}
	if items == nil {
		b.problem(md, "%s answers %s, which has no repeated message for the rows", md.Name(), md.Output().FullName())
	}
	return items
}

// pages finds the fields of a response that has pages.
func (b *Binder) pages(md protoreflect.MethodDescriptor, items protoreflect.FieldDescriptor, found map[protoreflect.Name]protoreflect.FieldDescriptor) pages {
	number := func(name, needs protoreflect.Name) protowire.Number {
		fd := md.Output().Fields().ByName(name)
		switch {
		case fd == nil || typeName(fd) != pageFields[name]:
			return 0
		case needs != "" && found[needs] == nil:
			return 0
		}
		return fd.Number()
	}
	return pages{
		items: items.Number(), next: number("next_page_token", "page_token"), previous: number("previous_page_token", "page_token"),
		totalSize: number("total_size", "count"), cutShort: number("cut_short", ""),
		tokens: b.tokens, name: string(md.FullName()),
	}
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
	return l.answer(c, l.resource, &l.asked, from{source: l.from}, l.statements, dst)
}

// from is what rows are read of.
type from struct {
	source query.Source
	// args are the source's arguments, and shape tells apart sources that differ.
	args  [][]byte
	shape string
	// scope is what page tokens are bound to of the source.
	scope string
	// natural is the order in which the source numbers its rows; nil where it does
	// not. unordered leaves them as they come where no other order is asked for.
	natural   *term
	unordered bool
	// writes says that reading may write.
	writes bool
}

// answer reads a page of rows, as the call's values ask.
func (l *pages) answer(c *call, r *resource, a *asked, from from, statements *lru.Cache[question, *reading], dst []byte) ([]byte, error) {
	size, err := l.size(a, c)
	if err != nil {
		return nil, err
	}
	q := question{
		selected: a.selected(c), filter: a.text(c, askFilter), orderBy: cmp.Or(a.text(c, askOrderBy), l.defaultOrder),
		limit: limitFor(size), shape: from.shape, unordered: from.unordered,
	}
	scope := filter.Scope{
		Method: l.name, Role: c.as.Role, Subject: c.as.Subject, OrderBy: q.orderBy, Filter: q.filter, Source: from.scope,
	}
	var at filter.Cursor
	if token := a.text(c, askPageToken); token != "" {
		if at, err = l.tokens.Open([]byte(token), scope); err != nil {
			return nil, status.InvalidArgument("page_token", err.Error())
		}
		q.resume(at)
	}
	rd, ok := statements.Get(q)
	if !ok {
		if rd, err = r.read(q, from); err != nil {
			return nil, err
		}
		if q.small() {
			statements.Add(q, rd)
		}
	}
	c.args = append(append(c.args[:0], from.args...), rd.args...)
	for _, v := range at.Values {
		if v != nil {
			c.args = append(c.args, v)
		}
	}
	if len(at.Values) > 0 && len(at.Values) != len(rd.cursor) {
		return nil, status.InvalidArgument("page_token", filter.ErrToken.Error())
	}
	p := &page{pages: l, call: c, reading: rd, size: size, at: at, scope: scope, start: len(dst), dst: dst}
	counted, err := l.counted(c, r, a, q, from)
	if err != nil {
		return nil, err
	}
	return p.answer(counted)
}

func (l *pages) size(a *asked, c *call) (int, error) {
	size := int(int32(a.value(c, askPageSize).Num))
	switch {
	case size < 0:
		return 0, status.InvalidArgument("page_size", "is negative")
	case size == 0:
		return l.defaultSize, nil
	}
	return min(size, l.maxSize), nil
}
