package guest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"path"
	"strings"

	"golang.org/x/image/webp"

	"parley/backend/id"
	"parley/backend/message"
)

const (
	// maxPixels bounds what decoding a picture can cost: 4 bytes each in memory.
	maxPixels     = 40_000_000
	maxFrames     = 500 // of an animation; all frames together have maxPixels
	jpegQuality   = 90
	plainFileMIME = "application/octet-stream"
)

// format is a kind of picture that the hub encodes anew.
type format struct {
	config func(io.Reader) (image.Config, error)
	encode func(io.ReadSeeker) (picture, error)
}

// picture is one that the hub has encoded itself.
type picture struct {
	data          []byte
	mime, ending  string
	width, height int
}

func formats() map[string]format {
	return map[string]format{
		"image/png":  {png.DecodeConfig, still(png.Decode)},
		"image/jpeg": {jpeg.DecodeConfig, photo},
		"image/jpg":  {jpeg.DecodeConfig, photo},
		"image/gif":  {gif.DecodeConfig, animation},
		"image/webp": {webp.DecodeConfig, compact},
	}
}

var errPixels = fmt.Errorf("the picture has more than %d million pixels", maxPixels/1_000_000)

// encodeAnew makes a picture of the stored bytes that holds what is seen and
// nothing else: no metadata, no hidden second file. It stores it as out.ID and
// fills in out. Pictures of a kind that it does not know become plain files,
// which nobody shows inline.
func (h *Hub) encodeAnew(ctx context.Context, stored id.Attachment, out *message.Attachment) error {
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
	if f, known := formats()[out.MIME]; known {
		p, err := f.make(in)
		if err != nil {
			return err
		}
		out.MIME, out.Size, out.Width, out.Height = p.mime, int64(len(p.data)), p.width, p.height
		if ending := path.Ext(out.Name); !sameEnding(ending, p.ending) {
			out.Name = strings.TrimSuffix(out.Name, ending) + p.ending
		}
		content = bytes.NewReader(p.data)
	} else {
		out.MIME = plainFileMIME
	}
	if _, err := h.o.Files.Put(ctx, out.ID, content); err != nil {
		h.log.Error("a picture was not stored", "error", err)
		return errStore
	}
	return nil
}

func sameEnding(have, want string) bool {
	have = strings.ToLower(have)
	return have == want || (have == ".jpeg" && want == ".jpg")
}

func (f format) make(in io.ReadSeeker) (picture, error) {
	c, err := f.config(in)
	if err != nil || c.Width <= 0 || c.Height <= 0 {
		return picture{}, errContent
	}
	if c.Width > maxPixels/c.Height {
		return picture{}, errPixels
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return picture{}, errStore
	}
	p, err := f.encode(in)
	if err != nil && !errors.Is(err, errPixels) {
		err = errContent
	}
	return p, err
}

// still encodes what decode reads as PNG, which loses nothing.
func still(decode func(io.Reader) (image.Image, error)) func(io.ReadSeeker) (picture, error) {
	return func(in io.ReadSeeker) (picture, error) {
		img, err := decode(in)
		if err != nil {
			return picture{}, err
		}
		var b bytes.Buffer
		err = png.Encode(&b, img)
		return measured(img.Bounds(), b.Bytes(), "image/png", ".png"), err
	}
}

// compact encodes a WebP as JPEG, or as PNG if one can see through it.
func compact(in io.ReadSeeker) (picture, error) {
	img, err := webp.Decode(in)
	if err != nil {
		return picture{}, err
	}
	if _, opaque := img.(*image.YCbCr); !opaque {
		return still(func(io.Reader) (image.Image, error) { return img, nil })(in)
	}
	var b bytes.Buffer
	err = jpeg.Encode(&b, img, &jpeg.Options{Quality: jpegQuality})
	return measured(img.Bounds(), b.Bytes(), "image/jpeg", ".jpg"), err
}

// photo encodes a JPEG, turned upright: the camera's note which way is up goes
// with the other metadata.
func photo(in io.ReadSeeker) (picture, error) {
	turn := orientation(in)
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return picture{}, err
	}
	img, err := jpeg.Decode(in)
	if err != nil {
		return picture{}, err
	}
	img = upright(img, turn)
	var b bytes.Buffer
	err = jpeg.Encode(&b, img, &jpeg.Options{Quality: jpegQuality})
	return measured(img.Bounds(), b.Bytes(), "image/jpeg", ".jpg"), err
}

// animation encodes a GIF with all its frames.
func animation(in io.ReadSeeker) (picture, error) {
	if err := countFrames(in); err != nil {
		return picture{}, err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return picture{}, err
	}
	g, err := gif.DecodeAll(in)
	if err != nil {
		return picture{}, err
	}
	var b bytes.Buffer
	err = gif.EncodeAll(&b, g)
	return measured(image.Rect(0, 0, g.Config.Width, g.Config.Height), b.Bytes(), "image/gif", ".gif"), err
}

func measured(r image.Rectangle, data []byte, mime, ending string) picture {
	return picture{data: data, mime: mime, ending: ending, width: r.Dx(), height: r.Dy()}
}
