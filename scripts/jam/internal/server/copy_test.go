package server_test

import (
	"context"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// readOnly opens the rig's folder to be read only, in place of the server that wrote it.
func (r *rig) readOnly() {
	r.t.Helper()
	s, err := server.OpenReadOnly(context.Background(), r.options(nil))
	if err != nil {
		r.t.Fatal(err)
	}
	r.server = s
}

// bytesOf is what a path answers, and its tag.
func (r *rig) bytesOf(who, path string) string {
	r.t.Helper()
	w := r.call(who, http.MethodGet, path, nil)
	if w.Code != http.StatusOK {
		r.t.Fatalf("GET %s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

// contents is every file of a folder but what SQLite keeps beside a file for its readers.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "-shm") || strings.HasSuffix(path, "-wal") {
			return err
		}
		b, err := os.ReadFile(path)
		files[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestAFolderServedReadOnlyAnswersAsTheServerDidThatWroteItAndChangesNothing(t *testing.T) {
	r := newRig(t)
	passed := r.submit("red", "answer", "yes").Submission.ID
	r.submit("blue", "answer", "yes")
	r.settle()
	r.submit("green", "second", "yes") // of which no block knows yet
	paths := map[string]string{
		"/v1/board": "", "/v1/board/graph": "", "/v1/board/first-solves": "", "/v1/ledger/feed?since=0": "",
		"/v1/ledger/checkpoint": "", "/v1/ledger/blocks/1": "", "/v1/ledger/proofs/" + passed.String(): "red", "/v1/team": "red",
		"/v1/submissions": "red", "/v1/organizer/teams": "desk", "/v1/organizer/export": "desk", "/v1/jam": "",
	}
	before := map[string]string{}
	for path, who := range paths {
		before[path] = r.bytesOf(who, path)
	}
	r.close()
	files := contents(t, r.data)
	r.readOnly()
	for path, who := range paths {
		if got := r.bytesOf(who, path); got != before[path] {
			t.Errorf("GET %s answered\n%.300s\nand now\n%.300s", path, before[path], got)
		}
	}
	for path, who := range map[string]string{"/v1/submissions": "red", "/v1/organizer/clock": "desk", "/v1/organizer/teams": "desk"} {
		w := r.call(who, http.MethodPost, path, map[string]string{})
		if w.Code != http.StatusMethodNotAllowed || !strings.Contains(w.Body.String(), "copy of the ledger") {
			t.Errorf("POST %s: %d %s", path, w.Code, w.Body)
		}
	}
	r.close()
	after := contents(t, r.data)
	for path, was := range files {
		if after[path] != was {
			t.Errorf("%s was changed", path)
		}
		delete(after, path)
	}
	for path := range after {
		t.Errorf("%s was added", path)
	}
	r.open(nil) // and this machine's own Jam goes on
	r.submit("red", "second", "yes")
}

func TestACopyDoesNotInventATeamsOwnAnswers(t *testing.T) {
	event := definition()
	event.Challenges[0].Tasks = append(event.Challenges[0].Tasks,
		jam.Task{ID: "own", Points: 5, Check: jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.PerTeam, Prefix: "pf-"}}})
	event.Challenges[0].Material = []jam.Material{{Name: "trace.txt", Text: `trace={{answer "own"}}`}}
	r := newRigOf(t, event, api.NewTeam{Name: "Red"})
	if text := r.bytesOf("red", "/v1/challenges/c"); strings.Contains(text, "trace=pf-…") || !strings.Contains(text, "trace=pf-") {
		t.Fatalf("the server that has the secret shows %s", text)
	}
	r.close()
	r.readOnly()
	if text := r.bytesOf("red", "/v1/challenges/c"); !strings.Contains(text, "trace=pf-…") {
		t.Errorf("without the secret it is %s", text)
	}
}

func TestAFolderThatCannotBeServedReadOnlySaysWhatToDoAndIsLeftToOthers(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, data string) string // the folder to open
		says  []string
	}{
		"of no Jam": {func(t *testing.T, _ string) string { return t.TempDir() }, []string{"holds no Jam", "--data"}},
		"that is not there": {func(t *testing.T, data string) string { return filepath.Join(data, "none") },
			[]string{"holds no Jam", "--data"}},
		"with a broken label": {func(t *testing.T, data string) string {
			overwrite(t, filepath.Join(data, "jam.json"), "{")
			return data
		}, []string{"jam.json", "restore it"}},
		"without its database": {func(t *testing.T, data string) string {
			remove(t, filepath.Join(data, "jam.db"), filepath.Join(data, "jam.db-wal"))
			return data
		}, []string{"no such file"}},
		"with nothing pulled yet": {func(t *testing.T, _ string) string {
			data := t.TempDir()
			db, err := server.Adopt(t.Context(), data, "far", 1)
			if err != nil {
				t.Fatal(err)
			}
			_ = db.Close()
			return data
		}, []string{"lacks the entry that opened the Jam", "pull it again"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.close()
			o := r.options(nil)
			o.Data = c.spoil(t, r.data)
			for range 2 {
				s, err := server.OpenReadOnly(t.Context(), o)
				if err == nil {
					_ = s.Close()
					t.Fatal("it opened")
				}
				for _, want := range c.says {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("the error is %q; want %q in it", err, want)
					}
				}
			}
			if h, err := server.Held(o.Data); err == nil && h.Jam == "far" { // and nothing is left locked
				db, err := server.Adopt(t.Context(), o.Data, "far", 1)
				if err != nil {
					t.Fatal(err)
				}
				_ = db.Close()
			}
		})
	}
}

func TestACopyIsAdoptedOnceAndOnlyForItsOwnJam(t *testing.T) {
	data := filepath.Join(t.TempDir(), "new", "data")
	adopt := func(jamID string, shards int, says ...string) {
		t.Helper()
		db, err := server.Adopt(t.Context(), data, jamID, shards)
		if err == nil {
			_ = db.Close()
		}
		if (err == nil) != (len(says) == 0) {
			t.Errorf("adopt %s with %d shards: %v", jamID, shards, err)
			return
		}
		for _, want := range says {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error is %q; want %q in it", err, want)
			}
		}
	}
	adopt("finals", 4)
	adopt("finals", 4) // gone on with
	adopt("heats", 4, `a copy of "finals"`, "another --data")
	adopt("finals", 1, "with 4 shards and not 1", "another --data")
	if h, err := server.Held(data); err != nil || h.Jam != "finals" {
		t.Errorf("the folder holds %+v, %v", h, err)
	}

	own := newRig(t)
	own.close()
	data = own.data
	adopt("rig", 1, "a Jam of this machine", "another --data")
	own.open(nil)

	data = filepath.Join(t.TempDir(), "file")
	overwrite(t, data, "")
	adopt("finals", 1, "a file of that name")
}

func TestACopyIsNotGoneOnWithAsAJam(t *testing.T) {
	r := &rig{t: t, data: t.TempDir(), now: start}
	db, err := server.Adopt(t.Context(), r.data, "rig", 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Commit(t.Context(), store.PutAbsent(store.Key{Partition: "rig#note", Sort: "x"}, nil)); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	r.openFails(r.options(definition()), `a copy of "rig"`, "--read-only")
}

func TestACopyOfARunningJamShowsWhatWasPulledAndKnowsTheTime(t *testing.T) {
	r := newRig(t)
	r.submit("red", "answer", "yes")
	r.settle()
	r.close()
	r.readOnly()
	defer r.close()
	r.at(start.Add(3 * time.Hour)) // the Jam is over
	clock, err := r.server.Clock(t.Context())
	if err != nil || clock.Phase != rules.Over {
		t.Errorf("the clock says %+v, %v", clock, err)
	}
	if got := row(r.board(), "red"); got.Score != 120 {
		t.Errorf("the board shows %+v", got)
	}
	if entries, blocks := r.server.Sealed(); entries != 5 || blocks < 1 {
		t.Errorf("%d entries in %d blocks", entries, blocks)
	}
	verifier, err := note.NewVerifier(r.server.Public)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.OpenCheckpoint(want[checkpointReply](r, "", http.MethodGet, "/v1/ledger/checkpoint", nil).Checkpoint, verifier); err != nil {
		t.Errorf("its checkpoint does not open under the key that it tells: %v", err)
	}
}
