package picture

import (
	"bufio"
	"errors"
	"io"
)

var errGIF = errors.New("not a GIF")

// countFrames walks the blocks of a GIF without decoding them and answers
// ErrPixels if its frames together are too large to decode.
func countFrames(in io.Reader) error {
	r := bufio.NewReader(in)
	header := make([]byte, 13)
	if _, err := io.ReadFull(r, header); err != nil {
		return errGIF
	}
	if err := skipColors(r, header[10]); err != nil {
		return err
	}
	pixels, frames := 0, 0
	for {
		kind, err := r.ReadByte()
		if err != nil {
			return errGIF
		}
		switch kind {
		case 0x21: // extension
			if _, err := r.ReadByte(); err != nil {
				return errGIF
			}
		case 0x2c: // image
			d := make([]byte, 9)
			if _, err := io.ReadFull(r, d); err != nil {
				return errGIF
			}
			frames++
			pixels += (int(d[4]) | int(d[5])<<8) * (int(d[6]) | int(d[7])<<8)
			if pixels > maxPixels || frames > maxFrames {
				return ErrPixels
			}
			if err := skipColors(r, d[8]); err != nil {
				return err
			}
			if _, err := r.ReadByte(); err != nil { // code size
				return errGIF
			}
		case 0x3b: // trailer
			return nil
		default:
			return errGIF
		}
		if err := skipBlocks(r); err != nil {
			return err
		}
	}
}

func skipColors(r *bufio.Reader, flags byte) error {
	if flags&0x80 == 0 {
		return nil
	}
	if _, err := r.Discard(3 << (flags&7 + 1)); err != nil {
		return errGIF
	}
	return nil
}

func skipBlocks(r *bufio.Reader) error {
	for {
		n, err := r.ReadByte()
		if err != nil {
			return errGIF
		}
		if n == 0 {
			return nil
		}
		if _, err := r.Discard(int(n)); err != nil {
			return errGIF
		}
	}
}
