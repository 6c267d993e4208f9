package audit

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// jamState is all that decisions about teams depend on beside their own states. It is known after the first pass.
type jamState struct {
	rules.Jam
	definitions map[string]*definition
	entries     []record // about the Jam, until they are decided
	opening     *rules.Opening
	points      note.Verifier // of checkpoints, nil if there is no such key
	receipts    note.Verifier
	certificate *ledger.Checkpoint // nil if there is none that can be read
	signed      bool               // there is a certificate, whatever it is worth
	sealed      jam.Stamp          // the last block's end
	blocks      int64
}

// definition is one of the archive's.
type definition struct {
	event *jam.Event // nil if it cannot be read
	named bool       // by an entry
}

// record is an entry with its stored bytes.
type record struct {
	rules.Entry
	raw []byte
}

// aboutATeam is in the stored bytes of every entry about a team and, since text within a string has its quotes escaped, of
// no other.
var aboutATeam = []byte(`"team":"`)

// survey is the first pass: what the archive is, its keys and definitions, and the entries about the Jam, by which all
// others are decided.
func (a *audit) survey(r *archive.Reader) error {
	a.Report.Archive, a.Report.Keys = r.Manifest, r.Keys
	if !jam.ValidID(r.Manifest.Jam) {
		a.add(Format, "photofinish.json", "The Jam's id is %.60q, which is no id.", r.Manifest.Jam)
	}
	var signed string
	for {
		part, err := r.Next()
		switch p := part.(type) {
		case archive.Definition:
			a.define(p)
		case *archive.Block:
			if err == nil {
				a.jam.sealed, a.jam.blocks = p.End, p.Number
				err = a.gather(p)
			}
		case archive.Certificate:
			signed, a.jam.signed = p.Signed, true
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	a.govern()
	a.keys()
	if a.jam.signed {
		a.readCertificate(signed)
	}
	a.prepareReceipts()
	a.preparePublished()
	return nil
}

// define reads a definition, and holds it to its name.
func (a *audit) define(p archive.Definition) {
	where := "definition " + p.Hash[:12]
	sum := sha256.Sum256(p.Body)
	if hex.EncodeToString(sum[:]) != p.Hash {
		a.add(Definition, where, "The definition %.12s was changed: its content has another hash than its name.", p.Hash)
	}
	event, err := jam.Decode(p.Body)
	if err != nil {
		a.add(Definition, where, "The definition %.12s cannot be read: %v.", p.Hash, err)
	} else if event.ID != a.Report.Archive.Jam {
		a.add(Definition, where, "The definition %.12s is that of another Jam, %q.", p.Hash, event.ID)
	}
	a.jam.definitions[p.Hash] = &definition{event: event}
	a.Checked.Definitions++
}

// gather keeps a block's entries about the Jam. What cannot be read is told by the second pass.
func (a *audit) gather(b *archive.Block) error {
	for line, err := range b.Entries.All() {
		if err == nil {
			err = a.count()
		}
		if err != nil {
			return err
		}
		if bytes.Contains(line, aboutATeam) {
			continue
		}
		if e, err := ledger.DecodeEntry(line); err == nil && e.Team == "" {
			a.jam.entries = append(a.jam.entries, record{e, bytes.Clone(line)})
		}
	}
	return nil
}

// govern decides the entries about the Jam again, in the order of their versions. Whatever the rules say of one, the later
// ones are decided by what it recorded: so did everybody at that time.
func (a *audit) govern() {
	slices.SortStableFunc(a.jam.entries, func(x, y record) int { return cmp.Compare(x.Version, y.Version) })
	j := rules.Jam{ID: a.Report.Archive.Jam}
	gap := false // after which nothing can be decided, since nobody knows by what state
	for _, e := range a.jam.entries {
		if !gap && e.Version > j.Version+1 && a.mayFollow(e.Stamp) {
			a.awaits("The Jam", j.Version+1, e)
			gap = true
		}
		if gap {
			j = recorded(j, e.Entry)
			j.Version = e.Version
			continue
		}
		if !a.inTurn("The Jam", e, j.Version) {
			continue
		}
		j.Version = e.Version - 1
		d, err := decideJam(j, e.Entry)
		a.judge("The Jam", e, d, err)
		if err != nil || d.Jam == nil {
			j = recorded(j, e.Entry)
		} else {
			j = *d.Jam
		}
		j.Version = e.Version
		if e.Opening != nil && a.jam.opening == nil {
			a.jam.opening = e.Opening
		}
		if e.Kind == rules.Clocked {
			a.Checked.ClockChanges++
		}
	}
	a.jam.Jam, a.jam.entries = j, nil
	for _, d := range j.Definitions {
		if known := a.jam.definitions[d.Hash]; known != nil {
			known.named = true
		} else {
			a.add(Definition, "definition "+short(d.Hash), "The definition %.12s was put in force, and is not in the archive.", d.Hash)
		}
	}
	for hash, d := range a.jam.definitions {
		if !d.named {
			a.Notes = append(a.Notes, fmt.Sprintf("The definition %.12s is in the archive; the entry that puts it in force is not sealed yet.", hash))
		}
	}
	slices.Sort(a.Notes)
	if a.jam.opening == nil && a.jam.blocks > 0 {
		a.add(EntryForm, "the Jam", "The entry that opened the Jam is not there, and with it the keys and times that it began with.")
	}
}

// recorded makes of the state what an entry recorded, where the rules would not.
func recorded(j rules.Jam, e rules.Entry) rules.Jam {
	switch {
	case e.Opening != nil:
		j.Clock = e.Opening.Clock
		j.Definitions = append(j.Definitions, rules.InForce{Hash: e.Definition, From: e.Stamp.Milli})
	case e.Kind == rules.Defined:
		j.Definitions = append(slices.Clone(j.Definitions), rules.InForce{Hash: e.Commitment, From: e.From})
	case e.Change != nil:
		j.Clock.Changes = append(slices.Clone(j.Clock.Changes), *e.Change)
	case e.Kind == rules.Disputed:
		j.Disputes = append(slices.Clone(j.Disputes), rules.Dispute{ID: e.Stamp, About: e.About, Submission: e.Submission})
	case e.Kind == rules.Settled && e.Dispute != nil:
		j.Disputes = slices.DeleteFunc(slices.Clone(j.Disputes), func(d rules.Dispute) bool { return d.ID == *e.Dispute })
	}
	return j
}

func short(hash string) string { return fmt.Sprintf("%.12s", hash) }

// keys holds the keys to those that the Jam was opened with, and to the one that was given.
func (a *audit) keys() {
	k, id := a.Report.Keys, a.Report.Archive.Jam
	a.Report.KeyGiven = a.Key != ""
	if o := a.jam.opening; o != nil {
		if o.CheckpointKey != k.Checkpoints || o.ReceiptKey != k.Receipts {
			a.add(Key, "keys.json", "The keys in keys.json are not those that the Jam was opened with.")
		}
		if o.Shards != a.Report.Archive.Shards {
			a.add(Format, "photofinish.json", "The archive says that the ledger has %d shards; it was opened with %d.", a.Report.Archive.Shards, o.Shards)
		}
		k.Receipts = o.ReceiptKey
	}
	if given, err := note.NewVerifier(a.Key); a.Key != "" && err != nil {
		a.add(Key, "keys.json", "What you gave for a key, %.80q, is no verifier key of a signed note.", a.Key)
	} else if a.Key != "" && a.Key != k.Checkpoints {
		a.add(Key, "keys.json", "%s", ledger.OtherKey("The archive", given))
	}
	a.jam.points = a.verifier("checkpoints", k.Checkpoints, ledger.CheckpointKeyName(id), note.NewVerifier)
	a.jam.receipts = a.verifier("receipts", k.Receipts, ledger.ReceiptKeyName(id), ledger.NewReceiptVerifier)
}

func (a *audit) verifier(of, key, name string, read func(string) (note.Verifier, error)) note.Verifier {
	if a.jam.blocks == 0 && key == "" {
		return nil
	}
	v, err := read(key)
	switch {
	case err != nil:
		a.add(Key, "keys.json", "The key of %s, %.80q, is no verifier key of a signed note.", of, key)
		return nil
	case v.Name() != name:
		a.add(Key, "keys.json", "The key of %s has the name %q; a key of this Jam has %q.", of, v.Name(), name)
		return nil
	}
	return v
}
