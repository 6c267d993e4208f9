package server_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
)

// drawn opens a Jam of two teams whose secrets come from a reader, and reads what the folder then holds beside the database.
func drawn(t *testing.T, random io.Reader) (*rig, map[string]string) {
	t.Helper()
	r := &rig{t: t, data: t.TempDir(), now: start}
	o := r.options(definition(), api.NewTeam{Name: "Red"}, api.NewTeam{Name: "Blue"})
	o.Random = random
	s, err := server.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	r.server = s
	r.readTokens()
	files := map[string]string{}
	err = filepath.WalkDir(r.data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), "jam.db") {
			return err
		}
		b, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, r.data)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, files
}

func seeded(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func TestKeysAndTokensComeFromTheReaderThatIsGiven(t *testing.T) {
	_, one := drawn(t, seeded(1))
	_, again := drawn(t, seeded(1))
	_, other := drawn(t, seeded(2))
	_, fresh := drawn(t, nil)
	if !maps.Equal(one, again) {
		t.Errorf("the same reader made\n%v\nand then\n%v", one, again)
	}
	for _, file := range []string{"/keys/secret", "/keys/receipts", "/keys/checkpoints", "/tokens.csv"} {
		values := []string{one[file], other[file], fresh[file]}
		slices.Sort(values)
		if values[0] == "" || len(slices.Compact(values)) != 3 {
			t.Errorf("%s is not another one with another reader: %q", file, values)
		}
	}
}

func TestAKeyThatWasDrawnSignsWhatItsPublicKeyOpens(t *testing.T) {
	r, files := drawn(t, seeded(7))
	signer, err := note.NewSigner(strings.TrimSpace(files["/keys/checkpoints"]))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: "text\n"}, signer)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(r.server.Public)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(signed, note.VerifierList(verifier)); err != nil {
		t.Error(err)
	}
	if signer.Name() != ledger.CheckpointKeyName("rig") {
		t.Errorf("it is named %q", signer.Name())
	}
}

func TestTheSameRequestsGetTheSameRepliesFromTheSameReader(t *testing.T) {
	said := func(seed byte) string {
		r, _ := drawn(t, seeded(seed))
		var all strings.Builder
		for range 2 {
			w := r.call("red", http.MethodPost, "/v1/submissions", api.SubmissionRequest{Challenge: "c", Task: "answer", Answer: "no"})
			all.WriteString(w.Header().Get("Idempotency-Key") + w.Header().Get("Request-Id") + w.Body.String())
			r.pass(time.Second)
		}
		return all.String()
	}
	if a, b := said(1), said(1); a != b || !strings.Contains(a, "receipt") {
		t.Errorf("first\n%s\nand then\n%s", a, b)
	}
	if said(1) == said(2) {
		t.Error("another reader gave the same")
	}
}

func TestAReaderThatRunsOutMakesNoKey(t *testing.T) {
	for _, bytes := range []int{0, 31, 32, 63, 90} {
		r := &rig{t: t, data: t.TempDir(), now: start}
		o := r.options(definition())
		o.Random = strings.NewReader(strings.Repeat("x", bytes))
		s, err := server.Open(t.Context(), o)
		if err == nil {
			_ = s.Close()
			t.Errorf("%d bytes were enough for the keys", bytes)
		} else if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes: %v", bytes, err)
		}
	}
}

// counting counts commits on their way to the database.
type counting struct {
	store.Store
	commits int
}

func (c *counting) Commit(ctx context.Context, writes ...store.Write) error {
	c.commits++
	return c.Store.Commit(ctx, writes...)
}

func TestWhatIsPutBetweenSeesTheCommitsOfTheFunctions(t *testing.T) {
	r := &rig{t: t, data: t.TempDir(), now: start}
	o := server.Options{Data: r.data, Event: definition(), Now: r.clock, Log: slog.New(slog.DiscardHandler)}
	between := &counting{}
	o.Between = func(inner store.Store) store.Store {
		between.Store = inner
		return between
	}
	s, err := server.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if between.commits < 2 {
		t.Errorf("it saw %d commits", between.commits)
	}
}

func TestWhereNobodyLooksWhatIsToldIsJudgedOnce(t *testing.T) {
	r := &rig{t: t, data: t.TempDir(), now: start.Add(time.Minute)}
	o := r.options(definition(), api.NewTeam{Name: "Red"})
	o.Told = true
	s, err := server.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r.server = s
	r.readTokens()
	pressed := r.submit("red", "cluster", "").Submission
	r.pass(20 * time.Second)
	saw := bus.Looked{Jam: "rig", Team: "red", Submission: pressed.ID, Look: 2, Verdict: jam.Passed, BeganAt: jam.At(r.clock())}
	late := saw
	late.Look, late.Verdict, late.BeganAt = 1, jam.Failed, jam.At(r.clock().Add(-10*time.Second))
	for _, looked := range []bus.Looked{saw, saw, late} {
		if err := s.Judge(t.Context(), looked); err != nil {
			t.Fatal(err)
		}
	}
	row := r.board().Rows[0]
	if row.Score != 70 || row.LastScored != pressed.ID {
		t.Errorf("the board shows %+v", row)
	}
	for name, wrong := range map[string]bus.Looked{
		"another Jam":       {Jam: "other", Team: "red", Submission: pressed.ID, Look: 3, Verdict: jam.Passed},
		"another team":      {Jam: "rig", Team: "blue", Submission: pressed.ID, Look: 3, Verdict: jam.Passed},
		"no such press":     {Jam: "rig", Team: "red", Submission: jam.Stamp{Milli: 1}, Look: 3, Verdict: jam.Passed},
		"a look before all": {Jam: "rig", Team: "red", Submission: pressed.ID, Verdict: jam.Passed},
	} {
		if err := s.Judge(t.Context(), wrong); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
