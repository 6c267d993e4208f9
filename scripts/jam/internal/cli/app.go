// Package cli is what every command of jam shares: the global flags, the streams and environment that a command may use,
// how it finds its token and server, and the exit code that each kind of error becomes.
//
// It guarantees that a command reaches the world only through an App, so that the whole command line runs in a test as
// one function call, and that the exit codes are the documented ones (see Code). It holds no command.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
)

// Where a Jam on this machine is, unless a flag says otherwise.
const (
	DefaultURL  = "http://127.0.0.1:8080"
	DefaultData = ".jam"
)

// Globals are the flags of every command. A flag with a `from` tag falls back to that environment variable.
type Globals struct {
	URL     string        `help:"The Jam's address (or $$PHOTOFINISH_URL)." from:"PHOTOFINISH_URL" default:"${url}" placeholder:"URL"`
	Token   string        `help:"Bearer token (or $$PHOTOFINISH_TOKEN). Without one, --as or the data folder's tokens.csv is used." from:"PHOTOFINISH_TOKEN" placeholder:"TOKEN"`
	As      string        `help:"Act as this team: its token is looked up in <data>/tokens.csv (or $$PHOTOFINISH_TEAM)." from:"PHOTOFINISH_TEAM" placeholder:"TEAM"`
	Data    string        `help:"Data folder of this machine's Jam (or $$PHOTOFINISH_DATA)." from:"PHOTOFINISH_DATA" default:"${data}" placeholder:"DIR"`
	JSON    bool          `help:"Print JSON instead of text." name:"json"`
	Lang    string        `help:"Language of challenges, such as ko (or $$PHOTOFINISH_LANG)." from:"PHOTOFINISH_LANG" placeholder:"LANG"`
	Color   string        `help:"Colour: auto, always or never. NO_COLOR is honoured." enum:"auto,always,never" default:"auto"`
	Timeout time.Duration `help:"How long one request may take." default:"30s" placeholder:"TIME"`
}

// App is what a command may use of the world.
type App struct {
	In       io.Reader
	Out, Err io.Writer
	Env      func(string) (string, bool)
	Now      func() time.Time
	Sleep    func(context.Context, time.Duration) error
	Program  string // how the reader calls this program, for advice
	Globals  *Globals

	printed bool // a JSON document went to Out
}

// System is the App of a real terminal.
func System() *App {
	return &App{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.LookupEnv, Now: time.Now, Sleep: Sleep, Program: program(os.Args[0]),
	}
}

// program is how the reader called this program, so that advice can be copied: `go run` leaves it in a folder of its own.
func program(path string) string {
	if strings.Contains(path, "go-build") {
		return "go run ./scripts/jam"
	}
	return path
}

// Next is a command that the reader may try next, with the flags that this one was given; it can be copied as it stands.
func (a *App) Next(format string, args ...any) string {
	line := a.Program + " " + fmt.Sprintf(format, args...)
	for _, f := range []struct{ flag, value, from, otherwise string }{
		{"--as", a.Globals.As, "PHOTOFINISH_TEAM", ""},
		{"--url", a.Globals.URL, "PHOTOFINISH_URL", DefaultURL},
		{"--data", a.Globals.Data, "PHOTOFINISH_DATA", DefaultData},
	} {
		if inherited, _ := a.Env(f.from); f.value != f.otherwise && f.value != inherited {
			line += " " + f.flag + " " + Quoted(f.value)
		}
	}
	return line
}

// Sleep waits for d, or until ctx ends; then its error is the context's.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// TokensFile is where `jam up` keeps this machine's tokens.
func (a *App) TokensFile() string { return filepath.Join(a.Globals.Data, "tokens.csv") }

// Public is a client without a token.
func (a *App) Public() *client.Client {
	return client.New(client.Config{
		URL: a.Globals.URL, Language: a.Globals.Lang, Timeout: a.Globals.Timeout, Now: a.Now, Sleep: a.Sleep,
	})
}

// Team is a client with a team's token: --token, else that of --as, else the only team's of tokens.csv. An error says
// what to do.
func (a *App) Team() (*client.Client, error) {
	token, err := a.teamToken()
	if err != nil {
		return nil, err
	}
	return a.Public().WithToken(token), nil
}

// Organiser is a client with an organiser's token: --token, else the organiser's of tokens.csv.
func (a *App) Organiser() (*client.Client, error) {
	if a.Globals.Token != "" {
		return a.Public().WithToken(a.Globals.Token), nil
	}
	list, err := a.tokens()
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		if t.Role == tokens.Organizer && (a.Globals.As == "" || a.Globals.As == t.ID) {
			return a.Public().WithToken(t.Token), nil
		}
	}
	if a.Globals.As != "" {
		return nil, &Unauthorised{fmt.Errorf("%s holds no organiser %q (from --as or PHOTOFINISH_TEAM); leave that away, or give a token with --token",
			a.TokensFile(), a.Globals.As)}
	}
	return nil, &Unauthorised{fmt.Errorf("%s holds no organiser's token; give one with --token", a.TokensFile())}
}

// AnyToken is a client with whatever token is at hand, or none: for what anyone may read but members see more of.
func (a *App) AnyToken() *client.Client {
	if c, err := a.Team(); err == nil {
		return c
	}
	if c, err := a.Organiser(); err == nil {
		return c
	}
	return a.Public()
}

func (a *App) teamToken() (string, error) {
	if a.Globals.Token != "" {
		return a.Globals.Token, nil
	}
	list, err := a.tokens()
	if err != nil {
		return "", err
	}
	teams := tokens.Teams(list)
	if a.Globals.As != "" {
		for _, t := range teams {
			if t.ID == a.Globals.As || t.Name == a.Globals.As {
				return t.Token, nil
			}
		}
		return "", Usage("there is no team %q in %s", a.Globals.As, a.TokensFile())
	}
	switch len(teams) {
	case 0:
		return "", &Unauthorised{fmt.Errorf("%s holds no team's token; give one with --token", a.TokensFile())}
	case 1:
		return teams[0].Token, nil
	}
	return "", &Unauthorised{fmt.Errorf("say which team you are: --as %s (or another of the %d teams in %s), or --token",
		teams[0].ID, len(teams), a.TokensFile())}
}

func (a *App) tokens() ([]tokens.Token, error) {
	list, err := tokens.Read(a.TokensFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Unauthorised{errors.New("no token: give one with --token or PHOTOFINISH_TOKEN, " +
			"or name the folder of a Jam on this machine with --data")}
	}
	return list, err
}

// Print writes v as indented JSON if --json was given, and calls text otherwise.
func (a *App) Print(v any, text func() error) error {
	if !a.Globals.JSON {
		return text()
	}
	return a.PrintJSON(v)
}

// PrintJSON writes v as indented JSON.
func (a *App) PrintJSON(v any) error {
	a.printed = true
	enc := json.NewEncoder(a.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// Printf writes to the standard output.
func (a *App) Printf(format string, args ...any) { _, _ = fmt.Fprintf(a.Out, format, args...) }

// Notef writes to the standard error: progress and advice, which a pipe should not see.
func (a *App) Notef(format string, args ...any) { _, _ = fmt.Fprintf(a.Err, format, args...) }

// Paint is how to colour what goes to the standard output.
func (a *App) Paint() term.Paint { return term.PaintFor(a.Out, a.Globals.Color, a.Env) }

// Width is the terminal's width in columns; 100 when there is no terminal and COLUMNS says nothing.
func (a *App) Width() int {
	width, _ := term.Size(a.Out, a.Env)
	return width
}
