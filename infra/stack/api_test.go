package stack_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/config"
)

// operation is what the tests read of the OpenAPI document.
type operation struct {
	Function   string                `yaml:"x-function"`
	Security   []map[string][]string `yaml:"security"`
	Parameters []struct{ In, Name string }
}

func operations(t *testing.T) map[string]operation {
	t.Helper()
	b, err := os.ReadFile(openAPI)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]operation
	}
	if err := yaml.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	all := map[string]operation{}
	for path, item := range doc.Paths {
		for method, op := range item {
			all[strings.ToUpper(method)+" "+path] = op
		}
	}
	return all
}

// path is a resource's of the API.
func (t *template) path(id string) string {
	r, ok := t.Resources[id]
	if !ok || r.Type != "AWS::ApiGateway::Resource" {
		return ""
	}
	return t.path(refers(r.Properties["ParentId"])) + "/" + r.Properties["PathPart"].(string)
}

func TestTheRoutesAreTheOperationsOfTheOpenAPIDocument(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		uri := regexp.MustCompile(`^arn:\$\{AWS::Partition\}:apigateway:[^:]+:lambda:path/2015-03-31/functions/\$\{(\w+)\.Arn\}/invocations$`)
		got, want := map[string]string{}, map[string]string{}
		for id, m := range s.of("AWS::ApiGateway::Method") {
			route := m.Properties["HttpMethod"].(string) + " " + s.path(refers(m.Properties["ResourceId"]))
			found := uri.FindStringSubmatch(flat(at(m.Properties, "Integration", "Uri")))
			if found == nil || at(m.Properties, "Integration", "Type") != "AWS_PROXY" {
				t.Fatalf("%s: %v", id, m.Properties["Integration"])
			}
			got[route] = s.functionNames()[found[1]]
		}
		for route, op := range operations(t) {
			want[route] = op.Function
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOrganisersRoutesAreServedByAFunctionOfTheirOwn(t *testing.T) {
	for route, op := range operations(t) {
		if organizers := strings.Contains(route, " /v1/organizer/"); organizers != (op.Function == config.Organize) {
			t.Errorf("%s is served by %s", route, op.Function)
		}
	}
}

func TestEveryFunctionWithARouteMayBeInvokedByTheGatewayAndNoOther(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		var may []string
		for _, p := range s.of("AWS::Lambda::Permission") {
			if p.Properties["Principal"] == "apigateway.amazonaws.com" {
				may = append(may, s.functionNames()[refers(p.Properties["FunctionName"])])
			}
		}
		if diff := cmp.Diff(sorted([]string{config.Play, config.Board, config.Organize}), sorted(may)); diff != "" {
			t.Error(diff)
		}
	})
}

// The size of a request is not the stack's to limit: the gateway's own limit of 10 MB is fixed, and the functions read no
// more of a body than their operation allows (shared/api). What the stack can and does say is how many requests a second.
func TestTheStageThrottlesAndLogs(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		if got := at(s.only(t, "AWS::ApiGateway::RestApi").Properties, "EndpointConfiguration", "Types", 0); got != "REGIONAL" {
			t.Errorf("the endpoint is %v", got)
		}
		if diff := cmp.Diff([]any{"*/*"}, s.only(t, "AWS::ApiGateway::RestApi").Properties["BinaryMediaTypes"]); diff != "" {
			t.Error(diff)
		}
		p := s.only(t, "AWS::ApiGateway::Stage").Properties
		all := at(p, "MethodSettings", 0)
		if at(all, "ResourcePath") != "/*" || at(all, "HttpMethod") != "*" || at(all, "MetricsEnabled") != false {
			t.Errorf("metrics by method are the dearest part of a day, and nobody looks at them: %v", all)
		}
		if at(all, "ThrottlingRateLimit") != 500.0 || at(all, "ThrottlingBurstLimit") != 1000.0 {
			t.Errorf("throttled at %v", all)
		}
		if at(all, "DataTraceEnabled") != false || at(all, "LoggingLevel") != nil {
			t.Errorf("bodies and headers, which are answers and tokens, would be logged: %v", all)
		}
		if s.Resources[refers(at(p, "AccessLogSetting", "DestinationArn"))].Type != "AWS::Logs::LogGroup" {
			t.Errorf("the access log goes to %v", at(p, "AccessLogSetting", "DestinationArn"))
		}
	})
}

func TestTheAccessLogIsJSONWithoutHeadersAndBodies(t *testing.T) {
	var line map[string]string
	format := at(deployed(t).only(t, "AWS::ApiGateway::Stage").Properties, "AccessLogSetting", "Format").(string)
	if err := json.Unmarshal([]byte(format), &line); err != nil {
		t.Fatalf("%v: %s", err, format)
	}
	harmless := []string{
		"requestId", "requestTimeEpoch", "httpMethod", "path", "resourcePath", "status", "responseLength", "responseLatency",
		"integrationLatency", "identity.sourceIp", "error.message", "integrationErrorMessage",
	}
	for name, value := range line {
		variable, ok := strings.CutPrefix(value, "$context.")
		if !ok && value != theJam || ok && !slices.Contains(harmless, variable) {
			t.Errorf("%s is %s", name, value)
		}
	}
	for _, name := range []string{"status", "function_ms", "jam"} { // by which what is turned away is counted
		if line[name] == "" {
			t.Errorf("there is no %s", name)
		}
	}
}

func TestWhatTheGatewayAnswersItselfIsAProblemToo(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		seen := map[string]any{}
		for id, r := range s.of("AWS::ApiGateway::GatewayResponse") {
			text, _ := at(r.Properties, "ResponseTemplates", "application/problem+json").(string)
			var problem struct {
				Type, Title string
				Status      json.Number
			}
			if err := json.Unmarshal([]byte(text), &problem); err != nil || problem.Type == "" || problem.Title == "" {
				t.Errorf("%s: %v: %s", id, err, text)
			}
			if status, set := r.Properties["StatusCode"]; set && problem.Status.String() != status || !set && problem.Status != "" {
				t.Errorf("%s: %s in the body, %v in the reply", id, problem.Status, status)
			}
			seen[r.Properties["ResponseType"].(string)] = r.Properties["StatusCode"]
		}
		want := map[string]any{
			"MISSING_AUTHENTICATION_TOKEN": "404", "THROTTLED": "429", "REQUEST_TOO_LARGE": "413", "INTEGRATION_TIMEOUT": "504", "INTEGRATION_FAILURE": "503",
			"DEFAULT_4XX": nil, "DEFAULT_5XX": nil, // whatever else: with the status that it has
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheCDNKeepsWhatIsPublicForASecondOrTwo(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		p := at(s.only(t, "AWS::CloudFront::CachePolicy").Properties, "CachePolicyConfig")
		if at(p, "MinTTL") != 1.0 || at(p, "DefaultTTL") != 1.0 || at(p, "MaxTTL") != 2.0 {
			t.Errorf("kept for %v to %v s, %v by default", at(p, "MinTTL"), at(p, "MaxTTL"), at(p, "DefaultTTL"))
		}
		key := at(p, "ParametersInCacheKeyAndForwardedToOrigin")
		if at(key, "HeadersConfig", "HeaderBehavior") != "none" || at(key, "CookiesConfig", "CookieBehavior") != "none" {
			t.Errorf("one spectator's reply is not the other's: %v", key)
		}
		if at(key, "EnableAcceptEncodingGzip") != true {
			t.Error("a compressed reply would not be asked for")
		}
		for _, failure := range list(at(s.only(t, "AWS::CloudFront::Distribution").Properties, "DistributionConfig", "CustomErrorResponses")) {
			want := 1.0
			if code := at(failure, "ErrorCode"); code == 403.0 || code == 404.0 {
				want = 0 // what one reader may not see, or not yet, another may
			}
			if at(failure, "ErrorCachingMinTTL") != want {
				t.Errorf("%v", failure)
			}
		}
	})
}

func TestEveryParameterOfAPublicOperationIsPartOfTheCachesKey(t *testing.T) {
	key := at(deployed(t).only(t, "AWS::CloudFront::CachePolicy").Properties, "CachePolicyConfig", "ParametersInCacheKeyAndForwardedToOrigin")
	var want []string
	for _, op := range operations(t) {
		for _, p := range op.Parameters {
			if op.Function == config.Board && p.In == "query" {
				want = append(want, p.Name)
			}
		}
	}
	if diff := cmp.Diff(sorted(want), sorted(texts(at(key, "QueryStringsConfig", "QueryStrings")))); diff != "" {
		t.Error(diff)
	}
}

func TestWhatATokenOpensIsKeptForNobody(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		c := at(s.only(t, "AWS::CloudFront::Distribution").Properties, "DistributionConfig")
		const disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" // CloudFront's own policy CachingDisabled
		for _, b := range append(list(at(c, "CacheBehaviors")), at(c, "DefaultCacheBehavior")) {
			if diff := cmp.Diff([]any{"GET", "HEAD"}, at(b, "AllowedMethods")); diff != "" {
				t.Error(diff)
			}
			if at(b, "ViewerProtocolPolicy") != "redirect-to-https" {
				t.Errorf("%v", b)
			}
			// Where a token is passed on, nothing is kept; where something is kept, no token is passed on.
			if passes, kept := at(b, "OriginRequestPolicyId") != nil, at(b, "CachePolicyId") != disabled; passes == kept {
				t.Errorf("%v", b)
			}
		}
		for route, op := range operations(t) {
			if op.Function != config.Board || !slices.ContainsFunc(op.Security, func(need map[string][]string) bool { return len(need) > 0 }) {
				continue
			}
			_, path, _ := strings.Cut(route, " ")
			if !slices.ContainsFunc(list(at(c, "CacheBehaviors")), func(b any) bool {
				return at(b, "CachePolicyId") == disabled && like(at(b, "PathPattern").(string), path)
			}) {
				t.Errorf("%s takes a token, and is cached", route)
			}
		}
	})
}
