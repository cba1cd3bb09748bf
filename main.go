// Parley is the agent's desk and, as "parley hub", the server it talks to.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/options/mac"

	"parley/app"
	"parley/app/demo"
	"parley/app/deskside"
	"parley/app/keep"
	"parley/app/native"
	"parley/app/place"
	"parley/app/sound/speaker"
	"parley/backend/hub/command"
	"parley/backend/version"
)

//go:embed all:frontend/dist
var assets embed.FS

// icon is for the window and its notifications, which carry it as raw pixels: to
// hand over a large one takes as long as to draw the page.
//
//go:embed assets/icon-96.png
var icon []byte

func main() {
	if len(os.Args) > 1 && os.Args[1] == "hub" {
		os.Exit(hub(os.Args[2:]))
	}
	var c choices
	flags := flag.NewFlagSet("parley", flag.ExitOnError)
	flags.StringVar(&c.profile, "profile", "", "use the data and the keychain entry of profile `NAME`")
	flags.StringVar(&c.hub, "hub", "", "offer to sign in to the hub at `URL`")
	flags.BoolVar(&c.demo, "demo", false, "start a demo hub and sign in to it")
	flags.BoolVar(&c.simulate, "simulate", false, "have simulated customers write to the demo hub")
	flags.StringVar(&c.data, "data", "", "keep data in `DIR` instead of the user's folder")
	show := flags.Bool("version", false, "print the version and end")
	_ = flags.Parse(os.Args[1:]) // ends the program itself where it fails
	if *show {
		fmt.Println("parley", version.Version)
		return
	}
	if err := desk(c); err != nil {
		fmt.Fprintln(os.Stderr, "parley:", err)
		os.Exit(1)
	}
}

// hub runs the hub's command line in this process: that of a person, or of the
// child that a desk starts and that ends with it.
func hub(args []string) int {
	ctx, end := demo.WithParent(context.Background(), os.Stdin, os.Stdout)
	defer end()
	return command.Main(ctx, args, command.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}

type choices struct {
	profile, hub, data string
	demo, simulate     bool
}

// desk opens the window and returns when it is closed. Generating bindings runs
// it too, up to the window.
func desk(c choices) error {
	places, err := place.Of(c.data, c.profile)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	window := &native.Window{}
	o := app.Options{
		Profile: c.profile, Dir: places.Profile, Hub: c.hub, Demo: c.demo, Simulate: c.simulate,
		HubCommand: []string{self, "hub"}, DemoDir: places.Demo,
		Native: window, Notifier: native.NewNotices(icon), Chain: keep.System{}, Speaker: speaker.Device{},
		Hubs: deskside.Hubs{}, OpenDesk: deskside.Opener(log), Log: log, Say: os.Stdout,
	}
	if os.Getenv("PARLEY_TRACE") != "" {
		o.Trace = os.Stdout
	}
	shell := app.New(o)
	end := sync.OnceFunc(shell.Shutdown)
	defer end()
	if !generating {
		shell.Startup() // beside the window, which takes as long to open
		defer rest().Stop()
	}
	err = wails.Run(&options.App{
		Title: "Parley", Width: 1440, Height: 900, MinWidth: 800, MinHeight: 560,
		BackgroundColour: background(places),
		AssetServer:      &assetserver.Options{Assets: assets, Handler: &app.Files{Shell: shell}, Middleware: shell.Page},
		OnStartup: func(ctx context.Context) {
			window.Start(ctx)
			// Wails takes a signal for a press of the window's own button.
			signals, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			context.AfterFunc(signals, shell.EndNow)
		},
		OnBeforeClose: func(context.Context) bool { return shell.BeforeClose() },
		OnShutdown:    func(context.Context) { end() },
		SingleInstanceLock: &options.SingleInstanceLock{
			UniqueId:               places.Instance(),
			OnSecondInstanceLaunch: func(options.SecondInstanceData) { window.Show() },
		},
		// The page takes dropped files itself and hands them to AddFile.
		DragAndDrop: &options.DragAndDrop{EnableFileDrop: false},
		Linux:       &linux.Options{Icon: icon, ProgramName: "parley", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
		Mac:         &mac.Options{TitleBar: mac.TitleBarHiddenInset()},
		Bind: []any{
			&app.Window{Core: shell}, &app.Access{Core: shell}, &app.Agent{Core: shell},
			&app.Interactions{Core: shell}, &app.Handling{Core: shell}, &app.Supervising{Core: shell},
			&app.Preferences{Core: shell},
		},
	})
	if err != nil {
		return errors.Join(errors.New("the window could not be opened"), err)
	}
	return nil
}

// startTakes is when a desk's start is over, with all that follows the first
// screen.
const startTakes = 4 * time.Second

// rest has a desk, which is one program of many on its machine and does little
// most of the time, give memory back sooner than a server would: what the start
// took once that is over, and then at a quarter's growth. Half of what counts is
// the cache's memtable, which never shrinks.
func rest() *time.Timer {
	return time.AfterFunc(startTakes, func() {
		debug.SetGCPercent(25)
		debug.FreeOSMemory()
	})
}

// background is the page's own, so that nothing flashes before it is painted.
func background(p place.Places) *options.RGBA {
	c := app.Background(p.Profile)
	return options.NewRGB(c[0], c[1], c[2])
}
