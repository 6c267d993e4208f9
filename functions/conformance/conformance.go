// Package conformance is the suite that every deployment of the API passes: one machine and AWS alike. It knows a
// deployment by its address and an organiser's token, plays the quickstart in it in real time, and then holds what teams
// were told against the ledger that anybody can read.
//
// It guarantees that a reply which the OpenAPI document does not promise fails the test that got it, that every test has
// teams of its own, and that nothing is slept for that can be asked for. It asserts no wall-clock times: figures are
// printed. What needs a clock that the test sets, or a store that fails, is for the tests of the functions.
package conformance

import (
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions"
	"github.com/photofinish/photofinish/shared/api"
)

// Deployment is a running quickstart to be tested. Its http checks must be allowed to look at loopback.
type Deployment struct {
	URL       string // without a slash at its end
	HTTP      *http.Client
	Organizer string // an organiser's token
	// Gateway says that a gateway in front stamps what it receives.
	Gateway bool
	// Patience is how long sealing and looking may take before a test gives up.
	Patience time.Duration
	// Seed decides the order in which the crowd submits; 0 draws one. It is printed.
	Seed uint64
}

// rig is a deployment under test.
type rig struct {
	Deployment
	described *api.API // knows the document, and nothing behind it
	random    *rand.Rand
	keys      atomic.Int64
	told      []accepted // what the crowd was told
	prefix    string     // of this run's teams and keys, so that a suite can be run twice against one deployment
}

// Run plays the suite. The Jam may not have started yet; when it returns, the Jam runs, and its board is not frozen.
func Run(t *testing.T, d Deployment) {
	if d.Seed == 0 {
		d.Seed = rand.Uint64()
	}
	t.Logf("seed %d", d.Seed)
	r := &rig{
		Deployment: d, random: rand.New(rand.NewPCG(d.Seed, 1)),
		described: api.New(api.Options{Now: func() time.Time { return time.UnixMilli(0) }}),
	}
	functions.Register(r.described, functions.Deps{})
	r.prefix = r.word(5)

	r.start(t)
	for _, part := range []struct {
		name string
		play func(*rig, *testing.T)
	}{
		{"whoever asks wrongly is told what is wrong", (*rig).badRequests},
		{"a token opens what it is for and nothing else", (*rig).tokens},
		{"an answer is decided at once", (*rig).answers},
		{"a repeated key gives the first reply", (*rig).repeats},
		{"of five members at once one solves the task", (*rig).members},
		{"a clue is paid for once", (*rig).clues},
		{"settings are kept and checked", (*rig).settings},
		{"what is handed in is judged by a person", (*rig).handIns},
		{"a page is looked at until it answers as asked", (*rig).page},
		{"organisers announce and rule", (*rig).rulings},
		{"the board is cached by its ETag and packed", (*rig).boardReads},
		{"a crowd is ordered as it submits", (*rig).crowd},
		{"a freeze hides what comes after it, and a thaw shows it", (*rig).freeze},
		{"the crowd's submissions stand in the ledger as they were received", (*rig).sealed},
		{"why one team stands above another is told and proven", (*rig).finishes},
	} {
		if !t.Run(part.name, func(t *testing.T) { part.play(r, t) }) && t.Failed() {
			t.Logf("replay with seed %d", d.Seed)
		}
	}
}

// word draws a word of lower-case letters.
func (r *rig) word(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + r.random.IntN(26))
	}
	return string(b)
}
