// Package config is what a deployed Jam's parts must agree on: the names of its resources, of its stack's outputs, and of
// the environment variables through which the infrastructure tells a function where things are, with typed reading of
// those.
//
// It guarantees that a function which lacks a setting fails at its start, naming every variable that is missing, and that
// a name is written in one place. It imports nothing of AWS and nothing of the project but the vocabulary, so that the
// infrastructure, the functions and the command line can all afford it.
package config

import "github.com/photofinish/photofinish/shared/jam"

// Stack is the name of a Jam's stack, and of its table, its bus and its dashboard.
func Stack(jamID string) string { return "photofinish-" + jamID }

// Function is the full name of one of a Jam's functions, such as play or verify-http.
func Function(jamID, name string) string { return Stack(jamID) + "-" + name }

// Queue is the name of one of a Jam's queues: verify-<kind>, judge, settle. Its dead letters are in the queue of that
// name with DeadLetters after it.
func Queue(jamID, name string) string { return Stack(jamID) + "-" + name }

// DeadLetters ends the name of a dead-letter queue.
const DeadLetters = "-dlq"

// MasterSecret is the name, in Secrets Manager, of the text that all of a Jam's secrets are derived from.
func MasterSecret(jamID string) string { return Stack(jamID) + "/master" }

// Verify names the function and the queue that verify a kind of check.
func Verify(kind jam.Kind) string { return "verify-" + string(kind) }

// The names of functions and queues.
const (
	Play     = "play"
	Board    = "board"
	Organize = "organize"
	Relay    = "relay"
	Judge    = "judge"
	Sequence = "sequence"
	Setup    = "setup"
	Settle   = "settle" // the queue by which the bus wakes the sequencer once entries have settled
)

// Functions are all functions of a Jam that verifies these kinds of check.
func Functions(kinds ...jam.Kind) []string {
	all := []string{Play, Board, Organize, Relay, Judge, Sequence, Setup}
	for _, k := range kinds {
		all = append(all, Verify(k))
	}
	return all
}

// Verified are the kinds of check that have a verification.
var Verified = []jam.Kind{jam.KindHTTP}

// MetricsNamespace is CloudWatch's, for everything that the functions measure.
const MetricsNamespace = "Photofinish"

// The stack's outputs.
const (
	OutputJam       = "JamId"
	OutputAPI       = "ApiUrl"       // what participants and organisers call: https://…/live
	OutputBoard     = "BoardUrl"     // the CDN in front of what is public
	OutputDashboard = "DashboardUrl" // for operators
	OutputTable     = "TableName"
	OutputShards    = "Shards"
	OutputToken     = "OrganizerToken" // the command that mints an organiser's token
)

// The stack's tags, by which a Jam's resources and its costs are found.
const (
	TagProject = "project"
	TagJam     = "jam" // the value is the Jam's id
	Project    = "photofinish"
)

// Stage is the name of the API's stage, the first element of its paths.
const Stage = "live"
