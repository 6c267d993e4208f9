package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	zombiezen "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

// held is the environment variable that makes this test's binary a process that holds a data folder.
const held = "PHOTOFINISH_TEST_HOLD"

func TestMain(m *testing.M) {
	data := os.Getenv(held)
	if data == "" {
		os.Exit(m.Run())
	}
	r := &rig{data: data, now: start}
	s, err := server.Open(context.Background(), r.options(definition()))
	fmt.Println("open:", err)
	if err == nil {
		time.Sleep(time.Minute) // until it is killed
		_ = s.Close()
	}
}

func overwrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
}

// openFails opens the rig's folder, which must not work, and holds that the error says what to do.
func (r *rig) openFails(o server.Options, says ...string) error {
	r.t.Helper()
	s, err := server.Open(context.Background(), o)
	if err == nil {
		_ = s.Close()
		r.t.Fatal("it opened")
	}
	for _, want := range says {
		if !strings.Contains(err.Error(), want) {
			r.t.Errorf("the error is %q; want %q in it", err, want)
		}
	}
	return err
}

func TestADataFolderThatCannotBeUsedSaysWhatToDo(t *testing.T) {
	other := definition()
	other.ID = "another"
	for name, c := range map[string]struct {
		spoil func(t *testing.T, r *rig, o *server.Options)
		says  []string
	}{
		"of another version": {func(t *testing.T, r *rig, _ *server.Options) {
			conn, err := zombiezen.OpenConn(filepath.Join(r.data, "jam.db"), zombiezen.OpenReadWrite)
			if err == nil {
				err = errors.Join(sqlitex.ExecuteTransient(conn, "PRAGMA user_version = 7", nil), conn.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
		}, []string{"version 7", "run the version of Photofinish that wrote it"}},
		"not a database": {func(t *testing.T, r *rig, _ *server.Options) {
			remove(t, filepath.Join(r.data, "jam.db-wal"), filepath.Join(r.data, "jam.db-shm"))
			overwrite(t, filepath.Join(r.data, "jam.db"), "remember the milk\n")
		}, []string{"not made by Photofinish", "move the file away"}},
		"of another Jam": {func(_ *testing.T, _ *rig, o *server.Options) { o.Event = other },
			[]string{`holds the Jam "rig", not "another"`, "another --data"}},
		"of no Jam": {func(t *testing.T, r *rig, o *server.Options) { o.Data, o.Event = t.TempDir(), nil },
			[]string{"holds no Jam", "--event"}},
		"with a broken label": {func(t *testing.T, r *rig, _ *server.Options) { overwrite(t, filepath.Join(r.data, "jam.json"), "{") },
			[]string{"jam.json", "restore it"}},
		"without its receipt key": {func(t *testing.T, r *rig, _ *server.Options) { remove(t, filepath.Join(r.data, "keys", "receipts")) },
			[]string{filepath.Join("keys", "receipts") + " is gone", "restore it from a backup"}},
		"without its checkpoint key": {func(t *testing.T, r *rig, _ *server.Options) { remove(t, filepath.Join(r.data, "keys", "checkpoints")) },
			[]string{filepath.Join("keys", "checkpoints") + " is gone", "restore it from a backup"}},
		"without its secret": {func(t *testing.T, r *rig, _ *server.Options) { remove(t, filepath.Join(r.data, "keys", "secret")) },
			[]string{filepath.Join("keys", "secret") + " is gone", "restore it from a backup"}},
		"without any key": {func(t *testing.T, r *rig, _ *server.Options) { remove(t, filepath.Join(r.data, "keys")) },
			[]string{"is gone", "restore it from a backup"}},
		"with a damaged secret": {func(t *testing.T, r *rig, _ *server.Options) {
			overwrite(t, filepath.Join(r.data, "keys", "secret"), "0123")
		}, []string{"32 bytes of hex", "restore it"}},
		"with a key of another Jam": {func(t *testing.T, r *rig, _ *server.Options) {
			b, err := os.ReadFile(filepath.Join(r.data, "keys", "checkpoints"))
			if err != nil {
				t.Fatal(err)
			}
			overwrite(t, filepath.Join(r.data, "keys", "receipts"), string(b))
		}, []string{`does not hold the key "photofinish/rig/receipts"`, "restore it"}},
		"without its definition": {func(t *testing.T, r *rig, _ *server.Options) { remove(t, filepath.Join(r.data, "definitions")) },
			[]string{"definitions", "is gone", "restore it from a backup"}},
		"with a definition that is cut off": {func(t *testing.T, r *rig, _ *server.Options) {
			files, err := filepath.Glob(filepath.Join(r.data, "definitions", "*.json"))
			if err != nil || len(files) != 1 {
				t.Fatal(files, err)
			}
			if err := os.Truncate(files[0], 100); err != nil {
				t.Fatal(err)
			}
		}, []string{"definitions", "restore it from a backup"}},
		"with a broken list of tokens": {func(t *testing.T, r *rig, _ *server.Options) {
			overwrite(t, server.TokensOf(r.data), "role,id,name,token\nteam,red\n")
		}, []string{"tokens.csv", "line 2", "move it away"}},
		"with a team in tokens.csv that cannot join": {func(t *testing.T, r *rig, _ *server.Options) {
			list, err := tokens.Read(server.TokensOf(r.data))
			if err == nil {
				list = append(list, tokens.Token{Role: tokens.Team, ID: "red-2", Name: "RED", Token: "red-2." + strings.Repeat("x", 32)})
				err = tokens.Write(server.TokensOf(r.data), list)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, []string{"tokens.csv", `called "Red" already`, "remove its line"}},
		"that is a file": {func(t *testing.T, r *rig, o *server.Options) {
			o.Data = filepath.Join(t.TempDir(), "file")
			overwrite(t, o.Data, "")
		}, []string{"a file of that name", "another --data"}},
		"below a file": {func(t *testing.T, r *rig, o *server.Options) {
			file := filepath.Join(t.TempDir(), "file")
			overwrite(t, file, "")
			o.Data = filepath.Join(file, "data")
		}, []string{"a file of that name", "another --data"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.submit("red", "answer", "yes")
			r.close()
			o := r.options(nil)
			c.spoil(t, r, &o)
			r.openFails(o, c.says...)
		})
	}
}

func TestADataFolderIsUsedByOneProcessAtATime(t *testing.T) {
	data := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), held+"="+data)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "open: <nil>\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	r := &rig{t: t, data: data, now: start}
	err = r.openFails(r.options(definition()), fmt.Sprintf("process %d", cmd.Process.Pid), "stop that process first")
	if !errors.Is(err, sqlite.ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	r.open(nil)
	r.close()
}

// mounted is a folder of its own file system, which only the superuser can make.
func mounted(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", options, "photofinish", dir).CombinedOutput(); err != nil {
		t.Skipf("a file system cannot be mounted here: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.CommandContext(context.Background(), "umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir
}

func remount(t *testing.T, dir, options string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "mount", "-o", "remount,"+options, dir).CombinedOutput(); err != nil {
		t.Fatalf("remount: %v %s", err, out)
	}
}

func TestAReadOnlyFolderSaysThatItMustBeWritable(t *testing.T) {
	r := &rig{t: t, data: mounted(t, "size=8m"), now: start.Add(-time.Hour)}
	remount(t, r.data, "ro")
	r.openFails(r.options(definition()), "cannot be written", "another --data")
	remount(t, r.data, "rw")
	r.open(definition())
	r.close()
	remount(t, r.data, "ro")
	r.openFails(r.options(nil), r.data, "allow writing")
	remount(t, r.data, "rw")
	r.open(nil)
	r.close()
}

func TestAFullDiskRefusesAndGoesOnByItselfOnceThereIsSpace(t *testing.T) {
	r := &rig{t: t, data: mounted(t, "size=16k"), now: start.Add(-time.Hour)}
	r.openFails(r.options(definition()), "the disk", "full", "make space")
	remount(t, r.data, "size=512k")
	r.open(definition(), api.NewTeam{Name: "Red"})
	defer r.close()
	r.at(start.Add(time.Minute))
	// The Jam's time runs a hundredfold, so that nobody waits the eight seconds for which a commit is tried.
	ran := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(ran)
		for ctx.Err() == nil {
			time.Sleep(time.Millisecond)
			r.pass(100 * time.Millisecond)
		}
	}()
	acknowledged, refused := 0, ""
	for n := range 2000 {
		w := r.call("red", http.MethodPost, "/v1/submissions", api.SubmissionRequest{Challenge: "c", Task: "answer", Answer: fmt.Sprint("no ", n)})
		if w.Code != http.StatusCreated {
			refused = fmt.Sprint(w.Code, " ", w.Body)
			break
		}
		acknowledged++
	}
	stop()
	<-ran
	if !strings.HasPrefix(refused, "50") || !strings.Contains(refused, api.ProblemPrefix) {
		t.Fatalf("after %d submissions on a disk of 512 KB: %q", acknowledged, refused)
	}
	if !strings.Contains(r.log.String(), "the disk is full: make space") {
		t.Errorf("the log does not say why: %s", r.log.String())
	}
	if w := r.call("", http.MethodGet, "/v1/board", nil); w.Code != http.StatusOK {
		t.Errorf("the board on a full disk: %d %s", w.Code, w.Body)
	}
	remount(t, r.data, "size=16m")
	r.submit("red", "answer", "yes")
	r.settle()
	if entries, _ := r.server.Sealed(); entries < int64(acknowledged)+3 || entries > int64(acknowledged)+4 {
		t.Errorf("%d entries after %d submissions were acknowledged", entries, acknowledged)
	}
}

func TestAListOfTokensThatIsGoneIsMadeAnewForTheOrganiserAndTeamsKeepTheirs(t *testing.T) {
	r := newRig(t)
	before := r.tokens
	r.close()
	remove(t, server.TokensOf(r.data))
	r.open(nil)
	if len(r.tokens) != 1 || r.tokens["desk"] == before["desk"] || r.tokens["desk"] == "" {
		t.Fatalf("the list is %v", r.tokens)
	}
	want[map[string]any](r, "desk", http.MethodGet, "/v1/organizer/teams", nil)
	desk := r.tokens["desk"]
	r.tokens = before
	r.submit("red", "answer", "yes")
	if kind := r.refused("desk", http.MethodGet, "/v1/organizer/teams", nil); kind != api.RevokedToken && kind != api.WrongToken {
		t.Errorf("the organiser's lost token: %s", kind)
	}
	if info, err := os.Stat(server.TokensOf(r.data)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	r.close()
	r.open(nil)
	if r.tokens["desk"] != desk {
		t.Error("another start made another token")
	}
}

func TestATeamThatACrashLeftInTokensOnlyJoinsAtTheNextStartWithThatToken(t *testing.T) {
	r := newRig(t)
	r.close()
	path := server.TokensOf(r.data)
	list, err := tokens.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	late := tokens.Token{Role: tokens.Team, ID: "late", Name: "Late", Token: "late." + strings.Repeat("k", 32)}
	if err := tokens.Write(path, append(list, late)); err != nil {
		t.Fatal(err)
	}
	r.open(nil)
	if r.tokens["late"] != late.Token {
		t.Errorf("its token became %q", r.tokens["late"])
	}
	r.submit("late", "answer", "yes")
	if got := row(r.board(), "late"); got.Score != 120 || got.Team.Name != "Late" {
		t.Errorf("the board shows %+v", got)
	}
}

func TestAFirstStartThatACrashCutOffIsBegunAgain(t *testing.T) {
	hidden := api.NewTeam{ID: "testers", Name: "Testers", Hidden: true}
	r := &rig{t: t, data: t.TempDir(), now: start.Add(-time.Hour)}
	r.open(definition(), api.NewTeam{Name: "Red"}, hidden)
	r.close()
	if h, err := server.Held(r.data); err != nil || !h.Ready || h.Jam != "rig" {
		t.Errorf("%+v, %v", h, err)
	}
	// What a crash leaves just before the Jam is opened: everything but the database.
	for _, suffix := range []string{"", "-wal", "-shm"} {
		remove(t, filepath.Join(r.data, "jam.db"+suffix))
	}
	label, err := os.ReadFile(filepath.Join(r.data, "jam.json"))
	if err != nil {
		t.Fatal(err)
	}
	overwrite(t, filepath.Join(r.data, "jam.json"), strings.Replace(string(label), `,"ready":true`, "", 1))
	if h, err := server.Held(r.data); err != nil || h.Ready || h.Jam != "rig" {
		t.Errorf("%+v, %v", h, err)
	}
	r.openFails(r.options(nil), "never opened", "--event")
	before := r.tokens["testers"]
	r.open(definition())
	defer r.close()
	if r.tokens["testers"] != before || len(r.board().Rows) != 1 {
		t.Errorf("the hidden team is on the board: %+v", r.board().Rows)
	}
	r.at(start.Add(time.Minute))
	r.submit("testers", "answer", "yes")
}

func TestNewTeamsThatDoNotFitAreRefusedBeforeAnythingIsWritten(t *testing.T) {
	r := newRig(t)
	r.close()
	before, err := os.ReadFile(server.TokensOf(r.data))
	if err != nil {
		t.Fatal(err)
	}
	r.openFails(r.options(nil, api.NewTeam{ID: "crimson", Name: "RED"}), "names that read the same", "another name")
	r.openFails(r.options(nil, api.NewTeam{ID: "x", Name: "Ex"}, api.NewTeam{ID: "y", Name: "eX"}), "names that read the same")
	if after, err := os.ReadFile(server.TokensOf(r.data)); err != nil || string(after) != string(before) {
		t.Errorf("tokens.csv was written: %s", after)
	}
	r.open(nil, api.NewTeam{Name: "Red"}, api.NewTeam{Name: "Yellow"}) // the first of them has joined
	if len(r.board().Rows) != 4 {
		t.Errorf("%+v", r.board().Rows)
	}
}

func TestADefinitionThatChangedBehindARunningJamDoesNotChangeIt(t *testing.T) {
	r := newRig(t)
	r.close()
	changed := definition()
	changed.Challenges[0].Tasks[1].Points = 9999
	r.open(changed)
	if !r.server.Changed || r.server.Opened {
		t.Errorf("changed %t, opened %t", r.server.Changed, r.server.Opened)
	}
	if reply := r.submit("red", "second", "yes"); reply.Submission.Points != 10 {
		t.Errorf("the pass brought %d points", reply.Submission.Points)
	}
	r.close()
	r.open(definition())
	if r.server.Changed {
		t.Error("the same definition is said to have changed")
	}
}
