package ledger

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// ByAnotherKey tells whether a note could not be opened because the key has not signed it at all, in contrast to one that the
// key signed and that was changed since.
func ByAnotherKey(err error) bool {
	_, another := errors.AsType[*note.UnverifiedNoteError](err)
	return another
}

// OtherKey says that a key which somebody gave has not signed what is named, such as "The archive". Who reads it has mistaken
// the key or has caught a forger, and only they can find out which.
func OtherKey(what string, given note.Verifier) string {
	return fmt.Sprintf("%s is not signed with the key that you gave, %.80s+%08x: either that key is mistyped or another Jam's, or "+
		"somebody else than the Jam signed this.", what, given.Name(), given.KeyHash())
}
