package guest

import (
	"bytes"
	"context"
	"errors"
	"io"

	"parley/backend/hub/picture"
	"parley/backend/hub/unsent"
	"parley/backend/id"
	"parley/backend/message"
)

const plainFileMIME = "application/octet-stream"

// encodeAnew makes a picture of the stored bytes that holds what is seen and
// nothing else. It stores it as out.ID and fills in out. Pictures of a kind that
// it does not know become plain files, which nobody shows inline.
func (h *Hub) encodeAnew(ctx context.Context, who id.Guest, stored id.Attachment, out *message.Attachment) error {
	select { // one at a time: decoding takes memory
	case h.pictures <- struct{}{}:
		defer func() { <-h.pictures }()
	case <-ctx.Done():
		return errShort
	}
	in, err := h.o.Files.Open(stored)
	if err != nil {
		h.log.Error("an upload cannot be read back", "error", err)
		return errStore
	}
	defer func() { _ = in.Close() }() // read only
	var content io.Reader = in
	if picture.Known(out.MIME) {
		p, err := picture.Encode(in, out.MIME)
		switch {
		case errors.Is(err, picture.ErrContent), errors.Is(err, picture.ErrPixels):
			return err
		case err != nil:
			h.log.Error("an upload cannot be read back", "error", err)
			return errStore
		}
		out.Name, out.MIME, out.Size, out.Width, out.Height = p.Rename(out.Name), p.MIME, int64(len(p.Data)), p.Width, p.Height
		content = bytes.NewReader(p.Data)
	} else {
		out.MIME = plainFileMIME
	}
	if _, err := h.o.Files.Put(ctx, unsent.Upload{File: out.ID, Guest: who}, content); err != nil {
		h.log.Error("a picture was not stored", "error", err)
		return errStore
	}
	return nil
}
