package photofinish

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// Verified is what Verify found to hold.
type Verified struct {
	Proven     int               // entries whose inclusion is proven
	Checkpoint ledger.Checkpoint // the zero one if there is none yet
}

// Verify checks a Finish that somebody else composed against the Jam's checkpoint key (a verifier key in C2SP form): the
// checkpoint's signature; for every entry, that what is said of it is what its stored bytes say, and that these are in
// the checkpoint's tree; and that the passes, the times, the decision and its margin follow from the entries and the
// rows. What would be without a ruling or by an earlier definition is not checked, since that takes all entries. An entry that
// is not sealed is no error, it is just not proven. The words of the Finish are not looked at: whoever has verified it lets
// Words say them again.
func Verify(d *Finish, key string) (Verified, error) {
	var v Verified
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return v, fmt.Errorf("the checkpoints' key cannot be used: %w", err)
	}
	if d.Checkpoint != "" {
		if v.Checkpoint, err = ledger.OpenCheckpoint(d.Checkpoint, verifier); err != nil {
			return Verified{}, fmt.Errorf("the checkpoint is not signed by the Jam's key: %w", err)
		}
		if v.Checkpoint.Origin != ledger.CheckpointKeyName(d.Jam) {
			return Verified{}, fmt.Errorf("the checkpoint is of %q, not of the Jam %q", v.Checkpoint.Origin, d.Jam)
		}
	}
	if v.Checkpoint.Tree.N != d.TreeSize {
		return Verified{}, fmt.Errorf("the checkpoint's tree has %d entries, not %d", v.Checkpoint.Tree.N, d.TreeSize)
	}
	for i := range d.Entries {
		e := &d.Entries[i]
		if i > 0 && d.Entries[i-1].Stamp.Compare(e.Stamp) >= 0 {
			return Verified{}, fmt.Errorf("entry %s is not in order", e.Stamp)
		}
		if err := e.verify(d.Jam, v.Checkpoint.Tree); err != nil {
			return Verified{}, fmt.Errorf("entry %s: %w", e.Stamp, err)
		}
		if e.Sealed {
			v.Proven++
		}
	}
	for _, s := range []*FinishSide{&d.Above, &d.Below} {
		if err := d.verifySide(s); err != nil {
			return Verified{}, fmt.Errorf("team %q: %w", s.Team.ID, err)
		}
	}
	if err := d.verifyDecision(); err != nil {
		return Verified{}, err
	}
	return v, nil
}

// verify checks one entry by itself.
func (e *FinishEntry) verify(jamID string, tree tlog.Tree) error {
	says, err := entryOf([]byte(e.Leaf))
	if err != nil {
		return err
	}
	if entry, err := ledger.DecodeEntry([]byte(e.Leaf)); err != nil || entry.Jam != jamID {
		return fmt.Errorf("its stored bytes are of another Jam than %q", jamID)
	}
	says.Roles, says.Sealed, says.FoundLate, says.Block, says.Seq, says.Hashes = e.Roles, e.Sealed, e.FoundLate, e.Block, e.Seq, e.Hashes
	shown, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if stored, err := json.Marshal(says); err != nil || !bytes.Equal(shown, stored) {
		return errors.New("what is shown is not what its stored bytes say")
	}
	if !e.Sealed {
		return nil
	}
	proof := make(tlog.RecordProof, len(e.Hashes))
	for i, text := range e.Hashes {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(b) != tlog.HashSize {
			return fmt.Errorf("hash %d of its proof is not %d bytes of base64", i, tlog.HashSize)
		}
		copy(proof[i][:], b)
	}
	if e.Seq < 0 || e.Seq >= tree.N {
		return fmt.Errorf("its number %d is not in a tree of %d", e.Seq, tree.N)
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, e.Seq, tlog.RecordHash([]byte(e.Leaf))); err != nil {
		return fmt.Errorf("its inclusion proof does not hold: %w", err)
	}
	return nil
}

// verifySide checks that a team's passes follow from their entries, its score from its passes and adjustments, and its
// time from the pass that set it.
func (d *Finish) verifySide(s *FinishSide) error {
	score := 0
	var last *FinishPass
	for i := range s.Passes {
		p := &s.Passes[i]
		if d.shows(p.Entries) {
			if err := d.verifyPass(p, s.Team.ID); err != nil {
				return fmt.Errorf("its pass of %s: %w", p.Task, err)
			}
		}
		score += p.Points
		if p.Points > 0 && (last == nil || p.order(last) > 0) {
			last = p
		}
	}
	for _, a := range s.Adjustments {
		if e, there := d.entry(a.Entry); there && (e.Team != s.Team.ID || e.Points != a.Points) {
			return fmt.Errorf("entry %s does not give it %d points", a.Entry, a.Points)
		}
		score += a.Points
	}
	switch {
	case score != s.Score:
		return fmt.Errorf("its passes and adjustments add up to %d points, not to %d", score, s.Score)
	case len(s.Passes) != s.Solved:
		return fmt.Errorf("it has %d passes, not %d", len(s.Passes), s.Solved)
	case last == nil && s.Last == nil && s.LastScored.IsZero() && s.LastScoredAt.IsZero():
		return nil
	case last == nil || s.Last == nil || last.order(s.Last) != 0 || s.Last.Counts != s.LastScored ||
		!s.Last.CountsAt.Equal(s.LastScoredAt.Time):
		return errors.New("its time is not that of its last score-raising pass")
	}
	if err := d.verifyPass(s.Last, s.Team.ID); err != nil {
		return fmt.Errorf("the pass that set its time: %w", err)
	}
	return nil
}

// shows tells whether all of these entries are here.
func (d *Finish) shows(entries []jam.Stamp) bool {
	return !slices.ContainsFunc(entries, func(at jam.Stamp) bool { _, there := d.entry(at); return !there })
}

// order is where passes count.
func (p *FinishPass) order(q *FinishPass) int {
	return cmp.Or(p.From.Compare(q.From), p.Counts.Compare(q.Counts))
}

// verifyPass checks that a pass is what the entries about its submission come to.
func (d *Finish) verifyPass(p *FinishPass, team string) error {
	var newest *FinishEntry
	found, late := false, false
	for _, at := range p.Entries {
		e, there := d.entry(at)
		switch {
		case !there && d.LeftOut > 0:
			return nil
		case !there:
			return fmt.Errorf("entry %s is not shown", at)
		case e.Team != team || e.Task != p.Task:
			return fmt.Errorf("entry %s is of another team or task", at)
		case e.Stamp == p.Submission:
			if grant := e.Ruling == rules.Grant; e.Kind != rules.Submitted && !grant || grant != p.Granted {
				return fmt.Errorf("entry %s is no submission", at)
			}
			found = true
		case e.Submission != p.Submission:
			return fmt.Errorf("entry %s is about another submission", at)
		}
		late = late || e.FoundLate
		if newest == nil || newest.Version < e.Version {
			newest = e
		}
	}
	switch {
	case !found:
		return errors.New("the submission itself is not among its entries")
	case newest.Stamp != p.Made || newest.Verdict != jam.Passed || newest.Ruling == rules.Void:
		return fmt.Errorf("entry %s is not what it stands at", p.Made)
	case newest.Counts != p.Counts || newest.Points != p.Base:
		return fmt.Errorf("entry %s says that it counts from %s with %d points", p.Made, newest.Counts, newest.Points)
	case p.From.Before(p.Counts), !late && p.From != p.Counts:
		return fmt.Errorf("it counts from %s and is placed at %s", p.Counts, p.From)
	case !p.CountsAt.Equal(p.From.Time()):
		return errors.New("its time is not that of its place")
	}
	return nil
}

// verifyDecision checks that the decision follows from the rows, and that the rulings are rulings.
func (d *Finish) verifyDecision() error {
	a, b := &d.Above, &d.Below
	by, margin := decide(a, b)
	if by != d.DecidedBy || margin != d.Margin {
		return fmt.Errorf("the rows decide by %s and not by %s, or by another margin", cmp.Or(by, "nothing that puts the upper one above"), d.DecidedBy)
	}
	if (a.Rank == b.Rank) != (by == board.ByNone) || a.Rank > b.Rank {
		return fmt.Errorf("ranks %d and %d do not follow from the rows", a.Rank, b.Rank)
	}
	if err := d.verifyRedefined(); err != nil || d.Ruled == nil {
		return err
	}
	for _, at := range d.Ruled.Rulings {
		if e, there := d.entry(at); !there || e.Kind != rules.Ruled {
			return fmt.Errorf("entry %s is no ruling", at)
		}
	}
	return nil
}

// decide is what decides between two sides; nothing at all if the first is not above the second.
func decide(a, b *FinishSide) (by board.Decision, margin FinishMargin) {
	switch {
	case a.Score < b.Score:
		return "", margin
	case a.Score > b.Score:
		return board.ByPoints, FinishMargin{Points: a.Score - b.Score}
	case a.Last == nil && b.Last == nil:
		return board.ByNone, margin
	case a.Last == nil:
		return "", margin
	case b.Last == nil:
		return board.ByPass, margin
	}
	switch order := a.Last.order(b.Last); {
	case order == 0:
		return board.ByNone, margin
	case order > 0:
		return "", margin
	case a.Last.From == b.Last.From:
		return board.ByStamp, margin
	case a.Last.From.Milli == b.Last.From.Milli:
		return board.BySlot, FinishMargin{Slots: b.Last.From.Slot - a.Last.From.Slot}
	}
	return board.ByTime, FinishMargin{Milliseconds: b.Last.From.Milli - a.Last.From.Milli}
}
