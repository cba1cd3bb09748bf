package hub

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/hub/auth"
	"parley/backend/hub/unsent"
	"parley/backend/id"
	"parley/backend/readmodel"
	"parley/backend/vault"
)

// Names in the data directory.
const (
	logDir        = "log"
	modelDir      = "readmodel"
	boardDir      = "board"
	blobsDir      = "files"
	unsentDir     = "unsent"
	keysDir       = "keys"
	passwordsFile = "passwords.json"
	channelsDir   = "channels"   // what is under way on messaging channels
	trailFile     = "audit.json" // how far the audit log has come
)

// LogDir is where the log lies in a data directory.
func LogDir(data string) string { return filepath.Join(data, logDir) }

// PasswordsFile is where "user add" stores hashes in a data directory.
func PasswordsFile(data string) string { return filepath.Join(data, passwordsFile) }

// stores is what a hub keeps on disk.
type stores struct {
	data    string
	log     *badger.Log
	vault   *vault.Vault
	uploads *unsent.Register
	model   *readmodel.Model

	logger *slog.Logger
	now    func() time.Time
	stop   context.CancelFunc
	feeder sync.WaitGroup
}

// reserve is how many bytes of the disk stay free; 0 = the stores' own default.
func (o Options) reserve() int64 {
	if o.Config == nil || o.Demo {
		return 0
	}
	return int64(o.Config.Log.ReserveMB) << 20
}

// openLog opens the log as it is configured.
func openLog(o Options) (*badger.Log, error) {
	options := o.Log
	if options.Logger == nil {
		options.Logger = o.Logger
	}
	if n := o.reserve(); n > 0 {
		options.Reserve = n
	}
	if c := o.Config; c != nil && !o.Demo {
		options.WitnessDir = c.Log.WitnessDir
	}
	log, err := badger.Open(LogDir(o.Data), options)
	switch {
	case err == nil:
		return log, nil
	case strings.Contains(err.Error(), "another process uses it"):
		return nil, fmt.Errorf("another hub runs on the data directory %s; end it first, or give another one: %w", o.Data, err)
	case errors.Is(err, eventlog.ErrDamaged):
		return nil, fmt.Errorf("%w; run: parley-hub repair --data %s", err, o.Data)
	}
	return nil, err
}

// openStores opens the log first: its lock keeps a second hub out.
func openStores(ctx context.Context, o Options) (*stores, error) {
	s := &stores{data: o.Data, logger: o.Logger, now: o.Now}
	var err error
	if s.log, err = openLog(o); err != nil {
		return nil, err
	}
	if err := s.openRest(ctx, o.reserve()); err != nil {
		return nil, errors.Join(err, s.log.Close())
	}
	return s, nil
}

func (s *stores) openRest(ctx context.Context, reserve int64) error {
	keys := filepath.Join(s.data, keysDir)
	master, err := vault.MasterKey(filepath.Join(keys, "master.key"))
	if err != nil {
		return err
	}
	if s.vault, err = vault.Open(filepath.Join(keys, "epochs.sealed"), master, s.log, vault.Options{}); err != nil {
		return err
	}
	blobs, err := s.vault.Blobs(filepath.Join(s.data, blobsDir), s.log.Room)
	if err != nil {
		return err
	}
	if s.uploads, err = unsent.Open(filepath.Join(s.data, unsentDir), blobs, s.now, s.logger); err != nil {
		return err
	}
	if err := s.openModel(reserve); err != nil {
		return err
	}
	follow, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	// What cannot be folded because the log is damaged ends the start: trying
	// again does not mend it, and a hub without its lists serves nobody.
	folding, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	s.feeder.Go(func() { s.feed(follow, giveUp) })
	tail, err := s.log.Tail(ctx, 0)
	if err == nil {
		err = s.model.WaitFor(folding, tail)
	}
	if cause := context.Cause(folding); err != nil && errors.Is(cause, eventlog.ErrDamaged) {
		err = fmt.Errorf("%w; run: parley-hub repair --data %s", cause, s.data)
	}
	if err != nil {
		s.stop()
		s.feeder.Wait()
		return errors.Join(fmt.Errorf("fold the log: %w", err), s.model.Close())
	}
	return nil
}

// openModel opens the read model. One that cannot be read, or that knows more
// than the log holds, is set aside and folded again.
func (s *stores) openModel(reserve int64) error {
	dir := filepath.Join(s.data, modelDir)
	o := readmodel.Hub()
	o.Logger, o.Reserve = s.logger, reserve
	tail, err := s.log.Tail(context.Background(), 0)
	if err != nil {
		return err
	}
	for range 2 {
		m, err := readmodel.Open(dir, o)
		if err == nil {
			if _, err = m.Adopt(s.log.Epoch()); err == nil && m.Cursor(0).Pos <= tail.Pos {
				s.model = m
				return nil
			}
			if err == nil {
				s.logger.Error("the log ends before what was folded from it: commits are missing at its end", "log_ends_at", tail.Pos, "folded_to", m.Cursor(0).Pos)
			}
			err = errors.Join(err, m.Close())
		}
		if err != nil && !errors.Is(err, readmodel.ErrCorrupt) {
			return err
		}
		aside := fmt.Sprintf("%s.set-aside-%d", dir, time.Now().UnixMilli())
		s.logger.Error("the read model is set aside and folded again", "to", aside, "error", err)
		if err := os.Rename(dir, aside); err != nil {
			return fmt.Errorf("set the read model aside: %w", err)
		}
	}
	return fmt.Errorf("open the read model: %w", readmodel.ErrCorrupt)
}

const (
	foldBatch = 512
	// foldEvery is how long commits gather before they are folded together,
	// while nobody waits for them.
	foldEvery = 5 * time.Millisecond
	foldPause = time.Second // after a failure, such as a full disk
)

// feed folds the log into the read model, from its cursor on, until ctx ends.
// Each failure is told, and tried again.
func (s *stores) feed(ctx context.Context, failed func(error)) {
	for ctx.Err() == nil {
		err := s.foldOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		s.logger.Error("folding the log into the read model failed and will be tried again", "error", err)
		failed(err)
		select {
		case <-ctx.Done():
		case <-time.After(foldPause):
		}
	}
}

// foldOnce folds until ctx ends or something fails.
func (s *stores) foldOnce(ctx context.Context) error {
	gather := time.NewTimer(foldEvery)
	defer gather.Stop()
	batch := make([]eventlog.Stored, 0, foldBatch)
	for c, err := range s.log.Follow(ctx, 0, s.model.Cursor(0).Pos) {
		if err != nil {
			return err
		}
		tail, err := s.log.Tail(ctx, 0)
		if err != nil {
			return err
		}
		batch = append(batch, c)
		if len(batch) < foldBatch && c.Pos < tail.Pos {
			continue
		}
		if err := s.model.Apply(batch); err != nil {
			return err
		}
		clear(batch)
		batch = batch[:0]
		if c.Pos < tail.Pos {
			continue
		}
		gather.Reset(foldEvery)
		select {
		case <-gather.C:
		case <-s.model.Wanted():
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// open lists the conversations that are not over, as of a moment after it was
// called.
func (s *stores) open(ctx context.Context) ([]id.Conversation, error) {
	tail, err := s.log.Tail(ctx, 0)
	if err != nil {
		return nil, err
	}
	if err := s.model.WaitFor(ctx, tail); err != nil {
		return nil, err
	}
	return s.model.InPhase(conversation.Waiting, conversation.Alerting, conversation.Talking, conversation.Aside, conversation.AfterCall)
}

// begun lists the conversations that began at a time or later, as of a moment
// after it was called.
func (s *stores) begun(ctx context.Context, since time.Time) ([]id.Conversation, error) {
	tail, err := s.log.Tail(ctx, 0)
	if err != nil {
		return nil, err
	}
	if err := s.model.WaitFor(ctx, tail); err != nil {
		return nil, err
	}
	return s.model.BegunSince(since, conversation.Waiting, conversation.Alerting, conversation.Talking, conversation.Aside,
		conversation.AfterCall, conversation.Done)
}

// lastAgent tells who answered a contact last, as of a moment after it was
// called: the model may be some commits behind.
func (s *stores) lastAgent(ctx context.Context, c id.Contact) (id.Agent, time.Time, error) {
	tail, err := s.log.Tail(ctx, 0)
	if err == nil {
		err = s.model.WaitFor(ctx, tail)
	}
	if err != nil {
		return "", time.Time{}, err
	}
	return s.model.LastAgent(c)
}

// secret returns 32 random bytes that are kept in a file of that name, readable
// by the owner only.
func (s *stores) secret(name string) ([]byte, error) {
	file := filepath.Join(s.data, keysDir, name)
	secret, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		secret = make([]byte, 32)
		rand.Read(secret)
		err = auth.WriteFile(file, secret)
	}
	if err == nil && len(secret) != 32 {
		err = fmt.Errorf("%s holds %d bytes, want 32", file, len(secret))
	}
	if err != nil {
		return nil, fmt.Errorf("read a secret: %w", err)
	}
	return secret, nil
}

func (s *stores) close() error {
	s.stop()
	s.feeder.Wait()
	return errors.Join(s.model.Close(), s.log.Close())
}
