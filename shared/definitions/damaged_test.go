package definitions_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/shared/definitions"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
)

// large is a definition of several parts that no compression makes small, with characters that a cut could split.
func large(t *testing.T) *jam.Event {
	t.Helper()
	const seed = 7
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	text := make([]rune, 330_000)
	for i := range text {
		text[i] = rune(0xAC00 + random.IntN(11172)) // a syllable of Hangul, three bytes
	}
	e := event()
	e.Challenges[0].Brief = jam.Text{"en": "x" + string(text)}
	return e
}

func TestADefinitionOfManyPartsComesBackAsItWas(t *testing.T) {
	s := open(t)
	e := large(t)
	hash := publish(t, s, e)
	for what, partition := range map[string]string{
		"sealed": names.Sealed(hash, 0).Partition, "published": names.Definition(hash, 0).Partition,
	} {
		if n := len(all(t, s, partition)); n < 3 {
			t.Errorf("the %s form has %d parts, want several", what, n)
		}
	}
	whole, err := definitions.NewSealed(s, names, secret).Definition(t.Context(), hash)
	if err != nil || !bytes.Equal(whole.Encode(), e.Encode()) {
		t.Errorf("the whole definition is another, %v", err)
	}
	public, err := definitions.NewPublished(s, names).Definition(t.Context(), hash)
	if err != nil || !bytes.Equal(public.Encode(), e.Public(secret).Encode()) {
		t.Errorf("the published definition is another, %v", err)
	}
}

// with copies a store's items into a new one, each changed as a test wants; nil leaves it out.
func with(t *testing.T, from store.Store, hash string, change func(store.Item) []byte) store.Store {
	t.Helper()
	to := open(t)
	for _, item := range append(all(t, from, names.Sealed(hash, 0).Partition), all(t, from, names.Definition(hash, 0).Partition)...) {
		if body := change(item); body != nil {
			if err := to.Commit(t.Context(), store.PutAbsent(item.Key, body)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return to
}

func TestWhatIsDamagedIsRefusedInEitherForm(t *testing.T) {
	good := open(t)
	e := large(t)
	hash := publish(t, good, e)
	lastPart := map[string]string{}
	for _, item := range append(all(t, good, names.Sealed(hash, 0).Partition), all(t, good, names.Definition(hash, 0).Partition)...) {
		lastPart[item.Partition] = item.Sort
	}
	isLast := func(item store.Item) bool { return lastPart[item.Partition] == item.Sort }
	for name, change := range map[string]func(store.Item) []byte{
		"a byte is another": func(item store.Item) []byte {
			b := bytes.Clone(item.Body)
			for at := len(b) / 2; ; at++ { // the text's own alphabet, so that only the hash can tell
				if b[at] >= 'a' && b[at] < 'z' {
					b[at]++
					return b
				}
				if b[at]&0xC0 == 0x80 && b[at] < 0xBF {
					b[at]++
					return b
				}
			}
		},
		"the last part is gone": func(item store.Item) []byte {
			if isLast(item) {
				return nil
			}
			return item.Body
		},
		"the first part is gone": func(item store.Item) []byte {
			if strings.HasSuffix(item.Sort, "#000") {
				return nil
			}
			return item.Body
		},
		"the end is cut off": func(item store.Item) []byte {
			if isLast(item) {
				return item.Body[:len(item.Body)-len(item.Body)%3-3]
			}
			return item.Body
		},
		"only the beginning is left": func(item store.Item) []byte {
			if strings.HasSuffix(item.Sort, "#000") {
				return item.Body[:3]
			}
			return nil
		},
		"something else stands there": func(item store.Item) []byte {
			if strings.HasSuffix(item.Sort, "#000") {
				return []byte(`{"id":"test"}`)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			bad := with(t, good, hash, change)
			if got, err := definitions.NewSealed(bad, names, secret).Definition(t.Context(), hash); err == nil {
				t.Errorf("the sealed form is read as %.60q", got.ID)
			} else if !strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), hash[:12]) {
				t.Errorf("the error is %q; want it to say which one is damaged", err)
			}
			if got, err := definitions.NewPublished(bad, names).Definition(t.Context(), hash); err == nil {
				t.Errorf("the published form is read as %.60q", got.ID)
			} else if !strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), hash[:12]) {
				t.Errorf("the error is %q; want it to say which one is damaged", err)
			}
		})
	}
}

func TestOneDefinitionsSealedFormCannotStandForAnothers(t *testing.T) {
	s := open(t)
	mine := publish(t, s, event())
	other := event()
	other.Challenges[0].Tasks[0].Check.Answer.Accept = []string{"the gardener"}
	wanted := other.Hash(secret)
	// Somebody who may write to the table, and has no secret, puts one definition in another's place.
	body := all(t, s, names.Sealed(mine, 0).Partition)[0].Body
	if err := names.PutSealed(t.Context(), s, wanted, body); err != nil {
		t.Fatal(err)
	}
	if err := names.PutDefinition(t.Context(), s, wanted, event().Public(secret).Encode()); err != nil {
		t.Fatal(err)
	}
	if _, err := definitions.NewSealed(s, names, secret).Definition(t.Context(), wanted); err == nil {
		t.Error("another definition's sealed form was taken for this one's")
	}
	if _, err := definitions.NewPublished(s, names).Definition(t.Context(), wanted); err == nil {
		t.Error("another published definition was taken for this one")
	}
}

func TestAnotherSecretOpensNothing(t *testing.T) {
	s := open(t)
	hash := publish(t, s, event())
	_, err := definitions.NewSealed(s, names, []byte("the secret of some other Jam, 32")).Definition(t.Context(), hash)
	if err == nil || !strings.Contains(err.Error(), "another secret") {
		t.Errorf("got %v", err)
	}
}

func TestADefinitionThatIsNotThereSaysHowToBringIt(t *testing.T) {
	s := open(t)
	hash := publish(t, s, event())
	// A hash that begins like one that is there must not find it.
	for _, missing := range []string{strings.Repeat("0", 64), hash[:63], hash + "0"} {
		for name, d := range map[string]ledger.Definitions{
			"sealed": definitions.NewSealed(s, names, secret), "published": definitions.NewPublished(s, names),
		} {
			if _, err := d.Definition(t.Context(), missing); err == nil || !strings.Contains(err.Error(), "deploy the Jam again") {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
}
