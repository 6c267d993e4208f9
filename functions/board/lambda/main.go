// Command lambda is the public's function on AWS. It holds no secret of the Jam.
package main

import (
	"time"

	"github.com/photofinish/photofinish/functions/board"
	"github.com/photofinish/photofinish/functions/lambda"
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/definitions"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/roster"
)

// tail is how old the unsealed end of the ledger may be that readers are shown: as long as the CDN in front keeps a reply.
const tail = time.Second

func main() {
	_, done, f := lambda.Start()
	table, names := f.Table(config.Board)
	l := f.Ledger(ledger.Config{Store: table, Definitions: definitions.NewPublished(table, names)})
	r := roster.New(l, nil)
	a := f.API(r)
	board.Register(a, live.New(live.Config{
		Jam: f.Jam, Reader: ledger.NewReader(table, f.Jam, names.Shards()), Clock: l, Names: r.Names, Now: time.Now, Tail: tail,
	}))
	done()
	f.Serve(a)
}
