package roster

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

const (
	// maxName is the longest name of a team, in characters.
	maxName = 100
	// last is a sort key after every id.
	last = "~"
	// namesFor is how long names are remembered. Another process's renaming is seen that much later.
	namesFor = 2 * time.Second
)

// profile is what is shown of a team and kept out of the ledger.
type profile struct {
	Name string `json:"name"`
}

func (p profile) encode() ([]byte, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode a team's profile: %w", err)
	}
	return b, nil
}

// CleanName is a name as it is kept: composed (NFC), without white space around it or doubled within.
func CleanName(name string) string { return strings.Join(strings.Fields(norm.NFC.String(name)), " ") }

// FoldName makes names equal that people take for the same: no two teams of a Jam have names that fold to one.
func FoldName(name string) string { return norm.NFC.String(cases.Fold().String(CleanName(name))) }

// checkName tells what is wrong with a name that was cleaned.
func checkName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case !utf8.ValidString(name):
		return invalid("A team's name must be valid UTF-8.")
	case n == 0:
		return invalid("A team needs a name.")
	case n > maxName:
		return invalid("A team's name has at most %d characters; this one has %d.", maxName, n)
	case strings.ContainsFunc(name, unprintable):
		return invalid("A team's name must not have control characters.")
	}
	return nil
}

// unprintable are characters that would disturb a terminal or turn the text around them. The joiners that emoji and
// several scripts need are let through.
func unprintable(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return r != nonJoiner && r != joiner && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// names remembers every team's name.
type names struct {
	mu     sync.Mutex
	read   time.Time
	byID   map[string]string
	folded map[string]string // folded name → id
	shared map[string]string // a copy of byID that was handed out
}

// Names gives every team's name by its id, at most 2 s old; this process's own changes are seen at once. The map must not
// be changed.
func (r *Roster) Names(ctx context.Context) (map[string]string, error) {
	n := &r.names
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := r.refresh(ctx); err != nil {
		return nil, err
	}
	if n.shared == nil {
		n.shared = maps.Clone(n.byID)
	}
	return n.shared, nil
}

// Teams gives the ids of all teams, in order.
func (r *Roster) Teams(ctx context.Context) ([]string, error) {
	all, err := r.Names(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(all)), nil
}

// refresh reads the names if they are too old. The lock is held, so one caller reads for all.
func (r *Roster) refresh(ctx context.Context) error {
	n := &r.names
	now := r.ledger.Now()
	if age := now.Sub(n.read); n.byID != nil && age >= 0 && age < namesFor {
		return nil
	}
	byID, folded := make(map[string]string), make(map[string]string)
	for item, err := range r.ledger.Store.Scan(ctx, r.ledger.Keys().Profile("").Partition, "", last) {
		if err != nil {
			return fmt.Errorf("read the teams' names: %w", err)
		}
		var p profile
		if err := json.Unmarshal(item.Body, &p); err != nil {
			return fmt.Errorf("read %s: %w", item.Key, err)
		}
		byID[item.Sort], folded[FoldName(p.Name)] = p.Name, item.Sort
	}
	n.read, n.byID, n.folded, n.shared = now, byID, folded, nil
	return nil
}

// free tells whether a team may have a name: whether no other team has one that reads the same. Two organisers who name
// two teams alike in the same moment both succeed; names decide nothing, ids do.
func (r *Roster) free(ctx context.Context, id, name string) error {
	n := &r.names
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := r.refresh(ctx); err != nil {
		return err
	}
	if other, taken := n.folded[FoldName(name)]; taken && other != id {
		return &rules.Refusal{
			Kind:   rules.TeamExists,
			Detail: fmt.Sprintf("Team %q is called %q already; give this team another name.", other, n.byID[other]),
		}
	}
	return nil
}

// named learns of this process's own change, and tells of it.
func (r *Roster) named(id, name string) {
	r.remember(id, name)
	if r.Told != nil {
		r.Told()
	}
}

func (r *Roster) remember(id, name string) {
	n := &r.names
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.byID == nil {
		return
	}
	if old, had := n.byID[id]; had && n.folded[FoldName(old)] == id {
		delete(n.folded, FoldName(old))
	}
	n.byID[id], n.folded[FoldName(name)], n.shared = name, id, nil
}

// putName writes a team's name over the one that is stored.
func (r *Roster) putName(ctx context.Context, id, name string) (store.Write, error) {
	body, err := profile{Name: name}.encode()
	if err != nil {
		return store.Write{}, err
	}
	key := r.ledger.Keys().Profile(id)
	items, err := r.ledger.Store.Get(ctx, key)
	if err != nil {
		return store.Write{}, fmt.Errorf("read the name of %q: %w", id, err)
	}
	return store.PutVersion(key, items[key].Version, body), nil
}
