package table

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// selection is what of a resource's rows is answered: a select list, the rows of
// relations last, and how it is written.
type selection struct {
	columns []query.Column
	plan    *wire.Plan
	// whole is as a resource's.
	whole []int
}

// wanted says what of a row is asked for.
type wanted struct {
	of *resource
	// all asks for all columns; fields are otherwise those asked for, by index.
	all    bool
	fields []bool
	// masked says that the mask names something of the row.
	masked    bool
	relations []*wantedRows
}

// wantedRows are the rows of a relation that are asked for.
type wantedRows struct {
	*reference
	wanted
	// include says which of them; nil for all of them in the key's order.
	include *include
}

// The most that one request may ask for.
const (
	maxRelationDepth = 8
	maxRelations     = 50
	// maxRelated is the most rows of a relation that one row is answered with, and
	// maxRelatedRows the most rows of all relations that a row of the answer holds:
	// relations within relations multiply, and Postgres makes a row as a whole.
	maxRelated     = 1000
	maxRelatedRows = 100_000
)

// everything asks for all columns and no relations.
func (r *resource) everything() *selection { return &selection{r.columns, r.plan, r.whole} }

// selection plans what a mask and includes ask for. Without a mask, which paths
// being nil says, those are all columns; one of "*" alone means the same. Its
// arguments go into p, and its statement's relation is 0.
// https://google.aip.dev/157
func (r *resource) selection(paths []string, includes []*include, p *filter.Params) (*selection, error) {
	w := &wanted{of: r, all: paths == nil, fields: make([]bool, len(r.fields))}
	total := 0
	for _, path := range paths {
		if err := w.mask(path, &total); err != nil {
			return nil, err
		}
	}
	for _, in := range includes {
		if err := w.include(in, &total); err != nil {
			return nil, err
		}
	}
	return w.plan(0, p, "", maxRelatedRows/max(1, w.chains()))
}

// chains counts the relations of several rows that have none within.
func (w *wanted) chains() int {
	n := 0
	for _, rows := range w.relations {
		within := rows.chains()
		if within == 0 && rows.many() {
			within = 1
		}
		n += within
	}
	return n
}

// depth is how many relations of several rows are within one another.
func (w *wanted) depth() int {
	most := 0
	for _, rows := range w.relations {
		d := rows.depth()
		if rows.many() {
			d++
		}
		most = max(most, d)
	}
	return most
}

// mask marks what a path of a read_mask names.
func (w *wanted) mask(path string, total *int) error {
	names := strings.Split(path, ".")
	if len(names) > maxRelationDepth {
		return status.InvalidArgument("read_mask", fmt.Sprintf("names %s, which goes deeper than %d fields", filter.Shown(path), maxRelationDepth))
	}
	for i, name := range names {
		w.masked = true
		last := i == len(names)-1
		if name == "*" && last {
			w.all = true
			return nil
		}
		if f := w.of.field(name); f != nil {
			if !last {
				return status.InvalidArgument("read_mask", fmt.Sprintf("names %s; %s is no relation, and is read as a whole", filter.Shown(path), filter.Shown(name)))
			}
			w.fields[f.index] = true
			return nil
		}
		rows, err := w.rows("read_mask", path, name, total)
		if err != nil {
			return err
		}
		if last {
			rows.all, rows.masked = true, true
		}
		w = &rows.wanted
	}
	return nil
}

// include marks the rows that an include names.
func (w *wanted) include(in *include, total *int) error {
	names := strings.Split(in.path, ".")
	if len(names) > maxRelationDepth {
		return status.InvalidArgument("include", fmt.Sprintf("names %s, which goes deeper than %d relations", filter.Shown(in.path), maxRelationDepth))
	}
	var rows *wantedRows
	for _, name := range names {
		if w.of.field(name) != nil {
			return status.InvalidArgument("include", fmt.Sprintf("names %s, and %s is no relation: name columns in read_mask", filter.Shown(in.path), filter.Shown(name)))
		}
		var err error
		if rows, err = w.rows("include", in.path, name, total); err != nil {
			return err
		}
		w = &rows.wanted
	}
	switch {
	case rows.include != nil:
		return status.InvalidArgument("include", "names "+filter.Shown(in.path)+" twice")
	case !rows.many() && (in.filter != "" || in.orderBy != "" || in.pageSize != 0):
		return status.InvalidArgument("include", filter.Shown(in.path)+" is one row, which has no filter, order_by and page_size")
	}
	rows.include = in
	return nil
}

// rows finds or begins what is asked of a relation.
func (w *wanted) rows(field, path, name string, total *int) (*wantedRows, error) {
	for _, rows := range w.relations {
		if rows.name == name {
			return rows, nil
		}
	}
	ref := w.of.reference(name)
	if ref == nil {
		return nil, status.InvalidArgument(field, fmt.Sprintf("names %s, and %s has no field %s", filter.Shown(path), w.of.message.Name(), filter.Shown(name)))
	}
	to := ref.rows()
	if to == nil {
		return nil, status.FailedPrecondition(field, fmt.Sprintf("names %s, which does not fit the database any more", filter.Shown(path)))
	}
	if *total++; *total > maxRelations {
		return nil, status.InvalidArgument(field, fmt.Sprintf("asks for more than %d relations", maxRelations))
	}
	rows := &wantedRows{reference: ref, wanted: wanted{of: to, fields: make([]bool, len(to.fields))}}
	w.relations = append(w.relations, rows)
	return rows, nil
}

// plan writes the select list of a statement's relation. path leads to it, for
// errors; room is how many rows each relation may have.
func (w *wanted) plan(at query.Alias, p *filter.Params, path string, room int) (*selection, error) {
	if w.all && len(w.relations) == 0 {
		return w.of.everything(), nil
	}
	s := &selection{}
	var codecs []*wire.Codec
	for _, f := range w.of.fields {
		if w.all || w.fields[f.index] {
			if slices.Contains(w.of.whole, f.index) {
				s.whole = append(s.whole, len(s.columns))
			}
			codecs = append(codecs, f.codec)
			s.columns = append(s.columns, column(f.codec))
		}
	}
	var embeds []wire.Embed
	for _, rows := range w.relations {
		embed, column, err := rows.embed(at, p, path+rows.name, room)
		if err != nil {
			return nil, err
		}
		embeds = append(embeds, embed)
		s.columns = append(s.columns, column)
	}
	s.plan = wire.NewPlanWith(codecs, embeds)
	return s, nil
}

// embed writes the rows as a column of a row of another resource.
func (rows *wantedRows) embed(from query.Alias, p *filter.Params, path string, room int) (wire.Embed, query.Column, error) {
	if !rows.masked {
		rows.all = true
	}
	join := rows.join(from, p)
	limit, cut := 0, false
	if rows.many() {
		if rows.include != nil && rows.include.pageSize > 0 {
			limit, cut = min(int(rows.include.pageSize), maxRelated, room), true
		} else {
			// As many at each level as there may be at all of those that are left.
			limit = min(maxRelated, int(math.Pow(float64(room), 1/float64(1+rows.depth()))))
		}
		limit = max(1, limit)
		room = max(1, room/limit)
	}
	nested, err := rows.wanted.plan(join.As, p, path+".", room)
	if err != nil {
		return wire.Embed{}, query.Column{}, err
	}
	e := &query.Embed{Join: join, Many: rows.many(), Columns: nested.columns}
	written := wire.Embed{Field: rows.descriptor, Plan: nested.plan, Limit: limit, Cut: cut}
	if e.Many {
		orderBy := ""
		if in := rows.include; in != nil {
			orderBy = in.orderBy
			if e.Where, err = rows.of.condition(in.filter, join.As, p); err != nil {
				return written, query.Column{}, includeError(path, "filter", err)
			}
		}
		order, err := rows.of.order(orderBy, join.As, p)
		if err != nil {
			return written, query.Column{}, includeError(path, "order_by", err)
		}
		e.OrderBy, e.Limit = order, written.Limit+1
	}
	return written, query.Column{Name: rows.name, Embed: e, OID: written.ResultOID()}, nil
}
