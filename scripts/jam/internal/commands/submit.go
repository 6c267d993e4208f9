package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

// Submit hands in an answer or a note, or asks for a check.
type Submit struct {
	Task     string `arg:"" name:"challenge/task" help:"What is done, such as find-the-log/line."`
	Answer   string `arg:"" optional:"" help:"The answer; \"-\" reads it from the standard input, so that it stays out of the shell's history."`
	Note     string `help:"For a task that a person judges: what you hand in." xor:"note" placeholder:"TEXT"`
	NoteFile string `help:"The same, from a file; \"-\" is the standard input." xor:"note" placeholder:"FILE"`
	Key      string `help:"Idempotency key: repeats an earlier submission whose outcome is unknown." placeholder:"KEY"`
	Wait     bool   `help:"Wait for the verdict of what is looked at or judged." short:"w"`
	Receipts string `help:"Where receipts are kept (default: <data>/receipts/<team>.jsonl)." placeholder:"FILE"`
}

// maxInput is the largest answer or note that is read, in bytes; the API takes no larger body.
const maxInput = 64 << 10

// Run submits under one idempotency key, whatever happens on the way, keeps the receipt, and waits if that was asked for.
func (s *Submit) Run(ctx context.Context, app *cli.App) error {
	request, err := s.request(app)
	if err != nil {
		return err
	}
	to, err := app.Team()
	if err != nil {
		return err
	}
	key := s.Key
	if key == "" {
		key = client.NewKey()
	}
	reply, err := to.Submit(ctx, request, key, func(a client.Attempt) {
		app.Notef("%v; trying again in %s with the same key (attempt %d)\n", a.Err, a.Wait, a.Number+1)
	})
	if err != nil {
		return err
	}
	if err := s.keep(app, reply); err != nil {
		app.Notef("jam: the submission is recorded, but its receipt could not be kept: %v\n", err)
	}
	zone := zoneOf(ctx, to)
	waits := s.Wait && !reply.Submission.Verdict.Ends()
	if app.Globals.JSON {
		if !waits {
			err = app.PrintJSON(reply.SubmissionReply)
		}
	} else {
		s.tell(app, reply, zone, to.Now())
	}
	view := reply.Submission
	if waits && err == nil {
		view, err = s.wait(ctx, app, to, view, zone)
	}
	if err != nil {
		return err
	}
	if view.Verdict == jam.Failed || view.Verdict == jam.Doomed {
		return &cli.VerdictError{Verdict: view.Verdict}
	}
	return nil
}

// request reads what is handed in from wherever it is.
func (s *Submit) request(app *cli.App) (r api.SubmissionRequest, err error) {
	ref, err := jam.ParseTaskRef(s.Task)
	if err != nil {
		return r, cli.Usage("%v", err)
	}
	r.Challenge, r.Task = ref.Split()
	r.Answer, r.Note = s.Answer, s.Note
	if s.Answer == "-" && s.NoteFile == "-" {
		return r, cli.Usage("only one of the answer and the note can come from the standard input")
	}
	if s.Answer == "-" {
		r.Answer, err = read(app.In)
		r.Answer = strings.TrimSpace(r.Answer)
		if err == nil && r.Answer == "" {
			return r, cli.Usage("the standard input holds no answer")
		}
	}
	if err == nil && s.NoteFile != "" {
		r.Note, err = open(app, s.NoteFile)
	}
	if err != nil {
		return r, cli.BadInput("read what to hand in: ", err)
	}
	return r, nil
}

// open reads a file; "-" is the standard input.
func open(app *cli.App, path string) (string, error) {
	if path == "-" {
		return read(app.In)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return read(f)
}

func read(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err == nil && len(b) > maxInput {
		err = fmt.Errorf("it is larger than %d KB", maxInput>>10)
	}
	return string(b), err
}

// keep appends the receipt, with the id that it is for, to the team's file of receipts: what proves the submission later.
func (s *Submit) keep(app *cli.App, reply client.Submitted) error {
	path := s.Receipts
	if path == "" {
		if !jam.ValidID(reply.Team.ID) {
			return fmt.Errorf("the team %.40q cannot name a file", reply.Team.ID)
		}
		path = filepath.Join(app.Globals.Data, "receipts", reply.Team.ID+".jsonl")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
	}
	line, err := json.Marshal(map[string]string{
		"submission": reply.Submission.ID.String(), "task": string(jam.Ref(reply.Submission.Challenge, reply.Submission.Task)),
		"receipt": reply.Receipt,
	})
	if err != nil {
		return err
	}
	if kept, err := os.ReadFile(path); err == nil && bytes.Contains(kept, line) {
		return nil // a repeat
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// tell says what became of it.
func (s *Submit) tell(app *cli.App, reply client.Submitted, zone *time.Location, now time.Time) {
	v, p := reply.Submission, app.Paint()
	app.Printf("%s  %s/%s%s\n", verdict(p, v.Verdict), v.Challenge, v.Task, earned(v))
	if v.Message != "" {
		app.Printf("  %s\n", term.Clean(v.Message))
	}
	t := &term.Table{Indent: 2}
	row := func(name, value string) {
		t.Row(term.Cell{Text: name, Style: term.Dim}, term.Cell{Text: value, Flex: true})
	}
	received := show.At(v.ReceivedAt.Time, zone, now)
	if v.StampedBy != "" {
		received += " (the " + v.StampedBy + "'s time: the request was slow to arrive)"
	}
	row("received", received)
	row("submission", v.ID.String())
	if v.AttemptsLeft != nil && v.Verdict != jam.Passed {
		row("attempts left", fmt.Sprint(*v.AttemptsLeft))
	}
	row("your team", fmt.Sprintf("%s, %s solved", count(reply.Team.Score, "point"), fmt.Sprint(reply.Team.Solved)))
	table(app, t)
	if reply.Replayed {
		app.Notef("This is the reply to the first request with this key; nothing was submitted twice.\n")
	}
	if v.Verdict == jam.Pending && !s.Wait {
		by := "It is being looked at."
		if s.Note != "" || s.NoteFile != "" {
			by = "A person judges it."
		}
		app.Notef("%s What becomes of it:\n  %s\n", by, app.Next("submissions %s --wait", v.ID))
	}
}

// earned is what a pass brought.
func earned(v api.SubmissionView) string {
	if v.Verdict != jam.Passed {
		return ""
	}
	text := fmt.Sprintf("  +%s", count(v.Points, "point"))
	if v.Provisional {
		text += " (provisional: it depends on other teams)"
	}
	return text
}

// verdict is a verdict in its colour.
func verdict(p term.Paint, v jam.Verdict) string {
	return p.In(verdictStyle(v), strings.ToUpper(string(v)))
}

func verdictStyle(v jam.Verdict) term.Style {
	switch v {
	case jam.Passed:
		return term.Good
	case jam.Failed, jam.Doomed:
		return term.Bad
	case jam.Error:
		return term.Magenta
	}
	return term.Yellow
}

// points is what a submission is worth; nothing where it did not pass.
func points(v api.SubmissionView) string {
	if v.Verdict != jam.Passed {
		return ""
	}
	return strconv.Itoa(v.Points)
}
