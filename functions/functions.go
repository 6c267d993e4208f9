// Package functions puts every operation on one API, as one machine serves them. On AWS each function has an API of its
// own. The committed OpenAPI document is of what is registered here.
package functions

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/photofinish/photofinish/functions/board"
	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/functions/play"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/live"
)

// Deps is what the functions work with.
type Deps struct {
	Play     play.Deps
	View     *live.View // for the board
	Organize organize.Deps
}

// Owner is the extension of an operation, in the OpenAPI document, that names the function which serves it on AWS: the
// routes of the API there are made from it.
const Owner = "x-function"

// Register adds every operation.
func Register(a *api.API, d Deps) {
	owned(a, config.Play, func() { play.Register(a, d.Play) })
	owned(a, config.Board, func() { board.Register(a, d.View) })
	owned(a, config.Organize, func() { organize.Register(a, d.Organize) })
}

// owned notes the owner of the operations that register adds.
func owned(a *api.API, function string, register func()) {
	register()
	for _, item := range a.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil || op.Extensions[Owner] != nil {
				continue
			}
			if op.Extensions == nil {
				op.Extensions = make(map[string]any)
			}
			op.Extensions[Owner] = function
		}
	}
}
