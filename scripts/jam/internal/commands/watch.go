package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/config"
)

const (
	everyBoard = time.Second      // how often the board is asked for on this machine
	afarBoard  = 2 * time.Second  // and elsewhere, where a CDN keeps it for a second and every question is paid for
	everyJam   = 10 * time.Second // how often the clock and the tasks are
	movesShown = 15 * time.Second // how long a team's move is marked
)

// pace is how often the board at an address is asked for.
func pace(address string) time.Duration {
	if config.OnThisMachine(address) {
		return everyBoard
	}
	return afarBoard
}

// watch draws the board anew every second or two, on a screen of its own that is given back at the end. Ctrl-C is how it is meant
// to end, so that is no error. While the server cannot be reached the last board stays, and the screen says so.
func (b *Board) watch(ctx context.Context, app *cli.App, from *client.Client) error {
	live := term.IsTerminal(app.Out) && !app.Globals.JSON
	w := &watcher{cmd: b, app: app, frame: frame{from: from}, moves: moves{shown: movesShown}}
	if err := w.refresh(ctx); err != nil {
		return err // a board that was never reached is a mistake, not an outage
	}
	if live {
		w.screen = term.Open(app.Out)
		defer w.screen.Close()
	}
	w.draw()
	resized := term.Resized(ctx, app.Out)
	every := pace(app.Globals.URL)
	for {
		tick, cancel := context.WithTimeout(ctx, every)
		select {
		case <-resized:
			cancel()
			w.draw()
			continue
		case <-tick.Done():
			cancel()
		}
		if ctx.Err() != nil {
			return nil
		}
		err := w.refresh(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if w.trouble = err; live || w.changed {
			w.draw()
		}
	}
}

type watcher struct {
	frame
	cmd     *Board
	app     *cli.App
	screen  *term.Screen // nil: not a terminal
	moves   moves
	learned time.Time
	changed bool // the last refresh brought another board
	trouble error
}

// refresh asks for the board if it is another than the last one.
func (w *watcher) refresh(ctx context.Context) error {
	w.changed = false
	etag := ""
	if w.board != nil {
		etag = w.board.ETag
	}
	next, err := w.from.Board(ctx, etag)
	if err != nil {
		return err
	}
	if now := w.app.Now(); w.learned.IsZero() || now.Sub(w.learned) >= everyJam {
		if err := w.learn(ctx); err != nil {
			return err
		}
		w.learned = now
	}
	if next != nil && (w.board == nil || !bytes.Equal(next.Raw, w.board.Raw)) {
		w.board, w.changed = next, true
		w.moves.note(next.Rows, w.app.Now())
	}
	return nil
}

func (w *watcher) draw() {
	if w.app.Globals.JSON {
		var line bytes.Buffer
		if json.Compact(&line, w.board.Raw) == nil {
			w.app.Printf("%s\n", line.Bytes())
		}
		return
	}
	l := w.leaderboard(w.app)
	l.Moves = w.moves.at(w.app.Now())
	if w.screen == nil {
		l.Rows = w.cmd.rows(defaultTop)
		lines(w.app, append(l.Lines(), ""))
		return
	}
	_, height := term.Size(w.app.Out, w.app.Env)
	l.Rows, l.Brief = len(l.Board.Rows), height < 20
	if top := w.cmd.rows(0); top > 0 {
		l.Rows = min(l.Rows, top)
	}
	drawn := l.Lines()
	for ; len(drawn) > height-1 && l.Rows > 1; drawn = l.Lines() {
		l.Rows = max(1, l.Rows-(len(drawn)-height+1))
	}
	drawn = append(drawn, w.says(l.Width))
	w.screen.Draw(drawn, height)
}

// says is the last line: how to leave, or what is wrong.
func (w *watcher) says(width int) string {
	p := w.app.Paint()
	if w.trouble != nil {
		var gone *client.Unreachable
		text := w.trouble.Error()
		if errors.As(w.trouble, &gone) {
			text = "no connection; this is the last board that came. " + text
		}
		return p.In(term.Bad, term.Fit(text, width))
	}
	return p.In(term.Dim, term.Fit("Ctrl-C leaves", width))
}

// moves remembers which teams changed places lately.
type moves struct {
	shown time.Duration
	ranks map[string]int
	by    map[string]int
	since map[string]time.Time
}

// note compares a board with the one before. Sharing a rank with more teams is no move of theirs to speak of, but it is
// shown, as a spectator would see it.
func (m *moves) note(rows []board.Row, now time.Time) {
	ranks := make(map[string]int, len(rows))
	for _, r := range rows {
		ranks[r.Team.ID] = r.Rank
		before, known := m.ranks[r.Team.ID]
		if !known || before == 0 || r.Rank == 0 || before == r.Rank {
			continue
		}
		if m.by == nil {
			m.by, m.since = map[string]int{}, map[string]time.Time{}
		}
		if now.Sub(m.since[r.Team.ID]) >= m.shown {
			m.by[r.Team.ID] = 0
		}
		m.by[r.Team.ID] += before - r.Rank
		m.since[r.Team.ID] = now
	}
	m.ranks = ranks
}

// at is the moves to show at a moment: never nil, so that their column does not come and go.
func (m *moves) at(now time.Time) map[string]int {
	shown := map[string]int{}
	for team, by := range m.by {
		if by != 0 && now.Sub(m.since[team]) < m.shown {
			shown[team] = by
		}
	}
	return shown
}
