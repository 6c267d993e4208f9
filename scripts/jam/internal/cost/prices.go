package cost

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// AsOf is the day as of which the prices were looked up.
const AsOf = "2026-10-02"

// Sources are where the prices are from. What a region's price could not be checked against is in its Unchecked.
var Sources = []string{
	"AWS Price List, offers AWSLambda, AmazonApiGateway, AWSQueueService, AmazonCloudWatch: eu-west-1, published 2026-09-11 to 2026-10-01",
	"AWS Price List, offers AmazonDynamoDB, AWSEvents, AmazonCloudWatch, AWSDataTransfer: us-east-1, eu-west-1, eu-central-1, published 2026-05-29 to 2026-08-15",
	"AWS Price List, ap-northeast-1, downloaded 2026-09-23; AmazonDynamoDB ap-northeast-2, 2026-06-12; AmazonApiGateway eu-central-1, 2026-08-12",
	"aws.amazon.com/kms/pricing, /secrets-manager/pricing, /cloudfront/pricing, /cloudwatch/pricing: what is prorated by the hour, CloudFront by edge region",
}

// Prices are AWS's list prices in one region, in US dollars, of the first tier and without free allowances.
type Prices struct {
	APIRequest    float64 // API Gateway, REST, one request
	DataOut       float64 // to the internet, one GB
	LambdaRequest float64 // one invocation
	LambdaGBs     float64 // one GB-second on arm64
	WriteUnit     float64 // DynamoDB on demand, one write request unit
	ReadUnit      float64 // one read request unit
	Storage       float64 // DynamoDB, one GB for a month
	Recovery      float64 // point-in-time recovery, one GB for a month
	Event         float64 // EventBridge, one custom event of up to 64 KB
	QueueRequest  float64 // SQS, one request of up to 64 KB
	LogGB         float64 // CloudWatch Logs, one GB taken in
	LogStorage    float64 // one GB for a month
	Metric        float64 // one custom metric for a month
	Alarm         float64 // one metric under an alarm for a month
	Dashboard     float64 // one for a month
	Key           float64 // KMS, one key for a month
	Signature     float64 // one request to an asymmetric key that is not RSA 2048
	Secret        float64 // Secrets Manager, one for a month
	SecretRead    float64 // one call
	S3GB          float64 // one GB for a month
	CDNRequest    float64 // CloudFront, one HTTPS request, at the edge that is near the region
	CDNOut        float64 // one GB from that edge
	// Unchecked are the prices that are from memory of the pricing pages and could not be compared with a price list.
	Unchecked []string
}

const million = 1e6

// everywhere is what costs the same in all of these regions.
var everywhere = Prices{
	APIRequest: 3.50 / million, DataOut: 0.09, LambdaRequest: 0.20 / million, LambdaGBs: 0.0000133334,
	WriteUnit: 0.625 / million, ReadUnit: 0.125 / million, Storage: 0.25, Recovery: 0.20,
	Event: 1.00 / million, QueueRequest: 0.40 / million,
	LogGB: 0.50, LogStorage: 0.03, Metric: 0.30, Alarm: 0.10, Dashboard: 3.00,
	Key: 1.00, Signature: 0.15 / 10_000, Secret: 0.40, SecretRead: 0.05 / 10_000, S3GB: 0.023,
	CDNRequest: 0.0100 / 10_000, CDNOut: 0.085,
}

var table = map[string]Prices{
	"us-east-1": everywhere,
	"us-west-2": region(func(p *Prices) {
		p.Unchecked = []string{"all of them: taken to be us-east-1's"}
	}),
	"eu-west-1": region(func(p *Prices) {
		p.WriteUnit, p.ReadUnit, p.Storage, p.Recovery = 0.705/million, 0.1415/million, 0.283, 0.22
		p.LogGB = 0.57
		p.CDNRequest = 0.0120 / 10_000
	}),
	"eu-central-1": region(func(p *Prices) {
		p.APIRequest = 3.70 / million
		p.WriteUnit, p.ReadUnit, p.Storage, p.Recovery = 0.7625/million, 0.1525/million, 0.306, 0.2448
		p.LogGB, p.LogStorage, p.S3GB = 0.63, 0.0324, 0.0245
		p.CDNRequest = 0.0120 / 10_000
	}),
	"ap-northeast-1": region(func(p *Prices) {
		p.APIRequest, p.DataOut = 4.25/million, 0.114
		p.WriteUnit, p.ReadUnit, p.Storage, p.Recovery = 0.715/million, 0.1425/million, 0.285, 0.228
		p.LogGB, p.LogStorage, p.S3GB = 0.76, 0.033, 0.025
		p.CDNRequest, p.CDNOut = 0.0120/10_000, 0.114
		p.Unchecked = []string{"API Gateway's requests", "point-in-time recovery", "storage of logs"}
	}),
	"ap-northeast-2": region(func(p *Prices) {
		p.DataOut = 0.126
		p.WriteUnit, p.ReadUnit, p.Storage, p.Recovery = 0.68/million, 0.1355/million, 0.27075, 0.2166
		p.LogGB, p.LogStorage, p.S3GB = 0.76, 0.0314, 0.025
		p.CDNRequest, p.CDNOut = 0.0120/10_000, 0.120
		p.Unchecked = []string{"API Gateway's requests", "data out", "DynamoDB's storage and recovery"}
	}),
	"ap-southeast-1": region(func(p *Prices) {
		p.APIRequest, p.DataOut = 4.25/million, 0.12
		p.WriteUnit, p.ReadUnit, p.Storage, p.Recovery = 0.71/million, 0.1425/million, 0.285, 0.228
		p.LogGB, p.LogStorage, p.S3GB = 0.70, 0.03, 0.025
		p.CDNRequest, p.CDNOut = 0.0120/10_000, 0.120
		p.Unchecked = []string{"API Gateway's requests", "data out", "DynamoDB", "logs"}
	}),
}

func region(differs func(*Prices)) Prices {
	p := everywhere
	differs(&p)
	return p
}

// Regions are those that there are prices of.
func Regions() []string { return slices.Sorted(maps.Keys(table)) }

// In is a region's prices. An error lists the regions that are known.
func In(region string) (Prices, error) {
	p, ok := table[region]
	if !ok {
		return p, fmt.Errorf("there are no prices of the region %q; there are of %s", region, strings.Join(Regions(), ", "))
	}
	return p, nil
}
