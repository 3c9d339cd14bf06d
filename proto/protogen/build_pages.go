package protogen

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store/catalog"
)

// firstPageField is the number from which on a call's fields for filters and
// pages count: beyond all arguments, of which a function has 100 at the most.
// https://www.postgresql.org/docs/current/runtime-config-preset.html
const firstPageField = 101

// besideArgumentTypes are the fields that a call may have beside the arguments,
// and besideResultTypes those beside the result.
var (
	besideArgumentTypes = map[protoreflect.Name]string{
		"page_size": "int32", "page_token": "string", "order_by": "string", "filter": "string",
		"read_mask": maskMessage, "include": "repeated " + includeMessage, "count": countEnum,
	}
	besideResultTypes = map[protoreflect.Name]string{
		"next_page_token": "string", "previous_page_token": "string", "total_size": "int64", "cut_short": "bool",
	}
)

// besideArguments are the fields of a call's request that stand for no argument
// and did not before. The comment tells what was one.
func (g *generator) besideArguments(fn *catalog.Function, request protoreflect.MessageDescriptor) map[protoreflect.Name]bool {
	beside := map[protoreflect.Name]bool{}
	for i := range request.Fields().Len() {
		fd := request.Fields().Get(i)
		name, _ := columnOf(fd)
		argument := slices.ContainsFunc(fn.Inputs(), func(a *catalog.Argument) bool { return a.Name == name })
		if protoType(fd) == besideArgumentTypes[fd.Name()] && !argument && !strings.HasPrefix(g.commentOf(fd), "The argument ") {
			beside[fd.Name()] = true
		}
	}
	return beside
}

// besideResult are the fields of a call's response that are not its result.
func besideResult(response protoreflect.MessageDescriptor) map[protoreflect.Name]bool {
	beside := map[protoreflect.Name]bool{}
	for i := range response.Fields().Len() {
		if fd := response.Fields().Get(i); protoType(fd) == besideResultTypes[fd.Name()] && response.Fields().Len() > 1 {
			beside[fd.Name()] = true
		}
	}
	return beside
}

// functionPages gives a call of a function that returns a set of rows what a
// List has, as far as no argument is called so. Only the rows of a relation have
// a key to tell pages apart by, and masks.
func (g *generator) functionPages(fn *catalog.Function, m *method, req, res *message) {
	var asks, answers []*field
	rel := g.cat.RowType(fn.ResultOID)
	of := len(fn.Outputs()) <= 1 && fn.Result == nil && rel != nil
	rows := fn.SetOf && (of || len(fn.Outputs()) > 1 || fn.Result != nil && fn.Result.Kind == 'c')
	keyless := false
	if rows {
		asks = append(asks, pageSize(firstPageField, sizeOfSet), &field{
			name: "order_by", number: firstPageField + 2, typ: "string",
			comment: said("Fields of the rows to order by (AIP-132). The function's own order when empty."),
		}, (*resource)(nil).filtered(firstPageField+3))
	}
	if rows && of {
		r := g.resources[rel.Name]
		keyless = len(r.key) == 0
		asks[1], asks[2] = r.orderBy(firstPageField+2, "The function's own order when empty."), r.filtered(firstPageField+3)
		if !keyless {
			asks[0].comment = said(sizeOfPage)
			asks = slices.Insert(asks, 1, pageToken(firstPageField+1))
			answers = append(answers, nextPageToken(2), previousPageToken())
		}
		asks = append(asks, numbered(readMask(), firstPageField+4))
		for _, f := range r.include() {
			asks = append(asks, numbered(f, firstPageField+5))
		}
		asks = append(asks, counted(firstPageField+6))
		answers = append(answers, totalSize(), cutShort())
	}
	// What it did not return before, nobody can have done without.
	if m.have == nil || listed(m.have.Output()) == nil {
		for _, f := range append(slices.Clone(asks), answers...) {
			f.fresh = true
		}
	}
	missing := g.offered(req, asks...)
	g.dropBeside(fn, m, req, asks, keyless)
	if res != nil {
		missing = append(missing, g.offered(res, answers...)...)
		g.dropBeside(fn, m, res, answers, keyless)
	}
	if len(missing) > 0 {
		g.note(Kept, subject(fn.Signature()), "could have %s in its request and response as well, and the files have no such field; --methods writes what is missing",
			and(missing))
	}
}

// dropBeside reserves the fields beside arguments or the result that are no
// longer wanted. Those that lack nothing but a key wait for --prune.
func (g *generator) dropBeside(fn *catalog.Function, m *method, of *message, wanted []*field, keyless bool) {
	for i := 0; of.have != nil && i < of.have.Fields().Len(); i++ {
		fd := of.have.Fields().Get(i)
		isWanted := slices.ContainsFunc(wanted, func(f *field) bool { return f.name == string(fd.Name()) })
		switch {
		case !of.apart[fd.Name()] || isWanted:
			continue
		case keyless && strings.HasSuffix(string(fd.Name()), "page_token") && !g.opts.Prune:
			g.note(Gone, subject(fn.Signature()), "its rows have no key that a caller may read, so %s cannot be served in pages; --prune takes %s out",
				m.name, fd.Name())
			continue
		case fd.Name() == "include" && slices.ContainsFunc(wanted, func(f *field) bool { return f.name == "read_mask" }):
			// The rows have no relations any more, and may again.
			continue
		}
		of.gone = append(of.gone, goneField{fd, "Was for rows that the function no longer returns."})
		g.note(Changed, subject(fn.Signature()), "returns no rows that %s were for; its number %d is reserved", fd.Name(), fd.Number())
	}
}
