// Command lambda is the organisers' function on AWS. The ledger is taken home with `jam pull`, which has no limit of size;
// so there is no export here.
package main

import (
	"time"

	"github.com/photofinish/photofinish/functions/lambda"
	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/definitions"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/roster"
)

func main() {
	ctx, done, f := lambda.Start()
	table, names := f.Table(config.Organize)
	k := f.Keys(ctx)
	sealed := definitions.NewSealed(table, names, k.Secret)
	l := f.Ledger(ledger.Config{Store: table, Definitions: sealed, Secret: k.Secret, Receipts: k.Receipts})
	r := roster.New(l, nil)
	view := live.New(live.Config{
		Jam: f.Jam, Reader: ledger.NewReader(table, f.Jam, names.Shards()), Clock: l, Names: r.Names, Now: time.Now, Tail: time.Second,
	})
	a := f.API(r)
	organize.Register(a, organize.Deps{Ledger: l, Roster: r, Pending: view, Definitions: sealed, Log: f.Log})
	done()
	f.Serve(a)
}
