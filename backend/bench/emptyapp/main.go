// Command emptyapp is the least that Wails can show: one window with one line.
// The desk's start and memory are measured against it.
package main

import (
	"embed"
	"fmt"
	"os"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
)

//go:embed all:frontend
var assets embed.FS

// Page is bound to the window.
type Page struct{}

// Painted says that the line is on the screen.
func (*Page) Painted(string) { fmt.Println(`{"painted":"empty"}`) }

func main() {
	err := wails.Run(&options.App{
		Title: "Empty", Width: 1440, Height: 900,
		AssetServer: &assetserver.Options{Assets: assets},
		Bind:        []any{&Page{}},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
