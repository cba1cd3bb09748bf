package command

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"parley/backend/eventlog/badger"
	"parley/backend/hub"
	"parley/backend/hub/config"
)

func repair(args []string, s Streams) error {
	var o badger.Options
	f := flags("repair", s)
	data := f.String("data", "", "mend the log in `DIR`")
	file := f.String("config", "", "read from `FILE` where the second copy lies")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	if *data == "" {
		return missing(f, "data")
	}
	if *file != "" {
		c, err := config.Load(*file)
		if err != nil {
			return err
		}
		o.WitnessDir = c.Log.WitnessDir
	}
	dir := hub.LogDir(*data)
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("%s is not a hub's data directory: %w", *data, err)
	}
	o.Logger = slog.New(slog.NewTextHandler(s.Err, nil))
	report, err := badger.Repair(dir, o)
	if err != nil {
		return err
	}
	return tell(s.Out, report)
}

// tell says in words what a repair did.
func tell(out io.Writer, r badger.Report) error {
	w := &words{to: out}
	w.say("The log holds %d commits, %d of them restored from the second copy,", r.Commits, r.Restored)
	w.say("and %d pieces of sealed content, %d of them restored.", r.Sealed, r.SealedBack)
	for _, lost := range r.Lost {
		w.say("Lost: %s", lost)
	}
	if len(r.Lost) == 0 {
		w.say("Nothing was lost.")
	}
	if r.Epoch != r.EpochBefore {
		w.say("Desks will fetch everything anew.")
	}
	for _, kept := range r.Kept {
		w.say("What was there before is kept in %s; delete it when all is well.", kept)
	}
	return w.err
}

// words prints lines until one cannot be printed.
type words struct {
	to  io.Writer
	err error
}

func (w *words) say(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.to, format+"\n", args...)
	}
}
