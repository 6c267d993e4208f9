package cloud

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/definitions"
	"github.com/photofinish/photofinish/shared/keys"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/roster"
	"github.com/photofinish/photofinish/shared/store/dynamo"
)

// sealWithin is how old an entry may be before it is sealed: its settling, a run every minute, and some patience.
const sealWithin = ledger.Settle + 90*time.Second

func (x *examination) ledgerState(ctx context.Context) {
	table := dynamo.New(dynamo.NewClient(x.aws), x.table)
	r := ledger.NewReader(table, x.jam, x.shards)
	if err := r.Refresh(ctx); err != nil {
		x.unknown("sealing", err)
		return
	}
	if theirs, err := table.Now(ctx); err == nil {
		if skew := x.app.Now().Sub(theirs); skew.Abs() > maxSkew {
			x.note("clock", warn, "set this machine's clock right", "this machine is %s from the table", skew.Round(time.Millisecond))
		}
	}
	tail, err := r.Tail(ctx)
	if err != nil {
		x.unknown("sealing", err)
		return
	}
	newest, lag := r.Newest(), time.Duration(0)
	for _, leaf := range tail {
		lag = max(lag, x.app.Now().Sub(leaf.Stamp.Time()))
	}
	switch {
	case lag > sealWithin:
		x.note("sealing", fail, "docs/runbook.md#seal-lag", "the oldest unsealed entry is %s old", lag.Round(time.Second))
	case newest.Number > 0 && !r.HasCheckpoint(newest.Number) && x.app.Now().Sub(newest.End.Time()) > sealWithin:
		x.note("sealing", fail, "docs/runbook.md#seal-lag", "block %d has no checkpoint", newest.Number)
	default:
		x.note("sealing", good, "", "%d entries in %d blocks, %d not sealed yet", newest.Size, newest.Number, len(tail))
	}
}

func (x *examination) definitionState(ctx context.Context) {
	table := dynamo.New(dynamo.NewClient(x.aws), x.table)
	l := ledger.New(ledger.Config{
		Jam: x.jam, Store: table, Definitions: definitions.NewPublished(table, ledger.KeysOf(x.jam, x.shards)), Now: x.app.Now,
	}, x.shards)
	now := x.app.Now()
	situation, state, err := l.Situation(ctx, now.UnixMilli())
	if err != nil {
		x.unknown("definition", err)
		return
	}
	clock := situation.Clock
	switch starts := time.UnixMilli(clock.Starts); {
	case now.Before(starts):
		x.note("start", good, "", "in %s, at %s", starts.Sub(now).Round(time.Minute), starts.UTC().Format(time.RFC3339))
	default:
		x.note("start", good, "", "the Jam is %s", clock.Phase)
	}
	if names, err := roster.New(l, nil).Names(ctx); err != nil {
		x.unknown("teams", err)
	} else if want := situation.Event.Expect.Teams; len(names) == 0 {
		x.note("teams", warn, x.app.Program+" teams import teams.csv", "nobody has joined yet")
	} else if want > 0 && len(names) > want {
		x.note("teams", warn, "raise expect.teams in the definition, and deploy again", "%d have joined, %d are expected", len(names), want)
	} else {
		x.note("teams", good, "", "%d have joined", len(names))
	}
	newest := state.Definitions[len(state.Definitions)-1]
	if x.event == nil {
		x.note("definition", good, "", "%.12s is in force; compare it with yours by --event", situation.Definition)
		return
	}
	secret, err := secretsmanager.NewFromConfig(x.aws).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
		SecretId: aws.String(config.MasterSecret(x.jam)),
	})
	if err != nil {
		x.unknown("definition", err)
		return
	}
	k, err := keys.Derive(x.jam, aws.ToString(secret.SecretString))
	if err != nil {
		x.unknown("definition", err)
		return
	}
	if mine := x.event.Hash(k.Secret); mine != newest.Hash {
		x.note("definition", fail, "deploy it, or: "+x.app.Program+" define "+x.event.ID, "%.12s is in force, and yours is %.12s", newest.Hash, mine)
		return
	}
	x.note("definition", good, "", "%.12s is in force, and it is yours", newest.Hash)
}
