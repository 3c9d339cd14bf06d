package table

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/typemap"
	"github.com/rowgate/rowgate/store/wire"
)

// queryParam is a parameter of a query, with the codec of its field.
type queryParam struct {
	codec *wire.Codec
	param query.Param
	// cast is the type that the parameter is cast to in the statement, since
	// its values travel as another one; empty for none.
	cast string
}

// queryFields checks that a request has a field for each parameter and no
// other.
func (b *Binder) queryFields(at sqlOf, text *query.Text) {
	fields := at.Input().Fields()
	for _, name := range text.Names {
		if fields.ByName(protoreflect.Name(name)) == nil {
			b.problem(at, "the request of %s has no field for the parameter :%s; %s; where a colon is meant, as in a slice, write a space behind it",
				at.Name(), name, requestFields(at.Input()))
		}
	}
	for i := range fields.Len() {
		if fd := fields.Get(i); !slices.Contains(text.Names, string(fd.Name())) {
			b.problem(fd, "the SQL of %s has no parameter :%s", at.Name(), fd.Name())
		}
	}
}

// queryParams binds a request's fields to the parameters of their names, whose
// types Postgres has inferred. After a problem one of them is nil.
func (b *Binder) queryParams(at sqlOf, text *query.Text, types []uint32) []*queryParam {
	params := make([]*queryParam, len(text.Names))
	for i, name := range text.Names {
		if fd := at.Input().Fields().ByName(protoreflect.Name(name)); fd != nil {
			params[i] = b.queryParam(fd, types[i])
		}
	}
	return params
}

// queryParam binds one. The type stays the inferred one, a domain's own too,
// so that the statement means what was described.
func (b *Binder) queryParam(fd protoreflect.FieldDescriptor, oid uint32) *queryParam {
	t := b.cat.DeclaredType(oid)
	if t == nil {
		b.problem(fd, "the parameter :%s is of a type that a request cannot hold: %s", fd.Name(), b.placeless(oid))
		return nil
	}
	codec := b.codec(fd, wire.Column{Name: ":" + string(fd.Name()), Type: typemap.Type(t.Type, t.Typmod, t.Format), Field: fd})
	if codec == nil {
		return nil
	}
	p := &queryParam{codec: codec, param: query.Param{OID: codec.Param().OID, Text: codec.Param().Text}}
	if codec.Param().OID == t.Type.OID {
		p.param.OID = oid
	} else {
		p.cast = query.TypeName(t.Name.Schema, t.Name.Name)
	}
	return p
}

func requestFields(md protoreflect.MessageDescriptor) string {
	if md.Fields().Len() == 0 {
		return "it has none"
	}
	all := make([]string, md.Fields().Len())
	for i := range all {
		all[i] = string(md.Fields().Get(i).Name())
	}
	return "it has " + strings.Join(all, ", ")
}
