package localpg

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// logTail is how many lines of the log an error carries.
const logTail = 15

// rotateLog begins a new log and sets that of the last start aside, so that
// the log neither grows for ever nor mixes two starts. It is kept open, to be
// read for an error even after an ephemeral folder has been removed.
func (f *folder) rotateLog() error {
	if err := f.root.Rename(logName, oldLogName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f.explain(err)
	}
	if err := f.write(logName, ""); err != nil {
		return err
	}
	log, err := f.root.Open(logName)
	if err != nil {
		return f.explain(err)
	}
	f.log = log
	return nil
}

// withLog adds the last lines of the log to an error.
func (f *folder) withLog(err error) error {
	const most = 8 << 10
	info, statErr := f.log.Stat()
	if statErr != nil {
		return err
	}
	text, _ := io.ReadAll(io.NewSectionReader(f.log, max(0, info.Size()-most), most))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) > logTail {
		lines = lines[len(lines)-logTail:]
	}
	return fmt.Errorf("%w; its log ends with\n  %s", err, strings.Join(lines, "\n  "))
}
