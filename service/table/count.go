package table

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/query"
)

// maxCounted is how many rows an estimate counts before it believes the planner.
const maxCounted = 1000

// counts is what a list asks to be counted: rows, and the planner's estimate.
// Either statement may be nil.
type counts struct {
	field         protowire.Number
	exact, rough  *query.Statement
	args          [][]byte
	bounded       bool
	counted, plan int64
}

// counted plans the count that a call asks for; nil for none.
func (l *pages) counted(c *call, r *resource, a *asked, q question, from from) (*counts, error) {
	mode := rowgatev1.Count(int32(a.value(c, askCount).Num))
	if mode == rowgatev1.Count_COUNT_UNSPECIFIED || l.totalSize == 0 {
		return nil, nil
	}
	p := r.params(slices.Clone(from.args)...)
	where, err := r.where(q.filter, p)
	if err != nil {
		return nil, err
	}
	all := query.Select{From: from.source, Where: where}
	n := &counts{field: l.totalSize, args: p.Args}
	switch mode {
	case rowgatev1.Count_COUNT_EXACT:
		n.exact = all.CountRows()
	case rowgatev1.Count_COUNT_PLANNED:
		if !r.estimates {
			return nil, status.FailedPrecondition("count", "is not told by the planner, which also counts rows that policies hide: "+
				"ask for COUNT_EXACT or COUNT_ESTIMATED, or allow it by the relation's option planner_counts")
		}
		n.rough = all.Estimate()
	case rowgatev1.Count_COUNT_ESTIMATED:
		if !r.estimates {
			n.exact = all.CountRows()
			break
		}
		n.rough, n.bounded = all.Estimate(), true
		all.Limit = maxCounted + 1
		n.exact = all.CountRows()
	default:
		return nil, status.InvalidArgument("count", "is none of the ways to count")
	}
	return n, nil
}

// runCounted runs the statement that the call has come to, and the counts within
// the same transaction and round trip.
func (c *call) runCounted(n *counts, row func([][]byte) error) error {
	if n == nil {
		_, err := c.run(row)
		return err
	}
	o := store.BatchOptions{Request: c.stored.Request, ReadOnly: true}
	return c.store.Batch(c.ctx, c.as, o, func(b *store.Batch) error {
		b.Queue(c.stored.Statement, c.args, row)
		if n.exact != nil {
			b.Queue(n.exact, n.args, n.readCount)
		}
		if n.rough != nil {
			b.Queue(n.rough, n.args, n.readPlan)
		}
		return nil
	})
}

func (n *counts) readCount(row [][]byte) error {
	if len(row) != 1 || len(row[0]) != 8 {
		return errors.New("table: a count is no bigint")
	}
	n.counted = int64(binary.BigEndian.Uint64(row[0]))
	return nil
}

// readPlan takes the rows that the planner expects out of EXPLAIN's JSON.
func (n *counts) readPlan(row [][]byte) error {
	var plans []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		}
	}
	if len(row) != 1 {
		return errors.New("table: EXPLAIN gives no plan")
	}
	if err := json.Unmarshal(row[0], &plans); err != nil || len(plans) != 1 {
		return errors.Join(errors.New("table: EXPLAIN gives no plan"), err)
	}
	n.plan = int64(plans[0].Plan.Rows)
	return nil
}

// append writes the count.
func (n *counts) append(dst []byte) []byte {
	if n == nil {
		return dst
	}
	total := n.counted
	if n.exact == nil || n.bounded && total > maxCounted {
		total = n.plan
		if n.bounded {
			total = max(total, n.counted)
		}
	}
	return protowire.AppendVarint(protowire.AppendTag(dst, n.field, protowire.VarintType), uint64(total))
}
