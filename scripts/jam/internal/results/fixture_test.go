package results_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/scripts/jam/internal/results"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

var (
	start  = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC) // 10:00 in Seoul
	closed = start.Add(8 * time.Hour)
)

// seed makes the tests' keys: the golden files hold a signature.
var seed = sha256.Sum256([]byte("a certified result"))

// keys are a Jam's of their own for each name.
func keys(t *testing.T, of string) (note.Signer, string) {
	t.Helper()
	private, public, err := note.GenerateKey(rand.NewChaCha8(sha256.Sum256(append(seed[:], of...))), ledger.CheckpointKeyName("golden"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer, public
}

func definition() *jam.Event {
	text := jam.Text{"en": "x"}
	task := func(id string, points int) jam.Task {
		return jam.Task{ID: id, Points: points, Check: jam.Check{Kind: jam.KindManual}}
	}
	return &jam.Event{
		ID: "golden", Name: text, Timezone: "Asia/Seoul", StartsAt: jam.At(start), Duration: jam.Duration(7 * time.Hour), Languages: []string{"en"},
		Topics: []string{"a"}, Challenges: []jam.Challenge{
			{ID: "zebra", Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text, Tasks: []jam.Task{task("b", 100), task("a", 50)}},
			{ID: "ant", Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text, Tasks: []jam.Task{task("c", 70)}},
		},
	}
}

// hostile are names that teams might choose: each is a formula to a spreadsheet, or a piece of a page to a browser.
var hostile = []string{
	`=HYPERLINK("https://example.com/?"&A1,"winner")`, `<script>alert(1)</script>`, `+1+1`, `-2`, `@SUM(A1)`, "\ttab", "\rreturn", "\nline",
	"＝wide", `"quoted", with a comma`, `파란 고래`, `</td><img src=x onerror=alert(1)>`, `O'Neill & Söhne`,
}

// standing is a board with the hostile names. The first has passed everything.
func standing() board.Board {
	b := board.Board{Jam: "golden", Through: jam.StampAt(closed), SealedThrough: jam.StampAt(closed), FinalThrough: jam.StampAt(closed)}
	at := func(minutes int) jam.Stamp {
		return jam.StampAt(start.Add(time.Duration(minutes)*time.Minute + 123*time.Millisecond))
	}
	passed := func(points, minutes int, first bool) board.Task {
		return board.Task{State: board.StatePassed, Points: points, At: jam.At(at(minutes).Time()), First: first}
	}
	for i, name := range hostile {
		row := board.Row{Rank: i + 1, Team: board.Team{ID: "t" + string(rune('a'+i)), Name: name}, Final: true, Tasks: map[jam.TaskRef]board.Task{}}
		switch i {
		case 0:
			row.Score, row.Solved, row.LastScored = 240, 3, at(90)
			row.Tasks = map[jam.TaskRef]board.Task{"zebra/b": passed(120, 10, true), "ant/c": passed(70, 50, false), "zebra/a": passed(50, 90, true)}
		case 1:
			row.Score, row.Solved, row.LastScored = 170, 2, at(40)
			row.Tasks = map[jam.TaskRef]board.Task{
				"zebra/b": passed(100, 30, false), "ant/c": passed(70, 40, true),
				"zebra/a": {State: board.StateTried, At: jam.At(at(45).Time())},
			}
		case len(hostile) - 1:
			row.Rank = 0
		default:
			row.Rank = 3
		}
		if row.Solved > 0 {
			row.LastScoredAt = jam.At(row.LastScored.Time())
		}
		b.Rows = append(b.Rows, row)
	}
	return b
}

// firsts are the first solves of a board, in the definition's order.
func firsts(b board.Board) []board.FirstSolve {
	var list []board.FirstSolve
	for c, t := range definition().Tasks() {
		for _, row := range b.Rows {
			if task := row.Tasks[jam.Ref(c.ID, t.ID)]; task.First {
				list = append(list, board.FirstSolve{Challenge: c.ID, Task: t.ID, Team: row.Team, At: task.At, Stamp: jam.StampAt(task.At.Time), Final: true})
			}
		}
	}
	return list
}

// claims are what a server says of a board that was certified.
func claims(t *testing.T, b board.Board) results.Claims {
	t.Helper()
	served, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	signer, public := keys(t, "checkpoints")
	public256 := sha256.Sum256(definition().Encode())
	c := results.Claims{
		Jam: api.JamView{
			ID: "golden", Name: "Golden <Jam> & Co", Timezone: "Asia/Seoul", CheckpointKey: public, Definition: hex.EncodeToString(public256[:]),
		},
		ClosedAt: jam.At(closed.Add(-time.Minute)), Board: served, Definition: definition().Encode(), FirstSolves: firsts(b),
	}
	c.Certificate = certificate(t, signer, served)
	return c
}

// checkpoint is the one of the block that the tests' result is of.
func checkpoint() ledger.Checkpoint {
	return ledger.Checkpoint{
		Origin: ledger.CheckpointKeyName("golden"), Tree: tlog.Tree{N: 1234, Hash: tlog.RecordHash([]byte("root"))}, Block: 56, Through: jam.StampAt(closed),
	}
}

// certificate signs a board.
func certificate(t *testing.T, signer note.Signer, served []byte) api.CertificateView {
	t.Helper()
	return signed(t, signer, checkpoint().Certifying(served))
}

func signed(t *testing.T, signer note.Signer, c ledger.Checkpoint) api.CertificateView {
	t.Helper()
	text, err := c.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	return api.CertificateView{Certificate: text, Block: c.Block, Through: c.Through, TreeSize: c.Tree.N, Board: c.Board}
}
