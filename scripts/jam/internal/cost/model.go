// Package cost works out what a Jam costs on AWS: what its people and its clock make the functions do, what that consumes,
// and what AWS's list says for it.
//
// It guarantees that every amount of a bill follows from a load by stated assumptions and a dated price, and that the bill's
// total is the sum of its lines. It is an estimate: it asks AWS for nothing, and takes nothing off for free allowances.
package cost

import (
	"fmt"
	"math"
	"strings"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/ledger"
)

// Call is one invocation of a function.
type Call struct {
	Function string
	Times    float64
}

// Use is what one occurrence of some work consumes.
type Use struct {
	Requests   float64 // of API Gateway
	Out        float64 // bytes from it to the internet
	CDN        float64 // requests of CloudFront
	CDNOut     float64 // bytes from it
	Calls      []Call
	Reads      float64 // DynamoDB's read units
	Writes     float64 // and write units
	Events     float64 // on EventBridge
	Queue      float64 // requests of SQS
	Signatures float64 // of KMS
	Log        float64 // bytes
}

// Work is something that happens so many times.
type Work struct {
	Name  string
	Times float64
	Use
}

func durations() string {
	var list []string
	for _, name := range []string{config.Play, config.Board, config.Organize, config.Relay, verify, config.Judge, config.Sequence} {
		f := functions[name]
		list = append(list, fmt.Sprintf("%s %.0f ms (%.0f MB)", name, f.milliseconds, f.megabytes))
	}
	return strings.Join(list, ", ")
}

// Bytes of what is stored and sent. Items, lines and the board were measured; see docs/scale.md.
const (
	entryItem    = 480.0 // an entry, keys and names included
	keyItem      = 770.0 // an idempotency key with its reply and receipt
	stateBase    = 110.0 // a team's state …
	statePerTask = 34.0  // … and for each task that it solved
	blockBase    = 440.0
	blockPerItem = 20.0
	cellPacked   = 7.0 // of the board, for each team and task, compressed

	accessLine   = 450.0 // API Gateway's log line of a request
	startLine    = 90.0  // Lambda's own lines of an invocation
	endLine      = 60.0
	reportLine   = 180.0
	lineBeside   = 26.0  // that CloudWatch Logs counts for each line
	readLine     = 591.0 // ours, with the metrics in them
	writeLine    = 796.0
	lookLine     = 494.0
	judgeLine    = 311.0
	relayLine    = 525.0
	sequenceLine = 744.0
)

const (
	writeUnit = 1024.0 // bytes
	readUnit  = 4096.0
	// transactional is how often a write in a transaction is charged; every commit is one.
	transactional = 2

	streamPolls    = 4.0 // a second, of each shard of the table's stream: so many invocations of relay at most
	emptyPolls     = 900 // an hour, of each queue by Lambda: five connections, 20 s each
	looksPerRemind = 3.0 // read units for each pending submission, every minute
	idleMinute     = 10.0
	historyMissed  = 0.5 // of the questions find that the function's process does not remember the history
)

func transacted(bytes float64) float64 { return transactional * math.Ceil(bytes/writeUnit) }
func scanned(bytes float64) float64    { return max(1, math.Ceil(bytes/readUnit)) }

func logged(lines ...float64) float64 {
	sum := 0.0
	for _, n := range lines {
		sum += n + lineBeside
	}
	return sum
}

// Work is all that happens on the Jam's day.
func (l Load) Work() []Work {
	seconds := l.Hours * 3600
	teams, submissions := float64(l.Teams), float64(l.Submissions)
	members := teams * membersPerTeam
	looked, judged := submissions*l.Looked, submissions*l.Judged
	looks := looked * (1 + slowShare*looksWithin(l.Slow))
	lookVerdicts := looked * (1 + slowShare)
	clues := teams * cluesPerTeam
	entries := submissions + lookVerdicts + judged + clues + teams
	rate := entries / seconds

	// An entry about a team is three items: itself, the team's state at half of its tasks, the key.
	commit := transacted(entryItem) + transacted(stateBase+statePerTask*float64(l.Tasks)/2) + transacted(keyItem)
	const auth, clock = 2.0, 0.5 // the clock is read every five seconds
	// On average half of a team's history is there.
	history := historyMissed * scanned((entries/teams)*keyItem/2)
	platform := 0.0
	if l.Stack.PlatformLines {
		platform = logged(startLine, endLine, reportLine)
	}

	relays := min(entries, seconds*streamPolls*float64(l.Shards))
	// A run seals what the window has gathered; the next window begins with the next message.
	runs := 0.0
	if relays > 0 {
		runs = seconds / (l.Stack.SettleWindow + seconds/relays)
	}
	block := 0.0
	if runs > 0 {
		block = transacted(blockBase + blockPerItem*entries/runs)
	}
	shards := float64(l.Shards)
	tail := max(shards, math.Ceil(rate*(ledger.Settle.Seconds()+l.Stack.SettleWindow)*entryItem/readUnit))
	quarter := max(shards, math.Ceil(rate*ledger.LookBack.Seconds()*entryItem/readUnit))

	screens := float64(l.Spectators)
	asked := screens / boardEvery
	origin := seconds * asked / (1 + asked) // a second after each fetch the next question goes to the origin
	askedJam := screens / jamEvery
	originJam := seconds * askedJam / (1 + askedJam)
	changed := 1 - math.Exp(-rate*boardEvery)
	board := cellPacked * teams * float64(l.Tasks) / 2
	boards := origin + members*boardsPerHour*l.Hours
	// All readers of a process share a tail for a second; a process serves one at a time.
	tails := min(boards, seconds+boards*functions[config.Board].milliseconds/1000)
	pending := looked * slowShare * l.Slow.Hours() / l.Hours

	work := []Work{
		{"submissions and clues", submissions + clues, Use{
			Requests: 1, Out: 1300, Calls: []Call{{config.Play, 1}}, Reads: auth + clock, Writes: commit,
			Log: logged(accessLine, writeLine) + platform,
		}},
		{"notes beside them", judged, Use{Writes: transacted(keyItem)}},
		{"members' reads", members*readsOfEach*float64(l.Challenges) + readsBeside*submissions, Use{
			// One in five asks for the team's whole history.
			Requests: 1, Out: 4000, Calls: []Call{{config.Play, 1}}, Reads: auth + clock + history/5,
			Log: logged(accessLine, readLine) + platform,
		}},
		{"waiting for a verdict", waiting * (looked + looks), Use{
			Requests: 1, Out: 1600, Calls: []Call{{config.Play, 1}}, Reads: auth + clock + 1 + history + 1,
			Log: logged(accessLine, readLine) + platform,
		}},
		{"looks", looks, Use{
			// Its queue and the judge's, each: sent, received, deleted.
			Queue: 6, Calls: []Call{{verify, 1}, {config.Judge, 1}}, Reads: 7, Writes: transacted(200),
			Log: logged(lookLine, judgeLine) + 2*platform,
		}},
		{"verdicts of looks", lookVerdicts, Use{Writes: commit}},
		{"verdicts of people", judged, Use{
			Requests: 1, Out: 1300, Calls: []Call{{config.Organize, 1}}, Reads: auth + clock + 2, Writes: commit,
			Log: logged(accessLine, writeLine) + platform,
		}},
		{"organisers' requests", organizersHour*l.Hours + teams, Use{
			Requests: 1, Out: 4000, Calls: []Call{{config.Organize, 1}}, Reads: 2 + tail + clock, Writes: commit / 10,
			Log: logged(accessLine, readLine) + platform,
		}},
		{"relaying", relays, Use{
			Calls: []Call{{config.Relay, 1}}, Events: 1, Queue: 1 + 0.1, Log: logged(relayLine) + platform,
		}},
		{"asking for first looks", looked, Use{Reads: 1 + clock, Events: 1}},
		{"sealing", runs, Use{
			Calls: []Call{{config.Sequence, 1}}, Queue: 2, Reads: 2*(2+shards) + 2 + 2*tail, Writes: block + transacted(400), Signatures: 1,
			Log: logged(sequenceLine) + platform,
		}},
		{"each minute of the Jam", l.Hours * 60, Use{
			// The sequencer looks back, and so do the folds that it and the board keep.
			Reads: 3*quarter + looksPerRemind*pending,
		}},
		{"the board, from the origin", boards, Use{
			Requests: 1, Calls: []Call{{config.Board, 1}}, Reads: 2 + clock, Log: logged(accessLine, readLine) + platform,
		}},
		{"what is not sealed, for it", tails, Use{Reads: tail}},
		{"members' boards", members * boardsPerHour * l.Hours, Use{Out: board}},
		{"the Jam, from the origin", originJam, Use{
			Requests: 1, Calls: []Call{{config.Play, 1}}, Reads: 1 + clock, Log: logged(accessLine, readLine) + platform,
		}},
		{"spectators", seconds * (asked + askedJam), Use{
			CDN: 1, CDNOut: 400 + board*changed*asked/(asked+askedJam+1e-9),
		}},
	}
	return append(work, l.Idle(l.Standing)...)
}

// Idle is what a stack does by itself in so many hours.
func (l Load) Idle(hours float64) []Work {
	return []Work{
		{"the schedule", hours * 60, Use{Calls: []Call{{config.Sequence, 1}}, Reads: idleMinute, Log: logged(sequenceLine, sequenceLine)}},
		{"queues, asked in vain", hours * emptyPolls * float64(l.Kinds+2), Use{Queue: 1}},
	}
}
