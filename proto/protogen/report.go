package protogen

import "fmt"

// Kind is what a note is about.
type Kind string

// The kinds of notes, in the order in which they are worth reading.
const (
	// Breaking is a change that clients with older stubs will notice.
	Breaking Kind = "breaking"
	// Gone is something that the files have and the database has not.
	Gone Kind = "gone"
	// Open is a relation that is newly exposed without row level security.
	Open Kind = "open to every caller"
	// Added and Changed are differences that older clients need not know of.
	Added   Kind = "added"
	Changed Kind = "changed"
	// Kept is a difference that is left as the files have it.
	Kept Kind = "kept"
	// Told is a choice that had to be made, such as a name.
	Told Kind = "told apart"
	// Skipped is something of the database that no file expresses.
	Skipped Kind = "left out"
)

// Note is a line of the report.
type Note struct {
	Kind Kind
	// Subject is what of the database it is about: public.items.title.
	Subject string
	// Text says what was done, and what else can be.
	Text string
}

// String writes the note on a line.
func (n Note) String() string { return fmt.Sprintf("%s: %s", n.Subject, n.Text) }

func (g *generator) note(kind Kind, subject fmt.Stringer, format string, args ...any) {
	g.result.Notes = append(g.result.Notes, Note{kind, subject.String(), fmt.Sprintf(format, args...)})
}

func (g *generator) skip(subject fmt.Stringer, why string) { g.note(Skipped, subject, "%s", why) }

// subject is a part of a relation, for notes.
type subject string

func (s subject) String() string { return string(s) }

func partOf(whole fmt.Stringer, part string) subject {
	return subject(whole.String() + "." + part)
}
