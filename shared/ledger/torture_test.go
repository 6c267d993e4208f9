package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/faulty"
)

// Members of several teams, judges, organisers and rival sequencers work through several processes over a store that
// misbehaves; then everything that the ledger promises is checked. A seed always does the same; one alone is run by
// -run 'WhateverTheStoreDoes/seed=17$'.
func TestNothingAcknowledgedIsLostAndNothingIsDoubledWhateverTheStoreDoes(t *testing.T) {
	seeds := uint64(200)
	if testing.Short() {
		seeds = 20
	}
	disk := openSQLite(t, time.Now)
	next := make(chan uint64)
	var wg sync.WaitGroup
	for range 16 { // so many wait for the disk at once; each seed's world is its own Jam
		wg.Go(func() {
			for seed := range next {
				t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
					s := newTorture(t, seed, fmt.Sprintf("jam-%d", seed), disk)
					s.run()
					s.check()
				})
			}
		})
	}
	for seed := range seeds {
		next <- seed
	}
	close(next)
	wg.Wait()
}

func TestASeedOfTheTortureDoesTheSameAgain(t *testing.T) {
	disk := openSQLite(t, time.Now)
	var traces [2]string
	for i := range traces {
		s := newTorture(t, 3, fmt.Sprintf("again-%d", i), disk)
		s.run()
		for _, e := range s.entries() {
			traces[i] += fmt.Sprintln(e.Stamp, e.Kind, e.Team, e.Version, e.Verdict, e.Received.Request)
		}
	}
	if traces[0] != traces[1] {
		t.Errorf("the first run:\n%s\nthe second:\n%s", traces[0], traces[1])
	}
}

// torture is one seed's world.
type torture struct {
	*simulation
	jam       string
	shards    int
	event     *jam.Event
	clean     store.Store // the same store, well-behaved
	faults    *faulty.Store
	opener    *ledger.Ledger // over the well-behaved store
	processes []*ledger.Ledger
	sealers   []*ledger.Sealer
	receipts  note.Verifier
	points    note.Verifier
	slow      bool // commits land so late that some miss their block

	told    map[string][]ledger.Done // by subject and key: every reply that somebody was given
	refused map[string]bool          // refused, and no outcome of it was ever in doubt
	handed  map[jam.Stamp]rules.Entry
	late    []jam.Stamp
	pending []rules.Entry
	asked   int
}

func newTorture(t *testing.T, seed uint64, jamID string, disk store.Store) *torture {
	t.Helper()
	s := &torture{
		simulation: newSimulation(t, seed, start.Add(time.Minute)), jam: jamID, event: tortureEvent(),
		told: map[string][]ledger.Done{}, refused: map[string]bool{}, handed: map[jam.Stamp]rules.Entry{},
	}
	s.shards, s.slow = []int{1, 3, 4}[s.random.IntN(3)], s.random.IntN(3) == 0
	within := 20 * time.Second
	if s.slow {
		within = 2 * time.Minute
	}
	s.clean = takingTurns{disk, s.now}
	s.faults = faulty.New(s.clean, seed, faulty.Odds{
		RequestLost: 0.06, ReplyLost: 0.08, Late: 0.06, Throttled: 0.05, Conflict: 0.05, Duplicate: 0.05,
		Unreadable: 0.05, Delay: 0.05, MaxDelay: 3 * time.Second,
	}, faulty.WithSchedule(func(deliver func(context.Context) error) {
		s.mail = append(s.mail, mail{s.clock.Add(s.upTo(within)), deliver})
	}), faulty.WithSleep(pauseIn))
	receipts := signerFor(t, ledger.ReceiptKeyName(jamID), &s.receipts)
	points := signerFor(t, ledger.CheckpointKeyName(jamID), &s.points)
	process := func(over store.Store) *ledger.Ledger {
		return ledger.New(ledger.Config{
			Jam: jamID, Store: over, Definitions: oneDefinition{s.event}, Secret: []byte("secret"), Receipts: receipts,
			Now: s.now, Pause: pauseIn, Committed: func(e rules.Entry) { s.handed[e.Stamp] = e },
		}, s.shards)
	}
	s.opener = process(s.clean)
	if _, err := s.opener.OpenJam(t.Context(), "definition", rules.Opening{Clock: rules.ClockOf(s.event), Shards: s.shards}); err != nil {
		t.Fatal(err)
	}
	for _, team := range tortureTeams {
		if _, err := s.opener.Append(t.Context(), ledger.Command{
			Team: team, Received: s.opener.ReceivedNow("join"), Key: "join",
			Decide: func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
				return rules.Join(now.Situation, now.Team, rules.Competing, "ann", at)
			},
		}); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		s.processes = append(s.processes, process(punctual{s.faults, s.simulation}))
	}
	for range 2 {
		s.sealers = append(s.sealers, &ledger.Sealer{Reader: ledger.NewReader(s.faults, jamID, s.shards), Signer: points, Now: s.now})
	}
	return s
}

// punctual sees to it that no entry is sent to the store with a stamp that is too old.
type punctual struct {
	store.Store
	*simulation
}

func (p punctual) Commit(ctx context.Context, writes ...store.Write) error {
	at, err := jam.ParseStamp(writes[0].Sort)
	if err != nil || p.clock.Sub(at.Time()) >= ledger.CommitWithin {
		p.Errorf("at %s an entry is sent under %s (%v)", p.clock, writes[0].Key, err)
	}
	return p.Store.Commit(ctx, writes...)
}

var tortureTeams = []string{"a", "b", "c"}

func tortureEvent() *jam.Event {
	e := testEvent()
	c := &e.Challenges[0]
	c.Clues = []jam.Clue{{ID: "hint", Cost: 7}, {ID: "more", Cost: 1}}
	for i := range 6 {
		task := c.Tasks[i%3]
		task.ID += fmt.Sprint(i)
		c.Tasks = append(c.Tasks, task)
	}
	return e
}

// run lets everybody move, and everything land that is under way when they are done.
func (s *torture) run() {
	for range 6 {
		s.begin(s.member)
	}
	for _, sealer := range s.sealers {
		s.begin(func(t *task) { s.sequencer(t, sealer) })
	}
	s.wait()
	s.clock = s.clock.Add(3 * time.Minute)
	s.post()
}

// member is somebody who plays. Each command is repeated with its key, through any process, until its outcome is known
// or the patience ends.
func (s *torture) member(t *task) {
	for range 11 {
		t.sleep(s.upTo([]time.Duration{50 * time.Millisecond, 20 * time.Second}[s.random.IntN(2)]))
		s.asked++
		s.pursue(t, s.draw(fmt.Sprintf("k%d", s.asked)))
	}
}

func (s *torture) pursue(t *task, c ledger.Command) {
	name, doubt := c.Team+" "+c.Key, false
	for range 4 {
		c.Received = rules.Received{Handler: s.now().UnixMilli(), Request: name}
		if strings.HasPrefix(c.Key, "look/") {
			c.At = max(c.At, s.now().Add(-s.upTo(6*time.Second)).UnixMilli())
			doubt = true // other judges' messages of the same look may be under way
		}
		if c.Seen = nil; s.random.IntN(2) == 0 { // authentication has brought the state, as it was then
			c.Seen, _ = s.faults.Get(t.mine(), s.opener.Keys().State(c.Team))
		}
		done, err := s.processes[s.random.IntN(len(s.processes))].Append(t.mine(), c)
		if _, unknown := errors.AsType[*ledger.Unknown](err); unknown {
			doubt = true
			t.sleep(s.upTo(3 * time.Second))
			continue
		}
		if _, refused := errors.AsType[*rules.Refusal](err); refused {
			s.refused[name] = !doubt && len(s.told[name]) == 0
			return
		}
		if err != nil {
			s.Errorf("%s: %v", name, err)
			return
		}
		s.told[name] = append(s.told[name], done)
		if done.Entry.Kind == rules.Submitted && done.Entry.Verdict == jam.Pending {
			s.pending = append(s.pending, done.Entry)
		}
		if s.random.IntN(4) > 0 {
			return // else the client has lost our reply, and repeats
		}
	}
}

// draw is any command.
func (s *torture) draw(key string) ledger.Command {
	c := ledger.Command{Team: tortureTeams[s.random.IntN(len(tortureTeams))], Key: key, Fingerprint: key, Reply: reply}
	tasks := s.event.Challenges[0].Tasks
	task, right, number := tasks[s.random.IntN(len(tasks))].ID, s.random.IntN(4) == 0, 1+s.random.IntN(3)
	switch n := s.random.IntN(20); {
	case n < 2:
		c.Decide = func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.TakeClue(now.Situation, now.Team, "c", []string{"hint", "more"}[number%2], at)
		}
	case n < 4:
		c.Decide = func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Rule(now.Situation, now.Team, rules.RulingCommand{Ruling: rules.Award, By: "ann", Points: number}, at)
		}
	case n < 5:
		c.Team = ""
		c.Decide = func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Announce(now.Jam, "hear, hear", "ann", at)
		}
	case n < 6:
		c.Team = ""
		change := rules.Change{Op: []rules.Op{rules.OpPause, rules.OpResume, rules.OpExtend}[number-1], By: 1000}
		c.Decide = func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.ChangeClock(now.Jam, change, "ann", at)
		}
	case n < 12 && len(s.pending) > 0:
		submission := s.pending[s.random.IntN(len(s.pending))]
		look := rules.Look{Number: number, Verdict: []jam.Verdict{jam.Passed, jam.Failed, jam.Pending, jam.Doomed}[s.random.IntN(4)]}
		c.Team, c.Key, c.Fingerprint = submission.Team, fmt.Sprintf("look/%s/%d", submission.Stamp, number), "look"
		c.At = submission.Stamp.Milli + 1
		c.Decide = func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Judge(now.Situation, now.Team, submission, look, at)
		}
	default:
		c.Decide = func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Submit(now.Situation, now.Team, rules.Submission{Challenge: "c", Task: task, Right: right}, at)
		}
	}
	return c
}

// sequencer seals now and then. Whatever goes wrong, the next run goes on.
func (s *torture) sequencer(t *task, sealer *ledger.Sealer) {
	for range 12 {
		t.sleep(s.upTo(15 * time.Second))
		done, _ := sealer.Seal(t.mine())
		s.late = append(s.late, done.Late...)
	}
}
