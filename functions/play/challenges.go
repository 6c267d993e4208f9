package play

import (
	"context"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

type challengeListOutput struct {
	Vary string `header:"Vary" hidden:"true"`
	Body api.ChallengeList
}

func (s *service) listChallenges(ctx context.Context, in *languageInput) (*challengeListOutput, error) {
	situation, team, err := s.standing(ctx)
	if err != nil {
		return nil, err
	}
	language := situation.Event.Match(in.Language)
	list := []api.ChallengeView{}
	for i := range situation.Event.Challenges {
		c := &situation.Event.Challenges[i]
		_, err := rules.OpenTo(situation, team, c.ID)
		if refusedAs(err, rules.NotStarted) {
			continue // what has not opened is not even named
		}
		list = append(list, challengeView(situation, team, c, err == nil, language))
	}
	return &challengeListOutput{Vary: "Accept-Language", Body: api.ChallengeList{Challenges: list}}, nil
}

type challengeInput struct {
	ID       string `path:"id" maxLength:"32"`
	Language string `header:"Accept-Language" doc:"In which language texts should come"`
}

type challengeOutput struct {
	Vary string `header:"Vary" hidden:"true"`
	Body api.ChallengeView
}

func (s *service) getChallenge(ctx context.Context, in *challengeInput) (*challengeOutput, error) {
	situation, team, err := s.standing(ctx)
	if err != nil {
		return nil, err
	}
	challenge, err := rules.OpenTo(situation, team, in.ID)
	if err != nil {
		return nil, err
	}
	event := situation.Event
	language := event.Match(in.Language)
	view := challengeView(situation, team, challenge, true, language)
	if view.Brief, err = event.Render(challenge.Brief.In(language), team.ID, challenge, s.Secret); err != nil {
		return nil, err
	}
	for _, m := range challenge.Material {
		text, err := event.Render(m.Text, team.ID, challenge, s.Secret)
		if err != nil {
			return nil, err
		}
		view.Material = append(view.Material, api.MaterialView{Name: m.Name, Text: text})
	}
	for i := range view.Clues {
		if view.Clues[i].Taken {
			view.Clues[i].Text = challenge.Clues[i].Text.In(language)
		}
	}
	return &challengeOutput{Vary: "Accept-Language", Body: view}, nil
}

func challengeView(s rules.Situation, t rules.Team, c *jam.Challenge, open bool, language string) api.ChallengeView {
	v := api.ChallengeView{
		ID: c.ID, Title: c.Title.In(language), Phase: c.Phase, Topic: c.Topic, Difficulty: c.Difficulty,
		Points: c.Points(), Expect: c.Expect, Open: open, Requires: c.Requires,
		Tasks: make([]api.TaskView, 0, len(c.Tasks)), Clues: make([]api.ClueView, 0, len(c.Clues)),
	}
	for i := range c.Tasks {
		v.Tasks = append(v.Tasks, taskView(s, t, c, &c.Tasks[i], language))
	}
	for i := range c.Clues {
		clue := &c.Clues[i]
		v.Clues = append(v.Clues, api.ClueView{
			Challenge: c.ID, ID: clue.ID, Cost: clue.Cost, Taken: t.HasClue(c.ID + "/" + clue.ID),
		})
	}
	return v
}

func taskView(s rules.Situation, t rules.Team, c *jam.Challenge, task *jam.Task, language string) api.TaskView {
	ref := jam.Ref(c.ID, task.ID)
	state := t.Tasks[ref]
	v := api.TaskView{
		ID: task.ID, Title: task.Title.In(language), Points: task.Points, FirstBonus: task.Bonus, Check: task.Check.Kind,
		State: "untouched", AttemptsLeft: attemptsLeft(s.Event, task, t, ref), Penalty: task.Limits(s.Event).Penalty,
	}
	switch {
	case len(state.Passes) > 0:
		v.State = "passed"
	case len(state.Open) > 0:
		v.State = "pending"
	case state.Wrong > 0:
		v.State = "tried"
	}
	if state.Locked > s.Clock.At && v.State != "passed" {
		v.LockedUntil = api.TimeOf(state.Locked)
	}
	return v
}
