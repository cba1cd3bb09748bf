package hub_test

import (
	"strings"
	"testing"

	"parley/backend/conversation"
	"parley/backend/protocol"
)

// A contact who comes back within the threading window goes to whom they know,
// though somebody else has been idle for longer.
func TestContactComesBackToWhomTheyKnow(t *testing.T) {
	h := startHub(t)
	ann, bob := h.desk("ann"), h.desk("bob")
	ann.onQueue()
	c := h.customer()
	c.say("Hello?")
	conv := ann.inPhase(conversation.Alerting)
	bob.onQueue()
	leg := ann.leg(conv)
	ann.must(protocol.Command{Accept: &leg})
	ann.inPhase(conversation.Talking)
	ann.must(protocol.Command{Disconnect: &leg})
	ann.must(protocol.Command{WrapUp: &protocol.WrapUp{OnLeg: leg, Code: "done"}})
	ann.until("her capacity", func() bool { return len(ann.agent.Reservations) == 0 })
	c.say("One more thing")
	again := ann.inPhase(conversation.Alerting)
	if why := ann.convs[again].Leg.Why; again == conv || !strings.HasPrefix(why, "answered this contact last") {
		t.Errorf("%s was routed because %q", again, why)
	}
}
