package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"parley/app/keep"
	"parley/app/place"
	"parley/backend/desk"
	"parley/backend/id"
	"parley/backend/protocol"
)

// What the desk's cache holds. An agent takes 25 conversations at a time, so
// half of the open ones have ended; their tabs are open all the same.
const (
	deskGuests   = 50
	deskMessages = 100_000
	deskCapacity = 25
	deskProfile  = "bench"
)

// deskBenches prepares a profile, then measures start and memory.
func deskBenches(pairs int) ([]result, error) {
	screen, err := startDisplay()
	if err != nil {
		return nil, err
	}
	defer screen.stop()
	hub, err := startHub(deskCapacity)
	if err != nil {
		return nil, err
	}
	defer hub.stop()
	data := filepath.Join(screen.home, "parley")
	if err := prepareProfile(hub, data); err != nil {
		return nil, err
	}
	ours := func() (*window, error) {
		return openWindow(func(l map[string]any) bool { return l["trace"] == "painted" && l["state"] == "roster" },
			filepath.Join(binaries, "parley"), "--data", data, "--profile", deskProfile)
	}
	empty := func() (*window, error) {
		return openWindow(func(l map[string]any) bool { return l["painted"] == "empty" }, filepath.Join(binaries, "emptyapp"))
	}
	o, b, ratio, err := interleave(pairs,
		func() (float64, error) { return startTime(ours) },
		func() (float64, error) { return startTime(empty) })
	if err != nil {
		return nil, err
	}
	start := result{Name: "desk.cold_start_100k", Ours: o, Baseline: b, Ratio: ratio, Goal: "<=1.5", Unit: "ms"}
	o, b, ratio, err = interleave(3,
		func() (float64, error) { return windowMemory(ours) },
		func() (float64, error) { return windowMemory(empty) })
	if err != nil {
		return []result{start}, err
	}
	return []result{start, {Name: "desk.memory_50_open", Ours: o, Baseline: b, Ratio: ratio, Goal: "<=1.5", Unit: "MB"}}, nil
}

func startTime(open func() (*window, error)) (float64, error) {
	w, err := open()
	if err != nil {
		return 0, err
	}
	defer w.close()
	return float64(w.took.Microseconds()) / 1000, nil
}

// windowMemory is what a program and all its processes take once they rest.
func windowMemory(open func() (*window, error)) (float64, error) {
	w, err := open()
	if err != nil {
		return 0, err
	}
	defer w.close()
	settle()
	settle()
	bytes, err := pss(family(w.cmd.Process.Pid)...)
	return bytes / (1 << 20), err
}

// prepareProfile has guests write, and leaves a profile that is signed in, holds
// all they wrote and has a tab open for each of them.
func prepareProfile(hub *hubProcess, data string) error {
	places, err := place.Of(data, deskProfile)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	client, err := desk.NewClient(hub.url, nil)
	if err != nil {
		return err
	}
	in, err := client.SignIn(ctx, protocol.SignIn{User: benchUser, Password: benchPassword, Device: "bench"})
	if err != nil {
		return err
	}
	secret := keep.Secret{Token: in.Token, Key: make([]byte, 32)}
	_, _ = rand.Read(secret.Key) // never fails
	d, err := desk.Open(desk.Options{
		Client: client, Token: in.Token, Agent: in.Agent, Dir: filepath.Join(places.Profile, "cache"), Key: secret.Key,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	err = fillDesk(ctx, d, &hubLine{hubProcess: hub})
	if closed := d.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	if err := keep.NewEntry(keep.System{}, places.Profile).Save(ctx, secret); err != nil {
		return fmt.Errorf("keep the session in the keychain: %w", err)
	}
	record, err := json.Marshal(map[string]any{
		"hub": client.Address(), "user": benchUser, "name": in.Name, "role": in.Role, "agent": in.Agent, "keeping": keep.Keychain,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(places.Profile, "session.json"), record, 0o600)
}

// fillDesk lets 25 guests write, ends their conversations, lets 25 more write
// and leaves theirs connected.
func fillDesk(ctx context.Context, d *desk.Desk, l *hubLine) error {
	if err := d.SetPresence("on_queue"); err != nil {
		return err
	}
	var tabs desk.Tabs
	for half := range deskGuests / deskCapacity {
		if err := l.write(deskCapacity, deskMessages/deskGuests); err != nil {
			return err
		}
		held, err := await(ctx, d, func(s *desk.Snapshot) bool {
			return held(d, s) >= (half+1)*deskMessages*deskCapacity/deskGuests
		})
		if err != nil {
			return err
		}
		for _, i := range held.Interactions {
			if i.Status != "connected" {
				continue
			}
			tabs.Open = append(tabs.Open, desk.Tab{Conversation: i.ID})
			if half == 0 {
				if err := d.End(id.Conversation(i.ID)); err != nil {
					return err
				}
			}
		}
	}
	if len(tabs.Open) != deskGuests {
		return fmt.Errorf("%d conversations were connected, not %d", len(tabs.Open), deskGuests)
	}
	tabs.Active = tabs.Open[deskGuests-1].Conversation
	return d.SaveTabs(tabs)
}

// write has n guests write so many messages each.
func (l *hubLine) write(n, messages int) error {
	var wg sync.WaitGroup
	errs := make(chan error, 2*n)
	for range n {
		c, token, err := l.session()
		if err != nil {
			return err
		}
		wg.Go(func() { errs <- firstOf(writeAll(c, token, messages)...) })
	}
	wg.Wait()
	for range n {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

// writeAll writes, and reads the echo of each message.
func writeAll(c *websocket.Conn, token string, messages int) []error {
	defer c.Close()
	sent := make(chan error, 1)
	go func() {
		for i := range messages {
			text := fmt.Sprintf("Message %d: where is my parcel? It was to come yesterday, and nobody rang.", i)
			if err := c.WriteMessage(websocket.TextMessage, guestMessage(token, text)); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	err := awaitWithin(10*time.Minute, c, fmt.Sprintf("Message %d:", messages-1))
	return []error{err, <-sent}
}

// held is how many lines the desk's transcripts have.
func held(d *desk.Desk, s *desk.Snapshot) int {
	n := 0
	for _, i := range s.Interactions {
		page, err := d.Tail(id.Conversation(i.ID), 1)
		if err == nil {
			n += page.Total
		}
	}
	return n
}

func await(ctx context.Context, d *desk.Desk, fits func(*desk.Snapshot) bool) (*desk.Snapshot, error) {
	w := d.Watch()
	defer w.Close()
	for {
		select {
		case <-w.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if s := w.Take().Snapshot; fits(s) {
			return s, nil
		}
		time.Sleep(100 * time.Millisecond) // asking costs the desk something
	}
}
