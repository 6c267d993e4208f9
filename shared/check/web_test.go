package check

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"
)

// site is a page on loopback.
func site(t testing.TB, serve http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(serve)
	t.Cleanup(s.Close)
	return s.URL
}

// wire answers every connection with these bytes.
func wire(t *testing.T, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = c.Read(make([]byte, 4096))
				_, _ = io.WriteString(c, answer)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// nowhere is an address on loopback where nothing listens.
func nowhere(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// fetched fetches from loopback what must not be our trouble.
func fetched(t *testing.T, w *web, at string) Page {
	t.Helper()
	page, err := w.fetch(t.Context(), at)
	if err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	return page
}

func TestAPageIsItsStatusItsHeadersAndItsBody(t *testing.T) {
	at := site(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("X-Two", "a")
		w.Header().Add("X-Two", "b")
		w.Header().Set("X-Bytes", "\xff\xfe")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "%s %s %s %s", r.Method, r.URL.RequestURI(), r.Header.Get("User-Agent"), r.Header.Get("Accept-Encoding"))
	})
	page := fetched(t, newWeb(true, 2*time.Second), at+"/a?b=c#d")
	if page.Status != 418 || page.Headers["x-two"] != "a, b" || page.Headers["x-bytes"] != "\uFFFD" || page.Error != "" ||
		page.Body != "GET /a?b=c Photofinish-Check/1 " {
		t.Errorf("%+v", page)
	}
}

func TestARedirectIsAPageAndIsNotFollowed(t *testing.T) {
	s, reached := served(t)
	for status := 301; status <= 308; status++ {
		for _, to := range []string{s.URL, "http://169.254.169.254/latest/meta-data/", "/elsewhere", "file:///etc/passwd"} {
			var followed atomic.Bool
			at := site(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/" {
					followed.Store(true)
				}
				w.Header().Set("Location", to)
				w.WriteHeader(status)
			})
			page := fetched(t, newWeb(true, 2*time.Second), at+"/")
			if followed.Load() || page.Status != int64(status) || page.Headers["location"] != to {
				t.Errorf("%d to %s: followed %v, %+v", status, to, followed.Load(), page)
			}
		}
	}
	if reached.Load() != 0 {
		t.Error("a redirect to loopback was followed")
	}
}

func TestABodyIsCutAndNeverUnpacked(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 8<<20))
	z.Close()
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		want  int
	}{
		"just fits": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("a"), largestPage)) }, largestPage},
		"one more":  {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("a"), largestPage+1)) }, largestPage},
		"without end": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte("a"), 4096)); err != nil {
					return
				}
			}
		}, largestPage},
		"packed": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		}, bomb.Len()},
		"empty": {func(http.ResponseWriter, *http.Request) {}, 0},
	} {
		page := fetched(t, newWeb(true, 5*time.Second), site(t, c.serve))
		// Each byte that is no UTF-8 becomes three; a run of them becomes one mark.
		if name == "packed" && len(page.Body) > 3*c.want || name != "packed" && len(page.Body) != c.want {
			t.Errorf("%s: %d bytes, want %d", name, len(page.Body), c.want)
		}
	}
	if bomb.Len() > largestPage {
		t.Fatal("the bomb is cut before it could go off")
	}
}

func TestABodyThatIsNotUTF8IsReadAllTheSame(t *testing.T) {
	for given, want := range map[string]string{
		"caf\xe9 hello": "caf\uFFFD hello", "\xff\xfe\x00h": "\uFFFD\x00h", "\xed\xa0\x80": "\uFFFD", "안녕": "안녕",
		// The cut may fall into the middle of a letter.
		strings.Repeat("a", largestPage-1) + "안": strings.Repeat("a", largestPage-1) + "\uFFFD",
	} {
		page := fetched(t, newWeb(true, 2*time.Second), site(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, given) }))
		if page.Body != want || !utf8.ValidString(page.Body) {
			t.Errorf("%.20q is read as %.20q, want %.20q", given, page.Body, want)
		}
	}
}

func TestASlowPageEndsWithTheBound(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	wait := func(r *http.Request) {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}
	for name, serve := range map[string]http.HandlerFunc{
		"says nothing": func(_ http.ResponseWriter, r *http.Request) { wait(r) },
		"stops in its body": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "hello")
			w.(http.Flusher).Flush()
			wait(r)
		},
		"drips without rest": drip,
	} {
		page := fetched(t, newWeb(true, 100*time.Millisecond), site(t, serve))
		if page.Status != 0 || page.Body != "" || page.Error != "no whole answer within 100ms" {
			t.Errorf("%s: %+v", name, page)
		}
	}
}

// drip sends a byte every few milliseconds.
func drip(w http.ResponseWriter, r *http.Request) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for r.Context().Err() == nil {
		if _, err := io.WriteString(w, "."); err != nil {
			return
		}
		w.(http.Flusher).Flush()
		<-tick.C
	}
}

func TestWhatDoesNotAnswerAsAPageIsToldInWords(t *testing.T) {
	quiet := log.New(io.Discard, "", 0)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = quiet
	secure.StartTLS()
	defer secure.Close()
	plain := site(t, func(http.ResponseWriter, *http.Request) {})
	for name, c := range map[string]struct{ at, want string }{
		"nothing listens":          {nowhere(t), "connection refused: nothing listens there"},
		"a certificate of its own": {secure.URL, "its certificate is not one that a browser would accept"},
		"no TLS":                   {strings.Replace(plain, "http:", "https:", 1), "it does not speak TLS 1.2 or newer there"},
		"TLS and not HTTP":         {strings.Replace(wire(t, "\x15\x03\x01\x00\x02\x02\x28"), "http:", "https:", 1), "it does not speak TLS 1.2 or newer there"},
		"not HTTP":                 {wire(t, "SSH-2.0-OpenSSH_9.6\r\nsecret words\r\n\r\n"), "what answers there does not speak HTTP"},
		"hangs up":                 {wire(t, ""), "the connection broke off before the whole answer"},
		"shorter than it says":     {wire(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), "the connection broke off before the whole answer"},
		"broken chunks":            {wire(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n"), "the connection broke off before the whole answer"},
		"two lengths":              {wire(t, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nabc"), "the connection broke off before the whole answer"},
		"huge headers":             {wire(t, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("a", maxHeader+8<<10)+"\r\n\r\n"), "its headers are larger than 16 KB"},
		"endless first answers":    {wire(t, strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: secret words\r\n\r\n", 2000)), "its headers are larger than 16 KB"},
	} {
		page := fetched(t, newWeb(true, 2*time.Second), c.at)
		if page.Status != 0 || page.Body != "" || len(page.Headers) != 0 || page.Error != c.want {
			t.Errorf("%s: %+v, want %q", name, page, c.want)
		}
	}
}

func TestAnAddressThatIsNotTheWebsIsForTheTeamToRepair(t *testing.T) {
	for at, want := range map[string]string{
		"ftp://example.com/":              `not "ftp"`,
		"file:///etc/passwd":              `not "file"`,
		"gopher://127.0.0.1:70/_x":        `not "gopher"`,
		"javascript:alert(1)":             `not "javascript"`,
		"example.com/hello":               `not ""`,
		"//example.com/hello":             `not ""`,
		"http:example.com":                "names no host",
		"http:///hello":                   "names no host",
		"http://:80/hello":                "names no host",
		"http://user@example.com/":        "user name or a password",
		"http://user:pass@example.com/":   "user name or a password",
		"http://example.com@127.0.0.1/":   "user name or a password",
		"http://exa mple.com/":            "not a URL",
		"http://example.com:port/":        "not a URL",
		"http://example.com/\r\nX: y":     "not a URL",
		"http://[::1/":                    "not a URL",
		"http://example.com:22/":          "80 and 443",
		"http://example.com/%zz":          "not a URL",
		"":                                `not ""`,
		"http://" + "a.example.com:99999": "broke off|80 and 443|port",
	} {
		w := newWeb(false, 2*time.Second)
		w.dialer.Resolver = resolving(t, "1.1.1.1")
		page, err := w.fetch(t.Context(), at)
		said := page.Error
		if must, ok := errors.AsType[*repair](err); ok {
			said = must.what
		} else if err != nil {
			said = "OURS: " + err.Error()
		}
		found := false
		for _, one := range strings.Split(want, "|") {
			found = found || one != "" && strings.Contains(said, one) && !strings.HasPrefix(said, "OURS")
		}
		if !found {
			t.Errorf("%q: %q, want %q", at, said, want)
		}
	}
}

// failing is a resolver that is down.
var failing = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("the resolver is down")
}}

func TestAHostThatDoesNotExistIsTheTeamsAndAResolverThatFailsIsOurs(t *testing.T) {
	w := newWeb(false, 2*time.Second)
	w.dialer.Resolver = resolving(t) // it knows the name and has no address for it
	page, err := w.fetch(t.Context(), "http://nothing.example.com/")
	if err != nil || page.Error != "its host name does not exist" {
		t.Errorf("%+v, %v", page, err)
	}
	w.dialer.Resolver = failing
	if page, err = w.fetch(t.Context(), "http://something.example.com/"); err == nil {
		t.Errorf("%+v; want our trouble", page)
	}
}

func TestALookThatIsStoppedIsOurs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	at := site(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	if page, err := newWeb(true, 10*time.Second).fetch(ctx, at); !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", page, err)
	}
}
