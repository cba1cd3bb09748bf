package app

import (
	"context"
	"io"

	"parley/backend/protocol"
)

// Native is the window's system side. Its methods are called from any
// goroutine, and Emit before the window has started too: then nobody hears it.
type Native interface {
	// Emit sends the window an event.
	Emit(name string, data any)
	// ChooseFiles lets the person choose files; none when they change their mind.
	ChooseFiles() ([]string, error)
	// ChooseTarget asks where to save a file; "" when they change their mind.
	ChooseTarget(name string) (string, error)
	OpenLink(url string)
	// Show brings the window to the front.
	Show()
	// Quit asks the window to close, as its own button does.
	Quit()
}

// Notifier shows notifications of the operating system.
type Notifier interface {
	Notify(title, body string) error
}

// Hubs is how the shell talks to a hub before a desk is open. Addresses may be
// as people type them; what is returned is complete. Errors are in words.
type Hubs interface {
	// About returns what answers at an address.
	About(ctx context.Context, address string) (string, protocol.About, error)
	SignIn(ctx context.Context, address string, who protocol.SignIn) (string, protocol.SignedIn, error)
	SignOut(ctx context.Context, address, token string) error
}

// Account is who a desk works as, at which hub.
type Account struct {
	Hub   string
	Token string
	Agent string
	Name  string
	// Dir is the cache's directory; "" keeps nothing on disk.
	Dir string
	Key []byte // of the cache, 32 bytes
}

// Desk is the agent's side of one session, without a window. Methods may be
// called concurrently; those that take a conversation return an error in words
// for the agent.
type Desk interface {
	HandlingDesk
	SupervisingDesk

	// Reconnect tries to reach the hub now, where the desk waits to.
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
	// Tabs are the open tabs with their drafts as they are now.
	Tabs() Tabs
	Transcript(conversation string, from, count int) (Page, error)
	AddFile(conversation, name, mime string, content []byte) error
	RemoveFile(conversation, attachment string)
	// File returns an attachment's content, from this machine or from the hub.
	File(ctx context.Context, conversation, attachment string) (File, error)
	// Close ends the connection and the cache and returns when both are.
	Close() error
	// Destroy closes, and removes what is kept on disk.
	Destroy() error
}

// File is an attachment with its content.
type File struct {
	Attachment
	Content io.ReadSeeker
}

// OpenDesk opens the desk of an account and returns before the hub has
// answered. Changed is called with what changed, in order; ended at most once,
// when the hub ended the session and signing in anew is the only way on.
type OpenDesk func(a Account, changed func(Push), ended func(reason string)) (Desk, error)
