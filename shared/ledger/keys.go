package ledger

import (
	"fmt"
	"strconv"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/store"
)

// schema names every item that the ledger keeps. Partition names begin with the Jam's id, so that one table can hold
// several Jams and a role can be confined by leading keys.
type schema struct {
	jam    string
	shards int
}

// entry's shard follows from its millisecond, so entries of one millisecond always meet.
func (s schema) entry(at jam.Stamp) store.Key {
	return store.Key{Partition: s.shard(int(at.Milli % int64(s.shards))), Sort: at.String()}
}

func (s schema) shard(n int) string { return s.jam + "#ledger#" + strconv.Itoa(n) }

func (s schema) state(team string) store.Key {
	return store.Key{Partition: s.subject(team), Sort: "state"}
}

func (s schema) idempotency(team, key string) store.Key {
	return store.Key{Partition: s.subject(team), Sort: keyPrefix + key}
}

// subject is the partition of a team, or of the Jam itself.
func (s schema) subject(team string) string {
	if team == "" {
		return s.jam + "#jam"
	}
	return s.jam + "#team#" + team
}

func (s schema) block(n int64) store.Key {
	return store.Key{Partition: s.jam + "#block", Sort: fmt.Sprintf("%08d", n)}
}

func (s schema) checkpoint(n int64) store.Key {
	return store.Key{Partition: s.jam + "#checkpoint", Sort: fmt.Sprintf("%08d", n)}
}

const (
	keyPrefix = "key#"
	keyEnd    = "key$" // the sort key after every key#…
)

// Keys names items that other packages keep beside the ledger, in its partitions.
type Keys struct{ schema }

// KeysOf names the items of a Jam's ledger with this many shards, for those who hold no ledger. With "*" for a team, the
// partitions are patterns, by which a role can be confined.
func KeysOf(jamID string, shards int) Keys { return Keys{schema{jam: jamID, shards: max(1, shards)}} }

// Shards is how many partitions the entries are spread over: the ledger's K.
func (k Keys) Shards() int { return k.shards }

// AllShards is the pattern of the partitions that hold entries.
func (k Keys) AllShards() string { return k.jam + "#ledger#*" }

// Shard is one of the partitions that hold entries.
func (k Keys) Shard(n int) string { return k.shard(n) }

// NoteOf is the partition of all notes.
func (k Keys) NoteOf() string { return k.Note(jam.Stamp{}).Partition }

// ReportOf is the partition of all reports.
func (k Keys) ReportOf() string { return k.Report(jam.Stamp{}).Partition }

// Entry is the entry of a stamp.
func (k Keys) Entry(at jam.Stamp) store.Key { return k.entry(at) }

// Block is the block of that number.
func (k Keys) Block(n int64) store.Key { return k.block(n) }

// Checkpoint is the checkpoint of the block of that number.
func (k Keys) Checkpoint(n int64) store.Key { return k.checkpoint(n) }

// Certificate is the checkpoint that certifies the result. Its name sorts after every number's, so that it is not taken for
// the checkpoint of a block.
func (k Keys) Certificate() store.Key {
	return store.Key{Partition: k.checkpoint(0).Partition, Sort: "certified"}
}

// Look is the newest look at a team's submission: what is kept of looks outside the ledger.
func (k Keys) Look(team string, submission jam.Stamp) store.Key {
	return store.Key{Partition: k.subject(team), Sort: "look#" + submission.String()}
}

// Sealed is one part of a whole definition, answers included, sealed under the Jam's secret.
func (k Keys) Sealed(hash string, part int) store.Key {
	return store.Key{Partition: k.jam + "#sealed", Sort: fmt.Sprintf("%s#%03d", hash, part)}
}

// State is the state of a team, or of the Jam ("").
func (k Keys) State(team string) store.Key { return k.state(team) }

// Credential is a team's token, or the organisers' ("").
func (k Keys) Credential(team string) store.Key {
	return store.Key{Partition: k.subject(team), Sort: "credential"}
}

// Organizer is one organiser's token.
func (k Keys) Organizer(id string) store.Key {
	return store.Key{Partition: k.jam + "#organizer", Sort: id}
}

// Profile is a team's name and whatever else is shown of it and kept out of the ledger.
func (k Keys) Profile(team string) store.Key {
	return store.Key{Partition: k.jam + "#roster", Sort: team}
}

// Idempotency is what is kept of a request that was carried out.
func (k Keys) Idempotency(team, key string) store.Key { return k.idempotency(team, key) }

// Note is what a team handed in with the submission of that stamp.
func (k Keys) Note(at jam.Stamp) store.Key {
	return store.Key{Partition: k.jam + "#note", Sort: at.String()}
}

// Report is what organisers are told about the entry of that stamp, and teams are not.
func (k Keys) Report(at jam.Stamp) store.Key {
	return store.Key{Partition: k.jam + "#report", Sort: at.String()}
}

// Definition is one part of a published definition.
func (k Keys) Definition(hash string, part int) store.Key {
	return store.Key{Partition: k.jam + "#definition", Sort: fmt.Sprintf("%s#%03d", hash, part)}
}
