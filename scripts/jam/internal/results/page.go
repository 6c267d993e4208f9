package results

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strconv"

	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/shared/jam"
)

//go:embed page.html
var pageHTML string

var resultPage = template.Must(template.New("result").Parse(pageHTML))

// page is what the template shows. All text is escaped where it is put.
type page struct {
	*Result
	Title, Closed  string
	Rows           []pageRow
	Solves         []pageSolve
	TasksN, Points int
}

type pageRow struct{ Rank, Team, ID, Score, Solved, Last string }

type pageSolve struct{ Task, Team, At string }

// Page is the result as one page of HTML that needs nothing else, to be printed. Times are the Jam's zone's.
func (r *Result) Page() ([]byte, error) {
	zone := show.Zone(r.Timezone)
	closed := r.CertifiedAt.Time
	p := page{
		Result: r, Title: r.Name, Closed: fmt.Sprintf("%s (%s)", closed.In(zone).Format("2006-01-02 15:04:05"), zone), TasksN: len(r.Tasks),
	}
	if p.Title == "" {
		p.Title = r.Jam
	}
	for _, t := range r.Tasks {
		p.Points += t.Points
	}
	for _, row := range r.read.Rows {
		rank := "–"
		if row.Rank > 0 {
			rank = strconv.Itoa(row.Rank)
		}
		p.Rows = append(p.Rows, pageRow{
			rank, row.Team.Name, row.Team.ID, strconv.Itoa(row.Score), strconv.Itoa(row.Solved), show.At(row.LastScoredAt.Time, zone, closed),
		})
	}
	for _, s := range r.FirstSolves {
		p.Solves = append(p.Solves, pageSolve{string(jam.Ref(s.Challenge, s.Task)), s.Team.Name, show.At(s.At.Time, zone, closed)})
	}
	var b bytes.Buffer
	err := resultPage.Execute(&b, p)
	return b.Bytes(), err
}
