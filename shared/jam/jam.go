// Package jam is the vocabulary and the definition of a Jam: what organisers write in events/<jam>/ and what every other
// package means by a challenge, a task, a stamp or a verdict.
//
// It guarantees that an Event that Load returned is whole: ids are unique and well formed, prerequisites have no cycles,
// every text has its languages, and every check has the form that its kind demands. It reads files but knows no store, no
// HTTP and no AWS, and it decides nothing about a competition: that is shared/rules. What authors may write stands in
// docs/authoring.md.
package jam

// Verdict is what became of a submission.
type Verdict string

// The verdicts. Passed, failed and doomed end a submission; pending is looked at again; error is ours and is retried.
const (
	Passed  Verdict = "passed"
	Failed  Verdict = "failed"
	Pending Verdict = "pending"
	Doomed  Verdict = "doomed"
	Error   Verdict = "error"
)

// Ends tells whether a submission with this verdict is over.
func (v Verdict) Ends() bool { return v == Passed || v == Failed || v == Doomed }

// Text is one text in several languages, by their two-letter codes.
type Text map[string]string

// Event is one Jam's definition, as it is in force: event.yaml and its challenges, in order.
type Event struct {
	ID         string      `json:"id"`
	Name       Text        `json:"name"`
	Timezone   string      `json:"timezone"`
	StartsAt   Time        `json:"starts_at"`
	Duration   Duration    `json:"duration"`
	Freeze     Duration    `json:"freeze_before_end,omitzero"` // zero: the board never freezes by itself
	Warmup     Duration    `json:"warmup,omitzero"`            // how long before the start warm-up challenges open
	Languages  []string    `json:"languages"`                  // every Text has all of these; the first is the fallback
	Topics     []string    `json:"topics"`
	Attempts   Attempts    `json:"attempts,omitzero"` // what holds for tasks that say nothing themselves
	Shards     int         `json:"shards,omitzero"`   // K of the ledger; 0: it follows from Expect, see ShardCount
	Expect     Expect      `json:"expect,omitzero"`
	Challenges []Challenge `json:"challenges"`
}

// Expect is how large the organisers expect the Jam to be.
type Expect struct {
	Teams                int `json:"teams,omitempty"`
	SubmissionsPerSecond int `json:"submissions_per_second,omitempty"`
}

// Attempts bounds wrong answers of one team to one task.
type Attempts struct {
	Limit        int      `json:"limit,omitzero"`         // 0: no limit
	Penalty      int      `json:"penalty,omitzero"`       // points for each wrong answer, taken when it is given
	LockoutAfter int      `json:"lockout_after,omitzero"` // every so many wrong answers …
	Lockout      Duration `json:"lockout,omitzero"`       // … the task is closed to the team for so long
}

// Phase is when a challenge may be played.
type Phase string

// The phases. Warm-up challenges open before the start, stay open, and score nothing.
const (
	PhaseJam    Phase = "jam"
	PhaseWarmup Phase = "warm-up"
)

// Challenge is one of a Jam's problems.
type Challenge struct {
	ID         string     `json:"id"`
	Phase      Phase      `json:"phase"`
	Topic      string     `json:"topic"`
	Difficulty string     `json:"difficulty"` // easy, medium, hard
	Title      Text       `json:"title"`
	Brief      Text       `json:"brief"`              // Markdown, a template
	Expect     Duration   `json:"expect,omitzero"`    // how long a slow build usually takes
	Requires   []string   `json:"requires,omitempty"` // challenges that the team must have solved whole
	Material   []Material `json:"material,omitempty"`
	Tasks      []Task     `json:"tasks"`
	Clues      []Clue     `json:"clues,omitempty"`
}

// Material is a file that a challenge hands out. Its text is a template, see Render.
type Material struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Task is one thing to do, with its points and its check.
type Task struct {
	ID       string    `json:"id"`
	Title    Text      `json:"title,omitempty"`
	Points   int       `json:"points"`
	Bonus    int       `json:"first_solve_bonus,omitzero"` // extra points for the first team
	Decay    *Decay    `json:"decay,omitempty"`            // points that fall with solves
	Watch    Duration  `json:"watch,omitzero"`
	Attempts *Attempts `json:"attempts,omitempty"` // instead of the Jam's
	Check    Check     `json:"check"`
}

// Decay lets a task's points fall linearly from Points at the first solve to Minimum at solve number Solves, for all of
// its solvers alike.
type Decay struct {
	Minimum int `json:"minimum"`
	Solves  int `json:"solves"`
}

// Clue is a hint that costs points.
type Clue struct {
	ID   string `json:"id"`
	Cost int    `json:"cost"`
	Text Text   `json:"text"`
}

// Kind is how a task is verified.
type Kind string

// The kinds of check.
const (
	KindAnswer     Kind = "answer"
	KindManual     Kind = "manual"
	KindHTTP       Kind = "http"
	KindAWS        Kind = "aws"
	KindKubernetes Kind = "kubernetes"
	KindPrometheus Kind = "prometheus"
)

// Check is how a task is verified. Which fields may be set follows from Kind.
type Check struct {
	Kind   Kind    `json:"kind"`
	Answer *Answer `json:"answer,omitempty"` // answer
	// Looks are declared: what is fetched, and CEL expressions over it (aws, kubernetes, prometheus, http).
	Fetch     map[string]Fetch `json:"fetch,omitempty"`
	DoomedIf  string           `json:"doomed,omitempty"`
	PassedIf  string           `json:"passed,omitempty"`
	PendingIf string           `json:"pending,omitempty"`
	Say       map[Verdict]Text `json:"say,omitempty"` // what a team is told, by verdict; a template
}

// Fetch names one read-only resource.
type Fetch struct {
	Call  string         `json:"call,omitempty"`  // aws: service.Operation
	Get   string         `json:"get,omitempty"`   // kubernetes: an API path; http: a URL
	Query string         `json:"query,omitempty"` // prometheus: PromQL
	With  map[string]any `json:"with,omitempty"`
	Take  string         `json:"take,omitempty"`
}

// AnswerForm is how an answer is compared.
type AnswerForm string

// The forms. PerTeam answers are an HMAC of the team and the task under the Jam's secret.
const (
	Exact    AnswerForm = "exact"
	FoldCase AnswerForm = "fold"
	Numeric  AnswerForm = "numeric"
	Regex    AnswerForm = "regex"
	PerTeam  AnswerForm = "per-team"
)

// Answer says which answers are right. The surrounding white space of an answer never counts.
type Answer struct {
	Form      AnswerForm `json:"form"`
	Accept    []string   `json:"accept,omitempty"`   // all forms but per-team: any one of these
	Tolerance float64    `json:"tolerance,omitzero"` // numeric: the largest absolute difference
	Prefix    string     `json:"prefix,omitempty"`   // per-team: what the answer begins with, such as "pf-"
	// Digest stands for Accept in a definition that is published: an HMAC under the Jam's secret.
	Digest string `json:"digest,omitempty"`
}
