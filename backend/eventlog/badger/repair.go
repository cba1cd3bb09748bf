package badger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"parley/backend/eventlog"
	"parley/backend/id"
)

// Report is what a repair found and did.
type Report struct {
	Commits     uint64   `json:"commits"`     // in the log now
	Restored    uint64   `json:"restored"`    // of these, taken from the second copy
	Sealed      uint64   `json:"sealed"`      // pieces of sealed content in the log now
	SealedBack  uint64   `json:"sealedBack"`  // of these, taken from the second copy
	Lost        []Damage `json:"lost"`        // what neither store holds, or what no longer fits its chain without it
	EpochBefore string   `json:"epochBefore"` // "" if it could not be read
	Epoch       string   `json:"epoch"`       // another one if anything was lost
	Kept        []string `json:"kept"`        // where the stores as they were now lie
}

// Where a repair stands is told by which directories exist: readyDir is the
// mended log, whole and synced, not yet in its place.
const (
	newDir   = "log.new"
	readyDir = "log.ready"
)

// Repair mends the log in dir, which must not be open: it writes a new log from
// what holds together in either store, sets both stores aside, and leaves the
// second copy to be written anew when the log is next opened. It needs room for
// one more log. A repair that was cut off is finished by Open, or starts again.
func Repair(dir string, o Options) (Report, error) {
	o = o.withDefaults(dir)
	if err := finishRepair(dir, o); err != nil {
		return Report{}, err
	}
	if err := roomForRepair(dir, o); err != nil {
		return Report{}, fmt.Errorf("repair: %w", err)
	}
	from, err := openSources(dir, o)
	if err != nil {
		return Report{}, fmt.Errorf("repair: %w", err)
	}
	report, err := from.rebuild(filepath.Join(dir, newDir))
	if err = errors.Join(err, from.close()); err != nil {
		return report, fmt.Errorf("repair: %w", err)
	}
	if err := os.Rename(filepath.Join(dir, newDir), filepath.Join(dir, readyDir)); err != nil {
		return report, fmt.Errorf("repair: %w", err)
	}
	report.Kept, err = swap(dir, o)
	return report, err
}

// roomForRepair asks for as much free space as the log takes.
func roomForRepair(dir string, o Options) error {
	var size int64
	for _, d := range []string{filepath.Join(dir, logDir), o.WitnessDir} {
		var one int64
		err := filepath.WalkDir(d, func(_ string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || filepath.Ext(e.Name()) != ".sst" {
				return err
			}
			info, err := e.Info()
			if err == nil {
				one += info.Size()
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		size = max(size, one)
	}
	r := reserve{dirs: []string{dir}, keep: o.Reserve}
	return r.take(int(2 * size / writeCost))
}

// finishRepair completes a repair that was cut off after its log was written,
// and clears away one that was cut off before.
func finishRepair(dir string, o Options) error {
	if err := os.RemoveAll(filepath.Join(dir, newDir)); err != nil {
		return fmt.Errorf("clear an unfinished repair: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, readyDir)); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("finish a repair: %w", err)
	}
	_, err := swap(dir, o)
	return err
}

// swap sets both stores aside and puts the mended log in place. Any of its steps
// may be the last before a crash.
func swap(dir string, o Options) (kept []string, err error) {
	suffix := ".damaged-" + time.Now().UTC().Format("20060102T150405.000Z")
	for _, store := range []string{filepath.Join(dir, logDir), o.WitnessDir} {
		aside := store + suffix
		if err := os.Rename(store, aside); err == nil {
			kept = append(kept, aside)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return kept, fmt.Errorf("set a damaged store aside: %w", err)
		}
	}
	if err := syncDirs(dir, filepath.Dir(o.WitnessDir)); err != nil {
		return kept, err
	}
	if err := os.Rename(filepath.Join(dir, readyDir), filepath.Join(dir, logDir)); err != nil {
		return kept, fmt.Errorf("put the mended log in place: %w", err)
	}
	return kept, syncDirs(dir)
}

func (r *Report) lose(d Damage) { r.Lost = append(r.Lost, d) }

// settleEpoch names the mended log's life: the old one if it is whole.
func (r *Report) settleEpoch(before string) {
	r.EpochBefore, r.Epoch = before, before
	if before == "" || len(r.Lost) > 0 {
		r.Epoch = id.New()
	}
}

// lostAt is a position that neither store can fill.
func lostAt(pos uint64) Damage {
	return Damage{Position: eventlog.Position{Pos: pos}, Where: WhereLog, What: "neither store holds this commit"}
}
