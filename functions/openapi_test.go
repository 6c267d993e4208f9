package functions_test

import (
	"flag"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/functions"
	"github.com/photofinish/photofinish/shared/api"
)

var update = flag.Bool("update", false, "write shared/api/openapi.yaml anew")

const committed = "../shared/api/openapi.yaml"

// all is an API with every operation. Nothing behind it works, so only its description can be asked for.
func all() *api.API {
	a := api.New(api.Options{Now: func() time.Time { return time.UnixMilli(0) }})
	functions.Register(a, functions.Deps{})
	return a
}

func get(t *testing.T, a *api.API, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
	if w.Code != 200 {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

func TestTheCommittedOpenAPIDocumentIsWhatIsServed(t *testing.T) {
	served := get(t, all(), "/openapi.yaml")
	if *update {
		if err := os.WriteFile(committed, []byte(served), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(committed)
	if err != nil {
		t.Fatalf("%v; write it with: go test ./functions -update", err)
	}
	if diff := cmp.Diff(string(want), served); diff != "" {
		t.Errorf("the operations and the document differ; if that is meant: go test ./functions -update\n%s", diff)
	}
}

func TestEveryOperationSaysWhatItIsAndWhoMayUseIt(t *testing.T) {
	for path, item := range all().OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			if op.OperationID == "" || op.Summary == "" || len(op.Tags) == 0 || op.Security == nil {
				t.Errorf("%s %s lacks an id, a summary, a tag or who may use it", op.Method, path)
			}
			if organizers := strings.HasPrefix(path, "/v1/organizer"); organizers != asksFor(op, "organizer") {
				t.Errorf("%s %s is for organisers by its path or by its token, but not by both", op.Method, path)
			}
		}
	}
}

func asksFor(op *huma.Operation, scheme string) bool {
	return slices.ContainsFunc(op.Security, func(need map[string][]string) bool { _, ok := need[scheme]; return ok })
}

func TestTheDocumentationReachesNothingElse(t *testing.T) {
	page := get(t, all(), "/docs")
	for _, forbidden := range []string{"<script", "src=", "@import", "url("} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the page holds %q", forbidden)
		}
	}
	for _, href := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if target := href[1]; !strings.HasPrefix(target, "#") && !strings.HasPrefix(target, "/openapi.") {
			t.Errorf("the page links to %q", target)
		}
	}
}

func TestTheDocumentationShowsEveryOperationAndEveryLinkLeadsSomewhere(t *testing.T) {
	a := all()
	page := get(t, a, "/docs")
	for path := range a.OpenAPI().Paths {
		if !strings.Contains(page, "<code>"+path+"</code>") {
			t.Errorf("%s is not shown", path)
		}
	}
	var ids []string
	for _, id := range regexp.MustCompile(`id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if slices.Contains(ids, id[1]) {
			t.Errorf("two elements have the id %q", id[1])
		}
		ids = append(ids, id[1])
	}
	for _, href := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !slices.Contains(ids, href[1]) {
			t.Errorf("nothing has the id %q", href[1])
		}
	}
}
