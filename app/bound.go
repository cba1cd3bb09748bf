package app

// The areas below are bound to the window. Each method is one thing that a
// person can do; an error's text is written for that person.

// Window is the window's own area.
type Window struct{ Core Core }

// Subscribe returns everything as it is now. Later changes arrive as "push".
func (w *Window) Subscribe() Push { return w.Core.Subscribe() }

// Painted says what stands on the screen now: signin, empty (a desk without
// interactions) or roster. The page calls it for the first screen and whenever
// that changes.
func (w *Window) Painted(state string) { w.Core.Painted(state) }

// Focused says whether the window has the keyboard.
func (w *Window) Focused(focused bool) { w.Core.Focused(focused) }

// OpenLink opens an http, https or mailto address with the system's program for it.
func (w *Window) OpenLink(url string) error { return w.Core.OpenLink(url) }

// Leave answers Session.Closing: the demo hub that runs here is kept or ended
// ("keep", "end") and the window closes. Remembered, the same is done without
// asking from then on; Settings.OnQuit changes it.
func (w *Window) Leave(hub string, remember bool) error { return w.Core.Leave(hub, remember) }

// Stay answers Session.Closing: the window stays open.
func (w *Window) Stay() { w.Core.Stay() }

// Access is signing in and out.
type Access struct{ Core Core }

// Probe says whether a hub answers at an address.
func (a *Access) Probe(address string) Probe { return a.Core.Probe(address) }

// SignIn signs in to a hub and remembers it as Session.Keeping says.
func (a *Access) SignIn(address, user, password string) error {
	return a.Core.SignIn(address, user, password)
}

// TryDemo starts a hub of this desk's own with a demo organisation and signs in.
func (a *Access) TryDemo() error { return a.Core.TryDemo() }

// SignOut ends the session and removes token, key and cache.
func (a *Access) SignOut() error { return a.Core.SignOut() }

// Unlock opens the kept session with its passphrase.
func (a *Access) Unlock(passphrase string) error { return a.Core.Unlock(passphrase) }

// Keep sets how token and key are kept where there is no keychain: passphrase
// (then one must be given) or memory. Call it before SignIn.
func (a *Access) Keep(how, passphrase string) error { return a.Core.Keep(how, passphrase) }

// Reconnect tries to reach the hub now instead of at Link.RetryAtMs.
func (a *Access) Reconnect() { a.Core.Reconnect() }

// Agent is the agent's own state.
type Agent struct{ Core Core }

// SetPresence changes presence. "on_queue" also returns from not responding.
func (a *Agent) SetPresence(presence string) error { return a.Core.SetPresence(presence) }

// Interactions is everything done to a conversation.
type Interactions struct{ Core Core }

// Answer accepts an alert and opens its tab.
func (i *Interactions) Answer(conversation string) error { return i.Core.Answer(conversation) }

// Decline refuses an alert.
func (i *Interactions) Decline(conversation string) error { return i.Core.Decline(conversation) }

// End disconnects.
func (i *Interactions) End(conversation string) error { return i.Core.End(conversation) }

// WrapUp gives the wrap-up code and completes.
func (i *Interactions) WrapUp(conversation, code string) error {
	return i.Core.WrapUp(conversation, code)
}

// Send sends text with the tab's chosen files and clears the draft. It returns
// the message's ID; the message shows as pending at once.
func (i *Interactions) Send(conversation, text string) (string, error) {
	return i.Core.Send(conversation, text)
}

// Retry sends a message again that failed or whose delivery is unknown.
func (i *Interactions) Retry(conversation, message string) error {
	return i.Core.Retry(conversation, message)
}

// Confirm says that a message arrived whose delivery is unknown.
func (i *Interactions) Confirm(conversation, message string) error {
	return i.Core.Confirm(conversation, message)
}

// Edit takes a pending or failed message back into the tab: its files are chosen
// again, and its text is returned for the composer. One that the hub has taken
// on stays, and a copy is edited.
func (i *Interactions) Edit(conversation, message string) (string, error) {
	return i.Core.Edit(conversation, message)
}

// Withdraw removes a message that the hub has not taken on.
func (i *Interactions) Withdraw(conversation, message string) error {
	return i.Core.Withdraw(conversation, message)
}

// Typing says that the agent is typing. Call it on input; it is thinned here.
func (i *Interactions) Typing(conversation string) { i.Core.Typing(conversation) }

// MarkRead says that the first inbound inbound messages have been seen.
func (i *Interactions) MarkRead(conversation string, inbound int) {
	i.Core.MarkRead(conversation, inbound)
}

// Open opens a tab, or selects it where it is open.
func (i *Interactions) Open(conversation string) { i.Core.OpenTab(conversation) }

// Close closes a tab.
func (i *Interactions) Close(conversation string) { i.Core.CloseTab(conversation) }

// SaveDraft keeps what stands in the composer.
func (i *Interactions) SaveDraft(conversation, text string) { i.Core.SaveDraft(conversation, text) }

// Transcript returns count items from index from; from -1 means the last count.
func (i *Interactions) Transcript(conversation string, from, count int) (Page, error) {
	return i.Core.Transcript(conversation, from, count)
}

// ChooseFiles lets the agent choose files and adds them to the tab.
func (i *Interactions) ChooseFiles(conversation string) error {
	return i.Core.ChooseFiles(conversation)
}

// AddFile adds a file that was dropped or pasted into the window. Content is
// base64, at most 10 MB decoded.
func (i *Interactions) AddFile(conversation, name, mime, content string) error {
	return i.Core.AddFile(conversation, name, mime, content)
}

// RemoveFile takes a chosen file off the tab.
func (i *Interactions) RemoveFile(conversation, attachment string) {
	i.Core.RemoveFile(conversation, attachment)
}

// SaveFile asks where to and saves an attachment there.
func (i *Interactions) SaveFile(conversation, attachment string) error {
	return i.Core.SaveFile(conversation, attachment)
}

// Preferences is this desk's settings.
type Preferences struct{ Core Core }

// Set keeps settings; Tones is ignored.
func (p *Preferences) Set(s Settings) error { return p.Core.SetSettings(s) }

// TestSound plays a tone now, even where sound is off. It fails in words where
// there is no sound device.
func (p *Preferences) TestSound(tone string, volume int) error {
	return p.Core.TestSound(tone, volume)
}

// Probe is what answered at an address.
type Probe struct {
	OK      bool   `json:"ok"`
	Name    string `json:"name"`
	Demo    bool   `json:"demo"`
	Address string `json:"address"` // completed, for example with https://
	Reason  string `json:"reason"`  // why not OK
}

// Core is what the areas need behind them.
type Core interface {
	HandlingCore
	SupervisingCore

	Subscribe() Push
	Painted(state string)
	Focused(focused bool)
	OpenLink(url string) error
	Leave(hub string, remember bool) error
	Stay()

	Probe(address string) Probe
	SignIn(address, user, password string) error
	TryDemo() error
	SignOut() error
	Unlock(passphrase string) error
	Keep(how, passphrase string) error
	Reconnect()

	SetPresence(presence string) error

	Answer(conversation string) error
	Decline(conversation string) error
	End(conversation string) error
	WrapUp(conversation, code string) error
	Send(conversation, text string) (string, error)
	Retry(conversation, message string) error
	Confirm(conversation, message string) error
	Edit(conversation, message string) (string, error)
	Withdraw(conversation, message string) error
	Typing(conversation string)
	MarkRead(conversation string, inbound int)
	OpenTab(conversation string)
	CloseTab(conversation string)
	SaveDraft(conversation, text string)
	Transcript(conversation string, from, count int) (Page, error)
	ChooseFiles(conversation string) error
	AddFile(conversation, name, mime, content string) error
	RemoveFile(conversation, attachment string)
	SaveFile(conversation, attachment string) error

	SetSettings(s Settings) error
	TestSound(tone string, volume int) error
}
