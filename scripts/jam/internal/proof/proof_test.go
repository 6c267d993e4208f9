package proof_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/commands"
	"github.com/photofinish/photofinish/scripts/jam/internal/proof"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/audit/audittest"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

type grammar struct {
	cli.Globals
	commands.Participant
	proof.Proof
}

// result is what one command line came to.
type result struct {
	code     cli.Code
	out, err string
}

// invoke runs one command line as a process would, in a folder of its own.
func invoke(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	app := &cli.App{
		In: strings.NewReader(stdin), Out: &out, Err: &errs, Program: "jam", Now: time.Now,
		Env:   func(string) (string, bool) { return "", false },
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	return result{cli.Run(t.Context(), &grammar{}, app, args), out.String(), errs.String()}
}

// wants holds a command line to an exit code and to what it says.
func wants(t *testing.T, got result, code cli.Code, says ...string) {
	t.Helper()
	if got.code != code {
		t.Errorf("exit code %d, want %d: %s%s", got.code, code, got.out, got.err)
	}
	for _, text := range says {
		if !strings.Contains(got.out+got.err, text) {
			t.Errorf("it says\n%s%s\nwant %q in it", got.out, got.err, text)
		}
	}
}

// tampered is a folder with what audittest writes, once for all tests.
var tampered = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "tampered-")
	if err != nil {
		panic(err)
	}
	return dir
})

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(tampered())
	os.Exit(code)
}

func sample(t *testing.T) (dir string) {
	t.Helper()
	dir = tampered()
	if _, err := os.Stat(filepath.Join(dir, "cases.json")); err != nil {
		audittest.Write(t, audittest.New(t, 3), dir)
	}
	return dir
}

func TestAnAuditSaysWhatItCheckedAndTheStanding(t *testing.T) {
	dir := sample(t)
	file := func(name string) string { return filepath.Join(dir, name) }
	got := invoke(t, "", "audit", file("sample.tar.gz"), "--key", file("key.txt"), "--receipts", file("receipts.jsonl"),
		"--checkpoint", file("checkpoint-early"), "--checkpoint", file("checkpoint-newest"), "--top", "3")
	wants(t, got, cli.OK, "ok    decisions", "ok    certificate", "ok    receipts", "ok    earlier     ", "2 entries were found late", "the key that you gave",
		"Everything holds. The certified result follows from this record.", "… and 5 more")
	if strings.Contains(got.out, "FAIL") || got.err != "" {
		t.Errorf("it says\n%s%s", got.out, got.err)
	}
	wants(t, invoke(t, "", "audit", file("sample.tar.gz")), cli.OK, "the key that lies in the archive", "not who signed it", "none were given")
	var report struct {
		OK      bool
		Checked struct{ Decisions, Entries int64 }
	}
	got = invoke(t, "", "audit", file("sample.tar.gz"), "--json")
	if err := json.Unmarshal([]byte(got.out), &report); err != nil || !report.OK || report.Checked.Decisions == 0 || report.Checked.Decisions != report.Checked.Entries {
		t.Errorf("%v: %+v: %s", err, report, got.out)
	}
}

func TestAnAuditOfWhatWasTamperedWithEndsWithSeven(t *testing.T) {
	dir := sample(t)
	b, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		File, Needs string
		Finds       []string
	}
	if err := json.Unmarshal(b, &cases); err != nil || len(cases) < 40 {
		t.Fatal(len(cases), err)
	}
	for _, c := range cases {
		args := []string{"audit", filepath.Join(dir, c.File)}
		switch c.Needs {
		case "receipts":
			args = append(args, "--receipts", dir)
		case "checkpoints":
			args = append(args, "--checkpoint", filepath.Join(dir, "checkpoint-early"), "--checkpoint", filepath.Join(dir, "checkpoint-newest"))
		case "key":
			args = append(args, "--key", filepath.Join(dir, "key.txt"))
		}
		wants(t, invoke(t, "", args...), cli.NotProven, "FAIL", "What does not hold", "This does not hold", c.Finds[0])
		got := invoke(t, "", append(args, "--json")...)
		if got.code != cli.NotProven || !strings.Contains(got.out, `"ok": false`) || got.err != "" {
			t.Errorf("%s: exit code %d: %s", c.File, got.code, got.err)
		}
	}
}

func TestAWrongCommandLineOfTheAuditSaysWhatWouldHelp(t *testing.T) {
	dir := sample(t)
	file := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole := filepath.Join(dir, "sample.tar.gz")
	for name, c := range map[string]struct {
		args []string
		code cli.Code
		says string
	}{
		"no archive":             {[]string{"audit"}, cli.BadUsage, "archive"},
		"an archive not there":   {[]string{"audit", "nowhere.tar.gz"}, cli.BadUsage, "cannot be read"},
		"a folder":               {[]string{"audit", dir}, cli.BadUsage, "export " + dir},
		"a file of another kind": {[]string{"audit", file("x", "hello")}, cli.NotProven, "not a gzipped file"},
		"a key file not there":   {[]string{"audit", whole, "--key", "nowhere"}, cli.BadUsage, "neither a verifier key"},
		"a key file of no key":   {[]string{"audit", whole, "--key", file("k", "hello\n")}, cli.BadUsage, "holds no verifier key"},
		"receipts not there":     {[]string{"audit", whole, "--receipts", "nowhere"}, cli.BadUsage, "read the receipts"},
		"receipts that are none": {[]string{"audit", whole, "--receipts", file("r", "{}\n")}, cli.BadUsage, "line 1 is no receipt"},
		"an empty file":          {[]string{"audit", whole, "--receipts", file("r", "\n")}, cli.BadUsage, "holds no receipt"},
		"a folder without any":   {[]string{"audit", whole, "--receipts", t.TempDir()}, cli.BadUsage, "no *.jsonl"},
		"a line without an end":  {[]string{"audit", whole, "--receipts", file("r", strings.Repeat("x", 2<<20))}, cli.BadUsage, "longer than"},
		"a checkpoint not there": {[]string{"audit", whole, "--checkpoint", "nowhere"}, cli.BadUsage, "read the checkpoint"},
		"a checkpoint of text":   {[]string{"audit", whole, "--checkpoint", file("c", "hello")}, cli.BadUsage, "holds no checkpoint"},
		"fewer than no places":   {[]string{"audit", whole, "--top", "-1"}, cli.BadUsage, "--top"},
		"an export to a file":    {[]string{"export", "ledger.tar.gz"}, cli.BadUsage, "--out ledger.tar.gz"},
		"an export of nothing":   {[]string{"export", t.TempDir()}, cli.BadUsage, "there is no Jam"},
		"receipts of nobody":     {[]string{"receipt", "verify", "--data", t.TempDir()}, cli.BadUsage, "there are no receipts"},
		"offline without a key":  {[]string{"receipt", "verify", filepath.Join(dir, "receipts.jsonl"), "--offline"}, cli.BadUsage, "needs the Jam's key"},
		"both ways":              {[]string{"receipt", "verify", "x", "--offline", "--archive", whole}, cli.BadUsage, "offline"},
		"a key of no kind":       {[]string{"receipt", "verify", filepath.Join(dir, "receipts.jsonl"), "--key", "a+b"}, cli.BadUsage, "--key a+b"},
	} {
		t.Run(name, func(t *testing.T) { wants(t, invoke(t, "", c.args...), c.code, c.says) })
	}
}

// played is a Jam on this machine that serves, with the teams red and blue.
type played struct {
	*server.Server
	url, data string
	mu        sync.Mutex
	now       time.Time
}

func (p *played) clock() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *played) settle(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	p.now = p.now.Add(31 * time.Second)
	p.mu.Unlock()
	if err := p.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func play(t *testing.T) *played {
	t.Helper()
	text := jam.Text{"en": "x"}
	now := time.Now().Truncate(time.Second)
	p := &played{data: t.TempDir(), now: now}
	event := &jam.Event{
		ID: "proven", Name: text, Timezone: "UTC", StartsAt: jam.At(now.Add(-time.Hour)), Duration: jam.Duration(2 * time.Hour), Languages: []string{"en"},
		Topics: []string{"a"}, Challenges: []jam.Challenge{{
			ID: "c", Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text,
			Tasks: []jam.Task{{ID: "answer", Points: 100, Check: jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"yes"}}}}},
		}},
	}
	s, err := server.Open(t.Context(), server.Options{
		Data: p.data, Event: event, Teams: []api.NewTeam{{Name: "Red"}, {Name: "Blue"}}, Now: p.clock, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	web := httptest.NewServer(s.Handler())
	t.Cleanup(web.Close)
	p.Server, p.url = s, web.URL
	return p
}

func TestAReceiptIsVerifiedBeforeAndAfterItIsSealed(t *testing.T) {
	p := play(t)
	at := func(args ...string) []string { return append(args, "--url", p.url, "--data", p.data, "--as", "red") }
	wants(t, invoke(t, "", at("submit", "c/answer", "no")...), cli.NotPassed)
	wants(t, invoke(t, "", at("submit", "c/answer", "yes")...), cli.OK)
	wants(t, invoke(t, "", at("receipt", "verify")...), cli.OK, "not sealed yet", "2 receipts, 0 of them in the ledger", "names its own keys")
	p.settle(t)
	p.settle(t)
	wants(t, invoke(t, "", at("receipt", "verify")...), cli.OK, "2 receipts, 2 of them in the ledger", "exactly as it was received")

	file := filepath.Join(p.data, "receipts", "red.jsonl")
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, invoke(t, string(kept), at("receipt", "verify", "-")...), cli.OK, "2 of them in the ledger")
	forged := strings.Replace(string(kept), `\nred\n`, `\nblue\n`, 1)
	wants(t, invoke(t, forged, at("receipt", "verify", "-")...), cli.NotProven, "BAD", "1 that cannot stand", "line 1")

	// Without a server: from an archive, and by the key alone.
	out := filepath.Join(t.TempDir(), "proven.tar.gz")
	wants(t, invoke(t, "", at("export", "--out", out)...), cli.NotAuthorised, "organiser") // a team is no organiser
	wants(t, invoke(t, "", "export", "--url", p.url, "--data", p.data, "--out", out), cli.OK, "the Jam proven", "not certified", "sha256")
	wants(t, invoke(t, "", "receipt", "verify", file, "--archive", out), cli.OK, "2 of them in the ledger")
	wants(t, invoke(t, forged, "receipt", "verify", "-", "--archive", out), cli.NotProven, "1 that cannot stand")
	wants(t, invoke(t, "", "receipt", "verify", file, "--archive", filepath.Join(sample(t), "sample.tar.gz")), cli.NotProven, "2 that cannot stand")
	var view api.JamView
	if err := json.Unmarshal([]byte(fetch(t, p.url+"/v1/jam")), &view); err != nil {
		t.Fatal(err)
	}
	wants(t, invoke(t, "", "receipt", "verify", file, "--offline", "--key", view.ReceiptKey), cli.OK, "was not looked up")
	wants(t, invoke(t, "", "receipt", "verify", file, "--archive", out, "--key", view.ReceiptKey, "--key", view.CheckpointKey), cli.OK)
	key, err := os.ReadFile(filepath.Join(sample(t), "key.txt"))
	if err != nil {
		t.Fatal(err)
	}
	// Of a key that is not the one which signed, nobody here can tell whose mistake it is: both are said.
	other := strings.TrimSpace(string(key))
	otherReceipts := ledger.NewReceiptSigner(ledger.ReceiptKeyName("proven"), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))).Key()
	for _, c := range []struct {
		what string
		args []string
	}{
		{"The archive is not signed with the key that you gave, photofinish/sample+", []string{"audit", out, "--key", other}},
		{"The archive is not signed with the key that you gave, photofinish/sample+", []string{"receipt", "verify", file, "--archive", out, "--key", other}},
		{"The Jam's proof of it is not signed with the key that you gave, photofinish/sample+", at("receipt", "verify", "--key", other)},
		{"It is not signed with the key that you gave, photofinish/proven/receipts+", []string{"receipt", "verify", file, "--offline", "--key", otherReceipts}},
	} {
		wants(t, invoke(t, "", c.args...), cli.NotProven, c.what, "either that key is mistyped or another Jam's, or somebody else than the Jam signed this")
	}
	wants(t, invoke(t, "", "audit", out, "--key", other), cli.NotProven, "This does not hold with the key that you gave; all else does")
	var told struct {
		OK       bool
		Receipts []struct {
			State string
			Seq   *int64
		}
	}
	got := invoke(t, "", at("receipt", "verify", "--json")...)
	if err := json.Unmarshal([]byte(got.out), &told); err != nil || !told.OK || len(told.Receipts) != 2 || told.Receipts[0].State != "sealed" || told.Receipts[0].Seq == nil {
		t.Errorf("%v: %s", err, got.out)
	}
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url) //nolint:noctx // of a test
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAReceiptOfWhatTheLedgerLacksIsNamed(t *testing.T) {
	dir := sample(t)
	for _, name := range []string{"signed-withdrawal-removed", "signed-answer-turned"} {
		got := invoke(t, "", "receipt", "verify", filepath.Join(dir, "receipts.jsonl"), "--archive", filepath.Join(dir, name+".tar.gz"))
		wants(t, got, cli.NotProven, "BAD", "1 that cannot stand", "Show it to the organisers")
	}
	wants(t, invoke(t, "", "receipt", "verify", filepath.Join(dir, "receipts.jsonl"), "--archive", filepath.Join(dir, "block-dropped.tar.gz")),
		cli.NotProven, "The archive itself does not hold")
}

func TestAnArchiveOfNothingSealedIsNoResult(t *testing.T) {
	p := play(t)
	out := filepath.Join(t.TempDir(), "proven.tar.gz")
	wants(t, invoke(t, "", "export", "--url", p.url, "--data", p.data, "--out", out), cli.OK)
	wants(t, invoke(t, "", "audit", out), cli.OK, "0 blocks", "What is in it holds, and that is no result: nothing was sealed yet")
}

func TestAnExportIsWrittenWholeAndNotOverAnything(t *testing.T) {
	p := play(t)
	p.settle(t)
	folder := t.TempDir()
	t.Chdir(folder)
	wants(t, invoke(t, "", "export", "--url", p.url, "--data", p.data), cli.OK, "wrote proven.tar.gz", "jam audit proven.tar.gz")
	wants(t, invoke(t, "", "export", "--url", p.url, "--data", p.data), cli.BadUsage, "is there already")
	wants(t, invoke(t, "", "export", "--url", p.url, "--data", p.data, "--out", "nowhere/x"), cli.BadUsage, "write the export")
	got := invoke(t, "", "export", "--url", p.url, "--data", p.data, "--out", "-")
	first, err := os.ReadFile("proven.tar.gz")
	if err != nil || got.code != cli.OK || got.out != string(first) {
		t.Errorf("exit code %d, %d bytes on the standard output and %d in the file, %v", got.code, len(got.out), len(first), err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	// The same from the folder itself, once nobody serves it.
	got = invoke(t, "", "export", p.data, "--out", "again.tar.gz", "--json")
	var told struct {
		Jam, SHA256     string
		Blocks, Entries int64
		Bytes           int
	}
	if err := json.Unmarshal([]byte(got.out), &told); err != nil || told.Jam != "proven" || told.Blocks != 1 || told.Entries != 3 {
		t.Errorf("%v: %s%s", err, got.out, got.err)
	}
	again, err := os.ReadFile("again.tar.gz")
	if err != nil || !bytes.Equal(first, again) || told.Bytes != len(again) {
		t.Errorf("the folder's own export has %d bytes, the server's %d, %v", len(again), len(first), err)
	}
	wants(t, invoke(t, "", "audit", "again.tar.gz"), cli.OK, "it is not certified yet")
	// A server that breaks off leaves no file.
	wants(t, invoke(t, "", "export", "--url", p.url, "--data", p.data, "--out", "broken.tar.gz"), cli.Failed)
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 2 {
		t.Errorf("there are %v, %v", files, err)
	}
}
