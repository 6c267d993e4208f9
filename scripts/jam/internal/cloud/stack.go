// Package cloud holds jam's commands that operate a Jam on AWS with the operator's own AWS credentials: minting
// organisers' tokens, moving dead letters back, bringing the ledger home, and looking whether all is well.
//
// They guarantee that a Jam is found by its stack's name alone, and that an error says what to do: which credentials,
// which region, which right is missing. Nothing that a participant or an organiser does needs them.
package cloud

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/shared/config"
)

// Cloud is the group of these commands.
type Cloud struct {
	OrganizerToken OrganizerToken `cmd:"" group:"cloud" help:"Mint an organiser's token of a deployed Jam."`
	Redrive        Redrive        `cmd:"" group:"cloud" help:"Move a deployed Jam's dead letters back to their queues."`
	Pull           Pull           `cmd:"" group:"cloud" help:"Bring a deployed Jam's whole ledger home, for 'up --read-only'."`
	Doctor         Doctor         `cmd:"" group:"cloud" help:"Say whether a deployed Jam will go well."`
	Cost           Cost           `cmd:"" group:"cloud" help:"Say what a Jam will cost on AWS, from list prices."`
}

// Target is which deployed Jam a command is about.
type Target struct {
	Stack string `help:"The Jam's stack, photofinish-<jam>." placeholder:"STACK" required:""`
}

// deployed is a Jam's stack, as CloudFormation describes it.
type deployed struct {
	aws       aws.Config
	stack     types.Stack
	jam       string
	api       string // its address, as this machine reaches it
	board     string
	table     string
	shards    int
	dashboard string
}

// connect finds AWS with the operator's credentials.
func connect(ctx context.Context) (aws.Config, error) {
	cfg, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return cfg, fmt.Errorf("read the AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		return cfg, cli.Usage("no AWS region is chosen; set AWS_REGION to the one that the Jam was deployed to")
	}
	return cfg, nil
}

// find looks the stack up.
func (t Target) find(ctx context.Context) (*deployed, error) {
	cfg, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	client := cloudformation.NewFromConfig(cfg)
	out, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &t.Stack})
	if err != nil {
		if code(err) == "ValidationError" {
			return nil, noSuchStack(ctx, client, t.Stack, cfg.Region)
		}
		return nil, explain("look the stack up", err)
	}
	if len(out.Stacks) == 0 {
		return nil, noSuchStack(ctx, client, t.Stack, cfg.Region)
	}
	return readStack(cfg, out.Stacks[0])
}

// readStack reads a stack's outputs.
func readStack(cfg aws.Config, s types.Stack) (*deployed, error) {
	outputs := map[string]string{}
	for _, o := range s.Outputs {
		outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	d := &deployed{
		aws: cfg, stack: s, jam: outputs[config.OutputJam], table: outputs[config.OutputTable], board: outputs[config.OutputBoard],
		dashboard: outputs[config.OutputDashboard], api: reachable(outputs[config.OutputAPI], os.Getenv("AWS_ENDPOINT_URL")),
	}
	var err error
	if d.shards, err = strconv.Atoi(outputs[config.OutputShards]); err != nil || d.jam == "" || d.table == "" || d.api == "" {
		return nil, fmt.Errorf("the stack %s (%s) has not the outputs of a Jam; is it deployed to its end?",
			aws.ToString(s.StackName), s.StackStatus)
	}
	return d, nil
}

// reachable is an API's address as this machine reaches it: a cloud on this machine serves it under its own endpoint.
func reachable(address, endpoint string) string {
	host, stage, ok := strings.Cut(strings.TrimPrefix(address, "https://"), "/")
	if endpoint == "" || !ok {
		return address
	}
	id, _, _ := strings.Cut(host, ".")
	return strings.TrimRight(endpoint, "/") + "/_aws/execute-api/" + id + "/" + stage
}

func noSuchStack(ctx context.Context, client *cloudformation.Client, name, region string) error {
	var there []string
	pages := cloudformation.NewDescribeStacksPaginator(client, &cloudformation.DescribeStacksInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			break // the answer is useful without the list
		}
		for _, s := range page.Stacks {
			if strings.HasPrefix(aws.ToString(s.StackName), config.Stack("")) {
				there = append(there, aws.ToString(s.StackName))
			}
		}
	}
	if len(there) > 0 {
		return cli.Usage("there is no stack %q in %s; there are: %s", name, region, strings.Join(there, ", "))
	}
	return cli.Usage("there is no stack %q in %s, nor any other of Photofinish; is this the right account and region (AWS_PROFILE, AWS_REGION)?",
		name, region)
}

// code is the code of an AWS error; "" if it is none.
func code(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// explain says what to do about an error of AWS.
func explain(what string, err error) error {
	switch code(err) {
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired":
		return &cli.Unauthorised{Err: fmt.Errorf("%s: your AWS credentials have expired; log in again", what)}
	case "InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "SignatureDoesNotMatch":
		return &cli.Unauthorised{Err: fmt.Errorf("%s: AWS does not know these credentials; look at AWS_PROFILE, or log in again", what)}
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation":
		return &cli.Unauthorised{Err: fmt.Errorf("%s: your AWS credentials may not do that: %w", what, err)}
	}
	if strings.Contains(err.Error(), "get credentials") || strings.Contains(err.Error(), "no EC2 IMDS role") {
		return &cli.Unauthorised{Err: fmt.Errorf("%s: there are no AWS credentials; set AWS_PROFILE, or log in with aws sso login", what)}
	}
	return fmt.Errorf("%s: %w", what, err)
}
