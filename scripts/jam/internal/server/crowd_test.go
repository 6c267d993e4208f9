package server_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

// crowd is teams of several members who all play at once, each over HTTP, and a board that somebody reads meanwhile.
type crowd struct {
	*rig
	url     string
	web     *http.Client
	teams   int
	members int
	each    int // requests of a member
	seed    uint64

	mu     sync.Mutex
	played []happened
	boards []boardRead
}

// happened is one request with its reply.
type happened struct {
	asked     asked
	said      said
	sent, got time.Time
	body      []byte // the reply, whole
	receipt   string // of an accepted one
}

type boardRead struct {
	board     board.Board
	sent, got time.Time
}

func (h happened) accepted() bool { return h.said.refused == "" && !h.said.stamp.IsZero() }

// serve opens the Jam on the machine's own clock, and listens.
func (c *crowd) serve(t *testing.T) {
	t.Helper()
	c.rig = &rig{t: t, data: t.TempDir(), runs: true}
	teams := make([]api.NewTeam, c.teams)
	for n := range teams {
		teams[n] = api.NewTeam{ID: crowdTeam(n), Name: crowdTeam(n)}
	}
	c.open(crowdJam(time.Now()), teams...)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: c.server.Handler(), ReadHeaderTimeout: 10 * time.Second}
	var serving sync.WaitGroup
	serving.Go(func() { _ = web.Serve(listener) })
	transport := &http.Transport{MaxIdleConnsPerHost: 2 * c.teams * c.members}
	c.url, c.web = "http://"+listener.Addr().String(), &http.Client{Transport: transport, Timeout: 30 * time.Second}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = web.Close()
		serving.Wait()
		_ = c.server.Close()
	})
}

func crowdTeam(n int) string { return fmt.Sprintf("team-%02d", n) }

// play lets everybody play, and returns when all are done.
func (c *crowd) play() {
	var players, spectators sync.WaitGroup
	done := make(chan struct{})
	for team := range c.teams {
		lately := &lately{}
		for n := range c.members {
			players.Go(func() { c.member(team, n, lately) })
		}
	}
	spectators.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
				c.readBoard()
			}
		}
	})
	players.Wait()
	time.Sleep(behind)
	close(done)
	spectators.Wait()
	c.readBoard() // which shows everything
}

// lately is what a team's members have sent last, for others of the team to send again, be it answered yet or not.
type lately struct {
	mu   sync.Mutex
	last []asked
}

func (l *lately) add(a asked) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last = append(l.last, a); len(l.last) > 8 {
		l.last = l.last[1:]
	}
}

func (l *lately) any(random *rand.Rand) (asked, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.last) == 0 {
		return asked{}, false
	}
	return l.last[random.IntN(len(l.last))], true
}

// member plays for one person. All of a team work on the same few tasks at once.
func (c *crowd) member(team, number int, lately *lately) {
	random := rand.New(rand.NewPCG(c.seed, uint64(team*c.members+number)))
	var mine []happened
	for n := range c.each {
		front := n * crowdChallenges * crowdTasks / c.each
		at := min(front+random.IntN(3), crowdChallenges*crowdTasks-1)
		a := asked{team: team, challenge: at / crowdTasks}
		switch pick := random.IntN(100); {
		case pick < 10:
			a = asked{team: team, deed: readsTeam}
		case pick < 16:
			a.deed = readsQuestion
		case pick < 20:
			a.deed, a.item = takesClue, random.IntN(crowdClues)
		default:
			a.deed, a.item, a.right = submits, at%crowdTasks, random.IntN(100) < 20
		}
		if again, ok := lately.any(random); ok && random.IntN(100) < 12 {
			if a = again; random.IntN(4) == 0 { // as one should not: the same key for something else
				a.right = !a.right
			}
		} else if a.deed == submits || a.deed == takesClue {
			a.key = fmt.Sprintf("%d.%d.%d", team, number, n)
			lately.add(a)
		}
		h, err := c.askUntilKnown(a)
		if err != nil {
			c.t.Errorf("%+v: %v", a, err)
			return
		}
		mine = append(mine, h)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.played = append(c.played, mine...)
}

// askUntilKnown makes one request. Where its outcome is unknown, which a machine too slow for this crowd brings about, it
// does as the reply says: it repeats the key. All of that is one request, from the first call to the last return.
func (c *crowd) askUntilKnown(a asked) (h happened, err error) {
	const patience = 10
	first, err := c.ask(a)
	h = first
	for n := 0; err == nil && h.said.refused == api.OutcomeUnknown; n++ {
		if n == patience {
			return h, fmt.Errorf("the outcome was unknown %d times", patience)
		}
		h, err = c.ask(a)
		h.sent, h.said.retried = first.sent, true
	}
	return h, err
}

// ask makes one request and reads its reply. Whatever is no answer is an error.
func (c *crowd) ask(a asked) (h happened, err error) {
	method, path, body := http.MethodGet, "/v1/team", []byte(nil)
	challenge := fmt.Sprintf("c%d", a.challenge)
	switch a.deed {
	case readsQuestion:
		path = "/v1/challenges/" + challenge
	case submits:
		answer := map[bool]string{true: "yes", false: "no"}[a.right]
		method, path = http.MethodPost, "/v1/submissions"
		body = fmt.Appendf(nil, `{"challenge":%q,"task":"t%d","answer":%q}`, challenge, a.item, answer)
	case takesClue:
		method, path = http.MethodPost, "/v1/clues"
		body = fmt.Appendf(nil, `{"challenge":%q,"clue":"k%d"}`, challenge, a.item)
		if a.right { // something else under the same key
			body = append(body, ' ')
		}
	}
	request, err := http.NewRequest(method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return h, err
	}
	request.Header.Set("Authorization", "Bearer "+c.tokens[crowdTeam(a.team)])
	if a.key != "" {
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Idempotency-Key", a.key)
	}
	h = happened{asked: a, sent: time.Now()}
	reply, err := c.web.Do(request)
	if err != nil {
		return h, err
	}
	h.body, err = io.ReadAll(reply.Body)
	_ = reply.Body.Close()
	h.got = time.Now()
	if err != nil {
		return h, err
	}
	h.said, h.receipt, err = understand(a, reply, h.body)
	return h, err
}

// history is what was played of the teams, as porcupine wants it. With the versions that the ledger says, a team's order
// is given, and must be one that explains every reply; without, it is for porcupine to find one.
func history(played []happened, began time.Time, versions map[jam.Stamp]int64) []porcupine.Operation {
	operations := make([]porcupine.Operation, len(played))
	for i, h := range played {
		h.said.version = versions[h.said.stamp]
		operations[i] = porcupine.Operation{
			ClientId: h.asked.team, Input: h.asked, Output: h.said,
			Call: h.sent.Sub(began).Nanoseconds(), Return: h.got.Sub(began).Nanoseconds(),
		}
	}
	slices.SortFunc(operations, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	return operations
}

// sealed reads the whole ledger, once everything has settled: the versions that its entries say, and the leaves' hashes.
func (c *crowd) sealed() (versions map[jam.Stamp]int64, leaves map[jam.Stamp][]byte) {
	c.t.Helper()
	c.stopClock()
	c.settle()
	versions, leaves = make(map[jam.Stamp]int64), make(map[jam.Stamp][]byte)
	for since := int64(0); ; {
		page := want[feedPage](c.rig, "", http.MethodGet, "/v1/ledger/feed?since="+itoa(since), nil)
		if len(page.Entries) == 0 {
			return versions, leaves
		}
		for _, item := range page.Entries {
			e, err := ledger.DecodeEntry([]byte(item.Leaf))
			if err != nil {
				c.t.Fatal(err)
			}
			if e.Team != "" {
				versions[e.Stamp], leaves[e.Stamp] = e.Version, []byte(item.Leaf)
			}
		}
		since = page.Next
	}
}
