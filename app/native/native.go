// Package native is the window's system side: Wails' events, dialogs and
// browser, and the operating system's notifications. Nothing but main imports
// it, so that everything else is tested without a window.
package native

import (
	"context"
	"errors"
	"html"
	system "runtime"
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/gen2brain/beeep"
	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// errNotOpen: the window has not started.
var errNotOpen = errors.New("the window is not open")

// Window implements app.Native. Its zero value drops events until Start.
type Window struct {
	ctx atomic.Pointer[context.Context]
}

// Start takes the context that Wails gave to OnStartup: its runtime ends the
// process when it is given any other.
func (w *Window) Start(ctx context.Context) { w.ctx.Store(&ctx) }

// Emit sends the page an event.
func (w *Window) Emit(name string, data any) {
	if ctx := w.ctx.Load(); ctx != nil {
		runtime.EventsEmit(*ctx, name, data)
	}
}

// ChooseFiles shows the dialog for opening files.
func (w *Window) ChooseFiles() ([]string, error) {
	ctx := w.ctx.Load()
	if ctx == nil {
		return nil, errNotOpen
	}
	return runtime.OpenMultipleFilesDialog(*ctx, runtime.OpenDialogOptions{Title: "Choose files"})
}

// ChooseTarget shows the dialog for saving a file.
func (w *Window) ChooseTarget(name string) (string, error) {
	ctx := w.ctx.Load()
	if ctx == nil {
		return "", errNotOpen
	}
	return runtime.SaveFileDialog(*ctx, runtime.SaveDialogOptions{Title: "Save file", DefaultFilename: name})
}

// OpenLink opens an address in the system's browser.
func (w *Window) OpenLink(url string) {
	if ctx := w.ctx.Load(); ctx != nil {
		runtime.BrowserOpenURL(*ctx, url)
	}
}

// Quit closes the window, unless OnBeforeClose says that it stays.
func (w *Window) Quit() {
	if ctx := w.ctx.Load(); ctx != nil {
		runtime.Quit(*ctx)
	}
}

// Show brings the window back: somebody started Parley a second time, or it has
// something to ask.
func (w *Window) Show() {
	if ctx := w.ctx.Load(); ctx != nil {
		runtime.WindowUnminimise(*ctx)
		runtime.WindowShow(*ctx)
	}
}

// Notices implements app.Notifier with the system's notification service.
type Notices struct{ icon []byte }

// NewNotices returns notices that carry a PNG as their icon.
func NewNotices(icon []byte) Notices {
	beeep.AppName = "Parley"
	return Notices{icon}
}

// mostRunes is how much of a text a notification shows.
const mostRunes = 160

// Notify shows a notification; it fails where no service runs.
func (n Notices) Notify(title, body string) error {
	return beeep.Notify(plain(title), plain(body), n.icon)
}

// plain makes one short line of a text that somebody else wrote. Notification
// services of Linux read markup in it, so there it is escaped.
func plain(text string) string {
	runes := []rune(strings.Join(strings.FieldsFunc(text, unicode.IsControl), " "))
	if len(runes) > mostRunes {
		runes = append(runes[:mostRunes-1], '…')
	}
	if system.GOOS == "linux" {
		return html.EscapeString(string(runes))
	}
	return string(runes)
}
