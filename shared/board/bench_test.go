package board

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// fullBoard is a Jam in which every team has passed every task, one submission a millisecond, but for the last task,
// which every other team has still to pass: next gives these passes, from 0 on.
func fullBoard(teams, tasks int) (entries []rules.Entry, next func(i int) rules.Entry) {
	versions := make([]int64, teams)
	milli := int64(testStart)
	add := func(team int, e rules.Entry) rules.Entry {
		milli++
		versions[team]++
		e.Stamp, e.Team, e.Version = jam.Stamp{Milli: milli}, fmt.Sprintf("team-%04d", team), versions[team]
		if e.Verdict == jam.Passed {
			at := e.Stamp
			e.Counts = &at
		}
		return e
	}
	for team := range teams {
		entries = append(entries, add(team, rules.Entry{Kind: rules.Joined, Standing: rules.Competing}))
	}
	pass := func(team, task int, verdict jam.Verdict) rules.Entry {
		ref := jam.TaskRef(fmt.Sprintf("challenge-%d/task-%d", task/5, task%5))
		return add(team, rules.Entry{Kind: rules.Submitted, Task: ref, Check: jam.KindAnswer, Verdict: verdict, Points: 100})
	}
	for task := range tasks {
		for team := range teams {
			if task < tasks-1 || team%2 == 0 {
				entries = append(entries, pass(team, task, jam.Passed))
			}
		}
	}
	return entries, func(i int) rules.Entry { return pass((2*i+1)%teams, tasks-1, jam.Passed) }
}

func sizes(b *testing.B, run func(b *testing.B, entries []rules.Entry, next func(int) rules.Entry)) {
	for _, size := range [][2]int{{72, 9}, {72, 36}, {1000, 36}, {5000, 50}, {10_000, 36}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			entries, next := fullBoard(size[0], size[1])
			b.ReportAllocs()
			run(b, entries, next)
		})
	}
}

func folded(entries []rules.Entry) *Fold {
	f := New(jam.Stamp{})
	for _, e := range entries {
		f.Add(e)
	}
	return f
}

func BenchmarkAdd(b *testing.B) {
	sizes(b, func(b *testing.B, entries []rules.Entry, _ func(int) rules.Entry) {
		for b.Loop() {
			folded(entries)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		f := folded(entries)
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(f)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(entries)), "kept-B/entry")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(entries)), "ns/entry")
	})
}

func BenchmarkTheFirstRender(b *testing.B) {
	sizes(b, func(b *testing.B, entries []rules.Entry, _ func(int) rules.Entry) {
		for b.Loop() {
			b.StopTimer()
			f := folded(entries)
			b.StartTimer()
			b.SetBytes(int64(len(f.Render(Meta{Jam: "bench"}))))
		}
		b.StopTimer()
		plain := folded(entries).Render(Meta{Jam: "bench"})
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed) // as readers are sent it
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if _, err := w.Write(plain); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(began).Microseconds())/1000, "gzip-ms")
		b.ReportMetric(float64(len(plain))/1024, "KB")
		b.ReportMetric(float64(packed.Len())/1024, "gzip-KB")
	})
}

// afterOneEntry measures what a read costs after each of a Jam's last entries.
func afterOneEntry(b *testing.B, read func(f *Fold)) {
	sizes(b, func(b *testing.B, entries []rules.Entry, next func(int) rules.Entry) {
		var f *Fold
		i, odd := 0, 0
		for _, e := range entries {
			if e.Kind == rules.Joined {
				odd++
			}
		}
		odd /= 2
		for b.Loop() {
			if i%odd == 0 { // all have passed: back to where they had not
				b.StopTimer()
				f = folded(entries)
				f.Render(Meta{})
				b.StartTimer()
			}
			f.Add(next(i % odd))
			read(f)
			i++
		}
	})
}

func BenchmarkARenderAfterOneEntry(b *testing.B) {
	afterOneEntry(b, func(f *Fold) { b.SetBytes(int64(len(f.Render(Meta{Jam: "bench"})))) })
}

func BenchmarkSettlingAfterOneEntry(b *testing.B) {
	afterOneEntry(b, (*Fold).settle)
}

func BenchmarkTheGraphOfTheTopTen(b *testing.B) {
	sizes(b, func(b *testing.B, entries []rules.Entry, _ func(int) rules.Entry) {
		f := folded(entries)
		f.settle()
		for b.Loop() {
			f.Graph()
		}
	})
}

// A comparison in a Jam with a hundred rulings on one task that pays a bonus: each is thought away by itself.
func BenchmarkCompare(b *testing.B) {
	sizes(b, func(b *testing.B, entries []rules.Entry, _ func(int) rules.Entry) {
		f := folded(entries)
		f.Define(&jam.Event{Challenges: []jam.Challenge{{ID: "challenge-0", Tasks: []jam.Task{{ID: "task-0", Points: 100, Bonus: 10}}}}})
		ruled := 0
		for _, e := range entries {
			if e.Task == "challenge-0/task-0" && ruled < 100 {
				ruled++
				at := jam.Stamp{Milli: testStart + 10_000_000 + int64(ruled)}
				f.Add(rules.Entry{
					Kind: rules.Ruled, Ruling: rules.Void, Stamp: at, Team: e.Team, Task: e.Task, Version: 1 << 40, Submission: &e.Stamp,
				})
			}
		}
		rows := f.Board(Meta{}).Rows
		b.ResetTimer()
		for b.Loop() {
			if _, err := f.Compare(rows[0].Team.ID, rows[1].Team.ID); err != nil {
				b.Fatal(err)
			}
		}
	})
}
