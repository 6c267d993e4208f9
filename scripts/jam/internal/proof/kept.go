package proof

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/shared/audit"
)

// maxKept is the largest file of receipts or checkpoints that is read, in bytes; maxLine the longest line of it.
const (
	maxKept = 256 << 20
	maxLine = 1 << 20
)

// receiptMark begins a receipt that is kept as it is.
const receiptMark = "photofinish receipt 1\n"

// receipts reads files of receipts: a JSON object with a "receipt" on each line, as submit keeps them, or one receipt as it
// is. A folder stands for its *.jsonl files, "-" for the standard input.
func receipts(app *cli.App, paths []string) (all []audit.Kept, err error) {
	for _, path := range paths {
		files, err := within(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			b, err := slurp(app, file)
			if err != nil {
				return nil, cli.BadInput("read the receipts: ", err)
			}
			found, err := receiptsIn(file, b)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

// within is the files that a path stands for.
func within(path string) ([]string, error) {
	info, err := os.Stat(path)
	switch {
	case path == "-":
		return []string{path}, nil
	case err != nil:
		return nil, cli.Usage("read the receipts: %v", err)
	case !info.IsDir():
		return []string{path}, nil
	}
	files, err := filepath.Glob(filepath.Join(strings.NewReplacer(`\`, `\\`, `[`, `\[`, `*`, `\*`, `?`, `\?`).Replace(path), "*.jsonl"))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("there is no *.jsonl in %s", path)
	}
	if err != nil {
		return nil, cli.Usage("read the receipts: %v", err)
	}
	return files, nil
}

func slurp(app *cli.App, path string) ([]byte, error) {
	from := app.In
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	b, err := io.ReadAll(io.LimitReader(from, maxKept+1))
	if err == nil && len(b) > maxKept {
		err = fmt.Errorf("%s is larger than %d MB", path, maxKept>>20)
	}
	return b, err
}

// receiptsIn finds the receipts of one file. One that holds none, or a line that is none, is an error: to pass over it would
// let somebody believe that it was checked.
func receiptsIn(file string, b []byte) (all []audit.Kept, err error) {
	name := file
	if file == "-" {
		name = "the standard input"
	}
	if bytes.HasPrefix(b, []byte(receiptMark)) {
		return []audit.Kept{{Where: name, Signed: string(b)}}, nil
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		var kept struct {
			Receipt string `json:"receipt"`
		}
		if err := json.Unmarshal(line, &kept); err != nil || kept.Receipt == "" {
			return nil, cli.Usage("%s, line %d is no receipt; want {\"receipt\":\"…\"} on each line, as submit keeps them, or one receipt as it is", name, n)
		}
		all = append(all, audit.Kept{Where: fmt.Sprintf("%s, line %d", name, n), Signed: kept.Receipt})
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, cli.Usage("%s has a line that is longer than %d KB", name, maxLine>>10)
	} else if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, cli.Usage("%s holds no receipt", name)
	}
	return all, nil
}

// checkpoints reads files that each hold one checkpoint, or what GET /v1/ledger/checkpoint answers.
func checkpoints(app *cli.App, paths []string) (all []audit.Kept, err error) {
	for _, path := range paths {
		b, err := slurp(app, path)
		if err != nil {
			return nil, cli.BadInput("read the checkpoint: ", err)
		}
		signed := string(b)
		var answered struct {
			Checkpoint string `json:"checkpoint"`
		}
		if json.Unmarshal(b, &answered) == nil && answered.Checkpoint != "" {
			signed = answered.Checkpoint
		}
		if !strings.HasPrefix(signed, "photofinish/") {
			return nil, cli.Usage("%s holds no checkpoint; want the text of one, which begins with photofinish/, or what GET /v1/ledger/checkpoint answers", path)
		}
		all = append(all, audit.Kept{Where: path, Signed: signed})
	}
	return all, nil
}
