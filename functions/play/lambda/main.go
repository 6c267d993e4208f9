// Command lambda is the participants' function on AWS.
package main

import (
	"github.com/photofinish/photofinish/functions/lambda"
	"github.com/photofinish/photofinish/functions/play"
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/definitions"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/roster"
)

func main() {
	ctx, done, f := lambda.Start()
	table, names := f.Table(config.Play)
	verifier := f.Text(config.EnvVerifier)
	k := f.Keys(ctx)
	l := f.Ledger(ledger.Config{
		Store: table, Definitions: definitions.NewSealed(table, names, k.Secret), Secret: k.Secret, Receipts: k.Receipts,
	})
	r := roster.New(l, nil)
	a := f.API(r)
	play.Register(a, play.Deps{
		Ledger: l, Roster: r, Secret: k.Secret, ReceiptKey: k.ReceiptKey, CheckpointKey: verifier,
	})
	done()
	f.Serve(a)
}
