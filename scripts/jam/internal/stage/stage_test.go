package stage_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/stage"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/jamtest"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// open opens the tests' Jam an hour before its start, with the teams red and blue.
func open(t *testing.T) *stage.Stage {
	t.Helper()
	return openOver(t, nil)
}

// openOver is open over a store that something stands before.
func openOver(t *testing.T, between func(store.Store) store.Store) *stage.Stage {
	t.Helper()
	event := jamtest.Event()
	event.Timezone, event.Freeze = "UTC", jam.Duration(30*time.Minute)
	s, err := stage.Open(t.Context(), stage.NewClock(jamtest.Start.Add(-time.Hour)), server.Options{
		Data: t.TempDir(), Event: event, Teams: []api.NewTeam{{Name: "Red"}, {Name: "Blue"}}, Log: slog.New(slog.DiscardHandler),
		Between: between,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func essay(s *stage.Stage, team, key string) stage.Request {
	return stage.Request{
		Method: http.MethodPost, Path: "/v1/submissions", Token: s.Tokens[team], Key: key,
		Body: api.SubmissionRequest{Challenge: "c", Task: "essay", Note: "by " + team},
	}
}

func TestTimePassesOnlyAsThePlayerSays(t *testing.T) {
	s := open(t)
	before := s.Clock.Now()
	if now := s.Clock.Now(); !now.Equal(before) || !now.After(jamtest.Start.Add(-time.Hour)) {
		t.Errorf("it was %s and is %s", before, now)
	}
	s.Clock.To(before.Add(-time.Minute))
	s.Clock.By(-time.Minute)
	if now := s.Clock.Now(); !now.Equal(before) {
		t.Errorf("time went back to %s", now)
	}
	s.Clock.To(before.Add(time.Minute))
	if err := s.Clock.Pause(t.Context(), time.Second); err != nil {
		t.Error(err)
	}
	if now := s.Clock.Now(); !now.Equal(before.Add(61 * time.Second)) {
		t.Errorf("it is %s", now)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Clock.Pause(ended, time.Second); !errors.Is(err, context.Canceled) {
		t.Errorf("a wait that nobody waits for ended with %v", err)
	}
}

func TestARefusalComesBackAsTheProblemThatItIs(t *testing.T) {
	s := open(t)
	problem, err := s.Do(t.Context(), essay(s, "red", "a"), nil)
	if err != nil || problem == nil || problem.Kind() != api.Kind(rules.NotStarted) {
		t.Errorf("before the start: %v, %v", problem, err)
	}
	if err := s.Must(t.Context(), essay(s, "red", "a"), nil); err == nil {
		t.Error("a refusal passed for a success")
	} else if _, ok := errors.AsType[*api.Problem](err); !ok {
		t.Errorf("the refusal is lost in %v", err)
	}
	s.Clock.To(jamtest.Start)
	first, err := s.Call(t.Context(), essay(s, "red", "a"))
	if err != nil || first.Status != http.StatusCreated || first.Replayed() {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := s.Call(t.Context(), essay(s, "red", "a"))
	if err != nil || !again.Replayed() || string(again.Body) != string(first.Body) {
		t.Errorf("the repeat is answered %+v, %v", again, err)
	}
	if problem, err := first.Problem(); problem != nil || err != nil {
		t.Errorf("a success is a problem: %v, %v", problem, err)
	}
	for _, bad := range []stage.Reply{{Status: 500, Body: []byte("oops")}, {Status: 404, Body: []byte("{}")}, {Status: 400}} {
		if problem, err := bad.Problem(); problem != nil || err == nil {
			t.Errorf("%d %q is the problem %v", bad.Status, bad.Body, problem)
		}
	}
}

func TestRequestsThatCannotBeMadeAreErrors(t *testing.T) {
	s := open(t)
	for name, r := range map[string]stage.Request{
		"no path":            {Method: http.MethodGet, Path: ":"},
		"no method":          {Method: "G T", Path: "/v1/board"},
		"a body of no JSON":  {Method: http.MethodPost, Path: "/v1/submissions", Body: func() {}},
		"a path to nothing":  {Method: http.MethodGet, Path: "/v1/nothing"},
		"a wrong token":      {Method: http.MethodGet, Path: "/v1/team", Token: "red.wrong"},
		"a reply of no JSON": {Method: http.MethodGet, Path: "/docs"},
	} {
		var into struct{}
		if err := s.Must(t.Context(), r, &into); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// overtaken is a store in which a hand-in that was on its way for minutes arrives just before the ledger is closed.
type overtaken struct {
	store.Store
	late rules.Entry
}

func (o *overtaken) Commit(ctx context.Context, writes ...store.Write) error {
	if slices.ContainsFunc(writes, func(w store.Write) bool { return strings.Contains(string(w.Body), `"op":"certify"`) }) {
		leaf, err := ledger.EncodeEntry(o.late)
		if err != nil {
			return err
		}
		if err := o.Store.Commit(ctx, store.PutAbsent(ledger.KeysOf(o.late.Jam, 1).Entry(o.late.Stamp), leaf)); err != nil {
			return err
		}
	}
	return o.Store.Commit(ctx, writes...)
}

func TestADayIsNotCertifiedWithoutACertificate(t *testing.T) {
	for verdict, certified := range map[jam.Verdict]bool{jam.Failed: true, jam.Pending: false} {
		end := jamtest.Start.Add(jamtest.Event().Duration.Std())
		late := jam.StampAt(end.Add(-time.Second))
		s := openOver(t, func(inner store.Store) store.Store {
			return &overtaken{inner, rules.Entry{
				Kind: rules.Submitted, Stamp: late, Jam: jamtest.Event().ID, Team: "red", Version: 2, Received: rules.Received{Handler: late.Milli},
				Task: "c/essay", Check: jam.KindManual, Verdict: verdict,
			}}
		})
		s.Clock.To(end)
		err := s.Thaw(t.Context())
		if err == nil {
			err = s.Settle(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Certify(t.Context()); (err == nil) != certified || err != nil && !strings.Contains(err.Error(), "the result is not certified") {
			t.Errorf("after one came late that is %s: %v", verdict, err)
		}
	}
}

func TestADaySettlesThawsAndIsCertifiedOnce(t *testing.T) {
	s := open(t)
	s.Clock.To(jamtest.Start)
	var reply api.SubmissionReply
	if err := s.Must(t.Context(), essay(s, "blue", "a"), &reply); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s.Clock.By(40 * time.Second)
		if err := s.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if entries, blocks := s.Server.Sealed(); entries < 4 || blocks != 2 {
		t.Errorf("%d entries in %d blocks are sealed", entries, blocks)
	}
	s.Clock.To(jamtest.Start.Add(time.Hour))
	if err := s.Thaw(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Thaw(t.Context()); err != nil {
		t.Errorf("a board that is not frozen cannot be thawed: %v", err)
	}
	if err := s.Certify(t.Context()); err == nil {
		t.Error("it was certified while a hand-in waits for its judge")
	}
	err := s.Must(t.Context(), stage.Request{
		Method: http.MethodPost, Path: "/v1/organizer/judgements", Token: s.Desk, Key: "judge",
		Body: api.JudgementCommand{Submission: reply.Submission.ID, Verdict: jam.Passed},
	}, nil)
	if err == nil {
		err = s.Settle(t.Context())
	}
	if err == nil {
		err = s.Certify(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	reading, err := s.Server.Clock(t.Context())
	if err != nil || reading.Phase != rules.Closed {
		t.Errorf("the Jam is %s, %v", reading.Phase, err)
	}
	result, err := s.Result(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b board.Board
	if err := json.Unmarshal(result.Board, &b); err != nil {
		t.Fatal(err)
	}
	if row := b.Rows[0]; row.Team.ID != "blue" || !row.Final || row.LastScored != reply.Submission.ID {
		t.Errorf("the board shows %+v", row)
	}
}
