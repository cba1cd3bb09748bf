package channels

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"parley/backend/channel"
	"parley/backend/id"
)

// A journal is the file of one task under way: sealed records, each synced
// before the hub goes on. It is overwritten and removed when the task is done.
//
//	record: length (4), nonce (12), sealed JSON
//
// A record that was cut off by a crash ends the journal: what it would have said
// had not happened yet.
type journal struct {
	file  *os.File
	path  string
	aead  cipher.AEAD
	task  taskRecord
	done  []channel.Exchange
	open  bool // a call was begun whose end is not known
	began time.Time
}

// taskRecord says what a journal is about.
type taskRecord struct {
	Conversation id.Conversation `json:"conversation"`
	Message      id.Message      `json:"message"`
	Kind         channel.Kind    `json:"kind"`
	Account      string          `json:"account"`
	// Media are the files of an inbound message, of the contact From, that are to be
	// fetched.
	From  string          `json:"from,omitempty"`
	Media []channel.Media `json:"media,omitempty"`
}

// entry is one record. Exactly one field is set.
type entry struct {
	Task  *taskRecord  `json:"task,omitempty"`
	Begin *time.Time   `json:"begin,omitempty"`
	Done  *exchangeLog `json:"done,omitempty"`
}

// exchangeLog is an exchange without its step, which connectors make anew.
type exchangeLog struct {
	Status int                 `json:"status,omitempty"`
	Header map[string][]string `json:"header,omitempty"`
	Body   []byte              `json:"body,omitempty"`
	Err    string              `json:"err,omitempty"`
	Unsent bool                `json:"unsent,omitempty"`
	At     time.Time           `json:"at"`
	File   *channel.Download   `json:"file,omitempty"`
}

const maxRecord = 8 << 20

var errJournal = errors.New("the journal cannot be read")

// journalPath names a task's file by a hash, since a message's ID comes from
// outside.
func journalPath(dir, what string, m id.Message) string {
	h := sha256.Sum256([]byte(what + ":" + string(m)))
	return filepath.Join(dir, what+"-"+hex.EncodeToString(h[:16]))
}

// openJournal opens a task's journal, or begins one.
func (k keys) openJournal(path string, t taskRecord) (*journal, error) {
	j, err := k.readJournal(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return j, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("begin a journal: %w", err)
	}
	j = &journal{file: f, path: path, aead: k.journalKey(path), task: t}
	if err := j.write(entry{Task: &t}); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return j, syncDir(filepath.Dir(path))
}

// readJournal opens a journal that is there.
func (k keys) readJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	j := &journal{file: f, path: path, aead: k.journalKey(path)}
	whole := 0
	for rest := data; len(rest) >= 4; {
		n := int(binary.BigEndian.Uint32(rest))
		if n < 12 || n > maxRecord || len(rest) < 4+n {
			break
		}
		plain, err := j.aead.Open(nil, rest[4:16], rest[16:4+n], nil)
		if err != nil {
			break
		}
		var e entry
		if err := json.Unmarshal(plain, &e); err != nil {
			break
		}
		j.take(e)
		whole, rest = whole+4+n, rest[4+n:]
	}
	if _, err := f.Seek(int64(whole), 0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if j.task.Message == "" {
		return j, fmt.Errorf("%w: %s", errJournal, filepath.Base(path))
	}
	return j, f.Truncate(int64(whole))
}

func (k keys) journalKey(path string) cipher.AEAD {
	block, err := aes.NewCipher(mac(k.journal, filepath.Base(path)))
	if err != nil {
		panic("channels: " + err.Error()) // the key has 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("channels: " + err.Error())
	}
	return aead
}

func (j *journal) take(e entry) {
	switch {
	case e.Task != nil:
		j.task = *e.Task
	case e.Begin != nil:
		j.open, j.began = true, *e.Begin
	case e.Done != nil:
		j.open = false
		j.done = append(j.done, channel.Exchange{
			Status: e.Done.Status, Header: e.Done.Header, Body: e.Done.Body, Err: e.Done.Err, Unsent: e.Done.Unsent, At: e.Done.At, File: e.Done.File,
		})
	}
}

func (j *journal) write(e entry) error {
	plain, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write a journal: %w", err)
	}
	record := make([]byte, 16, 16+len(plain)+j.aead.Overhead())
	rand.Read(record[4:16])
	record = j.aead.Seal(record, record[4:16], plain, nil)
	binary.BigEndian.PutUint32(record, uint32(len(record)-4))
	_, err = j.file.Write(record)
	if err = errors.Join(err, j.file.Sync()); err != nil {
		return fmt.Errorf("write a journal: %w", err)
	}
	j.take(e)
	return nil
}

// begin writes down that a call is about to be made.
func (j *journal) begin(now time.Time) error { return j.write(entry{Begin: &now}) }

// finish writes down what came of it.
func (j *journal) finish(x channel.Exchange) error {
	return j.write(entry{Done: &exchangeLog{Status: x.Status, Header: x.Header, Body: x.Body, Err: x.Err, Unsent: x.Unsent, At: x.At, File: x.File}})
}

// leave closes the journal and keeps it for the next start.
func (j *journal) leave() { _ = j.file.Close() }

// remove overwrites the journal and removes it.
func (j *journal) remove() error {
	info, err := j.file.Stat()
	if err == nil {
		_, err = j.file.WriteAt(make([]byte, info.Size()), 0)
	}
	return errors.Join(err, j.file.Sync(), j.file.Close(), os.Remove(j.path))
}

// discard removes a journal if there is one.
func (j *journal) discard() error {
	if j == nil {
		return nil
	}
	return j.remove()
}

// syncDir makes a new file's name last; not every system can.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}
