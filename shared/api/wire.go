package api

import (
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// SubmissionView is a submission as its team sees it.
type SubmissionView struct {
	ID           jam.Stamp   `json:"id" doc:"The submission's stamp: its place in the order"`
	Challenge    string      `json:"challenge"`
	Task         string      `json:"task"`
	ReceivedAt   jam.Time    `json:"received_at"`
	Verdict      jam.Verdict `json:"verdict"`
	Points       int         `json:"points"`
	Provisional  bool        `json:"provisional,omitempty" doc:"The points depend on other teams"`
	CountsAt     jam.Time    `json:"counts_at,omitzero" doc:"When a pass counts"`
	AttemptsLeft *int        `json:"attempts_left,omitempty" doc:"Absent where there is no limit"`
	Look         int         `json:"look,omitempty" doc:"Number of the last look that changed the verdict"`
	Message      string      `json:"message,omitempty" doc:"What the check or the judge says"`
	Looks        int         `json:"looks,omitempty" doc:"How often it was looked at"`
	LookedAt     jam.Time    `json:"looked_at,omitzero" doc:"When the newest look began"`
	NextLookAt   jam.Time    `json:"next_look_at,omitzero" doc:"When the next look is due"`
	StampedBy    string      `json:"stamped_by,omitempty" doc:"\"handler\" if the request took over 3 s from the gateway"`
}

// TeamView is what a reply says of the team's own state. It is final.
type TeamView struct {
	ID     string `json:"id"`
	Score  int    `json:"score"`
	Solved int    `json:"solved"`
}

// SubmissionReply answers POST /v1/submissions.
type SubmissionReply struct {
	Submission SubmissionView `json:"submission"`
	Team       TeamView       `json:"team"`
	Receipt    string         `json:"receipt" doc:"C2SP signed note: jam, team, stamp, hash of the entry's stored bytes"`
}

// SubmissionRequest is POST /v1/submissions.
type SubmissionRequest struct {
	Challenge string `json:"challenge" maxLength:"32"`
	Task      string `json:"task" maxLength:"32"`
	Answer    string `json:"answer,omitempty" maxLength:"4096" doc:"For answer checks"`
	Note      string `json:"note,omitempty" maxLength:"16384" doc:"For what is handed in to a judge"`
}

// SubmissionDetail is one submission with its verdicts so far, GET /v1/submissions/{id}.
type SubmissionDetail struct {
	Submission SubmissionView `json:"submission"`
	Receipts   []string       `json:"receipts" doc:"Of the submission and of every verdict and ruling on it"`
}

// SubmissionList is GET /v1/submissions.
type SubmissionList struct {
	Submissions []SubmissionView `json:"submissions" doc:"Newest first"`
}

// ChallengeList is GET /v1/challenges.
type ChallengeList struct {
	Challenges []ChallengeView `json:"challenges" doc:"Those that have opened, in the Jam's order"`
}

// ClueRequest is POST /v1/clues.
type ClueRequest struct {
	Challenge string `json:"challenge" maxLength:"32"`
	Clue      string `json:"clue" maxLength:"32"`
}

// ClueView is a clue: its text only for a team that has taken it.
type ClueView struct {
	Challenge string `json:"challenge"`
	ID        string `json:"id"`
	Cost      int    `json:"cost"`
	Taken     bool   `json:"taken"`
	Text      string `json:"text,omitempty"`
}

// ClueReply answers POST /v1/clues.
type ClueReply struct {
	Clue    ClueView `json:"clue"`
	Team    TeamView `json:"team"`
	Receipt string   `json:"receipt"`
}

// ClockView is the clock as it stands.
type ClockView struct {
	Phase    rules.Phase `json:"phase" enum:"before,warm-up,running,paused,ended,certified"`
	Now      jam.Time    `json:"now"`
	WarmupAt jam.Time    `json:"warmup_at"`
	StartsAt jam.Time    `json:"starts_at"`
	EndsAt   jam.Time    `json:"ends_at" doc:"While paused: the end if the Jam went on now"`
	FreezeAt jam.Time    `json:"freeze_at"`
	Frozen   bool        `json:"frozen"`
	PausedAt jam.Time    `json:"paused_at"`
	Next     *ChangeView `json:"next" doc:"The next change that is written down and has not taken effect"`
}

// ChangeView is a clock change.
type ChangeView struct {
	Op          rules.Op     `json:"op"`
	EffectiveAt jam.Time     `json:"effective_at"`
	At          jam.Time     `json:"at,omitzero"`
	ExtendBy    jam.Duration `json:"extend_by,omitzero"`
}

// Announcement is a text to everyone.
type Announcement struct {
	Stamp jam.Stamp `json:"stamp"`
	At    jam.Time  `json:"at"`
	Text  string    `json:"text"`
	By    string    `json:"by"`
}

// JamView is GET /v1/jam. Name is in the reader's language.
type JamView struct {
	ID            string         `json:"id"`
	Name          string         `json:"name"`
	Timezone      string         `json:"timezone"`
	Languages     []string       `json:"languages"`
	Topics        []string       `json:"topics"`
	Definition    string         `json:"definition" doc:"Hash of the definition in force"`
	Challenges    int            `json:"challenges"`
	Points        int            `json:"points"`
	Clock         ClockView      `json:"clock"`
	Announcements []Announcement `json:"announcements" doc:"Newest first, at most 50"`
	ReceiptKey    string         `json:"receipt_key"`
	CheckpointKey string         `json:"checkpoint_key"`
}

// TaskView is a task as a team sees it.
type TaskView struct {
	ID           string   `json:"id"`
	Title        string   `json:"title"`
	Points       int      `json:"points"`
	FirstBonus   int      `json:"first_solve_bonus,omitempty"`
	Check        jam.Kind `json:"check"`
	State        string   `json:"state" enum:"untouched,tried,pending,passed"`
	AttemptsLeft *int     `json:"attempts_left,omitempty"`
	LockedUntil  jam.Time `json:"locked_until,omitzero"`
	Penalty      int      `json:"penalty,omitempty" doc:"Points for each wrong answer"`
}

// MaterialView is a file that a challenge hands out, as it is for this team.
type MaterialView struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// ChallengeView is a challenge as a team sees it. Brief, clue texts and material come only with GET /v1/challenges/{id}.
type ChallengeView struct {
	ID         string         `json:"id"`
	Title      string         `json:"title"`
	Phase      jam.Phase      `json:"phase"`
	Topic      string         `json:"topic"`
	Difficulty string         `json:"difficulty"`
	Points     int            `json:"points"`
	Expect     jam.Duration   `json:"expect,omitzero" doc:"How long a slow build usually takes"`
	Open       bool           `json:"open"`
	Requires   []string       `json:"requires,omitempty"`
	Tasks      []TaskView     `json:"tasks"`
	Clues      []ClueView     `json:"clues"`
	Brief      string         `json:"brief,omitempty"`
	Material   []MaterialView `json:"material,omitempty"`
}

// TeamDetail is GET /v1/team.
type TeamDetail struct {
	Team     TeamView          `json:"team"`
	Name     string            `json:"name"`
	Standing rules.Standing    `json:"standing"`
	Settings map[string]string `json:"settings"`
}

// Settings is PUT /v1/team/settings: what checks need to know. A setting that is left out is removed.
type Settings struct {
	Account string `json:"account,omitempty" pattern:"^[0-9]{12}$" doc:"AWS account id"`
	Region  string `json:"region,omitempty" pattern:"^[a-z]{2}(-[a-z]+)+-[0-9]$"`
	Cluster string `json:"cluster,omitempty" maxLength:"100" pattern:"^[0-9A-Za-z][A-Za-z0-9_-]*$"`
	URL     string `json:"url,omitempty" maxLength:"2048" format:"uri"`
}

// TeamRecord is a team as organisers see it.
type TeamRecord struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Standing rules.Standing `json:"standing"`
	Score    int            `json:"score"`
	Solved   int            `json:"solved"`
	Token    string         `json:"token,omitempty" doc:"Only in the reply that made it"`
}

// NewTeam is one team to import.
type NewTeam struct {
	ID     string `json:"id,omitempty" doc:"Made from the name if empty"`
	Name   string `json:"name" minLength:"1" maxLength:"100"`
	Hidden bool   `json:"hidden,omitempty"`
	Token  string `json:"token,omitempty" doc:"<id>.<random>; made if empty"`
}

// ClockCommand is POST /v1/organizer/clock.
type ClockCommand struct {
	Op          rules.Op     `json:"op" enum:"start,end,extend,pause,resume,freeze,thaw"`
	EffectiveAt jam.Time     `json:"effective_at,omitzero" doc:"At least 30 s from now, which is also what it is if absent; a start may take effect at once"`
	At          jam.Time     `json:"at,omitzero" doc:"start, end, freeze: the time that it sets; if absent, when it takes effect"`
	ExtendBy    jam.Duration `json:"extend_by,omitzero"`
}

// RulingCommand is one ruling of POST /v1/organizer/rulings.
type RulingCommand struct {
	Ruling     rules.Ruling `json:"ruling" enum:"award,penalty,void,grant,verdict"`
	Team       string       `json:"team"`
	Why        string       `json:"why" minLength:"1" maxLength:"500"`
	Points     int          `json:"points,omitempty"`
	Submission jam.Stamp    `json:"submission,omitzero"`
	Verdict    jam.Verdict  `json:"verdict,omitempty"`
	Task       jam.TaskRef  `json:"task,omitempty" doc:"grant: challenge/task"`
	CountsFrom string       `json:"counts_from,omitempty" doc:"grant: a stamp, or an RFC 3339 time; if absent, now"`
}

// RulingReply tells what became of each ruling; they stand or fall one by one.
type RulingReply struct {
	Rulings []RulingResult `json:"rulings"`
}

// RulingResult is one ruling's outcome: a receipt, or a problem.
type RulingResult struct {
	Team    string    `json:"team"`
	Stamp   jam.Stamp `json:"stamp"`
	Score   int       `json:"score"`
	Receipt string    `json:"receipt,omitempty"`
	Problem string    `json:"problem,omitempty"`
	Detail  string    `json:"detail,omitempty"`
}

// JudgementCommand is POST /v1/organizer/judgements: an organiser's or an outside judge's verdict.
type JudgementCommand struct {
	Submission jam.Stamp   `json:"submission"`
	Verdict    jam.Verdict `json:"verdict" enum:"passed,failed"`
	BeganAt    jam.Time    `json:"began_at,omitzero" doc:"When the judge began to look; now if absent"`
	Message    string      `json:"message,omitempty" maxLength:"1000" doc:"To the team"`
}

// PendingView is a submission that waits, as organisers see it.
type PendingView struct {
	Submission jam.Stamp `json:"submission"`
	Team       string    `json:"team"`
	Challenge  string    `json:"challenge"`
	Task       string    `json:"task"`
	Check      jam.Kind  `json:"check"`
	ReceivedAt jam.Time  `json:"received_at"`
	AgeSeconds int       `json:"age_seconds"`
	Holds      bool      `json:"holds_finality"`
	Note       string    `json:"note,omitempty"`
}

// ReportView is something that organisers are told and teams are not.
type ReportView struct {
	Stamp jam.Stamp   `json:"stamp"`
	Team  string      `json:"team"`
	Task  jam.TaskRef `json:"task"`
	Kind  string      `json:"kind" doc:"foreign-answer: another team's answer was given"`
	Other string      `json:"other,omitempty" doc:"The team whose answer it is"`
}

// FeedItem is one sealed entry of GET /v1/ledger/feed.
type FeedItem struct {
	Seq   int64     `json:"seq"`
	Stamp jam.Stamp `json:"stamp"`
	Leaf  string    `json:"leaf" doc:"The entry's stored bytes; the tree's leaf"`
}

// BlockView is GET /v1/ledger/blocks/{n}.
type BlockView struct {
	Number int64       `json:"number"`
	First  int64       `json:"first" doc:"Sequence number of its first entry"`
	After  jam.Stamp   `json:"after" doc:"The previous block's end"`
	End    jam.Stamp   `json:"end"`
	Stamps []jam.Stamp `json:"stamps"`
	Size   int64       `json:"size" doc:"Of the tree"`
	Root   string      `json:"root"`
}

// ProofView is GET /v1/ledger/proofs/{stamp}: the entry and its RFC 6962 inclusion proof in the newest checkpoint's tree.
type ProofView struct {
	Stamp      jam.Stamp `json:"stamp"`
	Seq        int64     `json:"seq"`
	Leaf       string    `json:"leaf"`
	TreeSize   int64     `json:"tree_size"`
	Hashes     []string  `json:"hashes"`
	Checkpoint string    `json:"checkpoint" doc:"C2SP signed note"`
}

// CertificateView is GET /v1/ledger/certificate.
type CertificateView struct {
	Certificate string    `json:"certificate" doc:"C2SP signed note"`
	Block       int64     `json:"block" doc:"The block that the result is of"`
	Through     jam.Stamp `json:"through" doc:"Its end"`
	TreeSize    int64     `json:"tree_size"`
	Board       string    `json:"board" doc:"SHA-256 of the board's bytes, base64"`
}
