package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/check"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/roster"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// Up runs a Jam on this machine until Ctrl-C.
type Up struct {
	Event     string `help:"The Jam's definition; a Jam that is resumed needs none. Alone: events/quickstart." placeholder:"DIR"`
	Listen    string `help:"Address to listen on; port 0 takes any that is free." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Teams     string `help:"Teams of a new Jam, or more of them: CSV with name and, if wanted, id, hidden, token." placeholder:"FILE"`
	DemoTeams int    `help:"Invent so many teams." default:"-1" placeholder:"N"`
	Start     string `help:"When a new Jam starts: as its definition says, or now." enum:"defined,now," default:"" placeholder:"now"`
	Loopback  bool   `help:"Let http checks look at pages on this machine." name:"allow-loopback"`
	ReadOnly  bool   `help:"Serve a data folder for reading only, such as one that 'pull' has brought home."`
	Quiet     bool   `help:"Print only the address."`

	from   string // the folder that the definition was read from
	unread error  // why it cannot be read any more
}

const quickstart = "events/quickstart"

// sealEvery is how often the sequencer runs: what is sealed trails by its settling time, so a few seconds are lost in it.
const sealEvery = 5 * time.Second

// remindEvery is how often what is overdue is looked for.
const remindEvery = 15 * time.Second

// Run opens the data folder and serves it.
func (u *Up) Run(ctx context.Context, app *cli.App) error {
	if u.ReadOnly {
		return u.readOnly(ctx, app)
	}
	options, err := u.options(app)
	if err != nil {
		return err
	}
	// Listen first: an address that is taken should not leave a Jam opened that nobody can reach.
	listener, err := net.Listen("tcp", u.Listen)
	if err != nil {
		return explainListen(u.Listen, err)
	}
	defer func() { _ = listener.Close() }()
	if err := os.MkdirAll(app.Globals.Data, 0o700); err != nil {
		return fmt.Errorf("the data folder %s cannot be made: %w; use another --data", app.Globals.Data, err)
	}
	log, err := openLog(filepath.Join(app.Globals.Data, "jam.log"))
	if err != nil {
		return fmt.Errorf("the data folder %s cannot be written: %w; use another --data", app.Globals.Data, err)
	}
	options.Log = telemetry.NewLogger(log, slog.LevelInfo)
	s, err := server.Open(ctx, options)
	if err != nil {
		return errors.Join(err, log.Close())
	}
	if err := u.greet(ctx, app, s, listener.Addr().String()); err != nil {
		return errors.Join(err, s.Close(), log.Close())
	}
	err = serve(ctx, s, listener, log, func(log *slog.Logger, file *logFile) { keepSealing(ctx, s, log, file) },
		func(*slog.Logger, *logFile) { s.Look(ctx) })
	if err == nil && !u.Quiet && !app.Globals.JSON {
		app.Printf("\nStopped. Everything that was acknowledged is in %s; the same command goes on.\n", app.Globals.Data)
	}
	return err
}

// options puts together what the flags, the data folder and the defaults come to.
func (u *Up) options(app *cli.App) (server.Options, error) {
	o := server.Options{Data: app.Globals.Data, EventDir: u.Event, StartNow: u.Start == "now", Loopback: u.Loopback, Now: app.Now}
	held, err := server.Held(o.Data)
	if err != nil {
		return o, err
	}
	// A first start that did not come to its end is begun again with what it was told then.
	alone := u.Event == "" && (held.Jam == "" || !held.Ready && held.Event == quickstart)
	switch {
	case alone:
		o.EventDir, o.StartNow = quickstart, u.Start != "defined"
		if _, err := os.Stat(quickstart); errors.Is(err, fs.ErrNotExist) {
			return o, cli.Usage("there is no %s here; run this from the project's folder, or name a definition with --event", quickstart)
		}
	case u.Event == "":
		o.EventDir = held.Event
	}
	u.from = o.EventDir
	if o.Event, err = u.load(o.EventDir, held); err != nil {
		return o, err
	}
	if u.Teams != "" {
		f, err := os.Open(u.Teams)
		if err != nil {
			return o, cli.Usage("the list of teams cannot be read (%v); name a CSV file with --teams", err)
		}
		defer func() { _ = f.Close() }()
		if o.Teams, err = roster.ReadCSV(f); err != nil {
			return o, cli.Usage("%s: %v", u.Teams, err)
		}
	}
	if n := u.DemoTeams; n > 0 || (n < 0 && alone && u.Teams == "") {
		o.Teams = append(o.Teams, demoTeams(n)...)
	}
	return o, nil
}

// load reads a definition. A Jam that is resumed goes by the one in its data folder: what has become of the folder that it
// was started from is no obstacle, and only told.
func (u *Up) load(dir string, held server.Holding) (*jam.Event, error) {
	if dir == "" {
		return nil, nil
	}
	e, err := check.Load(dir)
	if err != nil && held.Ready && filepath.Clean(dir) == filepath.Clean(held.Event) {
		u.unread = err
		return nil, nil
	}
	return e, err
}

// demoTeams invents teams; a negative number is three.
func demoTeams(n int) []api.NewTeam {
	if n < 0 {
		n = 3
	}
	colours := []string{"Red", "Blue", "Green", "Golden", "Silver", "Violet"}
	animals := []string{"Pandas", "Whales", "Geckos", "Cranes", "Otters", "Foxes"}
	teams := make([]api.NewTeam, n)
	for i := range teams {
		name := colours[i%len(colours)] + " " + animals[i%len(animals)]
		if round := i / len(colours); round > 0 {
			name = fmt.Sprintf("%s %d", name, round+1)
		}
		teams[i].Name = name
	}
	return teams
}

// serve answers requests until ctx ends, while the others run beside it; then it lets what is under way come to its end.
func serve(ctx context.Context, s *server.Server, listener net.Listener, log *logFile, others ...func(*slog.Logger, *logFile)) error {
	requests, release := context.WithCancel(context.Background())
	defer release()
	web := &http.Server{
		Handler:           s.Handler(),
		BaseContext:       func(net.Listener) context.Context { return requests },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(telemetry.NewLogger(log, slog.LevelInfo).Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	var beside sync.WaitGroup
	for _, run := range others {
		beside.Go(func() { run(telemetry.NewLogger(log, slog.LevelInfo), log) })
	}
	var err error
	select {
	case <-ctx.Done():
		release() // whoever waits for a verdict is answered now
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		err = web.Shutdown(stop)
	case err = <-failed:
	}
	beside.Wait()
	return errors.Join(err, s.Close(), log.Close())
}

func keepSealing(ctx context.Context, s *server.Server, log *slog.Logger, file *logFile) {
	tick := time.NewTicker(sealEvery)
	defer tick.Stop()
	flush := time.NewTicker(time.Second)
	defer flush.Stop()
	remind := time.NewTicker(remindEvery)
	defer remind.Stop()
	if err := s.Resume(ctx); err != nil && ctx.Err() == nil {
		log.ErrorContext(ctx, "resume", "error", err)
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-flush.C:
			_ = file.Flush()
		case <-remind.C:
			if err := s.Remind(ctx); err != nil && ctx.Err() == nil {
				log.ErrorContext(ctx, "remind", "error", err)
			}
		case <-tick.C:
			if err := s.Seal(ctx); err != nil && ctx.Err() == nil {
				log.ErrorContext(ctx, "seal", "error", err)
			}
		}
	}
}

func explainListen(address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s is taken, perhaps by another Jam; choose another address with --listen, such as 127.0.0.1:0", address)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("listening on %s is not allowed; choose a port above 1023 with --listen", address)
	}
	return cli.Usage("cannot listen on %q (%v); want HOST:PORT, such as 127.0.0.1:8080", address, err)
}
