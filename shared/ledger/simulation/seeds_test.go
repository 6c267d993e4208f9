package simulation_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
)

var (
	seeds   = flag.Int("seeds", 1000, "how many seeds are played; far fewer under -short and with the race detector unless it is given")
	seed    = flag.Int64("seed", -1, "play this seed alone; with -v its whole trace is told")
	off     = flag.String("off", "", "what of that seed is switched off, separated by commas, as a failure prints it")
	mutants = flag.Int("mutants", 0, "how many seeds each mistake of the mutation table is given")
)

// outcome is what came of a world.
type outcome struct {
	broken  *violation
	digest  digest
	trace   []string
	names   []string
	entries int
	blocks  int
	late    int
	shows   int
	met     map[string]int // mishaps, by name
	ended   map[string]int // attempts, by how they ended
	closes  map[string]int // certifications, by how far they came
}

// play plays a world to its end. Within synctest no real time passes, so that a deadline of the core's, which it takes
// from the machine's clock, cannot end a run on a busy machine otherwise than on an idle one.
func play(t *testing.T, p plan, telling bool) (o outcome) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		w := newWorld(p, telling)
		defer w.end()
		w.run()
		w.finish()
		o = outcome{
			broken: w.broken, digest: w.digest, trace: w.told, names: w.names,
			entries: len(w.stream), blocks: len(w.blocks), late: len(w.floors), shows: w.shows,
			met: w.met, ended: w.endedAs, closes: w.came,
		}
	})
	return o
}

func TestEverySeedKeepsThePromises(t *testing.T) {
	if *seed >= 0 {
		playOne(t, plan{seed: uint64(*seed), off: strings.FieldsFunc(*off, func(r rune) bool { return r == ',' })})
		return
	}
	for seed := range uint64(count()) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			p := plan{seed: seed}
			if o := play(t, p, false); o.broken != nil {
				report(t, p)
			}
		})
	}
}

// count is how many seeds this run is to play.
func count() int {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "seeds" })
	switch {
	case given:
		return *seeds
	case raced:
		return 30
	case testing.Short():
		return 100
	}
	return *seeds
}

// playOne plays one world as a failure named it.
func playOne(t *testing.T, p plan) {
	t.Helper()
	o := play(t, p, true)
	if testing.Verbose() {
		for _, line := range o.trace {
			t.Log(line)
		}
	}
	t.Logf("seed %d: %d entries, %d blocks, %d late, %d boards, digest %016x", p.seed, o.entries, o.blocks, o.late, o.shows, o.digest)
	if o.broken != nil {
		t.Errorf("%s: %s", o.broken.promise, o.broken.what)
	}
}

// TestTheWorldsAreRough holds that much goes wrong: a world in which nothing does tries nothing.
func TestTheWorldsAreRough(t *testing.T) {
	var entries, late, blocks, shows, n int
	met, ended, closes := map[string]int{}, map[string]int{}, map[string]int{}
	for seed := range uint64(count()/20 + 15) {
		o := play(t, plan{seed: seed}, false)
		entries, late, blocks, shows, n = entries+o.entries, late+o.late, blocks+o.blocks, shows+o.shows, n+1
		for name, times := range o.met {
			met[name] += times
		}
		for name, times := range o.ended {
			ended[name] += times
		}
		for name, times := range o.closes {
			closes[name] += times
		}
	}
	t.Logf("of %d seeds: %d entries, %d of them late, %d blocks, %d boards", n, entries, late, blocks, shows)
	t.Logf("requests: %v", ended)
	t.Logf("mishaps: %v", met)
	t.Logf("certifications: %v", closes)
	for _, m := range mishaps {
		if met[m.name] < n/2 {
			t.Errorf("%s was met %d times in %d worlds", m.name, met[m.name], n)
		}
	}
	for _, e := range endings {
		if ended[e] < n/2 {
			t.Errorf("%d requests were %s in %d worlds", ended[e], e, n)
		}
	}
	for _, far := range []string{heldUp, refusedByClock, accepted, signed} {
		if closes[far] < n/4 {
			t.Errorf("%d certifications were %s in %d worlds", closes[far], far, n)
		}
	}
	if late == 0 || entries < 20*n || blocks < 5*n || shows < 10*n {
		t.Error("too little happens")
	}
}

func TestASeedDoesTheSameAgain(t *testing.T) {
	for seed := range uint64(count()/100 + 3) {
		first, second := play(t, plan{seed: seed}, true), play(t, plan{seed: seed}, true)
		if first.digest != second.digest || len(first.trace) != len(second.trace) {
			t.Errorf("seed %d: digests %x and %x", seed, first.digest, second.digest)
		}
		for i := range min(len(first.trace), len(second.trace)) {
			if first.trace[i] != second.trace[i] {
				t.Fatalf("seed %d: line %d is\n%s\nand then\n%s", seed, i, first.trace[i], second.trace[i])
			}
		}
		if quiet := play(t, plan{seed: seed}, false); quiet.digest != first.digest {
			t.Errorf("seed %d: told, it does otherwise than untold", seed)
		}
	}
}

// report tells of a seed that breaks a promise: made as small as it goes, with the end of its trace.
func report(t *testing.T, p plan) {
	t.Helper()
	full := play(t, p, true)
	if full.broken == nil {
		t.Errorf("seed %d breaks a promise, and does not when it is told: it is not decided by its seed alone", p.seed)
		return
	}
	small := shrink(t, p, full)
	o := play(t, small, true)
	if o.broken == nil {
		t.Errorf("seed %d cannot be made smaller", p.seed)
		o = full
	}
	end := o.trace[max(0, len(o.trace)-40):]
	t.Errorf("seed %d: %s: %s\nagain: go test ./shared/ledger/simulation -run TestEverySeed -seed %d -off '%s' -v\nits last %d of %d lines (the whole world has %d):\n%s",
		p.seed, o.broken.promise, o.broken.what, p.seed, strings.Join(small.off, ","), len(end), len(o.trace), len(full.trace), strings.Join(end, "\n"))
}
