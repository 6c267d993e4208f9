package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/photofinish/photofinish/functions/lambda"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

var errBroken = errors.New("disk 7 is on fire")

// batch is a queue's batch, as Lambda delivers it.
func batch(bodies ...string) events.SQSEvent {
	var e events.SQSEvent
	for i, body := range bodies {
		e.Records = append(e.Records, events.SQSMessage{
			MessageId: fmt.Sprint("m", i), Body: body, Attributes: map[string]string{"ApproximateReceiveCount": "3"}, EventSource: "aws:sqs",
		})
	}
	return e
}

func TestAMessageThatFailsComesAgainByItselfAndTheOthersDoNot(t *testing.T) {
	var log bytes.Buffer
	f := function(&log)
	var handled []string
	response := f.Queue(t.Context(), batch("good", "{half", "good too", "bad"), func(_ context.Context, body string) error {
		handled = append(handled, body)
		var v any
		switch {
		case body == "bad":
			return errBroken
		case body[0] == '{':
			return json.Unmarshal([]byte(body), &v)
		}
		return nil
	})
	if want := []string{"good", "{half", "good too", "bad"}; !slices.Equal(handled, want) {
		t.Errorf("handled %q, want every message though one before it failed", handled)
	}
	if got := fmt.Sprint(response.BatchItemFailures); got != "[{m1} {m3}]" {
		t.Errorf("come again: %s, want m1 and m3", got)
	}
	for _, want := range []string{`"message":"m1"`, `"message":"m3"`, `"tries":"3"`, "disk 7 is on fire"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s: %s", want, log.String())
		}
	}
	if strings.Contains(log.String(), `"m0"`) {
		t.Errorf("the log complains of what went well: %s", log.String())
	}
}

func TestABatchThatWentWellSaysSoWithAListAndNotWithNull(t *testing.T) {
	f := function(&bytes.Buffer{})
	queue := f.Queue(t.Context(), batch("x"), func(context.Context, string) error { return nil })
	none := f.Queue(t.Context(), events.SQSEvent{}, func(context.Context, string) error { return errBroken })
	stream := f.Stream(t.Context(), events.DynamoDBEvent{}, func(context.Context, []rules.Entry) error { return errBroken })
	every := func(context.Context) error { return nil }
	scheduled, err := f.Schedule(t.Context(), []byte(`{"Records":[{"messageId":"m0","body":"x"}]}`), every, every)
	if err != nil {
		t.Fatal(err)
	}
	for name, response := range map[string]any{"queue": queue, "an empty batch": none, "stream": stream, "schedule": scheduled} {
		b, err := json.Marshal(response)
		if err != nil || string(b) != `{"batchItemFailures":[]}` { // null would make the whole batch come again
			t.Errorf("%s: %s, %v", name, b, err)
		}
	}
}

// record is a record of the table's stream, for an item's first version.
func record(number int, partition, body string) string {
	return fmt.Sprintf(`{"eventID":"%d","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","dynamodb":{
		"Keys":{"pk":{"S":%q},"sk":{"S":"1764000000123.00%d"}},"SequenceNumber":"70%d","StreamViewType":"NEW_IMAGE",
		"NewImage":{"pk":{"S":%q},"sk":{"S":"1764000000123.00%d"},"v":{"N":"1"},"body":{"S":%q}}}}`,
		number, partition, number, number, partition, number, body)
}

func stream(t *testing.T, records ...string) events.DynamoDBEvent {
	t.Helper()
	var e events.DynamoDBEvent
	if err := json.Unmarshal([]byte(`{"Records":[`+strings.Join(records, ",")+`]}`), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// entry is an entry's stored bytes.
func entry(t *testing.T, slot int) string {
	t.Helper()
	b, err := ledger.EncodeEntry(rules.Entry{Stamp: jam.Stamp{Milli: 1764000000123, Slot: slot}, Kind: rules.Announced, Text: fmt.Sprint("entry ", slot)})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestOfTheStreamOnlyNewEntriesOfThisJamsLedgerAreHandedOnInTheirOrder(t *testing.T) {
	var log bytes.Buffer
	f := function(&log)
	e := stream(
		t,
		record(1, "small#team#t1", `{"score":1}`),
		record(2, "small#ledger#0", entry(t, 2)),
		record(3, "smaller#ledger#0", entry(t, 3)),
		record(4, "small#ledger#11", entry(t, 4)),
		strings.Replace(record(5, "small#ledger#0", entry(t, 5)), "INSERT", "MODIFY", 1),
		`{"eventName":"REMOVE","dynamodb":{"Keys":{"pk":{"S":"small#ledger#0"}},"SequenceNumber":"706"}}`,
		strings.ReplaceAll(record(7, "small#ledger#0", entry(t, 7)), `"pk":{"S":"small#ledger#0"}`, `"pk":{"N":"7"}`),
		record(8, "small#ledger#0", entry(t, 8)),
		record(9, "small#block", `{"number":1}`),
	)
	var got []string
	calls := 0
	f.Stream(t.Context(), e, func(_ context.Context, entries []rules.Entry) error {
		calls++
		for _, e := range entries {
			got = append(got, e.Text)
		}
		return nil
	})
	if want := []string{"entry 2", "entry 4", "entry 8"}; !slices.Equal(got, want) || calls != 1 {
		t.Errorf("handed on %q in %d calls, want %q in one", got, calls, want)
	}
	if log.Len() > 0 {
		t.Errorf("the log complains: %s", log.String())
	}
}

func TestAnItemThatCannotBeReadIsSkippedAndLoggedAndHoldsUpNothing(t *testing.T) {
	var log bytes.Buffer
	f := function(&log)
	e := stream(
		t, record(1, "small#ledger#0", "pf1 {half"), record(2, "small#ledger#0", entry(t, 2)), record(3, "small#ledger#0", "pf9 {}"),
	)
	var got []rules.Entry
	response := f.Stream(t.Context(), e, func(_ context.Context, entries []rules.Entry) error {
		got = entries
		return nil
	})
	if len(got) != 1 || got[0].Text != "entry 2" || len(response.BatchItemFailures) != 0 {
		t.Errorf("handed on %v, and %v come again", got, response.BatchItemFailures)
	}
	for _, want := range []string{`"sequence":"701"`, `"sequence":"703"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s: %s", want, log.String())
		}
	}
}

func TestAStreamThatFailsComesAgainFromItsFirstEntrySoThatNoneOvertakes(t *testing.T) {
	f := function(&bytes.Buffer{})
	e := stream(t, record(1, "small#team#t1", `{}`), record(2, "small#ledger#0", entry(t, 2)), record(3, "small#ledger#0", entry(t, 3)))
	response := f.Stream(t.Context(), e, func(context.Context, []rules.Entry) error { return errBroken })
	if got := fmt.Sprint(response.BatchItemFailures); got != "[{702}]" {
		t.Errorf("comes again from %s, want 702", got)
	}
}

func TestAScheduleRunsTheOneAndAQueueTheOtherOnce(t *testing.T) {
	const scheduled = `{"version":"0","id":"53dc4d37","detail-type":"Scheduled Event","source":"aws.events","account":"111122223333",
		"time":"2026-12-02T01:00:00Z","region":"eu-west-1","resources":["arn:aws:events:eu-west-1:111122223333:rule/x"],"detail":{}}`
	queue, err := json.Marshal(batch("a", "b", "c"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		event       string
		fails       error
		every, soon int
		again       string // of a queue's answer
		err         error
	}{
		"a schedule":                {event: scheduled, every: 1, again: "null"},
		"a schedule that fails":     {event: scheduled, fails: errBroken, every: 1, again: "null", err: errBroken},
		"a queue's batch":           {event: string(queue), soon: 1, again: `{"batchItemFailures":[]}`},
		"a batch that fails":        {event: string(queue), fails: errBroken, soon: 1, again: `{"batchItemFailures":[{"itemIdentifier":"m0"},{"itemIdentifier":"m1"},{"itemIdentifier":"m2"}]}`},
		"an event of another type":  {event: `{"detail-type":"EC2 Instance State-change Notification"}`, again: "null", err: lambda.ErrNotOurs},
		"an event without anything": {event: `{}`, again: "null", err: lambda.ErrNotOurs},
		"an empty batch":            {event: `{"Records":[]}`, again: "null", err: lambda.ErrNotOurs},
	} {
		t.Run(name, func(t *testing.T) {
			f := function(&bytes.Buffer{})
			every, soon := 0, 0
			answer, err := f.Schedule(t.Context(), []byte(c.event),
				func(context.Context) error { every++; return c.fails }, func(context.Context) error { soon++; return c.fails })
			if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) || every != c.every || soon != c.soon {
				t.Errorf("ran %d and %d times, %v; want %d, %d, %v", every, soon, err, c.every, c.soon, c.err)
			}
			if b, err := json.Marshal(answer); err != nil || string(b) != c.again {
				t.Errorf("answers %s, %v; want %s", b, err, c.again)
			}
		})
	}
	f := function(&bytes.Buffer{})
	never := func(context.Context) error { t.Error("it ran"); return nil }
	if _, err := f.Schedule(t.Context(), []byte(`[`), never, never); err == nil {
		t.Error("half an event was taken")
	}
}
