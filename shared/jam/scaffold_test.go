package jam

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestANewDefinitionLoads(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "jams", "winter-jam")
	if err := Scaffold(dir, ""); err != nil {
		t.Fatal(err)
	}
	e, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if e.ID != "winter-jam" || len(e.Challenges) != 2 {
		t.Errorf("it is %s with %d challenges", e.ID, len(e.Challenges))
	}
	kinds := map[Kind]bool{}
	for c, task := range e.Tasks() {
		kinds[task.Check.Kind] = true
		for _, m := range c.Material {
			if _, err := e.Render(m.Text, "t1", c, testSecret); err != nil {
				t.Error(err)
			}
		}
	}
	if !kinds[KindAnswer] || !kinds[KindManual] {
		t.Errorf("its kinds of check are %v", kinds)
	}
}

func TestANewDefinitionNeverOverwritesAnything(t *testing.T) {
	dir := t.TempDir()
	keep := filepath.Join(dir, "event.yaml")
	if err := os.WriteFile(keep, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Scaffold(dir, "new"); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("Scaffold into a directory with files: %v", err)
	}
	if b, err := os.ReadFile(keep); err != nil || string(b) != "mine" {
		t.Errorf("the file holds %q, %v", b, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("files were written: %v", entries)
	}
}

func TestANewDefinitionNeedsAnID(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	if err := Scaffold(dir, "Not an id"); err == nil {
		t.Error("it is accepted")
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory was made all the same: %v", err)
	}
	if err := Scaffold(filepath.Join(t.TempDir(), "My Jam"), ""); err == nil {
		t.Error("a directory's name that is no id is accepted as one")
	}
}

func TestANewDefinitionGoesIntoAnEmptyDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := Scaffold(dir, "given"); err != nil {
		t.Fatal(err)
	}
	if e, err := Load(dir); err != nil || e.ID != "given" {
		t.Errorf("Load gave %v, %v", e, err)
	}
}
