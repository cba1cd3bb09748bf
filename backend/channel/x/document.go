package x

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"parley/backend/channel"
)

// member is one entry of a JSON object.
type member struct {
	key   string
	value json.RawMessage
}

// members reads an object in its own order, which a map would lose.
func members(data []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("%w: not a JSON object", channel.ErrMalformed)
	}
	var out []member
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: not a JSON object", channel.ErrMalformed)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, fmt.Errorf("%w: not a JSON object", channel.ErrMalformed)
		}
		name, _ := key.(string)
		out = append(out, member{name, value})
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("%w: the JSON object does not end", channel.ErrMalformed)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("%w: more than one JSON document", channel.ErrMalformed)
	}
	return out, nil
}

// scalar is a string, or a number with all of its digits: X writes IDs as either.
type scalar string

func (s *scalar) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err == nil {
		*s = scalar(text)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return err
	}
	*s = scalar(n.String())
	return nil
}

// time reads milliseconds since 1970; zero if they are none, or beyond the year
// 9999, which no document could hold.
func (s scalar) time() time.Time {
	const year10000 = 253402300800000
	ms, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil || ms <= 0 || ms >= year10000 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// word makes a name of foreign bytes fit for counting and logs.
func word(s string) string {
	if s == "" || len(s) > 64 {
		return "unknown"
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '.' {
			return "unknown"
		}
	}
	return s
}
