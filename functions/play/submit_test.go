package play_test

import (
	"io"
	"log/slog"
	"testing"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/telemetry"
)

func slogTo(w io.Writer) *slog.Logger { return telemetry.NewLogger(w, slog.LevelInfo) }

func TestARightAnswerIsPassedScoredAndReceipted(t *testing.T) {
	f := newFixture(t)
	reply := read[api.SubmissionReply](t, f.submit("t1", "whales", "largest", " blue whale "), 201)
	if s := reply.Submission; s.Verdict != jam.Passed || s.Points != 100 || s.Provisional {
		t.Errorf("submission %+v", s)
	}
	if reply.Team.Score != 100 || reply.Team.Solved != 1 {
		t.Errorf("team %+v", reply.Team)
	}
	if reply.Receipt == "" {
		t.Error("no receipt")
	}
}
