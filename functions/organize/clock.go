package organize

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

type clockOutput struct{ Body ClockReport }

// getClock reads the Jam's state anew, since an organiser may be about to act on it.
func (s *service) getClock(ctx context.Context, _ *struct{}) (*clockOutput, error) {
	j, found, err := s.Ledger.JamState(ctx)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, ledger.ErrNotOpened
	}
	report := ClockReport{ClockView: api.ClockViewOf(j.Clock, api.From(ctx).Milli()), Changes: []api.ChangeView{}}
	for _, c := range j.Clock.Changes {
		report.Changes = append(report.Changes, api.ChangeViewOf(c))
	}
	return &clockOutput{report}, nil
}

type changeClockInput struct{ Body api.ClockCommand }

func (s *service) changeClock(ctx context.Context, in *changeClockInput) (ledger.Done, error) {
	return s.change(ctx, rules.Change{
		Op: in.Body.Op, From: milli(in.Body.EffectiveAt), At: milli(in.Body.At), By: in.Body.ExtendBy.Std().Milliseconds(),
	})
}

func (s *service) change(ctx context.Context, c rules.Change) (ledger.Done, error) {
	by := api.From(ctx).Identity.Organizer
	return s.decideClock(ctx, func(j rules.Jam, at jam.Stamp) (rules.Decision, error) { return rules.ChangeClock(j, c, by, at) })
}

func (s *service) decideClock(ctx context.Context, decide func(rules.Jam, jam.Stamp) (rules.Decision, error)) (ledger.Done, error) {
	return api.From(ctx).Append(ctx, s.Ledger, ledger.Command{
		Decide: func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) { return decide(now.Jam, at) },
		Reply: func(d rules.Decision, receipt string) (int, []byte, error) {
			body, err := json.Marshal(ClockReply{
				ClockView: api.ClockViewOf(d.Jam.Clock, d.Entry.Stamp.Milli), Change: api.ChangeViewOf(*d.Entry.Change), Receipt: receipt,
			})
			return http.StatusCreated, body, err
		},
	})
}

// milli is a time in Unix milliseconds; 0 where none is set.
func milli(t jam.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
