package audit

import (
	"fmt"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

// State is what became of a receipt.
type State string

// The states of a receipt.
const (
	Sealed    State = "sealed"     // the ledger holds the very entry
	NotSealed State = "not-sealed" // it lies after the ledger's end
	Missing   State = "missing"    // the ledger does not hold the entry
	Changed   State = "changed"    // the ledger holds another entry there
	Invalid   State = "invalid"    // it is not signed by the Jam's key, or is of another Jam
)

// Looked is one receipt, looked up.
type Looked struct {
	Where string    `json:"where"`
	State State     `json:"state"`
	Team  string    `json:"team,omitempty"`
	Stamp jam.Stamp `json:"stamp"`
}

// receipts are those that were given.
type receipts struct {
	given []receipt
	leaf  map[jam.Stamp]*tlog.Hash // what the ledger holds there; nil so far
}

type receipt struct {
	ledger.Receipt
	Looked
}

// prepareReceipts opens the receipts that were given.
func (a *audit) prepareReceipts() {
	a.want.leaf = map[jam.Stamp]*tlog.Hash{}
	for _, kept := range a.Options.Receipts {
		r := receipt{Looked: Looked{Where: kept.Where, State: Invalid}}
		a.openReceipt(&r, kept)
		a.want.given = append(a.want.given, r)
	}
}

func (a *audit) openReceipt(r *receipt, kept Kept) {
	if a.jam.receipts == nil {
		a.add(Receipt, kept.Where, "The receipt in %s cannot be checked: the Jam's key of receipts is not known.", kept.Where)
		return
	}
	var err error
	r.Receipt, err = ledger.OpenReceipt(kept.Signed, a.jam.receipts)
	r.Looked.Team, r.Looked.Stamp = r.Receipt.Team, r.Receipt.Stamp
	a.Checked.Receipts++
	switch {
	case err != nil:
		a.add(Receipt, kept.Where, "The receipt in %s is not signed by this Jam's key of receipts, or was changed (%v).", kept.Where, plain(err))
	case r.Jam != a.Report.Archive.Jam:
		a.add(Receipt, kept.Where, "The receipt in %s is of another Jam, %q.", kept.Where, r.Jam)
	default:
		r.State = NotSealed
		a.want.leaf[r.Receipt.Stamp] = nil
	}
}

// wanted keeps an entry's hash if there is a receipt of it.
func (a *audit) wanted(at jam.Stamp, line []byte) {
	if len(a.want.leaf) == 0 {
		return
	}
	if found, ok := a.want.leaf[at]; ok && found == nil {
		hash := tlog.RecordHash(line)
		a.want.leaf[at] = &hash
	}
}

// compareReceipts holds the ledger, which ends at a stamp, to the receipts.
func (a *audit) compareReceipts(end jam.Stamp) {
	for _, r := range a.want.given {
		if r.State != Invalid {
			r.State = a.look(r, end)
		}
		a.Report.Receipts = append(a.Report.Receipts, r.Looked)
	}
}

func (a *audit) look(r receipt, end jam.Stamp) State {
	team, at := "team "+r.Receipt.Team, r.Receipt.Stamp
	if r.Receipt.Team == "" {
		team = "the Jam"
	}
	switch found := a.want.leaf[at]; {
	case found == nil && end.Before(at):
		return NotSealed
	case found == nil && a.mayFollow(at):
		a.Notes = append(a.Notes, fmt.Sprintf("The receipt in %s proves entry %s of %s, whose place was sealed a moment ago without it: it came late, and a later block will hold it. Export the ledger again in a quarter of an hour.", r.Where, at, team))
		return NotSealed
	case found == nil:
		a.add(Receipt, r.Where, "The receipt in %s proves entry %s of %s, and the ledger does not hold it: it was taken out, or put elsewhere.", r.Where, at, team)
		return Missing
	case *found != r.Leaf:
		a.add(Receipt, r.Where, "The receipt in %s proves entry %s of %s, and the ledger holds another entry there: it was changed after the receipt was given.", r.Where, at, team)
		return Changed
	}
	return Sealed
}
