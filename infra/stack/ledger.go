package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store/dynamo/schema"
)

// ledgerParts are what holds a Jam's data: the table, and the keys without which it could not be gone on with.
type ledgerParts struct {
	table  awsdynamodb.Table
	master awssecretsmanager.CfnSecret
	key    awskms.Key
	names  ledger.Keys
}

func (x *parts) newLedger() ledgerParts {
	l := ledgerParts{names: ledger.KeysOf(x.jam, x.Event.ShardCount())}
	l.table = awsdynamodb.NewTable(x.scope, jsii.String("Table"), &awsdynamodb.TableProps{
		TableName:    jsii.String(config.Stack(x.jam)),
		PartitionKey: &awsdynamodb.Attribute{Name: jsii.String(schema.Partition), Type: awsdynamodb.AttributeType_STRING},
		SortKey:      &awsdynamodb.Attribute{Name: jsii.String(schema.Sort), Type: awsdynamodb.AttributeType_STRING},
		BillingMode:  awsdynamodb.BillingMode_PAY_PER_REQUEST, // nobody knows the load, and it is over by the evening
		Stream:       awsdynamodb.StreamViewType_NEW_IMAGE,    // the outbox: what is committed is what goes out
		Encryption:   awsdynamodb.TableEncryption_AWS_MANAGED,
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: jsii.Bool(true),
		},
		DeletionProtection: jsii.Bool(!x.Disposable),
		RemovalPolicy:      x.removal(),
	})
	// All of a Jam's secrets are derived from this one. It is made by Secrets Manager and is in no template.
	l.master = awssecretsmanager.NewCfnSecret(x.scope, jsii.String("Master"), &awssecretsmanager.CfnSecretProps{
		Name:        jsii.String(config.MasterSecret(x.jam)),
		Description: jsii.String("What the secrets of the Jam " + x.jam + " are derived from. Without it the ledger can be read, and no Jam goes on."),
		GenerateSecretString: &awssecretsmanager.CfnSecret_GenerateSecretStringProperty{
			PasswordLength: jsii.Number(64), ExcludePunctuation: jsii.Bool(true),
		},
	})
	l.master.ApplyRemovalPolicy(x.removalOfKeys(), nil)
	// The key that signs checkpoints never leaves KMS, so whoever reads all of the table and of the secrets cannot sign
	// another history.
	l.key = awskms.NewKey(x.scope, jsii.String("CheckpointKey"), &awskms.KeyProps{
		Description:   jsii.String("Signs the checkpoints of the Jam " + x.jam),
		KeySpec:       awskms.KeySpec_ECC_NIST_EDWARDS25519,
		KeyUsage:      awskms.KeyUsage_SIGN_VERIFY,
		RemovalPolicy: x.removalOfKeys(),
		PendingWindow: awscdk.Duration_Days(jsii.Number(7)),
	})
	return l
}
