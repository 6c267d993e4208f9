package local_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
)

// answer is what a request to a server is answered with.
func answer(t *testing.T, method, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Body.Close() }()
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.StatusCode, string(body)
}

func TestAFolderIsServedReadOnlyAndSeveralMayDoThatAtOnce(t *testing.T) {
	event, data := small(t), filepath.Join(t.TempDir(), "data")
	was := ""
	up(t, func(url string) { _, was = answer(t, http.MethodGet, url+"/v1/board") }, "--event", event, "--data", data, "--demo-teams", "2")
	said := up(t, func(url string) {
		if status, body := answer(t, http.MethodGet, url+"/v1/board"); status != http.StatusOK || body != was {
			t.Errorf("the board is %d %s, and was %s", status, body, was)
		}
		if status, body := answer(t, http.MethodPost, url+"/v1/submissions"); status != http.StatusMethodNotAllowed ||
			!strings.Contains(body, "for reading only") {
			t.Errorf("a submission is answered with %d %s", status, body)
		}
		up(t, func(second string) {
			if status, _ := answer(t, http.MethodGet, second+"/v1/board"); status != http.StatusOK {
				t.Errorf("the second server's board: %d", status)
			}
		}, "--data", data, "--read-only")
		// Whoever would write must wait until nobody reads.
		fails(t, cli.Failed, []string{"up", "--event", event, "--data", data, "--listen", "127.0.0.1:0"}, "another process has the file open")
	}, "--data", data, "--read-only")
	for _, want := range []string{"small, for reading only:", "sealed entries in", "jam board --url http://127.0.0.1:"} {
		if !strings.Contains(said, want) {
			t.Errorf("it says %q; want %q in it", said, want)
		}
	}
}

func TestServingReadOnlyTakesNothingThatWouldChangeTheJam(t *testing.T) {
	event, data := small(t), filepath.Join(t.TempDir(), "data")
	up(t, nil, "--event", event, "--data", data)
	readOnly := []string{"up", "--read-only", "--listen", "127.0.0.1:0", "--data", data}
	for _, flags := range [][]string{{"--event", event}, {"--teams", "teams.csv"}, {"--demo-teams", "3"}, {"--start", "now"}} {
		fails(t, cli.BadUsage, append(readOnly, flags...), "--read-only changes nothing", flags[0])
	}
	fails(t, cli.BadUsage, []string{"up", "--read-only", "--listen", "nowhere", "--data", data}, "HOST:PORT")
}

func TestServingReadOnlyWithoutAJamSaysHowToBringOneAndWritesNothing(t *testing.T) {
	empty := t.TempDir()
	for _, data := range []string{empty, filepath.Join(empty, "none")} {
		fails(t, cli.BadUsage, []string{"up", "--read-only", "--listen", "127.0.0.1:0", "--data", data},
			"no Jam in "+data, "jam pull --stack photofinish-<jam> --data "+data)
	}
	if files, err := os.ReadDir(empty); err != nil || len(files) > 0 {
		t.Errorf("it left %v, %v", files, err)
	}
}

func TestACopyThatWasPulledIsServedReadOnlyAlone(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	db, err := server.Adopt(t.Context(), data, "far", 1)
	if err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	fails(t, cli.Failed, []string{"up", "--data", data, "--event", small(t), "--listen", "127.0.0.1:0"}, `a copy of "far"`, "--read-only")
	fails(t, cli.Failed, []string{"up", "--data", data, "--read-only", "--listen", "127.0.0.1:0"}, "pull it again")
}
