package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/photofinish/photofinish/shared/store"
)

// Certify signs the checkpoint of a block with the hash of a board, given as its bytes, as the Jam's certificate, and puts
// it if there is none; of rivals the first put stands, whatever the others would have signed. A crash leaves none, or a
// whole one. The block must have been read back.
func (s *Sealer) Certify(ctx context.Context, b Block, board []byte) error {
	c, err := CheckpointOf(s.Reader.keys.jam, b)
	if err != nil {
		return err
	}
	signed, err := c.Certifying(board).Sign(s.Signer)
	if err != nil {
		return err
	}
	err = s.Reader.store.Commit(ctx, store.PutAbsent(Keys{s.Reader.keys}.Certificate(), []byte(signed)))
	if _, lost := errors.AsType[*store.ConditionError](err); err != nil && !lost {
		return fmt.Errorf("put the certificate: %w", err)
	}
	return nil
}

// Certificate is the Jam's certificate, a signed note, with what it says; found is false before there is one. It is read
// from the store until it is there, and remembered from then on, since there is never another.
//
// What it says is not verified here: the reader holds no key.
func (r *Reader) Certificate(ctx context.Context) (signed string, c Checkpoint, found bool, err error) {
	r.mu.RLock()
	signed = r.certificate
	r.mu.RUnlock()
	if signed == "" {
		key := Keys{r.keys}.Certificate()
		items, err := r.store.Get(ctx, key)
		if err != nil {
			return "", Checkpoint{}, false, fmt.Errorf("read the certificate: %w", err)
		}
		item, ok := items[key]
		if !ok {
			return "", Checkpoint{}, false, nil
		}
		signed = string(item.Body)
		r.mu.Lock()
		r.certificate = signed
		r.mu.Unlock()
	}
	if c, err = readCheckpoint(signed); err != nil {
		return "", Checkpoint{}, false, fmt.Errorf("the certificate: %w", err)
	}
	return signed, c, true, nil
}
