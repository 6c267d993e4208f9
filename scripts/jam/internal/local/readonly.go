package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// readOnly serves a data folder that nobody writes any more: a board survives the cloud that it was made in.
func (u *Up) readOnly(ctx context.Context, app *cli.App) error {
	if u.Event != "" || u.Teams != "" || u.DemoTeams > 0 || u.Start != "" {
		return cli.Usage("--read-only changes nothing: it takes no --event, --teams, --demo-teams and --start")
	}
	// Before anything is written: a log in a folder that was mistyped would be a riddle to whoever finds it.
	held, err := server.Held(app.Globals.Data)
	if err != nil {
		return err
	}
	if held.Jam == "" {
		return cli.Usage("there is no Jam in %s; bring one home with: %s", app.Globals.Data, app.Next("pull --stack photofinish-<jam>"))
	}
	listener, err := net.Listen("tcp", u.Listen)
	if err != nil {
		return explainListen(u.Listen, err)
	}
	defer func() { _ = listener.Close() }()
	log, err := openLog(filepath.Join(app.Globals.Data, "jam.log"))
	if err != nil {
		return fmt.Errorf("the data folder %s cannot be written: %w; copy it to where the log can be kept", app.Globals.Data, err)
	}
	s, err := server.OpenReadOnly(ctx, server.Options{
		Data: app.Globals.Data, Now: app.Now, Log: telemetry.NewLogger(log, slog.LevelInfo),
	})
	if err != nil {
		return errors.Join(err, log.Close())
	}
	address := "http://" + listener.Addr().String()
	entries, blocks := s.Sealed()
	switch {
	case u.Quiet:
		app.Printf("%s\n", address)
	case app.Globals.JSON:
		err = app.PrintJSON(struct {
			URL     string `json:"url"`
			Jam     string `json:"jam"`
			Entries int64  `json:"entries"`
			Blocks  int64  `json:"blocks"`
		}{address, s.Jam.ID, entries, blocks})
	default:
		app.Printf("%s, for reading only: %d sealed entries in %d blocks\n\n  address  %s\n  board    %s --url %s\n\nCtrl-C ends it.\n",
			s.Jam.ID, entries, blocks, address, app.Program+" board", address)
	}
	if err != nil {
		return errors.Join(err, s.Close(), log.Close())
	}
	return serve(ctx, s, listener, log)
}
