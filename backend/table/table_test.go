package table_test

import (
	"encoding/csv"
	"reflect"
	"strings"
	"testing"

	"parley/backend/table"
)

func TestSafe(t *testing.T) {
	for cell, want := range map[string]string{
		"Returns": "Returns", "": "", "12": "12", "-12": "-12", "-1.5": "-1.5", "4:12": "4:12", "61 %": "61 %",
		`=HYPERLINK("http://x","y")`: `'=HYPERLINK("http://x","y")`, "+1+2": "'+1+2", "-1+2": "'-1+2", "@SUM(A1)": "'@SUM(A1)",
		"--1": "'--1", "-.5": "'-.5", "-": "'-", " =1": "' =1", "\t=1": "'\t=1", "\tx": "'\tx", "\r=1": "'\r=1", "|calc": "'|calc",
		"＝1": "'＝1", "\u00a0=1": "'\u00a0=1", "-1.2.3": "'-1.2.3",
	} {
		if got := table.Safe(cell); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
}

func TestWrite(t *testing.T) {
	var b strings.Builder
	err := table.Write(&b, []string{"Queue", "Waiting"}, [][]string{{`Orders, "express"`, "3"}, {"=cmd|' /C calc'!A0", "-1"}, {"שלום\nzwei", ""}})
	if err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(b.String(), "\uFEFF")
	if !marked {
		t.Error("nothing says that it is UTF-8")
	}
	if !strings.Contains(text, "Waiting\r\n") {
		t.Errorf("lines end otherwise: %q", text)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	want := [][]string{{"Queue", "Waiting"}, {`Orders, "express"`, "3"}, {"'=cmd|' /C calc'!A0", "-1"}, {"שלום\nzwei", ""}}
	if err != nil || !reflect.DeepEqual(rows, want) {
		t.Errorf("it reads back as %q, %v; want %q", rows, err, want)
	}
}

func FuzzSafe(f *testing.F) {
	for _, s := range []string{"=1", "-1", " +x", "plain", "\t@"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		got := table.Safe(cell)
		if !strings.HasSuffix(got, cell) {
			t.Errorf("%q lost something: %q", cell, got)
		}
		first := strings.TrimLeft(got, " \t\r\n\u00a0\ufeff")
		if first != "" && strings.ContainsRune("=+@|", []rune(first)[0]) {
			t.Errorf("%q is still a formula: %q", cell, got)
		}
	})
}
