package sequence_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions/sequence"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/certification"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/jamtest"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/telemetry"
)

var teams = map[string]string{"red": "Red", "blue": "Blue"}

func named(context.Context) (map[string]string, error) { return teams, nil }

// certifying is a sequencer that certifies, over a Jam that has ended.
func certifying(t *testing.T) *sealing {
	t.Helper()
	s := newSealing(t)
	s.Function.Certifier = &certification.Certifier{Ledger: s.Ledger, Names: named}
	return s
}

// certify ends the Jam and writes the certification down, without looking at what waits.
func (s *sealing) certify() {
	s.Helper()
	s.Pass(2 * time.Hour)
	s.Append("", func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.ChangeClock(now.Jam, rules.Change{Op: rules.OpCertify}, "desk", at)
	})
}

// certificate is a certificate as a reader knows it.
type certificate struct {
	Signed string
	ledger.Checkpoint
}

func (s *sealing) known(r *ledger.Reader) (certificate, bool) {
	s.Helper()
	signed, c, found, err := r.Certificate(s.Context())
	if err != nil {
		s.Error(err)
	}
	return certificate{signed, c}, found
}

// certificate reads it anew.
func (s *sealing) certificate() (certificate, bool) {
	s.Helper()
	return s.known(ledger.NewReader(s.Store, "test", 1))
}

func judgedAs(s *sealing, e rules.Entry, v jam.Verdict) {
	s.Helper()
	s.Append(e.Team, func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Judge(now.Situation, now.Team, e, rules.Look{Number: 1, Verdict: v}, at)
	})
}

func TestTheCertificateIsSignedOnceTheCloseIsSealedAndHoldsTheBoardsHash(t *testing.T) {
	s := certifying(t)
	judgedAs(s, s.Submit("red", jamtest.Essay), jam.Passed)
	s.certify()
	for range 59 { // 30 s of notice, and 30 s of settling
		s.Pass(time.Second)
		s.seal()
		if _, found := s.certificate(); found {
			t.Fatal("it is signed before its close can be sealed")
		}
	}
	s.Pass(time.Second)
	s.seal(`"msg":"certified"`)
	c, found := s.certificate()
	if !found {
		t.Fatal("it is not signed")
	}
	r := ledger.NewReader(s.Store, "test", 1)
	if err := r.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	f, err := live.SealedFold(t.Context(), s.Ledger, r, c.Block, teams)
	if err != nil {
		t.Fatal(err)
	}
	want, err := ledger.CheckpointOf("test", r.Newest())
	if err != nil {
		t.Fatal(err)
	}
	if want = want.Certifying(f.Render(board.Meta{Jam: "test"})); c.Checkpoint != want {
		t.Errorf("%+v; want %+v", c.Checkpoint, want)
	}
	for range 10 {
		s.Pass(time.Minute)
		s.seal()
		if strings.Contains(s.log.String(), `"msg":"certified"`) {
			t.Error("it is certified again")
		}
	}
	if again, _ := s.certificate(); again != c {
		t.Errorf("%+v became %+v", c, again)
	}
}

func TestOfRivalsOneSignsAndAllKnowItsCertificate(t *testing.T) {
	s := certifying(t)
	s.certify()
	s.Pass(5 * time.Minute)
	rivals := make([]*sequence.Function, 8)
	readers := make([]*ledger.Reader, len(rivals))
	var signed []string
	var mu sync.Mutex
	for i := range rivals {
		readers[i] = ledger.NewReader(s.Store, "test", 1)
		sealer := &ledger.Sealer{Reader: readers[i], Signer: newSigner(t), Now: s.Now} // with keys of their own, to tell them apart
		rivals[i] = sequence.New(sealer, telemetry.NewLogger(&lockedWriter{}, slog.LevelInfo), nil)
		rivals[i].Certifier = &certification.Certifier{Ledger: s.Ledger, Names: named}
	}
	var runs sync.WaitGroup
	for i, f := range rivals {
		runs.Go(func() {
			if _, err := f.Handle(t.Context()); err != nil {
				t.Error(err)
			}
			c, found := s.known(readers[i])
			if !found {
				t.Error("a rival knows none")
			}
			mu.Lock()
			defer mu.Unlock()
			signed = append(signed, c.Signed)
		})
	}
	runs.Wait()
	c, found := s.certificate()
	for _, other := range signed {
		if !found || other != c.Signed {
			t.Errorf("a rival knows another: %s", other)
		}
	}
}

// lockedWriter takes what is written, from anyone.
type lockedWriter struct{ mu sync.Mutex }

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(b), nil
}

// dying is a store that a process reaches for the last time when it puts the certificate: before it is written, or after.
type dying struct {
	store.Store
	key   store.Key
	after bool
}

var errDied = errors.New("the process died")

func (d *dying) Commit(ctx context.Context, writes ...store.Write) error {
	if writes[0].Key != d.key {
		return d.Store.Commit(ctx, writes...)
	}
	if d.after {
		if err := d.Store.Commit(ctx, writes...); err != nil {
			return err
		}
	}
	return errDied
}

func TestAfterACrashTheNextRunSignsWhatIsNotSigned(t *testing.T) {
	for name, after := range map[string]bool{"before the put": false, "after the put": true} {
		t.Run(name, func(t *testing.T) {
			s := certifying(t)
			s.certify()
			s.Pass(5 * time.Minute)
			reader := ledger.NewReader(&dying{Store: s.Store, key: s.Ledger.Keys().Certificate(), after: after}, "test", 1)
			f := sequence.New(&ledger.Sealer{Reader: reader, Signer: newSigner(t), Now: s.Now}, slog.New(slog.DiscardHandler), nil)
			f.Certifier = &certification.Certifier{Ledger: s.Ledger, Names: named}
			if _, err := f.Handle(t.Context()); !errors.Is(err, errDied) {
				t.Fatalf("%v", err)
			}
			left, found := s.certificate()
			if found != after {
				t.Fatalf("a certificate was left: %v", found)
			}
			s.seal()
			if c, found := s.certificate(); !found || after && c != left {
				t.Errorf("%v, %+v; left was %+v", found, c, left)
			}
		})
	}
}

func TestNothingIsSignedWhileSomethingWaitsAndEveryRunSaysSo(t *testing.T) {
	s := certifying(t)
	essay := s.Submit("red", jamtest.Essay)
	s.certify()
	s.Pass(5 * time.Minute)
	for range 3 {
		s.seal(`"level":"ERROR","msg":"not certified: a submission has no verdict"`, essay.Stamp.String(), `"team":"red"`)
		if _, found := s.certificate(); found {
			t.Error("it is signed")
		}
		s.Pass(time.Minute)
	}
}

func TestNamesThatCannotBeReadHoldUpTheCertificateAndNotTheSealing(t *testing.T) {
	s := certifying(t)
	away := errors.New("the roster is away")
	s.Function.Certifier.Names = func(context.Context) (map[string]string, error) { return nil, away }
	s.certify()
	s.Pass(5 * time.Minute)
	if done, err := s.Handle(t.Context()); !errors.Is(err, away) || done.Blocks == 0 {
		t.Errorf("%+v, %v", done, err)
	}
	s.Function.Certifier.Names = named
	s.seal(`"msg":"certified"`)
}

func TestACloseThatIsSetForLaterIsReachedByABlockOfItsOwn(t *testing.T) {
	s := certifying(t)
	s.Pass(2 * time.Hour)
	closes := s.Now().Add(3 * time.Hour)
	s.Append("", func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.ChangeClock(now.Jam, rules.Change{Op: rules.OpCertify, From: closes.UnixMilli()}, "desk", at)
	})
	for s.Now().Before(closes.Add(ledger.Settle)) {
		s.seal()
		if _, found := s.certificate(); found {
			t.Fatal("it is signed before its close can be sealed")
		}
		s.Pass(time.Minute)
	}
	s.seal(`"msg":"certified"`)
	if c, found := s.certificate(); !found || c.Through.Milli < closes.UnixMilli() {
		t.Errorf("%v, %+v", found, c)
	}
}

func TestASequencerThatCertifiesNothingSealsAsEver(t *testing.T) {
	s := newSealing(t)
	s.certify()
	s.Pass(5 * time.Minute)
	if done := s.seal(); done.Entries == 0 {
		t.Errorf("%+v", done)
	}
	if _, found := s.certificate(); found {
		t.Error("it is signed")
	}
}

// closeless is a store from which nobody learns when the ledger closes.
type closeless struct {
	store.Store
	key store.Key
}

var errAway = errors.New("the Jam's state is away")

func (c *closeless) Get(ctx context.Context, keys ...store.Key) (map[store.Key]store.Item, error) {
	if slices.Contains(keys, c.key) {
		return nil, errAway
	}
	return c.Store.Get(ctx, keys...)
}

func TestABlockThatMayReachACloseWhichCannotBeLearnedLooksBack(t *testing.T) {
	s := certifying(t)
	s.certify()
	blind := ledger.New(ledger.Config{Jam: "test", Store: &closeless{s.Store, s.Ledger.Keys().State("")}, Now: s.Now}, 1)
	reader := ledger.NewReader(s.Store, "test", 1)
	f := sequence.New(&ledger.Sealer{Reader: reader, Signer: newSigner(t), Now: s.Now}, slog.New(slog.DiscardHandler), nil)
	f.Certifier = &certification.Certifier{Ledger: blind, Names: named}
	runs := func(after time.Duration) {
		t.Helper()
		s.Pass(after)
		if done, err := f.Handle(t.Context()); !errors.Is(err, errAway) {
			t.Fatalf("%+v, %v", done, err)
		}
	}
	runs(10 * time.Second)
	runs(10 * time.Second) // and looks back, as every minute
	const late = 45 * time.Second
	s.Pass(-late)
	s.Append("", func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Announce(now.Jam, "late", "desk", at)
	})
	s.Pass(late)
	s.Append("", func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Announce(now.Jam, "in time", "desk", at)
	})
	runs(41 * time.Second)
	s.seal(`"msg":"certified"`)
	c, found := s.certificate()
	const want = 6 // the opening, two teams, the close, and what was said
	if !found || c.Tree.N != want {
		t.Errorf("certified is a tree of %d entries (%t), want %d", c.Tree.N, found, want)
	}
}
