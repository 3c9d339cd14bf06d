package table

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/status"
)

// maxPageBytes is how large a page grows before it ends early; gRPC's clients
// refuse answers over 4 MiB. AIP-158 allows a page with fewer rows.
const maxPageBytes = 3 << 20

// largePageBytes is from where on the next row may lead beyond that, so that the
// page's last row has to be known before it comes.
const largePageBytes = maxPageBytes / 4

// page is an answer of rows while it is made.
type page struct {
	*pages
	*reading
	call  *call
	scope filter.Scope
	// at is where the page begins, and size the most rows of it.
	at   filter.Cursor
	size int
	// start is where the page begins in dst.
	start int
	dst   []byte

	rows            int
	full, more, cut bool
	// first and last are the cursors of the rows at the ends, and starts where
	// the rows stand in dst, of a page that is read backward.
	first, last [][]byte
	starts      []int
}

// answer runs the statement and writes the rows, and the tokens of the pages
// beside this one.
func (p *page) answer(counts *counts) ([]byte, error) {
	p.call.stored.Statement = p.Statement
	p.call.stored.MaxRows = uint32(p.size) + 1
	w := p.plan.NewWriter()
	err := p.call.runCounted(counts, func(row [][]byte) (err error) {
		if p.full {
			p.more = true
			return nil
		}
		if p.at.Backward {
			p.starts = append(p.starts, len(p.dst))
		}
		if err := notNull(row, p.whole, p.columns); err != nil {
			return err
		}
		before := len(p.dst)
		if p.dst, err = w.AppendField(p.dst, p.items, row[:p.width]); err != nil {
			return err
		}
		if len(p.dst)-p.start > maxPageBytes && p.last != nil {
			// The row before was the last one; this one begins the next page.
			p.dst = p.dst[:before]
			p.full, p.more, p.cut = true, true, true
			return nil
		}
		// The first page has none before it.
		if p.rows++; p.rows == 1 && p.at.Values != nil {
			p.first = keep(row, p.cursor)
		}
		p.cut = len(p.dst)-p.start >= maxPageBytes
		p.full = p.rows == p.size || p.cut
		if p.full || len(p.dst)-p.start > largePageBytes {
			p.last = keep(row, p.cursor)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.call.truncated(w)
	p.turn()
	if err := p.tokens(); err != nil {
		return nil, err
	}
	if p.cut && p.more && p.rows < p.size && p.cutShort != 0 {
		p.dst = protowire.AppendVarint(protowire.AppendTag(p.dst, p.cutShort, protowire.VarintType), 1)
	}
	return counts.append(p.dst), nil
}

// turn puts the rows of a page that was read backward into their order.
func (p *page) turn() {
	if !p.at.Backward || p.rows < 2 {
		return
	}
	turned := make([]byte, 0, len(p.dst)-p.start)
	end := len(p.dst)
	for i := len(p.starts) - 1; i >= 0; i-- {
		turned = append(turned, p.dst[p.starts[i]:end]...)
		end = p.starts[i]
	}
	copy(p.dst[p.start:], turned)
}

// tokens writes the tokens of the pages before and after this one. A page that
// is empty, since its rows are gone, leads back to the other end.
func (p *page) tokens() error {
	resumed := p.at.Values != nil
	ahead, back := p.last, p.first
	if !p.more {
		ahead = nil
	}
	switch {
	case p.next == 0 && p.more && p.tooMany != nil:
		return p.tooMany(p)
	case p.next == 0 && p.more:
		// Rows without a key have no next page; leaving the rest out would be
		// taken for the end.
		return status.FailedPrecondition("page_size", fmt.Sprintf("there are more than %d rows, "+
			"and %s cannot be paged through: ask for more at once, at most %d", p.rows, p.name, p.maxSize))
	case p.at.Backward:
		p.token(p.previous, filter.Cursor{Values: ahead, Backward: true}, p.more)
		p.token(p.next, filter.Cursor{Values: back}, true)
	default:
		p.token(p.next, filter.Cursor{Values: ahead}, p.more)
		p.token(p.previous, filter.Cursor{Values: back, Backward: true}, resumed)
	}
	return nil
}

func (p *page) token(field protowire.Number, at filter.Cursor, there bool) {
	if field == 0 || !there {
		return
	}
	token := p.pages.tokens.Seal(nil, p.scope, at)
	p.dst = protowire.AppendTag(p.dst, field, protowire.BytesType)
	p.dst = protowire.AppendBytes(p.dst, token)
}

// keep copies the cursor's values out of a row.
func keep(row [][]byte, at []int) [][]byte {
	cursor := make([][]byte, len(at))
	for i, n := range at {
		if row[n] != nil {
			cursor[i] = append([]byte{}, row[n]...)
		}
	}
	return cursor
}

// limitFor rounds the rows that a page needs, and the one more that tells
// whether there is a next page, up to one of a few limits, so that page sizes
// share statements. The call itself fetches no more rows than it needs.
func limitFor(size int) int {
	for _, limit := range []int{11, 26, 51, 101, 251, 501, 1001} {
		if size < limit {
			return limit
		}
	}
	return size + 1
}
