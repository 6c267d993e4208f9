package api

import (
	"net/http"

	"github.com/photofinish/photofinish/shared/rules"
)

// Kind is the stable end of a problem's type. Those of rules.RefusalKind are kinds too.
type Kind string

// The kinds of problem that the edge itself finds.
const (
	NoToken          Kind = "no-token"
	WrongToken       Kind = "wrong-token"
	RevokedToken     Kind = "revoked-token"
	NotAllowed       Kind = "not-allowed"
	NotFound         Kind = "not-found"
	MethodNotAllowed Kind = "method-not-allowed"
	Malformed        Kind = "malformed"
	WrongMediaType   Kind = "unsupported-media-type"
	TooLarge         Kind = "too-large"
	SlowBody         Kind = "slow-body"
	InvalidKey       Kind = "invalid-key"
	KeyReused        Kind = "key-reused"
	Invalid               = Kind(rules.Invalid)
	OutcomeUnknown   Kind = "outcome-unknown"
	Unavailable      Kind = "unavailable"
	Internal         Kind = "internal"
	NotSealed        Kind = "not-sealed"
	Frozen           Kind = "frozen"
)

// ProblemPrefix begins every problem's type.
const ProblemPrefix = "https://photofinish.dev/problems/"

// KindInfo is what holds for every problem of a kind.
type KindInfo struct {
	Kind    Kind
	Status  int
	Title   string
	Meaning string // what it means and what to do, for the documentation
}

// Type is the URI that names the kind.
func (i KindInfo) Type() string { return ProblemPrefix + string(i.Kind) }

// Kinds is every kind of problem there is: the one list from which problems and their documentation are made.
var Kinds = []KindInfo{
	{NoToken, http.StatusUnauthorized, "No token", "The operation needs `Authorization: Bearer <token>`."},
	{WrongToken, http.StatusUnauthorized, "Wrong token", "Nobody has this token. Copy it again, whole."},
	{RevokedToken, http.StatusUnauthorized, "Revoked token", "The token was replaced or withdrawn. Ask for the new one."},
	{NotAllowed, http.StatusForbidden, "Not allowed", "The token is good, but not for this operation: a team's where an organiser's is needed, or the reverse."},
	{NotFound, http.StatusNotFound, "Not found", "There is nothing at this path."},
	{MethodNotAllowed, http.StatusMethodNotAllowed, "Method not allowed", "The path exists, the method does not. `Allow` lists those that do."},
	{Malformed, http.StatusBadRequest, "Malformed request", "The body is no well-formed JSON in UTF-8: cut off, a name given twice, or something after its end."},
	{WrongMediaType, http.StatusUnsupportedMediaType, "Unsupported media type", "Send the body as `Content-Type: application/json`."},
	{TooLarge, http.StatusRequestEntityTooLarge, "Too large", "The body is larger than the operation reads; 64 KB unless it says otherwise."},
	{SlowBody, http.StatusRequestTimeout, "Body not received", "The body did not arrive in full. Nothing was recorded; send the request again."},
	{InvalidKey, http.StatusBadRequest, "Invalid idempotency key", "An `Idempotency-Key` is 1 to 64 of the characters `A-Z a-z 0-9 . _ : -`."},
	{KeyReused, http.StatusUnprocessableEntity, "Key reused", "The `Idempotency-Key` was used for another request. Nothing was recorded; use a new key."},
	{OutcomeUnknown, http.StatusServiceUnavailable, "Outcome unknown", "It could not be learned whether the request was recorded. Repeat it with the key in `idempotency_key`: it acts once at most."},
	{Unavailable, http.StatusServiceUnavailable, "Unavailable", "The server cannot answer now. Nothing was recorded; try again."},
	{NotSealed, http.StatusNotFound, "Not sealed", "There is no such entry or block, or it is not sealed yet; sealing takes about half a minute."},
	{Frozen, http.StatusForbidden, "Frozen", "The board is frozen, and this lies after the freeze."},
	{Internal, http.StatusInternalServerError, "Internal error", "A fault of ours. Tell the organisers the `request_id`."},

	{Kind(rules.NotStarted), http.StatusForbidden, "Not started", "The Jam or the challenge has not opened. `retry_after` says when it does, as planned now."},
	{Kind(rules.Paused), http.StatusForbidden, "Paused", "The Jam is paused. Nothing is accepted; the end moves by the pause's length."},
	{Kind(rules.Ended), http.StatusForbidden, "Ended", "The Jam is over."},
	{Kind(rules.Certified), http.StatusForbidden, "Certified", "The result is certified and the ledger closed."},
	{Kind(rules.UnknownChallenge), http.StatusNotFound, "Unknown challenge", "There is no challenge with this id."},
	{Kind(rules.UnknownTask), http.StatusNotFound, "Unknown task", "The challenge has no task with this id."},
	{Kind(rules.UnknownClue), http.StatusNotFound, "Unknown clue", "The challenge has no clue with this id."},
	{Kind(rules.UnknownTeam), http.StatusNotFound, "Unknown team", "There is no team with this id."},
	{Kind(rules.UnknownSubmission), http.StatusNotFound, "Unknown submission", "The team has no submission with this id."},
	{Kind(rules.UnknownDispute), http.StatusNotFound, "Unknown dispute", "There is no open dispute with this id."},
	{Kind(rules.Locked), http.StatusConflict, "Locked", "Another challenge must be solved first."},
	{Kind(rules.SolvedAlready), http.StatusConflict, "Solved already", "The team has solved this task."},
	{Kind(rules.AttemptsUsedUp), http.StatusForbidden, "Attempts used up", "The team has no attempt left at this task."},
	{Kind(rules.LockedOut), http.StatusTooManyRequests, "Locked out", "Too many wrong answers; wait `retry_after` seconds."},
	{Kind(rules.TooSoon), http.StatusTooManyRequests, "Too soon", "The last submission is being looked at; wait `retry_after` seconds."},
	{Kind(rules.TooManyOpen), http.StatusTooManyRequests, "Too many open", "Too many hand-ins wait to be judged."},
	{Kind(rules.ClueTakenAlready), http.StatusConflict, "Clue taken already", "The team has this clue and pays only once; read it with the challenge."},
	{Kind(rules.TeamWithdrawn), http.StatusForbidden, "Team withdrawn", "The team no longer takes part; it may still read."},
	{Kind(rules.TeamExists), http.StatusConflict, "Team exists", "The team's id was used before; ids are never used again."},
	{Kind(rules.JudgedAlready), http.StatusConflict, "Judged already", "The submission is over; only a ruling changes its verdict."},
	{Kind(rules.NothingNew), http.StatusConflict, "Nothing new", "This would change nothing."},
	{Kind(rules.ClockConflict), http.StatusConflict, "Clock conflict", "The change does not fit the clock, or overlaps with one that is written down."},
	{Kind(rules.ClockNoticeShort), http.StatusUnprocessableEntity, "Too short notice", "A clock change takes effect at least 30 s after it is written."},
	{Kind(rules.NotFinal), http.StatusConflict, "Not final", "The result cannot be certified yet: the detail names every reason, such as that the Jam has not ended, that the board is frozen, and what is pending, in error, unsealed or disputed."},
	{Invalid, http.StatusUnprocessableEntity, "Invalid request", "The request is well-formed and makes no sense as it is; `errors` names the places, `detail` says what is wrong."},
}

var kindIndex = func() map[Kind]KindInfo {
	index := make(map[Kind]KindInfo, len(Kinds))
	for _, k := range Kinds {
		index[k.Kind] = k
	}
	return index
}()

// Info is what holds for every problem of this kind; a kind that is not in Kinds is Internal.
func (k Kind) Info() KindInfo {
	if info, ok := kindIndex[k]; ok {
		return info
	}
	return kindIndex[Internal]
}
