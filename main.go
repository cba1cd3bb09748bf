// Parley is the agent's desk.
package main

import (
	"embed"
	"log"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"

	"parley/app"
)

//go:embed all:frontend/dist
var assets embed.FS

func main() {
	err := wails.Run(&options.App{
		Title: "Parley", Width: 1440, Height: 900, MinWidth: 800, MinHeight: 560,
		AssetServer: &assetserver.Options{Assets: assets},
		Bind:        []any{&app.Window{}, &app.Access{}, &app.Agent{}, &app.Interactions{}, &app.Preferences{}},
	})
	if err != nil {
		log.Fatal(err)
	}
}
