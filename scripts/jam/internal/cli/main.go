package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// Grammar is a struct that embeds Globals and holds the commands.
type Grammar interface{ Flags() *Globals }

// Flags makes every struct that embeds Globals a Grammar.
func (g *Globals) Flags() *Globals { return g }

// exited unwinds kong after it has printed the help.
type exited int

// Main runs the command line of this process; its result is the exit code. Ctrl-C ends the command's context, so that it
// can leave in order what it began; a second one ends the process at once.
func Main(grammar Grammar, app *App) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		stop()
	}()
	return int(Run(ctx, grammar, app, os.Args[1:]))
}

// Run runs one command line. Errors are printed to app.Err as a sentence that says what to do.
func Run(ctx context.Context, grammar Grammar, app *App, args []string) (code Code) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exited:
			code = Code(r)
		default:
			panic(r)
		}
	}()
	app.Globals = grammar.Flags()
	app.In = &interruptible{ctx: ctx, from: app.In}
	err := run(ctx, grammar, app, args)
	code = CodeOf(err)
	report(ctx, app, err)
	return code
}

func run(ctx context.Context, grammar Grammar, app *App, args []string) error {
	parser, err := kong.New(grammar,
		kong.Name("jam"),
		kong.Description("Photofinish: live competitions with an exact, provable order.\n\n"+ExitCodes),
		kong.Vars{"url": DefaultURL, "data": DefaultData},
		kong.Writers(app.Out, app.Err),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.Resolvers(environment(app.Env)),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.ExplicitGroups(Groups),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(app),
	)
	if err != nil {
		return fmt.Errorf("command line: %w", err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return err
	}
	return parsed.Run()
}

// Groups order the commands in the help.
var Groups = []kong.Group{
	{Key: "local", Title: "On this machine"},
	{Key: "definition", Title: "A Jam's definition"},
	{Key: "participant", Title: "Participants"},
	{Key: "public", Title: "Everyone"},
	{Key: "organiser", Title: "Organisers"},
	{Key: "cloud", Title: "A Jam on AWS"},
}

// environment lets a flag with a `from` tag fall back to that variable of env. Kong's own env tag would read this
// process's environment, whatever the App says.
func environment(env func(string) (string, bool)) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if name := flag.Tag.Get("from"); name != "" {
			if value, ok := env(name); ok && value != "" {
				return value, nil
			}
		}
		return nil, nil
	})
}
