package audit

import (
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// received holds an entry's stamp to the times at which its request came.
func (a *audit) received(e rules.Entry) {
	where := "entry " + e.Stamp.String()
	r, trust := e.Received, ledger.GatewayTrust.Milliseconds()
	slow := r.Gateway != 0 && r.Handler-r.Gateway > trust
	quick := r.Gateway == 0 || r.Handler-r.Gateway < trust
	if slow && !r.Late || quick && r.Late {
		a.add(Stamp, where, "%s: the gateway says %d and the handler %d; that the handler's time stands is recorded as %t.",
			describe(e), r.Gateway, r.Handler, r.Late)
	}
	if e.Kind != rules.Judged {
		if want := ledger.Milli(r); e.Stamp.Milli != want {
			a.add(Stamp, where, "%s: it was received at %d and is stamped %s: it stands %s than it must.",
				describe(e), want, e.Stamp, sooner(e.Stamp.Milli < want))
		}
		return
	}
	// Only one that its submission's own stamp has moved, since the two clocks differ, may lie further ahead of the judge's time.
	within := ledger.CommitWithin.Milliseconds()
	moved := e.Submission != nil && e.Stamp.Milli == e.Submission.Milli
	if off := e.Stamp.Milli - r.Handler; off < -within || off > within && !moved {
		a.add(Stamp, where, "%s: the look that it is stamped with cannot have been %d ms from when its judge had it.", describe(e), off)
	}
}

func sooner(is bool) string {
	if is {
		return "earlier"
	}
	return "later"
}
