// Package tokens keeps tokens.csv: the tokens of a Jam's organisers and teams, for whoever hands them out.
//
// It guarantees that the file is readable by its owner alone (mode 0600) and is replaced whole or not at all. The server
// never reads it: it knows tokens by their hashes only.
package tokens

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Role is what a token is for.
type Role string

// The roles.
const (
	Organizer Role = "organizer"
	Team      Role = "team"
)

// Token is one line of the file.
type Token struct {
	Role  Role   `json:"role"`
	ID    string `json:"id"` // the team's id, or the organiser's name
	Name  string `json:"name"`
	Token string `json:"token"`
}

var header = []string{"role", "id", "name", "token"}

// Read reads a file that Write wrote. The error of a file that does not exist is fs.ErrNotExist.
func Read(path string) ([]Token, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = len(header)
	lines, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read tokens from %s: %w", path, err)
	}
	var list []Token
	for i, l := range lines {
		if i == 0 && l[0] == header[0] {
			continue
		}
		list = append(list, Token{Role: Role(l[0]), ID: l[1], Name: l[2], Token: l[3]})
	}
	return list, nil
}

// Write replaces the file, with mode 0600. After an error the file is as it was.
func Write(path string, list []Token) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tokens-*")
	if err != nil {
		return fmt.Errorf("write tokens: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	w := csv.NewWriter(f)
	err = w.Write(header)
	for _, t := range list {
		err = errors.Join(err, w.Write([]string{string(t.Role), t.ID, t.Name, t.Token}))
	}
	w.Flush()
	if err = errors.Join(err, w.Error(), f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write tokens: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write tokens: %w", err)
	}
	return nil
}

// Merge is list with newer tokens in the place of those of the same role and id, the new ones at the end.
func Merge(list, newer []Token) []Token {
	merged := append([]Token(nil), list...)
next:
	for _, n := range newer {
		for i := range merged {
			if merged[i].Role == n.Role && merged[i].ID == n.ID {
				merged[i] = n
				continue next
			}
		}
		merged = append(merged, n)
	}
	return merged
}

// Teams is the teams' tokens among list.
func Teams(list []Token) []Token {
	var teams []Token
	for _, t := range list {
		if t.Role == Team {
			teams = append(teams, t)
		}
	}
	return teams
}
