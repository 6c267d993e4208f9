package stack

import (
	"fmt"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/shared/config"
)

// newOrigin is the API as CloudFront asks it. A cloud on this machine serves every API under its own address.
func (x *parts) newOrigin(api awsapigateway.RestApi) awscloudfront.IOrigin {
	props := &awscloudfrontorigins.HttpOriginProps{
		OriginPath: jsii.String("/" + config.Stage),
		// CloudFront takes a viewer's Accept away, and without one the gateway gives nothing packed.
		CustomHeaders: &map[string]*string{"Accept": jsii.String("*/*")},
	}
	host := jsii.String(fmt.Sprintf("%s.execute-api.%s.%s", *api.RestApiId(), *awscdk.Aws_REGION(), *awscdk.Aws_URL_SUFFIX()))
	if port, err := strconv.ParseFloat(x.Endpoint.Port(), 64); x.LocalCloud && err == nil {
		host = jsii.String(x.Endpoint.Hostname())
		props.OriginPath = jsii.String("/_aws/execute-api/" + *api.RestApiId() + "/" + config.Stage)
		props.ProtocolPolicy, props.HttpsPort = awscloudfront.OriginProtocolPolicy_HTTPS_ONLY, &port
		if x.Endpoint.Scheme == "http" {
			props.ProtocolPolicy, props.HttpsPort, props.HttpPort = awscloudfront.OriginProtocolPolicy_HTTP_ONLY, nil, &port
		}
	}
	return awscloudfrontorigins.NewHttpOrigin(host, props)
}

// newCDN puts CloudFront before what is public, so that ten thousand spectators cost next to nothing: each path is asked
// for once a second, whoever looks. Participants and organisers go to the API itself.
func (x *parts) newCDN(api awsapigateway.RestApi) awscloudfront.Distribution {
	origin := x.newOrigin(api)
	cached := awscloudfront.NewCachePolicy(x.scope, jsii.String("PublicCache"), &awscloudfront.CachePolicyProps{
		CachePolicyName: jsii.String(x.regional() + "-public"),
		Comment:         jsii.String("The board and the ledger of the Jam " + x.jam + ": fresh for a second"),
		MinTtl:          awscdk.Duration_Seconds(jsii.Number(1)), DefaultTtl: awscdk.Duration_Seconds(jsii.Number(1)),
		MaxTtl:                     awscdk.Duration_Seconds(jsii.Number(2)),
		QueryStringBehavior:        awscloudfront.CacheQueryStringBehavior_AllowList((*jsii.Strings("team", "since", "a", "b"))...),
		EnableAcceptEncodingGzip:   jsii.Bool(true),
		EnableAcceptEncodingBrotli: jsii.Bool(false), // the functions compress with gzip
	})
	public := func(policy awscloudfront.ICachePolicy, request awscloudfront.IOriginRequestPolicy) *awscloudfront.BehaviorOptions {
		b := &awscloudfront.BehaviorOptions{
			Origin: origin, CachePolicy: policy, ViewerProtocolPolicy: awscloudfront.ViewerProtocolPolicy_REDIRECT_TO_HTTPS,
			AllowedMethods: awscloudfront.AllowedMethods_ALLOW_GET_HEAD(), Compress: jsii.Bool(false),
		}
		if request != nil {
			b.OriginRequestPolicy = request
		}
		return b
	}
	// With a token, a proof is its team's alone even while the board is frozen; so it is not kept for others.
	uncached := public(awscloudfront.CachePolicy_CACHING_DISABLED(), awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER())
	// Left alone, CloudFront keeps a failure for ten seconds, whatever it says of itself. A proof that is refused to somebody
	// during a freeze is its team's to have a moment later, and a block that is not there yet is there soon.
	var failures []*awscloudfront.ErrorResponse
	for _, f := range []struct{ status, seconds float64 }{{403, 0}, {404, 0}, {500, 1}, {502, 1}, {503, 1}, {504, 1}} {
		failures = append(failures, &awscloudfront.ErrorResponse{HttpStatus: &f.status, Ttl: awscdk.Duration_Seconds(&f.seconds)})
	}
	return awscloudfront.NewDistribution(x.scope, jsii.String("Cdn"), &awscloudfront.DistributionProps{
		Comment:         jsii.String("Photofinish: the board of " + x.jam),
		PriceClass:      awscloudfront.PriceClass_PRICE_CLASS_200,
		HttpVersion:     awscloudfront.HttpVersion_HTTP2_AND_3,
		DefaultBehavior: public(cached, nil),
		ErrorResponses:  &failures,
		AdditionalBehaviors: &map[string]*awscloudfront.BehaviorOptions{
			"/v1/ledger/proofs/*": uncached,
		},
	})
}
