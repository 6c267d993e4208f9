package play_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkSubmit accepts answers of many teams at once, through the handler and down to the disk.
func BenchmarkSubmit(b *testing.B) {
	f := open(b, true)
	const teams = 64
	for i := range teams {
		id := fmt.Sprintf("b%d", i)
		f.tokens[id] = f.join(id)
	}
	var n atomic.Int64
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			f.at(10*time.Minute + time.Duration(i/20)*time.Millisecond)
			if a := f.submit(fmt.Sprintf("b%d", i%teams), "whales", "largest", fmt.Sprint("wrong ", i)); a.Code != 201 {
				b.Errorf("%d %s", a.Code, a.Body)
			}
		}
	})
}
