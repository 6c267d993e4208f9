package stack_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAlarmsTellNobodyUnlessTheyAreToldWhom(t *testing.T) {
	s := synthesized(t)
	for name, a := range s.aws.alarms(t) {
		if a["AlarmActions"] != nil || a["OKActions"] != nil {
			t.Errorf("%s tells %v", name, a["AlarmActions"])
		}
	}
	if len(s.aws.of("AWS::SNS::Topic")) > 0 {
		t.Error("there is a topic that nobody asked for")
	}
	for name, a := range s.all.alarms(t) {
		for _, when := range []string{"AlarmActions", "OKActions"} {
			var to []string
			for _, action := range list(a[when]) {
				if s.all.Resources[refers(action)].Type == "AWS::SNS::Topic" {
					to = append(to, "ours")
				} else {
					to = append(to, flat(action))
				}
			}
			if diff := cmp.Diff([]string{"ours", "arn:aws:sns:eu-west-1:111122223333:operators"}, to); diff != "" {
				t.Errorf("%s, %s: %s", name, when, diff)
			}
		}
	}
}

func TestTheAlarmsTopicIsEncryptedAndOursAlone(t *testing.T) {
	s := &synthesized(t).all
	topic := s.only(t, "AWS::SNS::Topic").Properties
	key := s.Resources[refers(topic["KmsMasterKeyId"])]
	if key.Type != "AWS::KMS::Key" || key.Properties["EnableKeyRotation"] != true {
		t.Errorf("%v", key)
	}
	ours := regexp.MustCompile(`:cloudwatch:\$\{AWS::Region}:\$\{AWS::AccountId}:alarm:` + theStack + `-\*$`)
	allowed := 0
	for what, policy := range map[string]any{
		"key": at(key.Properties, "KeyPolicy"), "topic": at(s.only(t, "AWS::SNS::TopicPolicy").Properties, "PolicyDocument"),
	} {
		for _, one := range list(at(policy, "Statement")) {
			switch {
			case at(one, "Effect") == "Deny":
				if at(one, "Condition", "Bool", "aws:SecureTransport") != "false" {
					t.Errorf("%s: %v", what, one)
				}
			case at(one, "Principal", "Service") != nil:
				allowed++
				if at(one, "Principal", "Service") != "cloudwatch.amazonaws.com" ||
					!ours.MatchString(flat(at(one, "Condition", "ArnLike", "aws:SourceArn"))) || at(one, "Condition", "StringEquals", "aws:SourceAccount") == nil {
					t.Errorf("%s: %v", what, one)
				}
			case what == "topic" || !strings.HasSuffix(flat(at(one, "Principal", "AWS")), ":root"):
				t.Errorf("%s: %v", what, one)
			}
		}
	}
	if allowed != 2 {
		t.Errorf("CloudWatch is let in %d times; it must be by the topic and by its key", allowed)
	}
	subscription := s.only(t, "AWS::SNS::Subscription").Properties
	if subscription["Protocol"] != "email" || subscription["Endpoint"] != "operators@example.com" {
		t.Errorf("%v", subscription)
	}
}
