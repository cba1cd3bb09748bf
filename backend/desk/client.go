package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

// Errors of Client. A hub's own refusals are a protocol.Problem.
var (
	// ErrAddress: not an address of a hub.
	ErrAddress = errors.New("not the address of a hub")
	// ErrInsecure: a hub on another machine must be reached over https.
	ErrInsecure = errors.New("a hub on another machine is reached over https only")
	// ErrNotParley: something else answers there.
	ErrNotParley = errors.New("what answers at this address is not a Parley hub")
	// ErrSignedOut: the hub does not know the token, or not any more.
	ErrSignedOut = errors.New("the hub has ended this sign-in")
	// ErrTooBig: a file exceeds the desk's limit.
	ErrTooBig = errors.New("the file is too large")
)

// MaxFile is the largest file in bytes that a desk sends or fetches.
const MaxFile = 32 << 20

// Client makes the HTTP calls to one hub. It is safe for concurrent use.
type Client struct {
	base *url.URL
	http *http.Client
}

// NewClient checks a hub's address: http or https, host and port, and no more.
// Without a scheme it is https, and http on this machine. A nil transport is
// the usual one.
func NewClient(address string, transport http.RoundTripper) (*Client, error) {
	address = strings.TrimRight(strings.TrimSpace(address), "/")
	if !strings.Contains(address, "://") {
		scheme := "https://"
		if u, err := url.Parse("http://" + address); err == nil && loopback(u.Hostname()) {
			scheme = "http://"
		}
		address = scheme + address
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, ErrAddress
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.User != nil, u.RawQuery != "", u.Fragment != "", u.Path != "":
		return nil, ErrAddress
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, ErrInsecure
	}
	return &Client{base: u, http: &http.Client{Transport: transport, CheckRedirect: noRedirect}}, nil
}

// noRedirect keeps passwords and tokens at the address that was checked.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// Address is the hub's address without a trailing slash.
func (c *Client) Address() string { return c.base.String() }

// About asks what answers at the address.
func (c *Client) About(ctx context.Context) (protocol.About, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var about protocol.About
	if err := c.call(ctx, http.MethodGet, protocol.PathAbout, "", nil, &about); err != nil {
		return protocol.About{}, err
	}
	if about.Product != "parley" {
		return protocol.About{}, ErrNotParley
	}
	return about, nil
}

// SignIn signs in. The answer's token is a secret.
func (c *Client) SignIn(ctx context.Context, in protocol.SignIn) (protocol.SignedIn, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	body, err := json.Marshal(in)
	if err != nil {
		return protocol.SignedIn{}, fmt.Errorf("sign in: %w", err)
	}
	var out protocol.SignedIn
	if err := c.call(ctx, http.MethodPost, protocol.PathSession, "", body, &out); err != nil {
		return protocol.SignedIn{}, err
	}
	if out.Token == "" || out.Agent == "" {
		return protocol.SignedIn{}, ErrNotParley
	}
	return out, nil
}

// Targets asks where an interaction may be transferred to now.
func (c *Client) Targets(ctx context.Context, token string) (protocol.Targets, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var out protocol.Targets
	return out, c.call(ctx, http.MethodGet, protocol.PathTargets, token, nil, &out)
}

// Waiting asks what the agent may pull.
func (c *Client) Waiting(ctx context.Context, token string) (protocol.Waiting, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var out protocol.Waiting
	return out, c.call(ctx, http.MethodGet, protocol.PathWaiting, token, nil, &out)
}

// SignOut ends a sign-in at the hub.
func (c *Client) SignOut(ctx context.Context, token string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return c.call(ctx, http.MethodDelete, protocol.PathSession, token, nil, nil)
}

const (
	callTimeout = 15 * time.Second
	fileTimeout = 5 * time.Minute
)

// upload hands a file to the hub.
func (c *Client) upload(ctx context.Context, token, name, mime string, data []byte) (message.Attachment, error) {
	ctx, cancel := context.WithTimeout(ctx, fileTimeout)
	defer cancel()
	q := url.Values{"name": {name}}
	req, err := c.request(ctx, http.MethodPost, protocol.PathFiles+"?"+q.Encode(), token, data)
	if err != nil {
		return message.Attachment{}, err
	}
	if mime != "" {
		req.Header.Set("Content-Type", mime)
	}
	var out message.Attachment
	err = c.do(req, &out)
	if err == nil && out.ID == "" {
		err = ErrNotParley
	}
	return out, err
}

// download fetches a file of at most MaxFile bytes.
func (c *Client) download(ctx context.Context, token string, file id.Attachment) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fileTimeout)
	defer cancel()
	req, err := c.request(ctx, http.MethodGet, protocol.PathFiles+url.PathEscape(string(file)), token, nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, unreachable(c.base.Host, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, problem(resp)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, MaxFile+1))
	if err != nil {
		return nil, unreachable(c.base.Host, err)
	}
	if len(data) > MaxFile {
		return nil, ErrTooBig
	}
	return data, nil
}

func (c *Client) request(ctx context.Context, method, path, token string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("call the hub: %w", err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req, nil
}

func (c *Client) call(ctx context.Context, method, path, token string, body []byte, out any) error {
	req, err := c.request(ctx, method, path, token, body)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return c.do(req, out)
}

// maxAnswer bounds a JSON answer in bytes: a whole organisation.
const maxAnswer = 16 << 20

func (c *Client) do(req *http.Request, out any) error {
	resp, err := c.http.Do(req)
	if err != nil {
		return unreachable(c.base.Host, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode/100 != 2 {
		return problem(resp)
	}
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(out); err != nil {
		return ErrNotParley
	}
	return nil
}

// problem reads a hub's refusal. A token that is not accepted any more is
// ErrSignedOut too.
func problem(resp *http.Response) error {
	var said struct {
		protocol.Problem
		Faults    []protocol.Fault
		Revision  uint64
		Meanwhile []protocol.Meanwhile
	}
	err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&said)
	p := said.Problem
	switch {
	case err == nil && resp.StatusCode == http.StatusUnprocessableEntity && len(said.Faults) > 0:
		return protocol.Invalid{Problem: p, Faults: said.Faults}
	case err == nil && resp.StatusCode == http.StatusConflict && said.Meanwhile != nil:
		return protocol.Conflict{Problem: p, Revision: said.Revision, Meanwhile: said.Meanwhile}
	}
	if err != nil || p.Message == "" {
		p = protocol.Problem{
			Code: fmt.Sprintf("http_%d", resp.StatusCode), Retry: resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests,
			Message: fmt.Sprintf("the hub answered %s", strings.ToLower(http.StatusText(resp.StatusCode))),
		}
	}
	if resp.StatusCode == http.StatusUnauthorized && resp.Request.Header.Get("Authorization") != "" {
		return errors.Join(ErrSignedOut, p)
	}
	return p
}

// unreachable puts a failure of the network into words. The cause stays inside
// for the log; its text can hold no secret, as those travel in headers.
func unreachable(host string, err error) error {
	words := "cannot be reached"
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &dns):
		words = "has no such name on this network"
	case strings.Contains(err.Error(), "certificate"):
		words = "has a certificate that this machine does not trust"
	case errors.As(err, &timeout) && timeout.Timeout():
		words = "does not answer"
	case strings.Contains(err.Error(), "refused"):
		words = "is not running"
	}
	return &unreachableError{words: "the hub at " + host + " " + words, cause: err}
}

type unreachableError struct {
	words string
	cause error
}

func (e *unreachableError) Error() string { return e.words }
func (e *unreachableError) Unwrap() error { return e.cause }
