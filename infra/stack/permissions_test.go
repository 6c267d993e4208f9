package stack_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
)

// statement is one statement of a role's policy.
type statement struct {
	effect    string
	actions   []string
	resources []string
	keys      []string // dynamodb:LeadingKeys
	condition any
}

// statements are those of each function's role, by the function's name, whichever policy they stand in.
func (t *template) statements(tb testing.TB) map[string][]statement {
	tb.Helper()
	role := map[string]string{} // of a function
	for id, name := range t.functionNames() {
		role[refers(t.Resources[id].Properties["Role"])] = name
	}
	all := map[string][]statement{}
	for id, name := range role {
		r := t.Resources[id].Properties
		if r["ManagedPolicyArns"] != nil || r["Policies"] != nil {
			tb.Errorf("the role of %s has policies beside its own", name)
		}
		all[name] = nil
	}
	for id, p := range t.of("AWS::IAM::Policy") {
		for _, r := range list(p.Properties["Roles"]) {
			name, ok := role[refers(r)]
			if !ok {
				tb.Errorf("the policy %s is of a role that no function has", id)
			}
			for _, s := range list(at(p.Properties, "PolicyDocument", "Statement")) {
				all[name] = append(all[name], statement{
					effect: at(s, "Effect").(string), actions: texts(at(s, "Action")), resources: texts(at(s, "Resource")),
					keys:      texts(at(s, "Condition", "ForAllValues:StringLike", "dynamodb:LeadingKeys")),
					condition: at(s, "Condition"),
				})
			}
		}
	}
	return all
}

var (
	logs   = []string{"logs:CreateLogStream", "logs:PutLogEvents"}
	read   = []string{"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"}
	put    = []string{"dynamodb:PutItem"}
	secret = []string{"secretsmanager:GetSecretValue"}
	send   = []string{"sqs:SendMessage"}
	take   = []string{"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage"}
	dead   = []string{"sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"}
	stream = []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}
)

// Nobody may delete or update an item, run PartiQL, or do anything that is not here.
func TestAFunctionMayDoWhatIsListedAndNothingElse(t *testing.T) {
	want := map[string][]string{
		config.Play:                 slices.Concat(logs, read, put, secret),
		config.Board:                slices.Concat(logs, read),
		config.Organize:             slices.Concat(logs, read, put, secret),
		config.Relay:                slices.Concat(logs, read, stream, dead, []string{"events:PutEvents"}),
		config.Judge:                slices.Concat(logs, read, put, secret, take, send),
		config.Sequence:             slices.Concat(logs, read, put, take, dead, []string{"events:PutEvents", "kms:Sign", "kms:GetPublicKey"}),
		config.Setup:                slices.Concat(logs, read, put, secret, []string{"kms:GetPublicKey", "s3:GetObject"}),
		config.Verify(jam.KindHTTP): slices.Concat(logs, take, send),
	}
	for name, actions := range want {
		want[name] = sorted(actions)
	}
	each(t, func(t *testing.T, s *template) {
		got := map[string][]string{}
		for name, all := range s.statements(t) {
			for _, one := range all {
				if one.effect != "Allow" {
					t.Errorf("%s: a statement of effect %s", name, one.effect)
				}
				got[name] = append(got[name], one.actions...)
			}
			got[name] = sorted(got[name])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestNoRoleHasAWildcard(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		for name, all := range s.statements(t) {
			for _, one := range all {
				for _, text := range slices.Concat(one.actions, one.resources) {
					if strings.Contains(text, "*") {
						t.Errorf("%s: %s on %s", name, one.actions, one.resources)
					}
				}
			}
		}
	})
}

func TestARoleActsOnItsOwnResourcesAlone(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		queues, functions := s.queueNames(), s.functionNames()
		for name, all := range s.statements(t) {
			for _, one := range all {
				for _, r := range one.resources {
					id, _, _ := strings.Cut(strings.Trim(r, "${}"), ".")
					switch kind := s.Resources[id].Type; {
					case strings.HasPrefix(one.actions[0], "logs:"):
						if group := s.Resources[id].Properties["LogGroupName"]; group != "/photofinish/"+theJam+"/"+name {
							t.Errorf("%s writes the log %v", name, group)
						}
					case strings.HasPrefix(one.actions[0], "s3:"):
						if name != config.Setup || !strings.HasSuffix(hash.ReplaceAllString(r, "<hash>"), "/<hash>.json") {
							t.Errorf("%s reads %s", name, r)
						}
					case kind == "AWS::SQS::Queue":
						if to := queues[id]; slices.Contains(one.actions, "sqs:SendMessage") && !mayTell(name, to) {
							t.Errorf("%s may send to %s", name, to)
						} else if slices.Contains(one.actions, "sqs:ReceiveMessage") && to != name && (name != config.Sequence || to != config.Settle) {
							t.Errorf("%s may take from %s", name, to)
						}
					case kind == "":
						t.Errorf("%s: %s on %s, which is not of this stack", name, one.actions, r)
					}
				}
			}
		}
		for id := range functions {
			trust := at(s.Resources[refers(s.Resources[id].Properties["Role"])].Properties, "AssumeRolePolicyDocument", "Statement")
			if len(list(trust)) != 1 || at(trust, 0, "Principal", "Service") != "lambda.amazonaws.com" {
				t.Errorf("the role of %s can be had by others: %v", functions[id], trust)
			}
		}
	})
}

// mayTell is whose messages go where: looks to the judge, what is to be looked at to a verification, and one's own dead
// letters.
func mayTell(function, queue string) bool {
	verifier := strings.HasPrefix(function, "verify-")
	return verifier && queue == config.Judge || function == config.Judge && strings.HasPrefix(queue, "verify-") &&
		!strings.HasSuffix(queue, config.DeadLetters) || queue == function+config.DeadLetters
}

func TestVerificationKnowsNothingOfTheTable(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		found := 0
		for id, name := range s.functionNames() {
			if !strings.HasPrefix(name, "verify-") {
				continue
			}
			found++
			variables, _ := at(s.Resources[id].Properties, "Environment", "Variables").(map[string]any)
			want := sorted([]string{config.EnvJam, config.EnvJudgeQueue, config.EnvKind, config.EnvLoopback})
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(variables))); diff != "" {
				t.Errorf("%s is told: %s", name, diff)
			}
		}
		if found != len(config.Verified) {
			t.Errorf("%d functions verify, want %d", found, len(config.Verified))
		}
	})
}

func TestLoopbackIsLookedAtOnThisMachineOnly(t *testing.T) {
	s := synthesized(t)
	for want, one := range map[string]*template{"no": &s.aws, "yes": &s.local} {
		for id, name := range one.functionNames() {
			got := at(one.Resources[id].Properties, "Environment", "Variables", config.EnvLoopback)
			if strings.HasPrefix(name, "verify-") && got != want {
				t.Errorf("%s: %v, want %s", name, got, want)
			}
		}
	}
}

func TestWhatIsOpenToServicesIsOpenToOursAlone(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		for id, p := range s.of("AWS::SQS::QueuePolicy") {
			for _, one := range list(at(p.Properties, "PolicyDocument", "Statement")) {
				if at(one, "Effect") == "Allow" && at(one, "Condition", "ArnEquals", "aws:SourceArn") == nil {
					t.Errorf("%s: whoever asks %v may send", id, at(one, "Principal"))
				}
			}
		}
		for id, p := range s.of("AWS::Lambda::Permission") {
			if p.Properties["SourceArn"] == nil {
				t.Errorf("%s: whoever asks %v may invoke", id, p.Properties["Principal"])
			}
		}
	})
}
