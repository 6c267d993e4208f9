package check

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// The bounds of a look, and of one page of it.
const (
	mostPages   = 8
	fetchWithin = 5 * time.Second
	largestPage = 64 << 10
	maxHeader   = 16 << 10
)

// Page is what expressions know of a page. If it did not answer, its status is 0 and the error says why, in words of ours.
type Page struct {
	Status  int64             `cel:"status"`
	Headers map[string]string `cel:"headers"` // by lower-case names
	Body    string            `cel:"body"`    // its first 64 KB; what is not UTF-8 is replaced
	Error   string            `cel:"error"`
}

// web fetches pages of hostile origin.
type web struct {
	client *http.Client
	dialer *net.Dialer
	within time.Duration
}

func newWeb(loopback bool, within time.Duration) *web {
	dialer := &net.Dialer{Timeout: within, Control: gate{loopback: loopback}.control}
	return &web{dialer: dialer, within: within, client: &http.Client{
		Transport: &http.Transport{
			Proxy:                  nil, // the environment's proxy would dial for us, and not ask
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			DisableKeepAlives:      true, // each look sees the page as it is now, on an address that was looked at now
			DisableCompression:     true, // a small body must not become a large one here
			MaxResponseHeaderBytes: maxHeader,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// fetch gets a page. The error that it returns is a repair, or ours.
func (w *web) fetch(ctx context.Context, address string) (Page, error) {
	if _, err := target(address); err != nil {
		return Page{}, refused(err)
	}
	within, cancel := context.WithTimeout(ctx, w.within)
	defer cancel()
	r, err := http.NewRequestWithContext(within, http.MethodGet, address, nil)
	if err != nil {
		return Page{}, refused(errors.New("it is not a URL"))
	}
	r.Header.Set("User-Agent", "Photofinish-Check/1")
	r.Header.Set("Accept", "*/*")
	answer, err := w.client.Do(r)
	if err != nil {
		return w.unanswered(ctx, err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, largestPage))
	if err != nil {
		return w.unanswered(ctx, err)
	}
	page := Page{
		Status: int64(answer.StatusCode), Headers: make(map[string]string, len(answer.Header)),
		Body: strings.ToValidUTF8(string(body), "\uFFFD"),
	}
	for name, values := range answer.Header {
		page.Headers[strings.ToLower(name)] = strings.ToValidUTF8(strings.Join(values, ", "), "\uFFFD")
	}
	return page, nil
}

func refused(why error) error {
	return &repair{"The address of your page will not do: " + why.Error() + "."}
}

// target holds an address to what is dialled at all. Where it leads is decided when it has been resolved.
func target(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("it is not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("it must begin with http:// or https://, not %.20q", u.Scheme)
	case u.Host == "" || u.Hostname() == "":
		return nil, errors.New("it names no host")
	case u.User != nil:
		return nil, errors.New("it must not hold a user name or a password")
	}
	return u, nil
}

// ours are the ways in which a connection fails that tell of this machine, and not of the page.
var ours = []error{
	syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EADDRNOTAVAIL, syscall.EPERM, syscall.EACCES,
}

// unanswered says in words why a page did not answer. They tell a team about its own page, repeat nothing that came over
// the wire, and tell of an address that was refused no more than that it was.
func (w *web) unanswered(ctx context.Context, err error) (Page, error) {
	if ctx.Err() != nil {
		return Page{}, ctx.Err() // we were told to stop
	}
	for _, e := range []error{errNotPublic, errPort} {
		if errors.Is(err, e) {
			return Page{}, refused(e)
		}
	}
	for _, e := range ours {
		if errors.Is(err, e) {
			return Page{}, err
		}
	}
	dns, named := errors.AsType[*net.DNSError](err)
	dial, dialled := errors.AsType[*net.OpError](err)
	slow, timed := errors.AsType[net.Error](err)
	_, cert := errors.AsType[*tls.CertificateVerificationError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	reason := ""
	switch {
	case named && dns.IsNotFound:
		reason = "its host name does not exist"
	case named:
		return Page{}, err // our resolver's trouble
	case cert:
		reason = "its certificate is not one that a browser would accept"
	case record, dialled && dial.Op == "remote error", // what crypto/tls calls an alert
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		reason = "it does not speak TLS 1.2 or newer there"
	case timed && slow.Timeout():
		reason = fmt.Sprintf("no whole answer within %s", w.within)
	case errors.Is(err, syscall.ECONNREFUSED):
		reason = "connection refused: nothing listens there"
	case errors.Is(err, syscall.ENETUNREACH) && dialled && isIPv4(dial.Addr):
		return Page{}, err // our network's trouble
	case errors.Is(err, syscall.ENETUNREACH):
		reason = "it has no IPv4 address that can be reached"
	case errors.Is(err, syscall.EHOSTUNREACH):
		reason = "no route leads to its address"
	case strings.Contains(err.Error(), "server response headers exceeded"):
		reason = fmt.Sprintf("its headers are larger than %d KB", maxHeader>>10)
	case strings.Contains(err.Error(), "malformed HTTP"):
		reason = "what answers there does not speak HTTP"
	default:
		reason = "the connection broke off before the whole answer"
	}
	return Page{Headers: map[string]string{}, Error: reason}, nil
}

func isIPv4(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.To4() != nil
}
