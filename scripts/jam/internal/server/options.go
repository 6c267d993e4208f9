package server

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"time"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/store"
)

// Options are what a server is opened with.
type Options struct {
	Data string // the data folder; made if it is not there
	// Event is the definition that a new Jam is opened with. A Jam that is resumed goes by the one in its data folder;
	// Event may then be nil.
	Event    *jam.Event
	EventDir string // where Event was read from
	StartNow bool   // a new Jam starts at once, whatever its definition says
	Teams    []api.NewTeam
	Loopback bool // http checks may dial loopback
	Beside   bool // OpenReadOnly: another process may have the folder in use; what is read is as it was when it was opened
	Unsigned bool // replies carry no receipts; only for measuring what those cost
	Now      func() time.Time
	Log      *slog.Logger
	// Random is where keys, tokens, salts, requests' names and the keys that clients did not choose come from; nil is
	// crypto/rand. One that is given is read by one goroutine at a time as long as requests come one at a time, and teams
	// then join one after the other: with a clock to match, the Jam is the same byte for byte.
	Random io.Reader
	// Pause waits between two tries of a commit; nil waits by the real clock.
	Pause func(context.Context, time.Duration) error
	// Between, if set, is put between the functions and the database. Sealing reads and writes the database itself.
	Between func(store.Store) store.Store
	// Relaxed lets no commit wait for the disk: a power cut may lose the newest ones, and Close makes all of them durable.
	Relaxed bool
	// Told says that nobody looks by itself: whoever opened the server tells what looks saw, with Judge.
	Told bool
}

// random is where what must not be guessed comes from.
func (o *Options) random() io.Reader {
	if o.Random == nil {
		return rand.Reader
	}
	return o.Random
}
