package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/app"
)

func TestWhatIsSeenIsSavedAsATable(t *testing.T) {
	target := filepath.Join(t.TempDir(), "board.csv")
	p := newParts(t)
	p.start()
	t.Cleanup(p.shell.Shutdown)
	s := p.shell
	p.native.target = target
	table := app.Table{
		Name: `Board 26/11: "live"`, Header: []string{"Queue", "Waiting"},
		Rows: []app.TableRow{{Cells: []string{"=cmd()", "9"}}, {Cells: []string{"Returns, express", "-1"}}},
	}
	where, err := s.SaveTable(table)
	if err != nil || where != target {
		t.Fatalf("saved to %q, %v", where, err)
	}
	raw, err := os.ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	if want := "\uFEFFQueue,Waiting\r\n'=cmd(),9\r\n\"Returns, express\",-1\r\n"; string(raw) != want {
		t.Errorf("the file holds %q, want %q", raw, want)
	}
	if p.native.proposed != "Board 26-11- -live-.csv" {
		t.Errorf("the name proposed is %q", p.native.proposed)
	}
	p.native.target = ""
	if where, err := s.SaveTable(table); where != "" || err != nil {
		t.Errorf("after a change of mind: %q, %v", where, err)
	}
	p.native.target = filepath.Join(t.TempDir(), "nowhere", "board.csv")
	if _, err := s.SaveTable(table); err == nil || !strings.Contains(err.Error(), "could not be saved") {
		t.Errorf("a folder that is not there gives %v", err)
	}
}

func TestSupervisingNeedsADesk(t *testing.T) {
	p := newParts(t)
	p.start()
	t.Cleanup(p.shell.Shutdown)
	s := p.shell
	if _, err := s.Board(); err == nil {
		t.Error("there is a board without a desk")
	}
	if _, err := s.Report(app.ReportQuery{}); err == nil {
		t.Error("there is a report without a desk")
	}
	if err := s.TakeOver("c1"); err == nil {
		t.Error("something was taken over without a desk")
	}
	s.WatchBoard(true) // says nothing, as there is nobody to tell
}
