// Package organize is what organisers do: the roster and its tokens, the clock, announcements, judging, rulings,
// definitions, certification, and taking the ledger home.
//
// It guarantees that whatever changes a result is an entry of the ledger under the organiser's id, durable before the
// reply leaves; that the same request under the same key acts once; that of many rulings or teams in one request each
// stands or falls by itself and is told by itself, and a repeat carries out only what is missing; and that a token is
// shown once, in the reply of the request that made it, and is in no stored reply and no log.
//
// It decides nothing: shared/rules does. Organisers' tokens are not made here but by whoever may write to the store.
package organize

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/certification"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/roster"
	"github.com/photofinish/photofinish/shared/rules"
)

// Definitions takes in definitions.
type Definitions interface {
	// Publish makes a definition available under its hash, so that it can be put in force. It is durable on return.
	Publish(ctx context.Context, e *jam.Event) (hash string, err error)
}

// Exporter writes the ledger down.
type Exporter interface {
	// Export writes all that an audit needs, as a gzipped tar archive. What it has written before an error is no whole export.
	Export(ctx context.Context, w io.Writer) error
}

// Deps is what the operations work with.
type Deps struct {
	Ledger      *ledger.Ledger
	Roster      *roster.Roster
	Pending     certification.Pending
	Definitions Definitions
	// Export may be nil where the ledger is taken home in another way; the operation then says that it is not there.
	Export Exporter
	// Log is told of what no reply can tell any more; nil discards it.
	Log *slog.Logger
}

// service is the operations with what they need.
type service struct{ Deps }

const (
	base    = "/v1/organizer/"
	tagTeam = "Organisers: the roster"
	tagJam  = "Organisers: the Jam"
	tagRule = "Organisers: verdicts"
)

// Register adds the organisers' operations.
func Register(a *api.API, d Deps) {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	s := &service{d}
	s.registerRoster(a)
	s.registerJam(a)
	s.registerVerdicts(a)
}

func (s *service) registerRoster(a *api.API) {
	api.Register(a, api.Organizers, huma.Operation{
		OperationID: "list-teams", Method: http.MethodGet, Path: base + "teams", Tags: []string{tagTeam},
		Summary:     "Every team, hidden and withdrawn ones too",
		Description: "Scores are sums of base points; what depends on other teams is on the board.",
	}, s.listTeams)
	api.RegisterCommand[TeamsReply](a, api.Organizers, huma.Operation{
		OperationID: "add-teams", Method: http.MethodPost, Path: base + "teams", Tags: []string{tagTeam},
		DefaultStatus: http.StatusCreated,
		Summary:       "Let teams join, one or many",
		Description: "Each team joins or is refused by itself; a single team that is refused is a problem. The tokens are in " +
			"this reply alone: a repeat shows none, and a token that was lost is replaced by a new one.",
	}, s.addTeams, kinds(rules.TeamExists, rules.Certified)...)
	api.RegisterCommand[TeamReply](a, api.Organizers, huma.Operation{
		OperationID: "change-team", Method: http.MethodPatch, Path: base + "teams/{id}", Tags: []string{tagTeam},
		DefaultStatus: http.StatusOK,
		Summary:       "Give a team another name, or another standing",
		Description:   "One of the two in one request, since each is an entry of the ledger.",
	}, s.changeTeam, kinds(rules.UnknownTeam, rules.TeamExists, rules.NothingNew, rules.Certified)...)
	api.Register(a, api.Organizers, huma.Operation{
		OperationID: "new-token", Method: http.MethodPost, Path: base + "teams/{id}/token", Tags: []string{tagTeam},
		DefaultStatus: http.StatusCreated,
		Summary:       "Give a team another token; the one before opens nothing any more",
		Description:   "Asked twice it makes two, and the later one stands.",
	}, s.newToken, kinds(rules.UnknownTeam)...)
	api.Register(a, api.Organizers, huma.Operation{
		OperationID: "revoke-token", Method: http.MethodDelete, Path: base + "teams/{id}/token", Tags: []string{tagTeam},
		Summary: "Revoke a team's token at once",
	}, s.revokeToken, kinds(rules.UnknownTeam)...)
}

func (s *service) registerJam(a *api.API) {
	api.Register(a, api.Organizers, huma.Operation{
		OperationID: "get-clock", Method: http.MethodGet, Path: base + "clock", Tags: []string{tagJam},
		Summary: "The clock as it stands, and every change that was made to it",
	}, s.getClock)
	clock := kinds(rules.ClockConflict, rules.ClockNoticeShort, rules.Certified)
	api.RegisterCommand[ClockReply](a, api.Organizers, huma.Operation{
		OperationID: "change-clock", Method: http.MethodPost, Path: base + "clock", Tags: []string{tagJam},
		DefaultStatus: http.StatusCreated,
		Summary:       "Start, pause, resume, extend, end, freeze or thaw",
		Description: "A change takes effect at least 30 s after it is written, so that every handler knows of it by then; a " +
			"start may take effect at once while nothing has opened. What has happened already is changed by rulings.",
	}, s.changeClock, clock...)
	api.RegisterCommand[AnnouncementReply](a, api.Organizers, huma.Operation{
		OperationID: "announce", Method: http.MethodPost, Path: base + "announcements", Tags: []string{tagJam},
		DefaultStatus: http.StatusCreated,
		Summary:       "Say something to everyone",
	}, s.announce, kinds(rules.Certified)...)
	api.RegisterCommand[DefinitionReply](a, api.Organizers, huma.Operation{
		OperationID: "define", Method: http.MethodPost, Path: base + "definitions", Tags: []string{tagJam},
		DefaultStatus: http.StatusCreated, MaxBodyBytes: maxDefinition,
		Summary:     "Put another definition in force",
		Description: "The whole definition, answers included, as `jam check` has found it good.",
	}, s.define, clock...)
	api.Register(a, api.Organizers, huma.Operation{
		OperationID: "get-definition", Method: http.MethodGet, Path: base + "definitions/{hash}", Tags: []string{tagJam},
		Summary:     "A definition that is or was in force",
		Description: "As it is published: answers are digests. Its hash is the SHA-256 of these bytes.",
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}},
		}}},
	}, s.definition, api.NotFound)
	api.RegisterCommand[ClockReply](a, api.Organizers, huma.Operation{
		OperationID: "certify", Method: http.MethodPost, Path: base + "certification", Tags: []string{tagJam},
		DefaultStatus: http.StatusCreated,
		Summary:       "Certify the result and close the ledger",
		Description: "Nothing can be changed after that. It is refused before the Jam has ended, while the board is frozen, and " +
			"while anything is pending, in error, disputed or not sealed. Every reason is named at once, also in `errors`, whose " +
			"locations are `not-ended`, `arriving`, `frozen`, `clock`, `pending/<submission>`, `error/<submission>`, " +
			"`disputed/<dispute>` and `unsealed`; `retry_after` is there if time alone can help. About a minute and a half after " +
			"it has taken effect the result is signed: see GET /v1/ledger/certificate.",
	}, s.certify, append(kinds(rules.NotFinal), clock...)...)
	api.Register(a, api.Organizers, huma.Operation{
		OperationID: "list-disputes", Method: http.MethodGet, Path: base + "disputes", Tags: []string{tagJam},
		Summary: "The disputes that are open",
	}, s.listDisputes)
	api.RegisterCommand[DisputeReply](a, api.Organizers, huma.Operation{
		OperationID: "dispute", Method: http.MethodPost, Path: base + "disputes", Tags: []string{tagJam},
		DefaultStatus: http.StatusCreated,
		Summary:       "Record that a result is contested, and why",
		Description: "A submission's result, a team's or the whole Jam's. It changes nothing by itself, and nothing is certified " +
			"until it is settled. It is an entry of the ledger, which everybody can read.",
	}, s.dispute, kinds(rules.UnknownTeam, rules.UnknownSubmission, rules.NothingNew, rules.Certified)...)
	api.RegisterCommand[DisputeReply](a, api.Organizers, huma.Operation{
		OperationID: "settle-dispute", Method: http.MethodPost, Path: base + "disputes/{id}/settlement", Tags: []string{tagJam},
		DefaultStatus: http.StatusCreated,
		Summary:       "Record that a dispute is over, and how it was settled",
	}, s.settle, kinds(rules.UnknownDispute, rules.Certified)...)
	api.Register(a, api.Organizers, huma.Operation{
		OperationID: "export", Method: http.MethodGet, Path: base + "export", Tags: []string{tagJam},
		Summary:     "The whole ledger, for an audit",
		Description: "A gzipped tar archive. If the connection breaks off, what came is not whole.",
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			exportType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}}},
	}, s.export, api.Unavailable)
}

func (s *service) registerVerdicts(a *api.API) {
	api.Register(a, api.Organizers, huma.Operation{
		OperationID: "list-pending", Method: http.MethodGet, Path: base + "pending", Tags: []string{tagRule},
		Summary: "The submissions that wait for a verdict, the oldest first, with what was handed in",
	}, s.listPending)
	api.RegisterCommand[api.SubmissionReply](a, api.Organizers, huma.Operation{
		OperationID: "judge", Method: http.MethodPost, Path: base + "judgements", Tags: []string{tagRule},
		DefaultStatus: http.StatusCreated,
		Summary:       "Give a verdict on a submission that waits for one",
		Description: "A submission that is over has its verdict; a ruling can still replace it. The message is for the team " +
			"alone and is not in the ledger.",
	}, s.judge, kinds(rules.UnknownSubmission, rules.JudgedAlready, rules.NothingNew, rules.Certified)...)
	api.RegisterCommand[api.RulingReply](a, api.Organizers, huma.Operation{
		OperationID: "rule", Method: http.MethodPost, Path: base + "rulings", Tags: []string{tagRule},
		DefaultStatus: http.StatusCreated,
		Summary:       "Make rulings, one or many",
		Description: "They are made in their order, and each stands or falls by itself; a single one that is refused is a " +
			"problem. Everybody can read who made a ruling and why.",
	}, s.rule, kinds(rules.UnknownTeam, rules.UnknownTask, rules.UnknownChallenge, rules.UnknownSubmission,
		rules.SolvedAlready, rules.NothingNew, rules.Certified)...)
	api.Register(a, api.Organizers, huma.Operation{
		OperationID: "list-reports", Method: http.MethodGet, Path: base + "reports", Tags: []string{tagRule},
		Summary: "What organisers are told and teams are not, such as an answer that is another team's",
	}, s.listReports)
}

func kinds(refusals ...rules.RefusalKind) []api.Kind {
	list := make([]api.Kind, len(refusals))
	for i, k := range refusals {
		list[i] = api.Kind(k)
	}
	return list
}
