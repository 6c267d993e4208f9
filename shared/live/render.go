package live

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Rendering is one board as it goes out. Its parts must not be changed.
type Rendering struct {
	JSON, Gzip []byte
	ETag       string // strong, quoted

	changes    int64
	freeze     int64
	definition string
	at         time.Time
	cost       time.Duration
}

// renderings lets one reader render while the others get what is there. A board under many writes is rendered again only
// when the last one is `patience` times as old as it took to make, so that reads never starve writes.
type renderings struct {
	mu   sync.Mutex
	busy bool
	done chan struct{}
	last *Rendering
}

const (
	patience = 2
	// staleAtMost bounds that: making a board may have waited for the store, as it does when a freeze begins.
	staleAtMost = time.Second
	// freshFor is how old a rendering may be while changes stream in. It is far below what a person or a poll notices.
	freshFor = 20 * time.Millisecond
)

// Board is the public board, rendered. A reader who comes while another renders gets the last one if there is one.
func (v *View) Board(ctx context.Context) (*Rendering, error) {
	if err := v.refresh(ctx); err != nil {
		return nil, err
	}
	situation, _, err := v.Clock.Situation(ctx, v.Now().UnixMilli())
	if err != nil {
		return nil, err
	}
	freeze := freezeOf(situation.Clock)
	r := &v.rendered
	for {
		r.mu.Lock()
		last, now := r.last, v.Now()
		// What was rendered for another freeze or another definition is not shown for a moment longer.
		usable := last != nil && last.freeze == freeze && last.definition == situation.Definition
		young := usable && now.After(last.at) && now.Sub(last.at) < max(freshFor, min(patience*last.cost, staleAtMost))
		if usable && (last.changes == v.changes.Load() || r.busy || young) {
			r.mu.Unlock()
			return last, nil
		}
		if !r.busy {
			r.busy, r.done = true, make(chan struct{})
			r.mu.Unlock()
			return v.renderAndTell(ctx)
		}
		done := r.done
		r.mu.Unlock()
		select {
		case <-done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (v *View) renderAndTell(ctx context.Context) (*Rendering, error) {
	made, err := v.render(context.WithoutCancel(ctx))
	r := &v.rendered
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.last = made
	}
	r.busy = false
	close(r.done)
	return made, err
}

func (v *View) render(ctx context.Context) (*Rendering, error) {
	began := v.Now()
	v.mu.Lock()
	out := &Rendering{changes: v.changes.Load()}
	clock, err := v.current(ctx)
	if err == nil {
		out.JSON = v.public.Render(v.meta(clock))
		out.freeze, out.definition = v.frozen, v.defined
	}
	v.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if out.Gzip, err = Pack(out.JSON); err != nil {
		return nil, err
	}
	out.ETag = ETag(out.JSON)
	out.at = v.Now()
	out.cost = out.at.Sub(began)
	return out, nil
}

// Pack compresses a document for readers who take gzip.
func Pack(plain []byte) ([]byte, error) {
	var packed bytes.Buffer
	packed.Grow(len(plain) / 8)
	w, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// ETag is a document's strong entity tag, quoted: documents that differ have different ones.
func ETag(plain []byte) string {
	sum := sha256.Sum256(plain)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
}
