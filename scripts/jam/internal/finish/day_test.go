package finish_test

import (
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/simulate"
)

// A whole day, with looks that came late, rulings and a freeze: both of its photo finishes are told, and whoever stands above
// whom, the reason holds.
func TestADaysFinishesAreToldAndProvenFromItsFolderAndItsArchive(t *testing.T) {
	seed := rand.Uint64N(1 << 32)
	teams := 12
	if testing.Short() {
		teams = 5
	}
	t.Logf("seed %d, %d teams", seed, teams)
	p := &played{t: t, data: filepath.Join(t.TempDir(), "day"), now: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)}
	day, err := simulate.Simulate(t.Context(), simulate.Options{Teams: teams, Seed: seed, Data: p.data, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	path := p.export()
	for _, from := range []string{p.data, path} {
		p.jam("--from", from).want(t, cli.OK, day.Photo[0].Team.Name+" stands above "+day.Photo[1].Team.Name, "by 13.000 s", "Proven: all",
			"that the certificate of the result, checkpoint")
		p.jam("--from", from, day.Tie[1].Team.ID, day.Tie[0].Team.Name).want(t, cli.OK,
			day.Tie[0].Team.Name+" stands above "+day.Tie[1].Team.Name,
			"same millisecond: the conditional write took slot 000 before slot 001", "Proven: all")
	}
	rows := day.Board.Rows
	for i := range len(rows) - 1 {
		a, b := rows[i].Team, rows[i+1].Team
		got := p.jam("--from", p.data, b.ID, a.ID)
		got.want(t, cli.OK)
		if rows[i].Rank != rows[i+1].Rank && !strings.Contains(got.out, a.Name+" stands above "+b.Name) {
			t.Errorf("%s is above %s on the board:\n%s", a.Name, b.Name, got.out)
		}
		if other := p.jam("--from", path, b.ID, a.ID); other != got {
			t.Errorf("the archive tells otherwise:\n%s\n%s", other.out, got.out)
		}
	}
}
