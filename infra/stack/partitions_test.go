package stack_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

// like matches as IAM's StringLike does.
func like(pattern, text string) bool {
	expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile(`^(?s:` + expression + `)$`).MatchString(text)
}

func TestEveryRightOnTheTableIsConfinedToPartitions(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		found := 0
		for name, all := range s.statements(t) {
			for _, one := range all {
				if !one.onItems() {
					continue
				}
				found++
				if len(one.keys) == 0 {
					t.Errorf("%s may %s everywhere", name, one.actions)
				}
				for _, key := range one.keys {
					if !strings.HasPrefix(key, theJam+"#") || strings.Contains(strings.TrimSuffix(key, "*"), "*") {
						t.Errorf("%s may %s on %s", name, one.actions, key)
					}
				}
				// A request that names no key at all would be all of these, but for this.
				null := at(one.condition, "Null", "dynamodb:LeadingKeys")
				if local := s == &synthesized(t).local; local != (null == nil) || !local && null != "false" {
					t.Errorf("%s: the condition is %v", name, one.condition)
				}
			}
		}
		if found < len(config.Functions())-1 {
			t.Errorf("only %d statements are about items", found)
		}
	})
}

// onItems tells whether a statement is about the table's items, and not about its stream.
func (s statement) onItems() bool {
	return slices.ContainsFunc(s.actions, func(a string) bool { return slices.Contains(read, a) || slices.Contains(put, a) })
}

// may are the functions that a stack allows an action on a partition.
func (t *template) may(tb testing.TB, action, partition string) []string {
	tb.Helper()
	var names []string
	for name, all := range t.statements(tb) {
		for _, one := range all {
			if slices.Contains(one.actions, action) && slices.ContainsFunc(one.keys, func(k string) bool { return like(k, partition) }) {
				names = append(names, name)
			}
		}
	}
	return sorted(names)
}

func TestEachPartitionHasItsWriters(t *testing.T) {
	k, at := ledger.KeysOf(theJam, 4), jam.Stamp{Milli: 1795388845245}
	teams := []string{config.Judge, config.Organize, config.Play}
	for what, test := range map[string]struct {
		partition string
		writers   []string
	}{
		"an entry":            {k.Entry(at).Partition, []string{config.Judge, config.Organize, config.Play, config.Setup}},
		"a team's state":      {k.State("t07").Partition, teams},
		"an idempotency key":  {k.Idempotency("t07", "x").Partition, teams},
		"a look":              {k.Look("t07", at).Partition, teams},
		"a credential":        {k.Credential("t07").Partition, teams}, // which is in the team's partition
		"the Jam's state":     {k.State("").Partition, []string{config.Organize, config.Setup}},
		"a team's profile":    {k.Profile("t07").Partition, []string{config.Organize}},
		"an organiser":        {k.Organizer("desk").Partition, nil}, // minted with AWS credentials, by no function
		"a note":              {k.Note(at).Partition, []string{config.Play}},
		"a report":            {k.Report(at).Partition, []string{config.Play}},
		"a definition":        {k.Definition("h", 0).Partition, []string{config.Organize, config.Setup}},
		"a sealed definition": {k.Sealed("h", 0).Partition, []string{config.Organize, config.Setup}},
		"a block":             {k.Block(1).Partition, []string{config.Sequence}},
		"a checkpoint":        {k.Checkpoint(1).Partition, []string{config.Sequence}},
	} {
		t.Run(what, func(t *testing.T) {
			each(t, func(t *testing.T, s *template) {
				if diff := cmp.Diff(test.writers, s.may(t, "dynamodb:PutItem", test.partition)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestAnswersAreReadByThoseWhoDecideAlone(t *testing.T) {
	k, at := ledger.KeysOf(theJam, 4), jam.Stamp{Milli: 1795388845245}
	for what, test := range map[string]struct {
		partition string
		readers   []string
	}{
		"a sealed definition": {k.Sealed("h", 0).Partition, []string{config.Organize, config.Play, config.Setup}},
		"what was handed in":  {k.Note(at).Partition, []string{config.Organize}},
		"a report":            {k.Report(at).Partition, []string{config.Organize}},
	} {
		if diff := cmp.Diff(test.readers, deployed(t).may(t, "dynamodb:GetItem", test.partition)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
}

func TestAJamWhoseIdBeginsAlikeIsOutOfReach(t *testing.T) {
	for _, other := range []string{theJam + "-2", theJam + "2", "a-" + theJam} {
		k := ledger.KeysOf(other, 4)
		for _, partition := range []string{k.Shard(0), k.State("t07").Partition, k.State("").Partition, k.Block(1).Partition, k.Sealed("h", 0).Partition} {
			for _, action := range slices.Concat(read, put) {
				if who := deployed(t).may(t, action, partition); len(who) > 0 {
					t.Errorf("%s: %s on %s", who, action, partition)
				}
			}
		}
	}
}

func TestLikeMatchesAsIAMDoes(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"a#ledger#*", "a#ledger#0", true}, {"a#ledger#*", "a#ledger", false}, {"a#jam", "a#jam", true}, {"a#jam", "a#jam2", false},
		{"a#*", "b#a#x", false}, {"a.b", "axb", false}, {"a?c", "abc", true}, {"a?c", "ac", false}, {"*", "", true},
	} {
		if got := like(test.pattern, test.text); got != test.want {
			t.Errorf("%s like %s: %v", test.text, test.pattern, got)
		}
	}
}
