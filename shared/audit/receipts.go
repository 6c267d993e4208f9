package audit

import (
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

// receipts are those that were given, by the stamp of their entry.
type receipts struct {
	given []receipt
	leaf  map[jam.Stamp]*tlog.Hash // what the ledger holds there; nil so far
}

type receipt struct {
	ledger.Receipt
	where string
}

// prepareReceipts opens the receipts that were given.
func (a *audit) prepareReceipts() {
	a.want.leaf = map[jam.Stamp]*tlog.Hash{}
	for _, kept := range a.Receipts {
		if a.jam.receipts == nil {
			a.add(Receipt, kept.Where, "The receipt in %s cannot be checked: the Jam's key of receipts is not known.", kept.Where)
			continue
		}
		r, err := ledger.OpenReceipt(kept.Signed, a.jam.receipts)
		if err != nil {
			a.add(Signature, kept.Where, "The receipt in %s is not signed by this Jam's key of receipts, or was changed (%v).", kept.Where, plain(err))
			continue
		}
		a.Checked.Receipts++
		if r.Jam != a.Report.Archive.Jam {
			a.add(Receipt, kept.Where, "The receipt in %s is of another Jam, %q.", kept.Where, r.Jam)
			continue
		}
		a.want.given = append(a.want.given, receipt{r, kept.Where})
		a.want.leaf[r.Stamp] = nil
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

// compareReceipts holds the ledger to the receipts.
func (a *audit) compareReceipts(end jam.Stamp) {
	for _, r := range a.want.given {
		team := "team " + r.Team
		if r.Team == "" {
			team = "the Jam"
		}
		switch found := a.want.leaf[r.Stamp]; {
		case found == nil && end.Before(r.Stamp):
			a.NotSealed = append(a.NotSealed, r.where)
		case found == nil:
			a.add(Receipt, r.where, "The receipt in %s proves entry %s of %s, and the ledger does not hold it: it was taken out, or put elsewhere.", r.where, r.Stamp, team)
		case *found != r.Leaf:
			a.add(Receipt, r.where, "The receipt in %s proves entry %s of %s, and the ledger holds another entry there: it was changed after the receipt was given.", r.where, r.Stamp, team)
		}
	}
}
