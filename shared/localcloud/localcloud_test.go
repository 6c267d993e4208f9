package localcloud_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/localcloud"
)

func health(c *localcloud.Cloud) error {
	answer, err := c.Client().Get(c.URL + "/_ministack/health")
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

func TestACloudIsReachedUntilItIsStopped(t *testing.T) {
	for name, o := range map[string]localcloud.Options{"plain": {}, "with policies": {Policies: true}} {
		t.Run(name, func(t *testing.T) {
			c := localcloud.ForTest(t, o)
			if err := health(c); err != nil {
				t.Error(err)
			}
			if o.Policies {
				if _, err := http.Get(c.URL); err == nil { //nolint:bodyclose // there is none
					t.Error("a client that knows no certificate trusts it")
				}
			}
			c.Stop()
			if err := health(c); err == nil {
				t.Error("after Stop it still answers")
			}
			if _, err := os.Stat(c.Dir); !os.IsNotExist(err) {
				t.Errorf("its folder is left: %v", err)
			}
		})
	}
}

func TestAnEnvironmentLeadsToTheCloudAndNowhereElse(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "x", "AWS_ENDPOINT_URL_DYNAMODB": "https://example.com", "PHOTOFINISH_TOKEN": "x", "CDK_DEFAULT_ACCOUNT": "1",
	} {
		t.Setenv(name, value)
	}
	c := localcloud.ForTest(t, localcloud.Options{})
	for _, v := range c.Environment() {
		for _, gone := range []string{"AWS_PROFILE=", "AWS_SESSION_TOKEN=", "AWS_ENDPOINT_URL_", "PHOTOFINISH_", "CDK_DEFAULT_"} {
			if strings.HasPrefix(v, gone) {
				t.Errorf("%s is left", v)
			}
		}
	}
}

// A test binary may be killed at any moment: its cloud must not stay.
func TestACloudEndsWithTheProcessThatStartedIt(t *testing.T) {
	const asChild = "PHOTOFINISH_TEST_STARTS_A_CLOUD"
	if os.Getenv(asChild) != "" {
		c := localcloud.ForTest(t, localcloud.Options{})
		if err := os.WriteFile(os.Getenv(asChild), []byte(c.URL), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // until it is killed
		return
	}
	localcloud.ForTest(t, localcloud.Options{}).Stop() // skips where there is none
	told := filepath.Join(t.TempDir(), "url")
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$") //nolint:gosec // this test itself
	child.Env = append(os.Environ(), asChild+"="+told)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	url := ""
	within(t, "the child starts a cloud", func() bool { b, _ := os.ReadFile(told); url = string(b); return url != "" })
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	within(t, "the cloud of a process that was killed ends", func() bool {
		answer, err := http.Get(url + "/_ministack/health") //nolint:gosec // on loopback
		if err == nil {
			_ = answer.Body.Close()
		}
		return err != nil
	})
}

func within(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
