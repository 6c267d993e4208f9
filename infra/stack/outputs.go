package stack

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/shared/config"
)

// outputs tell the organiser, and `jam --stack`, where everything is.
func (x *parts) outputs(l ledgerParts, api awsapigateway.RestApi, board awscloudfront.Distribution, dashboard *string) {
	x.output(config.OutputJam, "The Jam's id", &x.jam)
	x.output(config.OutputAPI, "What participants and organisers call (PHOTOFINISH_URL)", jsii.String(fmt.Sprintf(
		"https://%s.execute-api.%s.%s/%s", *api.RestApiId(), *awscdk.Aws_REGION(), *awscdk.Aws_URL_SUFFIX(), config.Stage)))
	x.output(config.OutputBoard, "The public board, cached for a second", jsii.String("https://"+*board.DistributionDomainName()+"/v1/board"))
	x.output(config.OutputDashboard, "The operators' dashboard", dashboard)
	x.output(config.OutputTable, "The ledger's table; it outlives the stack", l.table.TableName())
	x.output(config.OutputShards, "Over how many partitions the ledger is spread", jsii.String(fmt.Sprint(x.Event.ShardCount())))
	x.output(config.OutputToken, "Run this to mint an organiser's token",
		jsii.String("go run ./scripts/jam organizer-token --stack "+config.Stack(x.jam)))
}
