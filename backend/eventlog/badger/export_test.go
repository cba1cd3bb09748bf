package badger

import (
	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/id"
)

// OnSync has every sync of the log, from the next one on, ask f first: an error
// of f is the sync's.
func (l *Log) OnSync(f func() error) error {
	return l.administer(func(*badgerdb.Txn) error {
		write := l.committer.write
		first := true
		l.committer.write = func(txn *badgerdb.Txn, ts uint64) error {
			if first { // this very call's
				first = false
			} else if err := f(); err != nil {
				return err
			}
			return write(txn, ts)
		}
		return nil
	})
}

// Waiting is how many appends wait for the committer.
func (l *Log) Waiting() int { return len(l.queue) }

// MayHave says whether the log would ask the disk for a command.
func (l *Log) MayHave(c id.Command) bool { return l.known.maybe(c) }

// Learned says whether the log knows all its commands.
func (l *Log) Learned() bool { return l.known.whole.Load() }
