package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambdadestinations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/shared/config"
)

// newSetup has the definition uploaded and brought into the ledger: at the first deployment it opens the Jam, later it is
// put in force by an entry. The upload holds the answers; it lies in the account's bootstrap bucket, which is private and
// encrypted, and setup alone of the functions may read it.
func (x *parts) newSetup(l ledgerParts, f functions) awscdk.CustomResource {
	asset := awss3assets.NewAsset(x.scope, jsii.String("Definition"), &awss3assets.AssetProps{Path: &x.Definition})
	x.allow(f[config.Setup], asset.Bucket().ArnForObjects(asset.S3ObjectKey()), nil, "s3:GetObject")
	r := awscdk.NewCustomResource(x.scope, jsii.String("Jam"), &awscdk.CustomResourceProps{
		ServiceToken: f[config.Setup].FunctionArn(),
		ResourceType: jsii.String("Custom::PhotofinishJam"),
		Properties: &map[string]any{
			"Jam": x.jam, "DefinitionBucket": asset.S3BucketName(), "DefinitionKey": asset.S3ObjectKey(), "Digest": asset.AssetHash(),
		},
		// It may wait for one definition to take effect and for another that came in between, half a minute each and more.
		ServiceTimeout: awscdk.Duration_Seconds(jsii.Number(sizes[config.Setup].timeout + 30)),
	})
	// CloudFormation calls asynchronously. A run that came again by itself could put a definition in force that has been
	// rolled back meanwhile.
	f[config.Setup].ConfigureAsyncInvoke(&awslambda.EventInvokeConfigOptions{
		RetryAttempts: jsii.Number(0), MaxEventAge: awscdk.Duration_Minutes(jsii.Number(2)),
	})
	r.Node().AddDependency(l.table, l.master, l.key)
	return r
}

func sqsDestination(q awssqs.Queue) awslambda.IDestination {
	return awslambdadestinations.NewSqsDestination(q)
}
