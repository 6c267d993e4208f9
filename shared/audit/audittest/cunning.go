package audittest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/photofinish/photofinish/shared/audit"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// dishonest is a case of somebody who holds the keys: after the change everything is made anew and signed.
func dishonest(name, what string, finds []audit.Kind, needs Need, decisions bool, change func(*contents)) Case {
	return Case{Name: "signed-" + name, What: what, Cunning: true, Finds: finds, Needs: needs, Decisions: decisions,
		tamper: func(c *contents, s *Sample) {
			change(c)
			c.reseal(s.checkpoints, s.certified)
		}}
}

// cunning is what an organiser with the keys may try.
func cunning() []Case {
	return slices.Concat(againstTheRules(), againstTheRecord(), againstTheSeal())
}

// againstTheRules are records that the rules would not have made.
func againstTheRules() []Case {
	decision := func(name, what string, change func(*contents)) Case {
		return dishonest(name, what, []audit.Kind{audit.Decision}, "", true, change)
	}
	return []Case{
		decision("points-changed", "a submission has more points than its task", func(c *contents) {
			c.change(c.find(0, submitted("red", line, jam.Passed)), func(e *rules.Entry) { e.Points = 900 })
		}),
		decision("clue-for-less", "a clue cost less than it costs", func(c *contents) {
			c.change(c.find(0, ofKind(rules.ClueTaken)), func(e *rules.Entry) { e.Cost = 1 })
		}),
		decision("penalty-forgotten", "a wrong answer took nothing", func(c *contents) {
			c.change(c.find(0, submitted("grey", falling, jam.Failed)), func(e *rules.Entry) { e.Penalty = 0 })
		}),
		decision("counts-from-receipt", "a slow build that was seen right late counts from its receipt", func(c *contents) {
			p := c.find(0, func(e rules.Entry) bool { return e.Kind == rules.Judged && e.Team == "blue" && e.Verdict == jam.Passed })
			c.change(p, func(e *rules.Entry) { e.Counts = e.Submission })
		}),
		dishonest("verdict-back-dated", "a look that came late is stamped with its submission's millisecond", []audit.Kind{audit.Stamp}, "", true, func(c *contents) {
			p := c.find(0, func(e rules.Entry) bool { return e.Kind == rules.Judged && e.Team == "blue" && e.Verdict == jam.Passed })
			e := c.entry(p)
			c.remove(p)
			e.Stamp = jam.Stamp{Milli: e.Submission.Milli, Slot: e.Submission.Slot + 1}
			at := e.Stamp
			e.Counts = &at
			c.insert(e)
		}),
		decision("lockout-ignored", "a right answer of a team that was locked out", func(c *contents) {
			p := c.find(2, submitted("grey", falling, jam.Failed))
			e := c.entry(p)
			e.Stamp.Milli += 2000
			e.Received.Gateway, e.Received.Handler = e.Received.Gateway+2000, e.Received.Handler+2000
			at := e.Stamp
			e.Verdict, e.Penalty, e.Points, e.Counts = jam.Passed, 0, 100, &at
			c.later("grey", e.Version, 1)
			e.Version++
			c.insert(e)
		}),
		decision("clock-back-dated", "a pause takes effect without the notice that it needs", func(c *contents) {
			c.change(c.find(0, clocked(rules.OpPause)), func(e *rules.Entry) { e.Change.From = e.Stamp.Milli })
		}),
		decision("pause-back-dated", "a pause is recorded as written a quarter of an hour earlier, with all its times", func(c *contents) {
			const by = 15 * 60_000
			p := c.find(0, clocked(rules.OpPause))
			e := c.entry(p)
			c.remove(p)
			e.Stamp.Milli -= by
			e.Received.Gateway, e.Received.Handler, e.Change.From = e.Received.Gateway-by, e.Received.Handler-by, e.Change.From-by
			c.insert(e)
		}),
		dishonest("clock-stamp-back-dated", "a pause stands ten minutes earlier than its request came", []audit.Kind{audit.Stamp}, "", true, func(c *contents) {
			p := c.find(0, clocked(rules.OpPause))
			e := c.entry(p)
			c.remove(p)
			e.Stamp.Milli -= 600_000
			c.insert(e)
		}),
		dishonest("entry-removed", "a wrong answer was taken out", []audit.Kind{audit.Version}, "", true, func(c *contents) {
			c.remove(c.find(0, submitted("grey", falling, jam.Failed)))
		}),
		dishonest("entry-inserted", "a right answer was put in under a version that there is", []audit.Kind{audit.Version}, "", true, func(c *contents) {
			e := c.entry(c.find(0, submitted("green", line, jam.Failed)))
			e.Stamp.Slot++
			at := e.Stamp
			e.Verdict, e.Penalty, e.Points, e.Counts = jam.Passed, 0, 100, &at
			c.insert(e)
		}),
		dishonest("verdict-doubled", "a submission has a second verdict, and all versions fit", []audit.Kind{audit.Verdict, audit.Decision}, "", true, func(c *contents) {
			e := c.entry(c.find(0, func(e rules.Entry) bool { return e.Kind == rules.Judged && e.Verdict == jam.Doomed }))
			e.Stamp.Milli++
			at := e.Stamp
			e.Look, e.Verdict, e.Points, e.Counts = e.Look+1, jam.Passed, 70, &at
			c.later(e.Team, e.Version, 1)
			e.Version++
			c.insert(e)
		}),
		dishonest("two-swapped", "the two who finished 13 s apart have each other's stamps", []audit.Kind{audit.Stamp}, "", true, func(c *contents) {
			red, blue := c.find(0, submitted("red", "end/last", jam.Passed)), c.find(0, submitted("blue", "end/last", jam.Passed))
			a, b := c.entry(red).Stamp, c.entry(blue).Stamp
			c.change(red, func(e *rules.Entry) { e.Stamp, e.Counts = b, &b })
			c.change(blue, func(e *rules.Entry) { e.Stamp, e.Counts = a, &a })
		}),
		dishonest("block-dropped", "a block was taken out and the others renumbered", []audit.Kind{audit.Version}, "", true, func(c *contents) {
			c.blocks = slices.Delete(c.blocks, 3, 4)
			c.blocks = append(c.blocks, block{Block: c.blocks[len(c.blocks)-1].Block}) // so that the certificate's block has its number
		}),
	}
}

// later moves a team's versions from one on.
func (c *contents) later(team string, after, by int64) {
	c.each(func(e *rules.Entry) {
		if e.Team == team && e.Version > after {
			e.Version += by
		}
	})
}

// againstTheRecord are records that the rules could have made, and that were not. Only what others hold tells.
func againstTheRecord() []Case {
	receipt := []audit.Kind{audit.Receipt}
	return []Case{
		dishonest("withdrawal-removed", "a team's withdrawal, its last entry, was taken out", receipt, Receipts, false, func(c *contents) {
			c.remove(c.find(-1, func(e rules.Entry) bool { return e.Kind == rules.Listed && e.Team == "black" }))
		}),
		dishonest("answer-turned", "a wrong answer was made right", receipt, Receipts, false, turn),
		dishonest("award-raised", "an award was raised", receipt, Receipts, false, func(c *contents) {
			c.change(c.find(0, func(e rules.Entry) bool { return e.Ruling == rules.Award }), func(e *rules.Entry) { e.Points *= 10 })
		}),
		dishonest("finish-swapped", "the two who finished 13 s apart have each other's stamps and times of receipt", receipt, Receipts, false, func(c *contents) {
			red, blue := c.find(0, submitted("red", "end/last", jam.Passed)), c.find(0, submitted("blue", "end/last", jam.Passed))
			a, b := c.entry(red), c.entry(blue)
			c.change(red, func(e *rules.Entry) { e.Stamp, e.Counts, e.Received = b.Stamp, &b.Stamp, b.Received })
			c.change(blue, func(e *rules.Entry) { e.Stamp, e.Counts, e.Received = a.Stamp, &a.Stamp, a.Received })
		}),
		dishonest("slots-swapped", "two submissions of one millisecond have each other's slots", receipt, Receipts, false, func(c *contents) {
			a, b := c.entry(c.find(0, submitted("gold", page, jam.Pending))).Stamp, c.entry(c.find(0, submitted("silver", page, jam.Pending))).Stamp
			other := func(s *jam.Stamp) {
				if s == nil {
					return
				}
				switch *s {
				case a:
					*s = b
				case b:
					*s = a
				}
			}
			c.each(func(e *rules.Entry) {
				other(&e.Stamp)
				other(e.Submission)
				if e.Counts != e.Submission {
					other(e.Counts)
				}
			})
		}),
		dishonest("definition-replaced", "a bonus was changed in the definition, and every entry names the new one", receipt, Receipts, false, func(c *contents) {
			d := &c.definitions[1]
			old := d.Hash
			d.Body = bytes.Replace(d.Body, []byte(`"first_solve_bonus":25`), []byte(`"first_solve_bonus":95`), 1)
			sum := sha256.Sum256(d.Body)
			d.Hash = hex.EncodeToString(sum[:])
			c.each(func(e *rules.Entry) {
				for _, name := range []*string{&e.Definition, &e.Commitment} {
					if *name == old {
						*name = d.Hash
					}
				}
			})
		}),
		dishonest("rewritten", "a wrong answer was made right before a checkpoint that was published", []audit.Kind{audit.History}, Checkpoints, false, turn),
		dishonest("late-entry-moved", "an entry that was found late stands as if it had come in time", []audit.Kind{audit.History}, Checkpoints, false, func(c *contents) {
			p := c.find(0, submitted("silver", falling, jam.Passed))
			leaf := bytes.Clone(*c.at(p))
			c.remove(p)
			c.insert(c.decode(leaf))
		}),
		{Name: "signed-end-cut-off", What: "the ledger ends after half of it, uncertified", Cunning: true, Finds: []audit.Kind{audit.History}, Needs: Checkpoints,
			tamper: func(c *contents, s *Sample) {
				c.blocks = c.blocks[:len(c.blocks)/2]
				c.reseal(s.checkpoints, 0)
			}},
		{Name: "signed-by-another-key", What: "everything was signed by another key, that the ledger names", Cunning: true, Finds: []audit.Kind{audit.Key}, Needs: Key,
			tamper: func(c *contents, s *Sample) {
				c.keys.Checkpoints = s.otherKey
				c.change(c.find(0, ofKind(rules.Opened)), func(e *rules.Entry) { e.Opening.CheckpointKey = s.otherKey })
				c.reseal(s.other, s.certified)
			}},
	}
}

// turn makes green's only answer to the first task right.
func turn(c *contents) {
	c.change(c.find(0, submitted("green", line, jam.Failed)), func(e *rules.Entry) {
		at := e.Stamp
		e.Verdict, e.Penalty, e.Points, e.Counts = jam.Passed, 0, 100, &at
	})
}

// againstTheSeal leave the entries as they are.
func againstTheSeal() []Case {
	return []Case{
		{Name: "signed-another-board", What: "the certificate was signed for a board in which two rows changed places", Cunning: true, Finds: []audit.Kind{audit.Board},
			tamper: func(c *contents, s *Sample) {
				c.board = swapRows(c.board)
				c.certificate = c.sign(s.checkpoints, c.blocks[s.certified-1].Block, c.board)
			}},
		{Name: "signed-names-swapped", What: "two teams' names changed places on the board as well, after the certification", Cunning: true, Finds: []audit.Kind{audit.Certificate},
			tamper: func(c *contents, s *Sample) {
				c.swapNames()
				old := c.certificate
				c.reseal(s.checkpoints, s.certified)
				c.certificate = old
			}},
		{Name: "signed-too-early", What: "the result was certified before the ledger was closed", Cunning: true, Finds: []audit.Kind{audit.Certificate},
			tamper: func(c *contents, s *Sample) { c.reseal(s.checkpoints, s.certified-3) }},
		{Name: "signed-certificate-of-another-tree", What: "the certificate was signed for another block's tree", Cunning: true, Finds: []audit.Kind{audit.Certificate},
			tamper: func(c *contents, s *Sample) {
				b := c.blocks[s.certified-1].Block
				b.Root = c.blocks[2].Root
				c.certificate = c.sign(s.checkpoints, b, c.board)
			}},
		{Name: "signed-definition-renamed", What: "a definition was changed, and its file has its new hash for a name", Cunning: true, Finds: []audit.Kind{audit.Definition},
			tamper: func(c *contents, _ *Sample) {
				d := &c.definitions[1]
				d.Body = bytes.Replace(d.Body, []byte(`"first_solve_bonus":25`), []byte(`"first_solve_bonus":95`), 1)
				sum := sha256.Sum256(d.Body)
				d.Hash = hex.EncodeToString(sum[:])
			}},
	}
}
