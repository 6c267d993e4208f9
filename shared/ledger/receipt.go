package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/jam"
)

// Receipt says that an entry stands in the ledger. It is a C2SP signed note with five lines: this format's name, the Jam,
// the team ("-" for the Jam itself), the stamp, and the RFC 6962 leaf hash of the entry's stored bytes in base64. How it is
// signed, see ReceiptSigner.
type Receipt struct {
	Jam, Team string
	Stamp     jam.Stamp
	Leaf      tlog.Hash
}

const receiptFormat = "photofinish receipt 1"

// ReceiptKeyName and CheckpointKeyName are the names under which a Jam's keys sign.
func ReceiptKeyName(jamID string) string { return "photofinish/" + jamID + "/receipts" }

// CheckpointKeyName is also the checkpoints' origin line.
func CheckpointKeyName(jamID string) string { return "photofinish/" + jamID }

// Sign is the signed note.
func (r Receipt) Sign(s note.Signer) (string, error) {
	team := r.Team
	if team == "" {
		team = "-"
	}
	text := strings.Join([]string{receiptFormat, r.Jam, team, r.Stamp.String(), base64.StdEncoding.EncodeToString(r.Leaf[:]), ""}, "\n")
	signed, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		return "", fmt.Errorf("sign the receipt of %s: %w", r.Stamp, err)
	}
	return string(signed), nil
}

// OpenReceipt checks a receipt's signature and reads it.
func OpenReceipt(signed string, v note.Verifier) (Receipt, error) {
	n, err := note.Open([]byte(signed), note.VerifierList(v))
	if err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 6 || lines[0] != receiptFormat {
		return Receipt{}, errors.New("receipt: not a receipt of a known format")
	}
	r := Receipt{Jam: lines[1], Team: lines[2]}
	if r.Team == "-" {
		r.Team = ""
	}
	if r.Stamp, err = jam.ParseStamp(lines[3]); err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	leaf, err := base64.StdEncoding.DecodeString(lines[4])
	if err != nil || len(leaf) != sha256.Size {
		return Receipt{}, errors.New("receipt: the leaf hash is not 32 bytes of base64")
	}
	copy(r.Leaf[:], leaf)
	return r, nil
}
