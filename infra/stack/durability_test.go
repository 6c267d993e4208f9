package stack_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/config"
)

func TestTheTableIsEncryptedBackedUpAndStreamed(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		p := s.only(t, "AWS::DynamoDB::Table").Properties
		for what, got := range map[string]any{
			"encryption": at(p, "SSESpecification", "SSEEnabled"),
			"recovery":   at(p, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"),
		} {
			if got != true {
				t.Errorf("%s: %v", what, got)
			}
		}
		if got := at(p, "StreamSpecification", "StreamViewType"); got != "NEW_IMAGE" {
			t.Errorf("the stream: %v", got)
		}
		if p["BillingMode"] != "PAY_PER_REQUEST" || p["TableName"] != theStack || p["TimeToLiveSpecification"] != nil {
			t.Errorf("billed by %v, named %v, and items end by themselves: %v", p["BillingMode"], p["TableName"], p["TimeToLiveSpecification"])
		}
	})
}

// holders are the types of what a Jam could not be gone on with, or proved, without.
var holders = []string{"AWS::DynamoDB::Table", "AWS::SecretsManager::Secret"}

func TestWhatHoldsDataOutlivesTheStackUnlessTheOrganiserSaysOtherwise(t *testing.T) {
	s := synthesized(t)
	for want, one := range map[string]*template{"Retain": &s.aws, "Delete": &s.local} {
		held := map[string]resource{"CheckpointKey": {}}
		for _, r := range one.of("AWS::KMS::Key") {
			if r.Properties["KeyUsage"] == "SIGN_VERIFY" {
				held["CheckpointKey"] = r
			}
		}
		for _, kind := range holders {
			held[kind] = one.only(t, kind)
		}
		for what, r := range held {
			goes := want
			if want == "Retain" && what != "AWS::DynamoDB::Table" {
				goes = "RetainExceptOnCreate" // nothing is left of a first deployment that failed, but what protects itself
			}
			if r.DeletionPolicy != goes || r.UpdateReplacePolicy != want {
				t.Errorf("%s: %q when the stack goes, %q when it is replaced; want %s", what, r.DeletionPolicy, r.UpdateReplacePolicy, want)
			}
		}
		kept := want == "Retain"
		if got := one.only(t, "AWS::DynamoDB::Table").Properties["DeletionProtectionEnabled"]; got != kept {
			t.Errorf("the table is protected: %v, want %v", got, kept)
		}
		if got, _ := one.artifact["terminationProtection"].(bool); got != kept {
			t.Errorf("the stack is protected: %v, want %v", got, kept)
		}
	}
}

func TestTheMasterSecretIsMadeByAWSAndIsInNoTemplate(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		p := s.only(t, "AWS::SecretsManager::Secret").Properties
		if p["SecretString"] != nil || at(p, "GenerateSecretString", "PasswordLength") != 64.0 || p["Name"] != config.MasterSecret(theJam) {
			t.Errorf("%v", p)
		}
		if strings.Contains(string(s.text), "resolve:secretsmanager") {
			t.Error("a secret's value is written into the stack")
		}
	})
}

func TestTheCheckpointKeySignsAndDoesNothingElse(t *testing.T) {
	for _, k := range deployed(t).of("AWS::KMS::Key") {
		if k.Properties["KeyUsage"] != "SIGN_VERIFY" || k.Properties["KeySpec"] != "ECC_NIST_EDWARDS25519" {
			t.Errorf("%v", k.Properties)
		}
	}
}

func TestQueuesAreEncryptedAndTakeNothingInTheClear(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		safe := map[string]bool{}
		for _, p := range s.of("AWS::SQS::QueuePolicy") {
			for _, one := range list(at(p.Properties, "PolicyDocument", "Statement")) {
				if at(one, "Effect") == "Deny" && at(one, "Action") == "sqs:*" && at(one, "Condition", "Bool", "aws:SecureTransport") == "false" {
					safe[refers(at(p.Properties, "Queues", 0))] = true
				}
			}
		}
		for id, q := range s.of("AWS::SQS::Queue") {
			if q.Properties["SqsManagedSseEnabled"] != true || !safe[id] {
				t.Errorf("%s is encrypted: %v, and asks for TLS: %v", id, q.Properties["SqsManagedSseEnabled"], safe[id])
			}
		}
	})
}

func TestTheStackIsTaggedAndTellsWhereEverythingIs(t *testing.T) {
	s := deployed(t)
	if diff := cmp.Diff(map[string]any{"project": "photofinish", "jam": theJam}, s.artifact["tags"]); diff != "" {
		t.Error(diff)
	}
	ours := maps.Clone(s.Outputs)
	maps.DeleteFunc(ours, func(id string, _ map[string]any) bool { return strings.HasPrefix(id, "ApiEndpoint") }) // the library's
	want := sorted([]string{
		config.OutputJam, config.OutputAPI, config.OutputBoard, config.OutputDashboard, config.OutputTable, config.OutputShards, config.OutputToken,
	})
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(ours))); diff != "" {
		t.Error(diff)
	}
	for id, o := range ours {
		if o["Description"] == nil || flat(o["Value"]) == "" {
			t.Errorf("%s says nothing: %v", id, o)
		}
	}
	if got := flat(ours[config.OutputToken]["Value"]); got != "go run ./scripts/jam organizer-token --stack "+theStack {
		t.Error(got)
	}
	if got := flat(ours[config.OutputDashboard]["Value"]); !strings.HasSuffix(got, "#dashboards:name="+theStack+"-${AWS::Region}") {
		t.Error(got)
	}
	if got := flat(ours[config.OutputAPI]["Value"]); !strings.HasPrefix(got, "https://") || !strings.HasSuffix(got, "/"+config.Stage) {
		t.Error(got)
	}
}
