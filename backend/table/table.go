// Package table writes tables as CSV (RFC 4180), so that a spreadsheet that opens
// one takes no cell for a formula, whoever wrote what stands in it.
package table

import (
	"bufio"
	"encoding/csv"
	"io"
	"strings"
)

// mark tells spreadsheets that the file is UTF-8.
const mark = "\uFEFF"

// Write writes a header and rows.
func Write(w io.Writer, header []string, rows [][]string) error {
	b := bufio.NewWriter(w)
	if _, err := b.WriteString(mark); err != nil {
		return err
	}
	c := csv.NewWriter(b)
	c.UseCRLF = true
	if err := c.Write(safe(header)); err != nil {
		return err
	}
	for _, row := range rows {
		if err := c.Write(safe(row)); err != nil {
			return err
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return err
	}
	return b.Flush()
}

func safe(row []string) []string {
	out := make([]string, len(row))
	for i, cell := range row {
		out[i] = Safe(cell)
	}
	return out
}

// Safe is a cell as text: what a spreadsheet would take for a formula begins with
// an apostrophe. Numbers stay as they are.
func Safe(cell string) string {
	trimmed := strings.TrimLeft(cell, " \t\r\n\u00a0\ufeff")
	if trimmed == "" || !strings.ContainsRune("=+-@＝＋－＠|", []rune(trimmed)[0]) {
		if strings.ContainsAny(cell[:len(cell)-len(trimmed)], "\t\r\n") {
			return "'" + cell
		}
		return cell
	}
	if number(cell) {
		return cell
	}
	return "'" + cell
}

// number says that a cell is a plain decimal number with a sign.
func number(cell string) bool {
	rest := strings.TrimLeft(cell, "-")
	if len(cell)-len(rest) != 1 || rest == "" || rest[0] == '.' {
		return false
	}
	dots := 0
	for _, r := range rest {
		switch {
		case r == '.':
			dots++
		case r < '0' || r > '9':
			return false
		}
	}
	return dots <= 1
}
