package simulate_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/simulate"
)

func TestTry(t *testing.T) {
	began := time.Now()
	d, err := simulate.Simulate(t.Context(), simulate.Options{Teams: 72, Seed: 1, Data: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(began))
	for _, l := range d.Story {
		t.Log(l.At.In(time.FixedZone("", 9*3600)).Format("15:04:05.000"), l.Text)
	}
	t.Logf("%+v", d.Tally)
	for _, r := range d.Board.Rows[:8] {
		t.Log(r.Rank, r.Team.Name, r.Score, r.LastScored, r.Final)
	}
}
