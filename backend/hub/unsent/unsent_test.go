package unsent_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/backend/eventlog"
	"parley/backend/hub/unsent"
	"parley/backend/id"
)

// disk is Files in memory, as the vault's blobs behave.
type disk struct {
	files map[id.Attachment]string
	fails map[id.Attachment]error // of Put and Delete
}

func (d *disk) Put(_ context.Context, a id.Attachment, r io.Reader) (int64, error) {
	if err := d.fails[a]; err != nil {
		return 0, err
	}
	if _, used := d.files[a]; used {
		return 0, fs.ErrExist
	}
	b, err := io.ReadAll(r)
	d.files[a] = string(b)
	return int64(len(b)), err
}

type content struct{ *bytes.Reader }

func (content) Close() error { return nil }

func (d *disk) Open(a id.Attachment) (io.ReadSeekCloser, error) {
	b, there := d.files[a]
	if !there {
		return nil, eventlog.ErrNotFound
	}
	return content{bytes.NewReader([]byte(b))}, nil
}

func (d *disk) Delete(a id.Attachment) error {
	if err := d.fails[a]; err != nil {
		return err
	}
	delete(d.files, a)
	return nil
}

// account is a register under test. Its hub can be killed: what it held in
// memory is gone then.
type account struct {
	*unsent.Register
	t    *testing.T
	dir  string
	disk *disk
	now  time.Time
	sent map[id.Attachment]id.Agent // in messages, by whom
}

func newAccount(t *testing.T) *account {
	a := &account{
		t: t, dir: t.TempDir(), now: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC),
		disk: &disk{files: map[id.Attachment]string{}, fails: map[id.Attachment]error{}}, sent: map[id.Attachment]id.Agent{},
	}
	a.kill()
	return a
}

func (a *account) kill() {
	var err error
	a.Register, err = unsent.Open(a.dir, a.disk, func() time.Time { return a.now }, slog.New(slog.DiscardHandler))
	if err != nil {
		a.t.Fatal(err)
	}
}

func (a *account) put(file id.Attachment, who id.Agent) error {
	_, err := a.Put(a.t.Context(), unsent.Upload{File: file, Agent: who}, strings.NewReader("content"))
	return err
}

// sweep looks at what is a day old and returns the files that are left.
func (a *account) sweep() ([]id.Attachment, error) {
	_, err := a.Sweep(a.t.Context(), a.now.Add(-24*time.Hour), func(_ context.Context, u unsent.Upload) (bool, error) {
		return a.sent[u.File] == u.Agent, nil
	})
	return slices.Sorted(maps.Keys(a.disk.files)), err
}

func (a *account) marks() int {
	found, err := os.ReadDir(a.dir)
	if err != nil {
		a.t.Fatal(err)
	}
	return len(found)
}

func TestSweep(t *testing.T) {
	type files = []id.Attachment
	for _, c := range []struct {
		name  string
		do    func(a *account)
		left  files
		marks int
	}{
		{"what was never sent goes after a day", func(a *account) {
			_ = a.put("f", "ann")
			a.now = a.now.Add(25 * time.Hour)
		}, nil, 0},
		{"not before", func(a *account) {
			_ = a.put("f", "ann")
			a.now = a.now.Add(23 * time.Hour)
		}, files{"f"}, 1},
		{"what was sent stays", func(a *account) {
			_ = a.put("f", "ann")
			a.Sent("f")
			a.now = a.now.Add(25 * time.Hour)
		}, files{"f"}, 0},
		{"what was sent just before the hub died stays", func(a *account) {
			_ = a.put("f", "ann")
			a.sent["f"] = "ann"
			a.kill()
			a.now = a.now.Add(25 * time.Hour)
		}, files{"f"}, 0},
		{"what lay there when the hub died goes", func(a *account) {
			_ = a.put("f", "ann")
			a.kill()
			a.now = a.now.Add(25 * time.Hour)
		}, nil, 0},
		{"what lies beside it goes with it", func(a *account) {
			_, _ = a.Put(a.t.Context(), unsent.Upload{File: "f", Agent: "ann", Beside: files{"f.about"}}, strings.NewReader("x"))
			_, _ = a.PutBeside(a.t.Context(), "f.about", strings.NewReader("x"))
			a.now = a.now.Add(25 * time.Hour)
		}, nil, 0},
		{"a mark whose file was never stored goes", func(a *account) {
			_ = a.put("f", "ann")
			delete(a.disk.files, "f")
			a.kill()
			a.now = a.now.Add(25 * time.Hour)
		}, nil, 0},
		{"a deleted upload leaves nothing", func(a *account) {
			_ = a.put("f", "ann")
			_ = a.Delete("f")
		}, nil, 0},
		{"an upload that fails leaves nothing", func(a *account) {
			a.disk.fails["f"] = errors.New("cut off")
			_ = a.put("f", "ann")
		}, nil, 0},
		{"an ID in use is refused, and its file stays", func(a *account) {
			_ = a.put("f", "ann")
			a.sent["f"] = "ann"
			a.Sent("f")
			if err := a.put("f", "eve"); !errors.Is(err, fs.ErrExist) {
				a.t.Errorf("put again: %v", err)
			}
			a.now = a.now.Add(25 * time.Hour)
		}, files{"f"}, 0},
		{"what a message is taking waits for the next sweep", func(a *account) {
			_ = a.put("f", "ann")
			if _, err := a.Hold("f"); err != nil {
				a.t.Error(err)
			}
			a.now = a.now.Add(25 * time.Hour)
		}, files{"f"}, 1},
		{"and goes once it was let go of", func(a *account) {
			_ = a.put("f", "ann")
			release, _ := a.Hold("f")
			release()
			a.now = a.now.Add(25 * time.Hour)
		}, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAccount(t)
			c.do(a)
			left, err := a.sweep()
			if err != nil || !slices.Equal(left, c.left) || a.marks() != c.marks {
				t.Errorf("left %v and %d marks (%v), want %v and %d", left, a.marks(), err, c.left, c.marks)
			}
		})
	}
}

// A removal that fails half-way, as when the hub dies in it, is finished later.
func TestARemovalThatWasInterrupted(t *testing.T) {
	a := newAccount(t)
	_, err := a.Put(t.Context(), unsent.Upload{File: "f", Agent: "ann", Beside: []id.Attachment{"f.about"}}, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = a.PutBeside(t.Context(), "f.about", strings.NewReader("x"))
	_ = a.put("other", "ann")
	a.now = a.now.Add(25 * time.Hour)
	a.disk.fails["f"] = errors.New("the disk is away")
	if left, err := a.sweep(); err == nil || !slices.Equal(left, []id.Attachment{"f"}) {
		t.Errorf("left %v, %v", left, err)
	}
	a.kill()
	delete(a.disk.fails, "f")
	if left, err := a.sweep(); err != nil || len(left) > 0 || a.marks() > 0 {
		t.Errorf("left %v and %d marks, %v", left, a.marks(), err)
	}
}

// While a sweep looks at an upload no message can take it: it could be removed
// between the look and the commit.
func TestNoMessageTakesWhatIsGoing(t *testing.T) {
	a := newAccount(t)
	_ = a.put("f", "ann")
	_, err := a.Sweep(t.Context(), a.now.Add(time.Hour), func(context.Context, unsent.Upload) (bool, error) {
		if _, err := a.Hold("other", "f"); !errors.Is(err, eventlog.ErrNotFound) {
			t.Errorf("taken: %v", err)
		}
		return false, errors.New("the lists cannot be read now")
	})
	if err == nil || len(a.disk.files) != 1 {
		t.Errorf("what could not be looked up: %v, left %v", err, a.disk.files)
	}
	if _, err := a.Hold("f"); err != nil {
		t.Errorf("after the sweep: %v", err)
	}
}

func TestADamagedMark(t *testing.T) {
	a := newAccount(t)
	_ = a.put("f", "ann")
	marks, _ := filepath.Glob(filepath.Join(a.dir, "*"))
	if err := os.WriteFile(marks[0], []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	a.now = time.Now() // of the file system
	if left, err := a.sweep(); err != nil || len(left) != 1 || a.marks() != 1 {
		t.Errorf("left %v and %d marks, %v", left, a.marks(), err)
	}
	a.now = a.now.Add(25 * time.Hour)
	if left, err := a.sweep(); err != nil || len(left) != 1 || a.marks() != 0 {
		t.Errorf("after a day %v and %d marks, %v; nobody knows whose the file is", left, a.marks(), err)
	}
}
