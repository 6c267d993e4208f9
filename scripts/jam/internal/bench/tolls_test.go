package bench

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/api"
)

func TestATollComparesTurnsOfTheSameRoundOnly(t *testing.T) {
	// A machine that grows five times as slow from the second round on, while receipts take a fifth and sealing a tenth.
	var all [4]measured
	for _, pace := range []float64{1000, 200, 200} {
		for n, share := range []float64{0.8 * 0.9, 0.9, 0.8, 1} {
			all[n].rate = append(all[n].rate, pace*share)
			all[n].cpu = append(all[n].cpu, 2*pace*share)
		}
	}
	receipts, sealing, both := compare(all)
	for _, tt := range []struct {
		name string
		got  toll
		want float64
	}{{"receipts", receipts, 0.8}, {"sealing", sealing, 0.9}, {"both", both, 0.72}} {
		for _, got := range []float64{tt.got.Rate, tt.got.Lower, tt.got.Upper, tt.got.CPU} {
			if got < tt.want-1e-9 || got > tt.want+1e-9 {
				t.Errorf("%s: %+v, want %.2f", tt.name, tt.got, tt.want)
			}
		}
	}
}

func TestAQuantileLiesBetweenTheFiguresThatItFallsBetween(t *testing.T) {
	figures := []float64{40, 10, 30, 20}
	for q, want := range map[float64]float64{0: 10, 0.5: 25, 1: 40, 0.25: 17.5} {
		if got := part(figures, q); got != want {
			t.Errorf("quantile %.2f is %v, want %v", q, got, want)
		}
	}
	if figures[0] != 40 {
		t.Error("the figures were put in order where they lie")
	}
}

func TestAContenderLeavesOutWhatItIsToldToAndSealsWhatItHasAccepted(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for entries to settle")
	}
	s := size{20, 40}
	for _, receipts := range []bool{true, false} {
		b := &bench{dir: t.TempDir(), Report: &Report{}}
		c, err := b.compete(t.Context(), s, receipts, receipts, 4)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.close() }()
		first, err := c.take(t.Context(), s, 100*time.Millisecond)
		if err != nil || first.accepted.Failures > 0 || first.accepted.Requests == 0 {
			t.Fatalf("%+v, %v", first, err)
		}
		time.Sleep(sealEvery * 7) // half a minute, by the contender's clock
		second, err := c.take(t.Context(), s, 100*time.Millisecond)
		if err != nil || second.accepted.Failures > 0 {
			t.Fatalf("%+v, %v", second, err)
		}
		if sealed := second.sealed >= int64(first.accepted.Requests); sealed != receipts || receipts != (second.busy > 0) {
			t.Errorf("it accepted %d and then sealed %d in %s", first.accepted.Requests, second.sealed, second.busy)
		}
		conn, err := dial(c.address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.conn.Close() }()
		r, _ := s.submission(c.tokens, 4, 0, c.next[0])
		status, _, body, err := conn.do(r, true)
		var reply api.SubmissionReply
		if err != nil || status != http.StatusCreated || json.Unmarshal(body, &reply) != nil || (reply.Receipt != "") != receipts {
			t.Errorf("receipts %t: status %d, %v, %s", receipts, status, err, body)
		}
	}
}
