package deskside_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/app"
	"parley/app/deskside"
	"parley/backend/agent"
	"parley/backend/protocol"
)

// nobody returns an address on this machine where nothing answers.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return "http://" + l.Addr().String()
}

type opened struct {
	*deskside.Session
	pushes   chan app.Push
	dir, hub string
}

// open opens a desk whose hub is out of reach.
func open(t *testing.T, dir, hub string) opened {
	t.Helper()
	pushes := make(chan app.Push, 1024)
	s, err := deskside.Open(
		app.Account{Hub: hub, Token: "secret-token", Agent: "agent-1", Dir: dir, Key: bytes.Repeat([]byte{1}, 32)},
		func(p app.Push) { pushes <- p }, func(reason string) { t.Errorf("the session ended: %s", reason) },
		slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return opened{s, pushes, dir, hub}
}

func (o opened) await(t *testing.T, what string, fits func(app.Push) bool) app.Push {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case p := <-o.pushes:
			if fits(p) {
				return p
			}
		case <-late:
			t.Fatalf("the window was not told of %s", what)
		}
	}
}

func TestFirstPushIsWhole(t *testing.T) {
	d := open(t, t.TempDir(), nobody(t))
	p := <-d.pushes
	if p.Link == nil || p.Me == nil || p.Org == nil || p.Roster == nil || p.Tabs == nil || p.Typing == nil || p.Notices == nil {
		t.Fatalf("the first push lacks something: %+v", p)
	}
	for _, part := range []any{p.Link, p.Me, p.Org, p.Roster, p.Tabs, p.Typing, p.Notices} {
		if raw, err := json.Marshal(part); err != nil || bytes.Contains(raw, []byte("null")) {
			t.Errorf("a list is nil: %s, %v", raw, err)
		}
	}
	if len(p.Me.Presences) != len(agent.Presences()) || p.Me.Presences[0] != (app.Presence{ID: "on_queue", Label: "On queue"}) {
		t.Errorf("presences %v", p.Me.Presences)
	}
	for _, choice := range p.Me.Presences {
		if choice.Label == "" {
			t.Errorf("presence %s has no name", choice.ID)
		}
	}
	offline := d.await(t, "being offline", func(p app.Push) bool { return p.Link != nil && p.Link.State == "offline" })
	if !strings.Contains(offline.Link.Reason, "is not running") || offline.Link.RetryAtMs == 0 {
		t.Errorf("link %+v", *offline.Link)
	}
	if offline.Me != nil || offline.Org != nil || offline.Roster != nil {
		t.Error("it repeats what did not change")
	}
	if err := d.SetPresence("on_queue"); err != nil {
		t.Fatal(err)
	}
	d.await(t, "the presence at once", func(p app.Push) bool { return p.Me != nil && p.Me.Presence == "on_queue" })
	if err := d.SetPresence("asleep"); err == nil || !strings.HasPrefix(err.Error(), "No such presence") {
		t.Errorf("it says %v", err)
	}
}

func TestTabsAndDraftsSurviveARestart(t *testing.T) {
	dir, hub := t.TempDir(), nobody(t)
	d := open(t, dir, hub)
	for _, tab := range []string{"c1", "c2", "c3", "c2"} {
		d.OpenTab(tab)
	}
	d.SaveDraft("c2", "half a sen")
	d.SaveDraft("c9", "a tab that is not open")
	if err := d.AddFile("c2", "a.txt", "text/plain", []byte("content")); err != nil {
		t.Fatal(err)
	}
	before := d.Tabs()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	after := open(t, dir, hub)
	if got := after.Tabs(); !reflect.DeepEqual(got, before) || got.Active != "c2" || len(got.Open) != 3 || got.Open[1].Draft != "half a sen" {
		t.Errorf("before %+v\nafter %+v", before, got)
	}
	file := before.Open[1].Files[0]
	got, err := after.File(t.Context(), "c2", file.ID)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(got.Content)
	if err != nil || string(content) != "content" || got.Name != "a.txt" || got.MIME != "text/plain" || got.Image {
		t.Errorf("file %+v: %q, %v", got, content, err)
	}
	if _, err := after.File(t.Context(), "c1", file.ID); err == nil {
		t.Error("a file was read through another conversation")
	}
	err = filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, plain := range []string{"half a sen", "secret-token", "content"} {
			if bytes.Contains(raw, []byte(plain)) {
				t.Errorf("%s holds %q in the clear", path, plain)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestTabs(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(d opened)
		open []string
		now  string
	}{
		{"opening selects", func(d opened) { d.OpenTab("a"); d.OpenTab("b") }, []string{"a", "b"}, "b"},
		{"opening again selects only", func(d opened) { d.OpenTab("a"); d.OpenTab("b"); d.OpenTab("a") }, []string{"a", "b"}, "a"},
		{"closing selects the next", func(d opened) { d.OpenTab("a"); d.OpenTab("b"); d.OpenTab("c"); d.OpenTab("b"); d.CloseTab("b") }, []string{"a", "c"}, "c"},
		{"closing the last selects the one before", func(d opened) { d.OpenTab("a"); d.OpenTab("b"); d.CloseTab("b") }, []string{"a"}, "a"},
		{"closing another keeps the selection", func(d opened) { d.OpenTab("a"); d.OpenTab("b"); d.CloseTab("a") }, []string{"b"}, "b"},
		{"closing all selects nothing", func(d opened) { d.OpenTab("a"); d.CloseTab("a") }, []string{}, ""},
		{"closing what is not open", func(d opened) { d.OpenTab("a"); d.CloseTab("x") }, []string{"a"}, "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t, "", nobody(t))
			c.do(d)
			got := d.Tabs()
			open := []string{}
			for _, tab := range got.Open {
				open = append(open, tab.ID)
			}
			if !reflect.DeepEqual(open, c.open) || got.Active != c.now {
				t.Errorf("open %v, active %q", open, got.Active)
			}
		})
	}
	d := open(t, "", nobody(t))
	d.OpenTab("a")
	d.SaveDraft("a", "kept")
	d.CloseTab("a")
	d.OpenTab("a")
	if got := d.Tabs().Open[0].Draft; got != "kept" {
		t.Errorf("the draft of a closed tab is %q", got)
	}
}

func TestChosenFiles(t *testing.T) {
	d := open(t, "", nobody(t))
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	if err := d.AddFile("c1", "p.png", "image/png", picture.Bytes()); err != nil {
		t.Fatal(err)
	}
	file := d.Tabs().Open[0].Files[0]
	want := app.Attachment{
		ID: file.ID, Name: "p.png", MIME: "image/png", Size: int64(picture.Len()), Width: 30, Height: 20,
		URL: app.FileURL("c1", file.ID), Image: true,
	}
	if file != want {
		t.Errorf("got %+v, want %+v", file, want)
	}
	d.RemoveFile("c1", file.ID)
	if got := d.Tabs().Open[0].Files; len(got) != 0 {
		t.Errorf("left %+v", got)
	}
	ctx, end := context.WithTimeout(t.Context(), 5*time.Second)
	defer end()
	if _, err := d.File(ctx, "c1", file.ID); err == nil {
		t.Error("the file was not thrown away")
	}
}

func TestDestroyLeavesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	d := open(t, dir, nobody(t))
	d.OpenTab("a")
	if err := d.Destroy(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("left %v", err)
	}
}

func TestHubsSpeakInWords(t *testing.T) {
	ctx := t.Context()
	hubs := deskside.Hubs{}
	if _, _, err := hubs.About(ctx, "http://example.com"); err == nil || !strings.Contains(err.Error(), "https only") {
		t.Errorf("without TLS: %v", err)
	}
	if _, _, err := hubs.SignIn(ctx, "not an address", protocol.SignIn{}); err == nil {
		t.Error("signed in nowhere")
	}
	address := strings.TrimPrefix(nobody(t), "http://")
	full, _, err := hubs.About(ctx, " "+address+"/ ")
	if full != "http://"+address || err == nil || !strings.Contains(err.Error(), "is not running") {
		t.Errorf("%s: %v", full, err)
	}
	if err := hubs.SignOut(ctx, address, "t"); err == nil {
		t.Error("signed out nowhere")
	}
}
