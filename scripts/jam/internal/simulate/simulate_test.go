package simulate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/simulate"
	"github.com/photofinish/photofinish/shared/audit"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

func play(t *testing.T, teams int, seed uint64) (*simulate.Day, string) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	began := time.Now()
	d, err := simulate.Simulate(t.Context(), simulate.Options{Teams: teams, Seed: seed, Data: data, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("%d teams, seed %d: %v", teams, seed, err)
	}
	t.Logf("%d teams, seed %d: %d submissions, %d entries in %s", teams, seed, d.Tally.Submissions, d.Tally.Entries, time.Since(began).Round(time.Millisecond))
	audited(t, data, d)
	return d, data
}

// audited takes a day's ledger home and holds that it is certified and audits clean.
func audited(t *testing.T, data string, d *simulate.Day) {
	t.Helper()
	var archived bytes.Buffer
	if _, err := server.Export(t.Context(), data, time.Now, &archived, nil); err != nil {
		t.Fatal(err)
	}
	report, err := audit.Audit(t.Context(), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archived.Bytes())), nil }, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK || report.Certified == nil || report.Checked.Entries != d.Tally.Entries {
		t.Errorf("certified %+v, %d entries; the audit finds %+v", report.Certified, report.Checked.Entries, report.Findings)
	}
}

// holding is everything that a data folder holds: the database's items by their names, and the files by their paths.
func holding(t *testing.T, data string) map[string]string {
	t.Helper()
	all := map[string]string{}
	conn, err := sqlite.OpenConn(filepath.Join(data, "jam.db"), sqlite.OpenReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = sqlitex.ExecuteTransient(conn, "SELECT partition, sort, version, body FROM items", &sqlitex.ExecOptions{
		ResultFunc: func(s *sqlite.Stmt) error {
			all[s.ColumnText(0)+" / "+s.ColumnText(1)] = fmt.Sprint(s.ColumnInt64(2), " ", s.ColumnText(3))
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), "jam.db") {
			return err
		}
		b, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, data)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheSameSeedMakesTheSameJamByteForByteAndAnotherSeedAnother(t *testing.T) {
	const teams, seed = 6, 20251124
	first, data := play(t, teams, seed)
	one := holding(t, data)
	second, data := play(t, teams, seed)
	two := holding(t, data)
	if len(one) < 300 {
		t.Fatalf("the folder holds %d things", len(one))
	}
	for name := range maps.Keys(one) {
		if one[name] != two[name] {
			t.Errorf("%s is\n%.300s\nand then\n%.300s", name, one[name], two[name])
		}
	}
	if len(one) != len(two) {
		t.Errorf("it holds %d things, and then %d", len(one), len(two))
	}
	if a, b := encode(t, first), encode(t, second); !bytes.Equal(a, b) {
		t.Errorf("the same seed told\n%s\nand then\n%s", a, b)
	}
	_, data = play(t, teams, seed+1)
	other := holding(t, data)
	keys := ledger.KeysOf(simulate.Event().ID, 1)
	for _, partition := range []string{keys.Shard(0), keys.Block(1).Partition, keys.Checkpoint(1).Partition} {
		compared := 0
		for name := range one {
			if strings.HasPrefix(name, partition+" / ") {
				if compared++; one[name] == other[name] {
					t.Errorf("with another seed %s is the same", name)
				}
			}
		}
		if compared < 100 {
			t.Errorf("%s has only %d items", partition, compared)
		}
	}
	for _, file := range []string{"/keys/secret", "/keys/receipts", "/keys/checkpoints", "/tokens.csv"} {
		if one[file] == "" || one[file] == other[file] {
			t.Errorf("with another seed %s is the same, or it is not there", file)
		}
	}
}

func encode(t *testing.T, d *simulate.Day) []byte {
	t.Helper()
	b, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEverySeedAndNumberOfTeamsEndsWithBothFinishes(t *testing.T) {
	type days struct {
		teams int
		seeds []uint64
	}
	all := []days{{4, []uint64{0, 1<<64 - 1}}, {5, []uint64{4}}, {4, []uint64{1, 2, 3}}, {5, []uint64{5}}, {17, []uint64{6, 7}}}
	if testing.Short() {
		all = all[:2]
	}
	for _, day := range all {
		for _, seed := range day.seeds {
			d, _ := play(t, day.teams, seed)
			photo(t, d, day.teams, seed)
		}
	}
}

// photo holds the finishes of a day by the board alone.
func photo(t *testing.T, d *simulate.Day, teams int, seed uint64) {
	t.Helper()
	rows := d.Board.Rows
	if len(rows) != teams {
		t.Fatalf("%d teams, seed %d: %d rows", teams, seed, len(rows))
	}
	a, b, c, e := rows[0], rows[1], rows[2], rows[3]
	if a.Score != b.Score || b.LastScored.Milli-a.LastScored.Milli != 13_000 || a.Rank != 1 || b.Rank != 2 {
		t.Errorf("%d teams, seed %d: first and second are %+v and %+v", teams, seed, a, b)
	}
	if c.Score != e.Score || c.LastScored.Milli != e.LastScored.Milli || c.LastScored.Slot != 0 || e.LastScored.Slot != 1 || c.Score >= b.Score {
		t.Errorf("%d teams, seed %d: third and fourth are %+v and %+v", teams, seed, c, e)
	}
	for _, r := range rows[4:] {
		if r.Score >= e.Score {
			t.Errorf("%d teams, seed %d: %s has %d points", teams, seed, r.Team.ID, r.Score)
		}
	}
	for _, r := range rows {
		if !r.Final {
			t.Errorf("%d teams, seed %d: %s is not final", teams, seed, r.Team.ID)
		}
	}
	if d.Photo[0].Team != a.Team || d.Tie[1].Team != e.Team {
		t.Errorf("the finishes show %s and %s", d.Photo[0].Team.ID, d.Tie[1].Team.ID)
	}
}

func TestADayHasAllThatCanHappen(t *testing.T) {
	if testing.Short() {
		t.Skip("a day of 72 teams takes some seconds")
	}
	d, data := play(t, 72, 1)
	photo(t, d, 72, 1)
	tally := d.Tally
	if tally.Challenges != 9 || tally.Points != 1000 || tally.Tasks != 18 {
		t.Errorf("the Jam has %d challenges, %d tasks and %d points", tally.Challenges, tally.Tasks, tally.Points)
	}
	for what, n := range map[string]int{
		"submissions": tally.Submissions - 1000, "wrong answers": tally.Wrong, "clues": tally.Clues, "hand-ins": tally.HandIns,
		"presses": tally.Presses, "looks that were told late": tally.LateLooks, "five at once": tally.Together, "repeats": tally.Repeats,
		"replies that were lost": tally.Unheard, "answers of the database that were lost": tally.Torn, "rulings": tally.Rulings - 1,
		"refusals in the pause": tally.Refused[string(rules.Paused)], "keys used twice": tally.Refused["key-reused"],
		"refusals since it is solved": tally.Refused[string(rules.SolvedAlready)],
	} {
		if n <= 0 {
			t.Errorf("too few %s: %+v", what, tally)
		}
	}
	if tally.Judgements != tally.HandIns {
		t.Errorf("of %d hand-ins %d were judged", tally.HandIns, tally.Judgements)
	}
	var story strings.Builder
	for i, l := range d.Story {
		story.WriteString(l.Text + "\n")
		if i > 0 && l.At.Before(d.Story[i-1].At) {
			t.Errorf("the story goes back in time at %q", l.Text)
		}
	}
	for _, want := range []string{
		"The Jam starts", "First solve of", "take the lead", "press submit for", "judged wrong", "paused", "goes on", "does not come up",
		"The second build", "freezes", "in the same millisecond", "13.000 s later", "counts from the receipt", "The Jam ends", "certified",
	} {
		if !strings.Contains(story.String(), want) {
			t.Errorf("the story does not tell %q:\n%s", want, story.String())
		}
	}
	wentRight(t, data)
}

// wentRight reads the ledger of a day, and holds what a tally cannot.
func wentRight(t *testing.T, data string) {
	t.Helper()
	var entries []rules.Entry
	for name, item := range holding(t, data) {
		if !strings.HasPrefix(name, ledger.KeysOf(simulate.Event().ID, 1).Shard(0)+" / ") {
			continue
		}
		_, body, _ := strings.Cut(item, " ")
		e, err := ledger.DecodeEntry([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b rules.Entry) int { return a.Stamp.Compare(b.Stamp) })
	ops, outOfOrder, behind := map[rules.Op]int{}, 0, 0
	last := map[string]rules.Entry{}
	for _, e := range entries {
		switch e.Kind {
		case rules.Clocked:
			ops[e.Change.Op]++
		case rules.Judged:
			if before, ok := last[string(e.Check)]; ok && e.Submission.Before(*before.Submission) {
				outOfOrder++
			}
			if e.Stamp.Milli < e.Received.Handler {
				behind++ // stamped with the start of its look
			}
			last[string(e.Check)] = e
		}
	}
	for _, op := range []rules.Op{rules.OpPause, rules.OpResume, rules.OpEnd, rules.OpFreeze, rules.OpThaw, rules.OpCertify} {
		if ops[op] != 1 {
			t.Errorf("the clock was changed by %q %d times", op, ops[op])
		}
	}
	if outOfOrder < 50 || behind < 100 {
		t.Errorf("%d verdicts came out of order, %d are stamped with their look", outOfOrder, behind)
	}
}

func TestADayThatIsLeftHalfWayLeavesALedgerThatOpens(t *testing.T) {
	const seed = 3
	data := filepath.Join(t.TempDir(), "data")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := simulate.Simulate(ctx, simulate.Options{
		Teams: 4, Seed: seed, Data: data, Log: slog.New(slog.DiscardHandler),
		Progress: func(share float64) {
			if share > 0.5 {
				cancel()
			}
		},
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("seed %d: it ended with %v", seed, err)
	}
	s, err := server.Open(t.Context(), server.Options{Data: data, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if entries, blocks := s.Sealed(); s.Opened || entries < 40 || blocks < 20 {
		t.Errorf("opened %t, %d entries in %d blocks", s.Opened, entries, blocks)
	}
}

func TestANumberOfTeamsThatMakesNoDayIsRefused(t *testing.T) {
	for _, teams := range []int{-1, 0, 3, 501, 1 << 40} {
		data := filepath.Join(t.TempDir(), "data")
		_, err := simulate.Simulate(t.Context(), simulate.Options{Teams: teams, Data: data})
		if err == nil || !strings.Contains(err.Error(), fmt.Sprint(teams)) {
			t.Errorf("%d teams: %v", teams, err)
		}
		if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%d teams: the folder was made", teams)
		}
	}
}
