package server_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

// BenchmarkSubmit is the accept path whole, without a network: authentication, rules, a signed receipt, a durable commit.
// 64 goroutines, since it is the commits' company that makes fsync cheap.
func BenchmarkSubmit(b *testing.B) {
	text := jam.Text{"en": "x"}
	event := &jam.Event{
		ID: "bench", Name: text, Timezone: "UTC", StartsAt: jam.At(time.Now()), Duration: jam.Duration(time.Hour),
		Languages: []string{"en"}, Topics: []string{"x"},
	}
	for c := range 5 {
		challenge := jam.Challenge{ID: fmt.Sprintf("c%d", c), Phase: jam.PhaseJam, Topic: "x", Difficulty: "easy", Title: text, Brief: text}
		for n := range 10 {
			challenge.Tasks = append(challenge.Tasks, jam.Task{ID: fmt.Sprintf("t%d", n), Points: 1, Check: jam.Check{
				Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"right"}},
			}})
		}
		event.Challenges = append(event.Challenges, challenge)
	}
	const teams = 1000
	list := make([]api.NewTeam, teams)
	for i := range list {
		list[i].Name = fmt.Sprintf("team %d", i)
	}
	data := b.TempDir()
	s, err := server.Open(context.Background(), server.Options{
		Data: data, Event: event, StartNow: true, Teams: list, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	all, err := tokens.Read(server.TokensOf(data))
	if err != nil {
		b.Fatal(err)
	}
	all = tokens.Teams(all)
	var next atomic.Int64
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := int(next.Add(1))
			team, step := n%teams, n/teams
			task, answer := step/2%50, "wrong"
			if step%2 == 1 && step < 100 {
				answer = "right"
			}
			body := fmt.Sprintf(`{"challenge":"c%d","task":"t%d","answer":"%s"}`, task/10, task%10, answer)
			r := httptest.NewRequest(http.MethodPost, "/v1/submissions", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+all[team].Token)
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if w.Code != http.StatusCreated && step < 100 {
				b.Errorf("status %d: %s", w.Code, w.Body)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "submissions/s")
}
