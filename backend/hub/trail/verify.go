package trail

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"parley/backend/audit"
	"parley/backend/eventlog"
)

// Report is what Verify found.
type Report struct {
	Records int
	Derived int // of them, those that were compared with their commits
	// Head is the last record. Who notes it elsewhere can later prove that nothing
	// before it was changed.
	Head eventlog.Head
	// Behind is how many commits at the log's end are not recorded yet; they will
	// be when the hub runs.
	Behind int
	// Wrong are the faults, in words.
	Wrong []string
}

// mostWrong is how many faults are told.
const mostWrong = 100

func (r *Report) wrong(format string, args ...any) {
	if len(r.Wrong) < mostWrong {
		r.Wrong = append(r.Wrong, fmt.Sprintf(format, args...))
	}
}

// Verify walks the audit log's chain, derives anew what follows from commits and
// compares, and looks for commits without a record. If expect is set, its record
// must be there with that hash. The error says that it could not be read to its
// end; what is wrong with it is in the report.
func Verify(ctx context.Context, log eventlog.Log, expect eventlog.Head) (Report, error) {
	v := verifier{log: log, expect: expect, recorded: map[recordKey]bool{}}
	if err := v.chain(ctx); err != nil {
		return v.report, err
	}
	if err := v.commits(ctx); err != nil {
		return v.report, err
	}
	if expect.Rev > v.report.Head.Rev {
		v.report.wrong("record %d, which was noted, is gone: the last one is %d", expect.Rev, v.report.Head.Rev)
	}
	return v.report, ctx.Err()
}

type recordKey struct {
	stream eventlog.Stream
	rev    uint64
}

type verifier struct {
	log      eventlog.Log
	expect   eventlog.Head
	report   Report
	recorded map[recordKey]bool
	furthest uint64 // position of the last commit that is recorded
}

// chain walks the records.
func (v *verifier) chain(ctx context.Context) error {
	r := &v.report
	for c, err := range v.log.Read(ctx, audit.Stream, 0) {
		if errors.Is(err, eventlog.ErrDamaged) {
			r.wrong("record %d is damaged or was changed, and those after it cannot be trusted: %v", r.Head.Rev+1, err)
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the audit log: %w", err)
		}
		if c.Rev != r.Head.Rev+1 || c.PrevHash != r.Head.Hash || eventlog.HashOf(c.Encode()) != c.Hash {
			r.wrong("record %d does not follow record %d: the chain is broken", c.Rev, r.Head.Rev)
			return nil
		}
		r.Head = eventlog.Head{Rev: c.Rev, Hash: c.Hash}
		if c.Rev == v.expect.Rev && c.Hash != v.expect.Hash {
			r.wrong("record %d has the hash %s, and %s was noted: it, or one before it, was changed", c.Rev, c.Hash, v.expect.Hash)
		}
		records := audit.Decode(c.Commit)
		if len(records) != len(c.Events) {
			r.wrong("record %d cannot be read by this version", c.Rev)
		}
		for _, record := range records {
			r.Records++
			if record.Commit != nil {
				if err := v.compare(ctx, c.Rev, record); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// compare derives a record anew.
func (v *verifier) compare(ctx context.Context, rev uint64, record audit.Record) error {
	ref := *record.Commit
	key := recordKey{ref.Stream, ref.Rev}
	if v.recorded[key] {
		v.report.wrong("record %d repeats what was recorded of %s at %d", rev, ref.Stream, ref.Rev)
	}
	v.recorded[key] = true
	v.report.Derived++
	c, err := v.commit(ctx, ref)
	if errors.Is(err, eventlog.ErrDamaged) || errors.Is(err, eventlog.ErrNotFound) {
		v.report.wrong("record %d tells of %s at %d, which is gone or damaged", rev, ref.Stream, ref.Rev)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", ref.Stream, err)
	}
	v.furthest = max(v.furthest, c.Pos)
	again, ok := audit.Derive(c)
	if again.Session == "" { // known to who recorded it, and to nobody after
		again.Session, again.Device = record.Session, record.Device
	}
	if !ok || !reflect.DeepEqual(again, record) {
		v.report.wrong("record %d is not what follows from %s at %d", rev, ref.Stream, ref.Rev)
	}
	return nil
}

func (v *verifier) commit(ctx context.Context, ref audit.Ref) (eventlog.Stored, error) {
	for c, err := range v.log.Read(ctx, ref.Stream, ref.Rev-1) {
		return c, err
	}
	return eventlog.Stored{}, eventlog.ErrNotFound
}

// commits looks for what should be recorded and is not.
func (v *verifier) commits(ctx context.Context) error {
	tail, err := v.log.Tail(ctx, 0)
	if err != nil {
		return fmt.Errorf("find the log's end: %w", err)
	}
	if tail.Pos == 0 {
		return nil
	}
	for c, err := range v.log.Follow(ctx, 0, 0) {
		switch {
		case errors.Is(err, eventlog.ErrDamaged):
			v.report.wrong("the commit at position %d is damaged; whether it should be recorded is not known", c.Pos)
		case err != nil:
			return fmt.Errorf("read the log: %w", err)
		default:
			v.missing(c)
		}
		if c.Pos >= tail.Pos {
			return nil
		}
	}
	return nil
}

func (v *verifier) missing(c eventlog.Stored) {
	if _, due := audit.Derive(c); !due || v.recorded[recordKey{c.Stream, c.Rev}] {
		return
	}
	if c.Pos > v.furthest {
		v.report.Behind++
		return
	}
	v.report.wrong("%s at %d should be recorded and is not", c.Stream, c.Rev)
}
