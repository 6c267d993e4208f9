// Package build makes the functions' binaries that a deployment uploads.
//
// It guarantees that the same sources, built by the same Go, give the same bytes in any folder and on any machine (paths and
// version-control state are left out), so that a deployment which changes nothing uploads nothing.
package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// Functions builds the Lambda binary of each function of a project, for an architecture as Go calls it (arm64, amd64), and
// returns the folder of each: dist/<architecture>/<function>, which holds one file, bootstrap.
func Functions(ctx context.Context, project, architecture string, functions ...string) (map[string]string, error) {
	folders := make(map[string]string, len(functions))
	for _, f := range functions {
		source := filepath.Join(project, "functions", f, "lambda")
		if _, err := os.Stat(source); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s is not there; run this from the project's folder", source)
		}
		folder := filepath.Join(project, "dist", architecture, f)
		if err := one(ctx, project, architecture, f, folder); err != nil {
			return nil, err
		}
		folders[f] = folder
	}
	return folders, nil
}

func one(ctx context.Context, project, architecture, function, folder string) error {
	binary, err := filepath.Abs(filepath.Join(folder, "bootstrap"))
	if err != nil {
		return err
	}
	// The build id stays in: by it, Go sees that a binary is up to date and does not link it again. It follows from the
	// sources alone. lambda.norpc leaves out the protocol of a runtime that AWS has retired.
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-tags=lambda.norpc", "-ldflags=-s -w",
		"-o="+binary, "./functions/"+function+"/lambda")
	c.Dir = project
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+architecture)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		return fmt.Errorf("build the function %s for %s: %w\n%s", function, architecture, err, &out)
	}
	return nil
}
