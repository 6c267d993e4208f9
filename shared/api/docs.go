package api

import (
	"encoding/json"
	"net/http"
	"sync"
)

// docs is the API's description in its forms, made once, when the first is asked for.
type docs struct {
	once             sync.Once
	json, yaml, page []byte
	err              error
}

// serveDocs serves the description. Everything comes from this process: a Jam's network may reach nothing else.
func (a *API) serveDocs() {
	serve := func(pattern, contentType string, part func(*docs) []byte) {
		a.mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, r *http.Request) {
			a.docs.once.Do(a.makeDocs)
			if a.docs.err != nil {
				a.refuse(w, From(r.Context()), ProblemOf(a.docs.err))
				return
			}
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Cache-Control", "public, max-age=60")
			docsHeaders(w.Header())
			_, _ = w.Write(part(&a.docs))
		})
	}
	serve("/openapi.json", "application/openapi+json", func(d *docs) []byte { return d.json })
	serve("/openapi.yaml", "application/openapi+yaml", func(d *docs) []byte { return d.yaml })
	serve("/docs", "text/html; charset=utf-8", func(d *docs) []byte { return d.page })
	a.mux.Handle("GET /{$}", http.RedirectHandler("/docs", http.StatusFound)) // where a browser begins
}

func (a *API) makeDocs() {
	d := &a.docs
	if d.json, d.err = json.MarshalIndent(a.OpenAPI(), "", "  "); d.err != nil {
		return
	}
	if d.yaml, d.err = a.OpenAPI().YAML(); d.err != nil {
		return
	}
	d.page, d.err = renderDocs(a.OpenAPI())
}
