// Package guard looks at an AWS account before anything is deployed into it, and refuses what would go wrong in the middle:
// a name that is taken, a Jam that is running.
//
// It guarantees that it changes nothing, that a refusal says what to do, and that a deployment in the middle of a Jam
// touches nothing that data lies in or moves through. What it may not look at it passes over with a note: CloudFormation
// will say so then, later and in more words.
package guard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store/dynamo"
)

// Guard looks for one Jam.
type Guard struct {
	AWS       *aws.Config // nil: nobody may look
	Jam       string
	Timezone  *time.Location // in which times are told
	Shards    int            // over how many partitions the definition spreads the ledger
	DuringJam bool           // the organiser knows that the Jam may be running
	Now       func() time.Time
	Note      func(format string, args ...any) // told what could not be looked at
}

// Refusal is a deployment that must not be, and what to do about it.
type Refusal struct{ Text string }

func (r *Refusal) Error() string { return r.Text }

func refuse(format string, args ...any) error { return &Refusal{fmt.Sprintf(format, args...)} }

// Deployed is what is there already.
type Deployed struct {
	Template string // of the stack, as it was deployed; "" where there is none
	Running  bool   // the Jam is under way
}

// Look looks at what is there. Its error is a *Refusal.
func (g *Guard) Look(ctx context.Context) (Deployed, error) {
	if g.AWS == nil {
		return Deployed{}, nil
	}
	stack, err := g.stack(ctx)
	if err != nil {
		g.passOver("the stack", err)
		return Deployed{}, nil
	}
	state, opened, table, err := g.state(ctx)
	if err != nil {
		g.passOver("the ledger", err)
	}
	name := config.Stack(g.Jam)
	switch {
	case stack == nil && (table || g.secret(ctx)):
		return Deployed{}, refuse(`The name is taken: the table %[1]s or the secret %[3]s is there without its stack. An earlier Jam of
that name has left its ledger, or a first deployment failed in the middle. Give this Jam another id, or bring the ledger home, if
there is one, and then delete both:

  go run ./scripts/jam pull --table %[1]s --data %[2]s
  aws dynamodb update-table --table-name %[1]s --no-deletion-protection-enabled
  aws dynamodb delete-table --table-name %[1]s
  aws secretsmanager delete-secret --secret-id %[3]s --force-delete-without-recovery`, name, g.Jam, config.MasterSecret(g.Jam))
	case stack == nil:
		return Deployed{}, nil
	case !ours(stack, g.Jam):
		return Deployed{}, refuse("The name is taken: there is a stack %s, and it is no Jam's. Give this Jam another id, or deploy it to another region.", name)
	}
	if had := shards(stack); opened && had != "" && had != strconv.Itoa(g.Shards) {
		return Deployed{}, refuse("The ledger of %s is spread over %s shards, and this definition wants %d. That cannot change once a ledger is open: "+
			"say `shards: %s` in events/%s/event.yaml.", g.Jam, had, g.Shards, had, g.Jam)
	}
	clock := state.Clock.Read(g.Now().UnixMilli())
	running := opened && slices.Contains([]rules.Phase{rules.Warmup, rules.Running, rules.OnHold}, clock.Phase)
	if running && !g.DuringJam {
		return Deployed{}, refuse(`The Jam %s is %s, until %s.
Whatever is deployed now happens to teams at work. If that is what you want, say so: -c during-jam=yes. Then a change of
anything that data lies in or moves through is still refused; functions and the definition may change, and a definition
takes effect half a minute later, by an entry of the ledger. A challenge alone can also be changed without a deployment:

  go run ./scripts/jam define events/%s`, g.Jam, clock.Phase, time.UnixMilli(clock.Ends).In(g.Timezone).Format("15:04:05 MST"), g.Jam)
	}
	d := Deployed{Running: running}
	if d.Template, err = g.template(ctx); err != nil {
		if running {
			return d, refuse("The Jam %s is running, and what is deployed cannot be compared with what would be: %v", g.Jam, err)
		}
		g.passOver("the deployed template", err)
	}
	return d, nil
}

func (g *Guard) passOver(what string, err error) {
	g.Note("It could not be seen before the deployment whether the name is free and no Jam is running (%s): %v", what, err)
}

// stack is the Jam's stack, nil if there is none.
func (g *Guard) stack(ctx context.Context) (*cfn.Stack, error) {
	out, err := cloudformation.NewFromConfig(*g.AWS).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{
		StackName: aws.String(config.Stack(g.Jam)),
	})
	if code(err) == "ValidationError" {
		return nil, nil // that is how CloudFormation says that it knows none
	}
	if err != nil {
		return nil, err
	}
	for _, s := range out.Stacks {
		// A stack that was only ever reviewed, or could not be created, holds nothing.
		if s.StackStatus != cfn.StackStatusReviewInProgress && s.StackStatus != cfn.StackStatusRollbackComplete {
			return &s, nil
		}
	}
	return nil, nil
}

// ours tells whether a stack is this Jam's: by its tags, which it has from its first moment.
func ours(s *cfn.Stack, jamID string) bool {
	tags := map[string]string{}
	for _, t := range s.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags[config.TagProject] == config.Project && tags[config.TagJam] == jamID
}

// shards is over how many partitions the deployed ledger is spread, as its stack says.
func shards(s *cfn.Stack) string {
	for _, o := range s.Outputs {
		if aws.ToString(o.OutputKey) == config.OutputShards {
			return aws.ToString(o.OutputValue)
		}
	}
	return ""
}

// state reads the Jam's state from its table, if there is one.
func (g *Guard) state(ctx context.Context) (state rules.Jam, opened, table bool, err error) {
	l := ledger.New(ledger.Config{Jam: g.Jam, Store: dynamo.New(dynamo.NewClient(*g.AWS), config.Stack(g.Jam)), Now: g.Now}, 1)
	state, opened, err = l.JamState(ctx)
	if code(err) == "ResourceNotFoundException" {
		return rules.Jam{}, false, false, nil
	}
	return state, opened, err == nil, err
}

// secret tells whether the Jam's master secret is there, or is about to be deleted, in which its name is taken as well.
func (g *Guard) secret(ctx context.Context) bool {
	_, err := secretsmanager.NewFromConfig(*g.AWS).DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{
		SecretId: aws.String(config.MasterSecret(g.Jam)),
	})
	if err != nil && code(err) != "ResourceNotFoundException" {
		g.passOver("the secret", err)
	}
	return err == nil
}

func (g *Guard) template(ctx context.Context) (string, error) {
	out, err := cloudformation.NewFromConfig(*g.AWS).GetTemplate(ctx, &cloudformation.GetTemplateInput{
		StackName: aws.String(config.Stack(g.Jam)), TemplateStage: cfn.TemplateStageOriginal,
	})
	if err != nil {
		return "", fmt.Errorf("read the deployed template: %w", err)
	}
	return aws.ToString(out.TemplateBody), nil
}

// code is the code of an AWS error; "" if it is none.
func code(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}
