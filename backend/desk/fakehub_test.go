package desk_test

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

// fakeHub speaks the desk protocol over real loopback sockets, decides with the
// real cores and keeps its log in memory. It serves one agent, "ann".
type fakeHub struct {
	t   testing.TB
	srv *httptest.Server

	mu      sync.Mutex
	epoch   string
	pos     uint64
	streams map[eventlog.Stream][]eventlog.Stored
	states  map[id.Conversation]*conversation.State
	ann     agent.State
	done    map[id.Command]protocol.Ack
	bodies  map[id.Conversation]map[id.Message]message.Body
	files   map[id.Attachment][]byte
	conns   map[*hubConn]struct{}
	hellos  []protocol.Hello
	forgot  []eventlog.Stream
	tried   []protocol.Command // every command frame that came

	// What goes wrong, when set.
	refuse    func(protocol.Command) *protocol.Problem
	dropAcks  bool                    // take commands on and cut the connection
	spoil     func(*protocol.Commits) // changes what is sent
	noUpload  *protocol.Problem       // answer of the next upload
	noSocket  int                     // status instead of an upgrade
	bye       *protocol.Problem       // after Welcome
	ackFirst  bool                    // Ack before the commit
	onCommand func(protocol.Command)
}

type hubConn struct {
	ws *websocket.Conn
	mu sync.Mutex
}

func (c *hubConn) send(f protocol.ToDesk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.ws.WriteJSON(f) // a broken socket is noticed by its reader
}

const password = "correct horse"

func newHub(t testing.TB) *fakeHub {
	h := &fakeHub{
		t: t, epoch: "one", streams: map[eventlog.Stream][]eventlog.Stored{}, states: map[id.Conversation]*conversation.State{},
		done: map[id.Command]protocol.Ack{}, bodies: map[id.Conversation]map[id.Message]message.Body{},
		files: map[id.Attachment][]byte{}, conns: map[*hubConn]struct{}{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+protocol.PathAbout, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, protocol.About{Product: "parley", Name: "Shop", Version: protocol.Version})
	})
	mux.HandleFunc("POST "+protocol.PathSession, func(w http.ResponseWriter, r *http.Request) {
		var in protocol.SignIn
		if json.NewDecoder(r.Body).Decode(&in) != nil || in.Password != password {
			answer(w, 401, protocol.Problem{Code: "wrong_password", Message: "user or password is wrong"})
			return
		}
		answer(w, 200, protocol.SignedIn{Token: "token", Agent: "ann", Name: "Ann", Role: "agent"})
	})
	mux.HandleFunc("POST "+protocol.PathFiles, h.upload)
	mux.HandleFunc("GET "+protocol.PathFiles+"{id}", func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		data, ok := h.files[id.Attachment(r.PathValue("id"))]
		h.mu.Unlock()
		if !ok {
			answer(w, 404, protocol.Problem{Code: "not_found", Message: "no such file"})
			return
		}
		_, _ = w.Write(data)
	})
	mux.HandleFunc("GET "+protocol.PathSocket, h.socket)
	h.srv = httptest.NewServer(mux)
	t.Cleanup(h.stop)
	return h
}

func (h *fakeHub) stop() {
	h.cut()
	h.srv.CloseClientConnections()
	h.srv.Close()
}

// cut breaks every socket without a word.
func (h *fakeHub) cut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.conns {
		_ = c.ws.NetConn().Close()
	}
}

// set changes how the hub behaves.
func (h *fakeHub) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

func answer(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (h *fakeHub) upload(w http.ResponseWriter, r *http.Request) {
	data, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.noUpload; p != nil {
		h.noUpload = nil
		answer(w, 503, *p)
		return
	}
	a := message.Attachment{ID: id.Attachment(id.New()), Name: r.URL.Query().Get("name"), MIME: r.Header.Get("Content-Type"), Size: int64(len(data))}
	h.files[a.ID] = data
	answer(w, 200, a)
}

var settings = conversation.Settings{AlertTimeout: time.Minute, WrapUp: true, Codes: []string{"solved"}}

func (h *fakeHub) org() protocol.Org {
	return protocol.Org{
		Name: "Shop", Agents: []protocol.Person{{Agent: "ann", Name: "Ann"}},
		Queues: []protocol.Queue{{ID: "help", Name: "Help", AlertTimeoutMs: 60_000, WrapUp: true,
			Codes: []protocol.WrapUpCode{{ID: "solved", Name: "Solved"}}}},
		Profiles: []channel.Profile{{Kind: channel.Web, Capabilities: channel.Capabilities{Label: "Web", MaxTextChars: 100}}},
		Capacity: map[channel.Kind]int{channel.Web: 3},
	}
}

func (h *fakeHub) socket(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	status, epoch, bye := h.noSocket, h.epoch, h.bye
	h.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer token" {
		status = 401
	}
	if status != 0 {
		answer(w, status, protocol.Problem{Code: "no", Message: "this sign-in has ended", Retry: status != 401})
		return
	}
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &hubConn{ws: ws}
	defer func() {
		h.mu.Lock()
		delete(h.conns, c)
		h.mu.Unlock()
		_ = ws.Close()
	}()
	c.send(protocol.ToDesk{Welcome: &protocol.Welcome{Version: protocol.Version, Epoch: epoch, Agent: "ann", NowMs: time.Now().UnixMilli(), Org: h.org(), KeepDays: 30}})
	if bye != nil {
		c.send(protocol.ToDesk{Bye: bye})
		return
	}
	for {
		var f protocol.ToHub
		if err := ws.ReadJSON(&f); err != nil {
			return
		}
		switch {
		case f.Hello != nil:
			h.sync(c, *f.Hello)
		case f.Command != nil:
			if !h.command(c, *f.Command) {
				return
			}
		}
	}
}

// sync sends what the desk lacks.
func (h *fakeHub) sync(c *hubConn, hello protocol.Hello) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hellos = append(h.hellos, hello)
	have := map[eventlog.Stream]protocol.Held{}
	if hello.Epoch == h.epoch {
		for _, s := range hello.Have {
			have[s.Stream] = s
		}
	}
	if len(h.forgot) > 0 {
		c.send(protocol.ToDesk{Forget: &protocol.Forget{Streams: h.forgot}})
	}
	for s, commits := range h.streams {
		held := have[s]
		reset := held.Rev == 0
		if held.Rev > uint64(len(commits)) || (held.Rev > 0 && hex.EncodeToString(commits[held.Rev-1].Hash[:]) != held.Hash) {
			held, reset = protocol.Held{}, true
		}
		if rest := commits[held.Rev:]; len(rest) > 0 {
			h.push(c, s, rest, reset)
		}
	}
	c.send(protocol.ToDesk{Complete: &protocol.Complete{Pos: h.pos, AtMs: time.Now().UnixMilli()}})
	h.conns[c] = struct{}{}
}

// push sends commits of one stream to one desk. h.mu is held.
func (h *fakeHub) push(c *hubConn, s eventlog.Stream, commits []eventlog.Stored, reset bool) {
	f := protocol.Commits{Stream: s, Reset: reset, Bodies: map[id.Message]message.Body{}}
	for _, cm := range commits {
		f.Commits = append(f.Commits, cm.Encode())
		f.Pos, f.Hash = cm.Pos, cm.Hash.String()
	}
	if s.Kind == eventlog.Conversation {
		f.Bodies = h.bodies[id.Conversation(s.ID)]
		f.Contact = &protocol.Contact{ID: "contact", Name: "Rosa", Handle: "Guest 1", Attributes: map[string]string{"page": "/roses"}}
	}
	if h.spoil != nil {
		h.spoil(&f)
	}
	c.send(protocol.ToDesk{Commits: &f})
}

// append commits events and tells every desk. h.mu is held.
func (h *fakeHub) append(s eventlog.Stream, cmd id.Command, events []eventlog.Event) eventlog.Stored {
	var head eventlog.Head
	if old := h.streams[s]; len(old) > 0 {
		head = eventlog.Head{Rev: old[len(old)-1].Rev, Hash: old[len(old)-1].Hash}
	}
	h.pos++
	c := eventlog.Commit{Stream: s, Rev: head.Rev + 1, PrevHash: head.Hash, ID: cmd, At: time.Now().UTC().Truncate(time.Millisecond), Actor: "hub", Events: events}
	st := eventlog.Stored{Commit: c, Hash: eventlog.HashOf(c.Encode()), Position: eventlog.Position{Pos: h.pos}}
	h.streams[s] = append(h.streams[s], st)
	return st
}

func (h *fakeHub) tell(s eventlog.Stream, st eventlog.Stored) {
	for c := range h.conns {
		h.push(c, s, []eventlog.Stored{st}, false)
		c.send(protocol.ToDesk{Complete: &protocol.Complete{Pos: h.pos, AtMs: time.Now().UnixMilli()}})
	}
}

func convStream(c id.Conversation) eventlog.Stream {
	return eventlog.Stream{Kind: eventlog.Conversation, ID: string(c)}
}

// do decides a command on a conversation, commits and tells. h.mu is held.
func (h *fakeHub) do(c id.Conversation, cmd id.Command, what conversation.Command, tell bool) (eventlog.Stored, error) {
	st := h.states[c]
	if st == nil {
		st = &conversation.State{}
		h.states[c] = st
	}
	events, err := conversation.Decide(st, what, conversation.Env{Now: time.Now().UTC().Truncate(time.Millisecond), Settings: settings})
	if err != nil {
		return eventlog.Stored{}, err
	}
	encoded, err := conversation.Encode(events)
	if err != nil {
		return eventlog.Stored{}, err
	}
	stored := h.append(convStream(c), cmd, encoded)
	if err := st.Apply(stored); err != nil {
		return stored, err
	}
	if tell {
		h.tell(convStream(c), stored)
	}
	return stored, nil
}

// says lets the contact write, and alert starts an alert for ann.
func (h *fakeHub) says(c id.Conversation, text string) id.Message {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	m := id.Message(id.New())
	if h.bodies[c] == nil {
		h.bodies[c] = map[id.Message]message.Body{}
	}
	h.bodies[c][m] = message.Body{Text: text}
	first := &conversation.Start{Channel: channel.Web, Account: "shop", Contact: "contact", Guest: "guest", Queue: "help"}
	h.must(c, conversation.Receive{First: first, Message: m, Body: message.Ref{Length: len(text)}}, h.states[c] != nil && h.states[c].Leg != nil)
	return m
}

func (h *fakeHub) alert(c id.Conversation) {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.must(c, conversation.Offer{Communication: id.Communication("leg-" + string(c)), Agent: "ann", Why: "longest idle"}, false)
	for conn := range h.conns {
		h.push(conn, convStream(c), h.streams[convStream(c)], true)
		conn.send(protocol.ToDesk{Complete: &protocol.Complete{Pos: h.pos, AtMs: time.Now().UnixMilli()}})
	}
}

func (h *fakeHub) must(c id.Conversation, what conversation.Command, tell bool) {
	h.t.Helper()
	if _, err := h.do(c, id.Command(id.New()), what, tell); err != nil {
		h.t.Fatal(err)
	}
}

// command does what a desk asks. It returns false to cut the connection.
func (h *fakeHub) command(c *hubConn, cmd protocol.Command) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tried = append(h.tried, cmd)
	if h.onCommand != nil {
		h.onCommand(cmd)
	}
	if h.refuse != nil {
		if p := h.refuse(cmd); p != nil {
			c.send(protocol.ToDesk{Nack: &protocol.Nack{ID: cmd.ID, Problem: *p}})
			return true
		}
	}
	ack, again := h.done[cmd.ID]
	if !again {
		s, stored, err := h.decide(cmd)
		if err != nil {
			c.send(protocol.ToDesk{Nack: &protocol.Nack{ID: cmd.ID, Problem: protocol.Problem{Code: "refused", Message: err.Error()}}})
			return true
		}
		ack = protocol.Ack{ID: cmd.ID, Stream: s, Rev: stored.Rev}
		h.done[cmd.ID] = ack
		if h.dropAcks {
			return false
		}
		if h.ackFirst {
			c.send(protocol.ToDesk{Ack: &ack})
		}
		h.tell(s, stored)
		if h.ackFirst {
			return true
		}
	}
	ack.Again = again
	c.send(protocol.ToDesk{Ack: &ack})
	return true
}

func (h *fakeHub) decide(cmd protocol.Command) (eventlog.Stream, eventlog.Stored, error) {
	var c id.Conversation
	var what conversation.Command
	switch {
	case cmd.Presence != nil:
		s := eventlog.Stream{Kind: eventlog.Agent, ID: "ann"}
		events, err := agent.Decide(&h.ann, agent.SetPresence{Presence: agent.Presence(cmd.Presence.Presence)}, agent.Env{})
		if err != nil {
			return s, eventlog.Stored{}, err
		}
		encoded, err := agent.Encode(events)
		if err != nil {
			return s, eventlog.Stored{}, err
		}
		st := h.append(s, cmd.ID, encoded)
		return s, st, h.ann.Apply(st)
	case cmd.Accept != nil:
		c, what = cmd.Accept.Conversation, conversation.Accept{Agent: "ann", Communication: cmd.Accept.Communication}
	case cmd.Decline != nil:
		c, what = cmd.Decline.Conversation, conversation.Decline{Agent: "ann", Communication: cmd.Decline.Communication}
	case cmd.Disconnect != nil:
		c, what = cmd.Disconnect.Conversation, conversation.Disconnect{Agent: "ann", Communication: cmd.Disconnect.Communication}
	case cmd.WrapUp != nil:
		c, what = cmd.WrapUp.Conversation, conversation.WrapUp{Agent: "ann", Communication: cmd.WrapUp.Communication, Code: cmd.WrapUp.Code}
	case cmd.MarkRead != nil:
		c, what = cmd.MarkRead.Conversation, conversation.MarkRead{Agent: "ann", Inbound: cmd.MarkRead.Inbound}
	case cmd.Confirm != nil:
		c, what = cmd.Confirm.Conversation, conversation.Confirm{Agent: "ann", Message: cmd.Confirm.Message}
	case cmd.Send != nil:
		c = cmd.Send.Conversation
		ref := message.Ref{Length: len(cmd.Send.Body.Text)}
		for _, a := range cmd.Send.Body.Attachments {
			ref.Files = append(ref.Files, message.File{ID: a.ID, Size: a.Size})
		}
		h.bodies[c][cmd.Send.Message] = cmd.Send.Body
		what = conversation.Send{Agent: "ann", Message: cmd.Send.Message, Body: ref, Chars: len(cmd.Send.Body.Text)}
	}
	st, err := h.do(c, cmd.ID, what, false)
	return convStream(c), st, err
}

// texts lists what a conversation holds in the hub's log, as the contact would
// see it: "in: …" and "out: …".
func (h *fakeHub) texts(c id.Conversation) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, s := range h.streams[convStream(c)] {
		for _, e := range s.Events {
			switch e := conversation.Decode(e).(type) {
			case conversation.MessageReceived:
				out = append(out, "in: "+h.bodies[c][e.Message].Text)
			case conversation.MessageSent:
				b := h.bodies[c][e.Message]
				out = append(out, strings.TrimSpace("out: "+b.Text+" "+files(b)))
			}
		}
	}
	return out
}

func files(b message.Body) string {
	if len(b.Attachments) == 0 {
		return ""
	}
	return "+" + strconv.Itoa(len(b.Attachments)) + " files"
}
