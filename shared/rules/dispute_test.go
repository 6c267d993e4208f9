package rules_test

import (
	"strings"
	"testing"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// over is a second by which the Jam of these tests has ended.
const over = 8000

func TestNothingIsCertifiedWhileSomethingIsDisputed(t *testing.T) {
	w := newWorld(t)
	submission := at(100)
	dispute := w.must(w.onJam(func(j rules.Jam) (rules.Decision, error) {
		return rules.OpenDispute(j, "a", &submission, "desk", "the other team pressed first", at(over))
	}))
	if dispute.Team != "" || dispute.About != "a" || *dispute.Submission != submission || dispute.By != "desk" {
		t.Errorf("the entry is %+v", dispute)
	}
	refusal := w.refuses(rules.NotFinal, err2(w.change(rules.Change{Op: rules.OpCertify}, over+1)))
	if !strings.Contains(refusal.Detail, dispute.Stamp.String()) || !strings.Contains(refusal.Detail, submission.String()) {
		t.Errorf("the refusal does not name what is disputed: %s", refusal.Detail)
	}
	settled := w.must(w.onJam(func(j rules.Jam) (rules.Decision, error) {
		return rules.SettleDispute(j, dispute.Stamp, "desk", "the log shows otherwise", at(over+2))
	}))
	if *settled.Dispute != dispute.Stamp || settled.About != "a" || *settled.Submission != submission {
		t.Errorf("the entry that settles it is %+v", settled)
	}
	w.must(w.change(rules.Change{Op: rules.OpCertify}, over+3))
}

func TestADisputeThatMakesNoSenseIsRefused(t *testing.T) {
	one := at(100)
	open := func(about string, s *jam.Stamp, why string, second float64) func(rules.Jam) (rules.Decision, error) {
		return func(j rules.Jam) (rules.Decision, error) {
			return rules.OpenDispute(j, about, s, "desk", why, at(second))
		}
	}
	settle := func(id jam.Stamp, why string) func(rules.Jam) (rules.Decision, error) {
		return func(j rules.Jam) (rules.Decision, error) {
			return rules.SettleDispute(j, id, "desk", why, at(over+5))
		}
	}
	certify := func(j rules.Jam) (rules.Decision, error) {
		return rules.ChangeClock(j, rules.Change{Op: rules.OpCertify}, "desk", at(over+1))
	}
	for name, c := range map[string]struct {
		before func(rules.Jam) (rules.Decision, error)
		then   func(rules.Jam) (rules.Decision, error)
		want   rules.RefusalKind
	}{
		"without a reason":               {nil, open("a", nil, "  ", over), rules.Invalid},
		"the same once more":             {open("a", &one, "x", over), open("a", &one, "y", over+1), rules.NothingNew},
		"once certification is written":  {certify, open("a", nil, "x", over+2), rules.Certified},
		"once the ledger is closed":      {certify, open("a", nil, "x", over+40), rules.Certified},
		"settling what is not open":      {nil, settle(at(7), "x"), rules.UnknownDispute},
		"settling without saying how":    {open("a", nil, "x", over), settle(at(over), ""), rules.Invalid},
		"settling after the ledger ends": {certify, func(j rules.Jam) (rules.Decision, error) { return rules.SettleDispute(j, at(7), "d", "x", at(over+40)) }, rules.Certified},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.before != nil {
				w.must(w.onJam(c.before))
			}
			w.refuses(c.want, err2(w.onJam(c.then)))
		})
	}
}

func TestDisputesAreOpenUpToALimit(t *testing.T) {
	w := newWorld(t)
	for i := range rules.MaxDisputes {
		s := at(float64(i))
		w.must(w.onJam(func(j rules.Jam) (rules.Decision, error) {
			return rules.OpenDispute(j, "a", &s, "desk", "x", at(over+float64(i)))
		}))
	}
	w.refuses(rules.Invalid, err2(w.onJam(func(j rules.Jam) (rules.Decision, error) {
		return rules.OpenDispute(j, "b", nil, "desk", "x", at(over+900))
	})))
}
