package jam

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// scaffold is a definition to begin with: valid as it stands, with a comment at every field that a beginner meets.
//
//go:embed scaffold
var scaffold embed.FS

// ErrNotEmpty is returned by Scaffold for a directory that holds something already.
var ErrNotEmpty = errors.New("the directory is not empty")

// Scaffold writes a definition to begin with into dir, which must be absent or empty: event.yaml, one challenge with an
// answer and one that an organiser judges. What it writes passes Load. The Jam's id is id, or made from the directory's
// name when id is "". After an error, dir may hold some of the files.
func Scaffold(dir, id string) error {
	if id == "" {
		full, err := filepath.Abs(dir)
		if err != nil {
			return fmt.Errorf("write a definition: %w", err)
		}
		id = strings.ToLower(filepath.Base(full))
	}
	if !ValidID(id) {
		return fmt.Errorf("write a definition: %.60q cannot be a Jam's id: want %s", id, wantID)
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write a definition: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("write a definition into %s: %w", dir, ErrNotEmpty)
	}
	return fs.WalkDir(scaffold, "scaffold", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(dir, strings.TrimPrefix(path, "scaffold"))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		b, err := scaffold.ReadFile(path)
		if err != nil {
			return err
		}
		text := strings.ReplaceAll(string(b), "JAM-ID", id)
		f, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return fmt.Errorf("write a definition: %w", err)
		}
		_, err = f.WriteString(text)
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("write a definition: %w", err)
		}
		return nil
	})
}
