package stack

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/shared/config"
)

// functions are a Jam's functions, by the names that shared/config gives them.
type functions map[string]awslambda.Function

// size is what a function is given. A Lambda's share of a CPU follows from its memory (1,769 MB: a whole one).
type size struct {
	memory  float64 // MB
	timeout float64 // seconds
}

var sizes = map[string]size{
	// The accept path signs a receipt and talks TLS to DynamoDB: a third of a CPU keeps that in the milliseconds. Behind the
	// gateway nobody waits for more than 29 s, and a commit is given up after 8.
	config.Play: {512, 20},
	// It folds the whole ledger at its start and renders the board.
	config.Board: {1024, 20}, config.Organize: {1024, 29},
	config.Relay: {256, 30}, config.Judge: {256, 30}, config.Setup: {512, 180},
	// It holds the list of all blocks; of its run, most is waiting for DynamoDB.
	config.Sequence: {512, 60},
}

// A look takes 5 s at most for each of what it fetches.
var verifySize = size{256, 30}

func (x *parts) newFunctions(l ledgerParts, q queues) functions {
	table := map[string]*string{
		config.EnvTable: l.table.TableName(), config.EnvShards: jsii.String(fmt.Sprint(x.Event.ShardCount())),
	}
	secret := map[string]*string{config.EnvMaster: l.master.AttrId()}
	key := map[string]*string{config.EnvCheckpointKey: l.key.KeyArn()}
	bus := map[string]*string{config.EnvBus: jsii.String(config.Stack(x.jam))}
	ask := map[string]*string{}
	for _, k := range x.kinds {
		ask[config.EnvQueue(k)] = q[config.Verify(k)].QueueUrl()
	}
	f := functions{}
	for _, function := range []struct {
		name        string
		environment []map[string]*string
	}{
		{config.Play, []map[string]*string{table, secret}}, {config.Board, []map[string]*string{table}},
		{config.Organize, []map[string]*string{table, secret}}, {config.Relay, []map[string]*string{table, bus}},
		{config.Judge, []map[string]*string{table, secret, ask}}, {config.Sequence, []map[string]*string{table, key, bus}},
		{config.Setup, []map[string]*string{table, secret, key}},
	} {
		f[function.name] = x.newFunction(function.name, function.name, sizes[function.name], function.environment...)
	}
	for _, k := range x.kinds {
		loopback := "no"
		if x.AllowLoopback {
			loopback = "yes"
		}
		f[config.Verify(k)] = x.newFunction(config.Verify(k), verifyBinary, verifySize, map[string]*string{
			config.EnvJudgeQueue: q[config.Judge].QueueUrl(), config.EnvLoopback: jsii.String(loopback), config.EnvKind: jsii.String(string(k)),
		})
	}
	x.grant(f, l, q)
	return f
}

// newFunction makes a function that may write its own log and nothing else.
func (x *parts) newFunction(name, binary string, s size, environment ...map[string]*string) awslambda.Function {
	id := title(name)
	log := awslogs.NewLogGroup(x.scope, jsii.String(id+"Log"), &awslogs.LogGroupProps{
		LogGroupName: jsii.String("/photofinish/" + x.jam + "/" + name),
		Retention:    awslogs.RetentionDays_ONE_MONTH, RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	role := awsiam.NewRole(x.scope, jsii.String(id+"Role"), &awsiam.RoleProps{
		AssumedBy:   awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		Description: jsii.String("What " + name + " of the Jam " + x.jam + " may do"),
	})
	log.GrantWrite(role)
	env := map[string]*string{config.EnvJam: jsii.String(x.jam)}
	for _, e := range environment {
		for k, v := range e {
			env[k] = v
		}
	}
	architecture := awslambda.Architecture_X86_64()
	if x.Architecture == "arm64" {
		architecture = awslambda.Architecture_ARM_64()
	}
	props := &awslambda.FunctionProps{
		FunctionName: jsii.String(config.Function(x.jam, name)),
		Description:  jsii.String("Photofinish, " + x.jam + ": " + name),
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture: architecture,
		Handler:      jsii.String("bootstrap"),
		Code:         awslambda.Code_FromAsset(jsii.String(x.Binaries[binary]), nil),
		MemorySize:   jsii.Number(s.memory),
		Timeout:      awscdk.Duration_Seconds(jsii.Number(s.timeout)),
		Environment:  &env,
		Role:         role,
		LogGroup:     log,
		// What Lambda says of each invocation is in its metrics too. The functions' own lines are JSON already.
		LoggingFormat:    awslambda.LoggingFormat_JSON,
		SystemLogLevelV2: awslambda.SystemLogLevel_WARN,
	}
	if n, ok := x.reserved(name); ok {
		props.ReservedConcurrentExecutions = jsii.Number(n)
	}
	return awslambda.NewFunction(x.scope, jsii.String(id), props)
}

// reserved is how many of a function run at once at most, and are always to be had. It is optional because a new account
// may have a quota of ten, of which nothing can be reserved.
func (x *parts) reserved(name string) (float64, bool) {
	if x.Reserved == 0 {
		return 0, false
	}
	switch name {
	case config.Play:
		return float64(x.Reserved), true
	case config.Board:
		return float64(max(10, x.Reserved/5)), true
	case config.Organize, config.Judge:
		return 10, true
	}
	return 0, false
}

// verifier tells play the verifier key of checkpoints, which is known once setup has run.
func (f functions) verifier(key *string) {
	f[config.Play].AddEnvironment(jsii.String(config.EnvVerifier), key, nil)
}

// title makes a construct's id of a name: verify-http is VerifyHttp.
func title(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
