package stack

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/shared/config"
)

// newOperations returns the address of the dashboard.
func (x *parts) newOperations(ledgerParts, queues, functions, awsapigateway.RestApi) *string {
	return jsii.String(fmt.Sprintf("https://%s.console.aws.amazon.com/cloudwatch/home?region=%s#dashboards:name=%s",
		*awscdk.Aws_REGION(), *awscdk.Aws_REGION(), config.Stack(x.jam)))
}
