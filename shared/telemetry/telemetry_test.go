package telemetry_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/telemetry"
)

func TestWhatIsNamedLikeASecretIsBlanked(t *testing.T) {
	var b bytes.Buffer
	log := telemetry.NewLogger(&b, slog.LevelInfo)
	log.Info("request", "Answer", "blue", "team", "t1", slog.Group("body", "note", "blue", "token", "blue"))
	if strings.Contains(b.String(), "blue") || !strings.Contains(b.String(), `"team":"t1"`) {
		t.Error(b.String())
	}
}

func TestMetricsThatAreOffAddNothing(t *testing.T) {
	var off *telemetry.Metrics
	if attrs := off.Attrs(time.UnixMilli(0), telemetry.Counted(telemetry.Requests)); attrs != nil {
		t.Errorf("%v", attrs)
	}
	var b bytes.Buffer
	off.Emit(t.Context(), telemetry.NewLogger(&b, slog.LevelInfo), time.UnixMilli(0), telemetry.Counted(telemetry.Requests))
	if b.Len() != 0 {
		t.Error(b.String())
	}
}

func TestAMeasurementIsDeclaredAndGivenInTheSameLine(t *testing.T) {
	var b bytes.Buffer
	m := &telemetry.Metrics{Namespace: "Photofinish", Jam: "small"}
	m.Emit(t.Context(), telemetry.NewLogger(&b, slog.LevelInfo), time.UnixMilli(1234),
		telemetry.Took(telemetry.RequestTime, 1500*time.Microsecond))
	for _, want := range []string{
		`"_aws":{"Timestamp":1234,"CloudWatchMetrics":[{"Namespace":"Photofinish","Dimensions":[["jam"]],` +
			`"Metrics":[{"Name":"RequestTime","Unit":"Milliseconds"}]}]}`,
		`"jam":"small"`, `"RequestTime":1.5`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s lacks %s", b.String(), want)
		}
	}
}
