package channels

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/hub/config"
)

func TestOnlyPublicAddressesAreCalled(t *testing.T) {
	for address, want := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::": true,
		"127.0.0.1": false, "::1": false, "10.1.2.3": false, "192.168.0.1": false, "172.16.0.1": false, "169.254.169.254": false, "fe80::1": false,
		"fd00::1": false, "0.0.0.0": false, "::": false, "100.64.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "::ffff:127.0.0.1": false,
		"64:ff9b::7f00:1": false, "2002:7f00:1::": false,
	} {
		if got := public(netip.MustParseAddr(address).Unmap()); got != want {
			t.Errorf("%s: %t, want %t", address, got, want)
		}
	}
}

func calling(private ...string) (*Hub, *account) {
	h := &Hub{log: slog.New(slog.DiscardHandler), caller: newCaller(false), o: Options{Now: time.Now}}
	e := &endpoint{}
	for _, p := range private {
		e.private = append(e.private, netip.MustParsePrefix(p))
	}
	return h, &account{endpoint: e, secrets: map[string]config.Secret{"token": {Value: "secret-token"}}}
}

// What is not listed is refused as it is dialled, also where a redirect leads;
// nothing of the call leaves the hub.
func TestPrivateAddressesAreRefusedAtEachRedirect(t *testing.T) {
	reached := 0
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer inner.Close()
	port := inner.URL[strings.LastIndexByte(inner.URL, ':'):]
	outer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.2"+port+"/meta-data", http.StatusFound)
	}))
	defer outer.Close()
	h, a := calling()
	x := h.call(t.Context(), a, channel.Call{Method: http.MethodGet, URL: outer.URL}, nil)
	if !x.Unsent || x.Err != errPrivate.Error() {
		t.Errorf("a private address: %+v", x)
	}
	h, a = calling("127.0.0.1/32")
	x = h.call(t.Context(), a, channel.Call{Method: http.MethodGet, URL: outer.URL}, nil)
	if x.Err != errPrivate.Error() || reached > 0 {
		t.Errorf("a redirect to a private address: %+v, reached %d times", x, reached)
	}
}

// A redirect is followed without what signs the call, and only where nothing is
// done by it.
func TestRedirectsAreFollowedWithoutSecrets(t *testing.T) {
	var got []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
		if r.URL.Path == "/a" {
			http.Redirect(w, r, "/b", http.StatusTemporaryRedirect)
		}
	}))
	defer s.Close()
	h, a := calling("127.0.0.1/32")
	bearer := channel.Auth{Scheme: channel.Bearer, Secrets: []string{"token"}}
	if x := h.call(t.Context(), a, channel.Call{Method: http.MethodGet, URL: s.URL + "/a", Auth: bearer}, nil); x.Status != http.StatusOK {
		t.Errorf("%+v", x)
	}
	if x := h.call(t.Context(), a, channel.Call{Method: http.MethodPost, URL: s.URL + "/a", Auth: bearer}, nil); x.Status != http.StatusTemporaryRedirect {
		t.Errorf("%+v", x)
	}
	if want := "GET /a Bearer secret-token,GET /b ,POST /a Bearer secret-token"; strings.Join(got, ",") != want {
		t.Errorf("got %q", got)
	}
}

// Whether something left the hub decides whether it may be sent again.
func TestAnExchangeTellsWhetherTheCallLeft(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	h, a := calling("127.0.0.1/32")
	if x := h.call(t.Context(), a, channel.Call{Method: http.MethodPost, URL: s.URL}, nil); x.Err == "" || x.Unsent {
		t.Errorf("an answer that broke off: %+v", x)
	}
	s.Close()
	if x := h.call(t.Context(), a, channel.Call{Method: http.MethodPost, URL: s.URL}, nil); x.Err == "" || !x.Unsent {
		t.Errorf("nobody there: %+v", x)
	}
	if x := h.call(t.Context(), a, channel.Call{Method: http.MethodPost, URL: s.URL, Auth: channel.Auth{Scheme: channel.Bearer, Secrets: []string{"missing"}}}, nil); !x.Unsent {
		t.Errorf("a secret that is missing: %+v", x)
	}
}

// A journal survives a crash at any byte: what was written whole is there, and a
// call that was begun counts as begun.
func TestAJournalCutAnywhereIsReadAsFarAsItGoes(t *testing.T) {
	dir := t.TempDir()
	k := newKeys([]byte("0123456789abcdef0123456789abcdef"))
	task := taskRecord{Conversation: "c1", Message: "m1", Kind: channel.SMS, Account: "+356"}
	j, err := k.openJournal(journalPath(dir, sending, "m1"), task)
	if err != nil {
		t.Fatal(err)
	}
	sizes := []int64{}
	size := func() {
		info, err := j.file.Stat()
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, info.Size())
	}
	size()
	at := time.Date(2026, time.November, 26, 9, 0, 0, 0, time.UTC)
	for _, step := range []func() error{
		func() error { return j.begin(at) },
		func() error { return j.finish(channel.Exchange{Status: 201, Body: []byte(`{"sid":"SM1"}`), At: at}) },
		func() error { return j.begin(at) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		size()
	}
	whole, err := io.ReadAll(io.NewSectionReader(j.file, 0, sizes[3]))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(whole), "SM1") {
		t.Error("the journal lies open")
	}
	for n := sizes[0]; n <= sizes[3]; n++ {
		if err := j.file.Truncate(n); err != nil {
			t.Fatal(err)
		}
		if _, err := j.file.WriteAt(whole[:n], 0); err != nil {
			t.Fatal(err)
		}
		back, err := k.readJournal(j.path)
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		wantDone, wantOpen := 0, n >= sizes[1]
		if n >= sizes[2] {
			wantDone, wantOpen = 1, n == sizes[3]
		}
		if len(back.done) != wantDone || back.open != wantOpen || back.task.Message != "m1" {
			t.Fatalf("cut at %d of %v: %d done, open %t", n, sizes, len(back.done), back.open)
		}
		back.leave()
	}
	if err := j.remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := k.readJournal(j.path); err == nil {
		t.Error("a removed journal is there")
	}
}

// A new secret counts from the next call on.
func TestSecretsAreReadAnew(t *testing.T) {
	t.Setenv("T_CHANNEL_SECRET", "first")
	s := config.Secret{Env: "T_CHANNEL_SECRET"}
	a := &account{secrets: map[string]config.Secret{"token": s}, endpoint: &endpoint{}}
	before := a.fingerprint()
	t.Setenv("T_CHANNEL_SECRET", "second")
	if v, err := a.secret("token"); v != "second" || err != nil || a.fingerprint() == before {
		t.Errorf("got %q, %v", v, err)
	}
	if _, err := a.secret("other"); !errors.Is(err, errNoSecret) {
		t.Errorf("a secret that is not configured: %v", err)
	}
}
