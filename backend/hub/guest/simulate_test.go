package guest_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"parley/backend/conversation"
	"parley/backend/hub/config"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/simulate"
)

// TestCustomers lets every scripted customer play against the hub while an
// agent answers whatever they write.
func TestCustomers(t *testing.T) {
	p := start(t, func(c *config.Config) { unlimited(c); c.Deployments[0].UploadMaxKB = 512 })
	inbound := make(chan id.Conversation, 256)
	p.engine.Subscribe(func(c *engine.Commit) {
		for _, e := range c.Conversation {
			if isReceived(e) {
				inbound <- id.Conversation(c.Stream.ID)
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var agent sync.WaitGroup
	agent.Go(func() {
		for {
			select {
			case conv := <-inbound:
				st, err := p.engine.ConversationState(context.Background(), conv)
				if err != nil {
					t.Error(err)
					return
				}
				if st.Phase == conversation.Waiting {
					_, _ = p.engine.Conversation(context.Background(), conv, id.Command(id.New()), "test",
						conversation.Offer{Communication: id.Communication(id.New()), Agent: "ann"})
				}
				m := id.Message(id.New()) // it may have ended since; then nobody hears it
				_, _ = p.engine.Conversation(context.Background(), conv, id.Command(id.New()), "test",
					conversation.Send{Agent: "ann", Message: m}, engine.Content{Message: m, Body: message.Body{Text: "I am looking."}})
			case <-ctx.Done():
				return
			}
		}
	})
	var mu sync.Mutex
	types, scripts := map[string]int{}, map[string]bool{}
	failed, err := simulate.Customers(ctx, simulate.Options{
		Hub: p.server.URL, Deployment: deployment, Rate: 6000, Count: len(simulate.Scripts()), Seed: 7, Speed: 400,
		Report: func(h simulate.Happening) {
			mu.Lock()
			defer mu.Unlock()
			types[h.Type]++
			scripts[h.Script] = true
			if h.Type == "failed" || (h.Type == "returned" && h.New) || (h.Type == "heard" && h.From != "Ann") {
				t.Errorf("%+v", h)
			}
		},
	})
	cancel()
	agent.Wait()
	if err != nil || failed > 0 || len(scripts) != len(simulate.Scripts()) {
		t.Errorf("%d failed, %v; played %v", failed, err, scripts)
	}
	for _, want := range []string{"arrived", "typing", "said", "heard", "photo", "away", "returned", "cleared", "left"} {
		if types[want] == 0 {
			t.Errorf("nobody %s: %v", want, types)
		}
	}
}
