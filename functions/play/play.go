// Package play is what participants do: read the Jam and its challenges, submit, take clues, and set what checks need to
// know.
//
// It guarantees that a 201 is durable and that its receipt proves it; that the same request under the same key acts once
// and is answered with the same bytes; that a team sees its own submissions only, no challenge before it opens, no clue
// that it has not taken, and never whose answer it gave. Answers and notes are compared, committed to and kept beside the
// ledger, and are never logged.
//
// It decides nothing: shared/rules does. It adds up no board, and what depends on other teams it calls provisional.
package play

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// Roster is what play asks about teams; *roster.Roster is one.
type Roster interface {
	// Names gives every team's display name by its id. The map must not be changed.
	Names(ctx context.Context) (map[string]string, error)
}

// Waiter tells when something of a team changed in this process.
type Waiter interface {
	// Changed returns a channel that is closed at the team's next entry, or when one of its submissions was looked at.
	Changed(team string) <-chan struct{}
}

// Deps is what the operations work with.
type Deps struct {
	Ledger *ledger.Ledger
	Roster Roster
	// Secret is the Jam's; per-team answers follow from it.
	Secret []byte
	// ReceiptKey and CheckpointKey are the verifier keys that GET /v1/jam hands out.
	ReceiptKey, CheckpointKey string
	// Waiter lets a request wait for a verdict; nil means that it is answered at once, with Retry-After.
	Waiter Waiter
	// Random is where salts come from; nil is crypto/rand.
	Random io.Reader
}

// service is the operations with what they need.
type service struct {
	Deps
	announcements announcements
	histories     histories
}

// Register adds the participants' operations.
func Register(a *api.API, d Deps) {
	if d.Random == nil {
		d.Random = rand.Reader
	}
	s := &service{Deps: d}
	s.registerReading(a)
	s.registerWriting(a)
}

const (
	tagJam  = "The Jam"
	tagPlay = "Playing"
)

func (s *service) registerReading(a *api.API) {
	api.Register(a, api.Anyone, huma.Operation{
		OperationID: "get-jam", Method: http.MethodGet, Path: "/v1/jam", Tags: []string{tagJam},
		Summary: "The Jam, its clock and its announcements",
	}, s.getJam, api.Unavailable)
	api.Register(a, api.Teams, huma.Operation{
		OperationID: "list-challenges", Method: http.MethodGet, Path: "/v1/challenges", Tags: []string{tagPlay},
		Summary:     "The challenges that have opened",
		Description: "Those that wait for another challenge are listed with `open: false`.",
	}, s.listChallenges)
	api.Register(a, api.Teams, huma.Operation{
		OperationID: "get-challenge", Method: http.MethodGet, Path: "/v1/challenges/{id}", Tags: []string{tagPlay},
		Summary: "A challenge with its brief, its material and the clues that your team has taken",
	}, s.getChallenge, kinds(rules.NotStarted, rules.Locked, rules.UnknownChallenge)...)
	api.Register(a, api.Teams, huma.Operation{
		OperationID: "list-submissions", Method: http.MethodGet, Path: "/v1/submissions", Tags: []string{tagPlay},
		Summary: "Your team's submissions, newest first",
	}, s.listSubmissions)
	api.Register(a, api.Teams, huma.Operation{
		OperationID: "get-submission", Method: http.MethodGet, Path: "/v1/submissions/{id}", Tags: []string{tagPlay},
		Summary: "A submission with the receipts of all that was decided about it",
		Description: "With `wait`, the answer to a pending submission comes when its verdict changes or it has been looked " +
			"at again, or after so many seconds. Where the server does not wait, it answers at once, with `Retry-After`.",
	}, s.getSubmission, kinds(rules.UnknownSubmission)...)
	api.Register(a, api.Teams, huma.Operation{
		OperationID: "get-team", Method: http.MethodGet, Path: "/v1/team", Tags: []string{tagPlay},
		Summary: "Your team",
	}, s.getTeam)
}

func (s *service) registerWriting(a *api.API) {
	clock := kinds(rules.NotStarted, rules.Paused, rules.Ended, rules.Certified, rules.TeamWithdrawn)
	api.RegisterCommand[api.SubmissionReply](a, api.Teams, huma.Operation{
		OperationID: "submit", Method: http.MethodPost, Path: "/v1/submissions", Tags: []string{tagPlay},
		DefaultStatus: http.StatusCreated,
		Summary:       "Claim that a task is done",
		Description: "`answer` for tasks whose check is `answer`, `note` for what a judge reads, neither for what is looked " +
			"at. An answer is decided at once; anything else is pending. The submission is durable when the reply leaves.",
	}, s.submit, append(clock, kinds(rules.UnknownChallenge, rules.UnknownTask, rules.Locked, rules.SolvedAlready,
		rules.AttemptsUsedUp, rules.LockedOut, rules.TooSoon, rules.TooManyOpen)...)...)
	api.RegisterCommand[api.ClueReply](a, api.Teams, huma.Operation{
		OperationID: "take-clue", Method: http.MethodPost, Path: "/v1/clues", Tags: []string{tagPlay},
		DefaultStatus: http.StatusCreated,
		Summary:       "Take a clue and pay for it",
	}, s.takeClue, append(clock, kinds(rules.UnknownChallenge, rules.UnknownClue, rules.Locked, rules.ClueTakenAlready)...)...)
	api.RegisterCommand[api.TeamDetail](a, api.Teams, huma.Operation{
		OperationID: "put-settings", Method: http.MethodPut, Path: "/v1/team/settings", Tags: []string{tagPlay},
		DefaultStatus: http.StatusOK,
		Summary:       "Say what checks need to know: account, region, cluster, URL",
		Description:   "A setting that is left out is removed.",
	}, s.putSettings, kinds(rules.Certified, rules.TeamWithdrawn)...)
}

func kinds(refusals ...rules.RefusalKind) []api.Kind {
	list := make([]api.Kind, len(refusals))
	for i, k := range refusals {
		list[i] = api.Kind(k)
	}
	return list
}

// standing is the Jam and the asking team as they stand at a request's moment.
func (s *service) standing(ctx context.Context) (rules.Situation, rules.Team, error) {
	req := api.From(ctx)
	situation, _, err := s.Ledger.Situation(ctx, req.Milli())
	if err != nil {
		return situation, rules.Team{}, err
	}
	team, err := s.team(ctx, req)
	return situation, team, err
}

// team is the asking team's state, from what authentication has read if that is there.
func (s *service) team(ctx context.Context, req *api.Request) (rules.Team, error) {
	id := req.Identity.Team
	if item, ok := req.Identity.Seen[s.Ledger.Keys().State(id)]; ok {
		return ledger.DecodeTeam(id, item)
	}
	return s.Ledger.TeamState(ctx, id)
}

// salt opens a commitment, for whoever is shown it.
func (s *service) salt() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(s.Random, b[:]); err != nil {
		return "", fmt.Errorf("draw a salt: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
