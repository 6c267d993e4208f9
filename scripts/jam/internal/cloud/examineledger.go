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
	"github.com/photofinish/photofinish/shared/rules"
)

// sealWithin is how old an entry may be before it is sealed: its settling, a run every minute, and some patience.
const sealWithin = ledger.Settle + 90*time.Second

const aboutSealing = "docs/runbook.md#seal-lag"

// ledgerState looks whether the sequencer keeps up. Ages are by the table's clock, since entries are not this machine's.
func (x *examination) ledgerState(ctx context.Context) {
	r := ledger.NewReader(x.items, x.jam, x.shards)
	if err := r.Refresh(ctx); err != nil {
		x.unknown("sealing", err)
		return
	}
	now, err := x.items.Now(ctx)
	if err != nil {
		x.unknown("sealing", err)
		return
	}
	// The table's clock is told in whole seconds, and only after the reply's way.
	x.skew("this machine", max(0, x.app.Now().Sub(now).Abs()-time.Second), "the table")
	tail, err := r.Tail(ctx)
	if err != nil {
		x.unknown("sealing", err)
		return
	}
	newest, lag, late := r.Newest(), time.Duration(0), 0
	for _, leaf := range tail {
		lag = max(lag, now.Sub(leaf.Stamp.Time()))
		if newest.Number > 0 && !newest.End.Before(leaf.Stamp) {
			late++
		}
	}
	switch {
	case late > 0:
		x.note("sealing", fail, "docs/runbook.md#late-entries", "%d entries were committed after their place had been sealed", late)
	case lag > sealWithin:
		x.note("sealing", fail, aboutSealing, "the oldest unsealed entry is %s old", lag.Round(time.Second))
	case newest.Number > 0 && !r.HasCheckpoint(newest.Number) && now.Sub(newest.End.Time()) > sealWithin:
		x.note("sealing", fail, aboutSealing, "block %d has no checkpoint", newest.Number)
	default:
		x.note("sealing", good, "", "%d entries in %d blocks, %d not sealed yet", newest.Size, newest.Number, len(tail))
	}
	x.gatewaySkew(ctx, r, tail)
}

// gatewaySkew holds the handlers' clocks to the gateway's, by the newest entries that have both times. A handler comes
// after the gateway: a time before it is a clock that is behind, and one long after it a clock that is ahead, or a slow way.
func (x *examination) gatewaySkew(ctx context.Context, r *ledger.Reader, tail []ledger.Leaf) {
	leaves := tail
	if newest := r.Newest(); len(newest.Stamps) > 0 {
		if sealed, err := r.Leaves(ctx, newest); err == nil {
			leaves = append(sealed, tail...)
		}
	}
	requests, worst := 0, time.Duration(0)
	for _, leaf := range leaves {
		e, err := leaf.Entry()
		if err != nil || e.Received.Gateway == 0 {
			continue
		}
		requests++
		apart := time.Duration(e.Received.Handler-e.Received.Gateway) * time.Millisecond
		if apart.Abs() > worst.Abs() {
			worst = apart
		}
	}
	switch {
	case requests == 0:
	case worst.Abs() > maxSkew:
		x.note("handlers", warn, "docs/runbook.md#clock-skew", "a handler's clock showed %s after the gateway's, among the last %d requests",
			worst.Round(time.Millisecond), requests)
	default:
		x.note("handlers", good, "", "took over within %s of the gateway, in all of the last %d requests", worst.Abs().Round(time.Millisecond), requests)
	}
}

// situation is the Jam as it stands now.
func (x *examination) situation(ctx context.Context) (rules.Situation, rules.Jam, error) {
	return x.ledger().Situation(ctx, x.app.Now().UnixMilli())
}

func (x *examination) ledger() *ledger.Ledger {
	return ledger.New(ledger.Config{
		Jam: x.jam, Store: x.items, Definitions: definitions.NewPublished(x.items, ledger.KeysOf(x.jam, x.shards)), Now: x.app.Now,
	}, x.shards)
}

func (x *examination) clockState(ctx context.Context) {
	situation, _, err := x.situation(ctx)
	if err != nil {
		x.unknown("start", err)
		return
	}
	clock, now := situation.Clock, x.app.Now()
	if starts := time.UnixMilli(clock.Starts); now.Before(starts) {
		x.note("start", good, "", "in %s, at %s", starts.Sub(now).Round(time.Minute), starts.UTC().Format(time.RFC3339))
		return
	}
	x.note("start", good, "", "the Jam is %s", clock.Phase)
}

func (x *examination) rosterState(ctx context.Context) {
	situation, _, err := x.situation(ctx)
	if err != nil {
		x.unknown("teams", err)
		return
	}
	names, err := roster.New(x.ledger(), nil).Names(ctx)
	want := situation.Event.Expect.Teams
	switch {
	case err != nil:
		x.unknown("teams", err)
	case len(names) == 0:
		x.note("teams", warn, x.app.Program+" teams import teams.csv", "nobody has joined yet")
	case want > 0 && len(names) > want:
		x.note("teams", warn, "raise expect.teams in the definition, and deploy again", "%d have joined, %d are expected", len(names), want)
	default:
		x.note("teams", good, "", "%d have joined", len(names))
	}
}

// definitionState tells which definition is in force, and whether it is the one at hand. The hash of that hangs on the
// Jam's secret, which the operator may or may not read.
func (x *examination) definitionState(ctx context.Context) {
	situation, state, err := x.situation(ctx)
	if err != nil {
		x.unknown("definition", err)
		return
	}
	newest, force := state.Definitions[len(state.Definitions)-1], "is in force"
	if newest.Hash != situation.Definition {
		force = "takes effect at " + time.UnixMilli(newest.From).UTC().Format(time.RFC3339)
	}
	if x.event == nil {
		x.note("definition", good, "", "%.12s %s; compare it with yours by --event", newest.Hash, force)
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
		x.note("definition", fail, "deploy it, or: "+x.app.Program+" define DIR", "%.12s %s, and yours is %.12s", newest.Hash, force, mine)
		return
	}
	x.note("definition", good, "", "%.12s %s, and it is yours", newest.Hash, force)
}
