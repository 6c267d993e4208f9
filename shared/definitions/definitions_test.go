package definitions_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/definitions"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/faulty"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

var (
	secret = []byte("the secret of this Jam, 32 bytes")
	names  = ledger.KeysOf("test", 1)
)

const answer = "the butler did it"

func event() *jam.Event {
	text := jam.Text{"en": "x"}
	return &jam.Event{
		ID: "test", Name: text, Timezone: "UTC", StartsAt: jam.At(time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC)),
		Duration: jam.Duration(8 * time.Hour), Languages: []string{"en"}, Topics: []string{"a"},
		Challenges: []jam.Challenge{{
			ID: "c", Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text,
			Tasks: []jam.Task{
				{ID: "who", Points: 100, Check: jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{answer}}}},
				{ID: "own", Points: 10, Check: jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.PerTeam, Prefix: "pf-"}}},
			},
		}},
	}
}

// counted counts what is read of a store.
type counted struct {
	store.Store
	scans atomic.Int64
}

func (c *counted) Scan(ctx context.Context, partition, from, through string) iter.Seq2[store.Item, error] {
	c.scans.Add(1)
	return c.Store.Scan(ctx, partition, from, through)
}

func open(t *testing.T) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "jam.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func publish(t *testing.T, s store.Store, e *jam.Event) string {
	t.Helper()
	hash, err := definitions.NewSealed(s, names, secret).Publish(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// all are the items of a partition.
func all(t *testing.T, s store.Store, partition string) []store.Item {
	t.Helper()
	var items []store.Item
	for item, err := range s.Scan(t.Context(), partition, "", "~") {
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, item)
	}
	return items
}

func TestWhatWasPublishedIsReadByItsHashWholeAndWithoutAnswers(t *testing.T) {
	s := open(t)
	e := event()
	hash := publish(t, s, e)
	if hash != e.Hash(secret) {
		t.Errorf("published as %s, want %s", hash, e.Hash(secret))
	}
	whole, err := definitions.NewSealed(s, names, secret).Definition(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(e.Encode()), string(whole.Encode())); diff != "" {
		t.Errorf("the whole definition is another (-want +got):\n%s", diff)
	}
	public, err := definitions.NewPublished(s, names).Definition(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	if _, task, ok := public.Task("c/who"); !ok || len(task.Check.Answer.Accept) != 0 || task.Check.Answer.Digest == "" {
		t.Errorf("the published task's answer is %+v", task.Check.Answer)
	}
	if sum := sha256.Sum256(public.Encode()); hex.EncodeToString(sum[:]) != hash {
		t.Errorf("the published definition's hash is %x, want %s", sum, hash)
	}
}

func TestTheStoreHoldsNoAnswerThatCouldBeReadWithoutTheSecret(t *testing.T) {
	s := open(t)
	hash := publish(t, s, event())
	items := append(all(t, s, names.Sealed(hash, 0).Partition), all(t, s, names.Definition(hash, 0).Partition)...)
	if len(items) != 2 {
		t.Fatalf("%d items are stored, want both forms in one each", len(items))
	}
	for _, item := range items {
		if bytes.Contains(item.Body, []byte(answer)) {
			t.Errorf("%s tells the answer: %s", item.Key, item.Body)
		}
	}
}

func TestPublishingAgainChangesNothing(t *testing.T) {
	s := open(t)
	hash := publish(t, s, event())
	before := append(all(t, s, names.Sealed(hash, 0).Partition), all(t, s, names.Definition(hash, 0).Partition)...)
	if again := publish(t, s, event()); again != hash {
		t.Errorf("the second time its hash is %s, the first time %s", again, hash)
	}
	after := append(all(t, s, names.Sealed(hash, 0).Partition), all(t, s, names.Definition(hash, 0).Partition)...)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("publishing again changed the store:\n%s", diff)
	}
}

func TestADefinitionIsReadOnceHoweverManyAskAtOnce(t *testing.T) {
	db := open(t)
	hash := publish(t, db, event())
	for name, build := range map[string]func(store.Store) ledger.Definitions{
		"sealed":    func(s store.Store) ledger.Definitions { return definitions.NewSealed(s, names, secret) },
		"published": func(s store.Store) ledger.Definitions { return definitions.NewPublished(s, names) },
	} {
		t.Run(name, func(t *testing.T) {
			s := &counted{Store: db}
			d := build(s)
			var asking sync.WaitGroup
			for range 16 {
				asking.Go(func() {
					if e, err := d.Definition(t.Context(), hash); err != nil || e.ID != "test" {
						t.Errorf("got %v, %v", e, err)
					}
				})
			}
			asking.Wait()
			if n := s.scans.Load(); n != 1 {
				t.Errorf("it was read %d times, want once", n)
			}
		})
	}
}

func TestAFailedReadIsNotRemembered(t *testing.T) {
	db := open(t)
	hash := publish(t, db, event())
	s := faulty.New(db, 1, faulty.Odds{})
	for name, d := range map[string]ledger.Definitions{
		"sealed": definitions.NewSealed(s, names, secret), "published": definitions.NewPublished(s, names),
	} {
		s.NextReads(faulty.Unreadable)
		if _, err := d.Definition(t.Context(), hash); err == nil {
			t.Errorf("%s: an unreadable store gave a definition", name)
		}
		if _, err := d.Definition(t.Context(), hash); err != nil {
			t.Errorf("%s, the second time: %v", name, err)
		}
	}
}

func TestAPublishThatBrokeOffIsFinishedByItsRepetition(t *testing.T) {
	for name, faults := range map[string][]faulty.Fault{
		"the first form is lost":       {faulty.RequestLost},
		"the first form's reply":       {faulty.ReplyLost},
		"the second form is lost":      {faulty.None, faulty.RequestLost},
		"the second form's reply":      {faulty.None, faulty.ReplyLost},
		"throttled":                    {faulty.Throttled},
		"throttled at the second form": {faulty.None, faulty.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			s := faulty.New(open(t), 1, faulty.Odds{})
			d := definitions.NewSealed(s, names, secret)
			s.Next(faults...)
			if hash, err := d.Publish(t.Context(), event()); err == nil {
				t.Errorf("it is said to be published as %.12s", hash)
			}
			hash, err := d.Publish(t.Context(), event())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.Definition(t.Context(), hash); err != nil {
				t.Error(err)
			}
			if _, err := definitions.NewPublished(s, names).Definition(t.Context(), hash); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTwoWhoPublishTheSameAtOnceLeaveOneWholeDefinition(t *testing.T) {
	s := open(t)
	e := large(t)
	var publishing sync.WaitGroup
	for range 4 {
		publishing.Go(func() {
			if _, err := definitions.NewSealed(s, names, secret).Publish(t.Context(), e); err != nil {
				t.Error(err)
			}
		})
	}
	publishing.Wait()
	// Each sealed it under a nonce of its own, so parts of two could not be opened.
	if _, err := definitions.NewSealed(s, names, secret).Definition(t.Context(), e.Hash(secret)); err != nil {
		t.Error(err)
	}
}

func TestWhatWasPublishedOfADefinitionIsNotPublishedInItsPlace(t *testing.T) {
	s := open(t)
	public := event().Public(secret)
	if public.Hash(secret) != event().Hash(secret) {
		t.Fatal("the published form has a hash of its own; this test is about nothing")
	}
	_, err := definitions.NewSealed(s, names, secret).Publish(t.Context(), public)
	if err == nil || !strings.Contains(err.Error(), "c/who") {
		t.Errorf("got %v", err)
	}
	if n := len(all(t, s, names.Sealed("", 0).Partition)); n != 0 {
		t.Errorf("%d items were written", n)
	}
	hash := publish(t, s, event())
	whole, err := definitions.NewSealed(s, names, secret).Definition(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	if _, task, _ := whole.Task("c/who"); fmt.Sprint(task.Check.Answer.Accept) != "["+answer+"]" {
		t.Errorf("its answers are %v", task.Check.Answer.Accept)
	}
}
