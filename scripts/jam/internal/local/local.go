// Package local holds jam's commands that run a Jam on this machine: up, replay, simulate and bench.
//
// They guarantee that everything binds loopback unless it is told otherwise, that Ctrl-C ends them in order, and that
// what they started they end. They are wiring over package server; they decide nothing.
package local

// Local is the commands that need no server but their own.
type Local struct {
	Up       Up       `cmd:"" group:"local" help:"Run a Jam on this machine. Alone, it plays the quickstart, started at once, with three demo teams."`
	Replay   Replay   `cmd:"" group:"local" help:"Replay a real contest's event feed (CLICS) through the API; --data keeps the Jam."`
	Simulate Simulate `cmd:"" group:"local" help:"Play a day that has never been, to two photo finishes; --data keeps the Jam."`
	Bench    Bench    `cmd:"" group:"local" help:"Measure what a Jam on this machine bears."`
}
