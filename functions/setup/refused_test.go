package setup_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/shared/ledger"
)

func TestWhatCannotFollowIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	another, sharded, empty := event(20), event(20), event(20)
	another.ID = "another"
	sharded.Shards = 4
	empty.Challenges[0].Tasks[0].Check.Answer.Accept = nil
	for name, c := range map[string]struct {
		definition []byte
		shards     int // of the deployed functions
		says       []string
	}{
		"another Jam's":              {another.Encode(), 1, []string{`"another"`, `"test"`}},
		"other shards":               {sharded.Encode(), 4, []string{"opened with 1 shards", "has 4", "`shards: 1`"}},
		"shards the functions lack":  {sharded.Encode(), 1, []string{"4 shards", "deploy both together"}},
		"functions with more shards": {event(20).Encode(), 4, []string{"1 shards", "deploy both together"}},
		"no definition":              {[]byte("id: test"), 1, []string{"the definition that was deployed"}},
		"nothing":                    {nil, 1, []string{"the definition that was deployed"}},
		"half of one":                {event(20).Encode()[:100], 1, []string{"the definition that was deployed"}},
		"an unknown field":           {[]byte(`{"id":"test","colour":"blue"}`), 1, []string{"colour"}},
		"without its answers":        {empty.Encode(), 1, []string{"c/t has no answer"}},
	} {
		for _, opened := range []bool{false, true} {
			if !opened && name == "other shards" {
				continue // an unopened Jam may have any number
			}
			t.Run(fmt.Sprintf("%s, opened %t", name, opened), func(t *testing.T) {
				r := newRig(t)
				if opened {
					r.deploy(event(10))
				}
				before := r.items()
				f := r.deployment()
				f.Shards = c.shards
				done, err := f.Handle(t.Context(), c.definition)
				if err == nil {
					t.Fatalf("it came to %+v", done)
				}
				for _, want := range c.says {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("the error is %q; want %q in it", err, want)
					}
				}
				if after := r.items(); after != before {
					t.Errorf("%d items became %d", before, after)
				}
			})
		}
	}
}

// items counts what the Jam's partitions hold.
func (r *rig) items() (n int) {
	r.Helper()
	k := ledger.KeysOf("test", 1)
	for _, p := range []string{k.Shard(0), k.State("").Partition, k.Definition("", 0).Partition, k.Sealed("", 0).Partition} {
		for _, err := range r.store.Scan(r.Context(), p, "", "~") {
			if err != nil {
				r.Fatal(err)
			}
			n++
		}
	}
	return n
}
