// Package picture encodes pictures anew, so that what strangers send can be
// shown where it stands.
package picture

import (
	"bytes"
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
)

const (
	// maxPixels bounds what decoding a picture can cost: 4 bytes each in memory.
	maxPixels   = 40_000_000
	maxFrames   = 500 // of an animation; all frames together have maxPixels
	jpegQuality = 90
)

// format is a kind of picture that the hub encodes anew.
type format struct {
	config func(io.Reader) (image.Config, error)
	encode func(io.ReadSeeker) (Picture, error)
}

// Picture is one that has been encoded anew. Width and Height are in pixels.
type Picture struct {
	Data          []byte
	MIME, Ending  string
	Width, Height int
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

// ErrContent: the bytes are not a picture of their type.
var ErrContent = errors.New("the file is not what its type says")

// ErrPixels: decoding the picture would take too much memory.
var ErrPixels = fmt.Errorf("the picture has more than %d million pixels", maxPixels/1_000_000)

// Known tells whether pictures of a type can be encoded anew.
func Known(mime string) bool {
	_, known := formats()[mime]
	return known
}

// Encode makes a picture of a known type that holds what is seen and nothing
// else: no metadata, no hidden second file. It may be of another type. The error
// is ErrContent or ErrPixels, or that of reading. Decoding takes memory, up to
// 160 MB: callers do one at a time.
func Encode(in io.ReadSeeker, mime string) (Picture, error) {
	f, known := formats()[mime]
	if !known {
		return Picture{}, ErrContent
	}
	return f.make(in)
}

// Rename gives a file's name the ending of what was encoded.
func (p Picture) Rename(name string) string {
	if ending := path.Ext(name); !sameEnding(ending, p.Ending) {
		return strings.TrimSuffix(name, ending) + p.Ending
	}
	return name
}

func sameEnding(have, want string) bool {
	have = strings.ToLower(have)
	return have == want || (have == ".jpeg" && want == ".jpg")
}

func (f format) make(in io.ReadSeeker) (Picture, error) {
	c, err := f.config(in)
	if err != nil || c.Width <= 0 || c.Height <= 0 {
		return Picture{}, ErrContent
	}
	if c.Width > maxPixels/c.Height {
		return Picture{}, ErrPixels
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return Picture{}, err
	}
	p, err := f.encode(in)
	if err != nil && !errors.Is(err, ErrPixels) {
		err = ErrContent
	}
	return p, err
}

// still encodes what decode reads as PNG, which loses nothing.
func still(decode func(io.Reader) (image.Image, error)) func(io.ReadSeeker) (Picture, error) {
	return func(in io.ReadSeeker) (Picture, error) {
		img, err := decode(in)
		if err != nil {
			return Picture{}, err
		}
		var b bytes.Buffer
		err = png.Encode(&b, img)
		return measured(img.Bounds(), b.Bytes(), "image/png", ".png"), err
	}
}

// compact encodes a WebP as JPEG, or as PNG if one can see through it.
func compact(in io.ReadSeeker) (Picture, error) {
	img, err := webp.Decode(in)
	if err != nil {
		return Picture{}, err
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
func photo(in io.ReadSeeker) (Picture, error) {
	turn := orientation(in)
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return Picture{}, err
	}
	img, err := jpeg.Decode(in)
	if err != nil {
		return Picture{}, err
	}
	img = upright(img, turn)
	var b bytes.Buffer
	err = jpeg.Encode(&b, img, &jpeg.Options{Quality: jpegQuality})
	return measured(img.Bounds(), b.Bytes(), "image/jpeg", ".jpg"), err
}

// animation encodes a GIF with all its frames.
func animation(in io.ReadSeeker) (Picture, error) {
	if err := countFrames(in); err != nil {
		return Picture{}, err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return Picture{}, err
	}
	g, err := gif.DecodeAll(in)
	if err != nil {
		return Picture{}, err
	}
	var b bytes.Buffer
	err = gif.EncodeAll(&b, g)
	return measured(image.Rect(0, 0, g.Config.Width, g.Config.Height), b.Bytes(), "image/gif", ".gif"), err
}

func measured(r image.Rectangle, data []byte, mime, ending string) Picture {
	return Picture{Data: data, MIME: mime, Ending: ending, Width: r.Dx(), Height: r.Dy()}
}
