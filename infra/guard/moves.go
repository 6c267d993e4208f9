package guard

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// moving are the types of resource that data lies in or moves through. While a Jam runs, none of them may change: a new
// queue has lost what was in the old one, a new mapping begins where it likes, a new API has another address.
var moving = []string{
	"AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::SecretsManager::Secret",
	"AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::Events::EventBus", "AWS::Events::Rule", "AWS::Lambda::EventSourceMapping",
	"AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage", "AWS::ApiGateway::Resource", "AWS::ApiGateway::Method",
	"AWS::CloudFront::Distribution",
}

type template struct {
	Resources map[string]struct {
		Type           string
		Properties     any
		DeletionPolicy string
	}
}

// Moves lists what a new template changes of what data lies in or moves through, by the logical ids. It reads templates as
// JSON, which CDK writes.
func Moves(deployed, next string) ([]string, error) {
	var before, after template
	if err := json.Unmarshal([]byte(deployed), &before); err != nil {
		return nil, fmt.Errorf("read the deployed template: %w", err)
	}
	if err := json.Unmarshal([]byte(next), &after); err != nil {
		return nil, fmt.Errorf("read the new template: %w", err)
	}
	ids := map[string]bool{}
	for id := range before.Resources {
		ids[id] = true
	}
	for id := range after.Resources {
		ids[id] = true
	}
	var moves []string
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		old, had := before.Resources[id]
		now, has := after.Resources[id]
		switch {
		case !slices.Contains(moving, old.Type) && !slices.Contains(moving, now.Type):
		case !has:
			moves = append(moves, fmt.Sprintf("%s (%s) would go", id, old.Type))
		case !had:
			moves = append(moves, fmt.Sprintf("%s (%s) would come", id, now.Type))
		case !reflect.DeepEqual(old, now):
			moves = append(moves, fmt.Sprintf("%s (%s) would change", id, now.Type))
		}
	}
	return moves, nil
}

// During refuses a template that must wait until the running Jam is over.
func (g *Guard) During(d Deployed, next string) error {
	if !d.Running {
		return nil
	}
	moves, err := Moves(d.Template, next)
	if err != nil {
		return refuse("The Jam %s is running, and what is deployed cannot be compared with what would be: %v", g.Jam, err)
	}
	if len(moves) > 0 {
		return refuse("The Jam %s is running, and this would change what data lies in or moves through:\n\n  %s\n\nDeploy with the settings and the version that it was deployed with, or wait until it is over.",
			g.Jam, strings.Join(moves, "\n  "))
	}
	return nil
}
