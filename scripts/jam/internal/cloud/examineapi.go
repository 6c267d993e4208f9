package cloud

import (
	"context"
	"crypto/x509"
	"net/http"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
)

// maxSkew is how far two clocks may be apart before that is worth a word: a sealer refuses to seal beyond it.
const maxSkew = 2 * time.Second

// renewWithin is how long before its end a certificate should have been renewed. AWS renews its own two months ahead.
const renewWithin = 14 * 24 * time.Hour

func (x *examination) apiState(ctx context.Context) {
	began := x.app.Now()
	answer, err := x.get(ctx, x.api+"/v1/jam")
	if err != nil {
		x.note("api", fail, "look at the function play in the dashboard", "%s does not answer: %v", x.api, err)
		return
	}
	ended := x.app.Now()
	if answer.status != http.StatusOK {
		x.note("api", fail, "look at the function play in the dashboard", "%s/v1/jam answers %d", x.api, answer.status)
		return
	}
	x.note("api", good, "", "answers in %d ms", ended.Sub(began).Milliseconds())
	x.certificate("api", answer)
	// What its clock showed when it answered lay between the two looks at ours.
	if server, err := time.Parse(jam.TimeFormat, answer.header.Get("Server-Time")); err == nil {
		x.skew("this machine", max(began.Sub(server), server.Sub(ended), 0), "the Jam")
	}
}

// skew tells of two clocks that are at least so far apart.
func (x *examination) skew(whose string, apart time.Duration, others string) {
	if apart > maxSkew {
		x.note("clock", warn, "set this machine's clock right; the Jam goes by the cloud's", "%s is %s from %s",
			whose, apart.Round(100*time.Millisecond), others)
		return
	}
	x.note("clock", good, "", "%s is within %s of %s", whose, maxSkew, others)
}

func (x *examination) boardState(ctx context.Context) {
	answer, err := x.get(ctx, x.board)
	check, address, where := "cdn", x.board, ""
	if x.local {
		check, where = "board", " (a cloud on this machine has no CDN, so it was asked of the API)"
	}
	switch {
	case address == "":
		x.note(check, fail, "deploy again", "the stack names no address of the board")
	case err != nil:
		x.note(check, warn, "a new distribution takes some minutes", "%s does not answer: %v", address, err)
	case answer.status != http.StatusOK:
		x.note(check, fail, "look at the function board in the dashboard, and at the distribution's origin", "%s answers %d%s",
			address, answer.status, where)
	default:
		x.note(check, good, "", "%s answers%s", address, where)
		x.certificate(check, answer)
	}
}

// answered is what a page was answered with; the body is of no interest.
type answered struct {
	status int
	header http.Header
	chain  []*x509.Certificate // of the server; none without TLS
}

func (x *examination) get(ctx context.Context, url string) (answered, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return answered{}, err
	}
	response, err := x.http.Do(r)
	if err != nil {
		return answered{}, err
	}
	a := answered{status: response.StatusCode, header: response.Header}
	if response.TLS != nil {
		a.chain = response.TLS.PeerCertificates
	}
	return a, response.Body.Close()
}

func (x *examination) certificate(check string, a answered) {
	if len(a.chain) == 0 {
		return
	}
	left := a.chain[0].NotAfter.Sub(x.app.Now())
	if left < renewWithin {
		x.note("certificate", warn, "have it renewed", "that of the %s ends in %d days", check, int(left.Hours()/24))
		return
	}
	x.note("certificate", good, "", "that of the %s is good for %d days", check, int(left.Hours()/24))
}
