package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The files of a result. The document comes last: where it is, the others are.
const (
	BoardFile       = "board.json"  // the certified board's bytes
	CertificateFile = "certificate" // the signed note
	CSVFile         = "result.csv"
	PageFile        = "result.html"
	DocumentFile    = "result.json"
)

// Write writes the result's files into a folder, which is made if it is not there, and gives their paths. Each is whole or
// as it was before; a crash between two of them is made up for by writing again.
func (r *Result) Write(dir string) ([]string, error) {
	document, err := r.JSON()
	if err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	table, err := r.CSV()
	if err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	printed, err := r.Page()
	if err != nil {
		return nil, fmt.Errorf("draw the result: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a public result
		return nil, fmt.Errorf("write the result: %w", err)
	}
	var paths []string
	for _, f := range []struct {
		name string
		body []byte
	}{
		{BoardFile, r.served}, {CertificateFile, []byte(r.Certificate)}, {CSVFile, table}, {PageFile, printed}, {DocumentFile, document},
	} {
		path := filepath.Join(dir, f.name)
		if err := replace(path, f.body); err != nil {
			return paths, fmt.Errorf("write the result: %w", err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// replace puts a whole file in a path's place, for everybody to read.
func replace(path string, body []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".result-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name())
		}
	}()
	_, err = tmp.Write(body)
	if err = errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// Check finds out, before anything is certified, whether a Jam's result can be written into a folder: one that is there
// must not hold another Jam's. What tells Jams apart is the key, since two may have one id.
func Check(dir, jamID, key string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is a file; name a folder", dir)
	}
	b, err := os.ReadFile(filepath.Join(dir, DocumentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var there struct {
		Jam string `json:"jam"`
		Key string `json:"key"`
	}
	if err := json.Unmarshal(b, &there); err != nil || there.Jam != jamID || there.Key != key {
		return fmt.Errorf("%s is not a result of this Jam %q; name another folder", filepath.Join(dir, DocumentFile), jamID)
	}
	return nil
}
