package ledger_test

import (
	"context"
	"errors"

	"github.com/photofinish/photofinish/shared/store"
)

// withholding is a fake of a process that dies before it writes to one partition.
type withholding struct {
	store.Store
	partition string
	on        bool
}

func (w *withholding) Commit(ctx context.Context, writes ...store.Write) error {
	if w.on && writes[0].Partition == w.partition {
		return errors.New("the process died")
	}
	return w.Store.Commit(ctx, writes...)
}
