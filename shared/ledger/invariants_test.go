package ledger_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store/faulty"
)

// entries are all entries that the store holds, by stamp.
func (s *torture) entries() []rules.Entry {
	s.Helper()
	leaves, err := ledger.NewReader(s.clean, s.jam, s.shards).Tail(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	var entries []rules.Entry
	for _, leaf := range leaves {
		e, err := leaf.Entry()
		if err != nil {
			s.Fatal(err)
		}
		if e.Stamp != leaf.Stamp {
			s.Errorf("entry %s lies under %s", e.Stamp, leaf.Stamp)
		}
		entries = append(entries, e)
	}
	return entries
}

// check holds what the ledger promises against what is in the store, what was told, and what was handed on.
func (s *torture) check() {
	s.Helper()
	all := s.entries()
	byStamp := map[jam.Stamp]rules.Entry{}
	subjects := map[string][]rules.Entry{}
	for _, e := range all {
		byStamp[e.Stamp] = e
		subjects[e.Team] = append(subjects[e.Team], e)
		s.checkTimes(e)
	}
	met := s.faults.Met(faulty.ReplyLost) + s.faults.Met(faulty.RequestLost) + s.faults.Met(faulty.Late)
	if met < 2 || len(all) < 15 {
		s.Errorf("%d entries, %d commits in doubt: this seed tries nothing", len(all), met)
	}
	s.checkReplies(byStamp)
	for subject, entries := range subjects {
		s.checkKeys(subject, entries)
		s.checkStates(subject, entries, byStamp)
	}
	for at, e := range s.handed {
		if canonical(byStamp[at]) != canonical(e) {
			s.Errorf("%s was handed on and is not in the store", at)
		}
	}
	s.checkSealing(all)
	if s.Failed() {
		s.Logf("seed %d, %d shards; again: -run '%s$'", s.seed, s.shards, s.Name())
	}
}

// checkTimes: an entry is stamped with the millisecond of its receipt, but for a judged one, whose look began within
// eight seconds before its judge.
func (s *torture) checkTimes(e rules.Entry) {
	s.Helper()
	received := ledger.Milli(e.Received)
	if e.Kind == rules.Judged {
		if age := received - e.Stamp.Milli; age >= ledger.CommitWithin.Milliseconds() {
			s.Errorf("%s was judged %d ms later", e.Stamp, age)
		}
	} else if e.Stamp.Milli != received {
		s.Errorf("%s was received at %d", e.Stamp, received)
	}
}

// checkReplies: whatever was acknowledged is there, the receipt names its bytes, and a key has one reply.
func (s *torture) checkReplies(byStamp map[jam.Stamp]rules.Entry) {
	s.Helper()
	for name, told := range s.told {
		for _, done := range told {
			if string(done.Body) != string(told[0].Body) || done.Stamp != told[0].Stamp {
				s.Errorf("%s was told %s and %s", name, told[0].Body, done.Body)
			}
			receipt, err := ledger.OpenReceipt(field(s.T, done.Body, "receipt"), s.receipts)
			if err != nil {
				s.Errorf("%s: %v", name, err)
				continue
			}
			leaf, err := ledger.EncodeEntry(byStamp[done.Stamp])
			if err != nil || receipt.Leaf != tlog.RecordHash(leaf) || receipt.Stamp != done.Stamp {
				s.Errorf("%s was acknowledged as %s, where the ledger has %s", name, done.Stamp, leaf)
			}
			if _, ok := s.handed[done.Stamp]; !ok && !done.Replayed {
				s.Errorf("%s was acknowledged as %s and never handed on", name, done.Stamp)
			}
		}
	}
}

// checkKeys: one entry a key, and one key an entry; nothing that was only ever refused has either.
func (s *torture) checkKeys(subject string, entries []rules.Entry) {
	s.Helper()
	records, err := s.opener.History(s.Context(), subject)
	if err != nil {
		s.Fatal(err)
	}
	byKey := map[jam.Stamp]int{}
	for _, r := range records {
		byKey[r.Stamp]++
	}
	for _, e := range entries {
		if byKey[e.Stamp] != 1 {
			s.Errorf("%d keys for entry %s of %q", byKey[e.Stamp], e.Stamp, subject)
		}
		if name := e.Received.Request; s.refused[name] {
			s.Errorf("%s was refused and is recorded as %s", name, e.Stamp)
		}
	}
	if len(records) != len(entries) {
		s.Errorf("%d keys and %d entries of %q", len(records), len(entries), subject)
	}
}

// checkStates: versions follow each other from 1, and the state is what the rules make of the entries in that order,
// under the clock that everybody knows by now.
func (s *torture) checkStates(subject string, entries []rules.Entry, byStamp map[jam.Stamp]rules.Entry) {
	s.Helper()
	entries = slices.SortedFunc(slices.Values(entries), func(a, b rules.Entry) int { return int(a.Version - b.Version) })
	jamItems, err := s.clean.Get(s.Context(), s.opener.Keys().State(""))
	if err != nil {
		s.Fatal(err)
	}
	var known rules.Jam
	if err := json.Unmarshal(jamItems[s.opener.Keys().State("")].Body, &known); err != nil {
		s.Fatal(err)
	}
	replayed := ledger.Snapshot{Jam: rules.Jam{ID: s.jam}, Team: rules.Team{ID: subject}}
	for i, e := range entries {
		if e.Version != int64(i+1) {
			s.Errorf("version %d of %q follows %d entries", e.Version, subject, i)
			return
		}
		now := replayed
		now.Situation = rules.Situation{Event: s.event, Definition: "definition", Clock: known.Clock.Read(e.Stamp.Milli)}
		d, err := decideAgain(now, e, byStamp)
		if err != nil {
			s.Errorf("%s of %q is decided otherwise: %v", e.Stamp, subject, err)
			return
		}
		d.Entry.Received, d.Entry.Jam = e.Received, s.jam
		if got, want := canonical(d.Entry), canonical(e); got != want {
			s.Errorf("decided again: %s\nthe ledger has: %s", got, want)
		}
		if d.Team != nil {
			replayed.Team = *d.Team
		} else {
			replayed.Jam = *d.Jam
		}
	}
	var want any = replayed.Team
	if subject == "" {
		want = replayed.Jam
	}
	items, err := s.clean.Get(s.Context(), s.opener.Keys().State(subject))
	if err != nil {
		s.Fatal(err)
	}
	item := items[s.opener.Keys().State(subject)]
	if string(item.Body) != canonical(want) || item.Version != int64(len(entries)) {
		s.Errorf("the state of %q is version %d: %s\nits %d entries make: %s", subject, item.Version, item.Body, len(entries), canonical(want))
	}
}

// decideAgain decides what an entry records, from what came before it alone.
func decideAgain(now ledger.Snapshot, e rules.Entry, byStamp map[jam.Stamp]rules.Entry) (rules.Decision, error) {
	challenge, task := e.Task.Split()
	switch e.Kind {
	case rules.Opened:
		return rules.Open(now.Jam, "definition", *e.Opening, e.Stamp)
	case rules.Announced:
		return rules.Announce(now.Jam, e.Text, e.By, e.Stamp)
	case rules.Clocked:
		return rules.ChangeClock(now.Jam, *e.Change, e.By, e.Stamp)
	case rules.Joined:
		return rules.Join(now.Situation, now.Team, e.Standing, e.By, e.Stamp)
	case rules.ClueTaken:
		return rules.TakeClue(now.Situation, now.Team, "c", e.Clue[len("c/"):], e.Stamp)
	case rules.Ruled:
		return rules.Rule(now.Situation, now.Team, rules.RulingCommand{Ruling: e.Ruling, By: e.By, Points: e.Points}, e.Stamp)
	case rules.Judged:
		return rules.Judge(now.Situation, now.Team, byStamp[*e.Submission], rules.Look{Number: e.Look, Verdict: e.Verdict}, e.Stamp)
	case rules.Submitted:
		return rules.Submit(now.Situation, now.Team,
			rules.Submission{Challenge: challenge, Task: task, Right: e.Verdict == jam.Passed}, e.Stamp)
	}
	return rules.Decision{}, fmt.Errorf("a %s is not expected", e.Kind)
}

// checkSealing: what the rivals saw sealed stays as it was, every entry gets one sequence number, in stamp order unless
// it came late, and every checkpoint is of the tree that the leaves make.
func (s *torture) checkSealing(all []rules.Entry) {
	s.Helper()
	reader := ledger.NewReader(s.clean, s.jam, s.shards)
	last := &ledger.Sealer{Reader: reader, Signer: s.sealers[0].Signer, Now: s.now}
	s.clock = s.clock.Add(time.Minute)
	done, err := last.Seal(s.Context())
	if err != nil {
		s.Fatalf("the last sealing: %v", err)
	}
	s.late = append(s.late, done.Late...)
	for _, rival := range s.sealers {
		for n := int64(1); n <= rival.Reader.Newest().Number; n++ {
			saw, _ := rival.Reader.Block(n)
			if is, _ := reader.Block(n); canonical(saw) != canonical(is) {
				s.Errorf("block %d was %s and is %s", n, canonical(saw), canonical(is))
			}
		}
	}
	var tree ledger.Tree
	sealed := map[jam.Stamp]bool{}
	for n := int64(1); n <= reader.Newest().Number; n++ {
		b, _ := reader.Block(n)
		leaves, err := reader.Leaves(s.Context(), b)
		if err != nil {
			s.Fatal(err)
		}
		for i, leaf := range leaves {
			if err := tree.Add(leaf); err != nil {
				s.Fatal(err)
			}
			if sealed[leaf.Stamp] || (i > 0 && !leaves[i-1].Stamp.Before(leaf.Stamp)) || b.End.Before(leaf.Stamp) {
				s.Errorf("block %d seals %s out of order or again", n, leaf.Stamp)
			}
			if leaf.Late && !slices.Contains(s.late, leaf.Stamp) {
				s.Errorf("%s came late, and nobody was told", leaf.Stamp)
			}
			sealed[leaf.Stamp] = true
		}
		s.checkCheckpoint(reader, b, &tree)
	}
	if len(sealed) != len(all) {
		s.Errorf("%d of %d entries are sealed", len(sealed), len(all))
	}
	if len(s.late) > 0 && !s.slow {
		s.Errorf("%v are late, though nothing lands later than %s", s.late, ledger.Settle)
	}
}

func (s *torture) checkCheckpoint(reader *ledger.Reader, b ledger.Block, tree *ledger.Tree) {
	s.Helper()
	signed, _ := reader.CheckpointOf(b.Number)
	c, err := ledger.OpenCheckpoint(signed, s.points)
	if err != nil {
		s.Errorf("block %d: %v", b.Number, err)
		return
	}
	root, err := tlog.TreeHash(tree.Size(), tree)
	if err != nil || c.Tree != (tlog.Tree{N: tree.Size(), Hash: root}) || c.Through != b.End {
		s.Errorf("checkpoint %+v of block %d is not of the tree of its %d leaves (%v)", c, b.Number, tree.Size(), err)
	}
}

func canonical(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
