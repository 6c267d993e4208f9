package proof

import (
	"fmt"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
)

// patience is how long something may take before it tells how far it is, and how often it does.
const patience = 2 * time.Second

// progress tells how far something long is: on a terminal in one line, that is wiped at the end; else in lines.
type progress struct {
	app  *cli.App
	what string
	last time.Time
	live bool
	told bool
}

func begin(app *cli.App, what string) *progress {
	return &progress{app: app, what: what, last: app.Now(), live: term.IsTerminal(app.Err)}
}

// at tells how far it is, if it is time to.
func (p *progress) at(done, of int64, unit string) {
	now := p.app.Now()
	if now.Sub(p.last) < patience {
		return
	}
	p.last, p.told = now, true
	line := fmt.Sprintf("%s: %d %s", p.what, done, unit)
	if of > 0 {
		line = fmt.Sprintf("%s: %d of %d %s, %d%%", p.what, done, of, unit, 100*done/of)
	}
	if p.live {
		p.app.Notef("\r\x1b[K%s", line)
	} else {
		p.app.Notef("%s\n", line)
	}
}

func (p *progress) end() {
	if p.live && p.told {
		p.app.Notef("\r\x1b[K")
	}
}
