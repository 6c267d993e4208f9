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
	"net"
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
	board     string // likewise
	local     bool   // it is in a cloud on this machine
	table     string
	shards    int
	dashboard string
}

// connect finds AWS with the operator's credentials.
func connect(ctx context.Context) (aws.Config, error) {
	cfg, err := awsconfig.LoadDefaultConfig(ctx)
	if missing, ok := errors.AsType[awsconfig.SharedConfigProfileNotExistError](err); ok {
		return cfg, cli.Usage("the AWS configuration has no profile %q; look at AWS_PROFILE", missing.Profile)
	}
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
		dashboard: outputs[config.OutputDashboard], api: outputs[config.OutputAPI],
	}
	if endpoint := aws.ToString(cfg.BaseEndpoint); config.OnThisMachine(endpoint) {
		// A cloud on this machine serves an API under its own endpoint, and has no CDN before it.
		d.local, d.api = true, reachable(d.api, endpoint)
		d.board = d.api + "/v1/board"
	}
	var err error
	if d.shards, err = strconv.Atoi(outputs[config.OutputShards]); err != nil || d.shards < 1 || d.jam == "" || d.table == "" || d.api == "" {
		return nil, fmt.Errorf("the stack %s (%s) has not the outputs of a Jam; is it deployed to its end?",
			aws.ToString(s.StackName), s.StackStatus)
	}
	return d, nil
}

// reachable is an API's address in a cloud on this machine: that serves it under its own endpoint.
func reachable(address, endpoint string) string {
	host, stage, ok := strings.Cut(strings.TrimPrefix(address, "https://"), "/")
	if !ok {
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
	case "InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "SignatureDoesNotMatch", "InvalidSignatureException",
		"MissingAuthenticationToken", "MissingAuthenticationTokenException", "IncompleteSignature":
		return &cli.Unauthorised{Err: fmt.Errorf("%s: AWS does not know these credentials; look at AWS_PROFILE, or log in again", what)}
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "AuthorizationErrorException":
		return &cli.Unauthorised{Err: fmt.Errorf("%s: your AWS credentials may not do that: %s", what, message(err))}
	case "RequestTimeTooSkewed":
		return fmt.Errorf("%s: this machine's clock is wrong by minutes; set it right, and try again", what)
	case "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "ProvisionedThroughputExceededException":
		return fmt.Errorf("%s: AWS has had too many requests of this account; wait a moment, and try again", what)
	case "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist":
		return fmt.Errorf("%s: there is no such queue; is the Jam deployed to its end?", what)
	}
	if _, ok := errors.AsType[*smithy.DeserializationError](err); ok && code(err) == "" {
		return fmt.Errorf("%s: the answer cannot be read", what)
	}
	// The SDK has no type for these: there was nothing to sign a request with, or nobody to send it to.
	text := err.Error()
	switch {
	case strings.Contains(text, "get credentials"), strings.Contains(text, "no EC2 IMDS role"):
		return &cli.Unauthorised{Err: fmt.Errorf("%s: there are no AWS credentials; set AWS_PROFILE, or log in with aws sso login", what)}
	case code(err) == "" && unreached(err):
		return fmt.Errorf("%s: AWS cannot be reached (%w); look at the network, and at AWS_REGION and AWS_ENDPOINT_URL", what, err)
	}
	if c := code(err); c != "" {
		return &told{fmt.Sprintf("%s: %s (%s)", what, message(err), c), err}
	}
	return fmt.Errorf("%s: %w", what, err)
}

// told is an error of AWS in AWS's own words, without those of the SDK around it.
type told struct {
	text string
	err  error
}

func (t *told) Error() string { return t.text }

func (t *told) Unwrap() error { return t.err }

// unreached tells whether a request never came to AWS.
func unreached(err error) bool {
	_, dialled := errors.AsType[*net.OpError](err)
	_, looked := errors.AsType[*net.DNSError](err)
	return dialled || looked
}

// message is what AWS itself said: who may not do what to which.
func message(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorMessage() != "" {
		return api.ErrorMessage()
	}
	return err.Error()
}
