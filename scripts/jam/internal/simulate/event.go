package simulate

import (
	"time"

	"github.com/photofinish/photofinish/shared/jam"
)

// The day's hours, in the zone of its Jam.
const (
	zone   = "Asia/Seoul"
	length = 7*time.Hour + 40*time.Minute
	frozen = 30 * time.Minute // before the end
)

// start is 10:00 in Seoul.
var start = time.Date(2025, time.November, 24, 1, 0, 0, 0, time.UTC)

// The prices of the day.
const (
	wrongAnswer = 5  // points, each
	firstClue   = 10 // of each challenge
	secondClue  = 20
)

// The tasks that the day turns on.
const (
	slowCluster jam.TaskRef = "private-cluster/cluster" // the leader's build
	lastAnswer  jam.TaskRef = "sealed-secrets/leak"     // the rival's last
	spotNodes   jam.TaskRef = "spot-nodes/nodegroup"
	unitTrouble jam.TaskRef = "golden-signals/latency" // an answer in another unit
	oneHeader   jam.TaskRef = "front-door/header"
	oneRoute    jam.TaskRef = "private-cluster/route"
)

// Event is the Jam of a simulated day: nine challenges in five topics, 1,000 points.
func Event() *jam.Event {
	return &jam.Event{
		ID: "simulated-day", Name: en("A simulated day"), Timezone: zone, StartsAt: jam.At(start),
		Duration: jam.Duration(length), Freeze: jam.Duration(frozen), Languages: []string{"en"},
		Topics:   []string{"security", "autoscaling", "observability", "network", "automation"},
		Attempts: jam.Attempts{Limit: 10, Penalty: wrongAnswer, LockoutAfter: 5, Lockout: jam.Duration(time.Minute)},
		Challenges: []jam.Challenge{
			challenge("first-cluster", "automation", "easy", "The first cluster",
				"Build a cluster with one managed node group, and say which version it runs.",
				cluster("cluster", 80, "{{team.cluster}}"), answer("version", 20, jam.Exact, "1.34")),
			challenge("release-train", "automation", "medium", "The release train",
				"Write the pipeline that brings a commit to the cluster, hand it in, and name the digest that it brought there.",
				handIn("pipeline", 60), answer("digest", 40, jam.FoldCase, "sha256:8c41e0")),
			challenge("least-privilege", "security", "medium", "Least privilege",
				"The role of the nodes may do too much. Take it away, and say which action was used last.",
				awsCheck("policy", 70, "iam.GetRole", map[string]any{"roleName": "nodes"}, "role", "role.maxSessionDuration == 3600", ""),
				answer("action", 40, jam.FoldCase, "s3:DeleteObject")),
			challenge("sealed-secrets", "security", "medium", "Sealed secrets",
				"A secret lies in the repository. Seal it, and find where it has leaked to.",
				kubernetesCheck("sealed", 60, "/apis/bitnami.com/v1alpha1/namespaces/shop/sealedsecrets/db"),
				answer("leak", 40, jam.Exact, "shop-logs", "shop-logs/2025")),
			challenge("pod-scaler", "autoscaling", "easy", "More pods",
				"Scale the shop by its load, and say at how many requests a second the third pod came.",
				kubernetesCheck("hpa", 70, "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web"),
				answer("threshold", 30, jam.Numeric, "120")),
			challenge("spot-nodes", "autoscaling", "hard", "Nodes at a discount",
				"Move the workers to spot capacity without losing an order, and say what a night costs.",
				cluster("nodegroup", 90, "{{team.cluster}}"), answer("price", 30, jam.Numeric, "14.2")),
			challenge("golden-signals", "observability", "medium", "Golden signals",
				"Build the dashboard that shows the shop's four signals, hand it in, and read the 99th percentile in milliseconds.",
				handIn("dashboard", 60), answer("latency", 50, jam.Numeric, "250")),
			challenge("front-door", "network", "easy", "The front door",
				"Bring the shop to the internet, and say which header the balancer adds.",
				page("ingress", 80), answer("header", 40, jam.FoldCase, "X-Amzn-Trace-Id")),
			challenge("private-cluster", "network", "hard", "A cluster without the internet",
				"Build a cluster whose nodes have no way out, and name the route that the images take.",
				cluster("cluster", 90, "{{team.cluster}}-private"), answer("route", 50, jam.FoldCase, "vpce-ecr-dkr")),
		},
	}
}

func en(text string) jam.Text { return jam.Text{"en": text} }

func challenge(id, topic, difficulty, title, brief string, tasks ...jam.Task) jam.Challenge {
	return jam.Challenge{
		ID: id, Phase: jam.PhaseJam, Topic: topic, Difficulty: difficulty, Title: en(title), Brief: en(brief), Tasks: tasks,
		Expect: jam.Duration(buildTime(tasks[0].Check)),
		Clues: []jam.Clue{
			{ID: "where-to-look", Cost: firstClue, Text: en("Look at what the newest event says, not at what the console shows.")},
			{ID: "what-is-wrong", Cost: secondClue, Text: en("Compare what is there with what the brief asks for, word by word.")},
		},
	}
}

func answer(id string, points int, form jam.AnswerForm, accept ...string) jam.Task {
	return jam.Task{ID: id, Points: points, Check: jam.Check{
		Kind: jam.KindAnswer, Answer: &jam.Answer{Form: form, Accept: accept, Tolerance: tolerance(form)},
	}}
}

func tolerance(form jam.AnswerForm) float64 {
	if form == jam.Numeric {
		return 0.05
	}
	return 0
}

func handIn(id string, points int) jam.Task {
	return jam.Task{ID: id, Points: points, Check: jam.Check{Kind: jam.KindManual}}
}

// watch is how long a press keeps being looked at.
const watch = 45 * time.Minute

func awsCheck(id string, points int, call string, with map[string]any, take, passed, pending string) jam.Task {
	return jam.Task{ID: id, Points: points, Watch: jam.Duration(watch), Check: jam.Check{
		Kind:  jam.KindAWS,
		Fetch: map[string]jam.Fetch{take: {Call: call, With: with, Take: take}}, PassedIf: passed, PendingIf: pending,
		Say: map[jam.Verdict]jam.Text{jam.Failed: en("It is not as the brief asks for.")},
	}}
}

func cluster(id string, points int, name string) jam.Task {
	return awsCheck(id, points, "eks.DescribeCluster", map[string]any{"name": name}, "cluster",
		"cluster.status == 'ACTIVE'", "cluster.status in ['CREATING', 'UPDATING']")
}

func kubernetesCheck(id string, points int, path string) jam.Task {
	return jam.Task{ID: id, Points: points, Watch: jam.Duration(watch), Check: jam.Check{
		Kind: jam.KindKubernetes, Fetch: map[string]jam.Fetch{"found": {Get: path}},
		PassedIf: "has(found.status)", PendingIf: "has(found.metadata)",
	}}
}

func page(id string, points int) jam.Task {
	return jam.Task{ID: id, Points: points, Watch: jam.Duration(watch), Check: jam.Check{
		Kind: jam.KindHTTP, Fetch: map[string]jam.Fetch{"web": {Get: "{{team.url}}/shop"}},
		PassedIf: "web.status == 200", PendingIf: "web.status in [0, 502, 503]",
	}}
}

// buildTime is how long what a check looks at usually takes to come up.
func buildTime(c jam.Check) time.Duration {
	switch {
	case c.Fetch["cluster"].Call != "":
		return 20 * time.Minute
	case c.Kind == jam.KindAWS:
		return 2 * time.Minute
	case c.Kind.Looks():
		return 4 * time.Minute
	}
	return 0
}
