package simulation_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// promises is what is known of a world from outside of the core, and whether it keeps what is promised:
//
//   - what was acknowledged is in the ledger, under a receipt of its very bytes, and was handed on (answered)
//   - one entry a key and one key an entry; a repeat is given the first reply, and another request under the key none;
//     what was refused is not recorded (answered, kept)
//   - an entry stands at the millisecond of its receipt, and is sent within eight seconds (kept, sent)
//   - a subject's decisions follow each other, and the rules come to each of them again (decisions_test.go)
//   - a submission gets one verdict that counts, from where it should count (decisions_test.go)
//   - what is sealed is settled, sealed once, in order, and never changes; what reached the store in time is in its block;
//     each checkpoint is of the tree that the leaves make (sealing_test.go)
//   - a board that is served is the fold of what its reader could know (boards_test.go), the points and ranks are those of
//     a plain reckoning (reckoning_test.go), and what is final stays (finality_test.go)
//   - a certification is accepted only when nothing is open, nothing follows the ledger's close, and there is one certificate,
//     of the board that everything which was there when the ledger closed makes; it stays, and so does that board
//     (certificate_test.go)
//   - everything is sealed in the end, what came late was told, and an audit finds nothing (audit_test.go)
type promises struct {
	w *world

	stream      []rules.Entry // in the order in which they were committed
	entries     map[jam.Stamp]*kept
	submissions []rules.Entry
	attempts    map[string]*attempt
	replies     map[string][]byte // the first reply to each request, by its name
	byKey       map[string]jam.Stamp
	decisions
	sealing
	finality
	certifying

	met     map[string]int
	endedAs map[string]int

	changes int // of what boards are made of
	asks    int // numbers of messages and of looks, for their names
	looking int
	shows   int // boards that were held against the ledger
}

// kept is an entry as it lies in the store.
type kept struct {
	rules.Entry
	body   []byte
	landed time.Duration
}

// timely tells whether the entry reached the store so soon that no block may have missed it.
func (k *kept) timely() bool { return k.landed-sinceOpens(k.Stamp) <= surelySealed }

// surelySealed is how old a stamp is at least before its place can be sealed: what settles, less what a sequencer's clock
// may be ahead.
const surelySealed = ledger.Settle - ledger.MaxSkew

func sinceOpens(at jam.Stamp) time.Duration { return at.Time().Sub(opens) }

func newPromises(w *world) *promises {
	return &promises{
		w: w, entries: map[jam.Stamp]*kept{}, attempts: map[string]*attempt{}, replies: map[string][]byte{},
		byKey: map[string]jam.Stamp{}, decisions: newDecisions(), sealing: newSealing(), finality: finality{},
		certifying: newCertifying(),
		met:        map[string]int{}, endedAs: map[string]int{},
	}
}

// breach ends the world: a promise is broken.
func (w *world) breach(promise, format string, args ...any) {
	if w.broken == nil {
		w.broken = &violation{promise: promise, what: fmt.Sprintf(format, args...)}
		w.tell("BROKEN: %s: %s", promise, w.broken.what)
	}
}

// violation is a promise that was broken, and how.
type violation struct{ promise, what string }

// applied sees every commit that the store has carried out.
func (w *world) applied(writes []store.Write) {
	for _, write := range writes {
		if _, again, _ := strings.Cut(write.Partition, "#"); write.Version != 1 && write.Sort != "state" && !strings.HasPrefix(write.Sort, "look#") {
			w.breach("what is written stays as it is", "%s of %s is written again", write.Sort, again)
		}
		switch write.Partition {
		case w.keys.Block(0).Partition:
			w.blockPut(write)
			w.changes++
		case w.keys.Checkpoint(0).Partition:
			if write.Key == w.keys.Certificate() {
				w.certificatePut(write)
				w.changes++
				continue
			}
			w.checkpointPut(write)
		default:
			if strings.HasPrefix(write.Partition, jamID+"#ledger#") {
				w.kept(write, writes)
				w.changes++
			}
		}
	}
}

// kept sees an entry, with what was committed with it.
func (w *world) kept(entry store.Write, with []store.Write) {
	e, err := ledger.DecodeEntry(entry.Body)
	if err != nil || e.Stamp.String() != entry.Sort || e.Jam != jamID {
		w.breach("an entry lies at its stamp", "%s holds %.200s (%v)", entry.Key, entry.Body, err)
		return
	}
	if shard := fmt.Sprintf("%s#ledger#%d", jamID, e.Stamp.Milli%int64(w.shards)); shard != entry.Partition {
		w.breach("entries of one millisecond meet in one shard", "%s lies in %s", e.Stamp, entry.Partition)
	}
	w.tell("kept: %s %s of %q, version %d, %s %s", e.Stamp, e.Kind, e.Team, e.Version, e.Task, e.Verdict)
	w.digest.add(string(entry.Body))
	k := &kept{Entry: e, body: entry.Body, landed: w.now}
	w.entries[e.Stamp] = k
	w.unsealed[e.Stamp] = k
	w.stream = append(w.stream, e)
	w.afterClose(k)
	if e.Kind == rules.Submitted {
		w.submissions = append(w.submissions, e)
	}
	var state, key *store.Write
	for i := range with {
		switch {
		case with[i].Key == w.keys.State(e.Team):
			state = &with[i]
		case with[i].Partition == w.keys.State(e.Team).Partition && strings.HasPrefix(with[i].Sort, "key#"):
			key = &with[i]
		}
	}
	if state == nil || key == nil {
		w.breach("entry, state and key are one commit", "%s comes without its state or its key", e.Stamp)
		return
	}
	w.keyKept(e, *key)
	w.decided(e, *state)
}

// keyKept holds an entry's key against the request that it was made for.
func (w *world) keyKept(e rules.Entry, key store.Write) {
	name := key.Key.String()
	if first, again := w.byKey[name]; again {
		w.breach("one entry a key", "%s has made %s and %s", name, first, e.Stamp)
	}
	w.byKey[name] = e.Stamp
	at, ok := w.attempts[e.Received.Request]
	if !ok {
		return // while the Jam was opened
	}
	switch {
	case at.of.team != e.Team || key.Sort != "key#"+at.of.key:
		w.breach("an entry is what was asked for", "%s was made for %s", e.Stamp, at.id)
	case at.landed:
		w.breach("one entry a request", "%s was made twice, the second is %s", at.id, e.Stamp)
	case at.refused:
		w.breach("what is refused is not recorded", "%s was refused and is recorded as %s", at.id, e.Stamp)
	case len(at.looked) == 0 && e.Stamp.Milli != at.milli:
		w.breach("an entry stands where it was received", "%s was received at %d and stands at %s", at.id, at.milli, e.Stamp)
	case len(at.looked) > 0 && !slices.Contains(at.looked, e.Stamp.Milli):
		w.breach("an entry stands where it was received", "%s may stand at %v and stands at %s", at.id, at.looked, e.Stamp)
	}
	at.landed = true
}

// sent sees a commit before it leaves its process.
func (w *world) sent(p *process, writes []store.Write) {
	if writes[0].Key == w.keys.Certificate() {
		w.signs(p, writes[0].Body)
	}
	if !strings.HasPrefix(writes[0].Partition, jamID+"#ledger#") {
		return
	}
	at, err := jam.ParseStamp(writes[0].Sort)
	if age := p.clock().Sub(at.Time()); err != nil || age >= ledger.CommitWithin {
		w.breach("no entry is sent eight seconds after its stamp", "%s sends %s, which is %s old (%v)", p.name, at, age, err)
	}
}

// tried sees that a request has come to a process.
func (w *world) tried(at *attempt) {
	w.attempts[at.id] = at
	at.existed = w.table.item(w.keys.Idempotency(at.of.team, at.of.key)).Version != 0
}

// answered sees what a process says of a request.
func (w *world) answered(at *attempt, done ledger.Done, err error) {
	record := w.table.item(w.keys.Idempotency(at.of.team, at.of.key))
	var kept ledger.Record
	if record.Version != 0 {
		if err := json.Unmarshal(record.Body, &kept); err != nil {
			w.breach("a key tells its reply", "%s: %v", record.Key, err)
		}
	}
	if err == nil {
		w.endedAs["acknowledged"]++
		if done.Replayed {
			w.endedAs["replayed"]++
		}
		w.acknowledged(at, done, kept)
		return
	}
	if _, refused := errors.AsType[*rules.Refusal](err); refused {
		w.endedAs["refused"]++
		at.refused = true
		if at.existed || at.landed {
			w.breach("a repeat is given the first reply", "%s is refused (%v), and was carried out as %s", at.id, err, kept.Stamp)
		}
		return
	}
	if _, reused := errors.AsType[*ledger.KeyReused](err); reused {
		w.endedAs["refused their key"]++
		if record.Version == 0 || replyOf(kept.Reply).Request == at.of.name() {
			w.breach("a key is refused to other requests alone", "%s is told that its key was used for another", at.id)
		}
		return
	}
	w.endedAs["left in doubt"]++
	if _, unknown := errors.AsType[*ledger.Unknown](err); !unknown {
		w.breach("every outcome is an answer", "%s: %v", at.id, err)
	}
}

// endings are the ways in which an attempt can end.
var endings = []string{"acknowledged", "replayed", "refused", "refused their key", "left in doubt"}

func replyOf(body []byte) (r reply) {
	_ = json.Unmarshal(body, &r) // what is no reply is nobody's
	return r
}

// acknowledged holds a reply against the store: it is there for what is durable alone.
func (w *world) acknowledged(at *attempt, done ledger.Done, record ledger.Record) {
	k, ok := w.entries[done.Stamp]
	if !ok || record.Stamp != done.Stamp {
		w.breach("what is acknowledged is in the ledger", "%s was told %s; the key has %s", at.id, done.Stamp, record.Stamp)
		return
	}
	told := replyOf(done.Body)
	switch first, again := w.replies[at.of.name()]; {
	case told.Request != at.of.name():
		w.breach("a reply is to the request that was made", "%s is told what became of %s", at.id, told.Request)
	case string(done.Body) != string(record.Reply):
		w.breach("a repeat is given the first reply", "%s was told %s; the key has %s", at.id, done.Body, record.Reply)
	case again && string(first) != string(done.Body):
		w.breach("a repeat is given the first reply", "%s was told %s and then %s", at.id, first, done.Body)
	case again:
	default:
		w.replies[at.of.name()] = done.Body
		w.receipt(k, told.Receipt)
	}
	if mine := k.Received.Request == at.id; mine && !at.by.handed[done.Stamp] || !mine && !done.Replayed {
		w.breach("what is acknowledged is handed on", "%s was told %s (replayed: %t), made by %s", at.id, done.Stamp, done.Replayed, k.Received.Request)
	}
}

func (w *world) receipt(k *kept, signed string) {
	r, err := ledger.OpenReceipt(signed, receiptVerifier)
	if err != nil || r.Leaf != tlog.RecordHash(k.body) || r.Stamp != k.Stamp || r.Team != k.Team || r.Jam != jamID {
		w.breach("a receipt is of the stored bytes", "%s: %+v (%v)", k.Stamp, r, err)
	}
}

// handedOn sees what a process hands to its readers.
func (w *world) handedOn(p *process, e rules.Entry) {
	k, ok := w.entries[e.Stamp]
	if !ok || canonical(k.Entry) != canonical(e) || p.handed[e.Stamp] {
		w.breach("what is handed on is in the ledger", "%s hands on %s %s (again: %t)", p.name, e.Stamp, e.Kind, p.handed[e.Stamp])
	}
}

func canonical(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
