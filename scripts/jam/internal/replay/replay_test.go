package replay_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/scripts/jam/internal/clics"
	"github.com/photofinish/photofinish/scripts/jam/internal/replay"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/shared/audit"
	"github.com/photofinish/photofinish/shared/board"
)

// outcome is a replay's result, read.
type outcome struct {
	Board       board.Board        `json:"board"`
	FirstSolves []board.FirstSolve `json:"first_solves"`
	Graph       board.Graph        `json:"graph"`
	bytes       []byte
	tally       replay.Tally
}

func play(t *testing.T, c *clics.Contest) outcome {
	t.Helper()
	data := t.TempDir()
	result, tally, err := replay.Replay(t.Context(), c, data, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	audited(t, data, tally)
	o := outcome{tally: *tally}
	if o.bytes, err = json.Marshal(result); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(o.bytes, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// audited takes a replay's ledger home and holds that it audits clean: certified, unless a submission has no verdict.
func audited(t *testing.T, data string, tally *replay.Tally) {
	t.Helper()
	var archived bytes.Buffer
	if _, err := server.Export(t.Context(), data, time.Now, &archived, nil); err != nil {
		t.Fatal(err)
	}
	report, err := audit.Audit(t.Context(), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archived.Bytes())), nil }, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK {
		t.Errorf("the audit finds %+v", report.Findings)
	}
	if certified := report.Certified != nil; certified != tally.Certified || certified != (tally.Unjudged == 0) {
		t.Errorf("certified: %t; by the tally, with %d submissions that have no verdict: %t", certified, tally.Unjudged, tally.Certified)
	}
	if report.Checked.Entries != tally.Entries || report.Checked.Blocks != tally.Blocks {
		t.Errorf("%+v was checked, and the tally is %+v", report.Checked, tally)
	}
}

// agrees holds a replay against what the rules demand, worked out from the feed alone.
func agrees(t *testing.T, c *clics.Contest, o outcome) {
	t.Helper()
	var wanted, got []string
	for _, s := range c.Standings() {
		problems := slices.Sorted(slices.Values(s.Problems))
		at := "-"
		if !s.LastAt.IsZero() {
			at = s.LastAt.UTC().Format("15:04:05.000")
		}
		wanted = append(wanted, fmt.Sprintf("%d %s %d %v %s", s.Rank, s.Team, s.Score, problems, at))
	}
	for _, row := range o.Board.Rows {
		var problems []string
		for task, state := range row.Tasks {
			if state.State == board.StatePassed {
				problem, _ := task.Split()
				problems = append(problems, problem)
			}
		}
		slices.Sort(problems)
		at := "-"
		if !row.LastScoredAt.IsZero() {
			at = row.LastScoredAt.UTC().Format("15:04:05.000")
		}
		got = append(got, fmt.Sprintf("%d %s %d %v %s", row.Rank, row.Team.ID, row.Score, problems, at))
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("the standing that the rules demand (-) and the board (+):\n%s", diff)
	}
	wanted, got = nil, nil
	for _, s := range c.FirstSolves() {
		wanted = append(wanted, fmt.Sprintf("%s %s %s", s.Problem, s.Team, s.At.UTC().Format("15:04:05.000")))
	}
	for _, s := range o.FirstSolves {
		got = append(got, fmt.Sprintf("%s %s %s", s.Challenge, s.Team.ID, s.At.UTC().Format("15:04:05.000")))
		if s.Task != "solve" {
			t.Errorf("a first solve of the task %q", s.Task)
		}
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("the first solves that the rules demand (-) and those that came out (+):\n%s", diff)
	}
	for _, series := range o.Graph.Series {
		i := slices.IndexFunc(o.Board.Rows, func(r board.Row) bool { return r.Team.ID == series.Team.ID })
		if score := 0; i < 0 {
			t.Errorf("the graph shows %s, which is not on the board", series.Team.ID)
		} else if n := len(series.Points); n > 0 {
			if score = series.Points[n-1].Score; score != o.Board.Rows[i].Score {
				t.Errorf("the graph of %s ends at %d, the board has %d", series.Team.ID, score, o.Board.Rows[i].Score)
			}
		}
	}
	if !o.Board.FrozenAt.IsZero() {
		t.Errorf("the board is still frozen, at %v", o.Board.FrozenAt)
	}
}

func readFeed(t *testing.T, path string) *clics.Contest {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := clics.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestASmallFeedComesOutAsTheRulesDemandInBothForms(t *testing.T) {
	for _, name := range []string{"small.ndjson", "small-op.ndjson"} {
		c := readFeed(t, filepath.Join("..", "clics", "testdata", name))
		o := play(t, c)
		agrees(t, c, o)
		if o.tally.Unjudged != 1 || o.tally.Refused["ended"] != 1 || o.tally.Refused["not-started"] != 1 || o.tally.Rulings != 1 {
			t.Errorf("%s: %+v", name, o.tally)
		}
		if state := o.Board.Rows[2].Tasks["a/solve"].State; o.Board.Rows[2].Team.ID != "carol" || state != board.StatePending {
			t.Errorf("a submission without a verdict is shown as %q", state)
		}
	}
}

func TestTheResultHasTheShapeThatItIsReadBy(t *testing.T) {
	o := play(t, readFeed(t, filepath.Join("..", "clics", "testdata", "small.ndjson")))
	var shape map[string]json.RawMessage
	if err := json.Unmarshal(o.bytes, &shape); err != nil {
		t.Fatal(err)
	}
	for name, opens := range map[string]string{"board": `{"jam":"small","through":"`, "first_solves": `[{"challenge":"`, "graph": `{"series":[{"team":{"id":"`} {
		if !strings.HasPrefix(string(shape[name]), opens) {
			t.Errorf("%s is %.100s", name, shape[name])
		}
		delete(shape, name)
	}
	if len(shape) > 0 {
		t.Errorf("and there is more: %v", shape)
	}
	again := play(t, readFeed(t, filepath.Join("..", "clics", "testdata", "small.ndjson")))
	if string(again.bytes) != string(o.bytes) {
		t.Error("the same feed gave other bytes")
	}
}

// script writes a feed. A line of it is a submission, "s1 red A 10:00.000", with team, problem and minute:second of the
// contest, or a judgement, "j1 s1 AC 10:01.000".
func script(t *testing.T, lines string) *clics.Contest {
	t.Helper()
	var b strings.Builder
	line := func(kind, id string, data map[string]any) {
		data["id"] = id
		text, err := json.Marshal(map[string]any{"type": kind, "id": id, "data": data})
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(text, '\n'))
	}
	line("contest", "mini", map[string]any{"name": "Mini", "start_time": "2025-03-02T10:00:00.000Z", "duration": "1:00:00"})
	line("judgement-types", "AC", map[string]any{"solved": true})
	line("judgement-types", "WA", map[string]any{"solved": false})
	for i, p := range []string{"A", "B"} {
		line("problems", p, map[string]any{"label": p, "name": p, "ordinal": i})
	}
	for _, team := range []string{"red", "blue", "green"} {
		line("teams", team, map[string]any{"name": team})
	}
	line("teams", "staff", map[string]any{"name": "staff", "hidden": true})
	for text := range strings.Lines(lines) {
		f := strings.Fields(text)
		if len(f) == 0 {
			continue
		}
		at := "2025-03-02T10:" + f[3] + "Z"
		if f[0][0] == 's' {
			line("submissions", f[0], map[string]any{"team_id": f[1], "problem_id": f[2], "time": at})
		} else {
			line("judgements", f[0], map[string]any{"submission_id": f[1], "judgement_type_id": f[2], "start_time": at, "end_time": at})
		}
	}
	c, err := clics.Read(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestContestsWithTurnsComeOutAsTheRulesDemand(t *testing.T) {
	for name, c := range map[string]struct {
		feed  string
		first string // of A
		check func(t *testing.T, o outcome)
	}{
		"a pass that is taken back gives the task to the submission that it had shut out": {`
			s1 red A 01:00.000
			j1 s1 AC 01:05.000
			s2 red A 02:00.000
			j2 s2 AC 02:05.000
			s3 blue A 03:00.000
			j3 s3 AC 03:05.000
			j4 s1 WA 30:00.000`, "red", func(t *testing.T, o outcome) {
			if o.tally.Refused["solved-already"] != 1 || o.tally.Grants != 1 || o.tally.Rulings != 1 {
				t.Errorf("%+v", o.tally)
			}
		}},
		"also when a third has passed in between": {`
			s1 red A 01:00.000
			j1 s1 AC 01:05.000
			s2 red A 02:00.000
			j2 s2 AC 02:05.000
			s3 blue A 03:00.000
			j3 s3 AC 03:05.000
			j4 s1 WA 30:00.000
			s5 red A 31:00.000
			j5 s5 AC 31:05.000`, "red", func(t *testing.T, o outcome) {
			if o.tally.Grants != 1 {
				t.Errorf("%+v", o.tally)
			}
		}},
		"what was shut out and did not pass gets nothing": {`
			s1 red A 01:00.000
			j1 s1 AC 01:05.000
			s2 red A 02:00.000
			j2 s2 WA 02:05.000
			s3 blue A 03:00.000
			j3 s3 AC 03:05.000
			j4 s1 WA 30:00.000`, "blue", func(t *testing.T, o outcome) {
			if o.tally.Grants != 0 {
				t.Errorf("%+v", o.tally)
			}
		}},
		"a granted submission keeps its place among those of its millisecond": {`
			s1 red A 01:00.000
			j1 s1 AC 01:05.000
			s2 green A 02:00.000
			s3 red A 02:00.000
			s4 blue A 02:00.000
			j2 s2 WA 02:05.000
			j3 s3 AC 02:05.000
			j4 s4 AC 02:05.000
			j5 s1 WA 30:00.000`, "red", nil},
		"the earlier receipt counts, whichever verdict comes first": {`
			s1 red A 01:00.000
			s2 blue A 01:01.000
			j2 s2 AC 01:02.000
			s3 red A 05:00.000
			j3 s3 AC 05:01.000
			j1 s1 AC 09:00.000`, "red", nil},
		"one millisecond is decided by the feed's order": {`
			s1 green A 01:00.000
			s2 blue A 01:00.000
			s3 red A 01:00.000
			j3 s3 AC 01:01.000
			j2 s2 AC 01:01.000
			j1 s1 AC 01:02.000`, "green", nil},
		"what lies outside the contest's time is refused": {`
			s1 red A 00:00.000
			s2 blue B 59:59.999
			j1 s1 AC 00:01.000
			j2 s2 AC 59:59.999`, "red", func(t *testing.T, o outcome) {
			if o.tally.Submissions != 2 {
				t.Errorf("%+v", o.tally)
			}
		}},
		"a hidden team takes nothing": {`
			s1 staff A 01:00.000
			j1 s1 AC 01:01.000
			s2 blue A 02:00.000
			j2 s2 AC 02:01.000`, "blue", func(t *testing.T, o outcome) {
			if len(o.Board.Rows) != 3 {
				t.Errorf("%d rows", len(o.Board.Rows))
			}
		}},
		"a wrong answer that was right after all counts from its receipt": {`
			s1 red A 01:00.000
			j1 s1 WA 01:01.000
			s2 blue A 02:00.000
			j2 s2 AC 02:01.000
			j3 s1 AC 50:00.000`, "red", nil},
		"a verdict that goes to and fro stands as it was left": {`
			s1 red A 01:00.000
			j1 s1 AC 01:01.000
			s2 blue A 02:00.000
			j2 s2 AC 02:01.000
			j3 s1 WA 10:00.000
			j4 s1 AC 11:00.000
			j5 s1 WA 12:00.000`, "blue", func(t *testing.T, o outcome) {
			if o.tally.Rulings != 3 {
				t.Errorf("%+v", o.tally)
			}
		}},
		"the same verdict again changes nothing": {`
			s1 red A 01:00.000
			j1 s1 AC 01:01.000
			j2 s1 AC 01:02.000`, "red", func(t *testing.T, o outcome) {
			if o.tally.Rulings != 0 {
				t.Errorf("%+v", o.tally)
			}
		}},
		"nothing at all": {``, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			contest := script(t, c.feed)
			o := play(t, contest)
			agrees(t, contest, o)
			first := ""
			for _, s := range o.FirstSolves {
				if s.Challenge == "a" {
					first = s.Team.ID
				}
			}
			if first != c.first {
				t.Errorf("A was first solved by %q, want %q", first, c.first)
			}
			if c.check != nil {
				c.check(t, o)
			}
		})
	}
}

func TestMoreWaitForAVerdictThanTheRulesAllowAndNobodyLosesAPlace(t *testing.T) {
	var lines strings.Builder
	const presses = 130
	for n := range presses {
		fmt.Fprintf(&lines, "s%d red A 10:%02d.%03d\n", n, n/10, n%10)
	}
	fmt.Fprintf(&lines, "sb blue A 11:00.000\njb sb AC 11:01.000\n")
	for n := range presses {
		verdict := "WA"
		if n == presses-5 {
			verdict = "AC"
		}
		fmt.Fprintf(&lines, "j%d s%d %s 50:00.000\n", n, n, verdict)
	}
	c := script(t, lines.String())
	o := play(t, c)
	agrees(t, c, o)
	if o.tally.Grants != 1 || o.tally.Refused["too-many-open"] == 0 {
		t.Errorf("%+v", o.tally)
	}
}

func TestIDsAndNamesOfRealFeedsFit(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"type":"contest","id":"x","data":{"id":"x","name":"X","start_time":"2025-03-02T10:00:00.000Z","duration":"1:00:00"}}` + "\n")
	b.WriteString(`{"type":"judgement-types","id":"AC","data":{"id":"AC","solved":true}}` + "\n")
	b.WriteString(`{"type":"problems","id":"1","data":{"id":"1","label":"A","name":"A"}}` + "\n")
	long := strings.Repeat("very long ", 30)
	names := []string{long + "1", long + "2", "Alpha", "ALPHA", "alpha", "Stra\u00dfe", "STRASSE", "bidi \u202e name", "\u200b", "Ünï", "U\u0308ni\u0308"}
	for n, name := range names {
		text, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		id := []string{"T 1", "t-1", "t_1", "T-1", "Ä1", strings.Repeat("x", 70), strings.Repeat("x", 71), "-", "", "Ω", "a/b"}[n]
		if id == "" {
			id = "empty"
		}
		fmt.Fprintf(&b, `{"type":"teams","id":%q,"data":{"id":%q,"name":%s}}`+"\n", id, id, text)
		submission := strings.Repeat("é~+% ", 20) + fmt.Sprint(n)
		fmt.Fprintf(&b, `{"type":"submissions","id":%q,"data":{"id":%q,"team_id":%q,"problem_id":"1","time":"2025-03-02T10:%02d:00.000Z"}}`+"\n",
			submission, submission, id, n)
		fmt.Fprintf(&b, `{"type":"judgements","id":"j %s","data":{"id":"j %s","submission_id":%q,"judgement_type_id":"AC","start_time":"2025-03-02T10:%02d:01.000Z","end_time":"2025-03-02T10:%02d:01.000Z"}}`+"\n",
			submission, submission, submission, n, n)
	}
	c, err := clics.Read(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	o := play(t, c)
	agrees(t, c, o)
	seen := map[string]bool{}
	for _, row := range o.Board.Rows {
		if row.Score != 100 || seen[row.Team.Name] {
			t.Errorf("%+v", row)
		}
		seen[row.Team.Name] = true
	}
	if len(o.Board.Rows) != len(names) {
		t.Errorf("%d rows of %d teams", len(o.Board.Rows), len(names))
	}
}

func TestARealContestComesOutWithItsAwardsAndTheOrderThatTheRulesDemand(t *testing.T) {
	path := filepath.Join("..", "..", "..", "..", "..", "shared", "data", "euc-2025", "event-feed.ndjson")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the feed of a real contest is not here: %s", err)
	}
	c := readFeed(t, path)
	o := play(t, c)
	agrees(t, c, o)
	if !o.tally.Certified {
		t.Error("it is not certified")
	}
	awards := map[string][]string{}
	for _, s := range o.FirstSolves {
		awards[s.Challenge] = append(awards[s.Challenge], s.Team.ID)
	}
	if diff := cmp.Diff(c.Awards, awards); diff != "" || len(awards) != 11 {
		t.Errorf("the feed's own awards (-) and the first solves (+):\n%s", diff)
	}
	if again := play(t, readFeed(t, path)); string(again.bytes) != string(o.bytes) {
		t.Error("the same feed gave other bytes")
	}
	for _, row := range o.Board.Rows {
		if !row.Final {
			t.Errorf("%s is not final: it waits for %s", row.Team.ID, row.WaitsFor)
		}
	}
}

func TestRandomContestsComeOutAsTheRulesDemand(t *testing.T) {
	const seed = 20250302
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // makes contests
	t.Logf("seed %d", seed)
	contests := 30
	if testing.Short() {
		contests = 10
	}
	for n := range contests {
		var b strings.Builder
		submissions := 4 + random.IntN(20)
		milli := 0
		judgement := 0
		for s := range submissions {
			milli += []int{0, 0, 1, 900, 61_000}[random.IntN(5)]
			team := []string{"red", "red", "blue", "green", "staff"}[random.IntN(5)]
			fmt.Fprintf(&b, "s%d %s %s %s\n", s, team, []string{"A", "B"}[random.IntN(2)], clock(milli))
			at := milli
			for range []int{0, 1, 1, 1, 2, 3}[random.IntN(6)] {
				at += []int{0, 5, 2_000, 90_000, 600_000}[random.IntN(5)]
				judgement++
				fmt.Fprintf(&b, "j%d s%d %s %s\n", judgement, s, []string{"AC", "WA"}[random.IntN(2)], clock(min(at, 3_599_999)))
			}
		}
		c := script(t, b.String())
		agrees(t, c, play(t, c))
		if t.Failed() {
			t.Fatalf("contest %d:\n%s", n, b.String())
		}
	}
}

// clock is minute:second of a contest's millisecond.
func clock(milli int) string {
	return fmt.Sprintf("%02d:%02d.%03d", milli/60_000, milli/1000%60, milli%1000)
}
