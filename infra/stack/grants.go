package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
)

// grant says who may do what. The table's rights are confined by partition: TransactWriteItems is authorised as the
// PutItem of each of its items, and there are no updates and no deletes.
func (x *parts) grant(f functions, l ledgerParts, q queues) {
	entries, team, jamState := l.names.AllShards(), l.names.State("*").Partition, l.names.State("").Partition
	roster, organizers := l.names.Profile("").Partition, l.names.Organizer("").Partition
	note, report := l.names.Note(jam.Stamp{}).Partition, l.names.Report(jam.Stamp{}).Partition
	published, sealed := l.names.Definition("", 0).Partition, l.names.Sealed("", 0).Partition
	blocks, checkpoints := l.names.Block(0).Partition, l.names.Checkpoint(0).Partition

	everything := []string{entries, team, jamState, roster, organizers, note, report, published, blocks, checkpoints}
	x.mayRead(f[config.Play], l, entries, team, jamState, roster, sealed)
	x.mayPut(f[config.Play], l, entries, team, note, report)
	x.mayRead(f[config.Board], l, entries, team, jamState, roster, organizers, published, blocks, checkpoints)
	x.mayRead(f[config.Organize], l, append(everything, sealed)...)
	x.mayPut(f[config.Organize], l, entries, team, jamState, roster, published, sealed)
	x.mayRead(f[config.Relay], l, team, jamState, published)
	x.mayRead(f[config.Judge], l, entries, team, jamState, published)
	x.mayPut(f[config.Judge], l, entries, team)
	x.mayRead(f[config.Sequence], l, entries, team, jamState, roster, published, blocks, checkpoints)
	x.mayPut(f[config.Sequence], l, blocks, checkpoints)
	x.mayRead(f[config.Setup], l, entries, jamState, published, sealed)
	x.mayPut(f[config.Setup], l, entries, jamState, published, sealed)

	for _, name := range []string{config.Play, config.Organize, config.Judge, config.Setup} {
		x.allow(f[name], l.master.AttrId(), nil, "secretsmanager:GetSecretValue")
	}
	x.allow(f[config.Sequence], l.key.KeyArn(), nil, "kms:Sign", "kms:GetPublicKey")
	x.allow(f[config.Setup], l.key.KeyArn(), nil, "kms:GetPublicKey")
	for _, k := range x.kinds {
		x.allow(f[config.Judge], q[config.Verify(k)].QueueArn(), nil, "sqs:SendMessage")
		x.allow(f[config.Verify(k)], q[config.Judge].QueueArn(), nil, "sqs:SendMessage")
	}
}

func (x *parts) mayRead(f interface{ Role() awsiam.IRole }, l ledgerParts, partitions ...string) {
	x.allow(f, l.table.TableArn(), partitions, "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")
}

func (x *parts) mayPut(f interface{ Role() awsiam.IRole }, l ledgerParts, partitions ...string) {
	x.allow(f, l.table.TableArn(), partitions, "dynamodb:PutItem")
}

// allow lets a function's role act on one resource; with partitions, on those of the table alone.
func (x *parts) allow(f interface{ Role() awsiam.IRole }, resource *string, partitions []string, actions ...string) {
	s := &awsiam.PolicyStatementProps{Actions: jsii.Strings(actions...), Resources: &[]*string{resource}}
	if len(partitions) > 0 {
		conditions := map[string]any{"ForAllValues:StringLike": map[string]any{"dynamodb:LeadingKeys": partitions}}
		if !x.LocalCloud { // which does not tell a request's keys to its policies
			// ForAllValues is true of nothing at all; with this, a request that names no key is none of these.
			conditions["Null"] = map[string]any{"dynamodb:LeadingKeys": "false"}
		}
		s.Conditions = &conditions
	}
	f.Role().AddToPrincipalPolicy(awsiam.NewPolicyStatement(s))
}
