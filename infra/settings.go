package main

import (
	"fmt"
	"net/mail"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/infra/stack"
)

// settings are what the organiser chose with `-c name=value`.
type settings struct{ app awscdk.App }

func (s settings) text(name, otherwise string) string {
	switch v := s.app.Node().TryGetContext(jsii.String(name)).(type) {
	case nil:
		return otherwise
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

func (s settings) yes(name string, otherwise bool) (bool, error) {
	switch v := s.text(name, ""); v {
	case "":
		return otherwise, nil
	case "yes", "true":
		return true, nil
	case "no", "false":
		return false, nil
	default:
		return false, fmt.Errorf("-c %s=%s: want yes or no", name, v)
	}
}

// into fills in what the stack is told beside the definition.
func (s settings) into(p *stack.Props) error {
	retain, err := s.yes("retain", true)
	if err != nil {
		return err
	}
	p.Disposable = !retain
	protect, err := s.yes("protect", true)
	if err != nil {
		return err
	}
	p.Unprotected = !protect
	if p.AllowLoopback, err = s.yes("allow-loopback", false); err != nil {
		return err
	}
	if p.AllowLoopback && !p.LocalCloud {
		return fmt.Errorf("-c allow-loopback=yes is for a cloud on this machine only: a Lambda's own credentials are on its loopback")
	}
	p.Email, p.Topic = s.text("alarm-email", ""), s.text("alarm-topic", "")
	if err := alarmsGoTo(p.Email, p.Topic, p.Region); err != nil {
		return err
	}
	switch v := s.text("reserved-concurrency", ""); v {
	case "", "no":
	case "yes":
		p.Reserved = stack.DefaultReserved
	default:
		if p.Reserved, err = strconv.Atoi(v); err != nil || p.Reserved < 1 {
			return fmt.Errorf("-c reserved-concurrency=%s: want yes, no, or how many of play's requests are served at once", v)
		}
	}
	return nil
}

// topic is the ARN of an SNS topic, with its region in parentheses.
var topic = regexp.MustCompile(`^arn:aws[a-z-]*:sns:([a-z]{2}(?:-[a-z]+)+-[0-9]):[0-9]{12}:[A-Za-z0-9_-]{1,256}$`)

// alarmsGoTo finds out before a deployment what would fail in the middle of it, or never tell anybody anything.
func alarmsGoTo(email, arn, region string) error {
	if email != "" {
		a, err := mail.ParseAddress(email)
		if err != nil || a.Address != email || !strings.Contains(email[strings.LastIndex(email, "@"):], ".") {
			return fmt.Errorf("-c alarm-email=%s: want one address, such as operators@example.com; for several, make a topic and use -c alarm-topic", email)
		}
	}
	if arn == "" {
		return nil
	}
	m := topic.FindStringSubmatch(arn)
	switch {
	case strings.HasSuffix(arn, ".fifo"):
		return fmt.Errorf("-c alarm-topic=%s: CloudWatch publishes to standard topics only; this one is first in, first out", arn)
	case m == nil:
		return fmt.Errorf("-c alarm-topic=%s: want the ARN of an SNS topic, such as arn:aws:sns:eu-west-1:123456789012:operators", arn)
	case region != "" && m[1] != region:
		return fmt.Errorf("-c alarm-topic=%s: alarms reach topics of their own region only, and this Jam is deployed to %s", arn, region)
	}
	return nil
}
