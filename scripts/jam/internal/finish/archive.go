package finish

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/photofinish"
	"github.com/photofinish/photofinish/shared/rules"
)

// archived is a Source, and a photofinish.Source, over an exported archive: its board is folded anew from its entries, through
// the certified block if the result is certified, and must be the one that the archive publishes. The file is read several
// times, so that memory holds the fold, the tree and one entry however many there are. It is no audit.
type archived struct {
	path    string
	lang    string
	reading reading
	fold    *board.Fold
	tree    ledger.Tree
	event   *jam.Event
	state   rules.Jam // of which the definitions alone are known
}

// reading is what was found in an archive beside its entries.
type reading struct {
	manifest    archive.Manifest
	keys        archive.Keys
	teams       map[string]string
	definitions map[string][]byte
	board       []byte
	signed      string // the certificate, or else the newest checkpoint
	size        int64  // of its tree
	through     int64  // the last block that the board is made of
}

// each reads the archive once; block is given each block, and whatever it leaves of its entries is skipped.
func (a *archived) each(part func(archive.Part) error) (r *archive.Reader, err error) {
	f, err := os.Open(a.path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if r, err = archive.NewReader(f); err != nil {
		return nil, err
	}
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return nil, err
		}
		if err := part(p); err != nil {
			return nil, err
		}
	}
}

func readArchive(path, lang string) (*archived, error) {
	a := &archived{path: path, lang: lang, fold: board.New(jam.Stamp{})}
	if err := a.skim(); err != nil {
		return nil, err
	}
	if err := a.refold(); err != nil {
		return nil, err
	}
	if rendered := a.fold.Render(board.Meta{Jam: a.reading.manifest.Jam}); !bytes.Equal(rendered, a.reading.board) {
		return nil, errors.New("the archive's board is not what its entries come to; `audit` says more")
	}
	return a, nil
}

// skim finds out how far the board reaches and which note signs it.
func (a *archived) skim() error {
	found := reading{definitions: map[string][]byte{}}
	var certificate string
	r, err := a.each(func(p archive.Part) error {
		switch p := p.(type) {
		case archive.Definition:
			found.definitions[p.Hash] = p.Body
		case *archive.Block:
			found.through = p.Number
			if p.Checkpoint != "" {
				found.signed, found.size = p.Checkpoint, p.Size
			}
		case archive.Certificate:
			certificate = p.Signed
		case archive.Board:
			found.board = p.Body
		}
		return nil
	})
	if err != nil {
		return err
	}
	found.manifest, found.keys, found.teams = r.Manifest, r.Keys, r.Teams
	if certificate != "" {
		verifier, err := note.NewVerifier(found.keys.Checkpoints)
		if err != nil {
			return fmt.Errorf("the archive's checkpoint key cannot be used: %w", err)
		}
		c, err := ledger.OpenCheckpoint(certificate, verifier)
		if err != nil {
			return fmt.Errorf("the certificate: %w", err)
		}
		if c.Board != c.Certifying(found.board).Board {
			return errors.New("the certificate is of another board than the archive's")
		}
		found.signed, found.size, found.through = certificate, c.Tree.N, c.Block
	}
	if found.through == 0 {
		return errors.New("nothing was sealed yet when it was exported; export it again in a minute")
	}
	a.reading = found
	return nil
}

// refold folds the entries of the board's blocks, and builds the tree of the note that signs them.
func (a *archived) refold() error {
	state := &a.state
	var end jam.Stamp
	_, err := a.each(func(p archive.Part) error {
		b, ok := p.(*archive.Block)
		if !ok || b.Number > a.reading.through {
			return nil
		}
		end = b.End
		err := leavesOf(b, func(leaf ledger.Leaf, e rules.Entry) error {
			if leaf.Seq < a.reading.size {
				if err := a.tree.Add(leaf); err != nil {
					return err
				}
			}
			switch e.Kind {
			case rules.Opened:
				state.Definitions = []rules.InForce{{Hash: e.Definition, From: e.Stamp.Milli}}
			case rules.Defined:
				state.Definitions = append(state.Definitions, rules.InForce{Hash: e.Commitment, From: e.From})
			}
			if leaf.Late {
				a.fold.Late(leaf.Stamp, leaf.Floor)
			}
			a.fold.Add(e)
			return nil
		})
		a.fold.SealedThrough(b.End)
		return err
	})
	if err != nil {
		return err
	}
	if a.event, err = a.defined(state.Definition(end.Milli)); err != nil {
		return err
	}
	a.fold.Define(a.event)
	for team, name := range a.reading.teams {
		a.fold.Name(team, name)
	}
	return nil
}

// defined is the definition of a hash.
func (a *archived) defined(hash string) (*jam.Event, error) {
	body, there := a.reading.definitions[hash]
	if !there {
		return nil, fmt.Errorf("the archive lacks the definition %.12q that was in force", hash)
	}
	return jam.Decode(body)
}

// leavesOf gives each entry of a block with its place. The leaf's bytes are good until the next.
func leavesOf(b *archive.Block, each func(ledger.Leaf, rules.Entry) error) error {
	n := 0
	for line, err := range b.Entries.All() {
		if err != nil {
			return err
		}
		if n == len(b.Stamps) {
			return fmt.Errorf("block %d holds more entries than stamps", b.Number)
		}
		leaf := ledger.Leaf{Seq: b.First + int64(n), Stamp: b.Stamps[n], Body: line}
		if b.Late(leaf.Stamp) {
			leaf.Late, leaf.Floor = true, b.Floor()
		}
		e, err := leaf.Entry()
		if err != nil {
			return fmt.Errorf("block %d: %w", b.Number, err)
		}
		if e.Stamp != leaf.Stamp {
			return fmt.Errorf("entry %s of block %d stands where %s must", e.Stamp, b.Number, leaf.Stamp)
		}
		if err := each(leaf, e); err != nil {
			return fmt.Errorf("block %d: %w", b.Number, err)
		}
		n++
	}
	if n < len(b.Stamps) {
		return fmt.Errorf("block %d holds fewer entries than stamps", b.Number)
	}
	return nil
}

// About implements Source.
func (a *archived) About(context.Context) (About, error) {
	return About{Name: a.event.Name.In(a.event.Match(a.lang)), Key: a.reading.keys.Checkpoints}, nil
}

// Rows implements Source.
func (a *archived) Rows(context.Context) ([]board.Row, error) {
	return a.fold.Board(board.Meta{Jam: a.reading.manifest.Jam}).Rows, nil
}

// Finish implements Source.
func (a *archived) Finish(ctx context.Context, one, other string) (*photofinish.Finish, []byte, error) {
	d, err := photofinish.Compose(ctx, a, one, other)
	if not, ok := errors.AsType[*board.NotRanked](err); ok {
		return nil, nil, cli.Usage("%v", not)
	}
	if err != nil {
		return nil, nil, err
	}
	document, err := json.Marshal(d)
	return d, document, err
}

// Compare implements photofinish.Source.
func (a *archived) Compare(_ context.Context, one, other string) (photofinish.Ground, error) {
	c, err := a.fold.Compare(one, other)
	if err == nil {
		err = a.fold.Redefine(&c, c.SealedThrough.Milli, func(milli int64) (*jam.Event, error) { return a.defined(a.state.Definition(milli)) })
	}
	return photofinish.Ground{Comparison: c, Meta: board.Meta{Jam: a.reading.manifest.Jam}, Timezone: a.event.Timezone}, err
}

// Evidence implements photofinish.Source.
func (a *archived) Evidence(_ context.Context, at []jam.Stamp) (photofinish.Evidence, error) {
	found := map[jam.Stamp]photofinish.Leaf{}
	_, err := a.each(func(p archive.Part) error {
		b, ok := p.(*archive.Block)
		if !ok || !slices.ContainsFunc(b.Stamps, func(s jam.Stamp) bool { return slices.Contains(at, s) }) {
			return nil
		}
		return leavesOf(b, func(leaf ledger.Leaf, _ rules.Entry) (err error) {
			if !slices.Contains(at, leaf.Stamp) {
				return nil
			}
			leaf.Body = bytes.Clone(leaf.Body)
			x := photofinish.Leaf{Leaf: leaf, Block: b.Number, InTree: leaf.Seq < a.tree.Size()}
			if x.InTree {
				x.Proof, err = a.tree.Inclusion(leaf.Seq, a.tree.Size())
			}
			found[leaf.Stamp] = x
			return err
		})
	})
	if err != nil {
		return photofinish.Evidence{}, err
	}
	evidence := photofinish.Evidence{Checkpoint: a.reading.signed, Size: a.tree.Size()}
	for _, stamp := range at {
		leaf, there := found[stamp]
		if !there {
			return photofinish.Evidence{}, fmt.Errorf("the archive lacks the entry %s (of %d that decide)", stamp, len(at))
		}
		evidence.Leaves = append(evidence.Leaves, leaf)
	}
	return evidence, nil
}
