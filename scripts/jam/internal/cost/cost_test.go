package cost

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/photofinish/photofinish/shared/jam"
)

// day is the Jam that this project is modelled on, as large as it was, with the quickstart's challenges: a fifth of what is
// submitted is looked at, a fifth is judged by people.
func day(t testing.TB) Load {
	t.Helper()
	e, err := jam.Load("../../../../events/quickstart")
	if err != nil {
		t.Fatal(err)
	}
	e.Expect.Teams, e.Duration = 72, jam.Duration(7*time.Hour+40*time.Minute)
	l := Of(e)
	l.Submissions = 5000
	return l
}

func bill(t interface{ Fatal(...any) }, l Load, region string) Bill {
	b, err := For(l, region)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestADayOf72TeamsAnd5000SubmissionsCostsUnderHalfADollar(t *testing.T) {
	l := day(t)
	for _, region := range []string{"us-east-1", "us-west-2", "eu-west-1"} {
		if b := bill(t, l, region); b.Total >= 0.50 {
			t.Errorf("$%.3f in %s", b.Total, region)
		}
	}
	for _, region := range Regions() {
		b := bill(t, l, region)
		t.Logf("%s: $%.3f", region, b.Total)
		if b.Total >= 0.60 || b.Alone >= 0.50 {
			t.Errorf("%s: $%.3f, and $%.3f in an account that uses nothing else", region, b.Total, b.Alone)
		}
	}
}

func drawn(t *rapid.T) Load {
	l := Load{
		Teams: rapid.IntRange(1, 20_000).Draw(t, "teams"), Hours: rapid.Float64Range(0.5, 72).Draw(t, "hours"),
		Spectators: rapid.IntRange(0, 20_000).Draw(t, "spectators"), Challenges: rapid.IntRange(1, 20).Draw(t, "challenges"),
		Shards: rapid.IntRange(1, 64).Draw(t, "shards"), Kinds: rapid.IntRange(1, 4).Draw(t, "kinds"),
		Looked: rapid.Float64Range(0, 0.6).Draw(t, "looked at"), Judged: rapid.Float64Range(0, 0.4).Draw(t, "judged"),
		Slow:  time.Duration(rapid.IntRange(0, 3600).Draw(t, "slow")) * time.Second,
		Stack: rapid.SampledFrom([]Stack{Deployed, {SettleWindow: 3, MethodMetrics: true, PlatformLines: true, Alarms: 16, Dashboards: 1}}).Draw(t, "stack"),
	}
	l.Tasks = l.Challenges * rapid.IntRange(1, 6).Draw(t, "tasks a challenge")
	l.Submissions = l.Teams * rapid.IntRange(0, 4*l.Tasks).Draw(t, "submissions of a team")
	l.Standing = l.Hours + rapid.Float64Range(0, 48).Draw(t, "around")
	return l
}

func TestABillIsTheSumOfItsLinesAndTheseAreWhatTheWorkConsumes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := bill(t, drawn(t), rapid.SampledFrom(Regions()).Draw(t, "region"))
		close := func(what string, got, want float64) {
			if math.Abs(got-want) > 1e-9*max(1, math.Abs(want)) || math.IsNaN(got) {
				t.Fatalf("%s: %v, want %v", what, got, want)
			}
		}
		total, services := 0.0, 0.0
		quantity := map[string]float64{}
		for _, l := range b.Lines {
			close(l.What, l.USD, l.Quantity*l.Price)
			if l.Quantity < 0 {
				t.Fatalf("%s: %v", l.What, l.Quantity)
			}
			total += l.USD
			quantity[l.Service+" "+l.What] = l.Quantity
		}
		for _, s := range b.Services {
			services += s.USD
		}
		close("total", b.Total, total)
		close("services", services, total)
		if b.Alone > b.Total+1e-9 {
			t.Fatalf("$%v with allowances, $%v without", b.Alone, b.Total)
		}
		sum := Row{}
		for _, r := range b.Work {
			sum = sum.plus(r)
		}
		close("requests", quantity["API Gateway REST requests"], sum.Requests)
		close("invocations", quantity["Lambda invocations"], sum.Invocations)
		close("compute", quantity["Lambda compute, arm64"], sum.GBSeconds)
		close("writes", quantity["DynamoDB write request units"], sum.Writes)
		close("reads", quantity["DynamoDB read request units"], sum.Reads)
		close("events", quantity["EventBridge events"], sum.Events)
		close("queues", quantity["SQS requests"], sum.Queue)
		close("signatures", quantity["KMS signatures, Ed25519"], sum.Signatures)
		close("CDN", quantity["CloudFront HTTPS requests"], sum.CDN)
	})
}

func TestMoreOfAnythingNeverCostsLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawn(t)
		region := rapid.SampledFrom(Regions()).Draw(t, "region")
		factor := rapid.Float64Range(1, 10).Draw(t, "factor")
		before := bill(t, l, region).Total
		for name, more := range map[string]func(*Load){
			"teams, each submitting as much": func(l *Load) {
				each := l.Submissions / l.Teams
				l.Teams = int(float64(l.Teams) * factor)
				l.Submissions = each * l.Teams
			},
			"submissions": func(l *Load) { l.Submissions = int(float64(l.Submissions) * factor) },
			"hours":       func(l *Load) { l.Standing += l.Hours * (factor - 1); l.Hours *= factor },
			"standing":    func(l *Load) { l.Standing *= factor },
			"spectators":  func(l *Load) { l.Spectators = int(float64(l.Spectators) * factor) },
			"waiting":     func(l *Load) { l.Slow = time.Duration(float64(l.Slow) * factor) },
		} {
			larger := l
			more(&larger)
			if after := bill(t, larger, region).Total; after < before-1e-9 {
				t.Errorf("%g times the %s: $%v, before $%v", factor, name, after, before)
			}
		}
	})
}

func TestALoadFollowsFromTheDefinition(t *testing.T) {
	e, err := jam.Load("../../../../events/quickstart")
	if err != nil {
		t.Fatal(err)
	}
	l := Of(e)
	want := Load{
		Teams: 20, Submissions: 20 * 5 * 2, Hours: 2, Standing: 4, Challenges: 4, Tasks: 5, Shards: 1, Kinds: 1,
		Looked: 0.2, Judged: 0.2, Slow: 150 * time.Second, Stack: Deployed,
	}
	if l != want {
		t.Errorf("%+v\nwant %+v", l, want)
	}
	e.Expect = jam.Expect{Teams: 1000, SubmissionsPerSecond: 1}
	if l := Of(e); l.Submissions != 7200 {
		t.Errorf("%d submissions in two hours at one a second", l.Submissions)
	}
	if l := Of(&jam.Event{Duration: jam.Duration(time.Hour)}); l.Teams != 1 || l.Submissions != 0 {
		t.Errorf("of nothing: %+v", l)
	}
}

func TestLooksAreAsTheWatchTakesThem(t *testing.T) {
	for d, want := range map[time.Duration]float64{
		0: 0, 5 * time.Second: 0, 6 * time.Second: 1, time.Minute: 10, 150 * time.Second: 18, 10 * time.Minute: 46,
	} {
		if got := looksWithin(d); got != want {
			t.Errorf("%s: %v looks, want %v", d, got, want)
		}
	}
}

func TestAnUnknownRegionIsToldWhichAreKnown(t *testing.T) {
	for _, region := range []string{"", "mars", "EU-WEST-1", "eu-west-1 "} {
		_, err := For(Load{Teams: 1, Hours: 1}, region)
		if err == nil || !strings.Contains(err.Error(), "ap-northeast-1, ap-northeast-2, ap-southeast-1, eu-central-1, eu-west-1, us-east-1, us-west-2") {
			t.Errorf("%q: %v", region, err)
		}
	}
	if !slices.IsSorted(Regions()) {
		t.Error(Regions())
	}
}
