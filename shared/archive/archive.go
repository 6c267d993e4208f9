// Package archive is the form in which a ledger is taken home and published: one gzipped tar with everything that is
// sealed, and all that it takes to check it. docs/format.md describes it for those who never see this code.
//
// It guarantees that the same ledger gives the same bytes inside the compression, whoever writes it and whenever: members
// in one order, with one header, no time, no owner. The compressed bytes are those of the standard library's gzip, with
// an empty header: they are the same for every machine, and may differ between releases of Go. A Reader takes this one
// form and nothing beside it, needs no more memory than a block however long the ledger is, and names what is wrong.
//
// It is not for judging what is inside: whether blocks follow each other, the tree is the right one or an entry was
// allowed, shared/audit says.
package archive

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/photofinish/photofinish/shared/ledger"
)

// Format names this form, and its version.
const Format = "photofinish archive 1"

// Manifest is the first member: what the archive is.
type Manifest struct {
	Format  string `json:"format"`
	Jam     string `json:"jam"`
	Shards  int    `json:"shards"` // K of the ledger
	Blocks  int64  `json:"blocks"`
	Entries int64  `json:"entries"` // in all blocks
}

// Keys are the Jam's verifier keys, in the form of C2SP signed notes.
type Keys struct {
	Checkpoints string `json:"checkpoints"`
	Receipts    string `json:"receipts"`
}

// The members that are there once, and the ends of the names of those of a block.
const (
	manifestName    = "photofinish.json"
	keysName        = "keys.json"
	teamsName       = "teams.json"
	certificateName = "certificate"
	boardName       = "board.json"

	blockName      = "block.json"
	checkpointName = "checkpoint"
	entriesName    = "entries"
)

func definitionName(hash string) string { return "definitions/" + hash + ".json" }

func memberOf(block int64, name string) string { return fmt.Sprintf("blocks/%08d/%s", block, name) }

var (
	definitionPattern = regexp.MustCompile(`^definitions/([0-9a-f]{64})\.json$`)
	blockPattern      = regexp.MustCompile(`^blocks/([0-9]{8})/(block\.json|checkpoint|entries)$`)
)

// maxBlocks is the last number that a block's name has room for.
const maxBlocks = 99_999_999

// The most that a member may hold, in bytes: far above what any Jam has, and what a Reader may have to keep at once. The
// entries of a block are read one after the other.
const (
	maxSmall      = 64 << 10  // manifest, keys, a signed note
	maxTeams      = 16 << 20  // and a definition, which the store holds in one transaction of 4 MB
	maxBlock      = 1 << 20   // block.json: 8,000 stamps
	maxEntry      = 512 << 10 // one line; the store's items end at 400 KB
	maxEntries    = int64(ledger.MaxBlock) * (maxEntry + 1)
	maxBoard      = 128 << 20
	definitionMax = maxTeams
)

// place is where in an archive's order a member stands.
type place int

const (
	atStart place = iota
	atManifest
	atKeys
	atTeams
	atDefinition
	atBlock
	atCheckpoint
	atEntries
	atCertificate
	atBoard
	atEnd
)

// member is a member's name, understood.
type member struct {
	place place
	hash  string // of a definition
	block int64
}

// parse understands a name; false for one that no archive has.
func parse(name string) (member, bool) {
	switch name {
	case manifestName:
		return member{place: atManifest}, true
	case keysName:
		return member{place: atKeys}, true
	case teamsName:
		return member{place: atTeams}, true
	case certificateName:
		return member{place: atCertificate}, true
	case boardName:
		return member{place: atBoard}, true
	}
	if m := definitionPattern.FindStringSubmatch(name); m != nil {
		return member{place: atDefinition, hash: m[1]}, true
	}
	if m := blockPattern.FindStringSubmatch(name); m != nil {
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil || n == 0 {
			return member{}, false
		}
		return member{place: map[string]place{blockName: atBlock, checkpointName: atCheckpoint, entriesName: atEntries}[m[2]], block: n}, true
	}
	return member{}, false
}

// follows tells whether a member may come after another one. A block may come after any earlier one: whether one lacks is
// not for the form to say.
func (m member) follows(last member) bool {
	switch m.place {
	case atManifest:
		return last.place == atStart
	case atKeys:
		return last.place == atManifest
	case atTeams:
		return last.place == atKeys
	case atDefinition:
		return last.place == atTeams || last.place == atDefinition
	case atBlock:
		return last.place == atTeams || last.place == atDefinition || last.place == atEntries && last.block < m.block
	case atCheckpoint:
		return last.place == atBlock && last.block == m.block
	case atEntries:
		return (last.place == atBlock || last.place == atCheckpoint) && last.block == m.block
	case atCertificate:
		return last.place == atEntries
	case atBoard:
		return last.place == atTeams || last.place == atDefinition || last.place == atEntries || last.place == atCertificate
	case atEnd:
		return last.place == atBoard
	}
	return false
}
