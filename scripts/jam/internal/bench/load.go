package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// load is what a number of clients measured together.
type load struct {
	Clients   int           `json:"clients"`
	Requests  int           `json:"requests"`
	Failures  int           `json:"failures"`
	PerSecond float64       `json:"per_second"`
	P50       time.Duration `json:"p50_ns"`
	P99       time.Duration `json:"p99_ns"`
	CPU       time.Duration `json:"server_cpu_per_request_ns,omitempty"`
	Bytes     int           `json:"bytes_per_reply,omitempty"`
	First     string        `json:"first_failure,omitempty"`
}

// connection is one client with one kept-alive connection. It speaks just enough HTTP/1.1 to send a prepared request and
// to read a reply with a Content-Length: net/http's client takes about as much of the two cores as the server it measures.
type connection struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
}

func dial(address string) (*connection, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &connection{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

// request is a prepared request; body may be nil.
type request struct {
	method, path, token, key string
	header                   string // further header lines, each ending in CRLF
	body                     []byte
}

// do sends a request and reads its reply. The body is returned only if keep is set.
func (c *connection) do(r request, keep bool) (status, length int, body []byte, err error) {
	b := c.out[:0]
	b = append(b, r.method...)
	b = append(b, ' ')
	b = append(b, r.path...)
	b = append(b, " HTTP/1.1\r\nHost: bench\r\n"...)
	if r.token != "" {
		b = append(append(append(b, "Authorization: Bearer "...), r.token...), "\r\n"...)
	}
	if r.key != "" {
		b = append(append(append(b, "Idempotency-Key: "...), r.key...), "\r\n"...)
	}
	b = append(b, r.header...)
	if r.body != nil {
		b = append(b, "Content-Type: application/json\r\nContent-Length: "...)
		b = append(strconv.AppendInt(b, int64(len(r.body)), 10), "\r\n"...)
	}
	b = append(append(b, "\r\n"...), r.body...)
	c.out = b
	if err := c.conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return 0, 0, nil, err
	}
	if _, err := c.conn.Write(b); err != nil {
		return 0, 0, nil, err
	}
	return c.read(keep)
}

func (c *connection) read(keep bool) (status, length int, body []byte, err error) {
	length = -1
	for first := true; ; first = false {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, 0, nil, err
		}
		text := strings.TrimRight(string(line), "\r\n")
		if first {
			if len(text) < 12 {
				return 0, 0, nil, fmt.Errorf("reply begins %q", text)
			}
			if status, err = strconv.Atoi(text[9:12]); err != nil {
				return 0, 0, nil, err
			}
			continue
		}
		if text == "" {
			break
		}
		if name, value, ok := strings.Cut(text, ":"); ok && strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return 0, 0, nil, err
			}
		}
	}
	if length < 0 && status != 304 {
		return status, 0, nil, errors.New("the reply has no Content-Length")
	}
	length = max(0, length)
	if keep {
		body = make([]byte, length)
		_, err = io.ReadFull(c.in, body)
		return status, length, body, err
	}
	_, err = c.in.Discard(length)
	return status, length, nil, err
}

// source gives a client's next request; false ends that client.
type source func(client, n int) (request, bool)

// run lets clients send what source gives until it ends or the time is over, and measures every reply.
func run(address string, clients int, limit time.Duration, want int, next source) (load, error) {
	l := load{Clients: clients}
	var mu sync.Mutex
	var times []time.Duration
	var firstErr error
	var wg sync.WaitGroup
	began := time.Now()
	for client := range clients {
		wg.Go(func() {
			c, err := dial(address)
			if err != nil {
				mu.Lock()
				firstErr = errors.Join(firstErr, err)
				mu.Unlock()
				return
			}
			defer func() { _ = c.conn.Close() }()
			var mine []time.Duration
			failures, size, failure := 0, 0, ""
			for n := 0; time.Since(began) < limit; n++ {
				r, ok := next(client, n)
				if !ok {
					break
				}
				sent := time.Now()
				status, length, body, err := c.do(r, false)
				mine = append(mine, time.Since(sent))
				if err != nil || status != want {
					failures++
					failure = fmt.Sprintf("%s %s: status %d %v %s", r.method, r.path, status, err, body)
					if err != nil {
						break
					}
				}
				size = length
			}
			mu.Lock()
			defer mu.Unlock()
			times = append(times, mine...)
			l.Failures += failures
			l.Bytes = max(l.Bytes, size)
			if failure != "" {
				l.First = failure
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	if firstErr != nil {
		return l, firstErr
	}
	l.Requests = len(times)
	l.PerSecond = float64(len(times)) / took.Seconds()
	l.P50, l.P99 = quantile(times, 0.50), quantile(times, 0.99)
	return l, nil
}

// quantile is the nearest-rank quantile; it sorts times.
func quantile(times []time.Duration, q float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[min(len(times)-1, int(q*float64(len(times))))]
}
