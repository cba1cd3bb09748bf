package deskagent

import (
	"bufio"
	"bytes"
	"testing"
)

// Whatever comes on In: every line is read or skipped whole, and none panics.
func FuzzLines(f *testing.F) {
	f.Add([]byte("{\"command\":\"accept\",\"conversation\":\"c\"}\nnonsense\n\n{} {}\n"))
	f.Add(append(bytes.Repeat([]byte("x"), maxLine+1), "\n{\"command\":\"quit\"}\n"...))
	f.Fuzz(func(t *testing.T, b []byte) {
		in := bufio.NewReaderSize(bytes.NewReader(b), 64)
		n := 0
		for {
			text, err := readLine(in)
			if err != nil && err != errTooLong {
				break
			}
			n++
			if o, err := parse(text); err == nil && bytes.ContainsRune(text, '\n') {
				t.Errorf("%+v from more than a line", o)
			}
		}
		if lines := bytes.Count(b, []byte("\n")); n < lines || n > lines+1 {
			t.Errorf("%d lines read of %d", n, lines)
		}
	})
}
