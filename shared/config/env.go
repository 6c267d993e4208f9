package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/photofinish/photofinish/shared/jam"
)

// The environment variables of functions.
const (
	EnvJam           = "PHOTOFINISH_JAM"
	EnvTable         = "PHOTOFINISH_TABLE"
	EnvShards        = "PHOTOFINISH_SHARDS"              // K of the ledger
	EnvMaster        = "PHOTOFINISH_MASTER"              // ARN of the master secret
	EnvCheckpointKey = "PHOTOFINISH_CHECKPOINT_KEY"      // ARN of the KMS key that signs checkpoints
	EnvVerifier      = "PHOTOFINISH_CHECKPOINT_VERIFIER" // the verifier key of checkpoints
	EnvBus           = "PHOTOFINISH_BUS"                 // name of the event bus
	EnvJudgeQueue    = "PHOTOFINISH_JUDGE_QUEUE"         // URL
	EnvQueuePrefix   = "PHOTOFINISH_QUEUE_"              // + the kind in capitals: URL of that kind's verification queue
	EnvKind          = "PHOTOFINISH_KIND"                // verify: the kind of check
	EnvLoopback      = "PHOTOFINISH_ALLOW_LOOPBACK"      // "yes": http checks may dial loopback; for one machine and tests only
)

// EnvQueue is the variable that holds the URL of a kind's verification queue.
func EnvQueue(kind jam.Kind) string { return EnvQueuePrefix + strings.ToUpper(string(kind)) }

// Env reads variables and remembers which are missing or wrong, so that all are told at once.
type Env struct {
	lookup func(string) (string, bool)
	wrong  []string
}

// From reads variables with lookup, os.LookupEnv for instance.
func From(lookup func(string) (string, bool)) *Env { return &Env{lookup: lookup} }

// Text is a variable that must be set.
func (e *Env) Text(name string) string {
	v, ok := e.lookup(name)
	if !ok || v == "" {
		e.wrong = append(e.wrong, name+" is not set")
	}
	return v
}

// Count is a variable that must be a number of at least 1.
func (e *Env) Count(name string) int {
	text := e.Text(name)
	n, err := strconv.Atoi(text)
	if text != "" && (err != nil || n < 1) {
		e.wrong = append(e.wrong, fmt.Sprintf("%s is %q, want a number of at least 1", name, text))
	}
	return n
}

// Yes tells whether an optional variable is "yes". Anything else but nothing and "no" is wrong.
func (e *Env) Yes(name string) bool {
	switch v, _ := e.lookup(name); v {
	case "yes":
		return true
	case "", "no":
		return false
	default:
		e.wrong = append(e.wrong, fmt.Sprintf("%s is %q, want yes or no", name, v))
		return false
	}
}

// Queues are the URLs of the verification queues, by kind. Each of the kinds must be there.
func (e *Env) Queues(kinds ...jam.Kind) map[jam.Kind]string {
	all := make(map[jam.Kind]string, len(kinds))
	for _, k := range kinds {
		all[k] = e.Text(EnvQueue(k))
	}
	return all
}

// Err names everything that was missing or wrong; nil if nothing.
func (e *Env) Err() error {
	if len(e.wrong) == 0 {
		return nil
	}
	return fmt.Errorf("the function's environment: %s", strings.Join(e.wrong, "; "))
}
