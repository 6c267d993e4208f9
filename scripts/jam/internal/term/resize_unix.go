//go:build unix

package term

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Resized tells when the terminal behind w has another size, until ctx ends; never where w is no terminal.
func Resized(ctx context.Context, w io.Writer) <-chan os.Signal {
	c := make(chan os.Signal, 1)
	if !IsTerminal(w) {
		return c
	}
	signal.Notify(c, syscall.SIGWINCH)
	context.AfterFunc(ctx, func() { signal.Stop(c) })
	return c
}
