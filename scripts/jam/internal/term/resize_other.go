//go:build !unix

package term

import (
	"context"
	"io"
	"os"
)

// Resized never tells: there is no such signal here, and whoever draws asks for the size again anyway.
func Resized(context.Context, io.Writer) <-chan os.Signal { return nil }
