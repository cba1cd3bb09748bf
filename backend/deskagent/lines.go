package deskagent

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"parley/backend/desk"
	"parley/backend/id"
)

// line is one change on Out. Type says what it is: link, presence, alerting,
// connected, acw, parked, ended, released, message, delivery, nack, typing, notice,
// done (a command with a ref was taken), error.
type line struct {
	Type          string  `json:"type"`
	Conversation  string  `json:"conversation,omitempty"`
	Communication string  `json:"communication,omitempty"`
	ID            string  `json:"id,omitempty"`
	Channel       string  `json:"channel,omitempty"`
	Direction     string  `json:"direction,omitempty"`
	Text          *string `json:"text,omitempty"`
	Author        string  `json:"author,omitempty"`
	Files         []file  `json:"files,omitempty"`
	Erased        bool    `json:"erased,omitempty"`
	Delivery      string  `json:"delivery,omitempty"`
	Contact       string  `json:"contact,omitempty"`
	Queue         string  `json:"queue,omitempty"`
	State         string  `json:"state,omitempty"`
	Presence      string  `json:"presence,omitempty"`
	Routing       string  `json:"routing,omitempty"`
	Code          string  `json:"code,omitempty"`
	Reason        string  `json:"reason,omitempty"`
	AtMs          int64   `json:"atMs,omitempty"`
	UntilMs       int64   `json:"untilMs,omitempty"`
	Error         string  `json:"error,omitempty"`
	Line          int     `json:"line,omitempty"` // of In, counted from 1
	Ref           string  `json:"ref,omitempty"`  // as the command gave it
}

type file struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	MIME string `json:"mime"`
	Size int64  `json:"size"`
}

// lines writes lines whole, whoever tells, and keeps the first error.
type lines struct {
	mu     sync.Mutex
	w      io.Writer
	failed error
}

func (l *lines) tell(v line) {
	b, err := json.Marshal(v)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && l.failed == nil {
		_, err = l.w.Write(append(b, '\n'))
	}
	if err != nil && l.failed == nil {
		l.failed = fmt.Errorf("write a line: %w", err)
	}
}

func (l *lines) err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

// order is one command on In.
type order struct {
	Command      string          `json:"command"`
	Conversation id.Conversation `json:"conversation"`
	Text         string          `json:"text"`
	Code         string          `json:"code"`
	Presence     string          `json:"presence"`
	ID           string          `json:"id"`  // a message, for retry and withdraw
	Ref          string          `json:"ref"` // comes back in the answer
	Queue        id.Queue        `json:"queue"`
	To           id.Agent        `json:"to"`      // an agent, for transfer
	UntilMs      int64           `json:"untilMs"` // for park
}

// maxLine is the longest line of In in bytes.
const maxLine = 1 << 20

var (
	errLine    = errors.New("not a command: expected one JSON object such as {\"command\":\"accept\",\"conversation\":\"…\"}")
	errTooLong = fmt.Errorf("the line has more than %d bytes", maxLine)
	errQuit    = errors.New("told to quit")
)

// obey does the commands of In until it ends; the agent then goes on by itself.
// A line that is no command is answered and skipped.
func (a *worker) obey(ctx context.Context, cancel context.CancelCauseFunc) {
	in := bufio.NewReaderSize(a.opt.In, 64<<10)
	for n := 1; ctx.Err() == nil; n++ {
		text, err := readLine(in)
		if err != nil && !errors.Is(err, errTooLong) {
			return
		}
		if text = bytes.TrimSpace(text); len(text) == 0 && err == nil {
			continue
		}
		var o order
		if err == nil {
			o, err = parse(text)
		}
		if err == nil && o.Command == "quit" {
			cancel(errQuit)
			return
		}
		if err == nil {
			err = a.do(o)
		}
		switch {
		case err != nil:
			a.out.tell(line{Type: "error", Conversation: string(o.Conversation), Error: err.Error(), Line: n, Ref: o.Ref})
		case o.Ref != "":
			a.out.tell(line{Type: "done", Conversation: string(o.Conversation), Line: n, Ref: o.Ref})
		}
	}
}

// readLine reads one line, the rest of a too long one included.
func readLine(in *bufio.Reader) ([]byte, error) {
	var out []byte
	long := false
	for {
		part, more, err := in.ReadLine()
		if err != nil {
			return nil, err
		}
		if long = long || len(out)+len(part) > maxLine; !long {
			out = append(out, part...)
		}
		if !more {
			break
		}
	}
	if long {
		return nil, errTooLong
	}
	return out, nil
}

func parse(text []byte) (order, error) {
	var o order
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil || d.More() {
		return order{}, errLine
	}
	return o, nil
}

// do does one command.
func (a *worker) do(o order) error {
	switch o.Command {
	case "accept":
		return a.desk.Answer(o.Conversation)
	case "decline":
		return a.desk.Decline(o.Conversation)
	case "disconnect":
		return a.desk.End(o.Conversation)
	case "wrap-up":
		return a.desk.WrapUp(o.Conversation, o.Code)
	case "send":
		_, err := a.desk.Send(o.Conversation, o.Text, nil)
		return err
	case "typing":
		a.desk.Typing(o.Conversation)
		return nil
	case "mark-read":
		for _, in := range a.desk.Snapshot().Interactions {
			if in.ID == string(o.Conversation) {
				return a.desk.MarkRead(o.Conversation, in.Inbound)
			}
		}
		return desk.ErrNoConversation
	case "presence":
		a.mu.Lock()
		a.want = o.Presence
		a.mu.Unlock()
		return a.desk.SetPresence(o.Presence)
	case "retry", "withdraw":
		return a.pending(o)
	case "transfer":
		return a.desk.Transfer(o.Conversation, o.Queue, o.To, o.Text)
	case "park":
		return a.desk.Park(o.Conversation, time.UnixMilli(o.UntilMs))
	case "resume":
		return a.desk.Resume(o.Conversation)
	case "pull":
		return a.desk.Pull(o.Conversation)
	case "note":
		return a.desk.AddNote(o.Conversation, o.Text)
	case "ask-help", "end-help":
		return a.desk.AskHelp(o.Conversation, o.Command == "ask-help")
	case "join-queue", "leave-queue":
		return a.desk.SetQueue(o.Queue, o.Command == "join-queue")
	}
	return fmt.Errorf("no such command: %q; there are accept, decline, disconnect, wrap-up, send, typing, mark-read, presence, retry, withdraw, "+
		"transfer, park, resume, pull, note, ask-help, end-help, join-queue, leave-queue and quit", o.Command)
}

// pending retries or withdraws a message by its ID.
func (a *worker) pending(o order) error {
	page, err := a.desk.Transcript(o.Conversation, 0, 1<<30)
	if err != nil {
		return err
	}
	for _, it := range page.Items {
		if it.ID != o.ID || it.Command == "" {
			continue
		}
		if o.Command == "retry" {
			return a.desk.Retry(id.Command(it.Command))
		}
		_, err := a.desk.Withdraw(id.Command(it.Command))
		return err
	}
	return desk.ErrNoCommand
}
