package proof

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/jam"
)

// Export takes a ledger home: a data folder's without a server, else that of the Jam at --url.
type Export struct {
	Dir string `arg:"" optional:"" help:"A data folder, which is read without a server and may be in use; without one the Jam at --url is asked, as an organiser."`
	Out string `help:"The file to write; it must not exist yet. \"-\" is the standard output. (default: <jam>.tar.gz)" placeholder:"FILE"`
}

// exported is what export prints.
type exported struct {
	File      string `json:"file"`
	Jam       string `json:"jam"`
	Blocks    int64  `json:"blocks"`
	Entries   int64  `json:"entries"`
	Certified bool   `json:"certified"`
	Bytes     int64  `json:"bytes"`
	SHA256    string `json:"sha256"`
}

// Run writes the archive whole or leaves no file.
func (e *Export) Run(ctx context.Context, app *cli.App) error {
	jamID, err := e.source()
	if err != nil {
		return err
	}
	write := func(w io.Writer) error { return e.write(ctx, app, w) }
	if e.Out == "-" {
		return write(app.Out)
	}
	if e.Out == "" && jamID == "" {
		view, err := app.Public().Jam(ctx)
		if err != nil {
			return err
		}
		if jamID = view.ID; !jam.ValidID(jamID) {
			return fmt.Errorf("the Jam %.40q cannot name a file; name one with --out", jamID)
		}
	}
	file := e.Out
	if file == "" {
		file = jamID + ".tar.gz"
	}
	told, err := keepWhole(ctx, file, write)
	if err != nil {
		return err
	}
	return app.Print(told, func() error {
		certified := "not certified: its board is that of everything that was sealed"
		if told.Certified {
			certified = "certified"
		}
		app.Printf("wrote %s, %.1f KB: the Jam %s, %d blocks with %d entries, %s\n  sha256 %s\n",
			told.File, float64(told.Bytes)/1024, told.Jam, told.Blocks, told.Entries, certified, told.SHA256)
		app.Notef("Check it with:\n  %s audit %s\n", app.Program, told.File)
		return nil
	})
}

// source finds out what is exported: the Jam of a data folder, or "" for the one at --url.
func (e *Export) source() (jamID string, err error) {
	if e.Dir == "" {
		return "", nil
	}
	info, err := os.Stat(e.Dir)
	switch {
	case e.Dir == "-", errors.Is(err, fs.ErrNotExist), err == nil && !info.IsDir():
		return "", cli.Usage("%s is no data folder; name the file to write with --out %s", e.Dir, e.Dir)
	case err != nil:
		return "", cli.Usage("the data folder %s cannot be read: %v", e.Dir, err)
	}
	held, err := server.Held(e.Dir)
	if err != nil {
		return "", err
	}
	if held.Jam == "" {
		return "", cli.Usage("there is no Jam in %s", e.Dir)
	}
	return held.Jam, nil
}

func (e *Export) write(ctx context.Context, app *cli.App, w io.Writer) error {
	p := begin(app, "export")
	defer p.end()
	if e.Dir != "" {
		_, err := server.Export(ctx, e.Dir, app.Now, w, func(step, of int64) { p.at(step, of, "steps") })
		return err
	}
	from, err := app.Organiser()
	if err != nil {
		return err
	}
	_, err = from.Export(ctx, &meter{to: w, p: p})
	return err
}

// meter tells how much went through.
type meter struct {
	to io.Writer
	n  int64
	p  *progress
}

func (m *meter) Write(b []byte) (int, error) {
	n, err := m.to.Write(b)
	m.n += int64(n)
	m.p.at(m.n>>10, 0, "KB")
	return n, err
}

// keepWhole writes an archive beside its place, reads it back, and moves it there: a file of that name is always whole.
func keepWhole(ctx context.Context, file string, write func(io.Writer) error) (told exported, err error) {
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return told, cli.Usage("%s is there already; name another file with --out", file)
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".export-*") // made with mode 0600
	if err != nil {
		return told, cli.Usage("write the export: %v", err)
	}
	defer func() {
		_ = tmp.Close()
		if err != nil {
			err = errors.Join(err, ignoreMissing(os.Remove(tmp.Name())))
		}
	}()
	if err = errors.Join(write(tmp), tmp.Sync()); err != nil {
		return told, err
	}
	if told, err = describe(ctx, tmp); err != nil {
		return told, fmt.Errorf("what came is not whole: %w", err)
	}
	told.File = file
	return told, os.Rename(tmp.Name(), file)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// describe reads an archive from its beginning to its end, and says what is in it.
func describe(ctx context.Context, f io.ReadSeeker) (told exported, err error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return told, err
	}
	sum := sha256.New()
	counted := io.TeeReader(f, sum)
	r, err := archive.NewReader(counted)
	if err != nil {
		return told, err
	}
	told.Jam, told.Blocks, told.Entries = r.Manifest.Jam, r.Manifest.Blocks, r.Manifest.Entries
	for {
		part, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return told, err
		}
		if _, ok := part.(archive.Certificate); ok {
			told.Certified = true
		}
	}
	told.SHA256 = hex.EncodeToString(sum.Sum(nil))
	told.Bytes, err = f.Seek(0, io.SeekCurrent)
	return told, err
}
