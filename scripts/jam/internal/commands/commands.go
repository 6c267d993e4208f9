// Package commands holds jam's commands that check a definition or are clients of the API; each is a struct for kong with
// a Run method.
//
// They guarantee that --json prints the API's own documents, that dates are shown in the Jam's time zone, and that nothing
// secret is printed that was not asked for. They decide nothing: what is allowed is the server's to say.
package commands

// Definition is the commands that need no server.
type Definition struct {
	Check Check `cmd:"" group:"definition" help:"Check a definition: every mistake at once, with file and line."`
	New   New   `cmd:"" group:"definition" help:"Write a definition to begin with."`
}

// Participant is a team's day.
type Participant struct {
	Challenges  Challenges  `cmd:"" group:"participant" help:"The challenges, or one with its brief and files."`
	Submit      Submit      `cmd:"" group:"participant" help:"Hand in an answer or a note, or ask for a check."`
	Submissions Submissions `cmd:"" group:"participant" help:"What your team has submitted."`
	Clue        Clue        `cmd:"" group:"participant" help:"Buy a clue."`
	Team        Team        `cmd:"" group:"participant" help:"Your team, and what checks need to know of it."`
}

// Public is what everyone may do.
type Public struct {
	Status      Status      `cmd:"" group:"public" help:"The Jam's clock, announcements and your team."`
	Board       Board       `cmd:"" group:"public" help:"The leaderboard; --watch keeps it up to date."`
	Graph       Graph       `cmd:"" group:"public" help:"The score graph, here or as a picture."`
	FirstSolves FirstSolves `cmd:"" group:"public" help:"Who solved each task first."`
}

// Organiser is an organiser's day.
type Organiser struct {
	Teams    Teams    `cmd:"" group:"organiser" help:"The roster: import, list, tokens, withdraw, hide, rename."`
	Clock    Clock    `cmd:"" group:"organiser" help:"The clock: start, end, extend, pause, freeze."`
	Announce Announce `cmd:"" group:"organiser" help:"Send a text to everyone."`
	Pending  Pending  `cmd:"" group:"organiser" help:"What waits for a verdict, the oldest first."`
	Judge    Judge    `cmd:"" group:"organiser" help:"Judge a submission, or walk through all that wait."`
	Rule     Rule     `cmd:"" group:"organiser" help:"Rulings: award, penalty, void, grant, verdict."`
	Reports  Reports  `cmd:"" group:"organiser" help:"What teams are not told, such as copied answers."`
	Define   Define   `cmd:"" group:"organiser" help:"Put a changed definition in force."`
	Certify  Certify  `cmd:"" group:"organiser" help:"Close the ledger: the result is final."`
}
