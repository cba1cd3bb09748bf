package app

// The pusher has no exported name: the window sees only what comes out of it.

import (
	"context"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

func items(ids ...string) []Item {
	out := []Item{}
	for _, id := range ids {
		out = append(out, Item{ID: id})
	}
	return out
}

func TestMergeTranscripts(t *testing.T) {
	for _, c := range []struct {
		name             string
		have, more, want []TranscriptChange
	}{
		{
			"another conversation stands beside",
			[]TranscriptChange{{Conversation: "a", Total: 1, Items: items("1")}},
			[]TranscriptChange{{Conversation: "b", Total: 1, Items: items("2")}},
			[]TranscriptChange{{Conversation: "a", Total: 1, Items: items("1")}, {Conversation: "b", Total: 1, Items: items("2")}},
		},
		{
			"from the same index on replaces",
			[]TranscriptChange{{Conversation: "a", From: 3, Total: 5, Items: items("3", "4")}},
			[]TranscriptChange{{Conversation: "a", From: 3, Total: 4, Items: items("3'")}},
			[]TranscriptChange{{Conversation: "a", From: 3, Total: 4, Items: items("3'")}},
		},
		{
			"from the middle on joins",
			[]TranscriptChange{{Conversation: "a", From: 3, Total: 5, Items: items("3", "4")}},
			[]TranscriptChange{{Conversation: "a", From: 4, Total: 6, Items: items("4'", "5")}},
			[]TranscriptChange{{Conversation: "a", From: 3, Total: 6, Items: items("3", "4'", "5")}},
		},
		{
			"at the end appends",
			[]TranscriptChange{{Conversation: "a", From: 3, Total: 4, Items: items("3")}},
			[]TranscriptChange{{Conversation: "a", From: 4, Total: 5, Items: items("4")}},
			[]TranscriptChange{{Conversation: "a", From: 3, Total: 5, Items: items("3", "4")}},
		},
		{
			"beyond the end stands alone, and takes what follows",
			[]TranscriptChange{{Conversation: "a", From: 3, Total: 4, Items: items("3")}},
			[]TranscriptChange{
				{Conversation: "a", From: 7, Total: 8, Items: items("7")},
				{Conversation: "a", From: 8, Total: 9, Items: items("8")},
			},
			[]TranscriptChange{
				{Conversation: "a", From: 3, Total: 4, Items: items("3")},
				{Conversation: "a", From: 7, Total: 9, Items: items("7", "8")},
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := mergeTranscripts(c.have, c.more); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestPushesAreMergedAndNumbered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []Push
		p := newPusher(func(push Push) { got = append(got, push) })
		ctx, end := context.WithCancel(t.Context())
		go p.run(ctx)

		p.change(Push{Me: &Me{Presence: "away"}})
		synctest.Wait()
		if len(got) != 0 {
			t.Fatalf("pushed %+v before anybody subscribed", got)
		}
		whole := p.subscribe()
		if whole.Seq != 0 || whole.Me.Presence != "away" || whole.Transcripts == nil {
			t.Fatalf("subscribe gave %+v", whole)
		}
		// A second of changes, one each millisecond.
		for i := range 1000 {
			p.change(Push{Typing: &Typing{Conversations: []string{time.Duration(i).String()}}})
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(got) < 55 || len(got) > 61 {
			t.Errorf("%d pushes in a second, want about 60", len(got))
		}
		for i, push := range got {
			if push.Seq != i+1 {
				t.Fatalf("push %d has number %d", i, push.Seq)
			}
			if push.Me != nil {
				t.Errorf("push %d repeats what did not change", i)
			}
		}
		if last := got[len(got)-1].Typing.Conversations[0]; last != time.Duration(999).String() {
			t.Errorf("the last push tells of %s", last)
		}
		end()
		synctest.Wait()
	})
}

func TestASecondSubscriberLeavesNoGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []Push
		p := newPusher(func(push Push) { got = append(got, push) })
		ctx, end := context.WithCancel(t.Context())
		go p.run(ctx)
		p.subscribe()
		p.change(Push{Me: &Me{Presence: "away"}})
		if second := p.subscribe(); second.Seq != 0 || second.Me.Presence != "away" {
			t.Fatalf("second subscriber got %+v", second)
		}
		synctest.Wait()
		if len(got) != 1 || got[0].Seq != 1 || got[0].Me == nil {
			t.Fatalf("the first subscriber missed the change: %+v", got)
		}
		end()
		synctest.Wait()
	})
}
