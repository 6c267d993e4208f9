package tokens

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsWrittenIsReadAndForTheOwnersEyesOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.csv")
	want := []Token{
		{Organizer, "desk", "Organiser's desk", "org_desk.x"},
		{Team, "red", "빨간 \"고래\", und\nmehr", "red.y"},
	}
	if err := Write(path, want); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestANewTokenTakesThePlaceOfTheOldOne(t *testing.T) {
	old := []Token{{Organizer, "a", "", "1"}, {Team, "a", "", "2"}}
	got := Merge(old, []Token{{Team, "a", "", "3"}, {Team, "b", "", "4"}})
	want := []Token{{Organizer, "a", "", "1"}, {Team, "a", "", "3"}, {Team, "b", "", "4"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if old[1].Token != "2" {
		t.Error("the old list was changed")
	}
}

func TestAMissingFileIsToldApart(t *testing.T) {
	if _, err := Read(filepath.Join(t.TempDir(), "no.csv")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestAFileOfAnotherFormIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.csv")
	if err := os.WriteFile(path, []byte("team,token\nred,red.x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil {
		t.Error("it was read")
	}
}
