package finish

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
)

// open reads a Jam without a server: a data folder, which a server may have in use, or an archive. leave gives back what it
// holds.
func open(ctx context.Context, app *cli.App, path string) (from Source, leave func() error, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, cli.Usage("there is nothing at %s; --from wants a data folder, or what `export` wrote", path)
	case err != nil:
		return nil, nil, cli.BadInput("--from: ", err)
	case !info.IsDir():
		a, err := readArchive(path, app.Globals.Lang)
		if err != nil {
			return nil, nil, cli.BadInput("--from "+path+": ", err)
		}
		return a, func() error { return nil }, nil
	}
	held, err := server.Held(path)
	if err != nil {
		return nil, nil, cli.BadInput("--from: ", err)
	}
	if held.Jam == "" {
		return nil, nil, cli.Usage("there is no Jam in %s; --from wants a data folder, or what `export` wrote", path)
	}
	s, err := server.OpenReadOnly(ctx, server.Options{Data: path, Now: app.Now, Beside: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, nil, err
	}
	return served{clientOf(app, s.Handler())}, s.Close, nil
}

// clientOf is a client of a handler in this process.
func clientOf(app *cli.App, h http.Handler) *client.Client {
	return client.New(client.Config{
		URL: "http://jam.invalid", Language: app.Globals.Lang, Timeout: app.Globals.Timeout, Now: app.Now, Sleep: app.Sleep,
		HTTP: &http.Client{Transport: within{h}},
	})
}

// within carries requests to a handler in this process.
type within struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (w within) RoundTrip(r *http.Request) (*http.Response, error) {
	served := r.Clone(r.Context())
	served.RequestURI = r.URL.RequestURI()
	if served.Body == nil {
		served.Body = http.NoBody
	}
	a := &answer{header: http.Header{}, status: http.StatusOK}
	w.handler.ServeHTTP(a, served)
	return &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Proto: r.Proto, ProtoMajor: r.ProtoMajor, ProtoMinor: r.ProtoMinor,
		Header: a.header, Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()), Request: r,
	}, r.Context().Err()
}

// answer is what a handler answers.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) { a.status = status }

func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }
