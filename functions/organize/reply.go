package organize

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// TeamList is GET /v1/organizer/teams.
type TeamList struct {
	Teams []api.TeamRecord `json:"teams"`
}

// TeamsRequest is POST /v1/organizer/teams.
type TeamsRequest struct {
	Teams []api.NewTeam `json:"teams" minItems:"1" maxItems:"1000"`
}

// TeamsReply tells what became of each team, in the request's order.
type TeamsReply struct {
	Teams []TeamResult `json:"teams"`
}

// TeamResult is one team's outcome: it joined, or a problem.
type TeamResult struct {
	api.TeamRecord
	Receipt string   `json:"receipt,omitempty"`
	Problem api.Kind `json:"problem,omitempty"`
	Detail  string   `json:"detail,omitempty"`
}

// TeamChange is PATCH /v1/organizer/teams/{id}: a name, or a standing.
type TeamChange struct {
	Name     string         `json:"name,omitempty" maxLength:"100"`
	Standing rules.Standing `json:"standing,omitempty" enum:"competing,hidden,withdrawn"`
	Why      string         `json:"why,omitempty" maxLength:"500" doc:"Of a standing; everybody can read it"`
}

// TeamReply is a team as a change left it.
type TeamReply struct {
	Team    api.TeamRecord `json:"team"`
	Receipt string         `json:"receipt"`
}

// TokenReply answers POST /v1/organizer/teams/{id}/token.
type TokenReply struct {
	Team  string `json:"team"`
	Token string `json:"token"`
}

// ClockReport is GET /v1/organizer/clock.
type ClockReport struct {
	api.ClockView
	Changes []api.ChangeView `json:"changes" doc:"All that were written down, by when they take effect"`
}

// ClockReply is the clock as it stands, with the change that was just written down.
type ClockReply struct {
	api.ClockView
	Change  api.ChangeView `json:"change"`
	Receipt string         `json:"receipt"`
}

// Certification is POST /v1/organizer/certification.
type Certification struct {
	EffectiveAt jam.Time `json:"effective_at,omitzero" doc:"At least 30 s from now, which is also what it is if absent"`
}

// DisputeCommand is POST /v1/organizer/disputes.
type DisputeCommand struct {
	Team       string    `json:"team,omitempty" maxLength:"32" doc:"Whose result it is; absent with a submission, or if it is the whole Jam's"`
	Submission jam.Stamp `json:"submission,omitzero" doc:"The submission that it is about, if it is about one"`
	Why        string    `json:"why" minLength:"1" maxLength:"500" doc:"Everybody can read it"`
}

// Settlement is POST /v1/organizer/disputes/{id}/settlement.
type Settlement struct {
	Why string `json:"why" minLength:"1" maxLength:"500" doc:"How it was settled; everybody can read it"`
}

// DisputeView is a dispute, by the entry that opened or settled it.
type DisputeView struct {
	ID         jam.Stamp `json:"id"`
	Team       string    `json:"team,omitempty"`
	Submission jam.Stamp `json:"submission,omitzero"`
	By         string    `json:"by"`
	Why        string    `json:"why"`
	At         jam.Time  `json:"at"`
}

// DisputeList is GET /v1/organizer/disputes.
type DisputeList struct {
	Disputes []DisputeView `json:"disputes" doc:"The oldest first"`
}

// DisputeReply is a dispute that was just opened or settled.
type DisputeReply struct {
	DisputeView
	Open    int    `json:"open" doc:"How many are open now"`
	Receipt string `json:"receipt"`
}

// AnnouncementRequest is POST /v1/organizer/announcements.
type AnnouncementRequest struct {
	Text string `json:"text" minLength:"1" maxLength:"2000"`
}

// AnnouncementReply is an announcement as everyone reads it, with its receipt.
type AnnouncementReply struct {
	api.Announcement
	Receipt string `json:"receipt"`
}

// PendingList is GET /v1/organizer/pending.
type PendingList struct {
	Pending []api.PendingView `json:"pending" doc:"The oldest first"`
}

// RulingsRequest is POST /v1/organizer/rulings.
type RulingsRequest struct {
	Rulings []api.RulingCommand `json:"rulings" minItems:"1" maxItems:"500"`
}

// ReportList is GET /v1/organizer/reports.
type ReportList struct {
	Reports []api.ReportView `json:"reports" doc:"The newest first"`
}

// DefinitionRequest is POST /v1/organizer/definitions.
type DefinitionRequest struct {
	Definition  json.RawMessage `json:"definition" doc:"The whole definition, answers included"`
	EffectiveAt jam.Time        `json:"effective_at,omitzero" doc:"At least 30 s from now, which is also what it is if absent"`
}

// TransformSchema says that a definition is an object; what is in one, the jam package reads and holds.
func (DefinitionRequest) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Properties["definition"].Type = huma.TypeObject
	return s
}

// DefinitionReply answers POST /v1/organizer/definitions.
type DefinitionReply struct {
	Definition  string   `json:"definition" doc:"Its hash"`
	EffectiveAt jam.Time `json:"effective_at"`
	Receipt     string   `json:"receipt"`
}
