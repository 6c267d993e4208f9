package stack

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
	"github.com/goccy/go-yaml"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// Route is one operation of the API and the function that serves it.
type Route struct{ Method, Path, Function string }

// methods are those that an OpenAPI path item can have and that the API uses.
var methods = []string{"get", "post", "put", "patch", "delete"}

// Routes reads the operations of an OpenAPI document, by path and method. Each must name its function.
func Routes(document string) ([]Route, error) {
	b, err := os.ReadFile(document)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", document, err)
	}
	var routes []Route
	for path, item := range doc.Paths {
		for _, method := range methods {
			op, ok := item[method].(map[string]any)
			if !ok {
				continue
			}
			function, _ := op["x-function"].(string)
			if !slices.Contains([]string{config.Play, config.Board, config.Organize}, function) {
				return nil, fmt.Errorf("%s: %s %s names no function that serves it (x-function is %q)", document, method, path, function)
			}
			routes = append(routes, Route{Method: strings.ToUpper(method), Path: path, Function: function})
		}
	}
	if len(routes) == 0 {
		return nil, fmt.Errorf("%s has no operations", document)
	}
	slices.SortFunc(routes, func(a, b Route) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return routes, nil
}

// newAPI is the REST API with a route for each operation and for nothing else. It stamps every request with the time at
// which it received it, which is the time that counts.
func (x *parts) newAPI(f functions) (awsapigateway.RestApi, error) {
	routes, err := Routes(x.OpenAPI)
	if err != nil {
		return nil, err
	}
	log := awslogs.NewLogGroup(x.scope, jsii.String("ApiLog"), &awslogs.LogGroupProps{
		LogGroupName: jsii.String("/photofinish/" + x.jam + "/api"),
		Retention:    awslogs.RetentionDays_ONE_MONTH, RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	x.countTurnedAway(log)
	rate := x.requestRate()
	api := awsapigateway.NewRestApi(x.scope, jsii.String("Api"), &awsapigateway.RestApiProps{
		RestApiName:      jsii.String(config.Stack(x.jam)),
		Description:      jsii.String("Photofinish: the Jam " + x.jam),
		EndpointTypes:    &[]awsapigateway.EndpointType{awsapigateway.EndpointType_REGIONAL},
		BinaryMediaTypes: jsii.Strings("*/*"), // what the functions answer with is passed as it is
		CloudWatchRole:   jsii.Bool(true),     // access logs need the account's; it is the same for all APIs of a region
		DeployOptions: &awsapigateway.StageOptions{
			StageName:            jsii.String(config.Stage),
			ThrottlingRateLimit:  jsii.Number(rate),
			ThrottlingBurstLimit: jsii.Number(2 * rate),
			// The stage's own metrics come without; by method they would be the dearest part of a Jam's day.
			MetricsEnabled:       jsii.Bool(false),
			AccessLogDestination: awsapigateway.NewLogGroupLogDestination(log),
			AccessLogFormat:      x.accessLog(),
		},
		CloudWatchRoleRemovalPolicy: awscdk.RemovalPolicy_RETAIN,
	})
	integrations := map[string]awsapigateway.Integration{}
	for _, name := range []string{config.Play, config.Board, config.Organize} {
		integrations[name] = awsapigateway.NewLambdaIntegration(f[name], &awsapigateway.LambdaIntegrationOptions{
			ScopePermissionToMethod: jsii.Bool(false),
		})
	}
	for _, r := range routes {
		api.Root().ResourceForPath(&r.Path).AddMethod(&r.Method, integrations[r.Function], &awsapigateway.MethodOptions{
			AuthorizationType: awsapigateway.AuthorizationType_NONE, // tokens are the functions' own
		})
	}
	// In this order always: the deployment's id follows from it, and another id deploys the API anew.
	for _, response := range []struct {
		id                  string
		kind                awsapigateway.ResponseType
		status, title, name string
	}{
		{"NotFound", awsapigateway.ResponseType_MISSING_AUTHENTICATION_TOKEN(), "404", "Not found", "not-found"},
		{"Throttled", awsapigateway.ResponseType_THROTTLED(), "429", "Too many requests", "throttled"},
		{"TooLarge", awsapigateway.ResponseType_REQUEST_TOO_LARGE(), "413", "Too large", "too-large"},
		{"Timeout", awsapigateway.ResponseType_INTEGRATION_TIMEOUT(), "504", "Unavailable", "unavailable"},
		{"Failure", awsapigateway.ResponseType_INTEGRATION_FAILURE(), "503", "Unavailable", "unavailable"},
		// What else the gateway says keeps its status: a function that crashed, an Authorization header on a path that is
		// not there, which it takes for a signature.
		{"Refused", awsapigateway.ResponseType_DEFAULT_4XX(), "", "Not understood", "malformed"},
		{"Broken", awsapigateway.ResponseType_DEFAULT_5XX(), "", "Unavailable", "unavailable"},
	} {
		status, code := "", (*string)(nil)
		if response.status != "" {
			status, code = `"status":`+response.status+`,`, &response.status
		}
		api.AddGatewayResponse(jsii.String(response.id), &awsapigateway.GatewayResponseOptions{
			Type: response.kind, StatusCode: code,
			Templates: &map[string]*string{"application/problem+json": jsii.String(fmt.Sprintf(
				`{"type":"https://photofinish.dev/problems/%s","title":"%s",%s"request_id":"$context.requestId"}`,
				response.name, response.title, status))},
			ResponseHeaders: &map[string]*string{
				"Cache-Control": jsii.String("'no-store'"), "Retry-After": jsii.String("'1'"), "Request-Id": jsii.String("context.requestId"),
			},
		})
	}
	return api, nil
}

// requestRate is how many requests a second the stage lets through, of participants and organisers together: what is
// expected three times over, and never so few that a crowd at the start is turned away.
func (x *parts) requestRate() float64 {
	return float64(max(500, 3*x.Event.Expect.SubmissionsPerSecond, x.Event.Expect.Teams))
}

// accessLog is one JSON object for each request. It holds no header and no body, so no token and
// no answer, and nothing that a client could write other members with.
func (x *parts) accessLog() awsapigateway.AccessLogFormat {
	fields := map[string]string{
		"request_id": "requestId", "received_ms": "requestTimeEpoch", "method": "httpMethod", "path": "path", "route": "resourcePath",
		"status": "status", "bytes": "responseLength", "ms": "responseLatency", "function_ms": "integrationLatency",
		"ip": "identity.sourceIp", "error": "error.message",
		"function_error": "integrationErrorMessage",
	}
	members := []string{fmt.Sprintf("%q:%q", telemetry.DimensionJam, x.jam)}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		members = append(members, fmt.Sprintf("%q:%q", name, "$context."+fields[name]))
	}
	return awsapigateway.AccessLogFormat_Custom(jsii.String("{" + strings.Join(members, ",") + "}"))
}

// countTurnedAway makes a metric of what the gateway throttles, since it has none of its own: of the replies of 429, those
// for which no function was called. The rules answer with 429 too, for instance during a lockout.
func (x *parts) countTurnedAway(log awslogs.LogGroup) {
	awslogs.NewMetricFilter(x.scope, jsii.String("TurnedAway"), &awslogs.MetricFilterProps{
		LogGroup:        log,
		FilterPattern:   awslogs.FilterPattern_Literal(jsii.String(`{ ($.status = "429") && ($.function_ms = "-") }`)),
		MetricNamespace: jsii.String(config.MetricsNamespace),
		MetricName:      jsii.String(string(telemetry.TurnedAway)),
		MetricValue:     jsii.String("1"),
		Unit:            awscloudwatch.Unit_COUNT,
		Dimensions:      &map[string]*string{telemetry.DimensionJam: jsii.String("$." + telemetry.DimensionJam)},
	})
}
