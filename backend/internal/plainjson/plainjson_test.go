package plainjson_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"parley/backend/internal/plainjson"
)

var strings = []string{
	"", "where is my parcel?", "m-1", `"quoted"`, `back\slash`, "<b>&</b>", "two\nlines", "tab\t", "\x00", "\x7f", "größer", "日本語",
	"🦉", "\u2028", "a\u2029b", "\xff", "half a rune \xe2\x80", "'",
}

func TestStringsAreWrittenAsEncodingJSONDoes(t *testing.T) {
	for _, s := range strings {
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := plainjson.AppendString(nil, s); !bytes.Equal(got, want) {
			t.Errorf("%q is written as %s, want %s", s, got, want)
		}
	}
}

// pair is what the tests read.
type pair struct {
	Name string `json:"name"`
	N    int    `json:"n,omitempty"`
}

func read(data []byte) (pair, bool) {
	r := plainjson.Read(data)
	var p pair
	r.Skip(`{"name":`)
	p.Name = r.String()
	if r.Has(`,"n":`) {
		p.N = r.Int()
	}
	r.Skip(`}`)
	return p, r.Whole()
}

func TestReaderTakesThePlainFormAlone(t *testing.T) {
	for _, test := range []struct {
		data string
		want pair
		ok   bool
	}{
		{`{"name":"ann"}`, pair{Name: "ann"}, true},
		{`{"name":"","n":0}`, pair{}, true},
		{`{"name":"ann","n":120}`, pair{Name: "ann", N: 120}, true},
		{`{"name":"ann","n":012}`, pair{}, false},
		{`{"name":"ann","n":-1}`, pair{}, false},
		{`{"name":"ann","n":1.5}`, pair{}, false},
		{`{"name":"ann","n":99999999999999999999}`, pair{}, false},
		{`{"name":"ann","n":}`, pair{}, false},
		{`{"name":"a\u006en"}`, pair{}, false},
		{`{"name":"größer <&>"}`, pair{Name: "größer <&>"}, true},
		{"{\"name\":\"\xff\"}", pair{}, false},
		{"{\"name\":\"a\nb\"}", pair{}, false},
		{`{"name":"ann}`, pair{}, false},
		{`{"name":ann}`, pair{}, false},
		{`{"n":1,"name":"ann"}`, pair{}, false},
		{`{"name":"ann"} `, pair{}, false},
		{`{"name":"ann"`, pair{}, false},
		{``, pair{}, false},
	} {
		got, ok := read([]byte(test.data))
		if ok != test.ok || ok && got != test.want {
			t.Errorf("%s reads as %+v, %t", test.data, got, ok)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range strings {
		f.Add(append(plainjson.AppendString([]byte(`{"name":`), s), `,"n":7}`...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, ok := read(data)
		if !ok {
			return
		}
		var want pair
		if err := json.Unmarshal(data, &want); err != nil || got != want {
			t.Errorf("%s reads as %+v; encoding/json says %+v, %v", data, got, want, err)
		}
		back := plainjson.AppendString(nil, got.Name)
		if whole, _ := json.Marshal(got.Name); !bytes.Equal(back, whole) {
			t.Errorf("%q is written as %s, want %s", got.Name, back, whole)
		}
	})
}
