package app

import (
	"fmt"
	"time"

	"parley/app/sound"
)

// boardTold is what a supervisor was told of outside the window.
type boardTold struct {
	begun  bool                       // a board has been seen
	alarms map[string]map[string]bool // queue → metrics in alarm
	help   map[string]bool            // conversations whose agent asked for help
}

// watch takes the boards as they change. Each alarm and each call for help is
// told of once, but for those that stand on the first board.
func (a *alerts) watch(b Board) {
	if b.State != "live" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	told := &a.board
	if told.alarms == nil {
		told.alarms, told.help = map[string]map[string]bool{}, map[string]bool{}
	}
	var news []notification
	for _, q := range b.Queues {
		if q.Channel != "" {
			continue
		}
		now := map[string]bool{}
		for _, alert := range q.Alerts {
			if alert.Level != "alarm" {
				continue
			}
			if now[alert.Metric] = true; !told.alarms[q.ID][alert.Metric] {
				news = append(news, notification{"Alarm: " + q.Name, alarmWords(alert)})
			}
		}
		told.alarms[q.ID] = now
	}
	before := told.help
	if b.Whole {
		told.help = map[string]bool{}
	}
	for _, c := range b.Live {
		if c.HelpMs == 0 {
			delete(told.help, c.ID)
			continue
		}
		if !before[c.ID] {
			news = append(news, notification{c.AgentName + " asks for help", c.QueueName})
		}
		told.help[c.ID] = true
	}
	for _, gone := range b.Gone {
		delete(told.help, gone)
	}
	first := !told.begun
	if told.begun = true; first || len(news) == 0 {
		return
	}
	if a.settings.Sound {
		a.alarm.Once(sound.Choice{Tone: sound.AutoAnswer, Volume: a.settings.Volume})
	}
	for _, n := range news {
		a.show(n)
	}
}

func alarmWords(a BoardAlert) string {
	limit := (time.Duration(a.Limit) * time.Second).String()
	switch a.Metric {
	case "waiting":
		return fmt.Sprintf("%d or more are waiting.", a.Limit)
	case "longestWait":
		return "Somebody has been waiting for " + limit + " or longer."
	case "serviceLevel":
		return fmt.Sprintf("The service level is below %d %%.", a.Limit)
	case "abandoned":
		return fmt.Sprintf("%d %% or more were abandoned.", a.Limit)
	case "handleTime":
		return "Interactions take " + limit + " or longer on average."
	case "firstAnswer":
		return "Answers take " + limit + " or longer on average."
	}
	return "A threshold was crossed."
}
