package simulation_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/keys"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

const jamID = "sim"

// The Jam's keys, the same in every world.
var (
	receiptVerifier, receiptText                      = receiptKeyOf()
	checkpointKey, checkpointVerifier, checkpointText = keyOf(ledger.CheckpointKeyName(jamID))
)

// newReceiptSigner is a process's: receipts are signed together only within one.
func newReceiptSigner() *ledger.ReceiptSigner {
	name := ledger.ReceiptKeyName(jamID)
	seed := sha256.Sum256([]byte(name))
	return ledger.NewReceiptSigner(name, ed25519.NewKeyFromSeed(seed[:]))
}

func receiptKeyOf() (_ note.Verifier, text string) {
	text = newReceiptSigner().Key()
	verifier, err := ledger.NewReceiptVerifier(text)
	if err != nil {
		panic(err)
	}
	return verifier, text
}

func keyOf(name string) (_ note.Signer, _ note.Verifier, text string) {
	seed := sha256.Sum256([]byte(name))
	private := ed25519.NewKeyFromSeed(seed[:])
	signer, public, err := keys.Signer(name, private.Public().(ed25519.PublicKey), func(m []byte) ([]byte, error) {
		return ed25519.Sign(private, m), nil
	})
	if err != nil {
		panic(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		panic(err)
	}
	return signer, verifier, public
}

var secret = []byte("secret")

// hashes name the Jam's definitions, one after the other: the points, the bonus and the limits change with each.
var hashes, events = definitions()

func definitions() (hashes []string, events map[string]*jam.Event) {
	events = map[string]*jam.Event{}
	for n := range 3 {
		e := definition(n)
		hashes = append(hashes, e.Hash(secret))
		events[hashes[n]] = e
	}
	return hashes, events
}

func definition(n int) *jam.Event {
	text := jam.Text{"en": "x"}
	answer := jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"yes"}}}
	look := jam.Check{Kind: jam.KindHTTP, Fetch: map[string]jam.Fetch{"page": {Get: "{{team.url}}/"}}, PassedIf: "page.status == 200"}
	return &jam.Event{
		ID: jamID, Name: text, Timezone: "UTC", StartsAt: jam.At(opens.Add(15 * time.Second)), Duration: jam.Duration(8 * time.Minute),
		Languages: []string{"en"}, Topics: []string{"a"},
		Attempts: jam.Attempts{Limit: 6, Penalty: 2 + n, Lockout: jam.Duration(5 * time.Second), LockoutAfter: 3},
		Challenges: []jam.Challenge{
			{
				ID: "c", Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text,
				Tasks: []jam.Task{
					{ID: "bonus", Points: 100, Bonus: 10 * n, Check: answer},
					{ID: "decay", Points: 90 + n, Decay: &jam.Decay{Minimum: 30, Solves: 3}, Check: answer},
					{ID: "plain", Points: 40, Check: answer},
					{ID: "essay", Points: 50 - n, Check: jam.Check{Kind: jam.KindManual}},
				},
				Clues: []jam.Clue{{ID: "hint", Cost: 7 + n}, {ID: "more", Cost: 1}},
			},
			{
				ID: "d", Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text,
				Tasks: []jam.Task{
					{ID: "page", Points: 70, Watch: jam.Duration(100 * time.Second), Check: look},
					{ID: "cluster", Points: 60, Bonus: 5, Watch: jam.Duration(45 * time.Second), Check: look},
				},
			},
		},
	}
}

var (
	answerTasks = []jam.TaskRef{"c/bonus", "c/decay", "c/plain"}
	lookTasks   = []jam.TaskRef{"d/page", "d/cluster"}
)

const essay jam.TaskRef = "c/essay"

// shape is what kind of Jam, and of trouble, a seed makes.
type shape struct {
	shards  int
	cloud   bool // a gateway, several accepting processes, and readers who read the tail; else one machine
	slow    bool // commits may land so late that they miss their block, and processes stand still for long
	quiet   bool // teams do little, and wait long: then a commit that is minutes late still finds everything as it was
	jumbled bool // messages come twice and late more often than not, and looks see nothing
	ruled   bool // organisers rule and change standings
	calm    bool // nothing goes wrong: while the Jam is opened
	teams   []string
	members int // of each team
	steps   int // of each member
	gateway time.Duration
	storms  [][2]time.Duration // from when until when much more goes wrong
	desks   int                // organisers who are to certify; none: the world ends without
	ends    time.Duration      // when they end the Jam

	teamNames map[string]string
}

func newShape(seed uint64) shape {
	c := newChance(seed, "shape", 0)
	s := shape{
		shards: pick(&c, 1, 1, 3), cloud: c.odds(0.75), slow: c.odds(0.55), ruled: c.odds(0.4), jumbled: c.odds(0.5),
		teams: []string{"a", "b", "c", "d"}[:2+c.n(3)], members: 1 + c.n(3), steps: 8 + c.n(8),
		teamNames: map[string]string{"a": "The \"A\" team", "b": "B"},
	}
	for range pick(&c, 0, 1, 2, 3) {
		from := 15*time.Second + c.upTo(140*time.Second)
		lasts := 9*time.Second + c.upTo(15*time.Second)
		if s.slow {
			lasts *= 2
		}
		s.storms = append(s.storms, [2]time.Duration{from, from + lasts})
	}
	if s.quiet = s.slow && c.odds(0.7); s.quiet {
		s.members = 1
	}
	s.gateway = c.upTo(time.Second) - 500*time.Millisecond
	if c := newChance(seed, "certifies", 0); c.odds(0.75) {
		s.desks, s.ends = 1+c.n(2), 75*time.Second+c.upTo(4*time.Minute)
	}
	return s
}

// pace is how long what takes so long elsewhere takes in this world.
func (s *shape) pace(d time.Duration) time.Duration {
	if s.quiet {
		return 2 * d
	}
	return d
}

// stormy tells whether there is a storm.
func (s *shape) stormy(now time.Duration) bool {
	return slices.ContainsFunc(s.storms, func(t [2]time.Duration) bool { return t[0] <= now && now < t[1] })
}

// newWorld is a world whose Jam has been opened, with everybody in their places.
func newWorld(p plan, telling bool) *world {
	w := &world{plan: p, shape: newShape(p.seed), luck: newChance(p.seed, "world", 0), telling: telling}
	w.keys = ledger.KeysOf(jamID, w.shards)
	w.promises = newPromises(w)
	w.table = newTable(func() time.Time { return opens.Add(w.now) })
	w.table.applied = w.applied
	w.alone("setup", w.open)
	w.people()
	return w
}

// open opens the Jam, with its teams.
func (w *world) open(a *actor) {
	p := w.start("setup", 0, time.Second)
	clock := rules.ClockOf(events[hashes[0]])
	if w.luck.odds(0.5) {
		clock.Freezes = clock.Starts + w.luck.upTo(5*time.Minute).Milliseconds()
	}
	ctx := a.context()
	for _, hash := range hashes {
		if err := p.ledger.PutDefinition(ctx, hash, events[hash].Public(secret).Encode()); err != nil {
			w.breach("the Jam opens", "%v", err)
		}
	}
	if _, err := p.ledger.OpenJam(ctx, hashes[0], rules.Opening{
		Clock: clock, Shards: w.shards, ReceiptKey: receiptText, CheckpointKey: checkpointText,
	}); err != nil {
		w.breach("the Jam opens", "%v", err)
	}
	for _, team := range w.teams {
		standing := pick(&w.luck, rules.Competing, rules.Competing, rules.Competing, rules.Hidden)
		_, err := p.ledger.Append(ctx, ledger.Command{
			Team: team, Received: p.ledger.ReceivedNow("join " + team), Key: "join",
			Decide: func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
				return rules.Join(now.Situation, now.Team, standing, "desk", at)
			},
		})
		if err != nil {
			w.breach("the Jam opens", "%v", err)
		}
	}
}

// people puts everybody into their places.
func (w *world) people() {
	skew := func(most time.Duration) time.Duration { return w.luck.upTo(2*most) - most }
	accepting := 1
	tail := time.Duration(0)
	if w.cloud {
		accepting, tail = 2+w.luck.n(2), time.Second
	}
	for n := range accepting {
		p := w.start(fmt.Sprintf("handler/%d", n+1), skew(time.Second), tail)
		w.accepting = append(w.accepting, p)
		w.reads(fmt.Sprintf("reader/%d", n+1), p)
	}
	for _, team := range w.teams {
		for m := range w.members {
			w.plays(fmt.Sprintf("member/%s/%d", team, m+1), team)
		}
	}
	w.organizes("organizer")
	for n := range w.desks {
		w.certifies(fmt.Sprintf("desk/%d", n+1))
	}
	for n := range w.desks + min(w.desks, 1) {
		w.straggles(fmt.Sprintf("straggler/%d", n+1), w.teams[n%len(w.teams)])
	}
	w.relays("relay", w.start("relay", skew(time.Second), time.Second))
	sequencers := 2 + w.luck.n(2)
	for n := range sequencers {
		w.sequences(fmt.Sprintf("sequencer/%d", n+1), w.start(fmt.Sprintf("sequencer/%d", n+1), skew(1500*time.Millisecond), time.Second))
	}
	if w.luck.odds(0.5) {
		off := 3*time.Second + w.luck.upTo(time.Minute)
		if w.luck.odds(0.3) {
			off = -off
		}
		w.sequences("sequencer/wrong", w.start("sequencer/wrong", off, time.Second))
	}
}
