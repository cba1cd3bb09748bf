package simulate

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// Options of Customers.
type Options struct {
	Hub        string // http://HOST:PORT
	Deployment string
	// Rate is how many customers arrive a minute, at random intervals.
	Rate float64
	// Count ends the arrivals after so many customers; 0 = no limit.
	Count int
	// Duration ends the arrivals after so long; 0 = no limit. Who is there then
	// finishes.
	Duration time.Duration
	// Script names the persona that everybody plays; "" = all in turn.
	Script string
	// Seed makes arrivals, order and pauses the same every time.
	Seed uint64
	// Speed divides all waiting, for tests and load; 0 = 1.
	Speed float64
	// Report is told what happens, from many goroutines.
	Report func(Happening)
}

// Happening is one thing that happened to a customer.
type Happening struct {
	Type     string `json:"type"` // arrived, said, heard, typing, photo, away, returned, ended, cleared, left, failed
	Customer int    `json:"customer"`
	Script   string `json:"script"`
	Text     string `json:"text,omitempty"`
	From     string `json:"from,omitempty"` // heard: the agent
	New      bool   `json:"new,omitempty"`  // arrived, returned: the hub knew of no session
	Error    string `json:"error,omitempty"`
	AtMs     int64  `json:"atMs"`
}

// ErrScript means that there is no such persona.
var ErrScript = errors.New("no such script")

// Scripts names the personas.
func Scripts() []string {
	var out []string
	for _, p := range personas() {
		out = append(out, p.Key)
	}
	return out
}

// Customers lets customers arrive until the options or ctx say to stop, and
// returns when the last one has left. Failed says how many of them failed.
func Customers(ctx context.Context, o Options) (failed int, err error) {
	all := personas()
	if o.Script != "" {
		all = named(all, o.Script)
		if len(all) == 0 {
			return 0, ErrScript
		}
	}
	if o.Speed <= 0 {
		o.Speed = 1
	}
	random := rand.New(rand.NewPCG(o.Seed, o.Seed^0x9e3779b97f4a7c15))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	arrivals := ctx
	if o.Duration > 0 {
		var cancel context.CancelFunc
		arrivals, cancel = context.WithTimeout(ctx, o.Duration)
		defer cancel()
	}
	var (
		work sync.WaitGroup
		mu   sync.Mutex
	)
	for n := 1; o.Count == 0 || n <= o.Count; n++ {
		if n > 1 && !sleep(arrivals, time.Duration(random.ExpFloat64()/o.Rate*float64(time.Minute))) {
			break
		}
		c := &customer{o: o, number: n, persona: all[(n-1)%len(all)], random: rand.New(rand.NewPCG(o.Seed, uint64(n))), token: NewToken()}
		work.Go(func() {
			if err := c.live(ctx); err != nil && ctx.Err() == nil {
				c.report(Happening{Type: "failed", Error: err.Error()})
				mu.Lock()
				failed++
				mu.Unlock()
			}
		})
	}
	work.Wait()
	return failed, nil
}

func named(all []persona, key string) []persona {
	for _, p := range all {
		if p.Key == key {
			return []persona{p}
		}
	}
	return nil
}

// sleep waits, and says false if ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// customer is one person on the shop's page.
type customer struct {
	o       Options
	number  int
	persona persona
	random  *rand.Rand
	token   string
	guest   *Guest
	agent   string // who answered last
	ended   bool   // the agent has ended the conversation
}

func (c *customer) report(h Happening) {
	if c.o.Report == nil {
		return
	}
	h.Customer, h.Script, h.AtMs = c.number, c.persona.Key, time.Now().UnixMilli()
	c.o.Report(h)
}

func (c *customer) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / c.o.Speed * (0.7 + 0.6*c.random.Float64()))
}

// live plays the whole script.
func (c *customer) live(ctx context.Context) error {
	if err := c.arrive(ctx, "arrived"); err != nil {
		return err
	}
	for _, s := range c.persona.Steps {
		if c.ended {
			break
		}
		if err := c.step(ctx, s); err != nil {
			_ = c.guest.Close() // the step's error tells more
			return err
		}
	}
	c.report(Happening{Type: "left"})
	_ = c.guest.Close() // it may have closed already
	return nil
}

func (c *customer) arrive(ctx context.Context, how string) error {
	g, isNew, err := Dial(ctx, c.o.Hub, c.o.Deployment, c.token)
	if err != nil {
		return err
	}
	c.guest = g
	c.report(Happening{Type: how, New: isNew})
	return nil
}

func (c *customer) step(ctx context.Context, s step) error {
	switch {
	case s.Say != "":
		return c.say(ctx, s.Say)
	case s.Photo != "":
		_, err := c.guest.SendFile(ctx, "pole.png", "image/png", photo(), s.Photo)
		c.report(Happening{Type: "photo", Text: s.Photo})
		return err
	case s.Wait > 0:
		_, err := c.listen(ctx, c.scaled(s.Wait))
		return err
	case s.Answer != "":
		heard, err := c.listen(ctx, c.scaled(patience))
		if err != nil || !heard {
			return err
		}
		return c.say(ctx, s.Answer)
	case s.Pause > 0:
		sleep(ctx, c.scaled(s.Pause))
	case s.Away > 0:
		_ = c.guest.Close() // whatever is lost with it comes back with the history
		c.report(Happening{Type: "away"})
		sleep(ctx, c.scaled(s.Away))
		return c.arrive(ctx, "returned")
	case s.Clear:
		err := c.guest.Clear(ctx)
		c.report(Happening{Type: "cleared"})
		c.ended = true
		return err
	}
	return ctx.Err()
}

// say types for a while that fits the text, then sends it.
func (c *customer) say(ctx context.Context, text string) error {
	who := c.agent
	if who == "" {
		who = "you"
	}
	text = strings.ReplaceAll(text, "{agent}", who)
	if err := c.guest.Type(); err != nil {
		return err
	}
	c.report(Happening{Type: "typing"})
	sleep(ctx, c.scaled(min(time.Duration(len(text))*60*time.Millisecond, 4*time.Second)))
	_, err := c.guest.Say(ctx, text, c.persona.Attributes)
	if err == nil {
		c.report(Happening{Type: "said", Text: text})
	}
	return err
}

// listen waits for an agent's message. Heard is false when none came or the
// agent ended the conversation.
func (c *customer) listen(ctx context.Context, d time.Duration) (heard bool, err error) {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case m, open := <-c.guest.Inbox:
			switch {
			case !open:
				return false, ErrGone
			case len(m.Events) > 0 && m.Events[0].Presence.Type == "Disconnect":
				c.report(Happening{Type: "ended"})
				c.ended = true
				return false, nil
			case m.Type != "Event":
				c.agent = m.Channel.From.Nickname
				c.report(Happening{Type: "heard", Text: m.Text, From: c.agent})
				return true, nil
			}
		case <-t.C:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}
