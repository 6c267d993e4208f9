// Command jam is Photofinish's command line: it writes and checks a Jam's definition, runs a Jam on one machine, and is a
// participant's, a spectator's and an organiser's client of any Jam that speaks the API, on this machine or deployed.
//
// It guarantees the exit codes that package cli lists, and that a submission is sent with an idempotency key, so that
// repeating it after a failure never counts twice. It decides nothing about a competition: that is the server's.
package main

import (
	"os"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/cloud"
	"github.com/photofinish/photofinish/scripts/jam/internal/commands"
	"github.com/photofinish/photofinish/scripts/jam/internal/finish"
	"github.com/photofinish/photofinish/scripts/jam/internal/local"
	"github.com/photofinish/photofinish/scripts/jam/internal/proof"
)

// grammar is the whole command line. A command is a struct with `Run(ctx context.Context, app *cli.App) error`; the
// groups order the help.
type grammar struct {
	cli.Globals

	local.Local
	commands.Definition
	commands.Participant
	commands.Public
	finish.Finish
	commands.Organiser
	proof.Proof
	cloud.Cloud
}

func main() {
	os.Exit(cli.Main(&grammar{}, cli.System()))
}
