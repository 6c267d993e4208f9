package cloud

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// ward is a Jam that a doctor looks at: what AWS says of it is the fake's, what is in its table is the Jam's own.
type ward struct {
	*far
	aws     *fake
	x       *examination
	printed bytes.Buffer
}

func newWard(t *testing.T) *ward {
	t.Helper()
	w := &ward{far: newFar(t)}
	w.play()
	w.aws = newFake(t, w.clock)
	app := &cli.App{Out: &w.printed, Err: &w.printed, Now: w.clock, Program: "jam", Globals: &cli.Globals{}}
	d, err := readStack(w.aws.config(), stackWith(w.aws, nil))
	if err != nil {
		t.Fatal(err)
	}
	w.x = newExamination(app, d)
	w.x.items = w.store
	return w
}

// examine makes every check.
func (w *ward) examine() []finding {
	w.Helper()
	w.x.found = nil
	for _, check := range w.x.all() {
		check(w.Context())
	}
	return w.x.found
}

func TestAJamInGoodHealthIsFoundSoInEveryRespect(t *testing.T) {
	w := newWard(t)
	w.x.event = event(120)
	var checks []string
	for _, f := range w.examine() {
		if f.Grade != good || f.Do != "" {
			t.Errorf("%s: %s %s → %s", f.Check, f.Grade, f.Text, f.Do)
		}
		checks = append(checks, f.Check)
	}
	slices.Sort(checks)
	want := []string{"alarms", "api", "backups", "board", "clock", "concurrency", "dead letters", "definition", "queues", "reserved",
		"sealing", "sources", "stack", "start", "table", "teams"}
	if got := slices.Compact(checks); !slices.Equal(got, want) {
		t.Errorf("looked at %v, want %v", got, want)
	}
	if err := w.x.tell(); err != nil {
		t.Error(err)
	}
	for _, says := range []string{"100 of them are reserved for play", "a cloud on this machine has no CDN", "2 have joined", "and it is yours"} {
		if !strings.Contains(w.printed.String(), says) {
			t.Errorf("it does not say %q:\n%s", says, w.printed.String())
		}
	}
	for _, asked := range w.aws.targets {
		if strings.Contains(asked, "cloudfront") {
			t.Errorf("it went to %s", asked)
		}
	}
}

func TestEverySicknessIsFoundWithWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*ward)
		check string
		grade grade
		says  string
		do    string
	}{
		"a deployment that failed": {func(w *ward) { w.x.stack.StackStatus = types.StackStatusRollbackComplete }, "stack", fail, "ROLLBACK_COMPLETE", "deploy again"},
		"one that was taken back": {func(w *ward) { w.x.stack.StackStatus = types.StackStatusUpdateRollbackComplete }, "stack", warn,
			"its last deployment failed", "its events"},
		"one that is under way":     {func(w *ward) { w.x.stack.StackStatus = types.StackStatusUpdateInProgress }, "stack", fail, "under way", "wait"},
		"no termination protection": {func(w *ward) { w.x.stack.EnableTerminationProtection = nil }, "stack", warn, "protected", "retain=no"},
		"a table that is made": {func(w *ward) {
			w.aws.answers["DescribeTable"] = strings.Replace(w.aws.answers["DescribeTable"], "ACTIVE", "UPDATING", 1)
		}, "table", fail, "is UPDATING", "wait"},
		"a table without a stream": {func(w *ward) {
			w.aws.answers["DescribeTable"] = `{"Table":{"TableStatus":"ACTIVE","DeletionProtectionEnabled":true}}`
		}, "table", fail, "stream is off", "deploy again"},
		"a table that may be deleted": {func(w *ward) {
			w.aws.answers["DescribeTable"] = strings.Replace(w.aws.answers["DescribeTable"], `"DeletionProtectionEnabled":true`, `"DeletionProtectionEnabled":false`, 1)
		}, "table", warn, "protected", "retain=no"},
		"a table that is gone":  {func(w *ward) { w.aws.answers["DescribeTable"] = "!ResourceNotFoundException" }, "table", warn, "could not be looked at", ""},
		"no right to the table": {func(w *ward) { w.aws.answers["DescribeTable"] = "!AccessDeniedException" }, "table", warn, "may not do that", ""},
		"no backups": {func(w *ward) {
			w.aws.answers["DescribeContinuousBackups"] = `{"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"DISABLED"}}`
		}, "backups", warn, "is off", "deploy again"},
		"an API that answers 502":   {func(w *ward) { w.aws.answers["/v1/jam"] = "!BadGateway" }, "api", fail, "answers 400", "the function play"},
		"an API that is not there":  {func(w *ward) { w.x.api = "http://127.0.0.1:1/live" }, "api", fail, "does not answer", "the function play"},
		"a board that is not there": {func(w *ward) { w.aws.answers["/v1/board"] = "!NotFound" }, "board", fail, "answers 400", "the function board"},
		"a CDN that is not there yet": {func(w *ward) { w.x.local, w.x.board = false, "http://127.0.0.1:1/v1/board" }, "cdn", warn,
			"does not answer", "some minutes"},
		"a small quota": {func(w *ward) {
			w.aws.answers["GetAccountSettings"] = `{"AccountLimit":{"ConcurrentExecutions":10},"AccountUsage":{"FunctionCount":8}}`
		}, "concurrency", fail, "10 functions may run at once", "Service Quotas"},
		"a quota too small for the Jam": {func(w *ward) { w.x.event = event(120); w.x.event.Expect.Teams = 10_000 }, "concurrency", fail, "about 1030 are needed", "Service Quotas"},
		"no right to the quota":         {func(w *ward) { w.aws.answers["GetAccountSettings"] = "!AccessDeniedException" }, "concurrency", warn, "may not do that", ""},
		"nothing reserved in a shared account": {func(w *ward) {
			w.aws.answers["GetFunctionConcurrency"] = `{}`
			w.aws.answers["GetAccountSettings"] = `{"AccountLimit":{"ConcurrentExecutions":1000},"AccountUsage":{"FunctionCount":20}}`
		}, "reserved", warn, "12 other functions", "reserved-concurrency=yes"},
		"nothing reserved in an account of its own": {func(w *ward) { w.aws.answers["GetFunctionConcurrency"] = `{}` }, "reserved", good, "shares the account with nobody", ""},
		"play is not there": {func(w *ward) { w.aws.answers["GetFunctionConcurrency"] = "!ResourceNotFoundException" }, "reserved", fail,
			"no function photofinish-far-play", "deploy again"},
		"play is switched off": {func(w *ward) { w.aws.answers["GetFunctionConcurrency"] = `{"ReservedConcurrentExecutions":0}` }, "reserved", fail,
			"throttled to nothing", "Lambda console"},
		"a queue that feeds nobody": {func(w *ward) {
			w.aws.answers["ListEventSourceMappings photofinish-far-judge"] = `{"EventSourceMappings":[]}`
		}, "sources", fail, "nothing feeds judge", "deploy again"},
		"a stream that is switched off": {func(w *ward) {
			w.aws.answers["ListEventSourceMappings photofinish-far-relay"] = `{"EventSourceMappings":[{"State":"Disabled"}]}`
		}, "sources", fail, "what feeds relay is Disabled", "enable it"},
		"dead letters":                  {func(w *ward) { w.aws.queues["photofinish-far-judge-dlq"] = 3 }, "dead letters", warn, "3 in judge-dlq", "jam redrive --stack photofinish-far"},
		"dead letters of the stream":    {func(w *ward) { w.aws.queues["photofinish-far-relay-dlq"] = 1 }, "dead letters", warn, "1 in relay-dlq", "asked for again"},
		"a queue that grows":            {func(w *ward) { w.aws.queues["photofinish-far-verify-http"] = 101 }, "queues", warn, "101 messages wait in verify-http", "dashboard"},
		"a queue that is not there":     {func(w *ward) { w.aws.queues["photofinish-far-settle"] = -1 }, "queues", warn, "no such queue", ""},
		"an alarm":                      {func(w *ward) { w.aws.alarms = []string{"photofinish-far-seal-lag"} }, "alarms", fail, "photofinish-far-seal-lag: over the threshold", "runbook"},
		"alarms that nobody can read":   {func(w *ward) { w.aws.unread = true }, "alarms", warn, "it could not be looked at: the answer cannot be read", ""},
		"a sequencer that stands still": {func(w *ward) { w.pass(5 * time.Minute) }, "sealing", fail, "the oldest unsealed entry is 5m0s old", "#seal-lag"},
		"a checkpoint that is missing": {func(w *ward) {
			w.settle()
			w.x.items = &spoiled{Store: w.store, key: w.ledger.Keys().Checkpoint(w.sealer.Reader.Newest().Number), change: func([]byte) []byte { return nil }}
			w.pass(3 * time.Minute)
		}, "sealing", fail, "has no checkpoint", "#seal-lag"},
		"an entry that came too late": {func(w *ward) {
			w.settle()
			at := w.sealer.Reader.Newest().End
			body, err := ledger.EncodeEntry(rules.Entry{Kind: rules.Announced, Stamp: at, Text: "late"})
			if err == nil {
				err = w.store.Commit(w.Context(), store.PutAbsent(w.ledger.Keys().Entry(at), body))
			}
			if err != nil {
				w.Fatal(err)
			}
		}, "sealing", fail, "1 entries were committed after their place had been sealed", "#late-entries"},
		"a table that cannot be read": {func(w *ward) { w.x.items = &short{Store: w.store} }, "sealing", warn, "could not be looked at", ""},
		"this machine's clock":        {func(w *ward) { w.x.app.Now = func() time.Time { return w.clock().Add(-time.Minute) } }, "clock", warn, "this machine is 1m0s from the Jam", "clock right"},
		"a handler's clock": {func(w *ward) {
			now := w.clock().UnixMilli()
			_, err := w.ledger.Append(w.Context(), ledger.Command{
				Team: "red", Key: "essay", Received: rules.Received{Gateway: now, Handler: now - 2500},
				Decide: func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
					return rules.Submit(s.Situation, s.Team, rules.Submission{Challenge: "c", Task: "essay", Commitment: "00"}, at)
				},
			})
			if err != nil {
				w.Fatal(err)
			}
		}, "handlers", warn, "-2.5s after the gateway's", "#clock-skew"},
		"another definition in force":    {func(w *ward) { w.x.event = event(999) }, "definition", fail, "is in force, and yours is", "jam define"},
		"one that is yet to take effect": {func(w *ward) { w.define(130); w.x.event = event(130) }, "definition", good, "takes effect at 2026-12-02T01:", ""},
		"no right to the secret":         {func(w *ward) { w.x.event = event(120); w.aws.answers["GetSecretValue"] = "!AccessDeniedException" }, "definition", warn, "may not do that", ""},
		"a secret that is none":          {func(w *ward) { w.x.event = event(120); w.aws.answers["GetSecretValue"] = `{"SecretString":"x"}` }, "definition", warn, "the master secret", ""},
		"more teams than were expected": {func(w *ward) {
			for n := range 9 {
				w.join(fmt.Sprint("more-", n))
			}
		}, "teams", warn, "11 have joined, 10 are expected", "expect.teams"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWard(t)
			c.spoil(w)
			found := w.examine()
			i := slices.IndexFunc(found, func(f finding) bool {
				return f.Check == c.check && f.Grade == c.grade && strings.Contains(f.Text, c.says) && strings.Contains(f.Do, c.do)
			})
			if i < 0 {
				t.Fatalf("it is not found; want %s %s, %q → %q, among\n%v", c.grade, c.check, c.says, c.do, found)
			}
			if c.grade != good && found[i].Do == "" && c.do != "" {
				t.Errorf("nobody is told what to do: %+v", found[i])
			}
			for _, f := range found {
				if f.Check == c.check && f.Grade == good && c.grade != good && c.check != "clock" && c.check != "stack" && c.check != "table" {
					t.Errorf("the same check is said to be good: %s", f.Text)
				}
				if strings.Contains(f.Text, "\n") || len(f.Text) > 300 {
					t.Errorf("%s is told in %d characters: %q", f.Check, len(f.Text), f.Text)
				}
			}
			err := w.x.tell()
			sick, isSick := errors.AsType[*Sick](err)
			if isSick != (c.grade == fail) || isSick && sick.Failures < 1 {
				t.Errorf("it ends with %v", err)
			}
			if c.grade == fail && cli.CodeOf(err) != cli.Failed {
				t.Errorf("exit code %d", cli.CodeOf(err))
			}
		})
	}
}

func TestABoardBehindTheCDNIsAskedThereAndItsCertificateIsLookedAt(t *testing.T) {
	w := newWard(t)
	w.x.local, w.x.board = false, w.aws.URL+"/_aws/execute-api/a1b2c3/live/v1/board"
	w.x.boardState(t.Context())
	if f := w.x.found; len(f) != 1 || f[0].Check != "cdn" || f[0].Grade != good || strings.Contains(f[0].Text, "no CDN") {
		t.Errorf("found %+v", f)
	}
}

func TestACertificateThatEndsSoonIsTold(t *testing.T) {
	page := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer page.Close()
	ends := page.Certificate().NotAfter
	for left, want := range map[time.Duration]struct {
		grade grade
		says  string
	}{
		15 * 24 * time.Hour: {good, "good for 15 days"}, 13*24*time.Hour + time.Hour: {warn, "ends in 13 days"}, -time.Hour: {warn, "ends in 0 days"},
	} {
		x := &examination{deployed: &deployed{board: page.URL}, app: &cli.App{Now: func() time.Time { return ends.Add(-left) }}, http: page.Client()}
		x.boardState(t.Context())
		i := slices.IndexFunc(x.found, func(f finding) bool { return f.Check == "certificate" })
		if i < 0 || x.found[i].Grade != want.grade || !strings.Contains(x.found[i].Text, want.says) {
			t.Errorf("%s before its end: %+v", left, x.found)
		}
	}
}

func TestTheFindingsAreToldAsJSONWhenAsked(t *testing.T) {
	w := newWard(t)
	w.x.app.Globals.JSON = true
	w.aws.queues["photofinish-far-judge-dlq"] = 2
	w.examine()
	if err := w.x.tell(); err != nil {
		t.Fatal(err)
	}
	var told struct {
		Jam    string
		Checks []finding
	}
	if err := json.Unmarshal(w.printed.Bytes(), &told); err != nil || told.Jam != "far" || len(told.Checks) != len(w.x.found) {
		t.Errorf("%v: %s", err, w.printed.String())
	}
}

func TestADefinitionOfAnotherJamIsNotComparedWithThisOne(t *testing.T) {
	f := newFake(t, time.Now)
	f.answers["DescribeStacks"] = "photofinish-far"
	dir, err := filepath.Abs("../../../../events/quickstart")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	code, _, complaints := run(t, f.URL, time.Now, "doctor", "--stack", "photofinish-far", "--event", dir)
	if code != cli.BadUsage || !strings.Contains(complaints, `the definition of "quickstart"; the stack is the Jam "far"`) {
		t.Errorf("%d %s", code, complaints)
	}
	code, _, complaints = run(t, f.URL, time.Now, "doctor", "--stack", "photofinish-far", "--event", t.TempDir())
	if code != cli.BadUsage {
		t.Errorf("a definition that is none: %d %s", code, complaints)
	}
}
