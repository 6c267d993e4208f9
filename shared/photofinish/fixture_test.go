package photofinish

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

const begins = 1_764_000_000_000 // 16:00:00.000 UTC, 01:00:00.000 in Seoul

func at(seconds int64, slot int) jam.Stamp {
	return jam.Stamp{Milli: begins + seconds*1000, Slot: slot}
}

// world is a Source over entries that a test makes by hand: one block that seals the first of them, one key that signs it.
type world struct {
	t        *testing.T
	key      string
	signer   note.Signer
	event    *jam.Event
	earlier  *jam.Event // in force before it
	entries  []rules.Entry
	versions map[string]int64
	sealed   int                     // how many are in the tree
	late     map[jam.Stamp]jam.Stamp // entries that were found late, and from where they count
	frozen   jam.Time
}

func newWorld(t *testing.T, teams ...string) *world {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, ledger.CheckpointKeyName("test"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, key: public, versions: map[string]int64{}, late: map[jam.Stamp]jam.Stamp{}, sealed: -1}
	if w.signer, err = note.NewSigner(private); err != nil {
		t.Fatal(err)
	}
	for i, team := range teams {
		w.add(rules.Entry{Kind: rules.Joined, Stamp: at(-60, i), Team: team, Standing: rules.Competing})
	}
	return w
}

func (w *world) add(e rules.Entry) jam.Stamp {
	w.versions[e.Team]++
	e.Jam, e.Version = "test", w.versions[e.Team]
	if e.Received.Handler == 0 {
		e.Received = rules.Received{Gateway: e.Stamp.Milli, Handler: e.Stamp.Milli + 4, Request: fmt.Sprintf("r-%d", len(w.entries))}
	}
	w.entries = append(w.entries, e)
	return e.Stamp
}

func (w *world) passes(s jam.Stamp, team string, task jam.TaskRef, points int) jam.Stamp {
	return w.add(rules.Entry{
		Kind: rules.Submitted, Stamp: s, Team: team, Task: task, Check: jam.KindAnswer, Verdict: jam.Passed, Points: points, Counts: &s,
	})
}

func (w *world) asks(s jam.Stamp, team string, task jam.TaskRef, kind jam.Kind) jam.Stamp {
	return w.add(rules.Entry{Kind: rules.Submitted, Stamp: s, Team: team, Task: task, Check: kind, Verdict: jam.Pending})
}

func (w *world) judges(s jam.Stamp, team string, task jam.TaskRef, kind jam.Kind, about, counts jam.Stamp) jam.Stamp {
	return w.add(rules.Entry{
		Kind: rules.Judged, Stamp: s, Team: team, Task: task, Check: kind, Submission: &about, Look: 1, Verdict: jam.Passed, Points: 100,
		Counts: &counts,
	})
}

func (w *world) rules(s jam.Stamp, team string, e rules.Entry) jam.Stamp {
	e.Kind, e.Stamp, e.Team, e.By, e.Why = rules.Ruled, s, team, "desk", "The text was ambiguous."
	return w.add(e)
}

// redefines puts a definition in force half a minute after it is written.
func (w *world) redefines(s jam.Stamp, earlier, event *jam.Event) jam.Stamp {
	w.earlier, w.event = earlier, event
	return w.add(rules.Entry{Kind: rules.Defined, Stamp: s, Commitment: "0123456789abcdef", By: "desk", From: s.Milli + 30_000})
}

// Compare implements Source.
func (w *world) Compare(_ context.Context, one, other string) (Ground, error) {
	f := board.New(jam.Stamp{})
	if w.event != nil {
		f.Define(w.event)
	}
	for entry, floor := range w.late {
		f.Late(entry, floor)
	}
	for _, e := range w.entries {
		f.Add(e)
	}
	f.SealedThrough(at(100_000, 0))
	f.Name("x", "Xylophones")
	c, err := f.Compare(one, other)
	if err == nil && w.earlier != nil {
		err = f.Redefine(&c, at(100_000, 0).Milli, func(int64) (*jam.Event, error) { return w.earlier, nil })
	}
	return Ground{Comparison: c, Meta: board.Meta{Jam: "test", FrozenAt: w.frozen}, Timezone: "Asia/Seoul"}, err
}

// Evidence implements Source.
func (w *world) Evidence(_ context.Context, stamps []jam.Stamp) (Evidence, error) {
	var tree ledger.Tree
	sealed := w.entries
	if w.sealed >= 0 {
		sealed = w.entries[:w.sealed]
	}
	leaves := map[jam.Stamp]ledger.Leaf{}
	for i, e := range w.entries {
		body, err := ledger.EncodeEntry(e)
		if err != nil {
			return Evidence{}, err
		}
		_, late := w.late[e.Stamp]
		leaf := ledger.Leaf{Seq: int64(i), Stamp: e.Stamp, Body: body, Late: late}
		if i < len(sealed) {
			if err := tree.Add(leaf); err != nil {
				return Evidence{}, err
			}
		} else {
			leaf.Seq = -1
		}
		leaves[e.Stamp] = leaf
	}
	found := Evidence{Size: tree.Size()}
	if found.Size > 0 {
		found.Checkpoint = w.checkpoint(&tree)
	}
	for _, s := range stamps {
		leaf, there := leaves[s]
		if !there {
			return Evidence{}, fmt.Errorf("no entry %s", s)
		}
		x := Leaf{Leaf: leaf}
		if leaf.Seq >= 0 {
			var err error
			if x.Proof, err = tree.Inclusion(leaf.Seq, found.Size); err != nil {
				return Evidence{}, err
			}
			x.InTree, x.Block = true, 1
		}
		found.Leaves = append(found.Leaves, x)
	}
	return found, nil
}

func (w *world) compose(one, other string) *Finish {
	w.t.Helper()
	d, err := Compose(w.t.Context(), w, one, other)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// says holds that a finish is proven, and what its words are.
func (w *world) says(d *Finish, headline string, reasons ...string) {
	w.t.Helper()
	v, err := Verify(d, w.key)
	if err != nil || v.Proven+d.Unsealed() != len(d.Entries) {
		w.t.Errorf("%d of %d proven: %v", v.Proven, len(d.Entries), err)
	}
	if d.Headline != headline {
		w.t.Errorf("the headline is %q, want %q", d.Headline, headline)
	}
	for _, reason := range reasons {
		if !slices.Contains(d.Reasons, reason) {
			w.t.Errorf("it does not say %q, but %q", reason, d.Reasons)
		}
	}
}

// checkpoint signs a tree.
func (w *world) checkpoint(tree *ledger.Tree) string {
	w.t.Helper()
	root, err := tlog.TreeHash(tree.Size(), tree)
	if err != nil {
		w.t.Fatal(err)
	}
	c := ledger.Checkpoint{
		Origin: ledger.CheckpointKeyName("test"), Tree: tlog.Tree{N: tree.Size(), Hash: root}, Block: 1, Through: at(100_000, 0),
	}
	signed, err := c.Sign(w.signer)
	if err != nil {
		w.t.Fatal(err)
	}
	return signed
}
