package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/photofinish/photofinish/shared/config"
)

// deadLetters takes the judge's rights away, so that what a look saw becomes a dead letter, gives them back, and has it
// moved back: the team's verdict comes as if nothing had been.
func (r *rig) deadLetters(t *testing.T, jamID, url, desk string) {
	r.impatient(t, config.Queue(jamID, config.Judge))
	giveBack := r.forbid(t, config.Function(jamID, config.Judge))

	token := r.teamsOf(t, url, desk, "Dead Letter")["dead-letter"]
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, "hello from dead-letter")
	}))
	defer page.Close()
	r.must(t, url, token, "team", "settings", "--site", page.URL)
	r.must(t, url, token, "submit", "say-hello/page")

	dead := config.Queue(jamID, config.Judge) + config.DeadLetters
	r.until(t, "what the look saw is a dead letter", func() bool { return r.waiting(t, dead) > 0 })
	if list := r.must(t, url, token, "submissions"); !strings.Contains(list, "pending") {
		t.Errorf("without the judge's rights there can be no verdict: %s", list)
	}
	sick := r.operate(t, "", "", "doctor", "--stack", config.Stack(jamID))
	if !strings.Contains(sick.stdout, "redrive --stack "+config.Stack(jamID)) {
		t.Errorf("the doctor does not say what to do about dead letters: %s", sick)
	}
	if out := r.must(t, "", "", "redrive", "--stack", config.Stack(jamID), "--dry-run"); !strings.Contains(out, "1 dead letter") {
		t.Errorf("redrive --dry-run says %s", out)
	}
	giveBack()
	if out := r.must(t, "", "", "redrive", "--stack", config.Stack(jamID)); !strings.Contains(out, "moved back") {
		t.Errorf("redrive says %s", out)
	}
	r.until(t, "the verdict comes", func() bool { return strings.Contains(r.must(t, url, token, "submissions"), "passed") })
	r.until(t, "no dead letter is left", func() bool { return r.waiting(t, dead) == 0 })
}

// until asks again until done says so.
func (r *rig) until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !done(); time.Sleep(300 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after three minutes still not: %s", what)
		}
	}
}

// impatient lets a queue's messages die after two tries, a second apart, where the stack waits for minutes.
func (r *rig) impatient(t *testing.T, queue string) {
	t.Helper()
	client := sqs.NewFromConfig(r.cloud.Config())
	q, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &queue})
	if err != nil {
		t.Fatal(err)
	}
	now, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: q.QueueUrl, AttributeNames: []types.QueueAttributeName{"RedrivePolicy", "VisibilityTimeout"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var policy map[string]any
	if err := json.Unmarshal([]byte(now.Attributes["RedrivePolicy"]), &policy); err != nil {
		t.Fatalf("%v in %q", err, now.Attributes["RedrivePolicy"])
	}
	policy["maxReceiveCount"] = 2
	changed, err := json.Marshal(policy)
	if err != nil {
		t.Fatal(err)
	}
	set := func(redrive, visibility string) {
		_, err := client.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
			QueueUrl: q.QueueUrl, Attributes: map[string]string{"RedrivePolicy": redrive, "VisibilityTimeout": visibility},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	set(string(changed), "1")
}

// forbid takes a function's rights away, and gives what gives them back.
func (r *rig) forbid(t *testing.T, function string) (giveBack func()) {
	t.Helper()
	f, err := lambda.NewFromConfig(r.cloud.Config()).GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: &function})
	if err != nil {
		t.Fatal(err)
	}
	client, role := iam.NewFromConfig(r.cloud.Config()), aws.String(path.Base(*f.Role))
	policies, err := client.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: role})
	if err != nil || len(policies.PolicyNames) != 1 {
		t.Fatalf("the policies of %s: %v, %v", *role, policies, err)
	}
	name := &policies.PolicyNames[0]
	policy, err := client.GetRolePolicy(t.Context(), &iam.GetRolePolicyInput{RoleName: role, PolicyName: name})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{RoleName: role, PolicyName: name}); err != nil {
		t.Fatal(err)
	}
	return func() {
		_, err := client.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{
			RoleName: role, PolicyName: name, PolicyDocument: aws.String(decoded(*policy.PolicyDocument)),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (r *rig) waiting(t *testing.T, queue string) int {
	t.Helper()
	client := sqs.NewFromConfig(r.cloud.Config())
	q, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &queue})
	if err != nil {
		t.Fatal(err)
	}
	out, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: q.QueueUrl, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages},
	})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	_, _ = fmt.Sscan(out.Attributes["ApproximateNumberOfMessages"], &n)
	return n
}
