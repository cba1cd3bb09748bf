package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"parley/backend/hub/adminapi"
	"parley/backend/protocol"
)

// place is where an organisation is: on a running hub, or in a directory.
type place struct {
	hub, user, passwordFile, data string
}

func (p *place) flags(f *flag.FlagSet) {
	f.StringVar(&p.hub, "hub", "", "on the hub that runs at `URL`")
	f.StringVar(&p.user, "user", "", "as `USER`; the password is the first line of --password-file, or of standard input")
	f.StringVar(&p.passwordFile, "password-file", "", "read the password from `FILE`")
	f.StringVar(&p.data, "data", "", "in the data directory `DIR`, on which no hub runs")
}

// check reports what is missing or too much.
func (p *place) check(f *flag.FlagSet) error {
	switch {
	case (p.hub == "") == (p.data == ""):
		fmt.Fprintf(f.Output(), "%s: give either --hub or --data\n", f.Name())
	case p.hub != "" && p.user == "":
		return missing(f, "user")
	case p.data != "" && (p.user != "" || p.passwordFile != ""):
		fmt.Fprintf(f.Output(), "%s: --data takes no --user and no --password-file\n", f.Name())
	default:
		return nil
	}
	f.Usage()
	return errUsage
}

// client is signed in at a running hub.
type client struct {
	base  string
	token string
	http  http.Client
}

// maxAnswer bounds what a hub may answer, in bytes.
const maxAnswer = 64 << 20

// dial signs in. Sign out when done.
func (p *place) dial(ctx context.Context, in io.Reader) (*client, error) {
	c := &client{base: strings.TrimSuffix(p.hub, "/"), http: http.Client{Timeout: time.Minute}}
	// A password that went to another address than the one given would be told to
	// whoever answers there.
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	u, err := url.Parse(c.base)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("%q is no address of a hub; write it as https://chat.example.org", p.hub)
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("a password goes over the network by https only, not to %s", p.hub)
	}
	if p.passwordFile != "" {
		f, err := os.Open(p.passwordFile)
		if err != nil {
			return nil, fmt.Errorf("read the password: %w", err)
		}
		defer f.Close()
		in = f
	}
	password, err := line(in)
	if err != nil {
		return nil, err
	}
	if password == "" {
		return nil, errors.New("the password is missing: give --password-file, or write it to standard input")
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	// A device of its own, or two commands at once would sign each other out.
	device := fmt.Sprintf("%s, command line %d", host, os.Getpid())
	var signed protocol.SignedIn
	err = c.call(ctx, http.MethodPost, protocol.PathSession, protocol.SignIn{User: p.user, Password: password, Device: device}, &signed)
	if err != nil {
		return nil, fmt.Errorf("sign in at %s: %w", p.hub, err)
	}
	c.token = signed.Token
	return c, nil
}

// signOut ends the session, also of a command that was cut off.
func (c *client) signOut(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := c.call(ctx, http.MethodDelete, protocol.PathSession, nil, nil); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return nil
}

// call makes a request. What the hub refuses comes as a *protocol.Conflict, a
// *protocol.Invalid or a protocol.Problem.
func (c *client) call(ctx context.Context, method, path string, body, out any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", adminapi.CommandAgent)
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 == 2 {
		if out == nil {
			return nil
		}
		return json.Unmarshal(answer, out)
	}
	return refusal(resp, answer)
}

func refusal(resp *http.Response, answer []byte) error {
	var said struct {
		protocol.Problem
		Faults    []protocol.Fault
		Meanwhile []protocol.Meanwhile
	}
	if err := json.Unmarshal(answer, &said); err != nil || said.Code == "" {
		return fmt.Errorf("%s answers %s, which no hub of this version does", resp.Request.URL.Host, resp.Status)
	}
	text := said.Message
	if len(said.Faults) > 0 {
		text = "the hub takes it for wrong:"
	}
	for _, f := range said.Faults {
		text += fmt.Sprintf("\n  %s: %s", f.Path, f.Text)
	}
	for _, m := range said.Meanwhile {
		text += fmt.Sprintf("\n  revision %d, %s, by %s: %s", m.Revision, time.UnixMilli(m.AtMs).Format(time.DateTime), strings.TrimPrefix(m.By, "agent:"), strings.Join(m.About, ", "))
	}
	return errors.New(text)
}
