package audit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/shared/audit"
	"github.com/photofinish/photofinish/shared/audit/audittest"
)

// aids are the options of a case that needs something from elsewhere.
func aids(s *audittest.Sample, n audittest.Need) (o audit.Options) {
	switch n {
	case audittest.Receipts:
		o.Receipts = kept("receipt", s.Receipts...)
	case audittest.Checkpoints:
		o.Checkpoints = kept("checkpoint", s.Early, s.Newest)
	case audittest.Key:
		o.Key = s.Key
	}
	return o
}

func kinds(r *audit.Report) (all []audit.Kind) {
	for _, f := range r.Findings {
		if !slices.Contains(all, f.Kind) {
			all = append(all, f.Kind)
		}
	}
	return all
}

func TestEveryTamperingIsNamed(t *testing.T) {
	for seed := range uint64(2) {
		s := audittest.New(t, seed)
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { named(t, s) })
	}
	if n := len(audittest.Cases()); n < 40 {
		t.Errorf("only %d cases", n)
	}
}

func named(t *testing.T, s *audittest.Sample) {
	for _, c := range audittest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			packed := c.Archive(t, s)
			if r := check(t, packed, audit.Options{}); r.OK != (c.Needs != "") {
				t.Errorf("%s: without anything from elsewhere it is found %v: %+v", c.What, r.OK, r.Findings)
			}
			r := check(t, packed, aids(s, c.Needs))
			for _, k := range c.Finds {
				if !slices.Contains(kinds(r), k) {
					t.Errorf("%s: no finding of the kind %q among %+v", c.What, k, r.Findings)
				}
			}
			for _, f := range r.Findings {
				t.Logf("%s: %s: %s", f.Kind, f.Where, f.Text)
				if !strings.HasSuffix(f.Text, ".") || f.Where == "" || strings.Contains(f.Text, "%!") {
					t.Errorf("%+v is no sentence", f)
				}
			}
			record := slices.ContainsFunc(kinds(r), func(k audit.Kind) bool {
				return k != audit.Decision && k != audit.Version && k != audit.Stamp && k != audit.Verdict
			})
			if r.OK || record == c.Decisions {
				t.Errorf("%s: told by %v; said to be told by decisions alone: %t", c.What, kinds(r), c.Decisions)
			}
		})
	}
}
