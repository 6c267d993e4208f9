package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/alecthomas/kong"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/stage"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
)

// dataNamed tells whether --data stands on the command line.
func dataNamed(line *kong.Context) bool {
	return slices.ContainsFunc(line.Path, func(p *kong.Path) bool { return p.Flag != nil && p.Flag.Name == "data" })
}

// newFolder is where a Jam that is played is kept, and what to do with it in the end: the data folder if one was named, which
// must not hold anything yet.
func newFolder(app *cli.App, line *kong.Context, what string) (data string, done func(), err error) {
	if !dataNamed(line) {
		dir, err := os.MkdirTemp("", "jam-"+what+"-")
		return dir, func() { _ = os.RemoveAll(dir) }, err
	}
	if entries, err := os.ReadDir(app.Globals.Data); err == nil && len(entries) > 0 {
		return "", nil, fmt.Errorf("the folder %s is not empty; a %s needs a new one", app.Globals.Data, what)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", nil, fmt.Errorf("the folder %s cannot be used: %w", app.Globals.Data, err)
	}
	return app.Globals.Data, func() {}, nil
}

// progress tells how far a Jam is that is played, twice a second, if somebody is watching.
func progress(app *cli.App, began time.Time, done string) func(float64) {
	if !term.IsTerminal(app.Err) {
		return nil
	}
	last := began
	return func(share float64) {
		if now := app.Now(); now.Sub(last) >= 500*time.Millisecond || (share == 1 && last != began) {
			last = now
			app.Notef("\r\x1b[K%3.0f%% %s", share*100, done)
			if share == 1 {
				app.Notef("\r\x1b[K")
			}
		}
	}
}

// tellResult writes a result to the file that was asked for, if any, and prints it if JSON was asked for.
func tellResult(app *cli.App, result *stage.Result, out string) (told bool, err error) {
	encoded, err := json.Marshal(result)
	if err != nil {
		return false, err
	}
	if out != "" {
		if err := os.WriteFile(out, append(encoded, '\n'), 0o644); err != nil { //nolint:gosec // a public result
			return false, fmt.Errorf("write the result: %w", err)
		}
	}
	if app.Globals.JSON {
		return true, app.PrintJSON(result)
	}
	return false, nil
}
