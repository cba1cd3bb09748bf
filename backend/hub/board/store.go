package board

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/backend/hub/auth"
	"parley/backend/supervisor"
)

// store is the directory of checkpoints and days. The zero dir keeps nothing.
type store struct {
	dir string
	log *slog.Logger

	mu   *sync.Mutex
	list *[]checkpoint // sorted by position
}

// checkpoint is a state on disk. It holds no commit that happened after at.
type checkpoint struct {
	pos uint64
	at  int64
}

func (c checkpoint) file() string { return fmt.Sprintf("%016x-%d.checkpoint", c.pos, c.at) }

// epochName is the file that says of which life of the log the directory is.
const epochName = "epoch"

// openStore opens the directory. What was folded from another life of the log,
// or from commits that the log has lost, is deleted.
func openStore(dir, epoch string, tail uint64, log *slog.Logger) (store, error) {
	s := store{dir: dir, log: log, mu: new(sync.Mutex), list: new([]checkpoint)}
	if dir == "" {
		return s, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return s, fmt.Errorf("open the board's directory: %w", err)
	}
	if was, err := os.ReadFile(filepath.Join(dir, epochName)); err != nil || string(was) != epoch {
		if err := clearDir(dir); err != nil {
			return s, err
		}
		if err := s.write(epochName, []byte(epoch)); err != nil {
			return s, err
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return s, fmt.Errorf("open the board's directory: %w", err)
	}
	for _, e := range entries {
		var c checkpoint
		if _, err := fmt.Sscanf(e.Name(), "%016x-%d.checkpoint", &c.pos, &c.at); err != nil || e.Name() != c.file() {
			continue
		}
		if c.pos > tail {
			s.remove(c.file())
			continue
		}
		*s.list = append(*s.list, c)
	}
	slices.SortFunc(*s.list, func(a, b checkpoint) int { return strings.Compare(a.file(), b.file()) })
	return s, nil
}

func clearDir(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
	}
	if err != nil {
		return fmt.Errorf("delete what the board kept of another log: %w", err)
	}
	return nil
}

// last returns the last checkpoint that fits.
func (s *store) last(fits func(checkpoint) bool) (checkpoint, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range slices.Backward(*s.list) {
		if fits(c) {
			return c, true
		}
	}
	return checkpoint{}, false
}

// before returns the state of the last checkpoint that holds nothing at a time
// or later, or an empty one; with these rules from there on.
func (s *store) before(t time.Time, rules supervisor.Rules) *supervisor.State {
	for ms := t.UnixMilli(); ; {
		c, ok := s.last(func(c checkpoint) bool { return c.at < ms })
		if !ok {
			return supervisor.New(rules)
		}
		state, _, err := s.load(c, rules)
		if err == nil {
			return state
		}
		s.drop(c)
	}
}

// load reads a checkpoint, and says whether it was reckoned by the same rules.
func (s *store) load(c checkpoint, rules supervisor.Rules) (state *supervisor.State, same bool, err error) {
	b, err := s.read(c.file())
	if err == nil && len(b) < sha256.Size {
		err = supervisor.ErrMalformed
	}
	if err == nil {
		mark := markOf(rules)
		same = bytes.Equal(b[:sha256.Size], mark[:])
		state, err = supervisor.Decode(b[sha256.Size:], rules)
	}
	if err != nil {
		s.log.Error("a checkpoint of the board cannot be read and is folded anew", "file", c.file(), "error", err)
		return nil, false, err
	}
	return state, same, nil
}

// put keeps a state, and forgets the checkpoints before the last one of an
// earlier day.
func (s *store) put(state *supervisor.State, rules supervisor.Rules, today time.Time) error {
	if s.dir == "" {
		return nil
	}
	c := checkpoint{state.Pos(), state.At().UnixMilli()}
	mark := markOf(rules)
	if err := s.write(c.file(), append(mark[:], state.Encode()...)); err != nil {
		return err
	}
	s.mu.Lock()
	*s.list = append(*s.list, c)
	var old []checkpoint
	earlier := slices.IndexFunc(*s.list, func(c checkpoint) bool { return c.at >= today.UnixMilli() })
	if earlier > 1 {
		old = slices.Clone((*s.list)[:earlier-1])
		*s.list = slices.Clone((*s.list)[earlier-1:])
	}
	s.mu.Unlock()
	for _, c := range old {
		s.remove(c.file())
	}
	return nil
}

func (s *store) drop(c checkpoint) {
	s.mu.Lock()
	*s.list = slices.DeleteFunc(*s.list, func(x checkpoint) bool { return x == c })
	s.mu.Unlock()
	s.remove(c.file())
}

// markOf is what tells one set of rules from another.
func markOf(r supervisor.Rules) [sha256.Size]byte {
	h := sha256.New()
	fmt.Fprintln(h, r.Location(), r.Default)
	for _, q := range r.Names() {
		fmt.Fprintln(h, q, r.Queues[q])
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func dayName(start time.Time) string { return start.Format(time.DateOnly) + ".day" }

func (s *store) putDay(start time.Time, d supervisor.Day) error {
	if s.dir == "" || len(d.Queues)+len(d.Agents)+len(d.Codes) == 0 {
		return nil
	}
	return s.write(dayName(start), d.Encode())
}

// day returns the figures of a day that is over; none if none are kept.
func (s *store) day(start time.Time) (supervisor.Day, error) {
	if s.dir == "" {
		return supervisor.Day{}, nil
	}
	b, err := s.read(dayName(start))
	if errors.Is(err, fs.ErrNotExist) {
		return supervisor.Day{}, nil
	}
	if err != nil {
		return supervisor.Day{}, fmt.Errorf("read the figures of %s: %w", start.Format(time.DateOnly), err)
	}
	d, err := supervisor.DecodeDay(b)
	if err != nil {
		return supervisor.Day{}, fmt.Errorf("read the figures of %s: %w", start.Format(time.DateOnly), err)
	}
	return d, nil
}

// write keeps a file, compressed; it is there whole or not at all.
func (s *store) write(name string, content []byte) error {
	var b bytes.Buffer
	if name == epochName {
		b.Write(content)
	} else {
		z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		if err == nil {
			_, err = z.Write(content)
		}
		if err == nil {
			err = z.Close()
		}
		if err != nil {
			return err
		}
	}
	return auth.WriteFile(filepath.Join(s.dir, name), b.Bytes())
}

// largest bounds what a damaged file may unfold to.
const largest = 1 << 30

func (s *store) read(name string) ([]byte, error) {
	f, err := os.Open(filepath.Join(s.dir, name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, largest))
}

func (s *store) remove(name string) {
	if err := os.Remove(filepath.Join(s.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("an old file of the board could not be deleted", "file", name, "error", err)
	}
}
