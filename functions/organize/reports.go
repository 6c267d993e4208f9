package organize

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

type reportsOutput struct{ Body ReportList }

func (s *service) listReports(ctx context.Context, _ *struct{}) (*reportsOutput, error) {
	reports := []api.ReportView{}
	for item, err := range s.Ledger.Store.Scan(ctx, s.Ledger.Keys().Report(jam.Stamp{}).Partition, "", "~") {
		if err != nil {
			return nil, fmt.Errorf("read the reports: %w", err)
		}
		var r api.ReportView
		if err := json.Unmarshal(item.Body, &r); err != nil {
			return nil, fmt.Errorf("read %s: %w", item.Key, err)
		}
		reports = append(reports, r)
	}
	slices.Reverse(reports)
	return &reportsOutput{ReportList{reports}}, nil
}

const exportType = "application/gzip"

// export streams the ledger. An export that fails half-way breaks the connection off, so that nobody takes it for whole.
func (s *service) export(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
	if s.Export == nil {
		return nil, api.NewProblem(api.Unavailable, "This deployment exports nothing itself: a ledger has no bounds, and its replies do. "+
			"Bring it home with `jam pull`, serve that with `jam up --read-only`, and export it there.")
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", exportType)
		if err := s.Export.Export(ctx, c.BodyWriter()); err != nil {
			s.Log.ErrorContext(ctx, "export broke off", "error", err)
			panic(http.ErrAbortHandler)
		}
	}}, nil
}
