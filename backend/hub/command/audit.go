package command

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"parley/backend/eventlog"
	"parley/backend/hub"
	"parley/backend/hub/config"
	"parley/backend/hub/trail"
	"parley/backend/protocol"
)

// errTampered: the audit log is not what it should be; how has been printed.
var errTampered = errors.New("the audit log is not what it should be")

func auditLog(ctx context.Context, args []string, s Streams) error {
	if len(args) > 0 {
		switch args[0] {
		case "verify":
			return verify(ctx, args[1:], s)
		case "list":
			return list(ctx, args[1:], s)
		}
	}
	fmt.Fprint(s.Err, usage)
	return errUsage
}

// openAudit opens the log in a data directory.
func openAudit(ctx context.Context, data, file string, s Streams) (*hub.Offline, error) {
	var c *config.Config
	if file != "" {
		var err error
		if c, err = config.Load(file); err != nil {
			return nil, err
		}
	}
	return hub.OpenOffline(ctx, data, c, slog.New(slog.NewTextHandler(s.Err, &slog.HandlerOptions{Level: slog.LevelWarn})))
}

func verify(ctx context.Context, args []string, s Streams) (err error) {
	f := flags("audit verify", s)
	data := f.String("data", "", "verify the audit log in `DIR`, on which no hub runs")
	file := f.String("config", "", "read from `FILE` where the second copy lies")
	noted := f.String("expect", "", "the record `REVISION:HASH`, as an earlier verification printed it, must be there")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	if *data == "" {
		return missing(f, "data")
	}
	expect, err := parseHead(*noted)
	if err != nil {
		return err
	}
	o, err := openAudit(ctx, *data, *file, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	r, err := trail.Verify(ctx, o.Log, expect)
	if err != nil {
		return err
	}
	w := &words{to: s.Out}
	w.say("%d records, %d of them compared with the commits that they tell of.", r.Records, r.Derived)
	if r.Behind > 0 {
		w.say("%d commits are not recorded yet; they will be when the hub runs.", r.Behind)
	}
	for _, wrong := range r.Wrong {
		w.say("Wrong: %s", wrong)
	}
	if len(r.Wrong) > 0 {
		return errors.Join(w.err, errTampered)
	}
	if r.Head.Rev > 0 {
		w.say("All is well up to %d:%s. Note it elsewhere: --expect proves later that nothing before it was changed.", r.Head.Rev, r.Head.Hash)
	}
	return w.err
}

// parseHead reads REVISION:HASH; "" is nothing.
func parseHead(text string) (eventlog.Head, error) {
	if text == "" {
		return eventlog.Head{}, nil
	}
	rev, hash, _ := strings.Cut(text, ":")
	var h eventlog.Head
	n, err := strconv.ParseUint(rev, 10, 64)
	raw, bad := hex.DecodeString(hash)
	if err != nil || bad != nil || len(raw) != len(h.Hash) || n == 0 {
		return h, fmt.Errorf("%q is not REVISION:HASH as audit verify prints it", text)
	}
	h.Rev = n
	copy(h.Hash[:], raw)
	return h, nil
}

func list(ctx context.Context, args []string, s Streams) (err error) {
	var p place
	f := flags("audit list", s)
	p.flags(f)
	file := f.String("config", "", "with --data: read from `FILE` where the second copy lies")
	since := f.String("since", "", "only what happened since a `TIME`: 2026-11-26, 2026-11-26T09:00:00Z or 24h")
	asJSON := f.Bool("json", false, "print a line of JSON for each record")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	if err := p.check(f); err != nil {
		return err
	}
	from, err := moment(*since, time.Now())
	if err != nil {
		return err
	}
	w := &words{to: s.Out}
	show := func(r protocol.AuditRecord) bool {
		w.record(r, *asJSON)
		return w.err == nil
	}
	if p.data != "" {
		o, err := openAudit(ctx, p.data, *file, s)
		if err != nil {
			return err
		}
		err = trail.List(ctx, o.Log, 0, from, func(e trail.Entry) bool {
			return show(protocol.AuditRecord{Revision: e.Rev, Hash: e.Hash, Record: e.Record})
		})
		return errors.Join(err, w.err, o.Close())
	}
	c, err := p.dial(ctx, s.In)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.signOut(ctx)) }()
	for after := uint64(0); ; {
		var page protocol.AuditPage
		path := fmt.Sprintf("%s?after=%d&sinceMs=%d", protocol.PathAudit, after, max(0, from.UnixMilli()))
		if err := c.call(ctx, http.MethodGet, path, nil, &page); err != nil {
			return err
		}
		for _, r := range page.Records {
			if !show(r) {
				return w.err
			}
		}
		if after = page.Next; after == 0 {
			return w.err
		}
	}
}

// moment reads a time: a day, an instant, or how long ago. "" is long ago.
func moment(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(-d), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time; write it as 2026-11-26, 2026-11-26T09:00:00Z or 24h", text)
}

// record prints one record.
func (w *words) record(r protocol.AuditRecord, asJSON bool) {
	if asJSON {
		b, err := json.Marshal(r)
		if w.err = errors.Join(w.err, err); w.err == nil {
			w.say("%s", b)
		}
		return
	}
	who := r.Who
	if who == "" {
		who = "nobody known"
	}
	text := fmt.Sprintf("%d  %s  %s  %s  %s", r.Revision, r.At.Local().Format(time.DateTime), who, r.Action, r.Outcome)
	for _, more := range []string{r.Detail, strings.Join(r.Subject, ", "), r.Session, r.Device} {
		if more != "" {
			text += "  " + printable(more)
		}
	}
	if r.Skipped > 0 {
		text += fmt.Sprintf("  (%d refusals before it came too fast to be recorded)", r.Skipped)
	}
	w.say("%s", text)
}

// printable keeps what a device says of itself from steering a terminal.
func printable(s string) string {
	q := strconv.Quote(s)
	return q[1 : len(q)-1]
}
