// Package commands holds jam's commands that check a definition or are clients of the API; each is a struct for kong with
// a Run method.
//
// They guarantee that --json prints the API's own documents, that dates are shown in the Jam's time zone, and that nothing
// secret is printed that was not asked for. They decide nothing: what is allowed is the server's to say.
package commands

// Definition is the commands that need no server.
type Definition struct {
	Check Check `cmd:"" group:"definition" help:"Check a Jam's definition: every mistake at once, with file and line."`
	New   New   `cmd:"" group:"definition" help:"Write a definition to begin with."`
}

// Participant is a team's day.
type Participant struct{}

// Public is what everyone may do.
type Public struct{}

// Organiser is an organiser's day.
type Organiser struct{}
