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
)

// maxDefinition is the largest definition that is taken over HTTP, in bytes: it must fit one transaction of DynamoDB (4 MB)
// and one payload of Lambda (6 MB, less what base64 adds).
const maxDefinition = 3 << 20

type defineInput struct{ Body DefinitionRequest }

// define puts another definition in force. It is published first: the entry commits to what can be read already, and a
// definition that was published and never put in force harms nobody.
func (s *service) define(ctx context.Context, in *defineInput) (ledger.Done, error) {
	req := api.From(ctx)
	event, err := jam.Decode(in.Body.Definition)
	if err != nil {
		return ledger.Done{}, invalid("This is no definition: %s.", err)
	}
	situation, _, err := s.Ledger.Situation(ctx, req.Milli())
	if err != nil {
		return ledger.Done{}, err
	}
	if err := replaces(event, situation.Event); err != nil {
		return ledger.Done{}, err
	}
	hash, err := s.Definitions.Publish(ctx, event)
	if err != nil {
		return ledger.Done{}, fmt.Errorf("publish a definition: %w", err)
	}
	return req.Append(ctx, s.Ledger, ledger.Command{
		Decide: func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			from := milli(in.Body.EffectiveAt)
			if from == 0 {
				from = at.Milli + rules.ClockNotice.Milliseconds()
			}
			return rules.Define(now.Jam, hash, req.Identity.Organizer, from, at)
		},
		Reply: func(d rules.Decision, receipt string) (int, []byte, error) {
			body, err := json.Marshal(DefinitionReply{
				Definition: hash, EffectiveAt: jam.At(jam.Stamp{Milli: d.Entry.From}.Time()), Receipt: receipt,
			})
			return http.StatusCreated, body, err
		},
	})
}

type definitionInput struct {
	Hash string `path:"hash" pattern:"^[0-9a-f]{64}$" doc:"SHA-256, in hex"`
}

type definitionOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// definition gives a published definition, byte for byte as its hash was made of it.
func (s *service) definition(ctx context.Context, in *definitionInput) (*definitionOutput, error) {
	public, found, err := s.Ledger.PublicDefinition(ctx, in.Hash)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, api.NewProblem(api.NotFound, fmt.Sprintf("There is no definition %s.", in.Hash))
	}
	return &definitionOutput{ContentType: "application/json", Body: public}, nil
}

// replaces refuses what cannot be the next definition of this Jam.
func replaces(next, now *jam.Event) error {
	switch {
	case next.ID != now.ID:
		return invalid("This is the definition of %.40q; the Jam that runs here is %q.", next.ID, now.ID)
	case next.ShardCount() != now.ShardCount():
		return invalid("The number of shards cannot change while a Jam runs: it has %d, and with this definition it would have %d. Write `shards: %d` into it.",
			now.ShardCount(), next.ShardCount(), now.ShardCount())
	case len(next.Challenges) == 0:
		return invalid("A definition needs at least one challenge.")
	}
	for c, t := range next.Tasks() {
		if a := t.Check.Answer; a != nil && len(a.Accept) == 0 && a.Form != jam.PerTeam {
			return invalid("The task %s has no answer; send the whole definition, not what is published of it.", jam.Ref(c.ID, t.ID))
		}
	}
	return nil
}

func invalid(format string, args ...any) error {
	return api.NewProblem(api.Invalid, fmt.Sprintf(format, args...))
}
