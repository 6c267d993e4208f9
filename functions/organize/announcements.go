package organize

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

type announceInput struct{ Body AnnouncementRequest }

// announce writes a text down for everyone. The reply that is kept is what GET /v1/jam shows.
func (s *service) announce(ctx context.Context, in *announceInput) (ledger.Done, error) {
	req := api.From(ctx)
	text := strings.TrimSpace(in.Body.Text)
	if text == "" {
		return ledger.Done{}, api.NewProblem(api.Invalid, "An announcement needs a text.",
			api.FieldError{Location: "body.text", Message: "there is nothing but white space"})
	}
	return req.Append(ctx, s.Ledger, ledger.Command{
		Decide: func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Announce(now.Jam, text, req.Identity.Organizer, at)
		},
		Reply: func(d rules.Decision, receipt string) (int, []byte, error) {
			body, err := json.Marshal(AnnouncementReply{
				Announcement: api.Announcement{
					Stamp: d.Entry.Stamp, At: jam.At(d.Entry.Stamp.Time()), Text: d.Entry.Text, By: d.Entry.By,
				},
				Receipt: receipt,
			})
			return http.StatusCreated, body, err
		},
	})
}
