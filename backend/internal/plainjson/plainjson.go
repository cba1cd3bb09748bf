// Package plainjson writes and reads the JSON that most of Parley's events, and
// most of its messenger's frames, are made of, without reflection: objects of
// strings and whole numbers whose fields come in a known order. What it writes
// is byte for byte what encoding/json writes. What it reads is only that form:
// where it meets another one it says so, and the caller asks encoding/json.
package plainjson

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// AppendString appends s as a JSON string.
func AppendString(b []byte, s string) []byte {
	if !plain(s) {
		quoted, err := json.Marshal(s)
		if err != nil {
			panic(err) // a string always marshals
		}
		return append(b, quoted...)
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// plain says that encoding/json writes s as it is.
func plain(s string) bool {
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			ascii = false
		case !bare[c]:
			return false
		}
	}
	return ascii || utf8.ValidString(s) && !strings.ContainsAny(s, "\u2028\u2029")
}

// bare are the ASCII characters that stand for themselves in a JSON string as
// encoding/json writes it.
var bare = func() (is [utf8.RuneSelf]bool) {
	for c := ' '; c < 0x7f; c++ {
		is[c] = !strings.ContainsRune(`"\<>&`, c)
	}
	is[0x7f] = true
	return is
}()

// Reader reads an object piece by piece. After the first piece that is not in
// the form that this package writes, it gives zeros, and Whole is false.
type Reader struct {
	rest   string
	failed bool
}

// Read begins to read data. What the reader returns shares one copy of it.
func Read(data []byte) Reader { return Reader{rest: string(data)} }

// Has takes a literal if it comes next, such as the name of an optional field.
func (r *Reader) Has(literal string) bool {
	rest, found := strings.CutPrefix(r.rest, literal)
	if found && !r.failed {
		r.rest = rest
		return true
	}
	return false
}

// Skip takes a literal that must come next.
func (r *Reader) Skip(literal string) {
	if !r.Has(literal) {
		r.failed = true
	}
}

// String takes a string in which every character stands for itself.
func (r *Reader) String() string {
	if !r.Has(`"`) {
		r.failed = true
		return ""
	}
	ascii := true
	for i := range len(r.rest) {
		c := r.rest[i]
		switch {
		case c == '"':
			s := r.rest[:i]
			r.rest = r.rest[i+1:]
			if !ascii && !utf8.ValidString(s) { // encoding/json would mend it
				r.failed = true
				return ""
			}
			return s
		case c >= utf8.RuneSelf:
			ascii = false
		case c < ' ' || c == '\\':
			r.failed = true
			return ""
		}
	}
	r.failed = true
	return ""
}

// Int takes a whole number that is not negative.
func (r *Reader) Int() int {
	n := 0
	for n < len(r.rest) && r.rest[n] >= '0' && r.rest[n] <= '9' {
		n++
	}
	v, err := strconv.Atoi(r.rest[:n])
	if r.failed || err != nil || n > 1 && r.rest[0] == '0' {
		r.failed = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// Whole says that everything was read, all of it in the expected form.
func (r *Reader) Whole() bool { return !r.failed && r.rest == "" }
