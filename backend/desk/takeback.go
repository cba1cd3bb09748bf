package desk

import (
	"context"
	"fmt"
	"slices"

	"parley/backend/id"
	"parley/backend/message"
)

// Withdraw takes back a message that has not left or was refused, and returns
// its text. Its files are thrown away. ErrLeft when it may have reached the hub.
func (d *Desk) Withdraw(c id.Command) (text string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, err := d.unsent(c)
	if err != nil {
		return "", err
	}
	d.forget(e)
	d.touchEntry(e)
	d.pump()
	return e.Command.Send.Body.Text, nil
}

// TakeBack takes back a message as Withdraw does, with its files: those that
// were uploaded are staged anew. Before the message is forgotten, keep makes its
// text and files last elsewhere; keep must not call the desk but to save tabs.
func (d *Desk) TakeBack(ctx context.Context, c id.Command, keep func(text string, files []Staged) error) error {
	anew := map[id.Attachment]Staged{}
	for {
		missing, err := d.takeBack(c, anew, keep)
		if err == nil && missing == nil {
			return nil
		}
		if err == nil {
			anew[missing.ID], err = d.StageAgain(ctx, *missing)
		}
		if err != nil {
			for _, f := range anew {
				if err := d.Unstage(f.ID); err != nil {
					d.log.Warn("a file was not thrown away", "error", err)
				}
			}
			return err
		}
	}
}

// takeBack forgets a message whose files are all staged, or names one that is not.
func (d *Desk) takeBack(c id.Command, anew map[id.Attachment]Staged, keep func(string, []Staged) error) (*message.Attachment, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, err := d.unsent(c)
	if err != nil {
		return nil, err
	}
	body := e.Command.Send.Body
	var files []Staged
	for _, a := range body.Attachments {
		staged, ok := anew[a.ID]
		if !ok {
			return &a, nil
		}
		files = append(files, staged)
	}
	if err := keep(body.Text, slices.Concat(files, e.Files)); err != nil {
		return nil, err
	}
	e.Files = nil // they are whose keep made them
	d.forget(e)
	d.touchEntry(e)
	d.pump()
	return nil, nil
}

// StageAgain stages a file that the hub has, from this computer's cache where
// it lies there.
func (d *Desk) StageAgain(ctx context.Context, a message.Attachment) (Staged, error) {
	data, err := d.File(ctx, a.ID)
	if err != nil {
		return Staged{}, fmt.Errorf("the file %q cannot be had: %w", a.Name, err)
	}
	staged, err := d.Stage(a.Name, a.MIME, data)
	staged.Width, staged.Height = a.Width, a.Height
	return staged, err
}
