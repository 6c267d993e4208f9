package proof

import (
	"bytes"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
)

func TestProgressIsToldOfWhatTakesLongerThanTwoSeconds(t *testing.T) {
	var said bytes.Buffer
	now := time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC)
	app := &cli.App{Err: &said, Now: func() time.Time { return now }}
	p := begin(app, "audit")
	for i := range int64(60) { // six seconds
		now = now.Add(100 * time.Millisecond)
		p.at(i, 120, "entries")
	}
	p.at(3, 0, "KB")
	p.end()
	const want = "audit: 19 of 120 entries, 15%\naudit: 39 of 120 entries, 32%\naudit: 59 of 120 entries, 49%\n"
	if said.String() != want {
		t.Errorf("it said\n%s\nwant\n%s", &said, want)
	}
	said.Reset()
	quick := begin(app, "export")
	now = now.Add(patience - time.Millisecond)
	quick.at(1, 2, "steps")
	quick.end()
	if said.Len() > 0 {
		t.Errorf("it said %q of what took less", &said)
	}
}
