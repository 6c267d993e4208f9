// Package replay plays a real contest through the HTTP handlers of a Jam, with the clock set to the feed's time: every
// submission is posted by its team, every verdict by the organiser, in the order in which they happened.
//
// It guarantees that the result is the rules' own: it decides nothing and writes nothing past the handlers. What the rules
// refuse (what lies outside the contest's time) is counted and told. A submission that is refused within that time, because
// its task was solved by one whose verdict is later taken back, or because too many of its team's wait for a verdict, is
// put right if it did pass: by a grant from the time at which it was received, as an organiser would have to make.
package replay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/clics"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// Result is the end of a replay, thawed.
type Result struct {
	Board       json.RawMessage `json:"board"`
	FirstSolves json.RawMessage `json:"first_solves"`
	Graph       json.RawMessage `json:"graph"`
}

// Tally counts what was replayed.
type Tally struct {
	Teams, Problems   int
	Submissions       int
	Verdicts, Rulings int
	Refused           map[string]int // by the problem's kind
	Grants            int
	Unjudged          int
	Entries, Blocks   int64
}

// setUp is how long before the contest its Jam is opened and its teams join.
const setUp = time.Hour

// crowd is how many verdicts of one millisecond, as when a problem is judged anew, are given before the clock moves on by
// one: far below a millisecond's slots. It moves no submission's time but one received within these few milliseconds.
const crowd = 900

// sealEvery is how often, in the contest's time, the sequencer runs.
const sealEvery = time.Minute

// Replay plays a contest into a data folder. progress, if set, is told of the share that is done, from 0 to 1.
func Replay(ctx context.Context, c *clics.Contest, data string, log *slog.Logger, progress func(float64)) (*Result, *Tally, error) {
	p := &play{contest: c, clock: &clock{now: c.Start.Add(-setUp), tick: time.Millisecond}, ids: map[string]jam.Stamp{}}
	p.Refused = map[string]int{}
	s, err := server.Open(ctx, server.Options{Data: data, Event: event(c), Teams: teams(c), Now: p.clock.Now, Log: log})
	if err != nil {
		return nil, nil, err
	}
	p.clock.stop()
	result, err := p.run(ctx, s, data, progress)
	if closed := s.Close(); err == nil {
		err = closed
	}
	return result, &p.Tally, err
}

type play struct {
	Tally
	contest *clics.Contest
	clock   *clock
	call    caller
	token   map[string]string // by team
	desk    string
	ids     map[string]jam.Stamp // submissions by their feed's id
	refused []refusal
	last    jam.Stamp // the newest submission's place in the order, accepted or refused
	sealed  time.Time
	moment  time.Time // of the last action, and
	acts    int       // how many were at it
}

func (p *play) run(ctx context.Context, s *server.Server, data string, progress func(float64)) (*Result, error) {
	list, err := tokens.Read(server.TokensOf(data))
	if err != nil {
		return nil, err
	}
	p.call, p.token = caller{handler: s.Handler()}, map[string]string{}
	for _, t := range list {
		if t.Role == tokens.Organizer {
			p.desk = t.Token
		} else {
			p.token[t.ID] = t.Token
		}
	}
	p.Teams, p.Problems = len(p.contest.Teams), len(p.contest.Problems)
	actions := p.contest.Actions()
	for i, a := range actions {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p.clock.to(a.At)
		p.disperse(a)
		if err := p.seal(ctx, s); err != nil {
			return nil, err
		}
		if err := p.act(ctx, a); err != nil {
			return nil, err
		}
		if progress != nil {
			progress(float64(i+1) / float64(len(actions)))
		}
	}
	return p.finish(ctx, s)
}

// disperse moves the clock on when a millisecond gets crowded.
func (p *play) disperse(a clics.Action) {
	now := p.clock.Now()
	if !now.Equal(p.moment) {
		p.moment, p.acts = now, 0
	}
	if p.acts++; p.acts > crowd && a.Step != clics.Submit {
		p.clock.to(now.Add(time.Millisecond))
	}
}

func (p *play) act(ctx context.Context, a clics.Action) error {
	switch a.Step {
	case clics.Submit:
		return p.submit(ctx, a.Submission)
	case clics.Verdict:
		return p.judge(ctx, a)
	default:
		return p.rule(ctx, a)
	}
}

// refusal is a submission that was refused for what others of its team had become until then.
type refusal struct {
	submission *clics.Submission
	place      jam.Stamp // where in the order it would stand
}

// submit posts a submission as its team.
func (p *play) submit(ctx context.Context, s *clics.Submission) error {
	var reply api.SubmissionReply
	problem, err := p.call.do(ctx, http.MethodPost, "/v1/submissions", p.token[s.Team], key("submission", s.FeedID),
		api.SubmissionRequest{Challenge: s.Problem, Task: "solve", Note: "submission " + s.FeedID}, &reply)
	switch {
	case err != nil:
		return err
	case problem == nil:
		p.ids[s.FeedID], p.last = reply.Submission.ID, reply.Submission.ID
		p.Submissions++
	default:
		// Submissions of one millisecond come one after the other, each in the slot after the one before it.
		place := jam.StampAt(s.Time)
		if p.last.Milli == place.Milli {
			place.Slot = min(p.last.Slot+1, jam.MaxSlot)
		}
		p.last = place
		p.Refused[string(problem.Kind())]++
		switch rules.RefusalKind(problem.Kind()) {
		case rules.SolvedAlready, rules.TooManyOpen:
			p.refused = append(p.refused, refusal{s, place})
		case rules.NotStarted, rules.Ended:
		default:
			return fmt.Errorf("submission %s of team %s: %w", s.FeedID, s.Team, problem)
		}
	}
	return nil
}

func (p *play) seal(ctx context.Context, s *server.Server) error {
	if now := p.clock.Now(); now.Sub(p.sealed) >= sealEvery {
		p.sealed = now
		return s.Seal(ctx)
	}
	return nil
}

// finish thaws the board, lets everything settle, and reads what stands.
func (p *play) finish(ctx context.Context, s *server.Server) (*Result, error) {
	p.clock.to(p.contest.End())
	p.clock.to(p.clock.Now().Add(time.Second))
	if err := p.grant(ctx); err != nil {
		return nil, err
	}
	reading, err := s.Clock(ctx)
	if err != nil {
		return nil, err
	}
	if reading.Frozen {
		problem, err := p.call.do(ctx, http.MethodPost, "/v1/organizer/clock", p.desk, "thaw", api.ClockCommand{Op: rules.OpThaw}, nil)
		if err == nil && problem != nil {
			err = problem
		}
		if err != nil {
			return nil, fmt.Errorf("thaw: %w", err)
		}
	}
	for range 3 {
		p.clock.to(p.clock.Now().Add(2 * time.Minute))
		if err := s.Seal(ctx); err != nil {
			return nil, err
		}
	}
	p.Entries, p.Blocks = s.Sealed()
	p.Unjudged = len(p.ids) - p.Verdicts
	var r Result
	var solves struct {
		FirstSolves json.RawMessage `json:"first_solves"`
	}
	for path, into := range map[string]any{"/v1/board": &r.Board, "/v1/board/graph": &r.Graph, "/v1/board/first-solves": &solves} {
		problem, err := p.call.do(ctx, http.MethodGet, path, "", "", nil, into)
		if err == nil && problem != nil {
			err = problem
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
	}
	r.FirstSolves = solves.FirstSolves
	return &r, nil
}

func verdict(j *clics.Judgement) jam.Verdict {
	if j.Solved {
		return jam.Passed
	}
	return jam.Failed
}

// maxKey is the longest idempotency key, less what a ruling's place in its request adds to it.
const maxKey = 60

// key makes an idempotency key of a feed's id: unlike ids stay unlike.
func key(of, id string) string {
	out := make([]byte, 0, len(of)+1+len(id))
	out = append(append(out, of...), '-')
	for i := range len(id) {
		switch c := id[i]; {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c == '-', c == '_':
			out = append(out, c)
		default:
			out = fmt.Appendf(out, ":%02X", c)
		}
	}
	if len(out) > maxKey {
		sum := sha256.Sum256([]byte(id))
		return of + "." + hex.EncodeToString(sum[:16])
	}
	return string(out)
}
