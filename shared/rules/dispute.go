package rules

import (
	"slices"
	"strings"

	"github.com/photofinish/photofinish/shared/jam"
)

// Dispute is a result that somebody contests and that is not settled yet. While there is any, nothing is certified.
type Dispute struct {
	ID         jam.Stamp  `json:"id"`                   // the stamp of the entry that opened it
	About      string     `json:"about,omitempty"`      // the team whose result it is; empty: the Jam's
	Submission *jam.Stamp `json:"submission,omitempty"` // the submission, if it is about one
}

// MaxDisputes is how many disputes may be open at once: they lie in the Jam's state, which is read with every decision.
const MaxDisputes = 100

// OpenDispute decides that a result is recorded as contested: a submission's, a team's or, without either, the Jam's. It
// changes no result by itself; a ruling does.
func OpenDispute(j Jam, about string, submission *jam.Stamp, by, why string, at jam.Stamp) (Decision, error) {
	switch closes, ok := j.Closes(); {
	case ok && closes <= at.Milli:
		return Decision{}, certified()
	case ok:
		return Decision{}, refuse(Certified, "The result is being certified and the ledger closes at %s.", clockTime(closes))
	case strings.TrimSpace(why) == "":
		return Decision{}, refuse(Invalid, "A dispute says why the result is contested.")
	case len(j.Disputes) >= MaxDisputes:
		return Decision{}, refuse(Invalid, "%d disputes are open; settle some first.", len(j.Disputes))
	}
	for _, d := range j.Disputes {
		if d.About == about && sameStamp(d.Submission, submission) {
			return Decision{}, refuse(NothingNew, "This is disputed already: %s.", d.ID)
		}
	}
	j.Disputes = append(slices.Clone(j.Disputes), Dispute{ID: at, About: about, Submission: submission})
	return j.after(Entry{Kind: Disputed, About: about, Submission: submission, By: by, Why: why}, at), nil
}

// SettleDispute decides that a dispute is over, and says how it was settled.
func SettleDispute(j Jam, dispute jam.Stamp, by, why string, at jam.Stamp) (Decision, error) {
	if j.Clock.Read(at.Milli).Phase == Closed {
		return Decision{}, certified()
	}
	i := slices.IndexFunc(j.Disputes, func(d Dispute) bool { return d.ID == dispute })
	switch {
	case i < 0:
		return Decision{}, refuse(UnknownDispute, "There is no open dispute %s.", dispute)
	case strings.TrimSpace(why) == "":
		return Decision{}, refuse(Invalid, "Say how the dispute was settled.")
	}
	d := j.Disputes[i]
	j.Disputes = slices.Delete(slices.Clone(j.Disputes), i, i+1)
	return j.after(Entry{Kind: Settled, About: d.About, Submission: d.Submission, Dispute: &dispute, By: by, Why: why}, at), nil
}

// disputed says what is to be settled before anything is certified; empty: nothing.
func (j Jam) disputed() string {
	if len(j.Disputes) == 0 {
		return ""
	}
	names := make([]string, len(j.Disputes))
	for i, d := range j.Disputes {
		names[i] = d.String()
	}
	return "The result is disputed; settle this first: " + strings.Join(names, ", ") + "."
}

// String names the dispute by what it is about.
func (d Dispute) String() string {
	switch {
	case d.Submission != nil:
		return d.ID.String() + " (submission " + d.Submission.String() + " of " + d.About + ")"
	case d.About != "":
		return d.ID.String() + " (team " + d.About + ")"
	}
	return d.ID.String() + " (the Jam)"
}

func sameStamp(a, b *jam.Stamp) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
