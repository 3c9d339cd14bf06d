package wire

import (
	"iter"

	"google.golang.org/protobuf/encoding/protowire"
)

// Writer writes the rows of one answer by a Plan, and counts the embedded rows
// that [Embed.Cut] has it leave out. It is for one goroutine; plans without
// embeds have no need of it.
type Writer struct {
	plan  *Plan
	notes []int // by embedStep.note; nil when nothing can be cut
}

// NewWriter returns a Writer that has cut nothing yet.
func (p *Plan) NewWriter() *Writer {
	w := &Writer{plan: p}
	if p.notes > 0 {
		w.notes = make([]int, p.notes)
	}
	return w
}

// AppendRow is [Plan.AppendRow], but that it cuts. After an error Cuts means
// nothing.
func (w *Writer) AppendRow(dst []byte, row [][]byte) ([]byte, error) {
	return w.plan.appendWide(dst, row, w.notes)
}

// AppendField is [Plan.AppendField], but that it cuts. After an error Cuts
// means nothing.
func (w *Writer) AppendField(dst []byte, num protowire.Number, row [][]byte) ([]byte, error) {
	start := len(dst)
	dst = protowire.AppendTag(dst, num, protowire.BytesType)
	at := len(dst)
	dst, err := w.AppendRow(append(dst, 0), row)
	if err != nil {
		return dst[:start], err
	}
	return closeLength(dst, at), nil
}

// Cuts yields the relations that were cut, as paths such as "comments" and
// "comments.replies", each with the number of rows that lack some of theirs:
// of "comments.replies" that of comments. They come in the plan's order, an
// outer one before those within it.
func (w *Writer) Cuts() iter.Seq2[string, int] {
	return func(yield func(path string, rows int) bool) { w.plan.yieldCuts("", w.notes, yield) }
}

func (p *Plan) yieldCuts(prefix string, notes []int, yield func(string, int) bool) bool {
	for i := range p.embeds {
		e := &p.embeds[i]
		path := prefix + string(e.Field.Name())
		if rows := notes[e.note]; rows > 0 && !yield(path, rows) {
			return false
		}
		if !e.Plan.yieldCuts(path+".", notes[e.note+1:], yield) {
			return false
		}
	}
	return true
}
