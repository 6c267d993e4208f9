package cloud

import (
	"fmt"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/cost"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/jam"
)

// Cost works out what a Jam will cost on AWS. It asks AWS for nothing.
type Cost struct {
	Dir         string   `arg:"" help:"The definition's folder, such as events/quickstart."`
	Teams       *int     `help:"How many teams (default: what the definition expects)." placeholder:"N"`
	Submissions *int     `help:"How many submissions in all (default: two of each team for each task)." placeholder:"N"`
	Hours       *float64 `help:"How long the Jam lasts (default: its duration)." placeholder:"H"`
	Spectators  int      `help:"Screens that show the public board all the time, members' own among them." placeholder:"N"`
	Standing    *float64 `help:"How many hours the stack stands, the Jam included (default: two more than it lasts)." placeholder:"H"`
	Region      string   `help:"The AWS region (or $$AWS_REGION; us-east-1 if neither is given)." from:"AWS_REGION" placeholder:"REGION"`
}

// defaultRegion is where prices are quoted for if nobody says.
const defaultRegion = "us-east-1"

// The largest load that is worked out.
const (
	maxTeams       = 1_000_000
	maxSubmissions = 1_000_000_000
	maxHours       = 10_000
)

// Run prints the bill.
func (c *Cost) Run(app *cli.App) error {
	e, err := jam.Load(c.Dir)
	if err != nil {
		return err
	}
	load, err := c.load(e)
	if err != nil {
		return err
	}
	if c.Region == "" {
		c.Region = defaultRegion
	}
	bill, err := cost.For(load, c.Region)
	if err != nil {
		return cli.Usage("%v", err)
	}
	return app.Print(bill, func() error { return c.print(app, e, bill) })
}

// load is the definition's, with what the flags say instead.
func (c *Cost) load(e *jam.Event) (cost.Load, error) {
	if c.Teams != nil {
		if *c.Teams < 1 || *c.Teams > maxTeams {
			return cost.Load{}, cli.Usage("--teams is %d; want 1 to %d", *c.Teams, maxTeams)
		}
		e.Expect.Teams = *c.Teams
	}
	if c.Hours != nil {
		if !(*c.Hours >= 0.1 && *c.Hours <= maxHours) {
			return cost.Load{}, cli.Usage("--hours is %g; want 0.1 to %d", *c.Hours, maxHours)
		}
		e.Duration = jam.Duration(*c.Hours * float64(time.Hour))
	}
	load := cost.Of(e)
	if c.Submissions != nil {
		if *c.Submissions < 0 || *c.Submissions > maxSubmissions {
			return cost.Load{}, cli.Usage("--submissions is %d; want 0 to %d", *c.Submissions, maxSubmissions)
		}
		load.Submissions = *c.Submissions
	}
	if c.Spectators < 0 || c.Spectators > maxSubmissions {
		return cost.Load{}, cli.Usage("--spectators is %d; want 0 to %d", c.Spectators, maxSubmissions)
	}
	load.Spectators = c.Spectators
	if c.Standing != nil {
		if !(*c.Standing >= load.Hours && *c.Standing <= maxHours) {
			return cost.Load{}, cli.Usage("--standing is %g; want at least the %.4g hours of the Jam, and at most %d", *c.Standing, load.Hours, maxHours)
		}
		load.Standing = *c.Standing
	}
	return load, nil
}

func (c *Cost) print(app *cli.App, e *jam.Event, b cost.Bill) error {
	p := app.Paint()
	app.Printf("%s: %s teams, %s submissions in %s, in %s: about $%.2f\n\n", e.ID, cost.Amount(float64(b.Load.Teams)),
		cost.Amount(float64(b.Load.Submissions)), jam.Duration(time.Duration(b.Load.Hours*float64(time.Hour)).Round(time.Minute)), b.Region, b.Total)

	bill := &term.Table{Indent: 2}
	bill.Head("service", "what", ">quantity", "unit", ">price", ">USD")
	for i, l := range b.Lines {
		if l.Quantity == 0 {
			continue
		}
		name := l.Service
		if i > 0 && b.Lines[i-1].Service == name && b.Lines[i-1].Quantity != 0 {
			name = ""
		}
		bill.Row(term.Cell{Text: name}, term.Cell{Text: l.What}, right(cost.Amount(l.Quantity)), term.Cell{Text: l.Unit},
			right(price(l.Price)), right(fmt.Sprintf("%.4f", l.USD)))
	}
	bill.Row(term.Cell{Text: "together"}, term.Cell{}, term.Cell{}, term.Cell{}, term.Cell{}, right(fmt.Sprintf("%.4f", b.Total)))
	bill.Print(app.Out, p, app.Width())

	app.Printf("\nwhat it is for\n")
	work := &term.Table{Indent: 2}
	work.Head("", ">times", ">requests", ">invocations", ">GB-s", ">WRU", ">RRU", ">SQS", ">events", ">signatures")
	for _, r := range b.Work {
		if r.Times == 0 {
			continue
		}
		work.Row(term.Cell{Text: r.Work}, right(cost.Amount(r.Times)), some(r.Requests), some(r.Invocations), some(r.GBSeconds),
			some(r.Writes), some(r.Reads), some(r.Queue), some(r.Events), some(r.Signatures))
	}
	work.Print(app.Out, p, app.Width())

	app.Printf("\nby service")
	for _, s := range b.Services {
		app.Printf("  %s %.3f", s.Service, s.USD)
	}
	app.Printf("\n\nbeside it\n")
	app.Printf("  in an account that uses nothing else this month, which has allowances       $%.2f\n", b.Alone)
	app.Printf("  for one more screen that shows the public board all the time                $%.2f\n", b.Screen)
	app.Printf("  for each day that the stack stands unused                                   $%.2f\n", b.Standing)
	app.Printf("  for a month of that                                                         $%.2f\n", b.Month)
	app.Printf("  for a month after 'cdk destroy', until table, key and secret are deleted    $%.2f\n", b.Kept)

	app.Printf("\nassumed\n")
	for _, a := range b.Assumed {
		app.Printf("  - %s\n", a)
	}
	for _, u := range b.Unchecked {
		app.Printf("  - Not compared with a price list in %s: %s.\n", b.Region, u)
	}
	return nil
}

func right(text string) term.Cell { return term.Cell{Text: text, Right: true} }

// some leaves out what is nothing.
func some(v float64) term.Cell {
	if v == 0 {
		return term.Cell{}
	}
	return right(cost.Amount(v))
}

// price writes a price as AWS's pages do: small ones by the million.
func price(v float64) string {
	if v < 0.001 {
		return fmt.Sprintf("$%.4g/M", v*1e6)
	}
	return fmt.Sprintf("$%.4g", v)
}
