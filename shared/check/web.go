package check

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The bounds of one page.
const (
	fetchWithin = 5 * time.Second
	largestPage = 64 << 10
	maxHeader   = 16 << 10
)

// web fetches pages of hostile origin.
type web struct{ client *http.Client }

func newWeb(loopback bool) *web {
	dialer := &net.Dialer{Timeout: fetchWithin, Control: gate{loopback: loopback}.control}
	return &web{client: &http.Client{
		Timeout: fetchWithin,
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

// fetch gets a page as a document: status, headers (by lower-case names), body (its first 64 KB) and, if there was no
// answer, a status of 0 and the error in words. The error that it returns is a repair, or ours.
func (w *web) fetch(ctx context.Context, address string) (map[string]any, error) {
	if err := target(address); err != nil {
		return nil, &repair{"The address of your page does not do: " + err.Error() + "."}
	}
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &repair{"The address of your page is not well formed."}
	}
	r.Header.Set("User-Agent", "Photofinish-Check/1")
	r.Header.Set("Accept", "*/*")
	answer, err := w.client.Do(r)
	if err != nil {
		return unanswered(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, largestPage))
	if err != nil {
		return unanswered(err)
	}
	headers := make(map[string]any, len(answer.Header))
	for name, values := range answer.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return map[string]any{
		"status": answer.StatusCode, "headers": headers, "body": strings.ToValidUTF8(string(body), "\uFFFD"), "error": "",
	}, nil
}

// target holds an address to what is dialled at all. Where it leads is decided when it has been resolved.
func target(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return errors.New("it is not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("it must begin with http:// or https://, not %.20q", u.Scheme)
	case u.Host == "" || u.Hostname() == "":
		return errors.New("it names no host")
	case u.User != nil:
		return errors.New("it must not hold a user name or a password")
	}
	return nil
}

// unanswered says in words why a page did not answer. They tell a team about its own page, and not more of an address
// that was refused than that it was.
func unanswered(err error) (map[string]any, error) {
	reason := ""
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return nil, err // we were told to stop
	case errors.Is(err, errNotPublic), errors.Is(err, errPort):
		inner := err
		for errors.Unwrap(inner) != nil {
			inner = errors.Unwrap(inner)
		}
		return nil, &repair{"The address of your page does not do: " + inner.Error() + "."}
	case errors.As(err, &dns) && dns.IsNotFound:
		reason = "its host name does not exist"
	case errors.As(err, &dns):
		return nil, err // our resolver's trouble
	case errors.As(err, &cert), errors.As(err, &authority):
		reason = "its certificate is not valid for it"
	case errors.As(err, &timeout) && timeout.Timeout():
		reason = fmt.Sprintf("no answer within %d seconds", int(fetchWithin.Seconds()))
	case strings.Contains(err.Error(), "connection refused"):
		reason = "connection refused: nothing listens there"
	default:
		reason = "the connection broke off before an answer"
	}
	return map[string]any{"status": 0, "headers": map[string]any{}, "body": "", "error": reason}, nil
}
