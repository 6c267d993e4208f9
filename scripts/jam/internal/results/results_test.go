package results_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/results"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
)

var update = flag.Bool("update", false, "write the golden files anew")

// written is a result's files by their names.
func written(t *testing.T, c results.Claims) map[string][]byte {
	t.Helper()
	r, err := results.Of(c)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "a", "result")
	paths, err := r.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		if files[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	there, err := os.ReadDir(dir)
	if err != nil || len(there) != len(paths) {
		t.Errorf("the folder holds %v, %v", there, err)
	}
	return files
}

func TestTheFilesAreTheGoldenOnes(t *testing.T) {
	files := written(t, claims(t, standing()))
	for _, name := range []string{results.BoardFile, results.CertificateFile, results.CSVFile, results.PageFile, results.DocumentFile} {
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, files[name], 0o644); err != nil { //nolint:gosec // a golden file
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || !bytes.Equal(files[name], want) {
			t.Errorf("%s is not the golden one (%v):\n%s", name, err, files[name])
		}
	}
	if again := written(t, claims(t, standing())); !bytes.Equal(again[results.DocumentFile], files[results.DocumentFile]) {
		t.Error("written again it is another")
	}
}

func TestTheBoardsFileHasTheHashThatTheCertificateSigns(t *testing.T) {
	files := written(t, claims(t, standing()))
	sum := sha256.Sum256(files[results.BoardFile])
	line := "\nboard " + base64.StdEncoding.EncodeToString(sum[:]) + "\n"
	if !strings.Contains(string(files[results.CertificateFile]), line) {
		t.Errorf("the certificate lacks %q:\n%s", line, files[results.CertificateFile])
	}
	var document results.Result
	if err := json.Unmarshal(files[results.DocumentFile], &document); err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, document.Board); err != nil || !bytes.Equal(compact.Bytes(), files[results.BoardFile]) {
		t.Errorf("the document holds another board, %v", err)
	}
	if "\nboard "+document.BoardHash+"\n" != line || document.TreeSize != 1234 || len(document.Tasks) != 3 || document.CertifiedAt.IsZero() {
		t.Errorf("the document is %+v", document)
	}
}

func TestNoNameIsAFormulaInASpreadsheet(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(written(t, claims(t, standing()))[results.CSVFile])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"rank", "team_id", "team", "score", "solved", "last_scored_at", "last_scored", "zebra/b", "zebra/a", "ant/c"}
	if !slices.Equal(rows[0], want) {
		t.Errorf("the columns are %v, want %v", rows[0], want)
	}
	want = []string{"2", "tb", hostile[1], "170", "2", "2026-12-02T01:40:00.123Z", "1796175600123.000", "100", "0", "70"}
	if !slices.Equal(rows[2], want) {
		t.Errorf("a row is %q, want %q", rows[2], want)
	}
	if last := rows[len(rows)-1]; !slices.Equal(last[:2], []string{"", "tm"}) || !slices.Equal(last[3:], []string{"0", "0", "", "", "", "", ""}) {
		t.Errorf("a row without a rank is %q", last)
	}
	guarded := 0
	for i, row := range rows[1:] {
		name := strings.ReplaceAll(hostile[i], "\r", "\n") // the reader makes one of the other
		got := strings.ReplaceAll(row[2], "\r", "\n")
		switch {
		case strings.ContainsAny(got[:1], "=+-@\t\r\n") || strings.HasPrefix(got, "＝"):
			t.Errorf("%q begins like a formula", got)
		case got == "'"+name:
			guarded++
		case got != name:
			t.Errorf("%q became %q", name, got)
		}
	}
	if guarded != 8 {
		t.Errorf("%d names are guarded, want 8", guarded)
	}
}

func TestThePageNeedsNothingElseAndRunsNothingThatATeamChose(t *testing.T) {
	page := string(written(t, claims(t, standing()))[results.PageFile])
	for _, tag := range regexp.MustCompile(`<[a-zA-Z][^>]*>`).FindAllString(page, -1) {
		if regexp.MustCompile(`(?i)^<(script|img|link|iframe|object|a)\b|\son\w+=|src=|url\(`).MatchString(tag) {
			t.Errorf("the page has %s", tag)
		}
	}
	for _, want := range []string{
		"&lt;script&gt;alert(1)&lt;/script&gt;", "Golden &lt;Jam&gt; &amp; Co", "파란 고래", "O&#39;Neill &amp; Söhne", "@page { size: A4",
		"2026-12-02 17:59:00 (Asia/Seoul)", "11:30:00.123", "zebra/b", "jam audit golden.tar.gz --key photofinish/golden&#43;", "scripts/audit.py golden.tar.gz",
		"1234 entries, sealed through block 56", "3 tasks, 220 points", "default-src &#39;none&#39;",
	} {
		if !strings.Contains(page, want) && !strings.Contains(page, strings.NewReplacer("&#39;", "'", "&#43;", "+").Replace(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "<script>") || strings.Contains(page, "<img") {
		t.Error("a name is part of the page's markup")
	}
}

func TestAJamWithoutTeamsAndWithoutANameHasAResultToo(t *testing.T) {
	b := standing()
	b.Rows = []board.Row{}
	c := claims(t, b)
	c.Jam.Name, c.Jam.Timezone = "", "Nowhere/Land"
	files := written(t, c)
	for name, want := range map[string]string{
		results.PageFile: "No team is on the board.", results.CSVFile: "rank,team_id,", results.DocumentFile: `"first_solves": []`,
	} {
		if !strings.Contains(string(files[name]), want) {
			t.Errorf("%s lacks %q:\n%s", name, want, files[name])
		}
	}
	if page := string(files[results.PageFile]); !strings.Contains(page, "<h1>golden</h1>") || !strings.Contains(page, "08:59:00 (UTC)") {
		t.Errorf("the page is %.1500s", page)
	}
}

func TestNothingThatDisagreesWithTheCertificateIsAResult(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, c *results.Claims)
		says   string
	}{
		"a point more": {func(_ *testing.T, c *results.Claims) {
			c.Board = bytes.Replace(c.Board, []byte(`"score":170`), []byte(`"score":171`), 1)
		}, "the board is not the certified one"},
		"a space more": {func(_ *testing.T, c *results.Claims) { c.Board = append(c.Board, ' ') }, "the board is not the certified one"},
		"no board":     {func(_ *testing.T, c *results.Claims) { c.Board = nil }, "the board is not the certified one"},
		"no JSON, but signed": {func(t *testing.T, c *results.Claims) {
			signer, _ := keys(t, "checkpoints")
			c.Board = []byte("<html>")
			c.Certificate = certificate(t, signer, c.Board)
		}, "read the certified board"},
		"another Jam's board, signed": {func(t *testing.T, c *results.Claims) {
			b := standing()
			b.Jam = "other"
			*c = claims(t, b)
		}, `is that of "other"`},
		"a board of another moment, signed": {func(t *testing.T, c *results.Claims) {
			b := standing()
			b.SealedThrough = jam.StampAt(start)
			*c = claims(t, b)
		}, "through 1796173200000.000"},
		"another key's certificate": {func(t *testing.T, c *results.Claims) {
			signer, _ := keys(t, "forger")
			c.Certificate = certificate(t, signer, c.Board)
		}, "is not signed with the key"},
		"a certificate that was altered": {func(_ *testing.T, c *results.Claims) {
			c.Certificate.Certificate = strings.Replace(c.Certificate.Certificate, "\n1234\n", "\n1235\n", 1)
		}, "is not signed with the key"},
		"no key":         {func(_ *testing.T, c *results.Claims) { c.Jam.CheckpointKey = "" }, "the key"},
		"no certificate": {func(_ *testing.T, c *results.Claims) { c.Certificate = api.CertificateView{} }, "is not signed"},
		"a checkpoint": {func(t *testing.T, c *results.Claims) {
			signer, _ := keys(t, "checkpoints")
			c.Certificate = signed(t, signer, checkpoint())
		}, "no certificate: it signs no board"},
		"another Jam": {func(_ *testing.T, c *results.Claims) { c.Jam.ID = "other" }, `not of the Jam "other"`},
		"another block said": {func(_ *testing.T, c *results.Claims) { c.Certificate.Block++ },
			"not what it says"},
		"another end said":  {func(_ *testing.T, c *results.Claims) { c.Certificate.Through.Milli++ }, "not what it says"},
		"another size said": {func(_ *testing.T, c *results.Claims) { c.Certificate.TreeSize++ }, "not what it says"},
		"another hash said": {func(_ *testing.T, c *results.Claims) { c.Certificate.Board = c.Certificate.Board[1:] }, "not what it says"},
		"signed before the close": {func(_ *testing.T, c *results.Claims) { c.ClosedAt = jam.At(closed.Add(time.Millisecond)) },
			"and the ledger closed at"},
		"never closed": {func(_ *testing.T, c *results.Claims) { c.ClosedAt = jam.Time{} }, "and the ledger closed at"},
		"another definition": {func(_ *testing.T, c *results.Claims) {
			c.Definition = bytes.Replace(c.Definition, []byte(`100`), []byte(`900`), 1)
		}, "is damaged"},
		"a first solve fewer": {func(_ *testing.T, c *results.Claims) { c.FirstSolves = c.FirstSolves[1:] }, "3 first solves, and 2 were listed"},
		"a first solve twice": {func(_ *testing.T, c *results.Claims) { c.FirstSolves[1] = c.FirstSolves[0] }, "is not on the certified board"},
		"another first solver": {func(_ *testing.T, c *results.Claims) { c.FirstSolves[0].Team.Name = "Me" },
			"is not on the certified board"},
		"a first solve sooner": {func(_ *testing.T, c *results.Claims) { c.FirstSolves[0].At = jam.At(start) }, "is not on the certified board"},
		"a first solve's stamp": {func(_ *testing.T, c *results.Claims) { c.FirstSolves[0].Stamp.Milli-- },
			"is not on the certified board"},
	} {
		t.Run(name, func(t *testing.T) {
			given := claims(t, standing())
			if _, err := results.Of(given); err != nil {
				t.Fatal(err)
			}
			c.change(t, &given)
			if r, err := results.Of(given); err == nil || r != nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it is taken for a result, or refused with %v; want %q", err, c.says)
			}
		})
	}
}
