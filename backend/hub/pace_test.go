package hub_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"
)

// TestSlowBodies: a client that begins a body and does not go on, signed in or
// not, wanted or not, loses its connection.
func TestSlowBodies(t *testing.T) {
	h := newHub(t)
	h.log.Reserve = 1 << 20
	h.pace = 200 * time.Millisecond
	h.start()
	public, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	for name, first := range map[string]string{
		"sign-in":      "POST /desk/v1/session HTTP/1.1",
		"nobody wants": "POST /nowhere HTTP/1.1",
		"with a GET":   "GET /healthz HTTP/1.1",
		"upload":       "PUT /messenger/uploads/x HTTP/1.1",
		"upgrade":      "POST /desk/v1/session HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := net.Dial("tcp", public.Host)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			if _, err := fmt.Fprintf(c, "%s\r\nHost: %s\r\nContent-Length: 10000\r\n\r\n{", first, public.Host); err != nil {
				t.Fatal(err)
			}
			if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, bufio.NewReader(c)); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the connection stays open")
			}
		})
	}
}

// TestSlowButSteadyBody: whoever sends a piece in time is heard to the end.
func TestSlowButSteadyBody(t *testing.T) {
	h := newHub(t)
	h.log.Reserve = 1 << 20
	h.pace = 2 * time.Second
	h.start()
	in, out := io.Pipe()
	go func() {
		pause := time.NewTicker(100 * time.Millisecond)
		defer pause.Stop()
		for _, piece := range []string{`{"user":"ann",`, `"password":"`, password, `","device":"x"}`} {
			_, _ = io.WriteString(out, piece)
			<-pause.C
		}
		_ = out.Close()
	}()
	res, err := http.Post(h.url+"/desk/v1/session", "application/json", in)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("status %d", res.StatusCode)
	}
}

// TestConnectionUsedAgain: an answer without a body comes also when the bounds
// of the request before it on the connection are over.
func TestConnectionUsedAgain(t *testing.T) {
	h := newHub(t)
	h.log.Reserve = 1 << 20
	h.pace = 50 * time.Millisecond
	h.start()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
	defer client.CloseIdleConnections()
	get := func(method, path string, want int) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, h.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s %s: %d, want %d", method, path, res.StatusCode, want)
		}
	}
	get(http.MethodGet, "/healthz", http.StatusOK)
	<-time.After(150 * time.Millisecond)
	get(http.MethodOptions, "/api/v2/webmessaging/messages", http.StatusNoContent)
}
