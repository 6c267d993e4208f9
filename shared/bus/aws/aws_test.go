package aws

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
)

// fakeBus holds what EventBridge holds: at most ten entries and 256 KB a request. It fails those that failing names.
type fakeBus struct {
	t        *testing.T
	requests [][]types.PutEventsRequestEntry
	failing  func(detail string) (code string)
	silent   bool  // says how many failed, and not which
	err      error // of the whole request
}

func (f *fakeBus) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	size := 0
	for _, e := range in.Entries {
		size += len(*e.Source) + len(*e.DetailType) + len(*e.Detail)
	}
	if n := len(in.Entries); n < 1 || n > 10 || n > 1 && size > 256<<10 {
		f.t.Errorf("a request of %d entries and %d bytes", n, size)
	}
	if f.err != nil {
		return nil, f.err
	}
	f.requests = append(f.requests, in.Entries)
	out := &eventbridge.PutEventsOutput{}
	for _, e := range in.Entries {
		var result types.PutEventsResultEntry
		if f.failing != nil && f.failing(*e.Detail) != "" {
			out.FailedEntryCount++
			result.ErrorCode, result.ErrorMessage = sdk.String(f.failing(*e.Detail)), sdk.String("try later")
		}
		if !f.silent {
			out.Entries = append(out.Entries, result)
		}
	}
	return out, nil
}

// fakeQueue keeps what was sent.
type fakeQueue struct {
	sent []*sqs.SendMessageInput
	err  error
}

func (f *fakeQueue) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	if f.err != nil {
		return nil, f.err
	}
	f.sent = append(f.sent, in)
	return &sqs.SendMessageOutput{}, nil
}

func look(number int) bus.Look {
	return bus.Look{
		Jam: "j", Team: "red", Submission: jam.Stamp{Milli: 1764000000123, Slot: 4}, Task: "c/x", Kind: jam.KindHTTP, Look: number,
		Check:    jam.Check{Kind: jam.KindHTTP, Fetch: map[string]jam.Fetch{"page": {Get: "{{team.url}}/"}}, PassedIf: "page.status < 300 && true"},
		Settings: map[string]string{"url": "http://example.com/?a=<b>&c"}, Language: "ko",
		Until: jam.At(time.UnixMilli(1764000600123)), AskedAt: jam.At(time.UnixMilli(1764000000200)),
	}
}

func messages(n int) (all []bus.Message) {
	for i := range n {
		all = append(all, bus.Message{Type: bus.TypeLook, Detail: look(i + 1)})
	}
	return all
}

func TestMoreMessagesThanARequestTakesGoInSeveralAndInTheirOrder(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, 10: 1, 11: 2, 20: 2, 25: 3} {
		f := &fakeBus{t: t}
		if err := (&Publisher{Client: f, Bus: "the-bus"}).Publish(t.Context(), messages(n)...); err != nil {
			t.Error(err)
		}
		number := 0
		for _, r := range f.requests {
			for _, e := range r {
				number++
				var got bus.Look
				if err := json.Unmarshal([]byte(*e.Detail), &got); err != nil || got.Look != number ||
					*e.EventBusName != "the-bus" || *e.Source != bus.Source || *e.DetailType != bus.TypeLook {
					t.Errorf("message %d: %v, %s", number, err, *e.Detail)
				}
			}
		}
		if len(f.requests) != want || number != n {
			t.Errorf("%d messages went in %d requests, and %d arrived", n, len(f.requests), number)
		}
	}
}

func TestLargeMessagesShareARequestOnlyAsFarAsTheyFit(t *testing.T) {
	f := &fakeBus{t: t}
	all := messages(7)
	for i := range all {
		l := look(i + 1)
		l.Check.PassedIf = strings.Repeat("x", 100<<10)
		all[i].Detail = l
	}
	if err := (&Publisher{Client: f, Bus: "b"}).Publish(t.Context(), all...); err != nil || len(f.requests) != 4 {
		t.Errorf("%d requests, %v", len(f.requests), err)
	}
}

func TestARequestOfWhichPartFailedHasFailed(t *testing.T) {
	second := func(detail string) string {
		if strings.Contains(detail, `"look":2,`) {
			return "ThrottlingException"
		}
		return ""
	}
	for name, f := range map[string]*fakeBus{
		"one of three":       {t: t, failing: second},
		"nobody says which":  {t: t, failing: second, silent: true},
		"all of it":          {t: t, err: errors.New("no route to the bus")},
		"all, one after one": {t: t, failing: func(string) string { return "InternalFailure" }},
	} {
		err := (&Publisher{Client: f, Bus: "b"}).Publish(t.Context(), messages(3)...)
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if name == "one of three" && !strings.Contains(err.Error(), "ThrottlingException: try later") {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := &fakeBus{t: t, failing: second}
	if err := (&Publisher{Client: f, Bus: "b"}).Publish(t.Context(), messages(25)...); err == nil || len(f.requests) != 1 {
		t.Errorf("%d requests, %v; want none after the one that failed", len(f.requests), err)
	}
	if err := (&Publisher{Client: f, Bus: "b"}).Publish(t.Context(), bus.Message{Type: "look", Detail: math.Inf(1)}); err == nil {
		t.Error("what has no JSON is published")
	}
}

func TestALookHasOneFormHoweverItComesToItsQueue(t *testing.T) {
	f := &fakeQueue{}
	if err := (&Asker{Client: f, Queues: map[jam.Kind]string{jam.KindHTTP: "https://queue"}}).Ask(t.Context(), look(3), 0); err != nil {
		t.Fatal(err)
	}
	asked, err := LookOf(*f.sent[0].MessageBody)
	if diff := cmp.Diff(look(3), asked); err != nil || diff != "" {
		t.Errorf("asked: %v\n%s", err, diff)
	}
	detail, err := json.Marshal(look(3))
	if err != nil {
		t.Fatal(err)
	}
	event := `{"version":"0","id":"6a7e8feb-b491-4cf7-a9f1-bf3703467718","detail-type":"look","source":"photofinish",` +
		`"account":"111122223333","time":"2026-12-02T10:00:00Z","region":"eu-west-1","resources":[],"detail":` + string(detail) + `}`
	published, err := LookOf(event)
	if diff := cmp.Diff(look(3), published); err != nil || diff != "" {
		t.Errorf("published: %v\n%s", err, diff)
	}
}

func TestADelayIsRoundedUpToSecondsAndBoundedByWhatSQSTakes(t *testing.T) {
	for after, want := range map[time.Duration]int32{
		0: 0, -time.Hour: 0, time.Nanosecond: 1, time.Millisecond: 1, time.Second: 1, time.Second + 1: 2, 4800 * time.Millisecond: 5,
		15*time.Minute - 1: 900, 15 * time.Minute: 900, 15*time.Minute + 1: 900, 1000 * time.Hour: 900, math.MaxInt64: 900, math.MinInt64: 0,
	} {
		f := &fakeQueue{}
		err := (&Asker{Client: f, Queues: map[jam.Kind]string{jam.KindHTTP: "https://queue"}}).Ask(t.Context(), look(1), after)
		if err != nil || f.sent[0].DelaySeconds != want || *f.sent[0].QueueUrl != "https://queue" {
			t.Errorf("after %s: %v, %+v; want %d s", after, err, f.sent, want)
		}
	}
}

func TestWhatCannotBeAskedOrToldIsAnError(t *testing.T) {
	f := &fakeQueue{}
	asker := &Asker{Client: f, Queues: map[jam.Kind]string{jam.KindHTTP: "https://queue"}}
	other := look(1)
	other.Kind = jam.KindAWS
	if err := asker.Ask(t.Context(), other, 0); err == nil || len(f.sent) != 0 {
		t.Errorf("a kind without a queue: %v, %v", err, f.sent)
	}
	f.err = errors.New("the queue is away")
	if err := asker.Ask(t.Context(), look(1), 0); !errors.Is(err, f.err) {
		t.Error(err)
	}
	if err := (&Judge{Client: f, Queue: "https://judge"}).Tell(t.Context(), looked()); !errors.Is(err, f.err) {
		t.Error(err)
	}
}

func looked() bus.Looked {
	return bus.Looked{Jam: "j", Team: "red", Submission: jam.Stamp{Milli: 1764000000123}, Look: 2, Verdict: jam.Failed,
		BeganAt: jam.At(time.UnixMilli(1764000001000)), Message: "아니요 <&>"}
}

func TestAnOutcomeArrivesAsItWasTold(t *testing.T) {
	f := &fakeQueue{}
	if err := (&Judge{Client: f, Queue: "https://judge"}).Tell(t.Context(), looked()); err != nil {
		t.Fatal(err)
	}
	got, err := LookedOf(*f.sent[0].MessageBody)
	if diff := cmp.Diff(looked(), got); err != nil || diff != "" || *f.sent[0].QueueUrl != "https://judge" || f.sent[0].DelaySeconds != 0 {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestABodyThatIsNoLookIsAnError(t *testing.T) {
	good := `{"jam":"j","team":"red","submission":"1764000000123.004","task":"c/x","kind":"http","look":1}`
	in := func(detail string) string {
		return `{"source":"photofinish","detail-type":"look","detail":` + detail + `}`
	}
	if _, err := LookOf(in(good)); err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{
		"", "null", "{}", "[]", "7", `"look"`, "{", "\x00", good, in("null"), in("{}"), in("[]"), in(`"` + "x" + `"`),
		`{"source":"aws.s3","detail-type":"look","detail":` + good + `}`,
		`{"source":"photofinish","detail-type":"settle","detail":` + good + `}`,
		`{"source":"photofinish","detail-type":"look"}`,
		in(strings.Replace(good, `"jam":"j"`, `"jam":""`, 1)),
		in(strings.Replace(good, `"team":"red"`, `"team":7`, 1)),
		in(strings.Replace(good, `"team":"red",`, ``, 1)),
		in(strings.Replace(good, `"1764000000123.004"`, `"yesterday"`, 1)),
		in(strings.Replace(good, `"1764000000123.004"`, `1764000000123`, 1)),
		in(strings.Replace(good, `"submission":"1764000000123.004",`, ``, 1)),
		in(strings.Replace(good, `"look":1`, `"look":0`, 1)),
		in(strings.Replace(good, `"look":1`, `"look":-1`, 1)),
		in(strings.Replace(good, `"look":1`, `"look":1.5`, 1)),
		in(strings.Replace(good, `"look":1`, `"look":99999999999999999999`, 1)),
		strings.Repeat(`{"detail":`, 20_000),
	} {
		if got, err := LookOf(body); err == nil {
			t.Errorf("%.200s is %+v", body, got)
		}
	}
}

func TestABodyThatIsNoOutcomeIsAnError(t *testing.T) {
	good := `{"jam":"j","team":"red","submission":"1764000000123.004","look":1,"verdict":"passed","began_at":"2026-12-02T10:00:00.000Z"}`
	if _, err := LookedOf(good); err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{
		"", "null", "{}", "[]", "{", good[1:], good[:len(good)-1],
		strings.Replace(good, `"j"`, `""`, 1), strings.Replace(good, `"red"`, `""`, 1), strings.Replace(good, `"red"`, `["red"]`, 1),
		strings.Replace(good, `1764000000123.004`, `x`, 1), strings.Replace(good, `"look":1`, `"look":0`, 1),
		strings.Replace(good, `"verdict":"passed",`, ``, 1), strings.Replace(good, `"passed"`, `true`, 1),
		strings.Replace(good, `2026-12-02T10:00:00.000Z`, `now`, 1),
	} {
		if got, err := LookedOf(body); err == nil {
			t.Errorf("%s is %+v", body, got)
		}
	}
}
