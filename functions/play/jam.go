package play

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/photofinish/photofinish/shared/api"
)

type jamOutput struct {
	CacheControl string `header:"Cache-Control" hidden:"true"`
	Vary         string `header:"Vary" hidden:"true"`
	Body         api.JamView
}

type languageInput struct {
	Language string `header:"Accept-Language" doc:"In which language texts should come"`
}

func (s *service) getJam(ctx context.Context, in *languageInput) (*jamOutput, error) {
	at := api.From(ctx).Milli()
	situation, state, err := s.Ledger.Situation(ctx, at)
	if err != nil {
		return nil, err
	}
	announcements, err := s.announcements.read(ctx, s)
	if err != nil {
		return nil, err
	}
	event := situation.Event
	points := 0
	for i := range event.Challenges {
		points += event.Challenges[i].Points()
	}
	return &jamOutput{CacheControl: "no-cache", Vary: "Accept-Language", Body: api.JamView{
		ID: event.ID, Name: event.Name.In(event.Match(in.Language)), Timezone: event.Timezone,
		Languages: event.Languages, Topics: event.Topics, Definition: situation.Definition,
		Challenges: len(event.Challenges), Points: points, Clock: api.ClockViewOf(state.Clock, at),
		Announcements: announcements, ReceiptKey: s.ReceiptKey, CheckpointKey: s.CheckpointKey,
	}}, nil
}

const (
	// maxAnnouncements is how many are shown.
	maxAnnouncements = 50
	// announcementsAge is how old the announcements that are shown may be: a Jam's readers ask for them all the time, and
	// they cost a read of all that organisers ever did.
	announcementsAge = 2 * time.Second
)

// announcements remembers what the Jam's own history says to everyone.
type announcements struct {
	mu   sync.Mutex
	list []api.Announcement
	asOf time.Time
}

func (a *announcements) read(ctx context.Context, s *service) ([]api.Announcement, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := s.Ledger.Now()
	if age := now.Sub(a.asOf); a.list != nil && age >= 0 && age < announcementsAge {
		return a.list, nil
	}
	records, err := s.Ledger.History(ctx, "")
	if err != nil {
		return nil, err
	}
	list := []api.Announcement{}
	for _, r := range records {
		var said api.Announcement
		// Other commands about the Jam have other replies, none of them with a text.
		if len(r.Reply) > 0 && json.Unmarshal(r.Reply, &said) == nil && said.Text != "" && said.Stamp == r.Stamp {
			list = append(list, said)
		}
	}
	slices.SortFunc(list, func(x, y api.Announcement) int { return y.Stamp.Compare(x.Stamp) })
	a.list, a.asOf = list[:min(len(list), maxAnnouncements)], now
	return a.list, nil
}
