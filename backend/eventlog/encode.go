package eventlog

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"parley/backend/id"
)

// commitVersion is the first byte of every encoded commit.
const commitVersion = 1

// Encode returns the commit's one canonical form: the version, then each field
// as a length-prefixed string or an unsigned varint in the order of the struct.
// Equal commits give equal bytes, whoever encodes them.
func (c Commit) Encode() []byte { return c.EncodeAfter(0) }

// EncodeAfter returns so many zero bytes, for the caller to fill, and then what
// Encode returns.
func (c Commit) EncodeAfter(header int) []byte {
	const fixed = 80 // more than version, hash, time and all the lengths take
	n := header + fixed + len(c.Stream.Kind) + len(c.Stream.ID) + len(c.ID) + len(c.Actor)
	for i := range c.Events {
		n += len(c.Events[i].Type) + len(c.Events[i].Data) + 8
	}
	b := make([]byte, header, n)
	b = append(b, commitVersion)
	b = appendString(b, string(c.Stream.Kind))
	b = appendString(b, c.Stream.ID)
	b = binary.AppendUvarint(b, c.Rev)
	b = append(b, c.PrevHash[:]...)
	b = appendString(b, string(c.ID))
	b = binary.AppendUvarint(b, uint64(c.At.UnixMilli()))
	b = appendString(b, c.Actor)
	b = binary.AppendUvarint(b, uint64(len(c.Events)))
	for _, e := range c.Events {
		b = appendString(b, e.Type)
		b = append(binary.AppendUvarint(b, uint64(len(e.Data))), e.Data...)
	}
	return b
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// HashOf returns the hash of an encoded commit.
func HashOf(encoded []byte) Hash { return sha256.Sum256(encoded) }

// ErrMalformed: bytes that are no encoded commit.
var ErrMalformed = errors.New("not an encoded commit")

// Decode reads what Encode wrote. It never panics, whatever the bytes.
func Decode(b []byte) (Commit, error) {
	d := decoder{b: b}
	if v := d.byte(); v != commitVersion {
		return Commit{}, fmt.Errorf("%w: version %d", ErrMalformed, v)
	}
	var c Commit
	c.Stream.Kind = Kind(d.string())
	c.Stream.ID = d.string()
	c.Rev = d.uvarint()
	copy(c.PrevHash[:], d.take(len(c.PrevHash)))
	c.ID = id.Command(d.string())
	c.At = time.UnixMilli(int64(d.uvarint())).UTC()
	c.Actor = d.string()
	n := d.uvarint()
	if n > uint64(len(d.b)) { // each event takes at least two bytes
		return Commit{}, fmt.Errorf("%w: %d events", ErrMalformed, n)
	}
	for range n {
		e := Event{Type: d.string()}
		e.Data = append([]byte(nil), d.take(int(min(d.uvarint(), uint64(len(b)))))...)
		c.Events = append(c.Events, e)
	}
	if d.bad || len(d.b) > 0 {
		return Commit{}, ErrMalformed
	}
	return c, nil
}

type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) take(n int) []byte {
	if d.bad || n < 0 || n > len(d.b) {
		d.bad = true
		return nil
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

func (d *decoder) byte() byte {
	if b := d.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) string() string {
	return string(d.take(int(min(d.uvarint(), uint64(len(d.b))+1))))
}
