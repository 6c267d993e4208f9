package organize_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/watch"
)

// locations are where a refusal's reasons are, sorted.
func locations(a answer) []string {
	var all []string
	for _, e := range a.problem.Errors {
		all = append(all, e.Location)
	}
	slices.Sort(all)
	return all
}

func TestCertificationNamesEverythingThatHoldsItUpAndThenClosesTheLedger(t *testing.T) {
	f := newFixture(t)
	essay := f.submit("t1", "essay", "an essay")
	page := f.submit("t2", "pool", "")
	looked := bus.Looked{Jam: "small", Team: "t2", Submission: page, Look: 1, Verdict: jam.Error, BeganAt: jam.At(f.clock())}
	if kept, err := watch.Keep(t.Context(), f.ledger, looked, jam.Time{}); err != nil || !kept {
		t.Fatal(kept, err)
	}
	// While it runs, that is named beside all that would hold it up afterwards. Nor may the close be set for after the end:
	// what is handed in until then would never be judged.
	for _, given := range []body{{}, {"effective_at": after(3 * time.Hour)}} {
		a := f.organizer("POST", "certification", given)
		f.refused(a, 409, rules.NotFinal)
		if got, want := locations(a), []string{"error/" + page.String(), "not-ended", "pending/" + essay.String()}; !slices.Equal(got, want) {
			t.Errorf("while it runs the reasons are %v, want %v", got, want)
		}
		if !strings.Contains(a.problem.Detail, "has not ended (it ends at ") || a.problem.RetryAfter != 0 {
			t.Errorf("while it runs it says %q, and that waiting %d s helps", a.problem.Detail, a.problem.RetryAfter)
		}
	}
	f.at(2*time.Hour + time.Minute)
	dispute := read[organize.DisputeReply](t, f.organizer("POST", "disputes", body{"submission": essay, "why": "it was copied"}), 201)
	f.unsealed = []jam.Stamp{jam.StampAt(f.clock())}
	early := f.organizer("POST", "certification", body{})
	f.refused(early, 409, rules.NotFinal)
	want := []string{"disputed/" + dispute.ID.String(), "error/" + page.String(), "pending/" + essay.String(), "unsealed"}
	if got := locations(early); !slices.Equal(got, want) {
		t.Errorf("the reasons are %v, want %v", got, want)
	}
	for _, named := range []string{essay.String() + " (whales/essay of t1", page.String() + " (whales/pool of t2", dispute.ID.String(), f.unsealed[0].String()} {
		if !strings.Contains(early.problem.Detail, named) {
			t.Errorf("%q does not name %s", early.problem.Detail, named)
		}
	}
	if early.problem.RetryAfter != 0 {
		t.Error("it says that waiting helps, though people must judge and settle")
	}

	read[api.SubmissionReply](t, f.organizer("POST", "judgements", body{"submission": essay, "verdict": "passed"}), 201)
	read[api.SubmissionReply](t, f.organizer("POST", "judgements", body{"submission": page, "verdict": "failed"}), 201)
	read[organize.DisputeReply](t, f.organizer("POST", "disputes/"+dispute.ID.String()+"/settlement", body{"why": "it was not"}), 201)
	early = f.organizer("POST", "certification", body{})
	f.refused(early, 409, rules.NotFinal)
	if got := locations(early); !slices.Equal(got, []string{"unsealed"}) || early.problem.RetryAfter != 30 {
		t.Errorf("the reasons are %v, and it may be tried again in %d s", got, early.problem.RetryAfter)
	}
	f.unsealed = nil
	certified := read[organize.ClockReply](t, f.organizer("POST", "certification", body{}, "Idempotency-Key", "close"), 201)
	wantTime(t, "the certification", certified.Change.EffectiveAt, 2*time.Hour+90*time.Second)

	f.unsealed = []jam.Stamp{jam.StampAt(f.clock())} // its own entry, among others
	if again := read[organize.ClockReply](t, f.organizer("POST", "certification", body{}, "Idempotency-Key", "close"), 201); again.Receipt != certified.Receipt {
		t.Error("a repeat is not answered by the first reply")
	}
	f.refused(f.organizer("POST", "certification", body{}), 403, rules.Certified)
	f.refused(f.organizer("POST", "disputes", body{"team": "t1", "why": "too late"}), 403, rules.Certified)
	f.at(2*time.Hour + 2*time.Minute)
	for operation, given := range map[string]body{
		"teams":         {"teams": []body{{"name": "Late"}}},
		"clock":         {"op": "extend", "extend_by": "10m"},
		"announcements": {"text": "Too late"},
		"rulings":       {"rulings": []body{{"ruling": "award", "team": "t1", "why": "w", "points": 5}}},
		"certification": {},
		"judgements":    {"submission": essay, "verdict": "failed"},
		"disputes":      {"why": "w"},
	} {
		if a := f.organizer("POST", operation, given); a.Code != 403 || a.kind() != string(rules.Certified) {
			t.Errorf("%s: %d %s", operation, a.Code, a.Body)
		}
	}
	f.refused(f.organizer("PATCH", "teams/t1", body{"name": "Late"}), 403, rules.Certified)
}

func TestARefusalToCertifyNamesTwentyOfASortAndListsAll(t *testing.T) {
	f := newFixture(t)
	for range 23 {
		f.submit("t1", "essay", "an essay")
	}
	f.at(2*time.Hour + time.Minute)
	a := f.organizer("POST", "certification", body{})
	f.refused(a, 409, rules.NotFinal)
	if n := strings.Count(a.problem.Detail, "whales/essay of t1"); n != 20 || !strings.Contains(a.problem.Detail, "and 3 more") || len(a.problem.Errors) != 23 {
		t.Errorf("%d are named and %d listed: %s", n, len(a.problem.Errors), a.problem.Detail)
	}
}

func TestEverythingThatTheClockHasAgainstACertificationIsNamedBesideTheRest(t *testing.T) {
	for name, c := range map[string]struct {
		at   time.Duration
		thaw body // written a second before; nil: none
		want []string
		wait int
	}{
		"it runs":                  {time.Hour, nil, []string{"frozen", "not-ended", "unsealed"}, 0},
		"it has just ended":        {2*time.Hour + 10*time.Second, nil, []string{"arriving", "frozen", "unsealed"}, 0},
		"it is over":               {2*time.Hour + time.Minute, nil, []string{"frozen", "unsealed"}, 0},
		"a thaw is on its way":     {2*time.Hour + time.Minute, body{"op": "thaw"}, []string{"unsealed"}, 30},
		"a thaw was set for later": {2*time.Hour + time.Minute, body{"op": "thaw", "effective_at": after(3 * time.Hour)}, []string{"clock", "frozen", "unsealed"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			read[organize.ClockReply](t, f.organizer("POST", "clock", body{"op": "freeze"}), 201)
			if f.at(c.at - time.Second); c.thaw != nil {
				read[organize.ClockReply](t, f.organizer("POST", "clock", c.thaw), 201)
			}
			f.at(c.at)
			f.unsealed = []jam.Stamp{jam.StampAt(f.clock())}
			a := f.organizer("POST", "certification", body{})
			f.refused(a, 409, rules.NotFinal)
			if got := locations(a); !slices.Equal(got, c.want) || a.problem.RetryAfter != c.wait {
				t.Errorf("the reasons are %v, want %v; it may be tried again in %d s: %s", got, c.want, a.problem.RetryAfter, a.problem.Detail)
			}
		})
	}
}

func TestACertificationOfAPastMomentIsWrongInItself(t *testing.T) {
	f := newFixture(t)
	f.refused(f.organizer("POST", "certification", body{"effective_at": after(-time.Hour)}), 422, rules.ClockNoticeShort)
}

func TestADisputeIsListedUntilItIsSettledAndIsAnEntry(t *testing.T) {
	f := newFixture(t)
	essay := f.submit("t1", "essay", "an essay")
	open := map[string]organize.DisputeReply{}
	for what, given := range map[string]body{
		"a submission": {"submission": essay, "why": "copied"},
		"a team":       {"team": "t2", "why": "six members"},
		"the Jam":      {"why": "the network was down"},
	} {
		d := read[organize.DisputeReply](t, f.organizer("POST", "disputes", given), 201)
		open[what] = d
		if d.Receipt == "" || d.By != "ann" || d.Why != given["why"] || f.entry(d.ID).Kind != rules.Disputed {
			t.Errorf("%s: %+v", what, d)
		}
	}
	if d := open["a submission"]; d.Team != "t1" || d.Submission != essay {
		t.Errorf("the submission's team is not told: %+v", d)
	}
	if list := read[organize.DisputeList](t, f.organizer("GET", "disputes", nil), 200).Disputes; len(list) != 3 {
		t.Errorf("%+v", list)
	}
	id := open["a team"].ID
	settled := read[organize.DisputeReply](t, f.organizer("POST", "disputes/"+id.String()+"/settlement", body{"why": "five, we counted"}), 201)
	if settled.ID != id || settled.Open != 2 || settled.Team != "t2" {
		t.Errorf("%+v", settled)
	}
	for _, d := range read[organize.DisputeList](t, f.organizer("GET", "disputes", nil), 200).Disputes {
		if d.ID == id {
			t.Error("what was settled is still listed")
		}
	}
	f.refused(f.organizer("POST", "disputes/"+id.String()+"/settlement", body{"why": "again"}), 404, rules.UnknownDispute)
}

func TestADisputeAboutNothingIsRefused(t *testing.T) {
	f := newFixture(t)
	essay := f.submit("t1", "essay", "an essay")
	for name, c := range map[string]struct {
		given  body
		status int
		kind   rules.RefusalKind
	}{
		"no reason":                    {body{"team": "t1"}, 422, rules.Invalid},
		"an empty reason":              {body{"team": "t1", "why": "  "}, 422, rules.Invalid},
		"a team that is not there":     {body{"team": "t9", "why": "w"}, 404, rules.UnknownTeam},
		"a team that cannot be":        {body{"team": "../t1", "why": "w"}, 404, rules.UnknownTeam},
		"a submission of another team": {body{"team": "t2", "submission": essay, "why": "w"}, 404, rules.UnknownSubmission},
		"a submission that is none":    {body{"submission": "1764000000000.000", "why": "w"}, 404, rules.UnknownSubmission},
	} {
		before := f.entries()
		f.refused(f.organizer("POST", "disputes", c.given), c.status, c.kind)
		if f.entries() != before {
			t.Errorf("%s: it left an entry", name)
		}
	}
	f.refused(f.organizer("POST", "disputes/yesterday/settlement", body{"why": "w"}), 422, rules.Invalid)
	f.refused(f.organizer("POST", "disputes/1764000000000.000/settlement", body{"why": "w"}), 404, rules.UnknownDispute)
}
