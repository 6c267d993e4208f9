package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/simulate"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
)

// Simulate plays a day that has never been. The Jam is kept if --data names a folder, which must not hold one yet.
type Simulate struct {
	Teams int    `help:"How many teams take part, 4 to 500; 72 if absent." default:"72" placeholder:"N"`
	Seed  uint64 `help:"Which day is played, 1 if absent: the same number with as many teams gives the same day byte for byte." default:"1" placeholder:"N"`
	Out   string `help:"Write the final board, first solves and graph to this file." placeholder:"FILE"`
}

// rowsShown is how much of the final board is shown.
const rowsShown = 12

// Run plays the day and tells its story.
func (s *Simulate) Run(ctx context.Context, app *cli.App, line *kong.Context) error {
	if err := simulate.Check(s.Teams); err != nil {
		return cli.Usage("--teams: %v", err)
	}
	if err := checkOut(s.Out); err != nil {
		return err
	}
	data, done, err := newFolder(app, line, "simulation")
	if err != nil {
		return err
	}
	defer done()
	_, missing := os.Stat(data)
	began := app.Now()
	day, err := simulate.Simulate(ctx, simulate.Options{
		Teams: s.Teams, Seed: s.Seed, Data: data, Log: slog.New(slog.DiscardHandler), Progress: progress(app, began, "of the day played"),
	})
	if errors.Is(err, context.Canceled) && dataNamed(line) {
		// Half a day looks like a whole one to whoever comes upon it later.
		if swept := sweep(data, missing == nil); swept != nil {
			return fmt.Errorf("the day was left half way, and %s could not be cleared (%w); clear it yourself", data, swept)
		}
		app.Notef("the day was left half way; nothing of it is kept in %s\n", data)
		return err
	}
	if err != nil {
		return fmt.Errorf("simulate %d teams with seed %d: %w", s.Teams, s.Seed, err)
	}
	if told, err := tellResult(app, day.Result, s.Out); told || err != nil {
		return err
	}
	s.tell(app, day, app.Now().Sub(began))
	s.advise(app, day, data, dataNamed(line))
	return nil
}

// checkOut finds out before a long run whether its result can be written.
func checkOut(out string) error {
	if out == "" {
		return nil
	}
	if info, err := os.Stat(out); err == nil && info.IsDir() {
		return cli.Usage("--out: %s is a folder; name a file", out)
	}
	if info, err := os.Stat(filepath.Dir(out)); err != nil || !info.IsDir() {
		return cli.Usage("--out: there is no folder %s", filepath.Dir(out))
	}
	return nil
}

// sweep leaves a folder as it was before: empty, or not there.
func sweep(data string, keep bool) error {
	if !keep {
		return os.RemoveAll(data)
	}
	entries, err := os.ReadDir(data)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(data, e.Name())))
	}
	return err
}

// storyIndent is where the text of a line of the story begins, behind its time.
const storyIndent = len(show.ClockMilli) + 2

// narrowest is the width that a story is told in even where the terminal has less.
const narrowest = 40

func (s *Simulate) tell(app *cli.App, day *simulate.Day, took time.Duration) {
	p, width := app.Paint(), max(app.Width(), narrowest)
	t := day.Tally
	event := simulate.Event()
	zone := event.Location()
	app.Printf("%s, %d teams, seed %d; played in %s\n\n", p.In(term.Bold, "A simulated day"), t.Teams, s.Seed, took.Round(time.Millisecond))
	for _, l := range day.Story {
		clock := l.At.In(zone).Format(show.Clock)
		if l.Fine {
			clock = l.At.In(zone).Format(show.ClockMilli)
		}
		for i, text := range term.Wrap(strings.Fields(term.Clean(l.Text)), " ", width-storyIndent) {
			if i > 0 {
				clock = ""
			}
			app.Printf("%s%s\n", p.In(term.Dim, fmt.Sprintf("%-*s", storyIndent, clock)), text)
		}
	}
	app.Printf("\n")
	var tasks []jam.TaskRef
	for c, task := range event.Tasks() {
		tasks = append(tasks, jam.Ref(c.ID, task.ID))
	}
	drawn := show.Leaderboard{
		Board: day.Board, Title: event.Name["en"], Zone: zone, Now: day.Board.Through.Time(), Tasks: tasks, Rows: rowsShown,
		Width: width, Paint: p,
	}
	for _, text := range drawn.Lines() {
		app.Printf("%s\n", text)
	}
	app.Printf("\n")
	finishes(app, day, zone)
	for _, text := range counts(t) {
		for _, part := range term.Wrap(strings.Fields(text), " ", width) {
			app.Printf("%s\n", part)
		}
	}
}

// finishes shows the four who finished so close.
func finishes(app *cli.App, day *simulate.Day, zone *time.Location) {
	table := &term.Table{}
	row := func(r board.Row, how string) {
		table.Row(term.Cell{Text: fmt.Sprint(r.Rank), Right: true}, term.Cell{Text: term.Clean(r.Team.Name), Flex: true},
			term.Cell{Text: fmt.Sprint(r.Score), Right: true}, term.Cell{Text: r.LastScoredAt.In(zone).Format(show.ClockMilli)},
			term.Cell{Text: how, Style: term.Gold})
	}
	table.Head(">#", "the finishes", ">score", "received", "")
	row(day.Photo[0], "")
	row(day.Photo[1], fmt.Sprintf("%.3f s later", day.Photo[1].LastScoredAt.Sub(day.Photo[0].LastScoredAt.Time).Seconds()))
	row(day.Tie[0], fmt.Sprintf("slot %03d", day.Tie[0].LastScored.Slot))
	row(day.Tie[1], fmt.Sprintf("slot %03d of the same millisecond", day.Tie[1].LastScored.Slot))
	table.Print(app.Out, app.Paint(), app.Width())
	app.Printf("\n")
}

// counts says how much happened.
func counts(t simulate.Tally) []string {
	var refused []string
	for _, kind := range slices.Sorted(maps.Keys(t.Refused)) {
		refused = append(refused, fmt.Sprintf("%d %s", t.Refused[kind], kind))
	}
	return []string{
		fmt.Sprintf("%d submissions accepted: %d answers, %d of them wrong, %d handed in, %d to be looked at; %d clues.",
			t.Submissions, t.Answers, t.Wrong, t.HandIns, t.Presses, t.Clues),
		fmt.Sprintf("%d looks, %d of them told late; %d judgements, %d rulings; five at once %d times.",
			t.Looks, t.LateLooks, t.Judgements, t.Rulings, t.Together),
		fmt.Sprintf("%d replies lost on the way to a client, %d answers of the database lost, %d requests answered by the first reply again.",
			t.Unheard, t.Torn, t.Repeats),
		fmt.Sprintf("Refused: %s.", strings.Join(refused, ", ")),
		fmt.Sprintf("%d entries sealed in %d blocks, and certified.", t.Entries, t.Blocks),
	}
}

// advise says what to try next.
func (s *Simulate) advise(app *cli.App, day *simulate.Day, data string, kept bool) {
	if !kept {
		app.Notef("\nThe ledger was not kept. To look into it:\n  %s simulate --teams %d --seed %d --data day\n", app.Program, s.Teams, s.Seed)
		return
	}
	archive := filepath.Base(filepath.Clean(data)) + ".tar.gz"
	app.Notef("\nThe ledger is in %s. Next:\n  %s export %s --out %s\n  %s audit %s\n", data, app.Program, data, archive, app.Program, archive)
	for _, pair := range [][2]board.Row{day.Photo, day.Tie} {
		app.Notef("  %s photofinish %s %s --from %s\n", app.Program, pair[0].Team.ID, pair[1].Team.ID, data)
	}
}
