package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
)

func TestEveryBoardThatIsReadWhileTeamsSubmitIsTrue(t *testing.T) {
	const teams, tasks, points = 8, 30, 10
	event := definition()
	event.Freeze = 0
	check := event.Challenges[0].Tasks[1].Check
	event.Challenges[0].Tasks = nil
	for n := range tasks {
		event.Challenges[0].Tasks = append(event.Challenges[0].Tasks, jam.Task{ID: fmt.Sprintf("t%02d", n), Points: points, Check: check})
	}
	list := make([]api.NewTeam, teams)
	for n := range list {
		list[n].Name = fmt.Sprintf("Team %d", n)
	}
	r := newRigOf(t, event, list...)
	var begun, told atomic.Int64 // right answers that were sent, and that were acknowledged
	var writers, others sync.WaitGroup
	done := make(chan struct{})
	for n := range teams {
		writers.Go(func() {
			for task := range tasks {
				for _, answer := range []string{"no", "yes"} {
					r.pass(100 * time.Millisecond)
					if answer == "yes" {
						begun.Add(1)
					}
					w := r.call(fmt.Sprintf("team-%d", n), http.MethodPost, "/v1/submissions",
						api.SubmissionRequest{Challenge: "c", Task: fmt.Sprintf("t%02d", task), Answer: answer})
					if w.Code != http.StatusCreated {
						t.Errorf("team %d: %d %s", n, w.Code, w.Body)
						return
					}
					if answer == "yes" {
						told.Add(1)
					}
				}
			}
		})
	}
	for range 4 {
		others.Go(func() {
			var last jam.Stamp
			for stop := false; !stop; {
				select {
				case <-done:
					stop = true
				default:
				}
				w := r.call("", http.MethodGet, "/v1/board", nil)
				most := begun.Load()
				var b board.Board
				if err := json.Unmarshal(w.Body.Bytes(), &b); err != nil {
					t.Error(err)
					return
				}
				if b.Through.Before(last) {
					t.Errorf("a board through %s after one through %s", b.Through, last)
				}
				last = b.Through
				checkSums(t, b, points, most)
			}
		})
	}
	others.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if err := r.server.Seal(t.Context()); err != nil {
				t.Error(err)
				return
			}
			for _, path := range []string{"/v1/board/graph", "/v1/board/first-solves", "/v1/ledger/feed"} {
				if w := r.call("", http.MethodGet, path, nil); w.Code != http.StatusOK {
					t.Errorf("%s: %d %s", path, w.Code, w.Body)
				}
			}
		}
	})
	writers.Wait()
	close(done)
	others.Wait()
	r.pass(time.Minute)
	r.seal()
	sum := 0
	for _, row := range r.board().Rows {
		sum += row.Score
	}
	if want := teams * tasks * points; sum != want || told.Load() != teams*tasks {
		t.Errorf("the board has %d points in the end, want %d; %d right answers were acknowledged", sum, want, told.Load())
	}
	r.audit()
}

// checkSums holds that rows add up and that there is nothing on the board that nobody has sent.
func checkSums(t *testing.T, b board.Board, points int, most int64) {
	t.Helper()
	solved := 0
	for i, row := range b.Rows {
		passed, firsts := 0, 0
		for _, task := range row.Tasks {
			if task.State == board.StatePassed {
				passed++
			}
			if task.First {
				firsts++
			}
		}
		if row.Solved != passed || row.Score != points*passed || firsts > passed {
			t.Errorf("row %d does not add up: %+v", i, row)
		}
		if i > 0 && row.Score > b.Rows[i-1].Score {
			t.Errorf("row %d stands below one with less", i)
		}
		solved += passed
	}
	if int64(solved) > most {
		t.Errorf("the board shows %d right answers when %d had been sent", solved, most)
	}
}
