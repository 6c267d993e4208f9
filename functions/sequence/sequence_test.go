package sequence_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/functions/sequence"
	"github.com/photofinish/photofinish/shared/jamtest"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// sealing is a Jam and the sequencer's function over it.
type sealing struct {
	*jamtest.Jam
	*sequence.Function
	log bytes.Buffer
}

func newSealing(t *testing.T) *sealing {
	t.Helper()
	s := &sealing{Jam: jamtest.New(t, jamtest.Event())}
	sealer := &ledger.Sealer{Reader: ledger.NewReader(s.Store, "test", 1), Signer: newSigner(t), Now: s.Now}
	s.Function = sequence.New(sealer, telemetry.NewLogger(&s.log, slog.LevelDebug), &telemetry.Metrics{Namespace: "Photofinish", Jam: "test"})
	return s
}

// newSigner signs checkpoints with a key that nobody else has.
func newSigner(t *testing.T) note.Signer {
	t.Helper()
	private, _, err := note.GenerateKey(rand.Reader, ledger.CheckpointKeyName("test"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// seal runs once, and holds that the log has these parts and no others of these.
func (s *sealing) seal(parts ...string) ledger.Sealed {
	s.Helper()
	s.log.Reset()
	done, err := s.Handle(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	for _, part := range parts {
		if !strings.Contains(s.log.String(), part) {
			s.Errorf("the log lacks %s: %s", part, &s.log)
		}
	}
	return done
}

func TestARunSealsWhatHasSettledAndTellsHowTheOrderIs(t *testing.T) {
	s := newSealing(t)
	s.Pass(ledger.Settle + time.Second)
	if done := s.seal(`"SealedEntries":3`, `"LateEntries":0`, `"StoreSkew":0`, `"SealLag":0`); done.Blocks != 1 || done.Entries != 3 {
		t.Errorf("%+v; want the opening and two teams", done)
	}
	s.Submit("red", jamtest.Page)
	s.Pass(7 * time.Second)
	if done := s.seal(`"SealedEntries":0`, `"SealLag":7000`); done.Blocks != 0 {
		t.Errorf("%+v", done)
	}
	s.Pass(ledger.Settle)
	if done := s.seal(`"SealedEntries":1`, `"SealLag":0`, `"msg":"sealed"`); done.Blocks != 1 {
		t.Errorf("%+v", done)
	}
	if done := s.seal(`"SealedEntries":0`); done.Blocks != 0 {
		t.Errorf("%+v", done)
	}
}

func TestAnEntryThatCameLateIsAnErrorInTheLogAndInItsMetric(t *testing.T) {
	s := newSealing(t)
	s.Pass(ledger.Settle + 10*time.Second)
	s.Submit("blue", jamtest.Page)
	s.Pass(ledger.Settle + 10*time.Second)
	s.seal(`"LateEntries":0`)
	s.Pass(-time.Minute) // a machine whose clock is wrong
	late := s.Submit("red", jamtest.Page)
	s.Pass(5 * time.Minute)
	if done := s.seal(`"LateEntries":1`, `"level":"ERROR","msg":"late entry","stamp":"`+late.Stamp.String()); len(done.Late) != 1 {
		t.Errorf("%+v", done)
	}
}

func TestAClockThatIsWrongSealsNothingAndIsTold(t *testing.T) {
	s := newSealing(t)
	s.Pass(time.Hour)
	s.Store.Skew(5 * time.Second)
	done, err := s.Handle(t.Context())
	if !errors.Is(err, ledger.ErrSkew) || !strings.Contains(err.Error(), "set this machine's clock right") || done.Blocks != 0 {
		t.Errorf("%+v, %v", done, err)
	}
	if !strings.Contains(s.log.String(), `"StoreSkew":5000`) {
		t.Errorf("the log says %s", &s.log)
	}
}

func TestARunThatFailsIsMeasuredAllTheSameAndTheNextGoesOn(t *testing.T) {
	s := newSealing(t)
	s.Pass(time.Hour)
	s.Store.Fail(errors.New("the store is away"))
	if _, err := s.Handle(t.Context()); err == nil {
		t.Error("no error")
	}
	if !strings.Contains(s.log.String(), `"SealedEntries":0`) {
		t.Errorf("the log says %s", &s.log)
	}
	s.Store.Fail(nil)
	s.seal(`"SealedEntries":3`)
}

func TestRunsAtOnceSealEachEntryOnce(t *testing.T) {
	s := newSealing(t)
	s.Pass(time.Hour)
	var mu sync.Mutex
	entries := 0
	var runs sync.WaitGroup
	for range 8 {
		runs.Go(func() {
			done, err := s.Handle(t.Context())
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			entries += done.Entries
		})
	}
	runs.Wait()
	if entries != 3 {
		t.Errorf("%d entries were sealed, of 3", entries)
	}
}
