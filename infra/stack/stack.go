// Package stack is one Jam's stack on AWS, a construct a file: the ledger, the functions, the API with the CDN before its
// public part, verification, and operations.
//
// It guarantees that a function may do what it must and nothing else: nobody may delete an item, only the sequencer
// writes blocks, and whoever verifies cannot reach the table. What holds data outlives the stack unless the organiser says
// otherwise. What is called asynchronously has dead letters, but for setup, whose failures CloudFormation is told; and all dead
// letters have an alarm. A cloud on this machine gets the same stack but for what it does not know, see Props.LocalCloud.
//
// It is a description and does nothing itself; infra's main builds the binaries and calls it.
package stack

import (
	"net/url"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
)

// Binaries are the functions that there must be a binary of.
var Binaries = []string{
	config.Play, config.Board, config.Organize, config.Relay, verifyBinary, config.Judge, config.Sequence, config.Setup,
}

// verifyBinary is deployed once for each kind of check.
const verifyBinary = "verify"

// DefaultReserved is how many of play's requests are served at once if concurrency is reserved and no number is given.
const DefaultReserved = 100

// Props is what a stack is made from.
type Props struct {
	Event           *jam.Event
	Binaries        map[string]string // the folder of each function's binary
	Definition      string            // a file that holds the whole definition, encoded
	OpenAPI         string            // the document that the routes come from
	Architecture    string            // arm64 or amd64
	LocalCloud      bool              // deployed into a cloud on this machine
	Endpoint        url.URL           // of that cloud
	Account, Region string            // "" while nobody knows
	Disposable      bool              // what holds data goes with the stack
	Unprotected     bool              // the stack may be destroyed; what holds data still stays
	AllowLoopback   bool              // http checks may dial loopback
	Reserved        int               // concurrency reserved for play; 0: none is reserved for anybody
	Email, Topic    string            // where alarms go: an address, the ARN of an SNS topic
}

// parts is what the constructs of one stack share.
type parts struct {
	Props
	scope constructs.Construct
	jam   string
	kinds []jam.Kind // all that have a verification, whatever this definition has: a later one may use them
}

// New adds a Jam's stack to an app. An error says what is wrong with the OpenAPI document.
func New(app constructs.Construct, p Props) (awscdk.Stack, error) {
	props := &awscdk.StackProps{
		StackName:             jsii.String(config.Stack(p.Event.ID)),
		Description:           jsii.String("Photofinish: the Jam " + p.Event.ID),
		TerminationProtection: jsii.Bool(!p.Disposable && !p.Unprotected),
		Tags:                  &map[string]*string{config.TagProject: jsii.String(config.Project), config.TagJam: jsii.String(p.Event.ID)},
	}
	if p.Account != "" && p.Region != "" {
		props.Env = &awscdk.Environment{Account: &p.Account, Region: &p.Region}
	}
	s := awscdk.NewStack(app, jsii.String(config.Stack(p.Event.ID)), props)
	x := &parts{Props: p, scope: s, jam: p.Event.ID, kinds: config.Verified}

	ledger := x.newLedger()
	queues := x.newQueues()
	functions := x.newFunctions(ledger, queues)
	setup := x.newSetup(ledger, functions)
	x.newVerification(ledger, queues, functions, setup)
	api, err := x.newAPI(functions)
	if err != nil {
		return nil, err
	}
	functions.verifier(setup.GetAttString(jsii.String("CheckpointKey")))
	board := x.newCDN(api)
	dashboard := x.newOperations(queues, board)
	x.outputs(ledger, api, board, dashboard)
	return s, nil
}

// removal is what becomes of what holds data when the stack goes.
func (x *parts) removal() awscdk.RemovalPolicy {
	if x.Disposable {
		return awscdk.RemovalPolicy_DESTROY
	}
	return awscdk.RemovalPolicy_RETAIN
}

// removalOfKeys is what becomes of the secret and the key. Unlike the table, which its own protection keeps, they go with a
// first deployment that failed.
func (x *parts) removalOfKeys() awscdk.RemovalPolicy {
	if x.Disposable {
		return awscdk.RemovalPolicy_DESTROY
	}
	return awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE
}

// regional is the Jam's name for what has one namespace in all regions of an account.
func (x *parts) regional() string { return config.Stack(x.jam) + "-" + *awscdk.Aws_REGION() }

func (x *parts) output(name, description string, value *string) {
	awscdk.NewCfnOutput(x.scope, jsii.String(name), &awscdk.CfnOutputProps{
		Value: value, Description: jsii.String(description),
	})
}
