package audittest

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// largeBlock is how many entries a block of a Large archive has.
const largeBlock = 5000

// largeTasks is how many tasks it has, half of them looked at.
const largeTasks = 40

// large is a Jam of any size while it is made: by the rules, and past any store, which would take hours.
type large struct {
	testing.TB
	random    *rand.Rand
	event     *jam.Event
	hash      string
	clock     rules.Clock
	milli     int64
	teams     []rules.Team
	next      []func() rules.Entry // what comes before anything else: joins, and verdicts that are due
	fold      *board.Fold
	signer    note.Signer
	receiving int64
}

// Large writes an archive that holds, of a Jam with so many teams and entries: wrong answers for the most part, looks, and
// now and then a pass. It keeps the teams' states and a block in memory.
func Large(t testing.TB, w io.Writer, teams int, entries int64) {
	t.Helper()
	l := &large{TB: t, random: rand.New(rand.NewPCG(1, 2)), fold: board.New(jam.Stamp{}), milli: start.Add(-time.Hour).UnixMilli()}
	receiptKey := ledger.NewReceiptSigner(ledger.ReceiptKeyName(jamID), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))).Key()
	signs, key := signer(t, ledger.CheckpointKeyName(jamID), "large checkpoints")
	l.signer = signs
	l.define()
	names := map[string]string{}
	for i := range teams {
		id := fmt.Sprintf("t%05d", i)
		names[id] = fmt.Sprintf("Team %d of many", i)
		l.teams = append(l.teams, rules.Team{ID: id})
	}
	a := archive.NewWriter(w)
	blocks := (entries + largeBlock - 1) / largeBlock
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(a.Begin(archive.Manifest{Jam: jamID, Shards: 1, Blocks: blocks, Entries: entries}, archive.Keys{Checkpoints: key, Receipts: receiptKey}, names))
	must(a.Definition(l.hash, l.event.Public([]byte("secret")).Encode()))
	l.prepare(rules.Opening{Clock: l.clock, Shards: 1, ReceiptKey: receiptKey, CheckpointKey: key})
	var tree ledger.Frontier
	var last ledger.Block
	for left := entries; left > 0; {
		n := min(left, largeBlock)
		left -= n
		b := ledger.Block{Number: last.Number + 1, First: last.Size, After: last.End, Size: last.Size + n}
		leaves := make([][]byte, 0, n)
		for range n {
			e := l.entry()
			leaf, err := ledger.EncodeEntry(e)
			must(err)
			leaves = append(leaves, leaf)
			tree.Add(tlog.RecordHash(leaf))
			b.Stamps = append(b.Stamps, e.Stamp)
			l.fold.Add(e)
		}
		b.End = jam.Stamp{Milli: l.milli, Slot: jam.MaxSlot}
		var err error
		b.Root, b.Edge, err = tree.Seal()
		must(err)
		c, err := ledger.CheckpointOf(jamID, b)
		must(err)
		signed, err := c.Sign(l.signer)
		must(err)
		must(a.Block(b, signed, leaves))
		l.fold.SealedThrough(b.End)
		last = b
	}
	l.fold.Define(l.event)
	for id, name := range names {
		l.fold.Name(id, name)
	}
	must(a.Board(l.fold.Render(board.Meta{Jam: jamID})))
	must(a.Close())
}

func (l *large) define() {
	text := jam.Text{"en": "x"}
	c := jam.Challenge{ID: "many", Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text}
	for i := range largeTasks {
		check := jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"yes"}}}
		if i%2 == 1 {
			check = jam.Check{Kind: jam.KindHTTP, Fetch: map[string]jam.Fetch{"page": {Get: "{{team.url}}/"}}, PassedIf: "page.status == 200"}
		}
		task := jam.Task{ID: fmt.Sprintf("task-%d", i), Points: 100, Bonus: 10, Check: check}
		if i%4 == 0 {
			task.Decay = &jam.Decay{Minimum: 20, Solves: 50}
		}
		c.Tasks = append(c.Tasks, task)
	}
	l.event = &jam.Event{
		ID: jamID, Name: text, Timezone: "UTC", StartsAt: jam.At(start), Duration: jam.Duration(1000 * time.Hour), Languages: []string{"en"},
		Topics: []string{"a"}, Challenges: []jam.Challenge{c},
	}
	l.hash = l.event.Hash([]byte("secret"))
	l.clock = rules.ClockOf(l.event)
}

// prepare puts down what comes first: the opening, and each team's joining.
func (l *large) prepare(o rules.Opening) {
	l.next = append(l.next, func() rules.Entry {
		d, err := rules.Open(rules.Jam{ID: jamID}, l.hash, o, l.stamp())
		d.Entry.Jam = jamID
		return l.done(d, err)
	})
	for i := range l.teams {
		l.next = append(l.next, func() rules.Entry {
			d, err := rules.Join(l.situation(), l.teams[i], rules.Competing, "desk", l.stamp())
			l.teams[i] = *d.Team
			return l.done(d, err)
		})
	}
}

func (l *large) stamp() jam.Stamp { return jam.Stamp{Milli: l.milli} }

func (l *large) situation() rules.Situation {
	return rules.Situation{Event: l.event, Definition: l.hash, Clock: l.clock.Read(l.milli)}
}

func (l *large) done(d rules.Decision, err error) rules.Entry {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
	l.receiving++
	d.Entry.Received = rules.Received{Gateway: l.milli, Handler: l.milli + 12, Request: fmt.Sprintf("JKJaXmPLvHcESHA=-%d", l.receiving)}
	return d.Entry
}

// entry is the next entry.
func (l *large) entry() rules.Entry {
	l.milli += int64(1 + l.random.IntN(20))
	if len(l.next) > 0 {
		next := l.next[0]
		l.next = l.next[1:]
		return next()
	}
	l.milli = max(l.milli, start.UnixMilli())
	for {
		i := l.random.IntN(len(l.teams))
		t := &l.teams[i]
		task := fmt.Sprintf("task-%d", l.random.IntN(largeTasks))
		d, err := rules.Submit(l.situation(), *t, rules.Submission{
			Challenge: "many", Task: task, Right: l.random.IntN(20) == 0, Commitment: l.hash,
		}, l.stamp())
		if err != nil {
			continue // solved, or pressed a moment ago
		}
		*t = *d.Team
		e := l.done(d, nil)
		if e.Verdict == jam.Pending {
			l.next = append(l.next, func() rules.Entry { return l.judged(i, e) })
		}
		return e
	}
}

// judged is the verdict on what was looked at.
func (l *large) judged(i int, submission rules.Entry) rules.Entry {
	v := jam.Failed
	if l.random.IntN(20) == 0 {
		v = jam.Passed
	}
	d, err := rules.Judge(l.situation(), l.teams[i], submission, rules.Look{Number: 1, Verdict: v}, l.stamp())
	e := l.done(d, err)
	l.teams[i] = *d.Team
	e.Received = rules.Received{Handler: l.milli + 900, Request: fmt.Sprintf("look/%s/1", submission.Stamp)}
	return e
}
