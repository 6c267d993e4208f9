package config_test

import (
	"strings"
	"testing"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
)

func from(vars map[string]string) *config.Env {
	return config.From(func(name string) (string, bool) {
		v, ok := vars[name]
		return v, ok
	})
}

func TestEverythingThatIsMissingOrWrongIsToldAtOnce(t *testing.T) {
	for name, test := range map[string]struct {
		vars map[string]string
		want []string // parts of the error; none: no error
	}{
		"all there": {vars: map[string]string{
			config.EnvJam: "quickstart", config.EnvShards: "4", config.EnvLoopback: "yes", config.EnvQueue(jam.KindHTTP): "https://q",
		}},
		"nothing": {want: []string{config.EnvJam + " is not set", config.EnvShards + " is not set", config.EnvQueue(jam.KindHTTP) + " is not set"}},
		"no number": {
			vars: map[string]string{config.EnvJam: "x", config.EnvShards: "four", config.EnvQueue(jam.KindHTTP): "https://q"},
			want: []string{config.EnvShards + ` is "four"`},
		},
		"a number too small": {
			vars: map[string]string{config.EnvJam: "x", config.EnvShards: "0", config.EnvQueue(jam.KindHTTP): "https://q"},
			want: []string{config.EnvShards + ` is "0"`},
		},
		"neither yes nor no": {
			vars: map[string]string{config.EnvJam: "x", config.EnvShards: "1", config.EnvLoopback: "true", config.EnvQueue(jam.KindHTTP): "https://q"},
			want: []string{config.EnvLoopback + ` is "true", want yes or no`},
		},
		"empty is not set": {
			vars: map[string]string{config.EnvJam: "", config.EnvShards: "1", config.EnvQueue(jam.KindHTTP): "https://q"},
			want: []string{config.EnvJam + " is not set"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			env := from(test.vars)
			jamID, shards, loopback := env.Text(config.EnvJam), env.Count(config.EnvShards), env.Yes(config.EnvLoopback)
			queues := env.Queues(jam.KindHTTP)
			err := env.Err()
			if len(test.want) == 0 {
				if err != nil || jamID != "quickstart" || shards != 4 || !loopback || queues[jam.KindHTTP] != "https://q" {
					t.Errorf("%q, %d, %v, %v: %v", jamID, shards, loopback, queues, err)
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v lacks %q", err, want)
				}
			}
			if got := strings.Count(err.Error(), "PHOTOFINISH_"); got != len(test.want) {
				t.Errorf("%v names %d variables, want %d", err, got, len(test.want))
			}
		})
	}
}

// The longest names that AWS takes: 64 characters for a function, 80 for a queue, 128 for a stack.
func TestTheLongestJamsNamesFitAWS(t *testing.T) {
	longest := strings.Repeat("j", 32)
	if !jam.ValidID(longest) || jam.ValidID(longest+"j") {
		t.Fatal("this is not the longest id of a Jam")
	}
	kinds := []jam.Kind{jam.KindAWS, jam.KindHTTP, jam.KindKubernetes, jam.KindPrometheus}
	for _, f := range config.Functions(kinds...) {
		if name := config.Function(longest, f); len(name) > 64 {
			t.Errorf("the function %s has %d characters", name, len(name))
		}
		if name := config.Queue(longest, f) + config.DeadLetters; len(name) > 80 {
			t.Errorf("the queue %s has %d characters", name, len(name))
		}
	}
}
