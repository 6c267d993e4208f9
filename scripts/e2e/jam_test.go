package e2e_test

import (
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions/conformance"
)

// TestAJamOnAWS is an organiser's way from nothing to a Jam and back to nothing.
func TestAJamOnAWS(t *testing.T) {
	r := newRig(t)
	step := func(name string, do func(*testing.T)) {
		t.Helper()
		if !t.Run(name, do) {
			t.FailNow() // what follows stands on it
		}
	}
	var quickstart deployed
	var url, token string
	step("an account that is not bootstrapped is told of", r.notBootstrapped)
	step("the account is bootstrapped", r.bootstrap)
	step("a deployment that cannot be says why", r.wrongDeployments)
	step("the quickstart is deployed", func(t *testing.T) {
		var took time.Duration
		quickstart, took = r.deploy(t, "quickstart")
		t.Logf("deployed in %.1f s", took.Seconds())
		if quickstart.ApiUrl == "" || quickstart.BoardUrl == "" || quickstart.DashboardUrl == "" || quickstart.OrganizerToken == "" {
			t.Errorf("the outputs: %+v", quickstart)
		}
	})
	step("an organiser's token is minted with AWS credentials", func(t *testing.T) { url, token = r.organizer(t, "quickstart") })
	step("it conforms to the API", func(t *testing.T) {
		conformance.Run(t, conformance.Deployment{
			URL: url, HTTP: r.cloud.Client(), Organizer: token, Gateway: true, Patience: 3 * time.Minute,
		})
	})
	step("the command line drives it", func(t *testing.T) { r.commandLine(t, url, token) })
	step("spectators read the board through the CDN", func(t *testing.T) { r.spectators(t, quickstart.BoardUrl) })
	step("the doctor finds it well", func(t *testing.T) { r.healthy(t, "photofinish-quickstart", "--event", "events/quickstart") })
	step("the functions begin", func(t *testing.T) { r.inits(t, "quickstart") })
	step("dead letters are moved back", func(t *testing.T) { r.deadLetters(t, "quickstart", url, token) })
	step("a challenge's text is changed while teams play", func(t *testing.T) { r.duringTheJam(t, url, token) })
	step("two Jams stand side by side", func(t *testing.T) { r.sideBySide(t, url, token) })
	step("it is destroyed, and its ledger is not", func(t *testing.T) { r.destroyed(t, url) })
}

func (r *rig) notBootstrapped(t *testing.T) {
	refused(t, r.cdk(t, "deploy", "--require-approval", "never", "-c", "jam=quickstart"), "bootstrap")
}

func (r *rig) bootstrap(t *testing.T) {
	if out := r.cdk(t, "bootstrap", "-c", "jam=quickstart"); out.err != nil {
		t.Fatal(out)
	}
}

// wrongDeployments is what goes wrong before anything is deployed.
func (r *rig) wrongDeployments(t *testing.T) {
	refused(t, r.cdk(t, "deploy"), "say which Jam", "quickstart")
	refused(t, r.cdk(t, "deploy", "-c", "jam=nothing"), `there is no Jam "nothing"`, "There are: quickstart")
	refused(t, r.cdk(t, "deploy", "-c", "jam=quickstart", "-c", "retain=maybe"), "retain=maybe: want yes or no")
	refused(t, r.run(t, []string{"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="}, "npx", "cdk", "deploy", "--no-notices",
		"-c", "jam=quickstart", "--output", t.TempDir()), "There are no AWS credentials")
}
