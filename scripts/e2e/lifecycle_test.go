package e2e_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// decoded is a policy document, which IAM gives URL-encoded.
func decoded(document string) string {
	if text, err := url.QueryUnescape(document); err == nil && strings.HasPrefix(document, "%") {
		return text
	}
	return document
}

// definitions copies the quickstart into a folder of definitions, under an id, with one text replaced by another.
func definitions(t *testing.T, id, old, new string) (events string) {
	t.Helper()
	events = t.TempDir()
	if err := os.CopyFS(filepath.Join(events, id), os.DirFS(filepath.Join(project, "events", "quickstart"))); err != nil {
		t.Fatal(err)
	}
	replace := func(file, old, new string) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(b), old, new, 1)
		if changed == string(b) && old != new {
			t.Fatalf("%s holds no %q", file, old)
		}
		if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	replace(filepath.Join(events, id, "event.yaml"), "id: quickstart", "id: "+id)
	if old != "" {
		replace(filepath.Join(events, id, "challenges", "find-the-log.yaml"), old, new)
	}
	return events
}

// duringTheJam deploys another text of a challenge while teams play.
func (r *rig) duringTheJam(t *testing.T, address, desk string) {
	const before, after = "Find the log line", "Find the failure"
	events := definitions(t, "quickstart", before, after)
	refused(t, r.cdk(t, "deploy", "--require-approval", "never", "-c", "jam=quickstart", "-c", "allow-loopback=yes", "-c", "events="+events),
		"The Jam quickstart is running, until", "-c during-jam=yes")
	refused(t, r.cdk(t, "deploy", "--require-approval", "never", "-c", "jam=quickstart", "-c", "allow-loopback=yes", "-c", "retain=no",
		"-c", "during-jam=yes"), "would change what data lies in or moves through", "AWS::DynamoDB::Table")

	names := make([]string, 30)
	for i := range names {
		names[i] = fmt.Sprintf("At Work %d", i)
	}
	tokens := r.teamsOf(t, address, desk, names...)
	stop, played := make(chan struct{}), 0
	var beside sync.WaitGroup
	beside.Go(func() {
		for _, token := range tokens {
			select {
			case <-stop:
				return
			case <-time.After(time.Second):
			}
			played++
			if out := r.operate(t, address, token, "submit", "read-the-manifest/field", "targetPort"); out.err != nil {
				t.Errorf("a team's submission during the deployment: %s", out)
			}
		}
	})
	_, took := r.deploy(t, "quickstart", "events="+events, "during-jam=yes")
	some := ""
	for _, some = range tokens {
		break
	}
	r.until(t, "the new text is in force", func() bool { return strings.Contains(r.must(t, address, some, "challenges"), after) })
	close(stop)
	beside.Wait()
	t.Logf("deployed again in %.1f s; %d submissions meanwhile, none refused", took.Seconds(), played)
	if played < 5 {
		t.Errorf("only %d submissions were made meanwhile", played)
	}
}

// sideBySide deploys another Jam beside the first, and holds that neither knows of the other.
func (r *rig) sideBySide(t *testing.T, address, desk string) {
	events := definitions(t, "second", "", "")
	r.deploy(t, "second", "events="+events, "retain=no")
	second, other := r.organizer(t, "second")
	refused(t, r.operate(t, second, desk, "teams"), "wrong-token")
	refused(t, r.operate(t, address, other, "teams"), "wrong-token")
	tokens := r.teamsOf(t, second, other, "Command Line")
	r.must(t, second, other, "clock", "start")
	refused(t, r.operate(t, address, tokens["command-line"], "status"), "wrong-token")
	r.must(t, second, tokens["command-line"], "submit", "read-the-manifest/value", "8080")
	r.until(t, "the second board shows its own", func() bool {
		return strings.Contains(r.must(t, second, "", "board"), "Command Line")
	})
	if board := r.must(t, second, "", "board"); strings.Contains(board, "Bystanders") {
		t.Errorf("the second board shows teams of the first: %s", board)
	}
	for _, command := range [][]string{{"deploy", "--require-approval", "never"}, {"destroy", "--force"}} {
		args := append(command, "-c", "jam=second", "-c", "events="+events, "-c", "allow-loopback=yes", "-c", "retain=no", "-c", "during-jam=yes")
		if out := r.cdk(t, args...); out.err != nil {
			t.Fatal(out)
		}
	}
	refused(t, r.run(t, nil, r.jam, "pull", "--table", "photofinish-second", "--data", t.TempDir()), "there is no such table")
}

// destroyed takes the quickstart down, and holds that its ledger outlives it.
func (r *rig) destroyed(t *testing.T, address string) {
	refused(t, r.cdk(t, "destroy", "--force", "-c", "jam=quickstart", "-c", "during-jam=yes"), "erminationProtection")
	board := ""
	home := filepath.Join(r.data, "home")
	r.until(t, "the board that was brought home is the cloud's", func() bool {
		board = r.must(t, address, "", "board", "--json")
		r.homeAgain(t, home, "--stack", "photofinish-quickstart")
		return strings.Contains(board, `"waits_for"`)
	})
	served := r.readOnly(t, home)
	if here := r.must(t, served, "", "board", "--json"); rows(t, here) != rows(t, board) {
		t.Errorf("the board at home is\n%s\nin the cloud it is\n%s", here, board)
	}
	refused(t, r.operate(t, served, "x.y", "submit", "read-the-manifest/field", "x"), "for reading only")

	if _, took := r.deploy(t, "quickstart", "during-jam=yes", "protect=no"); took == 0 {
		t.Error("it took no time")
	}
	if out := r.cdk(t, "destroy", "--force", "-c", "jam=quickstart", "-c", "during-jam=yes"); out.err != nil {
		t.Fatal(out)
	}
	if out := r.operate(t, address, "", "status"); out.err == nil {
		t.Errorf("the API still answers: %s", out)
	}
	r.homeAgain(t, filepath.Join(r.data, "after"), "--table", "photofinish-quickstart")
	refused(t, r.cdk(t, "deploy", "--require-approval", "never", "-c", "jam=quickstart"), "The name is taken", "jam pull --table photofinish-quickstart")
}
