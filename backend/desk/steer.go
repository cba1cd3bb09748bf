package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"parley/backend/coach"
	"parley/backend/id"
	"parley/backend/protocol"
	"parley/backend/supervisor"
)

// Steering is answered by the hub at once or not at all: nothing of it waits in
// the outbox to be done when its time is over.

// TakeOver connects this desk's agent in place of whoever has a conversation, and
// ends the monitoring of it.
func (d *Desk) TakeOver(ctx context.Context, conv id.Conversation) error {
	if err := d.steer(ctx, protocol.Command{TakeOver: &protocol.Steer{Conversation: conv}}); err != nil {
		return err
	}
	d.Unmonitor(conv)
	return nil
}

// Reassign moves a conversation to a queue, "" = where it is, and there to an
// agent, "" = whoever routing finds.
func (d *Desk) Reassign(ctx context.Context, conv id.Conversation, queue id.Queue, to id.Agent) error {
	return d.steer(ctx, protocol.Command{Reassign: &protocol.Reassign{Conversation: conv, Queue: queue, To: to}})
}

// SetPriority gives a conversation another place among those that wait.
func (d *Desk) SetPriority(ctx context.Context, conv id.Conversation, priority int) error {
	return d.steer(ctx, protocol.Command{SetPriority: &protocol.SetPriority{Conversation: conv, Priority: priority}})
}

// CutOff disconnects a conversation for both sides.
func (d *Desk) CutOff(ctx context.Context, conv id.Conversation) error {
	return d.steer(ctx, protocol.Command{CutOff: &protocol.Steer{Conversation: conv}})
}

// CloseHelp says that an agent's call for help was answered.
func (d *Desk) CloseHelp(ctx context.Context, conv id.Conversation) error {
	return d.steer(ctx, protocol.Command{CloseHelp: &protocol.Steer{Conversation: conv}})
}

// SetStatus changes another agent's presence.
func (d *Desk) SetStatus(ctx context.Context, a id.Agent, presence string) error {
	return d.steer(ctx, protocol.Command{SetStatus: &protocol.SetStatus{Agent: a, Presence: presence}})
}

// SetMembership lets another agent join a queue, or leave it for now.
func (d *Desk) SetMembership(ctx context.Context, a id.Agent, queue id.Queue, join bool) error {
	return d.steer(ctx, protocol.Command{SetMembership: &protocol.SetMembership{Agent: a, Queue: queue, Join: join}})
}

// Coach writes in private: to the agent of a conversation that this desk
// monitors, or to those who coach in one that its agent has.
func (d *Desk) Coach(ctx context.Context, conv id.Conversation, text string) error {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return coach.ErrEmpty
	case len(text) > coach.MaxBytes:
		return coach.ErrTooLong
	}
	return d.steer(ctx, protocol.Command{Coach: &protocol.Coach{Conversation: conv, Message: id.Message(id.New()), Text: text}})
}

// steer calls the hub with a command. When the answer does not come it asks once
// more with the same ID, which finds what the first one did.
func (d *Desk) steer(ctx context.Context, c protocol.Command) error {
	c.ID, c.AtMs = id.Command(id.New()), ms(d.now())
	var refusal protocol.Problem
	err := d.opt.Client.command(ctx, d.opt.Token, c)
	if err != nil && !errors.As(err, &refusal) && ctx.Err() == nil {
		err = d.opt.Client.command(ctx, d.opt.Token, c)
	}
	return err
}

// BoardAt returns the board as it was at a moment of today.
func (d *Desk) BoardAt(ctx context.Context, at time.Time) (protocol.Board, error) {
	var out protocol.Board
	q := url.Values{"at": {strconv.FormatInt(at.UnixMilli(), 10)}}
	err := d.opt.Client.ask(ctx, d.opt.Token, http.MethodGet, protocol.PathBoard+"?"+q.Encode(), nil, &out)
	return out, err
}

// Report asks for a report.
func (d *Desk) Report(ctx context.Context, q supervisor.Query) (supervisor.Report, error) {
	var out supervisor.Report
	if err := q.Check(); err != nil {
		return out, err
	}
	err := d.opt.Client.ask(ctx, d.opt.Token, http.MethodPost, protocol.PathReport, q, &out)
	return out, err
}

// History returns all that happened to a conversation.
func (d *Desk) History(ctx context.Context, conv id.Conversation) (protocol.History, error) {
	var out protocol.History
	err := d.opt.Client.ask(ctx, d.opt.Token, http.MethodGet, protocol.PathHistory+url.PathEscape(string(conv)), nil, &out)
	return out, err
}

func (c *Client) command(ctx context.Context, token string, cmd protocol.Command) error {
	var ack protocol.Ack
	return c.ask(ctx, token, http.MethodPost, protocol.PathCommand, cmd, &ack)
}

const (
	askTimeout = time.Minute
	maxReport  = 64 << 20 // bytes of an answer
)

// ask makes a call whose answer may be long, such as a report.
func (c *Client) ask(ctx context.Context, token, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("call the hub: %w", err)
		}
	}
	req, err := c.request(ctx, method, path, token, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return unreachable(c.base.Host, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return problem(resp)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxReport)).Decode(out); err != nil {
		return fmt.Errorf("%w: its answer cannot be read", ErrNotParley)
	}
	return nil
}
