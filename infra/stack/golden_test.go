package stack_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheTemplatesAreTheGoldenOnes(t *testing.T) {
	s := synthesized(t)
	for name, made := range map[string]*template{"aws": &s.aws, "local": &s.local} {
		t.Run(name, func(t *testing.T) {
			got, err := made.normal()
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v; write it with: go test ./infra/stack -update", err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("the template differs from %s; if that is meant: go test ./infra/stack -update\n%s", golden, diff)
			}
		})
	}
}
