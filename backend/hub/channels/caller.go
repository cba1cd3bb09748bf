package channels

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"sync/atomic"
	"syscall"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/oauth1"
	"parley/backend/id"
)

const (
	callTimeout  = 10 * time.Second // of a call and its answer; integrations are promised this
	fetchTimeout = 2 * time.Minute  // of a file
	maxAnswer    = 2 << 20          // bytes of an answer
	maxRedirects = 5
)

// caller makes the calls to platforms.
type caller struct {
	demo   bool
	client *http.Client
}

type privateKey struct{} // of a context: networks beyond public ones

var errPrivate = errors.New("the address is not public; list it in privateAddresses if it is meant")

func newCaller(demo bool) *caller {
	c := &caller{demo: demo}
	dialer := &net.Dialer{Timeout: 5 * time.Second, ControlContext: c.control}
	c.client = &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: callTimeout,
			MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: redirect,
	}
	return c
}

// redirect follows where a file has moved to, without what signs the call. A
// call that does something is not followed: its answer is the redirect.
func redirect(r *http.Request, via []*http.Request) error {
	if via[0].Method != http.MethodGet || len(via) > maxRedirects {
		return http.ErrUseLastResponse
	}
	r.Header.Del("Authorization")
	return nil
}

// control refuses addresses that are not public as they are dialled: after
// names were resolved, and at each redirect.
func (c *caller) control(ctx context.Context, _, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return err
	}
	ip = ip.Unmap().WithZone("")
	if public(ip) || (c.demo && ip.IsLoopback()) {
		return nil
	}
	allowed, _ := ctx.Value(privateKey{}).([]netip.Prefix)
	for _, p := range allowed {
		if p.Contains(ip) {
			return nil
		}
	}
	return errPrivate
}

// shared are networks that are neither public nor private by name: of carriers,
// for benchmarks, for translation from IPv4, and those that are reserved.
var shared = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("2001::/32"), netip.MustParsePrefix("fec0::/10"),
}

func public(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range shared {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// sink takes the file that a Download brings.
type sink func(ctx context.Context, body io.Reader, mime string) (*channel.Download, error)

// call makes one call and tells what came of it. files opens attachments of the
// message for uploads.
func (h *Hub) call(ctx context.Context, a *account, c channel.Call, take sink) channel.Exchange {
	limit := callTimeout
	if c.Download || c.Upload != nil {
		limit = fetchTimeout
	}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, privateKey{}, a.endpoint.private), limit)
	defer cancel()
	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }})
	failed := func(err error) channel.Exchange {
		return channel.Exchange{Err: reasonOf(err), Unsent: !wrote.Load(), At: h.now()}
	}
	r, err := h.request(ctx, a, c)
	if err != nil {
		h.log.Error("a call to a platform cannot be made", "channel", a.Kind, "account", a.ID, "error", err)
		return failed(err)
	}
	resp, err := h.caller.client.Do(r)
	if err != nil {
		return failed(err)
	}
	defer func() { _ = resp.Body.Close() }()
	out := channel.Exchange{Status: resp.StatusCode, Header: keptHeader(resp.Header)}
	if c.Download && resp.StatusCode/100 == 2 && take != nil {
		out.File, err = take(ctx, resp.Body, resp.Header.Get("Content-Type"))
	} else {
		out.Body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	}
	if out.At = h.now(); err != nil {
		out.Status, out.Err = 0, reasonOf(err)
	}
	return out
}

// keptHeader is what connectors may ask for; cookies and the like are not kept.
func keptHeader(h http.Header) http.Header {
	out := http.Header{}
	for name, values := range h {
		if name != "Set-Cookie" && name != "Www-Authenticate" {
			out[name] = values
		}
	}
	return out
}

// reasonOf says what went wrong without addresses, which may be secrets.
func reasonOf(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var n net.Error
	switch {
	case errors.Is(err, errPrivate):
		return errPrivate.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &n) && n.Timeout():
		return "no answer in time"
	case errors.Is(err, context.Canceled):
		return "the hub is ending"
	}
	return err.Error()
}

// request makes the HTTP request of a call, signed.
func (h *Hub) request(ctx context.Context, a *account, c channel.Call) (*http.Request, error) {
	body := c.Body
	kind := ""
	if c.Upload != nil {
		var err error
		if body, kind, err = h.form(*c.Upload); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, c.Method, c.URL, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the address is none") // the error repeats it
	}
	if r.URL.Scheme != "https" && r.URL.Scheme != "http" {
		return nil, fmt.Errorf("an address with %q is not called", r.URL.Scheme)
	}
	for name, values := range c.Header {
		r.Header[name] = values
	}
	r.Header.Set("User-Agent", "Parley")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if err := h.authorize(r, a, c, body); err != nil {
		return nil, err
	}
	return r, nil
}

// authorize signs a request with the account's secrets as they are now.
func (h *Hub) authorize(r *http.Request, a *account, c channel.Call, body []byte) error {
	secrets := make([]string, len(c.Auth.Secrets))
	for i, name := range c.Auth.Secrets {
		v, err := a.secret(name)
		if err != nil {
			return err
		}
		secrets[i] = v
	}
	want := map[channel.Scheme]int{channel.NoAuth: 0, channel.Bearer: 1, channel.Basic: 2, channel.OAuth1: 4, channel.HubSignature: 1, channel.HubSignatureHex: 1}
	if n, known := want[c.Auth.Scheme]; !known || n != len(secrets) {
		return fmt.Errorf("the scheme %q with %d secrets is not known", c.Auth.Scheme, len(secrets))
	}
	switch c.Auth.Scheme {
	case channel.NoAuth:
	case channel.Bearer:
		r.Header.Set("Authorization", "Bearer "+secrets[0])
	case channel.Basic:
		r.SetBasicAuth(secrets[0], secrets[1])
	case channel.OAuth1:
		var form url.Values
		if t, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); t == "application/x-www-form-urlencoded" {
			var err error
			if form, err = url.ParseQuery(string(body)); err != nil {
				return fmt.Errorf("sign a form: %w", err)
			}
		}
		keys := oauth1.Keys{Consumer: secrets[0], ConsumerSecret: secrets[1], Token: secrets[2], TokenSecret: secrets[3]}
		header, err := oauth1.Authorize(keys, r.Method, c.URL, form, rand.Text(), h.o.Now())
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", header)
	case channel.HubSignature, channel.HubSignatureHex:
		m := hmac.New(sha256.New, []byte(secrets[0]))
		m.Write(body)
		sum := base64.StdEncoding.EncodeToString(m.Sum(nil))
		if c.Auth.Scheme == channel.HubSignatureHex {
			sum = hex.EncodeToString(m.Sum(nil))
		}
		r.Header.Set("X-Hub-Signature-256", "sha256="+sum)
	}
	return nil
}

// maxUpload bounds one part of a file that is uploaded, in bytes.
const maxUpload = 32 << 20

// form makes the body of an upload.
func (h *Hub) form(u channel.Upload) ([]byte, string, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range u.Fields {
		if err := w.WriteField(f.Name, f.Value); err != nil {
			return nil, "", err
		}
	}
	part, err := w.CreateFormFile(u.Name, "file")
	if err != nil {
		return nil, "", err
	}
	if err := h.copyPart(part, u.Attachment, u.Offset, u.Length); err != nil {
		return nil, "", fmt.Errorf("read a file to upload: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return b.Bytes(), w.FormDataContentType(), nil
}

func (h *Hub) copyPart(w io.Writer, a id.Attachment, offset, length int64) error {
	f, err := h.o.Files.Open(a)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return err
	}
	if length <= 0 || length > maxUpload {
		length = maxUpload
	}
	_, err = io.CopyN(w, f, length)
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
