package local_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/shared/board"
)

// run runs a command line that must end well, and gives what it printed.
func run(t *testing.T, args ...string) (said, complaints string) {
	t.Helper()
	var out, errs printed
	if code := cli.Run(t.Context(), &grammar{}, app(&out, &errs), args); code != cli.OK {
		t.Fatalf("jam %s ended with %d: %s", strings.Join(args, " "), code, errs.String())
	}
	return out.String(), errs.String()
}

func TestASimulatedDayIsToldKeptAndWrittenDown(t *testing.T) {
	data, out := filepath.Join(t.TempDir(), "day"), filepath.Join(t.TempDir(), "day.json")
	said, complaints := run(t, "simulate", "--teams", "5", "--seed", "7", "--data", data, "--out", out)
	for _, want := range []string{
		"5 teams, seed 7", "The Jam starts", "First solve of", "13.000 s later", "slot 001 of the same millisecond", "submissions accepted",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	if h, err := server.Held(data); err != nil || !h.Ready || h.Jam != "simulated-day" {
		t.Errorf("the Jam was not kept: %+v, %v", h, err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var result struct {
		Board       board.Board        `json:"board"`
		FirstSolves []board.FirstSolve `json:"first_solves"`
		Graph       board.Graph        `json:"graph"`
	}
	strict := json.NewDecoder(strings.NewReader(string(text)))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&result); err != nil {
		t.Fatal(err)
	}
	if len(result.Board.Rows) != 5 || len(result.FirstSolves) != 18 || len(result.Graph.Series) != 5 {
		t.Errorf("it holds %d rows, %d first solves and %d series", len(result.Board.Rows), len(result.FirstSolves), len(result.Graph.Series))
	}
	for _, want := range []string{
		"jam export " + data + " --out day.tar.gz", "jam audit day.tar.gz",
		"jam photofinish " + result.Board.Rows[0].Team.ID + " " + result.Board.Rows[1].Team.ID + " --from " + data,
		"jam photofinish " + result.Board.Rows[2].Team.ID + " " + result.Board.Rows[3].Team.ID + " --from " + data,
	} {
		if !strings.Contains(complaints, want) {
			t.Errorf("it does not advise %q:\n%s", want, complaints)
		}
	}
	again, _ := run(t, "simulate", "--teams", "5", "--seed", "7", "--json")
	var printed map[string]json.RawMessage
	if err := json.Unmarshal([]byte(again), &printed); err != nil {
		t.Fatalf("%v in %s", err, again)
	}
	var b board.Board
	if err := json.Unmarshal(printed["board"], &b); err != nil || b.Rows[0].LastScored != result.Board.Rows[0].LastScored {
		t.Errorf("with --json the same seed gives %+v, %v", b.Rows[0], err)
	}
}

func TestASimulatedDayThatIsNotKeptSaysHowToKeepIt(t *testing.T) {
	_, complaints := run(t, "simulate", "--teams", "4", "--seed", "11")
	if !strings.Contains(complaints, "jam simulate --teams 4 --seed 11 --data day") {
		t.Errorf("it says %s", complaints)
	}
}

func TestASimulationThatCannotBeIsRefusedBeforeItBegins(t *testing.T) {
	full := write(t, map[string]string{"something": ""})
	file := filepath.Join(full, "something")
	for name, c := range map[string]struct {
		code cli.Code
		args []string
		says []string
	}{
		"too few teams":      {cli.BadUsage, []string{"--teams", "3"}, []string{"--teams", "at least 4"}},
		"no teams":           {cli.BadUsage, []string{"--teams", "0"}, []string{"at least 4"}},
		"less than none":     {cli.BadUsage, []string{"--teams=-5"}, []string{"at least 4", "-5"}},
		"too many teams":     {cli.BadUsage, []string{"--teams", "501"}, []string{"at most 500"}},
		"teams in words":     {cli.BadUsage, []string{"--teams", "many"}, []string{"--teams"}},
		"teams by halves":    {cli.BadUsage, []string{"--teams", "7.5"}, []string{"--teams"}},
		"a negative seed":    {cli.BadUsage, []string{"--seed=-1"}, []string{"--seed"}},
		"a seed in words":    {cli.BadUsage, []string{"--seed", "lucky"}, []string{"--seed"}},
		"a seed too large":   {cli.BadUsage, []string{"--seed", "18446744073709551616"}, []string{"--seed"}},
		"out is a folder":    {cli.BadUsage, []string{"--out", full}, []string{"--out", "is a folder"}},
		"out has no folder":  {cli.BadUsage, []string{"--out", filepath.Join(full, "none", "day.json")}, []string{"--out", "no folder"}},
		"an argument":        {cli.BadUsage, []string{"day"}, []string{"day"}},
		"an unknown flag":    {cli.BadUsage, []string{"--speed", "2"}, []string{"--speed"}},
		"a folder with data": {cli.Failed, []string{"--data", full}, []string{"is not empty", "a new one"}},
		"data is a file":     {cli.Failed, []string{"--data", file}, []string{"cannot be used"}},
	} {
		t.Run(name, func(t *testing.T) { fails(t, c.code, append([]string{"simulate"}, c.args...), c.says...) })
	}
	if entries, err := os.ReadDir(full); err != nil || len(entries) != 1 {
		t.Errorf("the folder now holds %v, %v", entries, err)
	}
}

func TestADayThatIsInterruptedLeavesItsFolderAsItWas(t *testing.T) {
	for name, there := range map[string]bool{"a folder that was empty": true, "one that was not there": false} {
		t.Run(name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "day")
			if there {
				if err := os.Mkdir(data, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var out, complaints printed
			time.AfterFunc(300*time.Millisecond, cancel) // a day of 500 teams takes many times as long
			code := cli.Run(ctx, &grammar{}, app(&out, &complaints), []string{"simulate", "--teams", "500", "--data", data})
			if code != cli.InterruptedCode || !strings.Contains(complaints.String(), "half way") {
				t.Errorf("it ended with %d: %s", code, complaints.String())
			}
			entries, err := os.ReadDir(data)
			if there && (err != nil || len(entries) > 0) || !there && !os.IsNotExist(err) {
				t.Errorf("the folder holds %v, %v", entries, err)
			}
		})
	}
}
