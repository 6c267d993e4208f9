package check

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
)

var now = time.Date(2026, 12, 2, 10, 0, 0, 0, time.UTC)

// engine looks at loopback, with a clock that stands.
func engine(log io.Writer) *Engine {
	return New(Options{Loopback: true, Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(log, nil))})
}

// of is a look of the team red at its site, in a watch that lasts another hour.
func of(c jam.Check, site string) bus.Look {
	look := bus.Look{
		Jam: "j", Team: "red", Submission: jam.Stamp{Milli: now.UnixMilli() - 1000}, Task: "c/x", Kind: jam.KindHTTP, Look: 3, Check: c,
		Settings: map[string]string{}, Language: "en", Until: jam.At(now.Add(time.Hour)), AskedAt: jam.At(now),
	}
	if site != "" {
		look.Settings["url"] = site
	}
	return look
}

// check is a check of one page of the team's.
func check(passed string) jam.Check {
	return jam.Check{Kind: jam.KindHTTP, Fetch: map[string]jam.Fetch{"page": {Get: "{{team.url}}/hello"}}, PassedIf: passed}
}

// hello is a page that says hello, at /hello alone.
func hello(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/hello" {
		http.NotFound(w, r)
		return
	}
	fmt.Fprint(w, "hello from red")
}

// looks takes a look and holds its verdict and a part of its message.
func looks(t *testing.T, look bus.Look, verdict jam.Verdict, message string) bus.Looked {
	t.Helper()
	var log bytes.Buffer
	got := engine(&log).Look(t.Context(), look)
	if got.Verdict != verdict || !strings.Contains(got.Message, message) {
		t.Errorf("%s: %q; want %s: %q\n%s", got.Verdict, got.Message, verdict, message, &log)
	}
	if (verdict == jam.Error) != (log.Len() > 0) {
		t.Errorf("the log of a look that said %s: %q", verdict, &log)
	}
	return got
}

func TestTheExpressionsAreAskedInTheirOrderAndWhatNoneSaysHasFailed(t *testing.T) {
	at := site(t, hello)
	for _, c := range []struct {
		doomed, passed, pending string
		want                    jam.Verdict
	}{
		{"true", "true", "true", jam.Doomed},
		{"false", "true", "true", jam.Passed},
		{"false", "false", "true", jam.Pending},
		{"false", "false", "false", jam.Failed},
		{"", "false", "", jam.Failed},
		{"", "true", "1 / 0 == 1", jam.Passed}, // what comes after it is not asked
		{"1 / 0 == 1", "true", "", jam.Error},  // what comes before it is
		{"", "1 / 0 == 1", "true", jam.Error},  //
		{"", "false", "1 / 0 == 1", jam.Error}, //
		{"page.status == 404", "page.status == 200 && page.body == 'hello from ' + team.id", "", jam.Passed},
	} {
		k := check(c.passed)
		k.DoomedIf, k.PendingIf = c.doomed, c.pending
		looks(t, of(k, at), c.want, "")
	}
}

func TestALookSaysWhichSubmissionItSawAndWhenItBegan(t *testing.T) {
	look := of(check("true"), site(t, hello))
	got := looks(t, look, jam.Passed, "")
	want := bus.Looked{Jam: "j", Team: "red", Submission: look.Submission, Look: 3, Verdict: jam.Passed, BeganAt: jam.At(now)}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestAnExpressionThatCannotBeEvaluatedIsOursAndSoIsOneThatRunsAway(t *testing.T) {
	at := site(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("a,", 30<<10)) })
	lists := "page.body.split(',')"
	for name, expression := range map[string]string{
		"a header that is not there": "page.headers['x-team'] == 'red'",
		"past the end":               "page.body.split(',')[100000] == 'a'",
		"a number that is none":      "int(page.body) == 1",
		"not an expression of ours":  "page.body.matches('(')",
		"a triple loop":              fmt.Sprintf("%s.all(a, %s.all(b, %s.all(c, a == b || b != c || c == a)))", lists, lists, lists),
		"a triple loop of numbers":   "[1,2,3,4,5,6,7,8,9].all(a, " + strings.Repeat("[1,2,3,4,5,6,7,8,9].all(b, ", 6) + "a > 0" + strings.Repeat(")", 7),
	} {
		began := time.Now()
		got := looks(t, of(check(expression), at), jam.Error, "our fault")
		if strings.Contains(got.Message, "a,a") {
			t.Errorf("%s: the page is in the message", name)
		}
		// No assertion on time: what is held is that it ended, and the look's own bounds are far below the test's.
		t.Logf("%s: %s", name, time.Since(began).Round(time.Millisecond))
	}
}

func TestALoopEndsWhenItsTimeIsUp(t *testing.T) {
	p, err := compile(check("page.body.split(',').all(a, a == 'a')"))
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]Page{"page": {Body: strings.Repeat("a,", 150) + "a"}}
	v, err := p.verdict(t.Context(), pages, nil)
	for try := 0; try < 20 && err != nil && strings.Contains(err.Error(), "interrupted"); try++ { // on a machine that is very busy
		v, err = p.verdict(t.Context(), pages, nil)
	}
	if err != nil || v != jam.Passed {
		t.Fatalf("%s, %v", v, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if v, err := p.verdict(ctx, pages, nil); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("%s, %v; want it to be interrupted", v, err)
	}
}

func TestTheCostLimitEndsALoopOfCheapSteps(t *testing.T) {
	ten := "[0,1,2,3,4,5,6,7,8,9]"
	p, err := compile(check(strings.Repeat(ten+".all(a, ", 6) + "true" + strings.Repeat(")", 6)))
	if err != nil {
		t.Fatal(err)
	}
	// On a machine that is very slow the deadline comes first.
	_, err = p.verdict(t.Context(), map[string]Page{"page": {}}, nil)
	if err == nil || !strings.Contains(err.Error(), "cost limit") && !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("%v; want it to be too costly", err)
	}
}

func TestAUsualExpressionOverTheLargestPageIsFarFromTheBounds(t *testing.T) {
	at := site(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Repeat("é", largestPage)+"hello from red")
	})
	for expression, want := range map[string]jam.Verdict{
		"page.body.contains('hello from ' + team.id)":                 jam.Failed, // it is beyond the cut
		"page.body.matches('(?i)<title>[^<]*photofinish')":            jam.Failed,
		"page.body.lowerAscii().trim().startsWith('é')":               jam.Passed,
		"size(page.body) > 100 && page.body.split('<p>').size() == 1": jam.Passed,
	} {
		looks(t, of(check(expression), at), want, "")
	}
}

func TestWhatAnAuthorGotWrongIsOursInAJam(t *testing.T) {
	at := site(t, hello)
	for name, c := range map[string]jam.Check{
		"does not compile":   check("page.stat == 200"),
		"is no condition":    check("page.status"),
		"a closed address":   {Kind: jam.KindHTTP, Fetch: map[string]jam.Fetch{"page": {Get: "http://10.0.0.7/"}}, PassedIf: "true"},
		"a wrong scheme":     {Kind: jam.KindHTTP, Fetch: map[string]jam.Fetch{"page": {Get: "ftp://example.com/"}}, PassedIf: "true"},
		"a team in its path": {Kind: jam.KindHTTP, Fetch: map[string]jam.Fetch{"page": {Get: "http://10.0.0.7/{{team.id}}"}}, PassedIf: "true"},
	} {
		t.Log(name)
		looks(t, of(c, at), jam.Error, "We could not look, which is our fault and costs you nothing. It is tried again.")
	}
	for _, kind := range []jam.Kind{jam.KindAWS, jam.KindKubernetes, jam.KindPrometheus, jam.KindManual, ""} {
		look := of(check("true"), at)
		look.Kind = kind
		looks(t, look, jam.Error, "our fault")
	}
}

func TestASettingThatIsMissingIsTheTeamsToSetAndItIsToldHow(t *testing.T) {
	for setting, flag := range map[string]string{"url": "--site", "cluster": "--cluster", "account": "--account", "region": "--region"} {
		inAddress, inCondition := check("true"), check("page.body.contains(team."+setting+")")
		inAddress.Fetch = map[string]jam.Fetch{"page": {Get: "http://example.com/{{ team." + setting + " }}"}}
		inCondition.Fetch = map[string]jam.Fetch{"page": {Get: "http://example.com/"}}
		for _, c := range []jam.Check{inAddress, inCondition} {
			looks(t, of(c, ""), jam.Failed, "jam team settings "+flag+" …")
		}
	}
}

func TestTheTeamsAddressIsFilledInWithOneSlash(t *testing.T) {
	at := site(t, hello)
	for _, given := range []string{at, at + "/", at + "//"} {
		looks(t, of(check("page.status == 200"), given), jam.Passed, "")
	}
}

func TestWhatATeamNamesAndMayNotIsItsToRepair(t *testing.T) {
	for given, want := range map[string]string{
		"http://10.0.0.7": "it does not lead to a public address", "http://169.254.169.254": "it does not lead to a public address",
		"ftp://example.com": "must begin with http://", "http://a:b@example.com": "user name or a password", "http://": "names no host",
		"http://exa mple": "not a URL",
	} {
		looks(t, of(check("true"), given), jam.Failed, want)
	}
	look := of(check("true"), site(t, hello))
	e := New(Options{Now: func() time.Time { return now }})
	if got := e.Look(t.Context(), look); got.Verdict != jam.Failed || got.Message != "The address of your page will not do: it does not lead to a public address." {
		t.Errorf("without loopback: %+v", got)
	}
}

func TestWhatATeamIsToldIsTheAuthorsTextInItsLanguage(t *testing.T) {
	c := check("page.status == 200")
	c.PendingIf = "page.status == 0"
	c.Say = map[jam.Verdict]jam.Text{
		jam.Passed:  {"en": "Well done, {{team.id}}.", "ko": "잘했습니다, {{ team.id }}."},
		jam.Pending: {"en": "Not yet: {{page.error}}", "ko": "아직: {{page.error}}"},
		jam.Failed:  {"ko": "{{page.status}}{{page.status + 1}} 아님"},
		jam.Error:   {"en": "Our trouble, {{team.id}}."},
	}
	missing := site(t, http.NotFound)
	for _, x := range []struct {
		site, language string
		verdict        jam.Verdict
		want           string
	}{
		{site(t, hello), "en", jam.Passed, "Well done, red."},
		{site(t, hello), "ko", jam.Passed, "잘했습니다, red."},
		{site(t, hello), "de", jam.Passed, "Well done, red."},
		{nowhere(t), "en", jam.Pending, "Not yet: connection refused: nothing listens there"},
		{nowhere(t), "ko", jam.Pending, "아직: connection refused: nothing listens there"},
		{missing, "en", jam.Failed, "404405 아님"}, // the only language there is
	} {
		look := of(c, x.site)
		look.Language = x.language
		if got := looks(t, look, x.verdict, x.want); got.Message != x.want {
			t.Errorf("%q", got.Message)
		}
	}
	broken := of(c, missing)
	broken.Check.PassedIf = "1 / 0 == 1"
	looks(t, broken, jam.Error, "Our trouble, red.")
	// Words for a trouble that need what the trouble kept from being fetched.
	broken.Check.Say = map[jam.Verdict]jam.Text{jam.Error: {"en": "{{page.status}}"}}
	looks(t, broken, jam.Error, "our fault")
}

func TestWithoutATextATeamIsToldWhatWasSeen(t *testing.T) {
	c := check("page.status == 200")
	c.PendingIf = "page.status == 0"
	looks(t, of(c, site(t, http.NotFound)), jam.Failed, "Your page answered 404, and not what the task asks for.")
	looks(t, of(c, nowhere(t)), jam.Pending, "Your page could not be reached: connection refused: nothing listens there.")
	if got := looks(t, of(c, site(t, hello)), jam.Passed, ""); got.Message != "" {
		t.Errorf("%q", got.Message)
	}
}

func TestNothingThatAPageSaysIsSaidToATeam(t *testing.T) {
	const secret = "OPERATORS-ONLY"
	says := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Secret", secret)
		w.Header().Set("Location", "http://"+secret+".example.com/")
		w.WriteHeader(http.StatusFound)
		fmt.Fprint(w, secret)
	}
	sites := []string{site(t, says), wire(t, secret+"\r\n\r\n"), wire(t, "HTTP/1.1 200 "+secret+"\r\nContent-Length: 99\r\n\r\n"+secret), wire(t, "HTTP/1.1 x"+secret+"\r\n\r\n")}
	for _, passed := range []string{"false", "int(page.body) > 0", "page.headers[page.body] == ''", "page.body.matches('(' + page.body)", "[page.body][1] == ''"} {
		c := check(passed)
		c.PendingIf = "page.status == 302"
		c.Say = map[jam.Verdict]jam.Text{jam.Failed: {"en": "{{page}} {{page.error}} {{page.status}}"}}
		for _, at := range sites {
			for _, until := range []time.Time{now.Add(time.Hour), now} {
				look := of(c, at)
				look.Until = jam.At(until)
				got := engine(io.Discard).Look(t.Context(), look)
				if strings.Contains(got.Message, secret) || strings.Contains(got.Message, "OPERATORS") {
					t.Errorf("%s: %q", passed, got.Message)
				}
			}
		}
	}
}

func TestATextIsMadeFitToBeShown(t *testing.T) {
	c := check("true")
	c.Say = map[jam.Verdict]jam.Text{jam.Passed: {"en": "  a\tb\x1b[31m\r{{'\\u0007'}}\nc " + strings.Repeat("가", 600)}}
	got := looks(t, of(c, site(t, hello)), jam.Passed, "a b [31m  \nc ")
	if n := len([]rune(got.Message)); n > longestSaid+1 || !strings.HasSuffix(got.Message, "…") {
		t.Errorf("%d characters: %.40q", n, got.Message)
	}
}

func TestAWatchThatIsOverFailsWhatIsPendingAndNothingElse(t *testing.T) {
	c := check("page.body.contains('red')")
	c.PendingIf = "page.status == 0 || page.status == 404"
	c.Say = map[jam.Verdict]jam.Text{jam.Pending: {"en": "It is looked at again by itself."}}
	for _, x := range []struct {
		left    time.Duration
		site    string
		verdict jam.Verdict
		message string
	}{
		{time.Millisecond, nowhere(t), jam.Pending, "It is looked at again by itself."},
		{0, nowhere(t), jam.Failed, "The watch is over, and this is not done; submit again when it is. Your page could not be reached: connection refused: nothing listens there."},
		{-time.Hour, site(t, http.NotFound), jam.Failed, "The watch is over, and this is not done; submit again when it is. Your page answered 404, and not what the task asks for."},
		{-time.Hour, site(t, hello), jam.Passed, ""},
	} {
		look := of(c, x.site)
		look.Until = jam.At(now.Add(x.left))
		if got := looks(t, look, x.verdict, x.message); strings.Contains(got.Message, "again by itself") && x.left <= 0 {
			t.Errorf("it is over, and the team is told %q", got.Message)
		}
	}
	c.PassedIf = "1 / 0 == 1"
	look := of(c, site(t, hello))
	look.Until = jam.At(now.Add(-time.Hour))
	looks(t, look, jam.Error, "our fault")
}

func TestThePagesOfALookAreFetchedAtOnce(t *testing.T) {
	var together sync.WaitGroup
	together.Add(mostPages)
	at := site(t, func(w http.ResponseWriter, r *http.Request) {
		together.Done()
		together.Wait() // none is answered before all are asked for
		fmt.Fprint(w, r.URL.Path)
	})
	c := jam.Check{Kind: jam.KindHTTP, Fetch: map[string]jam.Fetch{}}
	var all []string
	for i := range mostPages {
		name := fmt.Sprintf("p%d", i)
		c.Fetch[name] = jam.Fetch{Get: "{{team.url}}/" + name}
		all = append(all, fmt.Sprintf("%s.body == '/%s'", name, name))
	}
	c.PassedIf = strings.Join(all, " && ")
	looks(t, of(c, at), jam.Passed, "")
}

func TestOfTwoTroublesTheOneThatTheTeamCanRepairIsTold(t *testing.T) {
	c := jam.Check{Kind: jam.KindHTTP, PassedIf: "true", Fetch: map[string]jam.Fetch{
		"a": {Get: "http://example.com/"}, "b": {Get: "{{team.url}}/"},
	}}
	e := engine(io.Discard)
	e.web.dialer.Resolver = failing
	if got := e.Look(t.Context(), of(c, "http://10.0.0.8")); got.Verdict != jam.Failed || !strings.Contains(got.Message, "public address") {
		t.Errorf("%+v", got)
	}
	if got := e.Look(t.Context(), of(c, site(t, hello))); got.Verdict != jam.Error {
		t.Errorf("%+v; want our trouble", got)
	}
}

// quickstart is the check of the quickstart's say-hello.
func quickstart(t testing.TB) jam.Check {
	t.Helper()
	e, err := Load("../../events/quickstart")
	if err != nil {
		t.Fatal(err)
	}
	_, task, ok := e.Task("say-hello/page")
	if !ok {
		t.Fatal("there is no say-hello/page")
	}
	return task.Check
}

// One fixture for each outcome that the check of the quickstart's say-hello can have.
func TestSayHelloHasEachOfItsOutcomes(t *testing.T) {
	sayHello := quickstart(t)
	answer := func(status int, body string) string {
		return site(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/hello" {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
	}
	for name, c := range map[string]struct {
		site    string
		left    time.Duration
		verdict jam.Verdict
		en, ko  string
	}{
		"as asked": {answer(200, "<h1>hello from red</h1>"), time.Hour, jam.Passed, "", ""},
		"another team's": {answer(200, "hello from blue"), time.Hour, jam.Failed,
			"/hello answers 200, and not with 'hello from red'. Mend it and submit again; that costs nothing.",
			"/hello의 응답은 200이고, 'hello from red'이 들어 있지 않습니다. 고친 뒤 다시 제출하세요. 감점은 없습니다."},
		"not there": {answer(404, "hello from red"), time.Hour, jam.Failed, "/hello answers 404", "응답은 404"},
		"redirects": {answer(301, "hello from red"), time.Hour, jam.Failed, "/hello answers 301", "응답은 301"},
		"not up": {nowhere(t), time.Hour, jam.Pending,
			"Nothing to see yet at /hello (connection refused: nothing listens there). It is looked at again by itself.",
			"/hello에서 아직 보이는 것이 없습니다(connection refused: nothing listens there). 저절로 다시 확인합니다."},
		"starting":      {answer(503, "hello from red"), time.Hour, jam.Pending, "(it answers 503)", "(응답 503)"},
		"never came up": {nowhere(t), 0, jam.Failed, "The watch is over", "The watch is over"},
		"no site":       {"", time.Hour, jam.Failed, "jam team settings --site", "jam team settings --site"},
		"not public":    {"http://10.0.0.7", time.Hour, jam.Failed, "public address", "public address"},
	} {
		t.Run(name, func(t *testing.T) {
			for language, want := range map[string]string{"en": c.en, "ko": c.ko} {
				look := of(sayHello, c.site)
				look.Language, look.Until = language, jam.At(now.Add(c.left))
				looks(t, look, c.verdict, want)
			}
		})
	}
}
