package organize

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/verdict"
)

type disputesOutput struct{ Body DisputeList }

// listDisputes reads the Jam's state anew, since an organiser may be about to certify.
func (s *service) listDisputes(ctx context.Context, _ *struct{}) (*disputesOutput, error) {
	j, found, err := s.Ledger.JamState(ctx)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, ledger.ErrNotOpened
	}
	out := &disputesOutput{DisputeList{Disputes: []DisputeView{}}}
	for _, d := range j.Disputes {
		e, found, err := s.Ledger.Entry(ctx, d.ID)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, fmt.Errorf("the dispute %s has no entry", d.ID)
		}
		out.Body.Disputes = append(out.Body.Disputes, disputeOf(e, d.ID))
	}
	return out, nil
}

// disputeOf shows a dispute by the entry that opened or settled it.
func disputeOf(e rules.Entry, id jam.Stamp) DisputeView {
	v := DisputeView{ID: id, Team: e.About, By: e.By, Why: e.Why, At: jam.At(e.Stamp.Time())}
	if e.Submission != nil {
		v.Submission = *e.Submission
	}
	return v
}

type disputeInput struct{ Body DisputeCommand }

// dispute records that a result is contested. A submission tells its team by itself.
func (s *service) dispute(ctx context.Context, in *disputeInput) (ledger.Done, error) {
	team := in.Body.Team
	var submission *jam.Stamp
	if at := in.Body.Submission; !at.IsZero() {
		e, err := verdict.Submission(ctx, s.Ledger, at)
		if err != nil {
			return ledger.Done{}, err
		}
		if team != "" && e.Team != team {
			return ledger.Done{}, &rules.Refusal{Kind: rules.UnknownSubmission, Detail: fmt.Sprintf("Team %q has no submission %s.", team, at)}
		}
		team, submission = e.Team, &at
	}
	if team != "" {
		t := rules.Team{}
		var err error
		if jam.ValidID(team) {
			t, err = s.Ledger.TeamState(ctx, team)
		}
		if err != nil {
			return ledger.Done{}, err
		}
		if t.Version == 0 {
			return ledger.Done{}, &rules.Refusal{Kind: rules.UnknownTeam, Detail: fmt.Sprintf("There is no team %.40q.", team)}
		}
	}
	return s.aboutDispute(ctx, func(j rules.Jam, by string, at jam.Stamp) (rules.Decision, error) {
		return rules.OpenDispute(j, team, submission, by, in.Body.Why, at)
	})
}

type settleInput struct {
	ID   string `path:"id" pattern:"^[0-9]{13}\\.[0-9]{3}$" example:"1764000000123.000"`
	Body Settlement
}

// settle records that a dispute is over.
func (s *service) settle(ctx context.Context, in *settleInput) (ledger.Done, error) {
	id, err := jam.ParseStamp(in.ID)
	if err != nil {
		return ledger.Done{}, invalid("%s", err)
	}
	return s.aboutDispute(ctx, func(j rules.Jam, by string, at jam.Stamp) (rules.Decision, error) {
		return rules.SettleDispute(j, id, by, in.Body.Why, at)
	})
}

func (s *service) aboutDispute(
	ctx context.Context, decide func(j rules.Jam, by string, at jam.Stamp) (rules.Decision, error),
) (ledger.Done, error) {
	req := api.From(ctx)
	return req.Append(ctx, s.Ledger, ledger.Command{
		Decide: func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return decide(now.Jam, req.Identity.Organizer, at)
		},
		Reply: func(d rules.Decision, receipt string) (int, []byte, error) {
			id := d.Entry.Stamp
			if d.Entry.Dispute != nil {
				id = *d.Entry.Dispute
			}
			body, err := json.Marshal(DisputeReply{DisputeView: disputeOf(d.Entry, id), Open: len(d.Jam.Disputes), Receipt: receipt})
			return http.StatusCreated, body, err
		},
	})
}
