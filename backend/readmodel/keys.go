package readmodel

import (
	"encoding/binary"
	"hash/crc32"
	"strings"

	"parley/backend/eventlog"
	"parley/backend/id"
)

// The first byte of a key says what it is. Capitals hold what a repeated fold
// writes the same again; the others must be stored with, or after, those.
const (
	keyCommit  = 'C' // stream, rev → position, encoded commit
	keyItem    = 'T' // stream, index → item
	keyMessage = 'D' // stream, message → index of its item
	keyBeside  = 'B' // stream, name → value of the owner
	keyAttend  = 'E' // stream, agent: on whose lists the conversation may be

	keyMeta    = 'm' // name → value
	keyRecord  = 's' // stream → record
	keyPhase   = 'p' // phase, conversation
	keyGuest   = 'g' // guest, conversation
	keyAgent   = 'a' // agent, conversation → legMark
	keyContact = 'c' // contact, conversation → when, and by whom, it was answered last
)

// perStream are the kinds of key that belong to one stream and go with it.
var perStream = []byte{keyBeside, keyCommit, keyItem, keyMessage, keyAttend}

func streamKey(prefix byte, s eventlog.Stream) []byte {
	b := make([]byte, 0, 3+len(s.Kind)+len(s.ID)+40)
	b = append(append(b, prefix), s.Kind...)
	b = append(append(b, 0), s.ID...)
	return append(b, 0)
}

// parseStream undoes streamKey, whose rest it returns.
func parseStream(key []byte) (s eventlog.Stream, rest string, ok bool) {
	if len(key) == 0 {
		return s, "", false
	}
	kind, tail, ok := strings.Cut(string(key[1:]), "\x00")
	if !ok {
		return s, "", false
	}
	name, rest, ok := strings.Cut(tail, "\x00")
	return eventlog.Stream{Kind: eventlog.Kind(kind), ID: name}, rest, ok
}

func numberedKey(prefix byte, s eventlog.Stream, n uint64) []byte {
	return binary.BigEndian.AppendUint64(streamKey(prefix, s), n)
}

func itemKey(s eventlog.Stream, index int) []byte {
	return binary.BigEndian.AppendUint32(streamKey(keyItem, s), uint32(index))
}

func messageKey(s eventlog.Stream, m id.Message) []byte {
	return append(streamKey(keyMessage, s), m...)
}

func besideKey(s eventlog.Stream, name string) []byte {
	return append(streamKey(keyBeside, s), name...)
}

func metaKey(name string) []byte { return append([]byte{keyMeta}, name...) }

// listKey is an entry of a list: who it is for, and a conversation.
func listKey(prefix byte, of string, c id.Conversation) []byte {
	b := append(append([]byte{prefix}, of...), 0)
	return append(b, c...)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const crcSize = 4

// sealRecord appends a checksum over key and value. An encrypted Badger can
// hand out a damaged block for a good one.
func sealRecord(key string, value []byte) []byte {
	crc := crc32.Update(0, castagnoli, []byte(key))
	crc = crc32.Update(crc, castagnoli, value)
	return binary.BigEndian.AppendUint32(value, crc)
}

// openRecord checks what sealRecord wrote and returns the value.
func openRecord(key, value []byte) ([]byte, error) {
	if len(value) < crcSize {
		return nil, ErrCorrupt
	}
	body := value[:len(value)-crcSize]
	crc := crc32.Update(crc32.Update(0, castagnoli, key), castagnoli, body)
	if crc != binary.BigEndian.Uint32(value[len(body):]) {
		return nil, ErrCorrupt
	}
	return body, nil
}
