package commands

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/results"
	"github.com/photofinish/photofinish/shared/ledger"
)

func TestCertifyingWaitsForTheCertificateAndWritesTheResult(t *testing.T) {
	e := newEnded(t)
	out := e.folder()
	said := e.jam("certify", "--yes", "--out", out)
	said.want(t, cli.OK, "Small & Co is certified: the ledger closed at 2026-12-02 12:0", "=1+1", "100", "10:01:00.000",
		"wrote into "+out+": board.json, certificate, result.csv, result.html, result.json", "jam audit small.tar.gz --key photofinish/small+")
	if strings.Contains(said.err, "\r") {
		t.Errorf("it draws on what is no terminal: %q", said.err)
	}
	all := files(t, out)
	sum := sha256.Sum256([]byte(all[results.BoardFile]))
	if !strings.Contains(all[results.CertificateFile], "\nboard "+base64.StdEncoding.EncodeToString(sum[:])+"\n") {
		t.Errorf("the certificate does not sign board.json:\n%s", all[results.CertificateFile])
	}
	for file, want := range map[string]string{
		results.CSVFile:  "rank,team_id,team,score,solved,last_scored_at,last_scored,z/answer,z/essay\n1,red,'=1+1,100,1,2026-12-02T01:01:00.000Z,",
		results.PageFile: "&lt;b&gt;Blue&lt;/b&gt;", results.DocumentFile: `"certified_at": "2026-12-02T03:0`,
	} {
		if !strings.Contains(all[file], want) {
			t.Errorf("%s lacks %q:\n%s", file, want, all[file])
		}
	}
	packed := false
	for _, r := range e.requests() {
		packed = packed || r.URL.Path == "/v1/board" && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
	}
	if !packed {
		t.Error("the board was not asked for compressed: that way is not tested")
	}

	// Again, it asks nothing, waits for nothing and writes the same; in another folder, too, and as JSON.
	again := e.jam("certify", "--out", out)
	again.want(t, cli.OK, "It was certified before; going on.")
	other := e.folder()
	document := e.jam("certify", "--json", "--in", "5m", "--out", other)
	document.want(t, cli.OK)
	if e.waits > 0 || !maps.Equal(all, files(t, out)) || !maps.Equal(all, files(t, other)) {
		t.Errorf("it waited %d times, or wrote other bytes", e.waits)
	}
	if document.out != all[results.DocumentFile] {
		t.Errorf("it printed\n%s\nand not result.json", document.out)
	}
}

func TestARefusalNamesEveryReasonAndWhatToDoAboutIt(t *testing.T) {
	e := newRunning(t)
	essay := e.submit("green", `{"challenge":"z","task":"essay","note":"mine"}`)
	flags := " --url " + e.url + " --data " + e.data
	e.jam("clock", "freeze", "--in", "1m").want(t, cli.OK)
	said := e.jam("certify", "--yes", "--in", "2h")
	said.want(t, cli.Refused, "(not-final). These 4 things hold it up:",
		"not over yet: The Jam has not ended (it ends at 12:00:00.000).\n    wait for its end, or end it sooner: jam clock end"+flags,
		"frozen: The board is frozen (since 11:01:00.000); thaw it first, since nothing can be changed afterwards.\n    jam clock thaw"+flags,
		"waits for a verdict: "+essay, "not sealed yet: ")
	if strings.Contains(said.err, "Only time is needed") {
		t.Errorf("it says that waiting helps: %s", said.err)
	}
	e.end()
	e.jam("clock", "thaw").want(t, cli.OK)
	e.to(e.clock().Add(time.Minute))
	dispute := e.jam("dispute", "red", "--why", "They sat in our room.", "--json")
	var opened organize.DisputeReply
	if err := json.Unmarshal([]byte(dispute.out), &opened); err != nil {
		t.Fatal(err, dispute)
	}
	out := e.folder()
	said = e.jam("certify", "--yes", "--wait", "--out", out)
	said.want(t, cli.Refused, "cannot be certified yet (not-final). These 3 things hold it up:",
		"waits for a verdict: "+essay+" (z/essay of green, received 11:00:00.000)\n    jam judge "+essay+" passed|failed"+flags,
		"disputed: "+opened.ID.String()+" (team red)\n    jam dispute settle "+opened.ID.String()+` --why "…"`+flags,
		"not sealed yet: ", "    wait for it\n")
	if said.out != "" || strings.Contains(said.err, "Only time is needed") {
		t.Errorf("it printed %q, and that waiting helps: %s", said.out, said.err)
	}
	asJSON := e.jam("certify", "--yes", "--json", "--out", out)
	var problem struct{ Errors []struct{ Location string } }
	if err := json.Unmarshal([]byte(asJSON.out), &problem); err != nil || len(problem.Errors) != 3 || asJSON.code != cli.Refused {
		t.Errorf("as JSON: %d, %v: %s", asJSON.code, err, asJSON.out)
	}

	e.jam("judge", essay, "passed").want(t, cli.OK)
	e.jam("dispute", "settle", opened.ID.String(), "--why", "They did not.").want(t, cli.OK)
	e.jam("certify", "--yes", "--out", out).want(t, cli.Refused, "This holds it up:", "not sealed yet",
		"Only time is needed: try again in 30s, or let it do that by itself:\n  jam certify --wait --yes --out "+out+flags)
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
	e.jam("certify", "--yes", "--wait", "--out", out).want(t, cli.OK, "is certified")
	if all := files(t, out); !strings.Contains(all[results.CSVFile], "3,green,녹색,50,1,2026-12-02T02:00:00.000Z,") {
		t.Errorf("the table is\n%s", all[results.CSVFile])
	}
}

func TestEveryKindOfReasonIsToldWithItsAdvice(t *testing.T) {
	const id = "1764000000123.000"
	pending := func(check string) answer {
		return answer{status: 200, body: map[string]any{"pending": []map[string]any{{"submission": id, "team": "t07", "check": check}}}}
	}
	refusal := func(location string) answer {
		p := problem(409, "not-final", "No.")
		p.body.(map[string]any)["errors"] = []map[string]string{{"location": location, "message": "This\x1b[2J one"}}
		return p
	}
	for name, c := range map[string]struct {
		refusal, pending answer
		says             []string
	}{
		"a hand-in":      {refusal("pending/" + id), pending("manual"), []string{"waits for a verdict: This", "jam judge " + id + " passed|failed"}},
		"a look":         {refusal("pending/" + id), pending("http"), []string{"being looked at", "it ends by itself; or judge it: jam judge " + id}},
		"unknown checks": {refusal("pending/" + id), problem(403, "not-allowed", "No."), []string{"waits for a verdict", "jam judge " + id}},
		"an error": {refusal("error/" + id), pending("aws"),
			[]string{"nobody could look", "jam judge " + id, `jam rule verdict t07 ` + id + ` passed|failed --why "…"`}},
		"an error of somebody": {refusal("error/" + id), answer{status: 200, body: map[string]any{}}, []string{"nobody could look", "jam judge " + id}},
		"a dispute":            {refusal("disputed/" + id), pending("manual"), []string{"disputed: This", "jam dispute settle " + id + ` --why "…"`}},
		"what is not sealed":   {refusal("unsealed"), pending("manual"), []string{"not sealed yet: This", "wait for it"}},
		"what is not known":    {refusal("moon/full"), pending("manual"), []string{"\n  This"}},
		"no reason":            {problem(409, "not-final", "Because."), pending("manual"), []string{"jam: Because. (not-final)"}},
	} {
		f := serve(t, answer{status: 200, body: map[string]any{}}, c.refusal, c.pending)
		got := invoke(t, "", "certify", "--yes", "--out", filepath.Join(t.TempDir(), "out"), "--url", f.URL, "--token", "org_a.b")
		if got.code != cli.Refused || strings.Contains(got.err, "\x1b") {
			t.Errorf("%s: exit code %d: %q", name, got.code, got.err)
		}
		for _, want := range c.says {
			if !strings.Contains(got.err, want) {
				t.Errorf("%s: it does not say %q: %s", name, want, got.err)
			}
		}
	}
}

func TestACertificationThatIsInterruptedGoesOn(t *testing.T) {
	e := newEnded(t)
	out := e.folder()
	ctx, interrupt := context.WithCancel(t.Context())
	e.waited = func(n int) {
		if n == 3 {
			interrupt()
		}
	}
	said := e.jamWith(ctx, "", "certify", "--yes", "--out", out)
	said.want(t, cli.InterruptedCode, "written down all the same", "jam certify --out "+out)
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
	e.waited = nil
	e.jam("certify", "--out", out).want(t, cli.OK, "It was certified before", "is certified")
	whole := files(t, out)
	// A crash between two files leaves whole ones; the rest comes with the next run.
	for _, name := range []string{results.DocumentFile, results.PageFile} {
		if err := os.Remove(filepath.Join(out, name)); err != nil {
			t.Fatal(err)
		}
	}
	e.jam("certify", "--out", out).want(t, cli.OK)
	if !maps.Equal(whole, files(t, out)) {
		t.Error("it wrote other bytes")
	}
}

func TestACertificationWhoseReplyIsLostIsFound(t *testing.T) {
	e := newEnded(t)
	e.alters(func(path string, body []byte) []byte {
		if path == "/v1/organizer/certification" {
			panic(http.ErrAbortHandler)
		}
		return body
	})
	out := e.folder()
	said := e.jam("certify", "--yes", "--out", out)
	said.want(t, cli.Unknown, "the outcome is unknown", "Run it again")
	if strings.Contains(said.err, "--key") {
		t.Errorf("it advises a key that it does not take: %s", said.err)
	}
	e.alters(nil)
	e.jam("certify", "--out", out).want(t, cli.OK, "It was certified before", "is certified")
}

func TestWithoutASequencerItGivesUpAndSaysHowToGoOn(t *testing.T) {
	e := newEnded(t)
	e.asleep = true
	out := e.folder()
	e.jam("certify", "--yes", "--out", out).want(t, cli.Failed, "and 10:00 later there is no certificate", "go on with: jam certify --out "+out)
	e.asleep = false
	e.jam("certify", "--out", out).want(t, cli.OK, "is certified")
}

func TestWhoAnswersNoCertifiesNothing(t *testing.T) {
	e := newEnded(t)
	e.jamWith(t.Context(), "n\n", "certify", "--out", e.folder()).want(t, cli.OK, "no verdict, ruling or clock change is possible afterwards", "Nothing was certified.")
	e.jamWith(t.Context(), "", "certify", "--out", e.folder()).want(t, cli.BadUsage, "--yes goes on without asking")
	for _, r := range e.requests() {
		if r.Method != "GET" {
			t.Errorf("it sent %s %s", r.Method, r.URL)
		}
	}
	e.jamWith(t.Context(), "y\n", "certify", "--out", e.folder()).want(t, cli.OK, "is certified")
}

func TestAResultThatDoesNotHoldIsNotWritten(t *testing.T) {
	e := newEnded(t)
	kept := e.folder()
	e.jam("certify", "--yes", "--out", kept).want(t, cli.OK)
	_, forger, err := note.GenerateKey(nil, ledger.CheckpointKeyName("small"))
	if err != nil {
		t.Fatal(err)
	}
	about := struct {
		Key string `json:"key"`
	}{}
	if err := json.Unmarshal([]byte(files(t, kept)[results.DocumentFile]), &about); err != nil {
		t.Fatal(err)
	}
	in := func(where, from, to string) func(string, []byte) []byte {
		return func(path string, body []byte) []byte {
			changed := bytes.Replace(body, []byte(from), []byte(to), 1)
			if path == where && bytes.Equal(changed, body) {
				t.Errorf("%s has no %q: %s", path, from, body)
			}
			if path != where {
				return body
			}
			return changed
		}
	}
	for name, c := range map[string]struct {
		alter func(string, []byte) []byte
		flags []string
		says  string
	}{
		"a point more on the board": {in("/v1/board", `"score":100`, `"score":101`), nil, "the board is not the certified one"},
		"a space more on the board": {in("/v1/board", `{`, `{ `), nil, "the board is not the certified one"},
		"two names exchanged":       {in("/v1/board", `=1+1`, `녹색`), nil, "the board is not the certified one"},
		"the certificate's hash":    {in("/v1/ledger/certificate", `\nboard `, `\nboard A`), nil, "is not signed with the key"},
		"the certificate's size":    {in("/v1/ledger/certificate", `"tree_size":`, `"tree_size":1`), nil, "is not what it says"},
		"another key":               {in("/v1/jam", about.Key, forger), nil, "is not signed with the key"},
		"a first solve":             {in("/v1/board/first-solves", `"id":"red"`, `"id":"blue"`), nil, "is not on the certified board"},
		"the key that was given":    {nil, []string{"--key", forger}, "is not signed with the key that you gave, photofinish/small+"},
	} {
		e.alters(c.alter)
		out := e.folder()
		got := e.jam(append([]string{"certify", "--out", out}, c.flags...)...)
		if got.code != cli.NotProven || !strings.Contains(got.err, "NOTHING WAS") || !strings.Contains(got.err, c.says) || got.out != "" {
			t.Errorf("%s: exit code %d, it says %s%s; want %q", name, got.code, got.out, got.err, c.says)
		}
		if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: something was written: %v", name, err)
		}
	}
	e.alters(nil)
	e.jam("certify", "--out", e.folder(), "--key", about.Key).want(t, cli.OK)
}

func TestAKeyThatIsNotTheJamsIsToldBeforeAnythingIsCertified(t *testing.T) {
	e := newEnded(t)
	_, other, err := note.GenerateKey(nil, ledger.CheckpointKeyName("small"))
	if err != nil {
		t.Fatal(err)
	}
	e.jam("certify", "--yes", "--out", e.folder(), "--key", other).want(t, cli.NotProven,
		"NOTHING WAS CERTIFIED NOW", "What the Jam at "+e.url+" seals is not signed with the key that you gave, photofinish/small+",
		"mistyped or another Jam's, or somebody else")
	for _, r := range e.requests() {
		if r.Method != http.MethodGet {
			t.Errorf("it sent %s %s", r.Method, r.URL)
		}
	}
	file := filepath.Join(t.TempDir(), "the key")
	if err := os.WriteFile(file, []byte(e.server.Public+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e.jam("certify", "--yes", "--out", e.folder(), "--key", file).want(t, cli.OK, "is certified")
}

func TestWhatItAdvisesIsTheSameCommandLineThatWaits(t *testing.T) {
	file := filepath.Join(t.TempDir(), "the key")
	for _, c := range []struct {
		given []string
		want  string
	}{
		{nil, "jam certify --wait --yes"},
		{[]string{"--in", "5m", "--out", "final"}, "jam certify --wait --yes --in 5m0s --out final"},
		{[]string{"--at", "23:59", "--json"}, "jam certify --wait --yes --at 23:59 --json"},
		{[]string{"--at", "2026-12-02 15:00", "--key", file}, "jam certify --wait --yes --at '2026-12-02 15:00' --key '" + file + "'"},
	} {
		e := newEnded(t)
		if err := os.WriteFile(file, []byte(e.server.Public), 0o600); err != nil {
			t.Fatal(err)
		}
		e.jam("announce", "Well done.").want(t, cli.OK) // it is not sealed yet
		t.Chdir(t.TempDir())
		e.jam(append([]string{"certify", "--yes"}, c.given...)...).want(t, cli.Refused,
			"let it do that by itself:\n  "+c.want+" --url "+e.url+" --data "+e.data+"\n")
	}
}

func TestAServerThatIsAwayForAWhileIsAskedAgain(t *testing.T) {
	e := newEnded(t)
	away := 0
	e.alters(func(path string, body []byte) []byte {
		if path == "/v1/ledger/certificate" && away < 6 {
			away++
			panic(http.ErrAbortHandler)
		}
		return body
	})
	said := e.jam("certify", "--yes", "--out", e.folder())
	said.want(t, cli.OK, "cannot reach", "is certified")
	if n := strings.Count(said.err, "still trying"); away != 6 || n < 1 || n > 2 {
		t.Errorf("it was away %d times, and said so %d times:\n%s", away, n, said.err)
	}
}

func TestAtATerminalTheTimeLeftIsCountedDown(t *testing.T) {
	var errs bytes.Buffer
	var slept []time.Duration
	app := &cli.App{Err: &errs, Sleep: func(ctx context.Context, d time.Duration) error {
		slept = append(slept, d)
		return ctx.Err()
	}}
	line := &countdown{app: app, live: true}
	if err := line.wait(t.Context(), 2500*time.Millisecond, "the ledger closes, in"); err != nil {
		t.Error(err)
	}
	if err := line.waitWithin(t.Context(), time.Second, -time.Minute, "signed, about"); err != nil { // later than expected
		t.Error(err)
	}
	line.say("away")
	line.say("away")
	line.end()
	line.end()
	const wipe = "\r\x1b[K"
	want := wipe + "the ledger closes, in 0:03" + wipe + "the ledger closes, in 0:02" + wipe + "the ledger closes, in 0:01" +
		wipe + "signed, about 0:00" + wipe + "away\n"
	if errs.String() != want || len(slept) != 4 || slept[2] != 500*time.Millisecond {
		t.Errorf("it shows %q, want %q, and waits %v", errs.String(), want, slept)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	if err := line.wait(ctx, time.Hour, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted wait ends with %v", err)
	}
}

func TestABoardOfAMomentAgoIsReadAgain(t *testing.T) {
	e := newEnded(t)
	stale := 0
	e.alters(func(path string, body []byte) []byte {
		if path == "/v1/board" && stale < 3 {
			stale++
			return append(body, ' ')
		}
		return body
	})
	e.jam("certify", "--yes", "--out", e.folder()).want(t, cli.OK, "is certified")
	if stale != 3 {
		t.Errorf("it was read %d times before it was right", stale)
	}
}

func TestACertificationThatCannotBeCarriedOutIsRefusedBeforeItBegins(t *testing.T) {
	f := serve(t, answer{status: 200, body: map[string]any{}})
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.WriteFile(filepath.Join(dir, results.DocumentFile), []byte(`{"jam":"other"}`), 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"out is nothing":          {[]string{"--out", ""}, "--out wants a folder"},
		"out is a file":           {[]string{"--out", file}, "is a file; name a folder"},
		"out is beneath a file":   {[]string{"--out", filepath.Join(file, "x")}, "--out: "},
		"out is another Jam's":    {[]string{"--out", dir}, `is not a result of this Jam "eks"`},
		"a key that is none":      {[]string{"--key", "abc+d"}, "is no verifier key"},
		"a file of no key":        {[]string{"--key", file}, "holds no verifier key"},
		"a key and an answer":     {[]string{"--key", "-", "--yes=false"}, "add --yes"},
		"a key file not there":    {[]string{"--key", "abc"}, "neither a verifier key"},
		"a time that has passed":  {[]string{"--in=-5m"}, "--in wants a time above zero"},
		"two times":               {[]string{"--in", "5m", "--at", "17:40"}, "--in and --at"},
		"a time that is none":     {[]string{"--at", "noon"}, "time \"noon\""},
		"an argument":             {[]string{"now"}, "unexpected argument"},
		"a flag that there isn't": {[]string{"--force"}, "unknown flag"},
	} {
		got := invoke(t, "", append([]string{"certify", "--yes", "--url", f.URL, "--token", "org_a.b"}, c.args...)...)
		if got.code != cli.BadUsage || !strings.Contains(got.err, c.says) {
			t.Errorf("%s: exit code %d, %q; want %q", name, got.code, got.err, c.says)
		}
	}
	if got := invoke(t, "", "certify", "--yes", "--url", f.URL, "--data", t.TempDir()); got.code != cli.NotAuthorised {
		t.Errorf("without a token: exit code %d: %s", got.code, got.err)
	}
	for _, r := range f.requests() {
		if r.method != "GET" {
			t.Errorf("it sent %+v", r)
		}
	}
}
