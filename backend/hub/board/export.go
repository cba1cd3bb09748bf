package board

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"parley/backend/supervisor"
	"parley/backend/table"
)

// Export says where the figures of each day are written, and when on the day
// after it.
type Export struct {
	Folder string
	// At is how long after the day's beginning, by the clock of the
	// organisation's zone.
	At time.Duration
	// Names are asked for anew for each day.
	Names func() supervisor.Names
}

// Exports lists what is written of each day. The name stands in the file's.
var exports = []struct {
	name string
	of   supervisor.Subject
	by   []supervisor.Group
}{
	{"queues", supervisor.OfQueues, []supervisor.Group{supervisor.ByInterval, supervisor.ByQueue, supervisor.ByChannel}},
	{"agents", supervisor.OfAgents, []supervisor.Group{supervisor.ByInterval, supervisor.ByAgent}},
	{"codes", supervisor.OfCodes, []supervisor.Group{supervisor.ByInterval, supervisor.ByQueue, supervisor.ByChannel, supervisor.ByCode}},
}

const (
	exportBack  = 7         // days: what was missed for longer stays missing
	exportAgain = time.Hour // after a failure, such as a disk that is away
)

// Export writes what is due, now and each day, until ctx ends. What a hub that
// was down has missed is written when it is up again; what is there is not
// written again.
func (b *Board) Export(ctx context.Context, e Export) {
	select {
	case <-ctx.Done():
		return
	case <-b.ready:
	}
	for {
		now := b.o.Now()
		next := b.dueAfter(now, e.At)
		if err := b.exportDue(e, now); err != nil {
			b.log.Error("the reports could not be written and are tried again", "folder", e.Folder, "error", err)
			next = now.Add(exportAgain)
		}
		timer := time.NewTimer(max(next.Sub(b.o.Now()), time.Second))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// dueAfter is the next time at which a day is written.
func (b *Board) dueAfter(now time.Time, at time.Duration) time.Time {
	b.mu.Lock()
	rules := b.rules
	b.mu.Unlock()
	local := now.In(rules.Location())
	for day := 0; ; day++ {
		due := onDay(local.AddDate(0, 0, day), at)
		if due.After(now) {
			return due
		}
	}
}

// onDay is a time of day on a date, by the clock on the wall.
func onDay(date time.Time, at time.Duration) time.Time {
	y, m, d := date.Date()
	return time.Date(y, m, d, int(at/time.Hour), int(at%time.Hour/time.Minute), 0, 0, date.Location())
}

// exportDue writes the days that are due and not there.
func (b *Board) exportDue(e Export, now time.Time) error {
	b.mu.Lock()
	rules := b.rules
	b.mu.Unlock()
	local := now.In(rules.Location())
	var failed error
	for back := exportBack; back > 0; back-- {
		day := local.AddDate(0, 0, -back)
		if now.Before(onDay(day.AddDate(0, 0, 1), e.At)) {
			continue
		}
		start, _ := rules.Day(onDay(day, 12*time.Hour))
		failed = errors.Join(failed, b.exportDay(e, start.In(rules.Location())))
	}
	return failed
}

func (b *Board) exportDay(e Export, start time.Time) error {
	var days []supervisor.Day
	for _, x := range exports {
		file := filepath.Join(e.Folder, fmt.Sprintf("parley-%s-%s.csv", x.name, start.Format(time.DateOnly)))
		if _, err := os.Stat(file); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if days == nil {
			var err error
			if days, err = b.Days(start, start); err != nil {
				return err
			}
			if len(days) == 0 {
				return nil // nothing happened
			}
		}
		q := supervisor.Query{Of: x.of, By: x.by, FromMs: start.UnixMilli(), ToMs: start.UnixMilli()}
		report := supervisor.All(q, days)
		header, rows := report.Table(e.Names())
		var out bytes.Buffer
		if err := table.Write(&out, header, rows); err != nil {
			return err
		}
		if err := writeReport(file, out.Bytes()); err != nil {
			return err
		}
		b.log.Info("a report was written", "file", file, "rows", len(rows))
	}
	return nil
}

// writeReport writes a file that is there whole or not at all. Those who share
// the folder's group may read it.
func writeReport(file string, content []byte) error {
	tmp := file + ".part"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(tmp, file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return nil
}
