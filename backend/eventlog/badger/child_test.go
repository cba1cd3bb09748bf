package badger_test

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"

	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/eventlog/eventlogtest"
	"parley/backend/id"
)

// The fault tests run this same binary once more, as a child that writes to a
// log until it is killed, traced or out of disk.
const (
	childRole    = "EVENTLOG_CHILD"
	childDir     = "EVENTLOG_DIR"
	childWriters = "EVENTLOG_WRITERS"
	childAppends = "EVENTLOG_APPENDS" // for each writer
)

func TestMain(m *testing.M) {
	switch role := os.Getenv(childRole); role {
	case "":
		os.Exit(m.Run())
	case "write":
		exit(childWrite())
	case "fill":
		exit(childFill())
	default:
		exit(fmt.Errorf("unknown role %q", role))
	}
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func setting(name string) int {
	n, _ := strconv.Atoi(os.Getenv(name))
	return n
}

// command names the commit of one writer at one revision, so that after a crash
// anyone can say what it must have been.
func command(writer int, rev uint64) id.Command {
	return id.Command(fmt.Sprintf("w%d-%d", writer, rev))
}

func writerStream(writer int) eventlog.Stream {
	return eventlogtest.Conversation(fmt.Sprintf("w%d", writer))
}

// childWrite appends with many writers, each to its own stream. Before an append
// it says "REQ command" on descriptor 3, after it "ACK command pos hash".
func childWrite() error {
	o := small()
	o.StartVerify = 1000
	l, err := badger.Open(os.Getenv(childDir), o)
	if err != nil {
		return err
	}
	if d := l.Damage(); len(d) > 0 {
		return fmt.Errorf("damaged: %v", d)
	}
	out := os.NewFile(3, "acks")
	var wg sync.WaitGroup
	errs := make(chan error, 1)
	for w := range setting(childWriters) {
		wg.Go(func() {
			if err := childWriter(l, out, w, setting(childAppends)); err != nil {
				select {
				case errs <- err:
				default:
				}
			}
		})
	}
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return l.Close()
	}
}

func childWriter(l *badger.Log, out *os.File, w, appends int) error {
	ctx := testContext()
	s := writerStream(w)
	head, err := l.Head(ctx, s)
	if err != nil {
		return err
	}
	if head.Rev > 0 {
		// The last command may have been stored without an answer: ask again.
		c := eventlogtest.Next(s, head, string(command(w, head.Rev)))
		if got, again, err := l.Append(ctx, c); err != nil || !again || got.Hash != head.Hash {
			return fmt.Errorf("retry of %s: again %v, error %v", c.ID, again, err)
		}
	}
	for range appends {
		c := eventlogtest.Next(s, head, string(command(w, head.Rev+1)))
		fmt.Fprintf(out, "REQ %s\n", c.ID)
		got, again, err := l.Append(ctx, c, eventlog.Sealed{Key: "body/" + string(c.ID), Value: []byte("sealed " + c.ID)})
		if err != nil || again {
			return fmt.Errorf("append %s: again %v, error %v", c.ID, again, err)
		}
		fmt.Fprintf(out, "ACK %s %d %s\n", c.ID, got.Pos, got.Hash)
		head = eventlogtest.HeadOf(got)
	}
	return nil
}
