package bench

import (
	"fmt"
	"time"
)

// Table is a report in rows of figure, measurement and aim; the first row is the heading.
func Table(r *Report) [][3]string {
	rows := [][3]string{{"figure", "measured", "aim"}}
	add := func(figure, measured, aim string) { rows = append(rows, [3]string{figure, measured, aim}) }
	aims := map[int]string{1: "1,200/s", 16: "6,000/s, p99 10 ms", 64: "8,000/s, p99 20 ms"}
	for _, l := range r.Submit {
		add(fmt.Sprintf("durable submissions, %d clients", l.Clients), rate(l), aims[l.Clients])
	}
	for _, l := range r.Submit {
		add(fmt.Sprintf("server CPU per submission, %d clients", l.Clients), short(l.CPU), "0.2 ms")
	}
	for i, l := range r.Store {
		share := ""
		if i < len(r.Submit) && l.PerSecond > 0 {
			share = fmt.Sprintf("submissions reach %.0f%% of it", 100*r.Submit[i].PerSecond/l.PerSecond)
		}
		add(fmt.Sprintf("bare store commits, %d goroutines", l.Clients), rate(l), share)
	}
	t := r.Tolls
	add("submissions with receipts / without", t.Receipts.String(), "")
	add("submissions with sealing beside / without", t.Sealing.String(), "")
	add(fmt.Sprintf("submissions with both / with neither, %d rounds", t.Rounds), t.Both.String(), "at least 0.90")
	add("the same, 64 clients", fmt.Sprintf("%.0f/s and %.0f/s%s", t.Accepted, t.Bare, failures(t.Failures, t.First)), "")
	add(fmt.Sprintf("sealed beside %.0f submissions/s", t.Accepted),
		fmt.Sprintf("%.0f/s, busy %.0f%% of the time", t.Sealed, 100*t.Busy), "busy below 100%")
	add(fmt.Sprintf("inclusion proofs in a tree of %d, 16 clients", r.ProofTree), rate(r.Proofs), "5,000/s")
	add("board reads, 72×9, 16 clients, gzip", rate(r.Board), "15,000/s")
	add("server CPU per board read, 72×9", short(r.Board.CPU), "")
	if r.Full != nil {
		add("board reads, 5,000×50, gzip", fmt.Sprintf("%s, %d KB each", rate(*r.Full), r.Full.Bytes>>10), "100/s")
		add("the first of them, cold", short(r.Cold), "0.5 s")
		add("start with 255,000 entries", short(r.Restart), "")
	}
	add(fmt.Sprintf("board reads, 1,000×50, beside %.0f writes/s", r.Writing), rate(r.Mixed), "5,000/s, p99 50 ms")
	add("from a reply to the board that shows it", fmt.Sprintf("p50 %s, max %s", short(r.Visible.P50), short(r.Visible.Max)), "100 ms")
	add("start, 72 teams", short(r.Start), "0.2 s")
	add("resident memory, 72×9", mib(r.Memory), "60 MiB")
	add("resident memory, 1,000×50 after the load", mib(r.MemoryBg), "")
	return rows
}

func rate(l load) string {
	return fmt.Sprintf("%.0f/s, p50 %s, p99 %s", l.PerSecond, short(l.P50), short(l.P99)) + failures(l.Failures, l.First)
}

func failures(n int, first string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d failed: %.80s)", n, first)
}

// String is the ratio of rates, between what it mostly lay, and that of processor time.
func (t toll) String() string {
	return fmt.Sprintf("%.3f (%.2f to %.2f), by CPU %.3f", t.Rate, t.Lower, t.Upper, t.CPU)
}

func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%.0f ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.2f ms", float64(d)/1e6)
}

func mib(bytes int64) string { return fmt.Sprintf("%.0f MiB", float64(bytes)/(1<<20)) }
