package lambda_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// fakeTable answers like a table that consumes 7.5 units a commit, 0.5 a read and 1.5 a query, and holds nothing.
func fakeTable(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	capacity := func(units string) string { return `{"TableName":"t","CapacityUnits":` + units + `}` }
	_, _ = io.WriteString(w, map[string]string{
		"TransactWriteItems": `{"ConsumedCapacity":[` + capacity("7.5") + `]}`,
		"BatchGetItem":       `{"Responses":{},"UnprocessedKeys":{},"ConsumedCapacity":[` + capacity("0.5") + `]}`,
		"Query":              `{"Items":[],"Count":0,"ConsumedCapacity":` + capacity("1.5") + `}`,
	}[operation])
}

func TestWhatAnInvocationConsumedIsMeasuredOnceAndInWhole(t *testing.T) {
	endpoint := httptest.NewServer(http.HandlerFunc(fakeTable))
	defer endpoint.Close()
	f := function(&bytes.Buffer{})
	f.Env = config.From(func(name string) (string, bool) {
		v, ok := map[string]string{config.EnvTable: "t", config.EnvShards: "3"}[name]
		return v, ok
	})
	f.AWS = aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(endpoint.URL), Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
	table, names := f.Table(config.Play)
	if names.Shards() != 3 {
		t.Errorf("the ledger has %d shards", names.Shards())
	}
	if got := f.Measured(); got != nil {
		t.Errorf("before anything happened: %v", got)
	}
	key := names.State("red")
	for range 3 {
		if err := table.Commit(t.Context(), store.PutAbsent(key, nil)); err != nil {
			t.Fatal(err)
		}
		if _, err := table.Get(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range table.Scan(t.Context(), key.Partition, "", "z") {
		t.Fatal(err)
	}
	l := f.Ledger(ledger.Config{Store: table})
	for _, s := range []ledger.Setback{ledger.SlotTaken, ledger.SlotTaken, ledger.Hindered} {
		l.Setback(s)
	}
	got := fmt.Sprint(f.Measured())
	want := fmt.Sprint([]telemetry.Value{
		{Metric: telemetry.ReadUnits, Unit: telemetry.Count, Value: 3}, {Metric: telemetry.WriteUnits, Unit: telemetry.Count, Value: 22.5},
		{Metric: telemetry.SlotCollisions, Unit: telemetry.Count, Value: 2}, {Metric: telemetry.CommitRetries, Unit: telemetry.Count, Value: 1},
	})
	if got != want {
		t.Errorf("measured %s, want %s", got, want)
	}
	if got := f.Measured(); got != nil {
		t.Errorf("the next invocation is charged with %v again", got)
	}
}

func TestARequestsConsumptionIsInItsLine(t *testing.T) {
	endpoint := httptest.NewServer(http.HandlerFunc(fakeTable))
	defer endpoint.Close()
	g := newGateway(t)
	f := function(&g.log)
	f.Env = config.From(func(string) (string, bool) { return "1", true })
	f.AWS = aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(endpoint.URL), Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
	table, _ := f.Table(config.Play)
	g.api = f.API(nil)
	g.api.Handle("POST /v1/echo", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := table.Commit(r.Context(), store.PutAbsent(store.Key{Partition: "small#team#red", Sort: "s"}, nil)); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	g.ask(event(nil))
	var line struct {
		WriteUnits float64
		AWS        struct {
			CloudWatchMetrics []struct{ Metrics []struct{ Name string } }
		} `json:"_aws"`
	}
	if err := json.Unmarshal(g.log.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if line.WriteUnits != 7.5 || !strings.Contains(fmt.Sprint(line.AWS), string(telemetry.WriteUnits)) {
		t.Errorf("the line is %s", g.log.String())
	}
}
