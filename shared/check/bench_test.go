package check

import (
	"io"
	"slices"
	"testing"
	"time"
)

func BenchmarkALookAtAPageOnLoopback(b *testing.B) {
	e, look := engine(io.Discard), of(quickstart(b), site(b, hello))
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		if got := e.Look(b.Context(), look); got.Verdict != "passed" {
			b.Fatal(got)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
}

func BenchmarkCompilingACheck(b *testing.B) {
	c := quickstart(b)
	for b.Loop() {
		if _, err := compile(c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJudgingAPage(b *testing.B) {
	p, err := compile(quickstart(b))
	if err != nil {
		b.Fatal(err)
	}
	team := map[string]string{"id": "red"}
	pages := map[string]Page{"page": {Status: 200, Body: "hello from blue"}}
	for b.Loop() {
		v, err := p.verdict(b.Context(), pages, team)
		if err == nil {
			_, err = p.say(b.Context(), v, "en", pages, team)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
