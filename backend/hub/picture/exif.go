package picture

import (
	"bufio"
	"encoding/binary"
	"image"
	"image/draw"
	"io"
)

// orientation reads which way is up from a JPEG's EXIF segment: 1 to 8, and 1
// for a picture that does not say.
// https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf, 4.6.4.
func orientation(in io.Reader) int {
	r := bufio.NewReader(in)
	head := make([]byte, 2)
	if _, err := io.ReadFull(r, head); err != nil || head[0] != 0xff || head[1] != 0xd8 {
		return 1
	}
	segment := make([]byte, 4)
	for {
		if _, err := io.ReadFull(r, segment); err != nil || segment[0] != 0xff {
			return 1
		}
		size := int(binary.BigEndian.Uint16(segment[2:])) - 2
		if size < 0 || segment[1] == 0xda {
			return 1 // the picture itself begins
		}
		if segment[1] != 0xe1 {
			if _, err := r.Discard(size); err != nil {
				return 1
			}
			continue
		}
		data := make([]byte, size)
		if _, err := io.ReadFull(r, data); err != nil {
			return 1
		}
		if len(data) > 14 && string(data[:6]) == "Exif\x00\x00" {
			return tiffOrientation(data[6:])
		}
	}
}

// tiffOrientation finds tag 0x0112 in the first directory of a TIFF header.
func tiffOrientation(b []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	if string(b[:2]) == "MM" {
		order = binary.BigEndian
	}
	at := int(order.Uint32(b[4:]))
	if at < 8 || at > len(b)-2 {
		return 1
	}
	count := int(order.Uint16(b[at:]))
	for entry := at + 2; count > 0 && entry <= len(b)-12; entry, count = entry+12, count-1 {
		if order.Uint16(b[entry:]) != 0x0112 {
			continue
		}
		if v := int(order.Uint16(b[entry+8:])); v >= 1 && v <= 8 {
			return v
		}
		return 1
	}
	return 1
}

// upright turns and mirrors a picture as its orientation says.
func upright(img image.Image, orientation int) image.Image {
	if orientation <= 1 {
		return img
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	from := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(from, from.Rect, img, img.Bounds().Min, draw.Src)
	size := from.Rect
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	to := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			tx, ty := turned(orientation, x, y, w, h)
			copy(to.Pix[to.PixOffset(tx, ty):][:4], from.Pix[from.PixOffset(x, y):][:4])
		}
	}
	return to
}

// turned gives the place of a pixel of a w by h picture once it is upright.
func turned(orientation, x, y, w, h int) (tx, ty int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return y, w - 1 - x
	}
	return x, y
}
