package api

import "github.com/danielgtaylor/huma/v2"

func renderDocs(o *huma.OpenAPI) ([]byte, error) { return []byte(o.Info.Title), nil }
