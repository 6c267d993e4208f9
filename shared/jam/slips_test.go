package jam

import "strings"

func eventSlips(f string) []oneSlip {
	return []oneSlip{
		{"unknown field", f, "duration:", "durations:", []string{
			`event.yaml:1:1: duration is missing; want how long the Jam lasts, such as 7h40m`,
			`event.yaml:5:1: unknown field "durations"; want "duration" (one of id, name`}},
		{"doubled field", f, "topics:", "duration: 3h\ntopics:", []string{
			`event.yaml:7:1: "duration" is written twice, first in line 5; want one of the two`}},
		{"bad id", f, "id: test", "id: Test_1", []string{`event.yaml:1:5: id "Test_1" is not an id; want lower-case`}},
		{"name without a language", f, "ko: 시험}", "ko: 시험}\nlanguages: [en, ko, ja]",
			[]string{
				`challenges/alpha.yaml:4:8: title lacks the language ja`, `challenges/alpha.yaml:6:3: brief lacks`,
				`challenges/alpha.yaml:21:11: text lacks`, `challenges/beta.yaml:4:8: title lacks`,
				`challenges/beta.yaml:5:8: brief lacks`,
				`event.yaml:2:7: name lacks the language ja; want the Jam's name as {en: …, ko: …, ja: …}`}},
		{"language that is none", f, "ko: 시험}", "ko: 시험}\nlanguages: [en, korean]", []string{
			`event.yaml:3:17: "korean" is not a language; want a code of two letters`}},
		{"language twice", f, "ko: 시험}", "ko: 시험}\nlanguages: [en, ko, en]", []string{
			`event.yaml:3:21: language "en" is written twice`}},
		{"zone", f, "Asia/Seoul", "Asia/Soul", []string{`event.yaml:3:11: timezone "Asia/Soul" is not known; want a zone`}},
		{"local zone", f, "Asia/Seoul", "Local", []string{`event.yaml:3:11: timezone "Local" is not known`}},
		{"start without offset", f, "+09:00", "", []string{`event.yaml:4:12: starts_at "2026-12-02T10:00:00" is no time`}},
		{"duration in days", f, "2h", "1d", []string{`event.yaml:5:11: duration "1d" is no duration; want a duration in hours`}},
		{"duration as a number", f, "2h", "90", []string{`event.yaml:5:11: duration is a number; want a duration`}},
		{"negative duration", f, "2h", "-2h", []string{`event.yaml:5:11: duration is -2h; want at least 1m`}},
		{"two months", f, "2h", "1500h", []string{`event.yaml:5:11: duration is 1500h; want at most 744h`}},
		{"freeze longer than the Jam", f, "15m", "3h", []string{
			`event.yaml:6:20: freeze_before_end is 3h, and the Jam lasts 2h; want at most 2h`}},
		{"no topics", f, "[linux, network]", "[]", []string{
			`event.yaml:7:9: topics is empty; want at least one topic`}},
		{"topic twice", f, "[linux, network]", "[linux, network, linux]", []string{
			`event.yaml:7:26: topic "linux" is written twice`}},
		{"attempts as a number", f, "{limit: 10, penalty: 0, lockout: 1m after 5}", "10", []string{
			`event.yaml:8:11: attempts is a number; want a mapping such as {limit: 10, lockout: 1m after 5}`}},
		{"negative limit", f, "limit: 10", "limit: -1", []string{
			`event.yaml:8:19: limit is -1; want a whole number from 0 to 10000`}},
		{"lockout that is not understood", f, "1m after 5", "5 then 1m", []string{
			`event.yaml:8:44: lockout "5 then 1m" is not understood; want how long and after how many`}},
		{"lockout that is no duration", f, "1m after 5", "1x after 5", []string{
			`event.yaml:8:44: lockout "1x after 5" is not possible`}},
		{"lockout after the limit", f, "1m after 5", "1m after 10", []string{
			`event.yaml:8:44: lockout after 10 wrong answers never comes: limit is 10`}},
		{"too many shards", f, "topics:", "shards: 65\ntopics:", []string{
			`event.yaml:7:9: shards is 65; want a whole number from 1 to 64`}},
		{"no shards", f, "topics:", "shards: 0\ntopics:", []string{`event.yaml:7:9: shards is 0`}},
		{"half a shard", f, "topics:", "shards: 1.5\ntopics:", []string{`event.yaml:7:9: shards is a number; want a whole`}},
		{"expectation", f, "topics:", "expect: {team: 5}\ntopics:", []string{
			`event.yaml:7:10: unknown field "team"; want "teams"`}},
		{"order lacks one", f, "topics:", "challenges: [alpha, gamma, alpha]\ntopics:", []string{
			`event.yaml:7:14: the list lacks "beta"`, `event.yaml:7:21: "gamma" is no challenge`,
			`event.yaml:7:28: "alpha" is listed twice`}},
		{"tab", f, "duration: 2h", "duration:\n\t2h", []string{
			`event.yaml:6:1: a tab indents this line; want spaces: YAML does not indent with tabs`}},
		{"colon in plain text", f, "duration: 2h", "duration: 2h: long", []string{
			`event.yaml:5:11: mapping value is not allowed in this context; want quotes around text that holds a colon`}},
		{"unfinished list", f, "[linux, network]", "[linux, network", []string{`event.yaml:8:1: ',' or ']' must be specified`}},
		{"anchor", f, "[linux, network]", "&t [linux, network]", []string{`event.yaml:7:9: topics is an anchor (&)`}},
		{"tag", f, "duration: 2h", "duration: !!str 2h", []string{`event.yaml:5:11: duration is a tag (!)`}},
		{"merge", f, "duration: 2h", "duration: 2h\n<<: {shards: 2}", []string{`event.yaml:6:1: merging with <<`}},
		{"second document", f, "topics:", "---\ntopics:", []string{
			`event.yaml:1:1: topics is missing`, `event.yaml:8:1: a second document begins here`}},
		{"a list instead", f, goodEvent, "- id: test\n", []string{`event.yaml:1:1: the file is a list; want fields`}},
		{"empty file", f, goodEvent, "# nothing yet\n", []string{`event.yaml:1:1: the file is empty`}},
		{"not UTF-8", f, "Test", "T\xe9st", []string{`event.yaml:2: this is not UTF-8`}},
		{"zero byte", f, "Test", "T\x00st", []string{`event.yaml:2: this is not UTF-8`}},
		{"huge", f, "topics:", "#" + strings.Repeat("x", MaxYAML) + "\ntopics:", []string{
			`event.yaml: this is too large: 129 KB; want at most 128 KB`}},
	}
}

func challengeSlips(alpha, beta string) []oneSlip {
	return []oneSlip{
		{"id other than the file", alpha, "id: alpha", "id: alfa", []string{
			`challenges/alpha.yaml:1:5: id is "alfa" in the file alpha.yaml; want "alpha", or another file name`}},
		{"unknown topic", alpha, "topic: linux", "topic: linus", []string{
			`challenges/alpha.yaml:2:8: topic "linus" is not one of the Jam's; want "linux" (one of linux, network)`}},
		{"unknown difficulty", alpha, "easy", "simple", []string{
			`challenges/alpha.yaml:3:13: difficulty "simple" is not known; want one of easy, medium, hard`}},
		{"missing language", alpha, ", ko: 알파", "", []string{
			`challenges/alpha.yaml:4:8: title lacks the language ko; want the challenge's title as {en: …, ko: …}`}},
		{"language too many", alpha, "ko: 알파", "ko: 알파, kr: 알파", []string{
			`challenges/alpha.yaml:4:28: unknown field "kr"; want "ko" (one of en, ko)`}},
		{"plain text in two languages", alpha, "{en: Alpha, ko: 알파}", "Alpha", []string{
			`challenges/alpha.yaml:4:8: title is in one language, and the Jam has en and ko`}},
		{"title that is a number", alpha, "en: Alpha", "en: 2026", []string{
			`challenges/alpha.yaml:4:13: title in en is a number; want the challenge's title: put it in quotes`}},
		{"empty text", alpha, "en: Alpha", `en: " "`, []string{`challenges/alpha.yaml:4:13: title in en is empty`}},
		{"template that does not parse", alpha, "Find it.", "Find {{it.", []string{
			`challenges/alpha.yaml:8: template line 2: `}},
		{"template with a loop", alpha, "Find it.", "{{range 1000000}}x{{end}}", []string{
			`challenges/alpha.yaml:8: template line 2: {{range 1000000}}x{{end}} is not known here; want {{team}}`}},
		{"template with a pipeline", alpha, "Find it.", `{{team | team}}`, []string{`challenges/alpha.yaml:8: `}},
		{"template with an unknown function", alpha, "안녕하세요", `"{{tema}}"`, []string{
			`challenges/alpha.yaml:9:7: template line 1: function "tema" not defined`}},
		{"template with an unknown task", alpha, "Find it.", `{{answer "three"}}`, []string{
			`challenges/alpha.yaml:8: template line 2: answer "three": the challenge has no such task`}},
		{"template that gives an answer away", alpha, "Find it.", `{{answer "one"}}`, []string{
			`challenges/alpha.yaml:8: template line 2: answer "one": that task's answers are not per-team`}},
		{"material with a bad template", "challenges/alpha/hint.txt", "own", "owl", []string{
			`challenges/alpha/hint.txt:2: template line 2: answer "owl": the challenge has no such task`}},
		{"material that is not there", alpha, "[hint.txt]", "[hint.txt, hints.txt]", []string{
			`challenges/alpha.yaml:10:22: there is no file challenges/alpha/hints.txt`}},
		{"material from elsewhere", alpha, "[hint.txt]", "[../../event.yaml]", []string{
			`challenges/alpha.yaml:10:12: material "../../event.yaml" is no file name`}},
		{"material from the root", alpha, "[hint.txt]", "[/etc/passwd]", []string{`challenges/alpha.yaml:10:12: material`}},
		{"material twice", alpha, "[hint.txt]", "[hint.txt, hint.txt]", []string{`challenges/alpha.yaml:10:22: material`}},
		{"huge material", "challenges/alpha/hint.txt", "first", strings.Repeat("x", MaxMaterial), []string{
			`challenges/alpha/hint.txt: this is too large: 257 KB; want at most 256 KB`}},
		{"material that is not text", "challenges/alpha/hint.txt", "first\n", "first\n\xff", []string{
			`challenges/alpha/hint.txt:2: this is not UTF-8`}},
		{"no points", alpha, "    points: 100\n", "", []string{
			`challenges/alpha.yaml:12:5: points is missing; want how many points`}},
		{"zero points", alpha, "points: 100", "points: 0", []string{
			`challenges/alpha.yaml:13:13: points is 0; want a whole number from 1 to 1000000`}},
		{"negative points", alpha, "points: 100", "points: -5", []string{`challenges/alpha.yaml:13:13: points is -5`}},
		{"points with an octal look", alpha, "points: 100", "points: 0x64", []string{`challenges/alpha.yaml:13:13: points is 0x64`}},
		{"task id twice", alpha, "id: own", "id: one", []string{
			`challenges/alpha.yaml:15:9: task "one" is there already, in line 12`,
			`challenges/alpha/hint.txt:2: template line 2: answer "own"`}},
		{"decay above the points", alpha, "points: 100", "points: 100\n    decay: {minimum: 100, solves: 5}", []string{
			`challenges/alpha.yaml:14:22: minimum is 100, and the task has 100 points; want at most 99`}},
		{"decay below nothing", alpha, "points: 100", "points: 100\n    decay: {minimum: -1, solves: 5}", []string{
			`challenges/alpha.yaml:14:22: minimum is -1`}},
		{"decay at the first solve", alpha, "points: 100", "points: 100\n    decay: {minimum: 5, solves: 1}", []string{
			`challenges/alpha.yaml:14:33: solves is 1; want a whole number from 2`}},
		{"half a decay", alpha, "points: 100", "points: 100\n    decay: {minimum: 5}", []string{
			`challenges/alpha.yaml:14:12: solves is missing`}},
		{"watch on an answer", alpha, "points: 100", "points: 100\n    watch: 5m", []string{
			`challenges/alpha.yaml:14:12: a check of kind answer is never pending by itself; want watch only on checks that look`}},
		{"clue without a cost", alpha, "    cost: 5\n", "", []string{`challenges/alpha.yaml:19:5: cost is missing`}},
		{"clue that pays", alpha, "cost: 5", "cost: -5", []string{`challenges/alpha.yaml:20:11: cost is -5`}},
		{"clue twice", alpha, "  - id: c1", "  - {id: c1, cost: 0, text: {en: x, ko: y}}\n  - id: c1", []string{
			`challenges/alpha.yaml:20:9: clue "c1" is there already, in line 19`}},
		{"no tasks", beta, "\n  - id: note\n    points: 10\n    check: {kind: manual}", " []", []string{
			`challenges/beta.yaml:7:8: tasks is empty`}},
		{"task that is a word", beta, "  - id: note\n    points: 10\n    check: {kind: manual}", "  - note", []string{
			`challenges/beta.yaml:8:5: a task is text; want a mapping with id, points and check`}},
		{"unknown prerequisite", beta, "[alpha]", "[alpah]", []string{
			`challenges/beta.yaml:6:12: requires "alpah", which is no challenge; want "alpha" (one of alpha, beta)`}},
		{"prerequisite twice", beta, "[alpha]", "[alpha, alpha]", []string{
			`challenges/beta.yaml:6:19: "alpha" is required twice`}},
		{"requires itself", beta, "[alpha]", "[beta]", []string{
			`challenges/beta.yaml:6:12: these challenges wait for each other: beta → beta`}},
		{"cycle", alpha, "tasks:", "requires: [beta]\ntasks:", []string{
			`challenges/alpha.yaml:11:12: these challenges wait for each other: alpha → beta → alpha; want one that`}},
		{"warm-up that scores", beta, "topic:", "phase: warm-up\ntopic:", []string{
			`challenges/beta.yaml:2:8: a warm-up challenge, and the Jam has no warm-up; want warmup: in event.yaml`,
			`challenges/beta.yaml:7:12: a warm-up challenge requires "alpha", which opens only with the Jam`,
			`challenges/beta.yaml:10:13: points in a warm-up challenge; want 0 points`}},
		{"warm-up that costs", beta, goodBeta, "id: beta\nphase: warm-up\ntopic: network\ndifficulty: easy\n" +
			"title: {en: B, ko: B}\nbrief: {en: B, ko: B}\ntasks:\n  - id: t\n    attempts: {penalty: 1}\n" +
			"    check: {kind: manual}\nclues: [{id: c, cost: 1, text: {en: B, ko: B}}]\n", []string{
			`challenges/beta.yaml:2:8: a warm-up challenge, and the Jam has no warm-up`,
			`challenges/beta.yaml:9:15: a penalty in a warm-up challenge; want none`,
			`challenges/beta.yaml:11:23: cost is 1; want a whole number from 0 to 0`}},
		{"unknown phase", beta, "topic:", "phase: warmup\ntopic:", []string{
			`challenges/beta.yaml:2:8: phase "warmup" is not known; want "warm-up" (one of jam, warm-up)`}},
		{"no check", beta, "    check: {kind: manual}\n", "", []string{`challenges/beta.yaml:8:5: check is missing`}},
	}
}

func checkSlips(f string) []oneSlip {
	const fold = "{kind: answer, form: fold, accept: [a, b]}"
	at := func(what string) []string { return []string{"challenges/alpha.yaml:14:" + what} }
	return []oneSlip{
		{"unknown kind", f, "kind: answer", "kind: anwser", at(`19: kind "anwser" is not known; want "answer" (one of`)},
		{"no kind", f, fold, "{form: exact, accept: [a]}", at(`12: kind is missing; want one of answer, manual`)},
		{"unknown form", f, "form: fold", "form: folded", at(`33: form "folded" is not known; want "fold" (one of`)},
		{"no form", f, fold, "{kind: answer, accept: [a]}", at(`12: form is missing; want one of exact, fold`)},
		{"no accept", f, fold, "{kind: answer, form: exact}", at(`12: accept is missing; want the right answers`)},
		{"empty accept", f, "[a, b]", "[]", at(`47: accept is empty; want at least one answer`)},
		{"empty answer", f, "[a, b]", `[a, ""]`, at(`51: accept is empty; want an answer`)},
		{"answer twice", f, "[a, b]", `[a, a]`, at(`51: this answer is written twice`)},
		{"answer too long", f, "[a, b]", "[" + strings.Repeat("a", MaxAnswer+1) + "]", at(`48: this answer is too long`)},
		{"accept in per-team", f, "form: fold", "form: per-team", at(`51: accept does not belong to the form per-team`)},
		{"prefix in exact", f, "form: fold", "form: fold, prefix: x", at(`47: prefix does not belong to the form fold`)},
		{"prefix with a space", f, "prefix: pf-", `prefix: "p f"`, []string{
			`challenges/alpha.yaml:17:51: prefix "p f" is not possible`}},
		{"tolerance in fold", f, "form: fold", "form: fold, tolerance: 1", at(`50: tolerance does not belong to the form fold`)},
		{"number that is none", f, "form: fold, accept: [a, b]", `form: numeric, accept: ["1,5"]`,
			at(`51: this answer is not a number; want digits with a decimal point`)},
		{"number that is NaN", f, "form: fold, accept: [a, b]", `form: numeric, accept: [.nan]`, at(`51: this answer is not a`)},
		{"negative tolerance", f, "form: fold, accept: [a, b]", `form: numeric, accept: [1], tolerance: -1`,
			at(`66: tolerance is -1; want a number of at least 0`)},
		{"infinite tolerance", f, "form: fold, accept: [a, b]", `form: numeric, accept: [1], tolerance: .inf`,
			at(`66: tolerance is a number; want a number of at least 0`)},
		{"expression that does not compile", f, "form: fold, accept: [a, b]", `form: regex, accept: ["a)|(b"]`,
			at(`49: this expression does not compile`)},
		{"fetch in an answer", f, "form: fold", "form: fold, fetch: {}", at(`39: fetch does not belong to a check of kind answer`)},
		{"form in manual", f, fold, "{kind: manual, form: exact}", at(`27: form does not belong to a check of kind manual`)},
		{"unknown field of check", f, "accept:", "accepts:", []string{
			`challenges/alpha.yaml:14:12: accept is missing`,
			`challenges/alpha.yaml:14:39: unknown field "accepts"; want "accept" (one of`}},
		{"attempts on a look", f, fold, "{kind: http, fetch: {w: {get: 'https://x/'}}, passed: w}\n    attempts: {limit: 1}", []string{
			`challenges/alpha.yaml:15:15: a check of kind http has no attempts: looking is free`}},
		{"no fetch and no passed", f, fold, "{kind: aws}", []string{
			`challenges/alpha.yaml:14:12: fetch is missing; want what to look at, such as {web: {call: eks.`,
			`challenges/alpha.yaml:14:12: passed is missing; want an expression`}},
		{"nothing fetched", f, fold, "{kind: aws, fetch: {}, passed: x}", at(`31: fetch is empty`)},
		{"empty expression", f, fold, "{kind: aws, fetch: {x: {call: sts.GetCallerIdentity}}, passed: ''}", at(`75: passed is empty`)},
		{"call without service", f, fold, "{kind: aws, fetch: {x: {call: DescribeCluster}}, passed: x}",
			at(`42: call "DescribeCluster" is no operation; want service.Operation`)},
		{"get in aws", f, fold, "{kind: aws, fetch: {x: {get: /api}}, passed: x}",
			at(`36: a check of kind aws cannot fetch with get; want call`)},
		{"two things fetched", f, fold, "{kind: kubernetes, fetch: {x: {get: /api/v1, call: eks.ListClusters}}, passed: x}",
			at(`57: this fetches two things`)},
		{"nothing in a fetch", f, fold, "{kind: prometheus, fetch: {x: {take: y}}, passed: x}", at(`42: nothing is fetched; want query: up`)},
		{"path that is none", f, fold, "{kind: kubernetes, fetch: {x: {get: pods}}, passed: x}", at(`48: get "pods" is no API path`)},
		{"address that is none", f, fold, "{kind: http, fetch: {x: {get: 'file:///etc'}}, passed: x}", at(`42: get "file:///etc" is no address`)},
		{"braces that do not close", f, fold, "{kind: http, fetch: {x: {get: '{{team.url'}}, passed: x}", at(`42: get has {{ without }}`)},
		{"name of a fetch", f, fold, "{kind: http, fetch: {team: {get: 'https://x/'}}, passed: x}", at(`33: "team" cannot name`)},
		{"saying no verdict", f, fold, "{kind: http, fetch: {x: {get: 'https://x/'}}, passed: x, say: {fail: {en: a, ko: b}}}",
			at(`75: unknown field "fail"; want "failed" (one of passed`)},
		{"saying what never comes", f, fold, "{kind: http, fetch: {x: {get: 'https://x/'}}, passed: x, say: {doomed: {en: a, ko: b}}}",
			at(`75: doomed is never said: the check has no doomed`)},
		{"saying it in one language", f, fold, "{kind: http, fetch: {x: {get: 'https://x/'}}, passed: x, say: {failed: {en: a}}}",
			at(`83: failed lacks the language ko`)},
		{"parameter too large", f, fold, "{kind: aws, fetch: {x: {call: eks.ListClusters, with: {n: 12345678901234567890}}}, passed: x}",
			at(`70: n is 12345678901234567890`)},
	}
}
