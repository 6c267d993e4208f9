package organize_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// after is a time after the Jam's planned start, as it travels.
func after(d time.Duration) string { return start.Add(d).Format(jam.TimeFormat) }

func wantTime(t *testing.T, what string, got jam.Time, want time.Duration) {
	t.Helper()
	if !got.Equal(start.Add(want)) {
		t.Errorf("%s is %s; want %s", what, got, after(want))
	}
}

func TestAPauseMovesTheEndByItsLength(t *testing.T) {
	f := newFixture(t)
	paused := read[organize.ClockReply](t, f.organizer("POST", "clock", body{"op": "pause"}), 201)
	wantTime(t, "the pause", paused.Change.EffectiveAt, 10*time.Minute+30*time.Second)
	if paused.Phase != rules.Running || paused.Next == nil || paused.Next.Op != rules.OpPause || paused.Receipt == "" {
		t.Errorf("%+v; want a running Jam that is about to pause", paused)
	}
	f.at(11 * time.Minute)
	f.refused(f.ask("POST", "/v1/submissions", f.tokens["t1"], body{"challenge": "whales", "task": "pool"}), 403, rules.Paused)
	f.at(20 * time.Minute)
	read[organize.ClockReply](t, f.organizer("POST", "clock", body{"op": "resume", "effective_at": after(30 * time.Minute)}), 201)
	f.at(31 * time.Minute)
	f.submit("t1", "pool", "")
	report := read[organize.ClockReport](t, f.organizer("GET", "clock", nil), 200)
	wantTime(t, "the end", report.EndsAt, 2*time.Hour+19*time.Minute+30*time.Second)
	if len(report.Changes) != 2 || report.Changes[1].Op != rules.OpResume {
		t.Errorf("changes %+v", report.Changes)
	}
}

func TestEveryClockChangeDoesWhatItSays(t *testing.T) {
	f := newFixture(t)
	f.at(-time.Hour)
	started := read[organize.ClockReply](t, f.organizer("POST", "clock", body{"op": "start"}), 201)
	if started.Phase != rules.Running {
		t.Errorf("started, the Jam is %s", started.Phase)
	}
	f.at(-50 * time.Minute)
	read[organize.ClockReply](t, f.organizer("POST", "clock", body{"op": "extend", "extend_by": "30m"}), 201)
	f.at(-40 * time.Minute)
	read[organize.ClockReply](t, f.organizer("POST", "clock", body{"op": "freeze", "at": after(0)}), 201)
	f.at(time.Minute)
	if report := read[organize.ClockReport](t, f.organizer("GET", "clock", nil), 200); !report.Frozen {
		t.Errorf("%+v; want it frozen", report)
	} else {
		wantTime(t, "the end", report.EndsAt, 90*time.Minute)
		wantTime(t, "the freeze", report.FreezeAt, 0)
	}
	read[organize.ClockReply](t, f.organizer("POST", "clock", body{"op": "thaw"}), 201)
	f.at(10 * time.Minute)
	read[organize.ClockReply](t, f.organizer("POST", "clock", body{"op": "end", "at": after(15 * time.Minute)}), 201)
	f.at(15 * time.Minute)
	report := read[organize.ClockReport](t, f.organizer("GET", "clock", nil), 200)
	if report.Phase != rules.Over || report.Frozen {
		t.Errorf("%+v; want it ended and thawed", report)
	}
}

func TestClockChangesThatDoNotFitAreRefused(t *testing.T) {
	f := newFixture(t)
	for name, c := range map[string]struct {
		change body
		status int
		kind   rules.RefusalKind
	}{
		"a second start":      {body{"op": "start"}, 409, rules.ClockConflict},
		"in the past":         {body{"op": "pause", "effective_at": after(time.Minute)}, 422, rules.ClockNoticeShort},
		"too soon":            {body{"op": "pause", "effective_at": after(10*time.Minute + 29*time.Second)}, 422, rules.ClockNoticeShort},
		"nothing to resume":   {body{"op": "resume"}, 409, rules.ClockConflict},
		"nothing to thaw":     {body{"op": "thaw"}, 409, rules.ClockConflict},
		"no extension":        {body{"op": "extend"}, 409, rules.ClockConflict},
		"a shorter end":       {body{"op": "extend", "extend_by": "-10m"}, 409, rules.ClockConflict},
		"an end in the past":  {body{"op": "end", "at": after(time.Minute)}, 409, rules.ClockConflict},
		"a pause after all":   {body{"op": "pause", "effective_at": after(3 * time.Hour)}, 409, rules.ClockConflict},
		"no such change":      {body{"op": "rewind"}, 422, rules.Invalid},
		"certify as a change": {body{"op": "certify"}, 422, rules.Invalid},
		"no change":           {body{}, 422, rules.Invalid},
		"no time":             {body{"op": "pause", "effective_at": "at ten"}, 422, rules.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			before := f.entries()
			a := f.organizer("POST", "clock", c.change)
			if a.Code != c.status && a.Code != 400 || a.kind() != string(c.kind) && a.kind() != "malformed" {
				t.Errorf("%d %s; want %d %s: %s", a.Code, a.kind(), c.status, c.kind, a.Body)
			}
			if f.entries() != before {
				t.Error("it was written down")
			}
		})
	}
}

func TestClockChangesThatOverlapAreRefused(t *testing.T) {
	f := newFixture(t)
	read[organize.ClockReply](t, f.organizer("POST", "clock", body{"op": "pause", "effective_at": after(20 * time.Minute)}), 201)
	for _, at := range []time.Duration{15 * time.Minute, 20 * time.Minute} {
		f.refused(f.organizer("POST", "clock", body{"op": "extend", "extend_by": "10m", "effective_at": after(at)}), 409, rules.ClockConflict)
	}
	f.refused(f.organizer("POST", "clock", body{"op": "pause", "effective_at": after(21 * time.Minute)}), 409, rules.ClockConflict)
	read[organize.ClockReply](t, f.organizer("POST", "clock", body{"op": "resume", "effective_at": after(25 * time.Minute)}), 201)
}

func TestAnOrganisersCommandUnderOneKeyActsOnce(t *testing.T) {
	f := newFixture(t)
	id := f.submit("t1", "essay", "an essay")
	for operation, given := range map[string]body{
		"clock":         {"op": "extend", "extend_by": "10m"},
		"announcements": {"text": "Lunch"},
		"judgements":    {"submission": id, "verdict": "failed"},
		"rulings":       {"rulings": []body{{"ruling": "award", "team": "t1", "why": "w", "points": 5}, {"ruling": "award", "team": "t2", "why": "w", "points": 5}}},
	} {
		t.Run(operation, func(t *testing.T) {
			before := f.entries()
			first := f.organizer("POST", operation, given, "Idempotency-Key", "once-"+operation)
			made := f.entries() - before
			again := f.organizer("POST", operation, given, "Idempotency-Key", "once-"+operation)
			if first.Code != 201 || again.Code != 201 || again.Body.String() != first.Body.String() {
				t.Errorf("first %d %s\nagain %d %s", first.Code, first.Body, again.Code, again.Body)
			}
			if again.Header().Get("Idempotent-Replayed") != "true" || first.Header().Get("Idempotent-Replayed") != "" {
				t.Error("the repeat is not marked, or the first is")
			}
			if made == 0 || f.entries() != before+made {
				t.Errorf("%d entries at first, %d after the repeat", made, f.entries()-before)
			}
		})
		f.at(11 * time.Minute)
	}
	f.refused(f.organizer("POST", "announcements", body{"text": "Supper"}, "Idempotency-Key", "once-announcements"), 422, "key-reused")
}

func TestAnAnnouncementReachesEveryone(t *testing.T) {
	f := newFixture(t)
	said := read[organize.AnnouncementReply](t, f.organizer("POST", "announcements", body{"text": " Lunch is here. "}), 201)
	if said.Text != "Lunch is here." || said.By != "ann" || said.Receipt == "" {
		t.Errorf("%+v", said)
	}
	shown := read[api.JamView](t, f.ask("GET", "/v1/jam", f.tokens["t1"], nil), 200)
	if len(shown.Announcements) != 1 || shown.Announcements[0] != said.Announcement {
		t.Errorf("shown: %+v; want %+v", shown.Announcements, said.Announcement)
	}
	f.refused(f.organizer("POST", "announcements", body{"text": " \n"}), 422, rules.Invalid)
	f.refused(f.organizer("POST", "announcements", body{}), 422, rules.Invalid)
}

func TestAnotherDefinitionComesIntoForceAndItsPointsCount(t *testing.T) {
	f := newFixture(t)
	next := event()
	next.Challenges[0].Tasks[0].Points = 150
	reply := read[organize.DefinitionReply](t, f.organizer("POST", "definitions", body{"definition": next}), 201)
	if reply.Definition != next.Hash(secret) || reply.Receipt == "" {
		t.Errorf("%+v", reply)
	}
	wantTime(t, "the definition", reply.EffectiveAt, 10*time.Minute+30*time.Second)
	f.submit("t1", "largest", "42")
	f.at(11 * time.Minute)
	f.submit("t2", "largest", "42")
	if one, two := f.team("t1").Score, f.team("t2").Score; one != 100 || two != 150 {
		t.Errorf("before %d, after %d; want 100 and 150", one, two)
	}
	f.refused(f.organizer("POST", "definitions", body{"definition": next}), 409, rules.NothingNew)
}

func TestADefinitionThatCannotBeTheNextOneIsRefused(t *testing.T) {
	f := newFixture(t)
	change := func(f func(*jam.Event)) *jam.Event {
		e := event()
		f(e)
		return e
	}
	for name, c := range map[string]struct {
		given  any
		status int
		kind   rules.RefusalKind
	}{
		"of another Jam":     {change(func(e *jam.Event) { e.ID = "other" }), 422, rules.Invalid},
		"with other shards":  {change(func(e *jam.Event) { e.Shards = 4 }), 422, rules.Invalid},
		"without challenges": {change(func(e *jam.Event) { e.Challenges = nil }), 422, rules.Invalid},
		"without answers":    {event().Public(secret), 422, rules.Invalid},
		"with what is new":   {body{"id": "small", "colour": "blue"}, 422, rules.Invalid},
		"text":               {"small", 422, rules.Invalid},
		"in force":           {event(), 409, rules.NothingNew},
	} {
		t.Run(name, func(t *testing.T) {
			f.refused(f.organizer("POST", "definitions", body{"definition": c.given}), c.status, c.kind)
		})
	}
	f.refused(f.organizer("POST", "definitions", body{
		"definition": change(func(e *jam.Event) { e.Challenges[0].Tasks[0].Points++ }), "effective_at": after(10*time.Minute + time.Second),
	}), 422, rules.ClockNoticeShort)
	f.refused(f.organizer("POST", "definitions", body{}), 422, rules.Invalid)
}

func TestADefinitionIsReadByItsHashByteForByte(t *testing.T) {
	f := newFixture(t)
	public := event().Public(secret).Encode()
	hash := event().Hash(secret)
	if a := f.organizer("GET", "definitions/"+hash, nil); a.Code != 404 || a.kind() != string(api.NotFound) {
		t.Errorf("before it is published: %d %s", a.Code, a.Body)
	}
	if err := f.ledger.PutDefinition(t.Context(), hash, public); err != nil {
		t.Fatal(err)
	}
	a := f.organizer("GET", "definitions/"+hash, nil)
	if sum := sha256.Sum256(a.Body.Bytes()); a.Code != 200 || hex.EncodeToString(sum[:]) != hash || strings.Contains(a.Body.String(), `"42"`) {
		t.Errorf("%d, of the hash %x: %s", a.Code, sum, a.Body)
	}
	for _, bad := range []string{hash[1:], strings.ToUpper(hash), "x"} {
		if a := f.organizer("GET", "definitions/"+bad, nil); a.Code != 422 {
			t.Errorf("%s: %d", bad, a.Code)
		}
	}
	if a := f.ask("GET", path+"definitions/"+hash, f.tokens["t1"], nil); a.Code != 403 {
		t.Errorf("a team reads it: %d", a.Code)
	}
}

func TestALargeDefinitionIsTaken(t *testing.T) {
	f := newFixture(t)
	next := event()
	for i := range 8 {
		next.Challenges[0].Material = append(next.Challenges[0].Material, jam.Material{
			Name: fmt.Sprintf("log-%d.txt", i), Text: repeated("line\n", 200<<10),
		})
	}
	read[organize.DefinitionReply](t, f.organizer("POST", "definitions", body{"definition": next}), 201)
}
