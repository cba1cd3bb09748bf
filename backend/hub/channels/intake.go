package channels

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/open"
	"parley/backend/id"
)

const (
	maxBody    = 4 << 20          // bytes of a webhook; WhatsApp's may have 3 MB
	takeWithin = 20 * time.Second // for all events of a webhook
	// atOnce is how many contacts of one webhook are served at a time. The log
	// syncs those together that come together.
	atOnce = 32
)

// webhook serves an endpoint's address.
func (h *Hub) webhook(w http.ResponseWriter, r *http.Request) {
	e := h.find(channel.Kind(r.PathValue("kind")), r.PathValue("endpoint"))
	if e == nil {
		http.Error(w, "no such endpoint", http.StatusNotFound)
		return
	}
	req, ok := h.readBody(w, r, e.config.Kind)
	if !ok {
		return
	}
	defer func() { <-h.bodies }()
	reply, err := e.connector.Verify(h.asked(e), req, h.now())
	h.answer(w, r, e, req, reply, err)
}

func (h *Hub) asked(e *endpoint) channel.Endpoint {
	return channel.Endpoint{Account: channel.Account{Kind: e.config.Kind}, URL: e.signedURL(), Secrets: h.endpointSecrets(e)}
}

// openCall serves the addresses of open messaging, which all endpoints share:
// the first one that knows the caller answers.
func (h *Hub) openCall(w http.ResponseWriter, r *http.Request) {
	req, ok := h.readBody(w, r, channel.Open)
	if !ok {
		return
	}
	defer func() { <-h.bodies }()
	var (
		at    *endpoint
		reply = channel.Reply{Status: http.StatusNotFound}
		err   = channel.ErrMalformed
	)
	for _, e := range h.endpoints {
		if e.config.Kind != channel.Open {
			continue
		}
		at = e
		reply, err = e.connector.Verify(h.asked(e), req, h.now())
		if err == nil && !reply.Final && !h.integrationOf(e, req) {
			reply, err = channel.Reply{Status: http.StatusNotFound}, channel.ErrForbidden
		}
		if !errors.Is(err, channel.ErrForbidden) {
			break
		}
	}
	h.answer(w, r, at, req, reply, err)
}

// integrationOf tells whether a call is about one of the endpoint's accounts.
func (h *Hub) integrationOf(e *endpoint, r channel.Request) bool {
	b, err := e.connector.Parse(e.accounts, r)
	if err != nil {
		return true // what is wrong is told later
	}
	for _, ev := range b.Events {
		if a, _ := about(ev); a != "" {
			_, known := e.accounts[a]
			return known
		}
	}
	return true
}

// readBody reads a request up to the limit, and then takes a place among those
// that are served at once: who sends slowly holds nobody up.
func (h *Hub) readBody(w http.ResponseWriter, r *http.Request, k channel.Kind) (channel.Request, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		h.log.Warn("a webhook was refused", "channel", k, "status", http.StatusRequestEntityTooLarge, "error", "too large")
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return channel.Request{}, false
	case err != nil:
		h.log.Warn("a webhook did not arrive whole", "channel", k, "error", reasonOf(err))
		http.Error(w, "the body did not arrive whole", http.StatusBadRequest)
		return channel.Request{}, false
	}
	select {
	case h.bodies <- struct{}{}:
		return channel.Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header, Body: body}, true
	case <-r.Context().Done():
	case <-h.ctx.Done():
		http.Error(w, "the hub is ending; try again", http.StatusServiceUnavailable)
	}
	return channel.Request{}, false
}

// answer takes a verified request on and answers it; any other is answered with
// what is wrong.
func (h *Hub) answer(w http.ResponseWriter, r *http.Request, e *endpoint, req channel.Request, reply channel.Reply, err error) {
	switch {
	case err != nil:
		if reply.Status < 400 {
			reply.Status = http.StatusBadRequest
			if errors.Is(err, channel.ErrForbidden) {
				reply.Status = http.StatusForbidden
			}
		}
		kind := channel.Open
		if e != nil {
			kind = e.config.Kind
		}
		h.log.Warn("a webhook was refused", "channel", kind, "status", reply.Status, "error", err)
	case !reply.Final:
		if reply, err = h.takeOn(r.Context(), e, req, reply); err != nil {
			h.log.Error("a webhook was not taken on; the platform will send it again", "channel", e.config.Kind, "endpoint", e.config.Endpoint, "error", err)
			w.Header().Set("Retry-After", "5")
			http.Error(w, "not taken on; send it again", http.StatusServiceUnavailable)
			return
		}
	}
	for name, values := range reply.Header {
		w.Header()[name] = values
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(reply.Status)
	_, _ = io.Copy(w, bytes.NewReader(reply.Body)) // who has gone sends it again
}

// takeOn puts everything that a request tells into the log.
func (h *Hub) takeOn(ctx context.Context, e *endpoint, req channel.Request, reply channel.Reply) (channel.Reply, error) {
	// The platform may hang up: what it sent is taken on all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeWithin)
	defer cancel()
	batch, err := e.connector.Parse(e.accounts, req)
	if err != nil {
		h.log.Warn("a webhook cannot be read", "channel", e.config.Kind, "endpoint", e.config.Endpoint, "error", err)
		h.skip(e.config.Kind, "unreadable", "not of the channel's format")
		return reply, nil
	}
	for _, s := range batch.Skipped {
		h.skip(e.config.Kind, s.Kind, s.Reason)
	}
	conv, err := h.takeAll(ctx, e, batch.Events)
	if err != nil {
		return reply, err
	}
	if e.config.Kind == channel.Open && open.Prefetch(req) && conv != "" {
		reply = open.WithConversation(reply, string(conv))
	}
	return reply, nil
}

// takeAll takes events on: those of one contact in their order, contacts beside
// each other. It returns the conversation of the last one.
func (h *Hub) takeAll(ctx context.Context, e *endpoint, events []channel.Event) (id.Conversation, error) {
	type group struct{ events []channel.Event }
	var order []*group
	of := map[[2]string]*group{}
	for _, ev := range events {
		account, from := about(ev)
		if _, known := e.accounts[account]; !known && account != "" {
			h.skip(e.config.Kind, "unknown_account", "an account that is not configured")
			continue
		}
		key := [2]string{account, from}
		if of[key] == nil {
			of[key] = &group{}
			order = append(order, of[key])
		}
		of[key].events = append(of[key].events, ev)
	}
	var (
		mu   sync.Mutex
		last id.Conversation
		errs []error
		work sync.WaitGroup
		slot = make(chan struct{}, atOnce)
	)
	for _, g := range order {
		slot <- struct{}{}
		work.Go(func() {
			defer func() { <-slot }()
			for _, ev := range g.events {
				conv, err := h.take(ctx, e, ev)
				mu.Lock()
				if last = conv; err != nil {
					errs = append(errs, err)
				}
				mu.Unlock()
				if err != nil {
					return // what comes after must not come before
				}
			}
		})
	}
	work.Wait()
	return last, errors.Join(errs...)
}

// about names the account and the contact of an event; "" where it has none.
func about(ev channel.Event) (account, from string) {
	switch ev := ev.(type) {
	case channel.MessageReceived:
		return ev.Account, ev.From
	case channel.MessageEdited:
		return ev.Account, ev.From
	case channel.MessageUnsent:
		return ev.Account, ev.From
	case channel.Reacted:
		return ev.Account, ev.From
	case channel.TypingReceived:
		return ev.Account, ev.From
	case channel.Joined:
		return ev.Account, ev.From
	case channel.ConversationCleared:
		return ev.Account, ev.From
	case channel.DeliveryReported:
		return ev.Account, ev.From
	case channel.Echoed:
		return ev.Account, ev.To
	case channel.ContactDescribed:
		return ev.Account, ev.From
	case channel.ConsentChanged:
		return ev.Account, ev.From
	case channel.TemplatesChanged:
		return "", ""
	case channel.AccountTroubled:
		return ev.Account, ""
	}
	return "", ""
}
