package simulate

import (
	"context"
	"errors"

	"github.com/photofinish/photofinish/shared/store"
)

// weather is what goes wrong between the functions and the database, at the commits that the day has chosen. Nothing of it
// is left to chance or to the scheduler: requests that come at once are carried out one within the other.
type weather struct {
	store.Store
	meanwhile func(context.Context) // runs before the next commit is sent: what others do in that moment
	lose      bool                  // the next commit is carried out, and its answer is lost
}

// errLost is what a caller gets whose answer was lost: the outcome is unknown to it.
var errLost = errors.New("the connection broke off before the answer came")

// Commit implements store.Store.
func (w *weather) Commit(ctx context.Context, writes ...store.Write) error {
	if others := w.meanwhile; others != nil {
		w.meanwhile = nil
		others(ctx)
	}
	lose := w.lose
	w.lose = false
	err := w.Store.Commit(ctx, writes...)
	if err == nil && lose {
		return errLost
	}
	return err
}

// clear ends what was to happen at a commit that did not come.
func (w *weather) clear() (unmet bool) {
	unmet = w.meanwhile != nil || w.lose
	w.meanwhile, w.lose = nil, false
	return unmet
}
