package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
)

func (c *crowd) readBoard() {
	read := boardRead{sent: time.Now()}
	reply, err := c.web.Get(c.url + "/v1/board")
	if err != nil {
		c.t.Error(err)
		return
	}
	defer func() { _ = reply.Body.Close() }()
	if err := json.NewDecoder(reply.Body).Decode(&read.board); err != nil || reply.StatusCode != http.StatusOK {
		c.t.Errorf("the board: status %d, %v", reply.StatusCode, err)
		return
	}
	read.got = time.Now()
	c.boards = append(c.boards, read)
}

// behind is how old a board may be: it is made anew every few milliseconds, or as often as making it allows.
const behind = 2 * time.Second

// boardsAreTrue holds every board that was read against what had been acknowledged a moment before it was asked for, and
// what had been asked for when it came. Which of what lies between it shows is not promised. What was carried out by a
// request whose outcome was unknown is shown once it is sealed, as it is when the last board is read.
func (c *crowd) boardsAreTrue(t *testing.T) {
	firsts, last := c.firsts(), jam.Stamp{}
	for n, read := range c.boards {
		if read.board.Through.Before(last) {
			t.Errorf("a board through %s came after one through %s", read.board.Through, last)
		}
		last = read.board.Through
		for team := range c.teams {
			must, may := map[jam.TaskRef]bool{}, map[jam.TaskRef]bool{}
			mustCost, mayCost := 0, 0
			for stamp, h := range firsts[team] {
				ref := jam.Ref(fmt.Sprintf("c%d", h.asked.challenge), fmt.Sprintf("t%d", h.asked.item))
				asked, answered := !h.sent.After(read.got), h.got.Before(read.sent.Add(-behind))
				if h.said.replayed && n < len(c.boards)-1 {
					answered = false // nobody was told in time that it had been carried out
				}
				cost := 0
				switch {
				case h.asked.deed == takesClue:
					cost = crowdCost
				case h.said.verdict == jam.Passed:
					may[ref], must[ref] = may[ref] || asked, must[ref] || answered
				default:
					cost = crowdPenalty
				}
				if asked {
					mayCost += cost
				}
				if answered {
					mustCost += cost
					if read.board.Through.Before(stamp) {
						t.Fatalf("board %d goes through %s; %s had been acknowledged", n, read.board.Through, stamp)
					}
				}
			}
			shown, passed := row(read.board, crowdTeam(team)), 0
			for ref := range shown.Tasks {
				if shown.Tasks[ref].State == board.StatePassed {
					passed++
					if !may[ref] {
						t.Errorf("board %d: team %d has solved %s, and nobody had answered it", n, team, ref)
					}
				}
			}
			for ref, answered := range must {
				if answered && shown.Tasks[ref].State != board.StatePassed {
					t.Errorf("board %d: team %d had been told that it has solved %s", n, team, ref)
				}
			}
			cost := crowdPoints*passed - shown.Score
			if shown.Solved != passed || cost < mustCost || cost > mayCost {
				t.Errorf("board %d: team %d has %d solved, %d points, %d tasks passed; cost between %d and %d",
					n, team, shown.Solved, shown.Score, passed, mustCost, mayCost)
			}
		}
	}
	t.Logf("%d boards", len(c.boards))
}

// firsts is, by team, every command that was carried out: when it was first asked for, and when that was first answered. It
// is replayed if nobody got the first reply.
func (c *crowd) firsts() []map[jam.Stamp]happened {
	firsts := make([]map[jam.Stamp]happened, c.teams)
	for team := range firsts {
		firsts[team] = make(map[jam.Stamp]happened)
	}
	for _, h := range c.played {
		if !h.accepted() {
			continue
		}
		if other, ok := firsts[h.asked.team][h.said.stamp]; ok {
			if other.sent.Before(h.sent) {
				h.sent = other.sent
			}
			if other.got.Before(h.got) {
				h.got = other.got
			}
			h.said.replayed = h.said.replayed && other.said.replayed
		}
		firsts[h.asked.team][h.said.stamp] = h
	}
	return firsts
}
