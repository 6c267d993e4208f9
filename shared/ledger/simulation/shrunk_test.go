package simulation_test

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A failure is told as something that a person can read: here it is one of a mistake, since there is no other.
func TestAFailureIsMadeSmallAndPlaysAgain(t *testing.T) {
	if os.Getenv(switchName) != "" || *tally > 0 || *seed >= 0 {
		t.Skip("this is a run of one mistake, or of one seed")
	}
	if raced || testing.Short() {
		t.Skip("building the core anew takes too long for a short run")
	}
	binary := buildMistaken(t)
	again := regexp.MustCompile(`-run TestEverySeed -seed (\d+) -off '([^']*)' -v\nits last \d+ of (\d+) lines \(the whole world has (\d+)\)`)
	for _, name := range []string{"unknown-is-success", "tail-first", "state-condition"} {
		run := func(arguments ...string) string {
			command := exec.CommandContext(t.Context(), binary, append([]string{"-test.run", "TestEverySeed", "-test.v"}, arguments...)...)
			command.Env = append(os.Environ(), switchName+"="+name)
			out, err := command.CombinedOutput()
			if err == nil {
				t.Fatalf("%s is not caught:\n%.2000s", name, out)
			}
			return strings.ReplaceAll(string(out), "\n        ", "\n    ")
		}
		told := strings.ReplaceAll(run("-seeds", "6"), "\n    ", "\n")
		found := again.FindStringSubmatch(told)
		if found == nil {
			t.Fatalf("%s: nothing tells how to play it again:\n%.3000s", name, told)
		}
		small, _ := strconv.Atoi(found[3])
		whole, _ := strconv.Atoi(found[4])
		if whole > 100 && 2*small > whole { // what breaks soon is small by itself
			t.Errorf("%s: the trace was made %d lines of %d", name, small, whole)
		}
		replayed := run("-seed", found[1], "-off", found[2])
		promise := regexp.MustCompile(`seed ` + found[1] + `: ([^:]+):`).FindStringSubmatch(told)
		if promise == nil || !strings.Contains(replayed, "BROKEN: "+promise[1]) {
			t.Errorf("%s: played again, seed %s breaks something else than %v:\n%.2000s", name, found[1], promise, replayed)
		}
		t.Logf("%s: seed %s, a trace of %d lines of %d", name, found[1], small, whole)
	}
}
