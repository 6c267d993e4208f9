package organize

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/verdict"
)

type pendingOutput struct{ Body PendingList }

func (s *service) listPending(ctx context.Context, _ *struct{}) (*pendingOutput, error) {
	waiting, err := s.Pending.Pending(ctx)
	if err != nil {
		return nil, err
	}
	now := api.From(ctx).Milli()
	out := &pendingOutput{PendingList{Pending: make([]api.PendingView, 0, len(waiting))}}
	for batch := range slices.Chunk(waiting, store.MaxKeys) {
		notes, err := s.notes(ctx, batch)
		if err != nil {
			return nil, err
		}
		for _, w := range batch {
			challenge, task := w.Task.Split()
			age := time.Duration(max(0, now-w.Submission.Milli)) * time.Millisecond
			out.Body.Pending = append(out.Body.Pending, api.PendingView{
				Submission: w.Submission, Team: w.Team, Challenge: challenge, Task: task, Check: w.Check,
				ReceivedAt: jam.At(w.Submission.Time()), AgeSeconds: int(age.Seconds()), Holds: w.HoldsFinality,
				Note: notes[w.Submission],
			})
		}
	}
	return out, nil
}

// notes reads what was handed in with those submissions that are judged by people.
func (s *service) notes(ctx context.Context, waiting []board.Waiting) (map[jam.Stamp]string, error) {
	keys := make([]store.Key, 0, len(waiting))
	for _, w := range waiting {
		if w.Check == jam.KindManual {
			keys = append(keys, s.Ledger.Keys().Note(w.Submission))
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	items, err := s.Ledger.Store.Get(ctx, keys...)
	if err != nil {
		return nil, fmt.Errorf("read what was handed in: %w", err)
	}
	notes := make(map[jam.Stamp]string, len(items))
	for key, item := range items {
		at, err := jam.ParseStamp(key.Sort)
		if err != nil {
			return nil, fmt.Errorf("read what was handed in: %w", err)
		}
		var kept struct {
			Note string `json:"note"`
		}
		if err := json.Unmarshal(item.Body, &kept); err != nil {
			return nil, fmt.Errorf("read %s: %w", key, err)
		}
		notes[at] = kept.Note
	}
	return notes, nil
}

type judgeInput struct{ Body api.JudgementCommand }

func (s *service) judge(ctx context.Context, in *judgeInput) (ledger.Done, error) {
	req := api.From(ctx)
	submission, err := verdict.Submission(ctx, s.Ledger, in.Body.Submission)
	if err != nil {
		return ledger.Done{}, err
	}
	return req.Append(ctx, s.Ledger, verdict.Judge(s.Ledger, submission, verdict.Look{
		Verdict: in.Body.Verdict, Began: in.Body.BeganAt.Time, By: req.Identity.Organizer, Message: in.Body.Message,
	}))
}
