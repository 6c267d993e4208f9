package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store/dynamo/schema"
)

// ServeQueue serves a queue's messages. One that fails comes again by itself, and after enough tries it is a dead letter;
// the others of its batch are done with.
func (f *Function) ServeQueue(handle func(ctx context.Context, body string) error) {
	lambda.Start(func(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
		defer f.told(ctx)
		return f.Queue(ctx, e, handle), nil
	})
}

// Queue carries out a batch of messages and tells which of them must come again.
func (f *Function) Queue(ctx context.Context, e events.SQSEvent, handle func(context.Context, string) error) events.SQSEventResponse {
	// Not nil, even when empty: null would make the whole batch come again.
	failed := []events.SQSBatchItemFailure{}
	for _, m := range e.Records {
		if err := handle(ctx, m.Body); err != nil {
			f.Log.ErrorContext(ctx, "message failed", "message", m.MessageId, "tries", m.Attributes["ApproximateReceiveCount"], "error", err)
			failed = append(failed, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return events.SQSEventResponse{BatchItemFailures: failed}
}

// ServeStream serves the table's stream: handle is given each batch's new entries of the ledger, in the stream's order.
// If it fails the whole batch comes again, so that no entry overtakes another.
func (f *Function) ServeStream(handle func(context.Context, []rules.Entry) error) {
	lambda.Start(func(ctx context.Context, e events.DynamoDBEvent) (events.DynamoDBEventResponse, error) {
		defer f.told(ctx)
		return f.Stream(ctx, e, handle), nil
	})
}

// Stream carries out a batch of the stream.
func (f *Function) Stream(ctx context.Context, e events.DynamoDBEvent, handle func(context.Context, []rules.Entry) error) events.DynamoDBEventResponse {
	// Not nil, even when empty: null would make the whole batch come again.
	response := events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}
	var entries []rules.Entry
	first := ""
	for _, r := range e.Records {
		entry, is, err := f.entry(r)
		if err != nil {
			// It will be no better the next time, and must not hold up what comes after it.
			f.Log.ErrorContext(ctx, "an item of the ledger cannot be read", "sequence", r.Change.SequenceNumber, "error", err)
		}
		if !is || err != nil {
			continue
		}
		if first == "" {
			first = r.Change.SequenceNumber
		}
		entries = append(entries, entry)
	}
	if len(entries) == 0 {
		return response
	}
	if err := handle(ctx, entries); err != nil {
		f.Log.ErrorContext(ctx, "a batch of the stream failed", "entries", len(entries), "error", err)
		response.BatchItemFailures = append(response.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: first})
	}
	return response
}

// entry reads a stream record, if it is a new entry of this Jam's ledger.
func (f *Function) entry(r events.DynamoDBEventRecord) (e rules.Entry, is bool, err error) {
	text := func(name string) string {
		if v, ok := r.Change.NewImage[name]; ok && v.DataType() == events.DataTypeString {
			return v.String()
		}
		return ""
	}
	prefix := strings.TrimSuffix(ledger.KeysOf(f.Jam, 1).AllShards(), "*")
	if r.EventName != string(events.DynamoDBOperationTypeInsert) || !strings.HasPrefix(text(schema.Partition), prefix) {
		return e, false, nil
	}
	e, err = ledger.DecodeEntry([]byte(text(schema.Body)))
	return e, true, err
}

// ServeSchedule serves a schedule's events with every, and a queue's with soon. Of a queue's batch one run is enough,
// since it is for what is in the ledger and not for what the messages say; if it fails, all of them come again.
func (f *Function) ServeSchedule(every, soon func(context.Context) error) {
	lambda.Start(func(ctx context.Context, e json.RawMessage) (any, error) {
		defer f.told(ctx)
		return f.Schedule(ctx, e, every, soon)
	})
}

// Schedule carries out one event.
func (f *Function) Schedule(ctx context.Context, e json.RawMessage, every, soon func(context.Context) error) (any, error) {
	var form struct {
		Records []events.SQSMessage `json:"Records"`
		Type    string              `json:"detail-type"`
	}
	if err := json.Unmarshal(e, &form); err != nil {
		return nil, fmt.Errorf("read an event: %w", err)
	}
	switch {
	case len(form.Records) > 0:
		once := func(err error) func(context.Context, string) error {
			return func(context.Context, string) error { return err }
		}
		return f.Queue(ctx, events.SQSEvent{Records: form.Records}, once(soon(ctx))), nil
	case form.Type == "Scheduled Event":
		return nil, every(ctx)
	}
	return nil, notOurs(fmt.Sprintf("an event of the type %q", form.Type))
}
