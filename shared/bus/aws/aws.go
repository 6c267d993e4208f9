// Package aws is the bus on AWS: EventBridge for what is published, SQS for what is asked and told.
//
// It guarantees that a nil error means that AWS has the message durably, and that a look has the same form however it
// comes to its queue: as EventBridge hands an event to SQS. Messages may be delivered more than once and out of order.
package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
)

// EventBridge is what a Publisher needs of *eventbridge.Client.
type EventBridge interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// SQS is what an Asker and a Judge need of *sqs.Client.
type SQS interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// What one PutEvents takes: so many events, and so much of them. AWS counts an event's source, type and detail.
const (
	maxEntries = 10
	maxBytes   = 256 << 10
)

// Publisher implements bus.Publisher on an event bus.
type Publisher struct {
	Client EventBridge
	Bus    string // its name
}

// Publish implements bus.Publisher. After an error some of the messages may have been published.
func (p *Publisher) Publish(ctx context.Context, messages ...bus.Message) error {
	var batch []types.PutEventsRequestEntry
	size := 0
	for _, m := range messages {
		detail, err := json.Marshal(m.Detail)
		if err != nil {
			return fmt.Errorf("encode a %s: %w", m.Type, err)
		}
		n := len(bus.Source) + len(m.Type) + len(detail)
		if len(batch) == maxEntries || len(batch) > 0 && size+n > maxBytes {
			if err := p.put(ctx, batch); err != nil {
				return err
			}
			batch, size = nil, 0
		}
		size += n
		batch = append(batch, types.PutEventsRequestEntry{
			EventBusName: &p.Bus, Source: sdk.String(bus.Source), DetailType: &m.Type, Detail: sdk.String(string(detail)),
		})
	}
	if len(batch) == 0 {
		return nil
	}
	return p.put(ctx, batch)
}

func (p *Publisher) put(ctx context.Context, entries []types.PutEventsRequestEntry) error {
	out, err := p.Client.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: entries})
	if err != nil {
		return fmt.Errorf("publish %d messages: %w", len(entries), err)
	}
	if out.FailedEntryCount == 0 {
		return nil
	}
	// A request that succeeds as a whole may have failed for some of its entries.
	failed := []error{fmt.Errorf("publish %d messages: %d of them failed", len(entries), out.FailedEntryCount)}
	for i, e := range out.Entries {
		if e.ErrorCode != nil && i < len(entries) {
			failed = append(failed, fmt.Errorf("a %s: %s: %s", *entries[i].DetailType, *e.ErrorCode, sdk.ToString(e.ErrorMessage)))
		}
	}
	return errors.Join(failed...)
}

// envelope is an EventBridge event, as far as it is read.
type envelope struct {
	Source string          `json:"source"`
	Type   string          `json:"detail-type"`
	Detail json.RawMessage `json:"detail"`
}

// LookOf reads the body of a message in a verification's queue.
func LookOf(body string) (bus.Look, error) {
	var e envelope
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		return bus.Look{}, fmt.Errorf("read a message: %w", err)
	}
	var look bus.Look
	if e.Source != bus.Source || e.Type != bus.TypeLook {
		return look, fmt.Errorf("read a message: it is %q from %q, and not a look", e.Type, e.Source)
	}
	if err := json.Unmarshal(e.Detail, &look); err != nil {
		return look, fmt.Errorf("read a look: %w", err)
	}
	if look.Jam == "" || look.Team == "" || look.Submission.IsZero() || look.Look < 1 {
		return look, errors.New("read a look: it names no submission")
	}
	return look, nil
}

// LookedOf reads the body of a message in the judge's queue.
func LookedOf(body string) (bus.Looked, error) {
	var looked bus.Looked
	if err := json.Unmarshal([]byte(body), &looked); err != nil {
		return looked, fmt.Errorf("read what a look saw: %w", err)
	}
	if looked.Jam == "" || looked.Team == "" || looked.Submission.IsZero() || looked.Look < 1 || looked.Verdict == "" {
		return looked, errors.New("read what a look saw: it names no submission or no verdict")
	}
	return looked, nil
}

// longestDelay is the longest that SQS delays a message.
const longestDelay = 15 * time.Minute

// Asker implements bus.Asker over the verification queues.
type Asker struct {
	Client SQS
	Queues map[jam.Kind]string // URLs
}

// Ask implements bus.Asker.
func (a *Asker) Ask(ctx context.Context, look bus.Look, after time.Duration) error {
	queue, ok := a.Queues[look.Kind]
	if !ok {
		return fmt.Errorf("ask for a look at %s: nobody verifies checks of the kind %q", look.Submission, look.Kind)
	}
	detail, err := json.Marshal(look)
	if err != nil {
		return fmt.Errorf("ask for a look at %s: %w", look.Submission, err)
	}
	body, err := json.Marshal(envelope{Source: bus.Source, Type: bus.TypeLook, Detail: detail})
	if err != nil {
		return fmt.Errorf("ask for a look at %s: %w", look.Submission, err)
	}
	// SQS delays by whole seconds; up, so that no look comes before its time.
	seconds := (min(max(0, after), longestDelay) + time.Second - 1) / time.Second
	_, err = a.Client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: &queue, MessageBody: sdk.String(string(body)), DelaySeconds: int32(seconds),
	})
	if err != nil {
		return fmt.Errorf("ask for a look at %s: %w", look.Submission, err)
	}
	return nil
}

// Judge implements bus.Judge over the judge's queue.
type Judge struct {
	Client SQS
	Queue  string // URL
}

// Tell implements bus.Judge.
func (j *Judge) Tell(ctx context.Context, looked bus.Looked) error {
	body, err := json.Marshal(looked)
	if err != nil {
		return fmt.Errorf("tell what look %d at %s saw: %w", looked.Look, looked.Submission, err)
	}
	if _, err := j.Client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &j.Queue, MessageBody: sdk.String(string(body))}); err != nil {
		return fmt.Errorf("tell what look %d at %s saw: %w", looked.Look, looked.Submission, err)
	}
	return nil
}
