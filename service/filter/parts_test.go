package filter_test

import (
	"testing"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// TestParts holds that values of one name in several parts are told apart.
func TestParts(t *testing.T) {
	part := func(name query.FuncName) *filter.Schema {
		return &filter.Schema{Name: string(name), Columns: []*filter.Column{{
			Name: "price", Type: wire.Type{OID: 1700, Name: "numeric", Typmod: -1}, Sortable: true, Nullable: true,
			Of: query.Func{Name: name, Args: []query.Operand{query.Ref{Column: "price"}}},
		}}}
	}
	group := &filter.Schema{Name: "Group", Parts: []*filter.Schema{part(query.Sum), part(query.Avg)}, Columns: []*filter.Column{
		{Name: "sum", Column: "sum", Type: wire.Type{OID: 1700, Name: "numeric", Typmod: -1}, Sortable: true},
	}}
	var p filter.Params
	e, err := filter.Condition("sum.price > 1 AND avg.price = null", group, 0, &p)
	want := `(pg_catalog.sum(t."price") operator(pg_catalog.>) $1 and pg_catalog.avg(t."price") is null)`
	if err != nil || sqlOf(e) != want {
		t.Errorf("%v: %s, want %s", err, sqlOf(e), want)
	}
	terms, err := filter.OrderBy("sum.price, avg.price desc", group, 0, nil, &p)
	if err != nil || len(terms) != 2 || !terms[1].Desc {
		t.Errorf("%v: %v", err, terms)
	}
	for text, want := range map[string]string{
		"sum":             `names "sum", which is no value itself; it has price (at character 1)`,
		"max.price":       `names "max", which is none of the fields of Group: sum, sum, avg (at character 1)`,
		"sum.cost":        `names "cost", which is none of the fields of sum: price (at character 5)`,
		"avg.sum":         `names "sum", which is none of the fields of avg: price (at character 5)`,
		"sum.price.cents": `names "cents" within "price", which is of type numeric and has no parts (at character 11)`,
	} {
		if _, err := filter.Condition(text+" = 1", group, 0, &p); errText(err) != want {
			t.Errorf("%s: error %q, want %q", text, errText(err), want)
		}
		if _, err := filter.OrderBy(text, group, 0, nil, &p); errText(err) != want {
			t.Errorf("order by %s: error %q, want %q", text, errText(err), want)
		}
	}
}
