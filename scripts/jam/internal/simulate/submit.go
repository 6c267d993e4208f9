package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/stage"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// make carries out a move, and what follows from it.
func (d *day) make(ctx context.Context, t *team, m move) error {
	if m.together { // what five do at once is mishap enough
		m.mishap = none
	}
	if m.clue != "" {
		return d.takeClue(ctx, t, m)
	}
	request := d.request(t, m)
	reply, err := d.send(ctx, t, m, request)
	if err != nil {
		return fmt.Errorf("%s submits %s: %w", t.id, m.task, err)
	}
	view, err := submitted(reply)
	if problem, refused := errors.AsType[*api.Problem](err); refused {
		return d.refused(t, m, problem)
	}
	if err != nil {
		return fmt.Errorf("%s submits %s: %w", t.id, m.task, err)
	}
	d.accepted(t, m, view)
	return d.repeat(ctx, t, m, request, reply)
}

// submitted reads the reply to a submission. A refusal is an *api.Problem.
func submitted(reply *stage.Reply) (api.SubmissionView, error) {
	problem, err := reply.Problem()
	if err == nil && problem != nil {
		err = problem
	}
	if err != nil {
		return api.SubmissionView{}, err
	}
	var accepted api.SubmissionReply
	if err := json.Unmarshal(reply.Body, &accepted); err != nil {
		return api.SubmissionView{}, fmt.Errorf("read the reply: %w", err)
	}
	return accepted.Submission, nil
}

// request is a move as a client sends it.
func (d *day) request(t *team, m move) stage.Request {
	challenge, task := m.task.Split()
	body := api.SubmissionRequest{Challenge: challenge, Task: task}
	switch check := d.books.tasks[m.task].Check; check.Kind {
	case jam.KindAnswer:
		body.Answer = m.text
		if m.text == "" {
			body.Answer = attempt(d, check.Answer, m.right)
		}
	case jam.KindManual:
		body.Note = fmt.Sprintf("https://%s.example.net/hand-ins/%s, revision %d", t.id, task, d.random.IntN(1000))
	}
	return stage.Request{Method: http.MethodPost, Path: "/v1/submissions", Token: d.Tokens[t.id], Key: d.key(t), Body: body}
}

// attempt is an answer, as people write them.
func attempt(d *day, a *jam.Answer, right bool) string {
	switch {
	case !right:
		return fmt.Sprintf("guess %d", d.random.IntN(10_000))
	case a.Form == jam.FoldCase && d.random.IntN(2) == 0:
		return strings.ToUpper(a.Accept[0]) + " "
	}
	return a.Accept[0]
}

// send makes a request, with what happens to it on its way.
func (d *day) send(ctx context.Context, t *team, m move, r stage.Request) (*stage.Reply, error) {
	if m.together {
		return d.sendTogether(ctx, t, m, r)
	}
	d.weather.lose = m.mishap == torn
	reply, err := d.Call(ctx, r)
	if unmet := d.weather.clear(); m.mishap == torn && !unmet {
		d.Torn++
		d.tellOnce("torn", "The database commits a submission of %s, and its answer is lost on the way: the next try finds the commit, and the team sees one reply.", t.name)
	}
	return reply, err
}

// members is how many people a team has.
const members = 5

// sendTogether lets five members send the same at once: in the moment in which the first one's commit leaves, the others'
// requests are carried out from beginning to end. Two of them are one member's, who clicked twice. It returns the reply that
// says what became of it for the team.
func (d *day) sendTogether(ctx context.Context, t *team, m move, first stage.Request) (*stage.Reply, error) {
	others := make([]stage.Request, members-1)
	for i := range others {
		others[i] = first
		others[i].Key = d.key(t)
	}
	others[len(others)-1].Key = others[0].Key
	replies := make([]*stage.Reply, 0, members)
	var failed error
	d.weather.meanwhile = func(ctx context.Context) {
		for _, r := range others {
			reply, err := d.Call(ctx, r)
			if err != nil {
				failed = err
				return
			}
			replies = append(replies, reply)
		}
	}
	reply, err := d.Call(ctx, first)
	d.weather.clear()
	if err != nil || failed != nil {
		return nil, fmt.Errorf("five at once: %w", firstError(err, failed))
	}
	if len(replies) == 0 {
		return reply, nil // refused before anything was to be written
	}
	replies = append(replies, reply)
	counted := reply
	accepted := 0
	for i, r := range replies {
		problem, err := r.Problem()
		switch {
		case err != nil:
			return nil, err
		case problem != nil:
			d.Refused[string(problem.Kind())]++
		case r.Replayed():
			if !bytes.Equal(r.Body, replies[0].Body) {
				return nil, fmt.Errorf("reply %d to one key differs from the first", i)
			}
			d.Repeats++
		default:
			accepted++
			counted = r
		}
	}
	if accepted != 1 {
		return nil, fmt.Errorf("of five that were sent at once %d were accepted", accepted)
	}
	d.Together++
	d.tellOnce("together", "Five members of %s press submit for %s in the same moment. One counts; the others are told so.", t.name, m.task)
	return counted, nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// accepted takes note of a submission, and asks for what it needs.
func (d *day) accepted(t *team, m move, s api.SubmissionView) {
	d.Submissions++
	switch d.books.tasks[m.task].Check.Kind {
	case jam.KindAnswer:
		d.Answers++
		if s.Verdict == jam.Failed {
			d.Wrong++
		}
	case jam.KindManual:
		d.HandIns++
		d.handedIn(t, m, s.ID)
	default:
		d.Presses++
		d.pressed(t, m, s.ID)
	}
	if m.text != "" { // the answer in another unit
		d.complain(t, m, s.ID)
	}
}

// refused puts off a move that may succeed later, and gives up one that may not.
func (d *day) refused(t *team, m move, p *api.Problem) error {
	d.Refused[string(p.Kind())]++
	var later time.Duration
	switch rules.RefusalKind(p.Kind()) {
	case rules.Paused:
		later = d.script.resumed - d.since() + time.Duration(1000+d.random.IntN(60_000))*time.Millisecond
	case rules.LockedOut, rules.TooSoon:
		later = time.Duration(p.RetryAfter)*time.Second + time.Duration(1000+d.random.IntN(10_000))*time.Millisecond
	case rules.SolvedAlready, rules.AttemptsUsedUp, rules.TooManyOpen, rules.Ended:
	default:
		return fmt.Errorf("%s submits %s: %w", t.id, m.task, p)
	}
	if t.role != crowd {
		return fmt.Errorf("%s, on whom the finish depends, submits %s: %w", t.id, m.task, p)
	}
	if m.tries++; later > 0 && m.tries < 4 {
		d.at(d.Clock.Now().Add(later), func(ctx context.Context) error { return d.make(ctx, t, m) })
	}
	return nil
}

// repeat sends a request that was accepted again, under its key, if its mishap is of that kind.
func (d *day) repeat(ctx context.Context, t *team, m move, r stage.Request, first *stage.Reply) error {
	again := func(ctx context.Context) error {
		reply, err := d.Call(ctx, r)
		if err != nil {
			return err
		}
		if !reply.Replayed() || !bytes.Equal(reply.Body, first.Body) || reply.Status != first.Status {
			return fmt.Errorf("%s repeats a request under its key, and is answered %d %.200s instead of %d %.200s",
				t.id, reply.Status, reply.Body, first.Status, first.Body)
		}
		d.Repeats++
		return nil
	}
	switch m.mishap {
	case unheard:
		d.Unheard++
		d.tellOnce("unheard", "A reply to %s is lost on the way. Their client asks again under the same key, and gets the first reply, byte for byte.", t.name)
		d.at(d.Clock.Now().Add(time.Duration(1000+d.random.IntN(20_000))*time.Millisecond), again)
	case doubled:
		return again(ctx)
	case misplaced:
		other := r
		other.Body = api.SubmissionRequest{Challenge: "first-cluster", Task: "version", Answer: "another request"}
		problem, err := d.Do(ctx, other, nil)
		if err != nil {
			return err
		}
		if problem == nil {
			return fmt.Errorf("%s uses a key for two requests, and both are carried out", t.id)
		}
		if problem.Kind() != api.KeyReused {
			return fmt.Errorf("%s uses a key for two requests: %w", t.id, problem)
		}
		d.Refused[string(problem.Kind())]++
	}
	return nil
}

// takeClue takes a clue.
func (d *day) takeClue(ctx context.Context, t *team, m move) error {
	challenge, _ := m.task.Split()
	problem, err := d.Do(ctx, stage.Request{
		Method: http.MethodPost, Path: "/v1/clues", Token: d.Tokens[t.id], Key: d.key(t),
		Body: api.ClueRequest{Challenge: challenge, Clue: m.clue},
	}, nil)
	switch {
	case err != nil:
		return err
	case problem == nil:
		d.Clues++
		return nil
	case problem.Kind() == api.Kind(rules.ClueTakenAlready):
		d.Refused[string(problem.Kind())]++
		return nil
	}
	return d.refused(t, m, problem)
}
