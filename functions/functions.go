// Package functions puts every operation on one API, as one machine serves them. On AWS each function has an API of its
// own. The committed OpenAPI document is of what is registered here.
package functions

import (
	"github.com/photofinish/photofinish/functions/board"
	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/functions/play"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/live"
)

// Deps is what the functions work with.
type Deps struct {
	Play     play.Deps
	View     *live.View // for the board
	Organize organize.Deps
}

// Register adds every operation.
func Register(a *api.API, d Deps) {
	play.Register(a, d.Play)
	board.Register(a, d.View)
	organize.Register(a, d.Organize)
}
