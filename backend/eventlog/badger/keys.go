package badger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"

	"parley/backend/eventlog"
	"parley/backend/id"
)

// Every record begins with a CRC-32C of its key and the rest of its value, so
// that a record put under another key, or one that Badger gave back wrong, is
// known for what it is. The hash chain proves order and completeness; the CRC
// says which of two neighbours is the damaged one.
//
//	c kind 0 id 0 rev   → pos, encoded commit
//	i command           → the commit's key
//	g first position    → group: what one sync made durable
//	s sealed key        → state, value
//	e epoch g position  → a group with content sealed in that epoch
//	e epoch k key       → content moved to that epoch by a rewrite
//	o sealed key 0 epoch→ an older version of that content lies in that epoch
//	m name              → marks of the log itself
//	w first position    → (witness) chunk of commits
//	h kind 0 id 0       → (witness) head of a stream
const (
	prefixCommit  = 'c'
	prefixCommand = 'i'
	prefixGroup   = 'g'
	prefixSealed  = 's'
	prefixEpoch   = 'e'
	prefixOlder   = 'o'
	prefixMark    = 'm'
	prefixChunk   = 'w'
	prefixHead    = 'h'
)

var (
	errRecord  = errors.New("a record fails its checksum")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

const crcSize = 4

// seal puts the checksum into the first four bytes of value.
func seal(key, value []byte) {
	crc := crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value[crcSize:])
	binary.BigEndian.PutUint32(value, crc)
}

// unseal checks a record and returns it without its checksum.
func unseal(key, value []byte) ([]byte, error) {
	if len(value) < crcSize {
		return nil, errRecord
	}
	crc := crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value[crcSize:])
	if crc != binary.BigEndian.Uint32(value) {
		return nil, errRecord
	}
	return value[crcSize:], nil
}

// record returns payload with room for its checksum filled in.
func record(key, payload []byte) []byte {
	value := append(make([]byte, crcSize, crcSize+len(payload)), payload...)
	seal(key, value)
	return value
}

func streamKey(prefix byte, s eventlog.Stream) []byte {
	b := make([]byte, 0, 3+len(s.Kind)+len(s.ID)+8)
	b = append(append(b, prefix), s.Kind...)
	b = append(append(b, 0), s.ID...)
	return append(b, 0)
}

func commitKey(s eventlog.Stream, rev uint64) []byte {
	return binary.BigEndian.AppendUint64(streamKey(prefixCommit, s), rev)
}

// parseCommitKey undoes commitKey.
func parseCommitKey(key []byte) (eventlog.Stream, uint64, error) {
	if len(key) < 11 || key[0] != prefixCommit {
		return eventlog.Stream{}, 0, errRecord
	}
	name, rev := string(key[1:len(key)-8]), binary.BigEndian.Uint64(key[len(key)-8:])
	kind, rest, found := strings.Cut(name, "\x00")
	if !found || !strings.HasSuffix(rest, "\x00") {
		return eventlog.Stream{}, 0, errRecord
	}
	return eventlog.Stream{Kind: eventlog.Kind(kind), ID: rest[:len(rest)-1]}, rev, nil
}

func commandKey(c id.Command) []byte { return namedKey(prefixCommand, string(c)) }
func sealedKey(key string) []byte    { return namedKey(prefixSealed, key) }
func markKey(name string) []byte     { return namedKey(prefixMark, name) }

func namedKey(prefix byte, name string) []byte {
	return append(append(make([]byte, 0, 1+len(name)), prefix), name...)
}

func posKey(prefix byte, pos uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 9), prefix), pos)
}

func epochKey(epoch uint64, kind byte) []byte {
	return append(posKey(prefixEpoch, epoch), kind)
}

func olderKey(key string, epoch uint64) []byte {
	return binary.BigEndian.AppendUint64(append(append([]byte{prefixOlder}, key...), 0), epoch)
}

// commitHeader is the room for checksum and position before an encoded commit.
const commitHeader = crcSize + 8

// openCommit checks a commit record and returns its parts.
func openCommit(key, value []byte) (eventlog.Stored, error) {
	payload, err := unseal(key, value)
	if err != nil || len(payload) < 8 {
		return eventlog.Stored{}, errRecord
	}
	encoded := payload[8:]
	c, err := eventlog.Decode(encoded)
	if err != nil {
		return eventlog.Stored{}, err
	}
	return eventlog.Stored{
		Commit:   c,
		Position: eventlog.Position{Pos: binary.BigEndian.Uint64(payload)},
		Hash:     eventlog.HashOf(encoded),
	}, nil
}

// Sealed content carries its state, so that erased is not mistaken for lost.
const (
	sealedLive   = 1
	sealedErased = 2
)

func sealedRecord(key []byte, state byte, value []byte) []byte {
	b := make([]byte, crcSize+1, crcSize+1+len(value))
	b[crcSize] = state
	b = append(b, value...)
	seal(key, b)
	return b
}

// sealedEpoch is the epoch that a sealed value names in its first eight bytes,
// or 0 for a value too short to have one.
func sealedEpoch(value []byte) uint64 {
	if len(value) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(value)
}

// errInvalid: a commit no home could store.
var errInvalid = errors.New("not a commit that can be stored")

func validate(c eventlog.Commit, sealed []eventlog.Sealed) error {
	switch {
	case c.Stream.Kind == "" || c.Stream.ID == "":
		return fmt.Errorf("%w: its stream has no name", errInvalid)
	case strings.IndexByte(string(c.Stream.Kind), 0) >= 0 || strings.IndexByte(c.Stream.ID, 0) >= 0:
		return fmt.Errorf("%w: its stream's name holds a zero byte", errInvalid)
	case len(c.Stream.Kind)+len(c.Stream.ID) > 1024 || len(c.ID) > 1024:
		return fmt.Errorf("%w: its stream or command has a name of more than 1,024 bytes", errInvalid)
	case c.ID == "":
		return fmt.Errorf("%w: it names no command", errInvalid)
	case c.Rev == 0:
		return fmt.Errorf("%w: revisions begin at 1", errInvalid)
	}
	for _, s := range sealed {
		if s.Key == "" || len(s.Key) > 2048 || strings.ContainsRune(s.Key, 0) {
			return fmt.Errorf("%w: a sealed key is empty, too long or holds a zero byte", errInvalid)
		}
	}
	return nil
}
