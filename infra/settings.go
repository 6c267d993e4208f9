package main

import (
	"fmt"
	"strconv"

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
