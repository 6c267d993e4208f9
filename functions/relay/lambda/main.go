// Command lambda relays the table's stream to the bus on AWS.
package main

import (
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/photofinish/photofinish/functions/lambda"
	"github.com/photofinish/photofinish/functions/relay"
	"github.com/photofinish/photofinish/shared/bus/aws"
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/definitions"
	"github.com/photofinish/photofinish/shared/ledger"
)

func main() {
	_, done, f := lambda.Start()
	table, names := f.Table(config.Relay)
	name := f.Text(config.EnvBus)
	f.Ready()
	r := &relay.Function{
		Ledger: f.Ledger(ledger.Config{Store: table, Definitions: definitions.NewPublished(table, names)}),
		Bus:    &aws.Publisher{Client: eventbridge.NewFromConfig(f.AWS), Bus: name}, Log: f.Log, Metrics: f.Metrics,
	}
	done()
	f.ServeStream(r.Handle)
}
