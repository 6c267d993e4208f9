package lambda_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/photofinish/photofinish/functions/lambda"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// function is one as Start makes it, without the environment.
func function(log io.Writer) *lambda.Function {
	return &lambda.Function{
		Jam: "small", Log: telemetry.NewLogger(log, slog.LevelInfo),
		Metrics: &telemetry.Metrics{Namespace: "Photofinish", Jam: "small"},
	}
}

// gateway is what the gateway's side of a function looks like to a test.
type gateway struct {
	*testing.T
	log  bytes.Buffer
	last *api.Request
	http *http.Request
	api  *api.API
}

type wordInput struct {
	Colour []string `query:"colour,explode"`
	Body   struct {
		Word string `json:"word"`
	}
}

type wordOutput struct {
	SetCookie []string `header:"Set-Cookie"`
	Body      struct {
		Word   string   `json:"word"`
		Colour []string `json:"colour"`
	}
}

func newGateway(t *testing.T) *gateway {
	g := &gateway{T: t}
	g.api = function(&g.log).API(auth{})
	api.Register(g.api, api.Anyone, huma.Operation{OperationID: "echo", Method: http.MethodPost, Path: "/v1/echo"},
		func(ctx context.Context, in *wordInput) (*wordOutput, error) {
			g.last = api.From(ctx)
			out := &wordOutput{SetCookie: []string{"a=1", "b=2"}}
			out.Body.Word, out.Body.Colour = in.Body.Word, in.Colour
			return out, nil
		})
	g.api.Handle("GET /v1/packed", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.http = r; !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			_, _ = io.WriteString(w, "the board")
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, "the board")
		_ = z.Close()
	}))
	return g
}

type auth struct{}

func (auth) Authenticate(_ context.Context, token string) (api.Identity, error) {
	if token != "t1.good" {
		return api.Identity{}, api.ErrWrongToken
	}
	return api.Identity{Team: "t1"}, nil
}

// event is a request as API Gateway describes it to a function (REST API, proxy integration, every media type binary);
// change, if given, makes it another.
func event(change func(e, context map[string]any)) []byte {
	about := map[string]any{
		"accountId": "111122223333", "apiId": "a1b2c3", "stage": "live", "resourcePath": "/v1/echo", "httpMethod": "POST",
		"requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "protocol": "HTTP/1.1", "path": "/live/v1/echo",
		"requestTime": "24/Nov/2025:16:00:00 +0000", "requestTimeEpoch": time.Now().UnixMilli(),
		"identity": map[string]any{"sourceIp": "192.0.2.7", "userAgent": "curl/8"},
	}
	e := map[string]any{
		"resource": "/v1/echo", "path": "/v1/echo", "httpMethod": "POST", "requestContext": about,
		"headers":                         map[string]string{"Accept": "*/*", "Content-Type": "application/json", "Host": "a1b2c3.execute-api.eu-west-1.amazonaws.com"},
		"multiValueHeaders":               map[string][]string{"Accept": {"*/*"}, "Content-Type": {"application/json"}, "Host": {"a1b2c3.execute-api.eu-west-1.amazonaws.com"}},
		"queryStringParameters":           map[string]string{"colour": "blue"},
		"multiValueQueryStringParameters": map[string][]string{"colour": {"red & green", "blue"}},
		"pathParameters":                  nil, "stageVariables": nil,
		"body": base64.StdEncoding.EncodeToString([]byte(`{"word":"한글"}`)), "isBase64Encoded": true,
	}
	if change != nil {
		change(e, about)
	}
	b, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return b
}

// answer is a function's answer to the gateway.
type answer struct {
	StatusCode        int                 `json:"statusCode"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
	body              []byte
}

func (g *gateway) ask(payload []byte) answer {
	g.Helper()
	out, err := lambda.Gateway(g.api).Invoke(g.Context(), payload)
	if err != nil {
		g.Fatalf("the function failed, which the gateway answers with 502: %v", err)
	}
	var a answer
	if err := json.Unmarshal(out, &a); err != nil {
		g.Fatal(err)
	}
	a.body = []byte(a.Body)
	if a.IsBase64Encoded {
		if a.body, err = base64.StdEncoding.DecodeString(a.Body); err != nil {
			g.Fatal(err)
		}
	}
	return a
}

func TestARequestIsStampedWithTheGatewaysTimeAndNamedByItsID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(t)
		at := time.Now().Add(-ledger.GatewayTrust).UnixMilli()
		a := g.ask(event(func(_, about map[string]any) { about["requestTimeEpoch"] = at }))
		if a.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
		r := g.last.Received
		if r.Gateway != at || r.Late || g.last.Milli() != at || r.Handler != time.Now().UnixMilli() {
			t.Errorf("received %+v, stamped %d; want the gateway's %d", r, g.last.Milli(), at)
		}
		const id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
		if g.last.ID != id || r.Request != id || a.MultiValueHeaders["Request-Id"][0] != id {
			t.Errorf("the request is called %q, %q and %q", g.last.ID, r.Request, a.MultiValueHeaders["Request-Id"])
		}
		if !strings.Contains(g.log.String(), id) {
			t.Errorf("its line does not name it: %s", g.log.String())
		}
	})
}

func TestARequestThatTookTooLongFromTheGatewayIsStampedByTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(t)
		at := time.Now().Add(-ledger.GatewayTrust - time.Millisecond).UnixMilli()
		g.ask(event(func(_, about map[string]any) { about["requestTimeEpoch"] = at }))
		if r := g.last.Received; r.Gateway != at || !r.Late || g.last.Milli() != time.Now().UnixMilli() {
			t.Errorf("received %+v, stamped %d", r, g.last.Milli())
		}
	})
}

func TestARequestWithoutAGatewaysTimeIsStampedByTheHandler(t *testing.T) {
	g := newGateway(t)
	g.ask(event(func(_, about map[string]any) { delete(about, "requestTimeEpoch") }))
	if r := g.last.Received; r.Gateway != 0 || g.last.Milli() != r.Handler || r.Handler == 0 {
		t.Errorf("received %+v", r)
	}
}

func TestABodyComesWholeWhetherItTravelsAsBase64OrAsItIs(t *testing.T) {
	const body = `{"word":"한글 + ÷"}`
	for name, change := range map[string]func(e, about map[string]any){
		"base64": func(e, _ map[string]any) { e["body"] = base64.StdEncoding.EncodeToString([]byte(body)) },
		"text":   func(e, _ map[string]any) { e["body"], e["isBase64Encoded"] = body, false },
	} {
		g := newGateway(t)
		a := g.ask(event(change))
		if a.StatusCode != http.StatusOK || !strings.Contains(string(a.body), "한글 + ÷") || string(g.last.Body) != body {
			t.Errorf("%s: %d %s, of %q", name, a.StatusCode, a.body, g.last.Body)
		}
	}
}

func TestWhatIsWrongWithARequestIsAProblemAndNoFailureOfTheFunction(t *testing.T) {
	for name, c := range map[string]struct {
		change func(e, about map[string]any)
		status int
		kind   api.Kind
	}{
		"a body that is no base64": {func(e, _ map[string]any) { e["body"] = "!!!!" }, 400, api.Malformed},
		"base64 that is cut off":   {func(e, _ map[string]any) { e["body"] = "eyJ3b3JkIjoieCJ" }, 408, api.SlowBody},
		"no body":                  {func(e, _ map[string]any) { e["body"], e["isBase64Encoded"] = nil, false }, 400, api.Malformed},
		"no JSON":                  {func(e, _ map[string]any) { e["body"], e["isBase64Encoded"] = "word=x", false }, 400, api.Malformed},
		"a body that is too large": {func(e, _ map[string]any) {
			e["body"] = base64.StdEncoding.EncodeToString(make([]byte, api.MaxBody+1))
		}, 413, api.TooLarge},
		"another path":                    {func(e, _ map[string]any) { e["path"] = "/v1/nowhere" }, 404, api.NotFound},
		"a path that cannot be unescaped": {func(e, _ map[string]any) { e["path"] = "/v1/100%" }, 404, api.NotFound},
		"another method":                  {func(e, _ map[string]any) { e["httpMethod"] = "DELETE" }, 405, api.MethodNotAllowed},
		"a packed body": {func(e, _ map[string]any) {
			e["multiValueHeaders"].(map[string][]string)["Content-Encoding"] = []string{"gzip"}
		}, 415, api.WrongMediaType},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGateway(t)
			a := g.ask(event(c.change))
			var p api.Problem
			if err := json.Unmarshal(a.body, &p); err != nil || a.StatusCode != c.status || p.Kind() != c.kind {
				t.Errorf("%d %s, want %d %s", a.StatusCode, a.body, c.status, c.kind)
			}
		})
	}
}

func TestEveryValueOfAHeaderAndOfAParameterPassesBothWays(t *testing.T) {
	g := newGateway(t)
	a := g.ask(event(nil))
	if !strings.Contains(string(a.body), `["red & green","blue"]`) {
		t.Errorf("the parameters came as %s", a.body)
	}
	if cookies := a.MultiValueHeaders["Set-Cookie"]; len(cookies) != 2 || cookies[0] != "a=1" || cookies[1] != "b=2" {
		t.Errorf("of the answer's headers came %q", cookies)
	}
	g.ask(event(func(e, _ map[string]any) {
		e["httpMethod"], e["path"], e["body"], e["isBase64Encoded"] = "GET", "/v1/packed", nil, false
		e["multiValueHeaders"].(map[string][]string)["if-none-match"] = []string{`"a"`, `"b"`}
	}))
	if got := g.http.Header.Values("If-None-Match"); len(got) != 2 || got[0] != `"a"` || got[1] != `"b"` {
		t.Errorf("of the request's headers came %q", got)
	}
}

func TestACompressedReplyPassesAsItIsToWhoeverSaysWhatItAccepts(t *testing.T) {
	g := newGateway(t)
	ask := func(headers map[string][]string) answer {
		return g.ask(event(func(e, _ map[string]any) {
			e["httpMethod"], e["path"], e["body"], e["isBase64Encoded"] = "GET", "/v1/packed", nil, false
			e["headers"], e["multiValueHeaders"] = nil, headers
		}))
	}
	a := ask(map[string][]string{"accept": {"application/json"}, "accept-encoding": {"gzip"}})
	z, err := gzip.NewReader(bytes.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil || string(text) != "the board" || a.MultiValueHeaders["Content-Encoding"][0] != "gzip" || !a.IsBase64Encoded {
		t.Errorf("unpacked %q, %v, as %+v", text, err, a)
	}
	// The gateway decodes base64 only for whoever sends an Accept, so everybody else gets text, and nothing compressed.
	if a := ask(map[string][]string{"Accept-Encoding": {"gzip"}}); a.IsBase64Encoded || string(a.body) != "the board" || a.MultiValueHeaders["Content-Encoding"] != nil {
		t.Errorf("without an Accept: %+v", a)
	}
	if a := ask(nil); a.IsBase64Encoded || string(a.body) != "the board" {
		t.Errorf("without any header: %+v", a)
	}
}

func TestWhatIsNoRequestOfTheGatewayIsNotServed(t *testing.T) {
	g := newGateway(t)
	for name, payload := range map[string]string{
		"another event": `{"detail-type":"Scheduled Event"}`, "an HTTP API's": `{"version":"2.0","rawPath":"/v1/echo"}`, "no JSON": `x`,
	} {
		if out, err := lambda.Gateway(g.api).Invoke(t.Context(), []byte(payload)); err == nil {
			t.Errorf("%s was answered: %s", name, out)
		}
	}
}
