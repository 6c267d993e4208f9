package local

import (
	"bufio"
	"errors"
	"os"
	"sync"
)

// logFile is the data folder's log. It is written in batches: the ledger, not the log, is the record of what happened, so
// a crash may cost the log its last second.
type logFile struct {
	mu   sync.Mutex
	file *os.File
	out  *bufio.Writer
}

func openLog(path string) (*logFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &logFile{file: f, out: bufio.NewWriterSize(f, 64<<10)}, nil
}

// Write implements io.Writer.
func (l *logFile) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(b)
}

// Flush writes what has gathered.
func (l *logFile) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Flush()
}

// Close flushes and closes the file.
func (l *logFile) Close() error { return errors.Join(l.Flush(), l.file.Close()) }
