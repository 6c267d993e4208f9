package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// The statistics in use.
const (
	sum = "Sum"
	top = "Maximum"
	p50 = "p50"
	p90 = "p90"
	p99 = "p99"
)

// series is a metric over time: which, of what, and how a minute's values (or so many minutes') become one.
type series struct {
	namespace, name, stat, label string
	dimensions                   map[string]string
	minutes                      float64 // 0: one
	region                       string  // "": the stack's
}

func (s series) metric() awscloudwatch.IMetric {
	dimensions := map[string]*string{}
	for k, v := range s.dimensions {
		dimensions[k] = jsii.String(v)
	}
	p := &awscloudwatch.MetricProps{
		Namespace: &s.namespace, MetricName: &s.name, Statistic: &s.stat, DimensionsMap: &dimensions,
		Period: awscdk.Duration_Minutes(jsii.Number(max(1, s.minutes))),
	}
	if s.label != "" {
		p.Label = &s.label
	}
	if s.region != "" {
		p.Region = &s.region
	}
	return awscloudwatch.NewMetric(p)
}

// over is the series with the values of some minutes made one.
func (s series) over(minutes float64) series {
	s.minutes = minutes
	return s
}

// called is the series under another name in a legend.
func (s series) called(label string) series {
	s.label = label
	return s
}

// alarmed is the metric as an alarm takes it: without a name in a legend, for which it would be written as an expression,
// and alarms over expressions are what a cloud on this machine does not know.
func (s series) alarmed() awscloudwatch.IMetric { return s.called("").metric() }

// measured is a series that the functions measure.
func (x *parts) measured(m telemetry.Metric, stat string) series {
	return series{
		namespace: config.MetricsNamespace, name: string(m), stat: stat, label: label(string(m), stat),
		dimensions: map[string]string{telemetry.DimensionJam: x.jam},
	}
}

// measuredOf is one that they measure by kind of check.
func (x *parts) measuredOf(kind jam.Kind, m telemetry.Metric, stat string) series {
	s := x.measured(m, stat)
	s.dimensions[telemetry.DimensionKind] = string(kind)
	s.label = label(string(kind)+" "+string(m), stat)
	return s
}

func label(name, stat string) string {
	if stat == sum || stat == top {
		return name
	}
	return name + " " + stat
}

// function is a series of Lambda's.
func (x *parts) function(name, metric, stat string) series {
	return series{
		namespace: "AWS/Lambda", name: metric, stat: stat, label: name,
		dimensions: map[string]string{"FunctionName": config.Function(x.jam, name)},
	}
}

// queue is a series of SQS's.
func (x *parts) queue(name, metric, stat string) series {
	return series{
		namespace: "AWS/SQS", name: metric, stat: stat, label: name,
		dimensions: map[string]string{"QueueName": config.Queue(x.jam, name)},
	}
}

// table is a series of DynamoDB's.
func (x *parts) table(metric, stat string) series {
	return series{
		namespace: "AWS/DynamoDB", name: metric, stat: stat, label: "table " + metric,
		dimensions: map[string]string{"TableName": config.Stack(x.jam)},
	}
}

// gateway is a series of API Gateway's.
func (x *parts) gateway(metric, stat string) series {
	return series{
		namespace: "AWS/ApiGateway", name: metric, stat: stat, label: "gateway " + metric,
		dimensions: map[string]string{"ApiName": config.Stack(x.jam), "Stage": config.Stage},
	}
}

// cdn is a series of CloudFront's, which are all kept in one region.
func cdn(d awscloudfront.Distribution, metric, stat string) series {
	return series{
		namespace: "AWS/CloudFront", name: metric, stat: stat, label: "CDN " + metric, region: "us-east-1",
		dimensions: map[string]string{"DistributionId": *d.DistributionId(), "Region": "Global"},
	}
}
