package local

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/bench"
	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
)

// Bench measures this machine.
type Bench struct {
	Seconds int  `help:"How long each phase lasts." default:"4" placeholder:"N"`
	Quick   bool `help:"One second a phase, and without the board of 5,000 teams."`
}

// Run measures, and prints what came out beside what is aimed for.
func (b *Bench) Run(ctx context.Context, app *cli.App) error {
	if b.Seconds < 1 || b.Seconds > 60 {
		return cli.Usage("--seconds takes 1 to 60")
	}
	o := bench.Options{
		Each: time.Duration(b.Seconds) * time.Second, Big: !b.Quick,
		Progress: func(format string, args ...any) { app.Notef("… "+format+"\n", args...) },
	}
	if b.Quick {
		o.Each = time.Second
	}
	r, err := bench.Run(ctx, o)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	return app.Print(r, func() error {
		table := bench.Table(r)
		width := 0
		for _, row := range table {
			width = max(width, len([]rune(row[0])))
		}
		app.Printf("%d cores, %s; the client runs on the same cores\n\n", r.Cores, r.Go)
		for i, row := range table {
			app.Printf("%-*s  %-34s  %s\n", width, row[0], row[1], row[2])
			if i == 0 {
				app.Printf("%s\n", strings.Repeat("─", width+50))
			}
		}
		return nil
	})
}
