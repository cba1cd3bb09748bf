package desk

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/internal/diskspace"
	"parley/backend/protocol"
	"parley/backend/readmodel"
)

// welcome takes the hub's first frame and answers with what the desk holds.
func (d *Desk) welcome(c *conn, w *protocol.Welcome) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w.Version != protocol.Version {
		return finalError{fmt.Errorf("the hub speaks version %d of the protocol and this desk version %d: update the older one", w.Version, protocol.Version)}
	}
	if w.Agent != d.opt.Agent {
		return finalError{errors.New("the hub signed this desk in as somebody else")}
	}
	was := d.model.Epoch()
	if _, err := d.model.Adopt(w.Epoch); err != nil {
		return d.cacheFailed(err)
	}
	if was != "" && was != w.Epoch {
		d.log.Warn("the hub's log began a new life; the cache is filled again")
		d.forgetAll()
	}
	d.link.State, d.link.SinceMs, d.link.Reason, d.link.RetryAtMs = CatchingUp, ms(d.now()), "", 0
	d.link.SkewMs = w.NowMs - ms(d.now())
	if err := d.onOrg(w.Org); err != nil {
		return err
	}
	hello, err := d.hello()
	if err != nil {
		return d.cacheFailed(err)
	}
	if d.super.want.Board || len(d.super.want.Monitor) > 0 {
		d.sayWatch(c) // before Hello, so that what is held is gone on with
	}
	if err := c.send(protocol.ToHub{Hello: hello}); err != nil {
		return err
	}
	d.conn = c
	d.pump()
	d.stale()
	return nil
}

// onOrg takes the organisation as it is now. d.mu is held.
func (d *Desk) onOrg(o protocol.Org) error {
	d.org = o
	if b, err := json.Marshal(o); err == nil {
		if _, err := d.model.Fold(readmodel.Batch{Beside: []readmodel.Beside{{Name: noteOrg, Value: b}}}); err != nil {
			return d.cacheFailed(err)
		}
	}
	for conv := range d.cards {
		d.refreshCard(conv) // names of queues and agents may be new, and rules too
	}
	return nil
}

// maxHeld bounds Hello, which must fit into one frame of 1 MiB.
const maxHeld = 4000

// hello lists what the desk holds. d.mu is held.
func (d *Desk) hello() (*protocol.Hello, error) {
	streams, err := d.model.Streams()
	if err != nil {
		return nil, err
	}
	h := &protocol.Hello{Epoch: d.model.Epoch()}
	if len(streams) > maxHeld {
		streams = streams[len(streams)-maxHeld:] // the newest; the rest comes again or is forgotten
	}
	for _, s := range streams {
		head, err := d.model.Head(s)
		if err != nil {
			return nil, err
		}
		if head.Rev > 0 {
			h.Have = append(h.Have, protocol.Held{Stream: s, Rev: head.Rev, Hash: hex.EncodeToString(head.Hash[:])})
		}
	}
	return h, nil
}

// handle takes one frame. An error ends the connection.
func (d *Desk) handle(f protocol.ToDesk) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.stale()
	switch {
	case f.Commits != nil:
		return d.onCommits(f.Commits)
	case f.Forget != nil:
		return d.onForget(f.Forget)
	case f.Complete != nil:
		return d.onComplete(f.Complete)
	case f.Ack != nil:
		d.onAck(f.Ack)
	case f.Nack != nil:
		d.onNack(f.Nack)
	case f.Typing != nil:
		d.typing[f.Typing.Conversation] = d.now().Add(typingHolds)
		d.wakeDeadlines()
	case f.Queues != nil:
		d.queues = *f.Queues
	case f.Org != nil:
		return d.onOrg(*f.Org)
	case f.Board != nil:
		d.onBoard(f.Board)
	case f.Unwatched != nil:
		d.onUnwatched(f.Unwatched)
	case f.Bye != nil:
		if f.Bye.Retry {
			return *f.Bye
		}
		return finalError{*f.Bye}
	}
	return nil // a frame of a later version
}

// errChain: commits that are not what their stream says.
var errChain = errors.New("commits do not fit their chain")

// decodeCommits reads and checks the commits of one frame, all but the link to
// what is held, which the fold checks.
func decodeCommits(f *protocol.Commits) ([]eventlog.Stored, error) {
	out := make([]eventlog.Stored, 0, len(f.Commits))
	for i, raw := range f.Commits {
		c, err := eventlog.Decode(raw)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errChain, err)
		}
		hash := eventlog.HashOf(raw)
		switch {
		case c.Stream != f.Stream:
			return nil, fmt.Errorf("%w: a commit of another stream", errChain)
		case !bytes.Equal(c.Encode(), raw):
			return nil, fmt.Errorf("%w: not in its canonical form", errChain)
		case i == 0 && f.Reset && (c.Rev != 1 || c.PrevHash != eventlog.Hash{}):
			return nil, fmt.Errorf("%w: a stream begins at revision %d", errChain, c.Rev)
		case i > 0 && (c.Rev != out[i-1].Rev+1 || c.PrevHash != out[i-1].Hash):
			return nil, fmt.Errorf("%w: revision %d after %d", errChain, c.Rev, out[i-1].Rev)
		}
		if last := i == len(f.Commits)-1; last && f.Hash != "" && f.Hash != hash.String() {
			return nil, fmt.Errorf("%w: its last commit has another hash", errChain)
		}
		out = append(out, eventlog.Stored{Commit: c, Hash: hash, Position: eventlog.Position{Pos: f.Pos}})
	}
	return out, nil
}

// onCommits verifies and stores commits. What fails is not stored, and its
// stream is synced again from its beginning.
func (d *Desk) onCommits(f *protocol.Commits) error {
	if d.refused[f.Stream] > maxRefused {
		return nil
	}
	commits, err := decodeCommits(f)
	if err != nil {
		return d.refuse(f.Stream, err)
	}
	batch := readmodel.Batch{Commits: commits}
	if f.Reset {
		batch.Reset = []eventlog.Stream{f.Stream}
	}
	for m, body := range f.Bodies {
		b, err := json.Marshal(body)
		if err != nil {
			return d.refuse(f.Stream, err)
		}
		batch.Beside = append(batch.Beside, readmodel.Beside{Stream: f.Stream, Name: bodyName(m), Value: b})
	}
	if f.Contact != nil {
		b, err := json.Marshal(f.Contact)
		if err != nil {
			return d.refuse(f.Stream, err)
		}
		batch.Beside = append(batch.Beside, readmodel.Beside{Stream: f.Stream, Name: contactName, Value: b})
	}
	if err := d.forgetUnsent(f.Stream, commits, &batch); err != nil {
		return err
	}
	changes, err := d.model.Fold(batch)
	if errors.Is(err, readmodel.ErrGap) || errors.Is(err, readmodel.ErrTooLarge) {
		return d.refuse(f.Stream, err)
	}
	if err != nil {
		return d.cacheFailed(err)
	}
	d.arrived(f, commits, changes)
	return nil
}

func bodyName(m id.Message) string { return "body/" + string(m) }

const contactName = "contact"

// arrived brings the view up to date with stored commits.
func (d *Desk) arrived(f *protocol.Commits, commits []eventlog.Stored, changes []readmodel.Change) {
	delete(d.refused, f.Stream)
	for _, c := range commits {
		if e := d.entry(c.ID); e != nil {
			d.settle(e)
		}
	}
	d.settleAcked()
	if f.Stream.Kind != eventlog.Conversation {
		for _, c := range commits {
			d.foldBeside(c)
		}
		return
	}
	conv := id.Conversation(f.Stream.ID)
	for _, c := range changes {
		if c.Stream == f.Stream && c.From >= 0 {
			d.touch(conv, c.From)
		}
	}
	if f.Contact != nil {
		d.touch(conv, 0) // the contact's name stands at every line
	}
	for _, c := range commits {
		for _, e := range c.Events {
			if e.Type == "message_received" {
				delete(d.typing, conv)
			}
		}
	}
	d.refreshCard(conv)
}

// maxRefused is how often a stream is synced again before it is left out.
const maxRefused = 1

// refuse drops a stream that failed its check, so that the next Hello asks for
// all of it; one that fails again and again is left out until the next start.
func (d *Desk) refuse(s eventlog.Stream, cause error) error {
	d.refused[s]++
	d.log.Error("commits from the hub were refused", "kind", string(s.Kind), "stream", s.ID, "times", d.refused[s], "error", cause)
	if _, err := d.model.Fold(readmodel.Batch{Reset: []eventlog.Stream{s}}); err != nil {
		return d.cacheFailed(err)
	}
	d.gone(s)
	if d.refused[s] > maxRefused {
		d.notify("error", "", "An interaction that the hub sent fails its check and is not shown. Tell whoever runs the hub: its log may be damaged.")
		return nil
	}
	return errors.New("the hub sent commits that fail their check; asking for them again")
}

// gone takes a stream that the desk no longer holds off the view.
func (d *Desk) gone(s eventlog.Stream) {
	if s.Kind != eventlog.Conversation {
		d.goneBeside(s)
		return
	}
	conv := id.Conversation(s.ID)
	delete(d.cards, conv)
	delete(d.typing, conv)
	d.touch(conv, 0)
}

func (d *Desk) forgetAll() {
	for conv := range d.cards {
		d.gone(streamOf(conv))
	}
	clear(d.super.monitors)
	clear(d.super.threads)
	d.link.CompleteToMs = 0
}

// onForget deletes streams with their bodies and files. Commands that wait for
// the hub's answer stay: the answer comes, and is shown.
func (d *Desk) onForget(f *protocol.Forget) error {
	for _, s := range f.Streams {
		if s.Kind == eventlog.Conversation {
			if err := d.forgetFiles(id.Conversation(s.ID)); err != nil {
				return err
			}
		}
	}
	if _, err := d.model.Fold(readmodel.Batch{Reset: f.Streams}); err != nil {
		return d.cacheFailed(err)
	}
	for _, s := range f.Streams {
		d.gone(s)
	}
	return nil
}

// forgetFiles deletes a conversation's fetched files.
func (d *Desk) forgetFiles(conv id.Conversation) error {
	items, _, err := d.model.Transcript(conv, 0, 1<<30)
	if errors.Is(err, readmodel.ErrNotFound) {
		return nil
	}
	if err != nil {
		return d.cacheFailed(err)
	}
	for _, it := range items {
		for _, f := range it.Body.Files {
			if err := d.file.remove(f.ID); err != nil {
				d.log.Error("a file could not be deleted", "error", err)
			}
		}
	}
	return nil
}

// onComplete notes that all the agent may see is here.
func (d *Desk) onComplete(c *protocol.Complete) error {
	d.model.SetCursor(readmodel.Cursor{Epoch: d.model.Epoch(), Pos: c.Pos})
	note := fmt.Appendf(nil, "%d", c.AtMs)
	if _, err := d.model.Fold(readmodel.Batch{Beside: []readmodel.Beside{{Name: noteComplete, Value: note}}}); err != nil {
		return d.cacheFailed(err)
	}
	d.link.CompleteToMs = c.AtMs
	d.link.CacheNote = strings.Replace(d.link.CacheNote, "is being rebuilt", "was rebuilt", 1)
	if d.link.State == CatchingUp {
		d.link.State, d.link.SinceMs = Online, ms(d.now())
	}
	for _, e := range d.entries {
		if e.acked != nil {
			e.acks++
		}
	}
	d.settleAcked()
	return nil
}

// settleAcked drops commands whose effect is in the cache. What the desk never
// gets to see, it waits for until the second Complete after the Ack.
func (d *Desk) settleAcked() {
	for i := 0; i < len(d.entries); {
		e := d.entries[i]
		if e.acked == nil || !d.seen(e) {
			i++
			continue
		}
		d.drop(e)
		d.touchEntry(e)
	}
}

func (d *Desk) seen(e *entry) bool {
	head, err := d.model.Head(e.acked.Stream)
	return err != nil || head.Rev >= e.acked.Rev || e.acks > 1
}

// cacheFailed says in words why the cache cannot take more, and rebuilds a
// damaged one. d.mu is held; the connection ends with the error returned.
func (d *Desk) cacheFailed(cause error) error {
	if errors.Is(cause, diskspace.ErrFull) {
		return fmt.Errorf("this computer's disk is almost full: free some space, and the desk goes on by itself (%w)", diskspace.ErrFull)
	}
	d.log.Error("the cache failed", "error", cause)
	if err := d.model.Close(); err != nil {
		d.log.Warn("the damaged cache could not be closed", "error", err)
	}
	d.forgetAll()
	if d.dir != "" {
		if err := d.setAside(filepath.Join(d.dir, "cache")); err != nil {
			return finalError{err}
		}
	}
	if err := d.openCache(); err != nil {
		return finalError{err}
	}
	return errors.New("the local cache was damaged and is being rebuilt")
}

// rebuildCache replaces a cache that was found damaged while it was read.
func (d *Desk) rebuildCache() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.rebuild {
		return nil
	}
	d.rebuild = false
	var final finalError
	if err := d.cacheFailed(readmodel.ErrCorrupt); errors.As(err, &final) {
		return err
	}
	return nil
}

// typingHolds is how long a contact's typing is shown.
const typingHolds = 5 * time.Second
