package pages

import "testing"

func TestTheAPIsDescriptionIsReadOnEveryScreen(t *testing.T) {
	b := newBrowser(t)
	r := newRig(t, 2)
	for _, s := range screens {
		t.Run(s.name, func(t *testing.T) {
			w := b.open(t, r.url+"/docs", s)
			w.picture("docs-" + s.name)
			w.behaves(s)
			if n := value[int](w, `document.querySelectorAll("main article").length`); n < 20 {
				t.Errorf("%d operations and schemas are described", n)
			}
		})
	}
}
