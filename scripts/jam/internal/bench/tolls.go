package bench

import (
	"context"
	"errors"
	"slices"
	"time"
)

// tolls is what receipts and sealing cost the accept path, and what sealing itself can do.
type tolls struct {
	Rounds   int     `json:"rounds"`
	Accepted float64 `json:"accepted_per_second"` // with both
	Bare     float64 `json:"accepted_per_second_without_both"`
	Receipts toll    `json:"receipts"`
	Sealing  toll    `json:"sealing"`
	Both     toll    `json:"both"`
	Sealed   float64 `json:"sealed_per_second"` // beside Accepted
	Busy     float64 `json:"sequencer_busy"`    // the share of the time that this took; below 1 it keeps up
	Failures int     `json:"failures"`
	First    string  `json:"first_failure,omitempty"`
}

// toll is what is accepted with something over what is without it: the median of the rounds' ratios, and between which
// the half of them in the middle lie. CPU is the same of submissions for each second of processor time, clients included:
// where the processors are what limits, the two agree, and on a machine that others use it is the steadier one.
type toll struct {
	Rate  float64 `json:"rate"`
	Lower float64 `json:"rate_lower_quartile"`
	Upper float64 `json:"rate_upper_quartile"`
	CPU   float64 `json:"cpu,omitempty"`
}

// measured is one contender's turns.
type measured struct{ rate, cpu []float64 } // submissions for each second, and for each second of processor time

func (m *measured) add(t turn) {
	m.rate = append(m.rate, t.accepted.PerSecond)
	m.cpu = append(m.cpu, 1/t.cpu.Seconds())
}

// over compares turns of the same rounds.
func over(with, without measured) (rate, cpu []float64) {
	for round := range with.rate {
		rate = append(rate, with.rate[round]/without.rate[round])
		cpu = append(cpu, with.cpu[round]/without.cpu[round])
	}
	return rate, cpu
}

func tollOf(rate, cpu []float64) toll {
	return toll{Rate: part(rate, 0.5), Lower: part(rate, 0.25), Upper: part(rate, 0.75), CPU: part(cpu, 0.5)}
}

// part is a quantile of some figures, between two of them where it falls between.
func part(figures []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(figures))
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

// compare makes tolls of what was measured. A contender's number says what it leaves out: 1 receipts, 2 sealing.
func compare(all [4]measured) (receipts, sealing, both toll) {
	pairs := func(of ...[2]int) toll {
		var rate, cpu []float64
		for _, pair := range of {
			r, c := over(all[pair[0]], all[pair[1]])
			rate, cpu = append(rate, r...), append(cpu, c...)
		}
		return tollOf(rate, cpu)
	}
	return pairs([2]int{0, 1}, [2]int{2, 3}), pairs([2]int{0, 2}, [2]int{1, 3}), pairs([2]int{0, 3})
}

// toll lets four servers take short turns, forwards in one round and backwards in the next, so that whatever else the
// machine does meets all of them, and compares only turns of one round.
func (b *bench) toll(ctx context.Context) (err error) {
	const clients, rounds = 64, 8
	s := size{2000, 50}
	each := min(max(b.Each/2, time.Second), 2*time.Second)
	b.Progress("a Jam of %s: submissions by %d clients, with and without receipts and sealing, %d rounds", s, clients, rounds)
	var all []*contender
	defer func() {
		for _, c := range all {
			err = errors.Join(err, c.close())
		}
	}()
	for n := range 4 {
		c, err := b.compete(ctx, s, n&1 == 0, n&2 == 0, clients)
		if err != nil {
			return err
		}
		all = append(all, c)
	}
	whole := all[0]
	var measured [4]measured
	var sealed int64
	var took, busy time.Duration
	for round := -1; round < rounds; round++ { // the first fills what the next seals, and is not counted
		order := []int{0, 1, 2, 3}
		if round%2 == 0 {
			slices.Reverse(order)
		}
		for _, n := range order {
			t, err := all[n].take(ctx, s, each)
			if err != nil {
				return err
			}
			if t.accepted.Failures > 0 {
				b.Tolls.Failures += t.accepted.Failures
				b.Tolls.First = t.accepted.First
			}
			if round < 0 {
				continue
			}
			measured[n].add(t)
			if all[n] == whole {
				sealed, busy, took = sealed+t.sealed, busy+t.busy, took+t.lasted
			}
		}
	}
	receipts, sealing, both := compare(measured)
	b.Tolls.Rounds, b.Tolls.Accepted, b.Tolls.Bare = rounds, part(measured[0].rate, 0.5), part(measured[3].rate, 0.5)
	b.Tolls.Receipts, b.Tolls.Sealing, b.Tolls.Both = receipts, sealing, both
	b.Tolls.Sealed, b.Tolls.Busy = float64(sealed)/took.Seconds(), busy.Seconds()/took.Seconds()
	return b.proofs(ctx, whole)
}
