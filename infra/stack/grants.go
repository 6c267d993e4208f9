package stack

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/shared/config"
)

// grant says who may do what. The table's rights are confined by partition: TransactWriteItems is authorised as the
// PutItem of each of its items, and there are no updates and no deletes.
func (x *parts) grant(f functions, l ledgerParts, q queues) {
	rights := l.names.Rights()
	for _, name := range slices.Sorted(maps.Keys(rights)) {
		x.mayRead(f[name], l, rights[name].Read...)
		if put := rights[name].Put; len(put) > 0 {
			x.mayPut(f[name], l, put...)
		}
	}
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
