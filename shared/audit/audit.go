// Package audit checks a ledger that was taken home: an archive, with whatever receipts, keys and checkpoints others have
// kept of it. It is what lets a result be published that nobody needs to take on trust.
//
// It guarantees that a Report without a finding means what docs/format.md asks of a verifier: blocks without a gap, the tree
// of every block and every signature right, every decision made again with the same outcome, in the order in which the
// decisions were made, and a board that is byte for byte what the entries come to. Findings are told together, each in
// words for an organiser; one mistake may well show in several places. It reads the archive twice from its beginning to
// its end, and keeps of it what the board and the teams' states need.
//
// What it cannot know: whether an answer was right (the ledger holds commitments), when a request really came (the
// gateway says), and, without a key, a receipt or a checkpoint from elsewhere, whether all of it was written anew by who
// holds the keys. It knows no HTTP and no store.
package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
)

// Options is what an archive is held to beside itself.
type Options struct {
	// Key is the verifier key of checkpoints, from elsewhere. Without it the archive's own is trusted.
	Key string
	// Receipts and Checkpoints are signed notes that others have kept.
	Receipts, Checkpoints []Kept
	// Progress, if set, is told now and then how many of how many entries have been read, over both readings.
	Progress func(done, of int64)
}

// Kept is a signed note that somebody has kept.
type Kept struct {
	Where  string // the file and line that it is from
	Signed string
}

// audit is one under way.
type audit struct {
	Options
	*Report
	*findings
	ctx      context.Context
	jam      jamState
	teams    map[string]*team
	subjects subjects
	want     receipts
	older    published
	done     int64 // entries read
}

// Audit checks an archive, which open opens from its beginning. The error is one of reading alone, or the context's; what
// does not hold is in the Report.
func Audit(ctx context.Context, open func() (io.ReadCloser, error), o Options) (*Report, error) {
	a := &audit{Options: o, Report: &Report{Late: []jam.Stamp{}, Receipts: []Looked{}, Notes: []string{}, Standing: []board.Row{}}, findings: &findings{}, ctx: ctx, teams: map[string]*team{}}
	a.jam.definitions = map[string]*definition{}
	for _, pass := range []func(*archive.Reader) error{a.survey, a.walk} {
		again, err := a.read(open, pass)
		if err != nil {
			return nil, fmt.Errorf("audit: %w", err)
		}
		if !again {
			break
		}
	}
	a.Report.Findings, a.Report.More = a.list()
	a.Report.OK = len(a.Report.Findings) == 0
	return a.Report, nil
}

// read opens the archive for one pass. What is not of its form is a finding, after which there is nothing to go on with.
func (a *audit) read(open func() (io.ReadCloser, error), pass func(*archive.Reader) error) (again bool, err error) {
	f, err := open()
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r, err := archive.NewReader(f)
	if err == nil {
		err = pass(r)
	}
	if err == nil {
		return true, nil
	}
	if _, unreadable := errors.AsType[*fs.PathError](err); unreadable || a.ctx.Err() != nil {
		return false, errors.Join(err, a.ctx.Err())
	}
	a.add(Format, "the file", "The file is not an archive of the form that is documented: %v.", err)
	return false, nil
}

// count takes note of an entry that was read.
func (a *audit) count() error {
	a.done++
	const often = 1 << 10
	if a.done%often != 0 {
		return nil
	}
	if a.Progress != nil {
		a.Progress(a.done, 2*a.Report.Archive.Entries)
	}
	return a.ctx.Err()
}
