package pages

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromiumVariable names the browser that scripts/test has found or installed.
const chromiumVariable = "PHOTOFINISH_CHROMIUM"

// keepVariable names a folder in which pictures of all pages, and what was printed, are kept for people to look at.
const keepVariable = "PAGES_KEEP"

// patience is how long a page may take. A machine may be busy with other tests.
const patience = time.Minute

// chromium finds the browser's program, or skips the test.
func chromium(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("short: no browser is started")
	}
	if named := os.Getenv(chromiumVariable); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			t.Fatalf("%s: %v", chromiumVariable, err)
		}
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("there is no Chromium: please install one (on Debian: apt-get install chromium), or name it in %s", chromiumVariable)
	return ""
}

// browser is one Chromium, which knows nothing of earlier ones and reaches nothing.
type browser struct{ ctx context.Context }

// newBrowser starts a browser that ends with the test.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.WSURLReadTimeout(patience), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-extensions", true), chromedp.Flag("force-color-profile", "srgb"),
		// Whatever a page asks for by name, or by address through a proxy, is not there.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // which does not work for root
	}
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, leave := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		leave()
		end()
		t.Fatalf("start the browser: %v", err)
	}
	t.Cleanup(func() {
		bounded, stop := context.WithTimeout(ctx, patience)
		_ = chromedp.Cancel(bounded) // waits, so that its folder can be removed
		stop()
		leave()
		end()
	})
	return &browser{ctx}
}

// screen is what a page is shown on.
type screen struct {
	name          string
	width, height int
	pixels        float64 // of the device, for each of the page's
	dark, phone   bool
}

func (s screen) String() string { return s.name }

// screens are a hall's projectors, a large monitor, and what everybody has in the hand.
var screens = []screen{
	{name: "1920x1080", width: 1920, height: 1080},
	{name: "1280x720", width: 1280, height: 720},
	{name: "1024x768", width: 1024, height: 768},
	{name: "3840x2160", width: 3840, height: 2160},
	{name: "390x844", width: 390, height: 844, pixels: 2, phone: true},
	{name: "1920x1080-dark", width: 1920, height: 1080, dark: true},
}

var projector = screens[0]

// tab is a page that was opened, and everything that it did.
type tab struct {
	*testing.T
	ctx context.Context

	mu       sync.Mutex
	asked    []string // requests, but for the page itself
	said     []string // on the console, violations of its policy among it
	dialogs  int
	document string
}

// open opens an address on a screen and waits until it has been loaded.
func (b *browser) open(t *testing.T, address string, s screen) *tab {
	t.Helper()
	ctx, leave := chromedp.NewContext(b.ctx)
	t.Cleanup(leave)
	ctx, end := context.WithTimeout(ctx, patience)
	t.Cleanup(end)
	w := &tab{T: t, ctx: ctx, document: address}
	scheme := "light"
	if s.dark {
		scheme = "dark"
	}
	call(w, network.Enable, network.EnableParams{})
	call(w, log.Enable, cdp.Empty{})
	call(w, runtime.Enable, cdp.Empty{})
	call(w, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: int64(s.width), Height: int64(s.height), DeviceScaleFactor: max(1, s.pixels), Mobile: s.phone,
	})
	call(w, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err := errors.Join(chromedp.Listen(ctx, w.hear), chromedp.Do(ctx, chromedp.Navigate(address))); err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	return w
}

// call runs a command of the browser on the page.
func call[P, R any](w *tab, command cdp.Command[P, R], params P) R {
	w.Helper()
	answer, err := chromedp.Call(w.ctx, command, params)
	if err != nil {
		w.Fatal(err)
	}
	return answer
}

// openFile opens a file.
func (b *browser) openFile(t *testing.T, path string, s screen) *tab {
	t.Helper()
	whole, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return b.open(t, "file://"+whole, s)
}

func (w *tab) hear(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Request.URL != w.document {
			w.asked = append(w.asked, e.Request.URL)
		}
	case *log.EventEntryAdded:
		w.said = append(w.said, e.Entry.Text)
	case *runtime.EventConsoleAPICalled:
		w.said = append(w.said, fmt.Sprintf("console.%s", e.Type))
	case *runtime.EventExceptionThrown:
		w.said = append(w.said, e.ExceptionDetails.Text)
	case *page.EventJavascriptDialogOpening:
		w.dialogs++
	}
}

// value evaluates an expression in the page.
func value[V any](w *tab, expression string) V {
	w.Helper()
	v, err := chromedp.Run(w.ctx, chromedp.Evaluate[V](expression))
	if err != nil {
		w.Fatalf("%s: %v", expression, err)
	}
	return v
}

// behaves holds the page to what every page must do: it asks for nothing, complains of nothing, runs nothing, and nothing
// of it lies beside the screen.
func (w *tab) behaves(s screen) {
	w.Helper()
	beside := value[[]string](w, besideScript)
	inside := value[float64](w, `document.documentElement.scrollWidth`)
	executable := value[int](w, `document.querySelectorAll("script, iframe, object, embed, link, img, [onerror], [onload]").length`)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.asked) > 0 {
		w.Errorf("it asks for %q", w.asked)
	}
	if len(w.said) > 0 || w.dialogs > 0 {
		w.Errorf("it says %q, in %d dialogs", w.said, w.dialogs)
	}
	if inside > float64(s.width) || len(beside) > 0 {
		w.Errorf("it is %.0f wide on a screen of %d; beside it lie %q", inside, s.width, beside)
	}
	if executable > 0 {
		w.Errorf("%d elements fetch or run something", executable)
	}
}

// besideScript names the elements that reach beyond the window's sides. What scrolls or is clipped in a box of its own is
// that box's affair, which must lie within.
const besideScript = `(() => {
	const width = document.documentElement.clientWidth, found = [];
	const boxed = e => { for (let p = e.parentElement; p; p = p.parentElement)
		if (p !== document.documentElement && p !== document.body && getComputedStyle(p).overflowX !== "visible") return true; return false };
	for (const e of document.body.querySelectorAll("*")) {
		const r = e.getBoundingClientRect();
		if (r.width > 0 && (r.right > width + .5 || r.left < -.5) && !boxed(e))
			found.push(e.tagName + ": " + e.textContent.trim().slice(0, 40));
	}
	return found.slice(0, 5);
})()`

// box is where something is shown, in the page's pixels.
type box struct{ Left, Top, Right, Bottom, Size float64 }

// boxOf finds the first element that shows a text and nothing else; white space does not count.
func (w *tab) boxOf(text string) (b box, shown bool) {
	w.Helper()
	found := value[[]box](w, fmt.Sprintf(`(() => {
		const say = s => s.replace(/[\s\u2068\u2069]+/g, " ").trim(), want = say(%q);
		return [...document.body.querySelectorAll("*")].filter(e => say(e.textContent) === want).map(e => {
			const r = e.getBoundingClientRect();
			return {Left: r.left, Top: r.top, Right: r.right, Bottom: r.bottom, Size: parseFloat(getComputedStyle(e).fontSize)};
		}).filter(b => b.Right > b.Left).slice(0, 1);
	})()`, text))
	if len(found) == 0 {
		return box{}, false
	}
	return found[0], true
}

// within holds that a text is shown without scrolling, whole, and at least so many of the page's pixels large.
func (w *tab) within(s screen, text string, size float64) {
	w.Helper()
	b, shown := w.boxOf(text)
	switch {
	case !shown:
		w.Errorf("%q is not on the page", text)
	case b.Left < -.5 || b.Top < -.5 || b.Right > float64(s.width)+.5 || b.Bottom > float64(s.height)+.5:
		w.Errorf("%q lies at %.0f,%.0f to %.0f,%.0f on %s", text, b.Left, b.Top, b.Right, b.Bottom, s)
	case b.Size < size-.01:
		w.Errorf("%q is %.1f pixels large on %s; want %.1f", text, b.Size, s, size)
	}
}

// picture keeps what the page looks like where keepVariable names a folder.
func (w *tab) picture(name string) {
	w.Helper()
	dir := os.Getenv(keepVariable)
	if dir == "" {
		return
	}
	beyond, width, height := true, value[float64](w, `window.innerWidth`), value[float64](w, `document.documentElement.scrollHeight`)
	name = strings.NewReplacer("/", "-", " ", "-").Replace(name)
	for suffix, ask := range map[string]page.CaptureScreenshotParams{
		"":       {},
		"-whole": {CaptureBeyondViewport: &beyond, Clip: &page.Viewport{Width: width, Height: min(16000, height), Scale: 1}},
	} {
		picture := call(w, page.CaptureScreenshot, ask).Data
		if err := os.WriteFile(filepath.Join(dir, name+suffix+".png"), picture, 0o600); err != nil {
			w.Fatal(err)
		}
	}
}
