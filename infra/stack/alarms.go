package stack

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// Runbook is where every alarm's section is. A test holds that the file docs/runbook.md of this repository has them.
const Runbook = "https://github.com/photofinish/photofinish/blob/main/docs/runbook.md"

// What alarms ring at. The dashboard draws them as lines.
const (
	sealLagOver = ledger.Settle + 90*time.Second // an entry settles, a run comes every minute, and some patience
	pendingOver = 2 * time.Minute                // a look comes every 24 s at most, and a minute later the sequencer asks again
	relayOver   = time.Minute                    // behind the table
	skewOver    = ledger.MaxSkew                 // then nothing is sealed
)

// sealLagAlarm is the alarm that also rings if the sequencer says nothing.
const sealLagAlarm = "seal-lag"

// alarm is one alarm, as an operator meets it. It rings when the metric is above a threshold for some of its periods in a
// row.
type alarm struct {
	what    string // its name, after the stack's
	section string // of the runbook
	broke   string // what broke, in a sentence
	means   string // what that means for teams, likewise
	metric  awscloudwatch.IMetric
	above   float64
	periods float64                        // 0: one
	silence awscloudwatch.TreatMissingData // "": no news is good news
}

// description is what stands in the e-mail.
func (a alarm) description() string {
	return fmt.Sprintf("%s %s What to do: %s#%s", a.broke, a.means, Runbook, a.section)
}

// newAlarms makes all alarms; what rings, and what is over, is sent to the actions. They are returned by what they are of.
func (x *parts) newAlarms(q queues, actions []awscloudwatch.IAlarmAction) map[string]awscloudwatch.Alarm {
	made := map[string]awscloudwatch.Alarm{}
	for _, a := range slices.Concat(x.orderAlarms(), x.verificationAlarms(), x.deadLetterAlarms(q), x.healthAlarms()) {
		silence := a.silence
		if silence == "" {
			silence = awscloudwatch.TreatMissingData_NOT_BREACHING
		}
		props := &awscloudwatch.AlarmProps{
			AlarmName: jsii.String(config.Stack(x.jam) + "-" + a.what), AlarmDescription: jsii.String(a.description()),
			Metric: a.metric, Threshold: &a.above, ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD,
			EvaluationPeriods: jsii.Number(max(1, a.periods)), TreatMissingData: silence,
		}
		if a.section == clockSkewSection {
			// A percentile of three requests is their maximum, and one slow upload is no clock that is wrong.
			props.EvaluateLowSampleCountPercentile = jsii.String("ignore")
		}
		made[a.what] = awscloudwatch.NewAlarm(x.scope, jsii.String(title(a.what)+"Alarm"), props)
		if len(actions) > 0 {
			made[a.what].AddAlarmAction(actions...)
			made[a.what].AddOkAction(actions...)
		}
	}
	return made
}

const clockSkewSection = "clock-skew"

func (x *parts) orderAlarms() []alarm {
	return []alarm{
		{
			what: "late-entries", section: "late-entries", metric: x.measured(telemetry.LateEntries, sum).over(15).alarmed(),
			broke: "An entry was found below the end of what is sealed, which should never happen.",
			means: "Its team keeps what it scored, but its time counts from the next block's start, so it may stand behind a team that was slower.",
		}, {
			what: sealLagAlarm, section: "seal-lag", metric: x.measured(telemetry.SealLag, top).alarmed(),
			above: float64(sealLagOver.Milliseconds()), periods: 3, silence: awscloudwatch.TreatMissingData_BREACHING,
			broke: fmt.Sprintf("The oldest unsealed entry is over %s old, or the sequencer, which runs every minute, has said nothing for three.", sealLagOver),
			means: "Submissions are accepted and the board shows them in the right order, but no row becomes final, and nothing can be certified.",
		}, {
			what: "clock-skew", section: clockSkewSection, metric: x.measured(telemetry.ClockSkew, p90).over(5).alarmed(),
			above: float64(skewOver.Milliseconds()),
			broke: fmt.Sprintf("More than a tenth of the requests reach their function over %s after the gateway stamped them, or before it.", skewOver),
			means: fmt.Sprintf("Teams wait; a request that takes over %s counts from when it reached its function, not from when the gateway received it.", ledger.GatewayTrust),
		}, {
			what: "store-skew", section: "store-skew", metric: x.measured(telemetry.StoreSkew, top).alarmed(),
			above: float64(skewOver.Milliseconds()), periods: 2,
			broke: fmt.Sprintf("The sequencer's clock is over %s from the table's, and by such a clock it seals nothing.", skewOver),
			means: "Submissions are accepted and ordered by the gateway's clock as always, but no row becomes final.",
		},
	}
}

func (x *parts) verificationAlarms() []alarm {
	all := []alarm{{
		what: "relay-behind", section: "relay-behind", metric: x.function(config.Relay, "IteratorAge", top).alarmed(),
		above: float64(relayOver.Milliseconds()), periods: 3,
		broke: fmt.Sprintf("The relay is over %s behind the table's stream.", relayOver),
		means: "Submissions are accepted, but first looks at them come late: teams wait for their verdicts.",
	}}
	for _, k := range x.kinds {
		name := config.Verify(k)
		all = append(all, alarm{
			what: name + "-oldest-pending", section: "oldest-pending", metric: x.measuredOf(k, telemetry.OldestPending, top).alarmed(),
			above: float64(pendingOver.Milliseconds()), periods: 3,
			// If the sequencer, which measures it, falls silent, nobody knows that it is over.
			silence: awscloudwatch.TreatMissingData_IGNORE,
			broke:   fmt.Sprintf("A pending submission with a check of the kind %s has not been looked at for over %s.", k, pendingOver),
			means:   "Its team, and perhaps others, wait for a verdict; a submission that was right at once may count from a later look.",
		}, alarm{
			what: name + "-error-verdicts", section: "error-verdicts", metric: x.measuredOf(k, telemetry.LookErrors, sum).over(5).alarmed(),
			above: 2,
			broke: fmt.Sprintf("At least three looks within five minutes, of the kind %s, could not look, for reasons of ours.", k),
			means: "These looks are taken again and cost no team anything, but their teams get no verdict meanwhile; a ruling may restore the time.",
		})
	}
	return all
}

// deadLetters says, of each dead-letter queue, what lies in it and what that means for teams, by the name that it has
// without its ending; a verification's stands for each kind of check.
var deadLetters = map[string]struct{ broke, means string }{
	verifyBinary: {
		"A look was asked for, and its function failed at it %d times in a row.",
		"A team waits for its verdict until the sequencer asks again, within two minutes, and if that fails too, until this is mended.",
	},
	config.Judge: {
		"What a look saw could not be recorded, %d times in a row.",
		"A team waits for its verdict; the look is asked for again within two minutes, but may count from the later look.",
	},
	config.Settle: {
		"The sequencer failed %d times in a row when it was woken to seal.",
		"Nobody is hurt while its schedule, once a minute, works: rows become final a little later. If the alarm seal-lag rings too, they do not.",
	},
	config.Relay: {
		"A part of the table's stream could not be relayed to the bus, and was given up.",
		"The first looks at some submissions were not asked for; the sequencer asks for them within two minutes, so their teams wait a little longer.",
	},
	config.Sequence: {
		"Scheduled runs of the sequencer failed twice in a row.",
		"Rows become final later, and overdue looks are asked for later; the next run tries again within a minute.",
	},
	rulesQueue: {
		"A rule of the bus could not bring a message to its queue.",
		"A look was not taken, or sealing was not woken; the sequencer makes up for both within two minutes, so teams wait a little longer.",
	},
}

func (x *parts) deadLetterAlarms(q queues) []alarm {
	var all []alarm
	for _, name := range slices.Sorted(maps.Keys(q)) {
		source, dead := strings.CutSuffix(name, config.DeadLetters)
		if !dead {
			continue
		}
		about := source
		if x.verifies(source) {
			about = verifyBinary
		}
		text := deadLetters[about]
		if strings.Contains(text.broke, "%d") {
			text.broke = fmt.Sprintf(text.broke, tries)
		}
		all = append(all, alarm{
			what: name + "-not-empty", section: about + config.DeadLetters + "-not-empty",
			metric: x.queue(name, "ApproximateNumberOfMessagesVisible", top).alarmed(),
			broke:  text.broke, means: text.means,
		})
	}
	return all
}

func (x *parts) verifies(name string) bool {
	return slices.ContainsFunc(x.kinds, func(k jam.Kind) bool { return config.Verify(k) == name })
}
