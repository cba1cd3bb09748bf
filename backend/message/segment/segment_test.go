package segment_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"parley/backend/message/segment"
)

// run is a piece of text and how often it is repeated.
type run struct {
	Text  string
	Times int
}

func (r *run) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&r.Text, &r.Times})
}

// vectors are shared with the composer's counter, which reads the same file.
func vectors(tb testing.TB) (names, texts []string, want []segment.Count) {
	tb.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		tb.Fatal(err)
	}
	var list []struct {
		Name string
		Text []run
		Want segment.Count
	}
	if err := json.Unmarshal(data, &list); err != nil || len(list) < 30 {
		tb.Fatalf("%d vectors, %v", len(list), err)
	}
	for _, v := range list {
		var text strings.Builder
		for _, r := range v.Text {
			text.WriteString(strings.Repeat(r.Text, r.Times))
		}
		names, texts, want = append(names, v.Name), append(texts, text.String()), append(want, v.Want)
	}
	return names, texts, want
}

func TestOf(t *testing.T) {
	names, texts, want := vectors(t)
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			if got := segment.Of(texts[i]); got != want[i] {
				t.Errorf("got %+v, want %+v", got, want[i])
			}
		})
	}
}

func TestBytesThatAreNoTextCountAsWhatTheyLeaveAs(t *testing.T) {
	want := segment.Count{Encoding: segment.UCS2, Units: 1, Segments: 1, Left: 69}
	if got := segment.Of("\xff"); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// FuzzOf: the parts hold the text, and no fewer would, not even if characters
// could be split.
func FuzzOf(f *testing.F) {
	_, texts, _ := vectors(f)
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := segment.Of(text)
		single, part := 160, 153
		if c.Encoding == segment.UCS2 {
			single, part = 70, 67
			if want := len(utf16.Encode([]rune(text))); c.Units != want {
				t.Errorf("%d units, want %d", c.Units, want)
			}
		}
		switch {
		case c.Units == 0:
			if text != "" || c.Segments != 0 || c.Left != single {
				t.Errorf("%q: %+v", text, c)
			}
		case c.Units <= single:
			if c.Segments != 1 || c.Left != single-c.Units {
				t.Errorf("%q: %+v", text, c)
			}
		default:
			// Each part but the last may leave one place empty.
			room := c.Segments*part - c.Left
			if c.Left < 0 || c.Left >= part || room < c.Units || room-c.Units >= c.Segments {
				t.Errorf("%q: %+v", text, c)
			}
		}
	})
}
