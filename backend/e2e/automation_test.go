package e2e_test

import (
	"fmt"
	"slices"
	"testing"

	"parley/backend/desk"
)

// The workshop greets, or says that it is closed, whatever the time is now; its
// survey's score reaches the agent.
func TestTheWorkshopGreetsAndAsksHowItWas(t *testing.T) {
	h := startHub(t)
	d := openDesk(t, h.signIn(t.TempDir()))
	g := joinGuestAt(t, h, h.deploymentOf("web-warranty"))
	conv := connected(t, g, d)
	_, err := d.Send(conv, "good day", nil)
	ok(t, err)
	g.until("a welcome and the answer", func(texts []string, _ int) bool { return len(texts) == 2 && texts[1] == "good day" })
	page, err := d.Tail(conv, 50)
	ok(t, err)
	var auto []string
	for _, it := range page.Items {
		if it.Auto != "" {
			auto = append(auto, it.Auto)
			if it.Mine || it.Author != "" {
				t.Errorf("a message that nobody wrote has an author: %+v", it)
			}
		}
	}
	if len(auto) != 1 || (auto[0] != "greeting" && auto[0] != "away") {
		t.Errorf("automatic messages: %q", auto)
	}
	ok(t, d.End(conv))
	g.until("the survey", func(texts []string, _ int) bool { return len(texts) == 3 && len(g.replies) == 5 })
	g.write(fmt.Sprintf(`{"action":"onMessage","token":%q,"tracingId":"s-1","message":{"type":"Structured","text":"4","content":[{"contentType":"ButtonResponse","buttonResponse":{"type":"QuickReply","text":"4","payload":%q}}]}}`,
		g.token, g.replies[3]))
	until(t, d, "a score", func(s *desk.Snapshot) bool {
		return settled(s) && len(s.Interactions) == 1 && s.Interactions[0].SurveyScore == 4 && s.Interactions[0].SurveyScale == 5
	})
	g.until("thanks", func(texts []string, _ int) bool { return len(texts) == 4 })
	page, err = d.Tail(conv, 50)
	ok(t, err)
	if !slices.ContainsFunc(page.Items, func(it desk.Item) bool { return it.Event == "survey_answered" && it.Detail == "4" }) {
		t.Errorf("the transcript has no score: %+v", page.Items)
	}
}
