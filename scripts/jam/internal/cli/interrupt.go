package cli

import (
	"context"
	"io"
)

// interruptible is a reader whose Read ends with its context: a question at the terminal can be left with Ctrl-C. What a
// Read that was left receives afterwards is lost, which is right for a process that is about to end.
type interruptible struct {
	ctx  context.Context
	from io.Reader
}

// Read reads from the reader beneath; its error is the context's once that has ended.
func (r *interruptible) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	type received struct {
		bytes []byte
		err   error
	}
	done := make(chan received, 1)
	buffer := make([]byte, len(p)) // its own: a Read that was left must not write into the caller's
	go func() {
		n, err := r.from.Read(buffer)
		done <- received{buffer[:n], err}
	}()
	select {
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	case got := <-done:
		return copy(p, got.bytes), got.err
	}
}
