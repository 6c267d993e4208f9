package guard

import (
	"errors"
	"strings"
	"testing"
)

const standing = `{"Resources":{
 "Table":{"Type":"AWS::DynamoDB::Table","Properties":{"TableName":"photofinish-x"},"DeletionPolicy":"Retain"},
 "Queue":{"Type":"AWS::SQS::Queue","Properties":{"VisibilityTimeout":180}},
 "Play":{"Type":"AWS::Lambda::Function","Properties":{"Code":{"S3Key":"one.zip"}}},
 "Board":{"Type":"AWS::CloudWatch::Dashboard","Properties":{"DashboardBody":"{}"}}}}`

func TestWhatMovesDataIsToldFromWhatDoesNot(t *testing.T) {
	for name, test := range map[string]struct {
		old, new string
		want     []string
	}{
		"nothing":                    {"", "", nil},
		"the code of a function":     {"one.zip", "two.zip", nil},
		"the dashboard":              {`"DashboardBody":"{}"`, `"DashboardBody":"[]"`, nil},
		"a queue's timeout":          {"180", "60", []string{"Queue (AWS::SQS::Queue) would change"}},
		"what becomes of the table":  {`"Retain"`, `"Delete"`, []string{"Table (AWS::DynamoDB::Table) would change"}},
		"the table's id":             {`"Table":`, `"Table2":`, []string{"Table (AWS::DynamoDB::Table) would go", "Table2 (AWS::DynamoDB::Table) would come"}},
		"a function becomes a queue": {"AWS::Lambda::Function", "AWS::SQS::Queue", []string{"Play (AWS::SQS::Queue) would change"}},
		"another order of the names": {`{"Type":"AWS::SQS::Queue","Properties":{"VisibilityTimeout":180}}`, `{"Properties":{"VisibilityTimeout":180},"Type":"AWS::SQS::Queue"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Moves(standing, strings.Replace(standing, test.old, test.new, 1))
			if err != nil || strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
		})
	}
	for _, bad := range []string{"", "Resources:\n  Table: {}", "[]"} {
		if _, err := Moves(bad, standing); err == nil {
			t.Errorf("%q is no template, and was compared", bad)
		}
		if _, err := Moves(standing, bad); err == nil {
			t.Errorf("%q is no template, and was compared", bad)
		}
	}
}

func TestOnlyARunningJamIsHeldToWhatMovesData(t *testing.T) {
	g := &Guard{Jam: "x"}
	next := strings.Replace(standing, "180", "60", 1)
	if err := g.During(Deployed{Template: standing}, next); err != nil {
		t.Errorf("before the Jam a queue may change: %v", err)
	}
	for _, template := range []string{standing, "no template"} {
		_, isRefusal := errors.AsType[*Refusal](g.During(Deployed{Template: template, Running: true}, next))
		if !isRefusal {
			t.Error("while the Jam runs it was let pass")
		}
	}
	if err := g.During(Deployed{Template: standing, Running: true}, strings.Replace(standing, "one.zip", "two.zip", 1)); err != nil {
		t.Errorf("a function's code may change while the Jam runs: %v", err)
	}
}

func TestWithoutCredentialsAllPasses(t *testing.T) {
	g := &Guard{Jam: "x"}
	if d, err := g.Look(t.Context()); err != nil || d != (Deployed{}) {
		t.Errorf("%+v, %v", d, err)
	}
}
