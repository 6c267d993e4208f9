package clics_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/scripts/jam/internal/clics"
)

const (
	contestLine = `{"type":"contest","id":"x","data":{"id":"x","name":"X","start_time":"2025-03-02T09:00:00Z","duration":"1:00:00"}}`
	typesLine   = `{"type":"judgement-types","id":null,"data":[{"id":"AC","solved":true},{"id":"WA","solved":false}]}`
	problemLine = `{"type":"problems","id":"p","data":{"id":"p","label":"A","name":"Apples"}}`
	teamLine    = `{"type":"teams","id":"t","data":{"id":"t","name":"Tee"}}`
	rivalLine   = `{"type":"teams","id":"u","data":{"id":"u","name":"You"}}`
	submitLine  = `{"type":"submissions","id":"1","data":{"id":"1","team_id":"t","problem_id":"p","time":"2025-03-02T09:10:00Z"}}`
	acceptLine  = `{"type":"judgements","id":"j","data":{"id":"j","submission_id":"1","judgement_type_id":"AC",` +
		`"start_time":"2025-03-02T09:10:01Z","end_time":"2025-03-02T09:10:02Z"}}`
)

// frame is a feed that lacks nothing but submissions.
var frame = lines(contestLine, typesLine, problemLine, teamLine, rivalLine)

func lines(all ...string) string { return strings.Join(all, "\n") + "\n" }

func submission(fields string) string {
	return `{"type":"submissions","id":"1","data":{"id":"1","team_id":"t","problem_id":"p",` + fields + `}}`
}

func judgement(id, fields string) string {
	return fmt.Sprintf(`{"type":"judgements","id":%q,"data":{"id":%q,"submission_id":"1",%s}}`, id, id, fields)
}

// told is a feed's submissions and judgements in one line each.
func told(c *clics.Contest) string {
	var b strings.Builder
	for _, s := range c.Submissions {
		fmt.Fprintf(&b, "%s %s/%s %s", s.FeedID, s.Team, s.Problem, clock(s.Time))
		for _, j := range s.Judgements {
			fmt.Fprintf(&b, " %s:%t(%s %s)", j.Type, j.Solved, clock(j.Start), clock(j.End))
		}
		b.WriteString("\n")
	}
	return b.String()
}

const solved = "1 t/a 09:10:00.000 AC:true(09:10:01.000 09:10:02.000)\n"

func TestADirtyFeedIsReadAsFarAsItsMeaningIsCertain(t *testing.T) {
	for name, test := range map[string]struct{ feed, want, warning string }{
		"clean":                       {frame + lines(submitLine, acceptLine), solved, ""},
		"blank lines, CRLF and a BOM": {"\ufeff" + strings.ReplaceAll(frame+"\n \n"+lines(submitLine, acceptLine), "\n", "\r\n"), solved, ""},
		"no newline at the end":       {frame + submitLine + "\n" + acceptLine, solved, ""},
		"unknown kinds": {frame + lines(`{"type":"runs","id":"1","data":{}}`, `{"type":"commentary","id":7,"data":null}`,
			submitLine, acceptLine), solved, ""},
		"kinds as others spell them": {strings.NewReplacer("judgements", "judgments", `"teams"`, `"team"`, "submissions",
			"Submission", "judgement-types", "judgement_types").Replace(frame + lines(submitLine, acceptLine)), solved, ""},
		"repeated lines":                    {frame + lines(submitLine, acceptLine, submitLine, acceptLine), solved, ""},
		"results before what they refer to": {lines(acceptLine, submitLine) + frame, solved, ""},
		"numbers as ids": {frame + lines(`{"type":"teams","id":12,"data":{"id":12,"name":"Twelve"}}`,
			`{"type":"submissions","id":1,"data":{"id":1,"team_id":12,"problem_id":"p","time":"2025-03-02T09:10:00Z"}}`,
			strings.Replace(acceptLine, `"submission_id":"1"`, `"submission_id":1`, 1)),
			"1 12/a 09:10:00.000 AC:true(09:10:01.000 09:10:02.000)\n", ""},
		"the last version wins": {frame + lines(submission(`"time":"2025-03-02T09:20:00Z"`), submitLine, acceptLine), solved, ""},
		"a wrong version is superseded": {frame + lines(submission(`"time":"soon"`), submitLine, acceptLine),
			solved, ""},
		"a deleted submission": {frame + lines(submitLine, acceptLine, `{"type":"submissions","id":"1","data":null}`),
			"", `judgement "j" is of the unknown submission "1"`},
		"a deleted judgement": {frame + lines(submitLine, acceptLine, `{"type":"judgements","id":"j","data":null}`),
			"1 t/a 09:10:00.000\n", ""},
		"a deletion of nothing": {frame + lines(`{"type":"teams","id":"v","data":null}`, submitLine, acceptLine), solved, "not there"},
		"a collection replaced": {frame + lines(submitLine, acceptLine, `{"type":"judgements","id":null,"data":[]}`), "1 t/a 09:10:00.000\n", ""},
		"an unknown team":       {lines(contestLine, typesLine, problemLine, submitLine), "", `unknown team "t"`},
		"an unknown problem": {frame + lines(strings.Replace(submitLine, `"p"`, `"q"`, 1)), "",
			`unknown problem "q"`},
		"no times at all":   {frame + lines(submission(`"time":null`)), "", "neither time nor contest_time"},
		"only contest time": {frame + lines(submission(`"contest_time":"0:10:00.5"`)), "1 t/a 09:10:00.500\n", ""},
		"before the start":  {frame + lines(submission(`"contest_time":"-0:00:01.5"`)), "1 t/a 08:59:58.500\n", ""},
		"a broken time beside a contest time": {frame + lines(submission(`"time":"?","contest_time":"0:10:00"`)),
			"1 t/a 09:10:00.000\n", ""},
		"two times that disagree": {frame + lines(submission(`"time":"2025-03-02T09:10:00Z","contest_time":"0:20:00"`)),
			"1 t/a 09:10:00.000\n", "disagree by 10m0s"},
		"zones and fractions": {frame + lines(submission(`"time":"2025-03-02T18:10:00.123999+09"`)), "1 t/a 09:10:00.123\n", ""},
		"an unfinished judgement": {frame + lines(submitLine, judgement("j", `"judgement_type_id":null`)),
			"1 t/a 09:10:00.000\n", ""},
		"a superseded judgement": {frame + lines(submitLine, acceptLine,
			judgement("k", `"judgement_type_id":"WA","valid":false,"end_time":"2025-03-02T09:30:00Z"`)), solved, ""},
		"only superseded judgements": {frame + lines(submitLine, judgement("k", `"judgement_type_id":"WA","current":false`)),
			"1 t/a 09:10:00.000\n", "stays unjudged"},
		"a rejudging told first": {frame + lines(submitLine,
			judgement("k", `"judgement_type_id":"WA","end_contest_time":"0:30:00"`), acceptLine),
			"1 t/a 09:10:00.000 AC:true(09:10:01.000 09:10:02.000) WA:false(09:10:00.000 09:30:00.000)\n", ""},
		"rejudgings that end together": {frame + lines(submitLine, acceptLine,
			judgement("k", `"judgement_type_id":"WA","start_time":"2025-03-02T09:10:01Z","end_time":"2025-03-02T09:10:02Z"`)),
			"1 t/a 09:10:00.000 AC:true(09:10:01.000 09:10:02.000) WA:false(09:10:01.000 09:10:02.000)\n", ""},
		"a judgement without an end": {frame + lines(submitLine,
			judgement("j", `"judgement_type_id":"AC","start_time":"2025-03-02T09:11:00Z"`)),
			"1 t/a 09:10:00.000 AC:true(09:11:00.000 09:11:00.000)\n", ""},
		"a judgement without times": {frame + lines(submitLine, judgement("j", `"judgement_type_id":"AC"`)),
			"1 t/a 09:10:00.000 AC:true(09:10:00.000 09:10:00.000)\n", ""},
		"a judgement before its submission": {frame + lines(submitLine,
			judgement("j", `"judgement_type_id":"AC","start_contest_time":"0:01:00","end_contest_time":"0:02:00"`)),
			"1 t/a 09:10:00.000 AC:true(09:10:00.000 09:10:00.000)\n", "ended before its submission"},
		"a judgement with a broken time": {frame + lines(submitLine, judgement("j", `"judgement_type_id":"AC","end_time":"x"`)),
			"1 t/a 09:10:00.000 AC:true(09:10:00.000 09:10:00.000)\n", "taken from its other times"},
		"no judgement types": {lines(contestLine, problemLine, teamLine, submitLine, acceptLine), solved,
			`no judgement type "AC": taken as solved`},
		"an unknown judgement type": {frame + lines(submitLine, judgement("j", `"judgement_type_id":"XX"`)),
			"1 t/a 09:10:00.000 XX:false(09:10:00.000 09:10:00.000)\n", `no judgement type "XX": taken as not solved`},
		"a type that says nothing": {frame + lines(`{"type":"judgement-types","id":"AC","data":{"id":"AC"}}`, submitLine,
			acceptLine), solved, "does not say whether it is solved: taken as solved"},
		"a type that turns the tables": {frame + lines(`{"type":"judgement-types","id":"WA","data":{"id":"WA","solved":true}}`,
			submitLine, judgement("j", `"judgement_type_id":"WA"`)), "1 t/a 09:10:00.000 WA:true(09:10:00.000 09:10:00.000)\n", ""},
		"the older form": {lines(`{"type":"contests","id":"e1","op":"create","data":{"id":"x","start_time":`+
			`"2025-03-02T09:00:00Z","duration":"1:00:00"}}`) + strings.ReplaceAll(frame, contestLine+"\n", "") + lines(
			`{"type":"submissions","id":"e2","op":"update","data":{"id":"1","team_id":"t","problem_id":"p","time":"2025-03-02T09:10:00Z"}}`,
			`{"type":"submissions","id":"e3","op":"create","data":{"id":"2","team_id":"t","problem_id":"p","time":"2025-03-02T09:10:00Z"}}`,
			`{"type":"submissions","id":"e4","op":"delete","data":{"id":"1"}}`), "2 t/a 09:10:00.000\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			// One byte at a time: the network cuts lines where it likes.
			c, err := clics.Read(iotest.OneByteReader(strings.NewReader(test.feed)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, told(c)); diff != "" {
				t.Error(diff)
			}
			warnings := strings.Join(c.Warnings, "\n")
			if test.warning == "" && warnings != "" || !strings.Contains(warnings, test.warning) {
				t.Errorf("warnings are %q, want one with %q", warnings, test.warning)
			}
		})
	}
}

func TestABrokenFeedIsRefusedWithItsLineAndWhatToDo(t *testing.T) {
	for name, test := range map[string]struct{ feed, want string }{
		"empty":                 {"", "the feed: no contest in it: give the contest's event-feed"},
		"no contest":            {lines(problemLine, teamLine), "the feed: no contest in it"},
		"a deleted contest":     {frame + lines(`{"type":"contest","id":"x","data":null}`), "the feed: no contest in it"},
		"no problems":           {lines(contestLine, teamLine), "the feed: no problems in it"},
		"cut off":               {frame + submitLine[:60], "line 6, column 60: ends in the middle of an object: the feed was cut off here"},
		"cut off in a string":   {frame + submitLine[:12], "line 6, column 12: ends in the middle of an object"},
		"cut off, newline kept": {frame + submitLine[:60] + "\n" + acceptLine, "line 6, column 60: ends in the middle"},
		"broken in the middle":  {frame + strings.Replace(submitLine, `"team_id":`, `"team_id"`, 1), "line 6, column 58: not JSON"},
		"two objects a line":    {frame + submitLine + acceptLine, "line 6, column 111: not JSON"},
		"no type":               {frame + `{"id":"1","data":{}}`, `line 6: no "type": mend or delete this line`},
		"a type that is none":   {frame + `{"type":7}`, `line 6, column 9: "type" is a number`},
		"no id":                 {frame + `{"type":"teams","data":{"name":"x"}}`, `line 6: teams: no "id"`},
		"a listed object without id": {frame + `{"type":"teams","id":null,"data":[{}]}`,
			`line 6: teams: "data" lists an object without "id"`},
		"data that is no object": {frame + `{"type":"teams","id":"t","data":7}`, "line 6: teams: \"data\" is 7"},
		"an id that is none":     {frame + `{"type":"teams","id":[],"data":{}}`, "line 6: found [] where a string or a number belongs"},
		"a number":               {frame + "7", "line 6: a JSON number where an object belongs"},
		"a JSON list":            {"[\n" + contestLine + "]", "line 1: a JSON list: give the contest's event-feed"},
		"a printed object":       {"{\n  \"type\": \"contest\"\n}\n", "line 1: an object that spans several lines"},
		"a web page":             {"<!doctype html>", "line 1: HTML or XML"},
		"gzip":                   {"\x1f\x8b\x08", "line 1: compressed with gzip: unpack it first"},
		"UTF-16":                 {"\xff\xfe{\x00", "line 1: UTF-16: convert it to UTF-8"},
		"a line without end":     {strings.Repeat(" ", clics.MaxLine+1), "line 1: longer than 16 MiB"},
		"not started":            {lines(strings.Replace(contestLine, `"2025-03-02T09:00:00Z"`, "null", 1), problemLine), "line 1: the contest has no start_time"},
		"a broken start":         {lines(strings.Replace(contestLine, "2025-03-02T09:00:00Z", "noon", 1), problemLine), "line 1: contest: start_time: time \"NOON\""},
		"no duration":            {lines(strings.Replace(contestLine, `"1:00:00"`, "null", 1), problemLine), "line 1: the contest has no duration"},
		"a duration of nothing":  {lines(strings.Replace(contestLine, "1:00:00", "0:00:00", 1), problemLine), "line 1: contest: duration"},
		"a broken submission":    {frame + submission(`"time":"soon"`), `line 6: submission 1: time "SOON"`},
		"a wrongly typed field":  {frame + submission(`"time":{}`), `line 6: submission "1": found {} where`},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := clics.Read(strings.NewReader(test.feed))
			var wrong *clics.FeedError
			if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), test.want) {
				t.Fatalf("got %v, %v\nwant a FeedError that begins with %q", c, err, test.want)
			}
			if wrong.Want == "" {
				t.Error("it does not say what to do")
			}
		})
	}
}

func TestAFailingReaderIsNotABrokenFeed(t *testing.T) {
	broken := errors.New("the disk is gone")
	_, err := clics.Read(iotest.ErrReader(broken))
	var wrong *clics.FeedError
	if !errors.Is(err, broken) || errors.As(err, &wrong) {
		t.Errorf("got %v", err)
	}
}

func TestAContestWithoutItsOwnTimesTakesThoseOfItsState(t *testing.T) {
	c, err := clics.Read(strings.NewReader(lines(`{"type":"contest","id":"x","data":{"id":"x","start_time":null,`+
		`"duration":null,"scoreboard_freeze_duration":"9:00:00"}}`, problemLine,
		`{"type":"state","data":{"started":"2025-03-02T09:00:00Z","ended":"2025-03-02T11:30:00Z"}}`)))
	if err != nil {
		t.Fatal(err)
	}
	if clock(c.Start) != "09:00:00.000" || clock(c.End()) != "11:30:00.000" || c.Freeze != 0 || len(c.Warnings) != 3 {
		t.Errorf("%+v", c)
	}
}

func TestManyFindingsOfOneKindAreToldInAFewSentences(t *testing.T) {
	var feed strings.Builder
	feed.WriteString(frame)
	for i := range 500 {
		fmt.Fprintf(&feed, `{"type":"judgements","id":"%d","data":{"id":"%d","submission_id":"none"}}`+"\n", i, i)
	}
	c, err := clics.Read(strings.NewReader(feed.String()))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) != 4 || !strings.Contains(c.Warnings[3], "497 more") {
		t.Errorf("%q", c.Warnings)
	}
}

func FuzzAnyFeedIsReadOrRefused(f *testing.F) {
	f.Add(frame + lines(submitLine, acceptLine))
	f.Add("\ufeff" + frame + "\r\n\r\n" + submission(`"contest_time":"-0:00:01.5"`))
	f.Add(frame + submitLine[:60])
	f.Add(lines(contestLine, `{"type":"problems","id":"e","op":"create","data":{"id":"p","label":"","ordinal":"x"}}`))
	f.Add(frame + lines(`{"type":"teams","id":null,"data":[{"id":"-"},{"id":"É"},{"id":1}]}`))
	f.Fuzz(func(t *testing.T, feed string) {
		c, err := clics.Read(strings.NewReader(feed))
		if err != nil {
			var wrong *clics.FeedError
			if !errors.As(err, &wrong) || wrong.What == "" || wrong.Want == "" {
				t.Fatalf("refused without saying what and what to do: %v", err)
			}
			return
		}
		checkContest(t, c)
	})
}

// checkContest holds what every contest that was read promises.
func checkContest(t *testing.T, c *clics.Contest) {
	t.Helper()
	teams, names, problems := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, team := range c.Teams {
		if !wellFormed.MatchString(team.ID) || teams[team.ID] || team.Name == "" || names[team.Name] {
			t.Fatalf("team %+v", team)
		}
		teams[team.ID], names[team.Name] = true, true
	}
	for _, p := range c.Problems {
		if !wellFormed.MatchString(p.ID) || problems[p.ID] || p.Name == "" {
			t.Fatalf("problem %+v", p)
		}
		problems[p.ID] = true
	}
	if c.Duration <= 0 || c.Freeze < 0 || c.Freeze > c.Duration || !wellFormed.MatchString(c.ID) {
		t.Fatalf("contest %+v", c)
	}
	judged := map[string]bool{}
	for i, a := range c.Actions() {
		if i > 0 && a.At.Before(c.Actions()[i-1].At) || !teams[a.Submission.Team] || !problems[a.Submission.Problem] {
			t.Fatalf("action %d: %+v", i, a)
		}
		if judged[a.Submission.FeedID] != (a.Step == clics.Ruling) && a.Step != clics.Submit {
			t.Fatalf("action %d: %+v", i, a)
		}
		judged[a.Submission.FeedID] = a.Step != clics.Submit
		if j := a.Judgement; j != nil && (j.Start.Before(a.Submission.Time) || j.End.Before(j.Start)) {
			t.Fatalf("action %d: %+v", i, j)
		}
	}
	for i, s := range c.Standings() {
		if s.Rank < 1 || s.Rank > i+1 || s.Score != clics.Points*len(s.Problems) {
			t.Fatalf("standing %d: %+v", i, s)
		}
	}
}
