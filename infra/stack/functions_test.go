package stack_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/infra/stack"
	"github.com/photofinish/photofinish/shared/config"
)

func TestEveryFunctionIsThereForItsArchitecture(t *testing.T) {
	s := synthesized(t)
	for want, one := range map[string]*template{"arm64": &s.aws, "x86_64": &s.local} {
		if diff := cmp.Diff(sorted(config.Functions(config.Verified...)), slices.Sorted(maps.Values(one.functionNames()))); diff != "" {
			t.Error(diff)
		}
		for id, name := range one.functionNames() {
			p := one.Resources[id].Properties
			if at(p, "Architectures", 0) != want || p["Runtime"] != "provided.al2023" || p["Handler"] != "bootstrap" {
				t.Errorf("%s: %v %v %v", name, p["Architectures"], p["Runtime"], p["Handler"])
			}
		}
	}
}

func TestEveryFunctionHasItsOwnLogAndNoLogIsKeptForEver(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		used := map[string]string{}
		for id, name := range s.functionNames() {
			log := refers(at(s.Resources[id].Properties, "LoggingConfig", "LogGroup"))
			if other := used[log]; log == "" || other != "" {
				t.Errorf("%s writes into the log %q, as does %q", name, log, other)
			}
			used[log] = name
		}
		groups := s.of("AWS::Logs::LogGroup")
		for id, g := range groups {
			if days, _ := g.Properties["RetentionInDays"].(float64); days < 7 || days > 90 {
				t.Errorf("%s is kept for %v days", id, g.Properties["RetentionInDays"])
			}
		}
		if len(groups) != len(used)+1 { // and the gateway's
			t.Errorf("%d logs for %d functions and the gateway", len(groups), len(used))
		}
	})
}

func TestNoFunctionIsGivenASecretInItsEnvironment(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		known := []string{
			config.EnvJam, config.EnvTable, config.EnvShards, config.EnvMaster, config.EnvCheckpointKey, config.EnvVerifier, config.EnvBus,
			config.EnvJudgeQueue, config.EnvKind, config.EnvLoopback,
		}
		for _, k := range config.Verified {
			known = append(known, config.EnvQueue(k))
		}
		for id, name := range s.functionNames() {
			variables, _ := at(s.Resources[id].Properties, "Environment", "Variables").(map[string]any)
			for v, value := range variables {
				if !slices.Contains(known, v) {
					t.Errorf("%s is told %s, of which nobody knows", name, v)
				}
				if v == config.EnvMaster && refers(value) != "Master" {
					t.Errorf("%s is told %s=%s, want where the secret is", name, v, flat(value))
				}
			}
			if variables[config.EnvJam] != theJam {
				t.Errorf("%s is of the Jam %v", name, variables[config.EnvJam])
			}
		}
	})
}

// A new account may have a quota of ten, of which nothing can be reserved.
func TestConcurrencyIsReservedOnlyIfAskedFor(t *testing.T) {
	s := synthesized(t)
	reserved := func(one *template) map[string]float64 {
		got := map[string]float64{}
		for id, name := range one.functionNames() {
			if n, ok := one.Resources[id].Properties["ReservedConcurrentExecutions"].(float64); ok {
				got[name] = n
			}
		}
		return got
	}
	if got := reserved(&s.aws); len(got) > 0 {
		t.Errorf("unasked: %v", got)
	}
	want := map[string]float64{config.Play: stack.DefaultReserved, config.Board: 20, config.Organize: 10, config.Judge: 10}
	if diff := cmp.Diff(want, reserved(&s.all)); diff != "" {
		t.Error(diff)
	}
}
