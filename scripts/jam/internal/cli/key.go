package cli

import (
	"io"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// maxKeyFile is the largest file that is read for a key, in bytes.
const maxKeyFile = 64 << 10

// VerifierKey reads what --key was given: a verifier key itself, or a file that holds one, "-" for the standard input. It does
// not look into the key. Nothing given is no key.
func (a *App) VerifierKey(given string) (string, error) {
	from := a.In
	if given != "-" {
		info, err := os.Stat(given)
		switch {
		case given == "", err != nil && strings.Contains(given, "+"):
			return given, nil
		case err != nil:
			return "", Usage("--key %.80q is neither a verifier key, such as photofinish/<jam>+…, as GET /v1/jam tells it, nor a file that can be read", given)
		case info.IsDir():
			return "", Usage("--key %s is a folder; name a file that holds a verifier key", given)
		}
		f, err := os.Open(given)
		if err != nil {
			return "", BadInput("read the key: ", err)
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	b, err := io.ReadAll(io.LimitReader(from, maxKeyFile))
	if err != nil {
		return "", BadInput("read the key: ", err)
	}
	text := strings.TrimSpace(string(b))
	if !strings.Contains(text, "+") || strings.ContainsAny(text, "\n ") {
		return "", Usage("%s holds no verifier key; want one line, such as photofinish/<jam>+…", given)
	}
	return text, nil
}

// CheckpointKey is VerifierKey for a key of checkpoints, which must be one.
func (a *App) CheckpointKey(given string) (string, error) {
	text, err := a.VerifierKey(given)
	if err != nil || text == "" {
		return "", err
	}
	if _, err := note.NewVerifier(text); err != nil {
		return "", Usage("--key %.80q is no verifier key, or it is mistyped; want photofinish/<jam>+…, as GET /v1/jam tells it", text)
	}
	return text, nil
}
