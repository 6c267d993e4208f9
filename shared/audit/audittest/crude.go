package audittest

import (
	"bytes"
	"slices"
	"strings"

	"github.com/photofinish/photofinish/shared/audit"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

func submitted(team string, ref jam.TaskRef, v jam.Verdict) func(rules.Entry) bool {
	return func(e rules.Entry) bool {
		return e.Kind == rules.Submitted && e.Team == team && e.Task == ref && e.Verdict == v
	}
}

func ofKind(k rules.EntryKind) func(rules.Entry) bool {
	return func(e rules.Entry) bool { return e.Kind == k }
}

func clocked(op rules.Op) func(rules.Entry) bool {
	return func(e rules.Entry) bool { return e.Change != nil && e.Change.Op == op }
}

// crude changes bytes and nothing else.
func crude() []Case {
	return []Case{
		{Name: "entry-altered", What: "a submission's points were changed", Finds: []audit.Kind{audit.Tree, audit.Decision, audit.Board},
			tamper: func(c *contents, _ *Sample) {
				c.change(c.find(0, submitted("red", line, jam.Passed)), func(e *rules.Entry) { e.Points = 900 })
			}},
		{Name: "entry-removed", What: "a wrong answer was taken out", Finds: []audit.Kind{audit.Blocks, audit.Tree, audit.Format, audit.Version},
			tamper: func(c *contents, _ *Sample) { c.remove(c.find(0, submitted("grey", falling, jam.Failed))) }},
		{Name: "entry-inserted", What: "a submission was put in", Finds: []audit.Kind{audit.Blocks, audit.Tree, audit.Format},
			tamper: func(c *contents, _ *Sample) {
				e := c.entry(c.find(0, submitted("green", line, jam.Failed)))
				e.Stamp.Slot++
				c.insert(e)
			}},
		{Name: "entries-swapped", What: "two entries of a block changed places", Finds: []audit.Kind{audit.EntryForm, audit.Tree},
			tamper: func(c *contents, _ *Sample) {
				p := c.find(0, submitted("green", line, jam.Failed))
				b := c.blocks[p.block].entries
				b[p.line], b[p.line-1] = b[p.line-1], b[p.line]
			}},
		{Name: "verdict-doubled", What: "a verdict stands in its block twice", Finds: []audit.Kind{audit.Blocks, audit.Tree, audit.Format},
			tamper: func(c *contents, _ *Sample) {
				p := c.find(0, ofKind(rules.Judged))
				b := &c.blocks[p.block]
				b.entries = slices.Insert(b.entries, p.line, b.entries[p.line])
			}},
		{Name: "block-dropped", What: "a block was taken out", Finds: []audit.Kind{audit.Blocks, audit.Tree, audit.Format},
			tamper: func(c *contents, _ *Sample) { c.blocks = slices.Delete(c.blocks, 4, 5) }},
		{Name: "end-dropped", What: "the last two blocks were taken out, the certificate's among them", Finds: []audit.Kind{audit.Format, audit.Certificate},
			tamper: func(c *contents, _ *Sample) { c.blocks = c.blocks[:len(c.blocks)-2] }},
		{Name: "checkpoint-of-another-key", What: "a checkpoint was signed by another key of the same name", Finds: []audit.Kind{audit.Signature},
			tamper: func(c *contents, s *Sample) { c.blocks[6].checkpoint = c.sign(s.other, c.blocks[6].Block, nil) }},
		{Name: "checkpoint-of-another-block", What: "a block has its neighbour's checkpoint", Finds: []audit.Kind{audit.Checkpoint},
			tamper: func(c *contents, _ *Sample) { c.blocks[6].checkpoint = c.blocks[5].checkpoint }},
		{Name: "checkpoint-missing", What: "a checkpoint was taken out", Finds: []audit.Kind{audit.Checkpoint},
			tamper: func(c *contents, _ *Sample) { c.blocks[6].checkpoint = "" }},
		{Name: "checkpoint-text-changed", What: "a checkpoint names another end", Finds: []audit.Kind{audit.Signature},
			tamper: func(c *contents, _ *Sample) {
				c.blocks[6].checkpoint = strings.Replace(c.blocks[6].checkpoint, ".999\n", ".998\n", 1)
			}},
		{Name: "root-altered", What: "a block's root was changed", Finds: []audit.Kind{audit.Tree, audit.Checkpoint},
			tamper: func(c *contents, _ *Sample) { c.blocks[3].Root = c.blocks[2].Root }},
		{Name: "edge-altered", What: "a hash of a block's edge was changed", Finds: []audit.Kind{audit.Tree},
			tamper: func(c *contents, _ *Sample) { c.blocks[3].Edge[0] = strings.Map(rot, c.blocks[3].Edge[0]) }},
		{Name: "block-end-moved", What: "a block says that it was sealed up to a later moment", Finds: []audit.Kind{audit.Checkpoint, audit.Blocks},
			tamper: func(c *contents, _ *Sample) { c.blocks[3].End.Milli += 1000 }},
		{Name: "board-row-moved", What: "two rows of the board changed places", Finds: []audit.Kind{audit.Board, audit.Certificate},
			tamper: func(c *contents, _ *Sample) { c.board = swapRows(c.board) }},
		{Name: "board-points-changed", What: "a score on the board was changed", Finds: []audit.Kind{audit.Board, audit.Certificate},
			tamper: func(c *contents, _ *Sample) {
				c.board = bytes.Replace(c.board, []byte(`"score":2`), []byte(`"score":3`), 1)
			}},
		{Name: "board-white-space", What: "the board is written with white space", Finds: []audit.Kind{audit.Board, audit.Certificate},
			tamper: func(c *contents, _ *Sample) { c.board = append(c.board, '\n') }},
		{Name: "definition-changed", What: "a task's bonus was changed in the definition", Finds: []audit.Kind{audit.Definition, audit.Board},
			tamper: func(c *contents, _ *Sample) {
				d := &c.definitions[1]
				d.Body = bytes.Replace(d.Body, []byte(`"first_solve_bonus":25`), []byte(`"first_solve_bonus":95`), 1)
			}},
		{Name: "definition-missing", What: "a definition was taken out", Finds: []audit.Kind{audit.Definition},
			tamper: func(c *contents, _ *Sample) { c.definitions = c.definitions[:1] }},
		{Name: "certificate-of-another-board", What: "the hash in the certificate was changed", Finds: []audit.Kind{audit.Certificate},
			tamper: func(c *contents, _ *Sample) {
				before, after, _ := strings.Cut(c.certificate, "board ")
				c.certificate = before + "board " + strings.Map(rot, after[:43]) + after[43:]
			}},
		{Name: "certificate-removed", What: "the certificate was taken out, so that what came after it would count", Finds: []audit.Kind{audit.Board},
			tamper: func(c *contents, _ *Sample) { c.certificate = "" }},
		{Name: "names-swapped", What: "two teams' names changed places after the certification", Finds: []audit.Kind{audit.Board},
			tamper: func(c *contents, _ *Sample) { c.swapNames() }},
		{Name: "key-replaced", What: "keys.json names another key", Finds: []audit.Kind{audit.Key, audit.Signature},
			tamper: func(c *contents, s *Sample) { c.keys.Checkpoints = s.otherKey }},
		{Name: "clock-back-dated", What: "a pause takes effect a minute earlier", Finds: []audit.Kind{audit.Tree, audit.Decision},
			tamper: func(c *contents, _ *Sample) {
				c.change(c.find(0, clocked(rules.OpPause)), func(e *rules.Entry) { e.Change.From -= 60_000 })
			}},
	}
}

// rot makes another text of base64.
func rot(r rune) rune {
	if r >= 'a' && r < 'z' {
		return r + 1
	}
	return r
}

func (c *contents) swapNames() { c.teams["white"], c.teams["gold"] = c.teams["gold"], c.teams["white"] }

// swapRows exchanges the teams of the first two rows.
func swapRows(b []byte) []byte {
	const row = `{"rank":`
	parts := bytes.SplitN(b, []byte(row), 4) // head, first, second and the rest
	cut := func(p []byte) (rank, rest []byte) { i := bytes.IndexByte(p, ','); return p[:i], p[i:] }
	rank1, first := cut(parts[1])
	rank2, second := cut(parts[2])
	return slices.Concat(parts[0], []byte(row), rank1, second, []byte(row), rank2, first, []byte(row), parts[3])
}
