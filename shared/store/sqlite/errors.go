package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"zombiezen.com/go/sqlite"
)

// What can be wrong with a file. Each says what to do; the errors that wrap them name the file.
var (
	ErrVersion = errors.New("the file has another data format: " +
		"run the version of Photofinish that wrote it, or start with a new file")
	ErrNotOurs = errors.New("the file was not made by Photofinish: choose another path, or move the file away")
	ErrLocked  = errors.New("another process has the file open: " +
		"stop that process first, or choose another data folder")
	ErrReadOnly = errors.New("the file cannot be written to: " +
		"allow writing to it and to its folder, or open it read-only")
	ErrFull = errors.New("the disk is full: make space; the store goes on by itself")
	// ErrCorrupt is found when a damaged part is read, not by looking for it.
	ErrCorrupt = errors.New("the file is damaged: keep a copy, and go on from a backup or from an export")
	ErrMissing = errors.New("there is no such file or folder: check the path, or create the folder")
	// ErrBroken follows a failure of the disk after which nobody can say what was written.
	ErrBroken = errors.New("the disk failed during a commit: check the disk, then start again, which finds the truth")
	ErrClosed = errors.New("the store is closed")
)

// explain adds to an error of SQLite or the operating system what it means for the person who runs the machine.
func explain(err error) error {
	kind := kindOf(err)
	if kind == nil || errors.Is(err, kind) {
		return err
	}
	return fmt.Errorf("%w (%w)", kind, err)
}

func kindOf(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return ErrFull
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return ErrReadOnly
	case errors.Is(err, fs.ErrNotExist):
		return ErrMissing
	}
	code := sqlite.ErrCode(err)
	switch code {
	case sqlite.ResultIOErrSHMSize:
		return ErrFull // the index of the log is a file too, and growing it fails like this when there is no space
	case sqlite.ResultNotADB:
		return ErrNotOurs
	}
	switch code.ToPrimary() {
	case sqlite.ResultFull:
		return ErrFull
	case sqlite.ResultReadOnly, sqlite.ResultPerm, sqlite.ResultCantOpen:
		return ErrReadOnly
	case sqlite.ResultBusy, sqlite.ResultLocked:
		return ErrLocked
	case sqlite.ResultCorrupt:
		return ErrCorrupt
	}
	return nil
}
