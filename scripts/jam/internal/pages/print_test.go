package pages

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/chromedp/cdproto/page"
)

// print prints a file as a person would, with the paper that it asks for, and gives the text of each page.
func (b *browser) print(t *testing.T, path string) []string {
	t.Helper()
	reader, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv(chromiumVariable) != "" {
			t.Fatal("there is a browser and no pdftotext (on Debian: apt-get install poppler-utils)")
		}
		t.Skip("there is no pdftotext: please install it (on Debian: apt-get install poppler-utils)")
	}
	w := b.openFile(t, path, projector)
	yes := true
	printed := filepath.Join(t.TempDir(), "printed.pdf")
	if err := os.WriteFile(printed, call(w, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &yes}).Data, 0o600); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv(keepVariable); dir != "" {
		name := strings.TrimSuffix(filepath.Base(path), ".html") + filepath.Base(filepath.Dir(path)) + ".pdf"
		if err := os.Rename(printed, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		printed = filepath.Join(dir, name)
	}
	text, err := exec.CommandContext(t.Context(), reader, "-raw", printed, "-").Output() //nolint:gosec // of the machine
	if err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(strings.TrimSuffix(string(text), "\f"), "\f")
	for i, p := range pages {
		if number := packed(fmt.Sprintf("%d / %d", i+1, len(pages))); !strings.Contains(packed(p), number) {
			t.Errorf("page %d does not say that it is number %s", i+1, number)
		}
	}
	return pages
}

// packed is a text without what may change when it is broken into lines.
func packed(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text)
}

// pagesWith counts the pages that hold a text as a whole. Of letters that the machine has no font for a printed page tells
// nothing, and of those from right to left another order: what stands around such a name is looked for.
func pagesWith(pages []string, text string) int {
	pieces := strings.FieldsFunc(packed(strings.NewReplacer(mixed, "✂", korean, "✂").Replace(text)), func(r rune) bool { return r == '✂' || r == '✓' })
	n := 0
	for _, p := range pages {
		whole, all := packed(p), true
		for _, piece := range pieces {
			all = all && strings.Contains(whole, piece)
		}
		if all {
			n++
		}
	}
	return n
}
