package channel

import (
	"log/slog"
	"time"

	"parley/backend/id"
	"parley/backend/message"
)

// Event is one thing that happened on a channel. Account is where it happened,
// From the contact's ID there, PlatformID the platform's ID of a message, and At
// or SentAt the platform's time; each is zero if the platform does not tell.
//
// Platforms repeat requests: a message is known again by Account and PlatformID,
// anything else by all of its fields.
//
//sumtype:decl
type Event interface{ channelEvent() }

// MessageReceived is an inbound message, the tap on a button included.
type MessageReceived struct {
	Account    string
	From       string // the contact's ID on the channel
	PlatformID string // the platform's message ID, or the client's tracing ID; "" if it has none
	Body       message.Body
	// Media are files still at the platform, in their order. The hub does
	// FetchMedia for each and adds what comes to Body.Attachments.
	Media []Media `json:",omitempty"`
	// ReplyTo is the platform's ID of the message that this one answers.
	ReplyTo string `json:",omitempty"`
	// EphemeralURL is where the desk loads Body.Ephemeral from. It stays in the
	// hub's memory: never in a log, a store, a transcript or a proxy.
	EphemeralURL string    `json:"-"`
	SentAt       time.Time // zero if the channel does not tell
	Attributes   map[string]string
}

// MessageEdited says that the contact changed a message of theirs. Body replaces
// its text; attachments stay.
type MessageEdited struct {
	Account, From, PlatformID string
	Body                      message.Body
	At                        time.Time
}

// MessageUnsent says that the contact took a message back: what it held is
// deleted, also when it comes before the message itself.
type MessageUnsent struct {
	Account, From, PlatformID string
	At                        time.Time
}

// Reacted says that the contact put Emoji on a message, theirs or ours, in place
// of an earlier one; "" takes it away.
type Reacted struct {
	Account, From, PlatformID string
	Emoji                     string
	At                        time.Time
}

// TypingReceived says that the contact is typing.
type TypingReceived struct{ Account, From string }

// Joined says that the contact opened the conversation without a word.
type Joined struct {
	Account, From string
	Attributes    map[string]string
	At            time.Time `json:",omitzero"`
}

// ConversationCleared says that the contact cleared the conversation.
type ConversationCleared struct{ Account, From string }

// DeliveryReported is a status of messages that Parley sent: of the one that
// Message or PlatformID names, or of all that were sent to From up to Until.
type DeliveryReported struct {
	Account string
	From    string `json:",omitempty"` // whom the messages went to
	// PlatformID is one part's ID: a message counts as delivered when all of its
	// Receipt.PlatformIDs do.
	PlatformID string
	// Message is Parley's own ID, where the platform repeats what it was given.
	Message id.Message `json:",omitempty"`
	// Until, with PlatformID "", is a watermark: it covers everything sent to From
	// at or before this time.
	Until time.Time `json:",omitzero"`
	// Earlier says that PlatformID covers everything sent to From before it, too.
	Earlier bool `json:",omitempty"`
	State   message.Delivery
	Reason  string    // words for the agent
	Code    string    `json:",omitempty"` // the platform's, for the log
	Rule    string    `json:",omitempty"` // as in Receipt
	Trouble string    `json:",omitempty"` // as in Receipt
	At      time.Time `json:",omitzero"`
}

// Echoed is a message of the company as the platform saw it: one that Parley
// sent, or one that somebody wrote with another app. Message is Parley's own ID
// where the platform repeats it: this settles a delivery that was Unknown.
type Echoed struct {
	Account, To, PlatformID string
	Message                 id.Message
	Body                    message.Body
	Media                   []Media `json:",omitempty"`
	SentAt                  time.Time
}

// ContactDescribed tells what the platform knows of a contact. It comes before
// the events of the contact in the same request and may repeat what is known.
type ContactDescribed struct {
	Account, From string
	Person        Person
}

// ConsentChanged says that the contact opted out of messages, or in again. The
// platform has answered it already.
type ConsentChanged struct {
	Account, From string
	OptedOut      bool
	At            time.Time
}

// TemplatesChanged says that the list of templates is out of date for Account,
// or for every account that has Owner as its owner.
type TemplatesChanged struct{ Account, Owner string }

// AccountTroubled says that an account needs its administrator: Reason says why.
type AccountTroubled struct{ Account, Reason string }

func (MessageReceived) channelEvent()     {}
func (MessageEdited) channelEvent()       {}
func (MessageUnsent) channelEvent()       {}
func (Reacted) channelEvent()             {}
func (TypingReceived) channelEvent()      {}
func (Joined) channelEvent()              {}
func (ConversationCleared) channelEvent() {}
func (DeliveryReported) channelEvent()    {}
func (Echoed) channelEvent()              {}
func (ContactDescribed) channelEvent()    {}
func (ConsentChanged) channelEvent()      {}
func (TemplatesChanged) channelEvent()    {}
func (AccountTroubled) channelEvent()     {}

// What a person wrote, and who they are, stays out of logs whoever passes an
// event by mistake.

func (e MessageReceived) LogValue() slog.Value  { return logged(e.Account, e.PlatformID) }
func (e MessageEdited) LogValue() slog.Value    { return logged(e.Account, e.PlatformID) }
func (e Echoed) LogValue() slog.Value           { return logged(e.Account, e.PlatformID) }
func (e ContactDescribed) LogValue() slog.Value { return logged(e.Account, "") }

func logged(account, platformID string) slog.Value {
	return slog.GroupValue(slog.String("account", account), slog.String("platform_id", platformID))
}

// Media is a file that lies at the platform. The zero value of a field means
// that the platform did not tell. Its URL is often a secret that runs out.
type Media struct {
	Kind   MediaKind
	ID     string // the platform's
	URL    string
	Name   string
	MIME   string
	Size   int64  // bytes
	SHA256 string // lower-case hex
	Voice  bool   // a voice note
}

// LogValue keeps signed addresses and file names out of logs.
func (m Media) LogValue() slog.Value { return slog.StringValue("[" + string(m.Kind) + "]") }

// MediaKind groups files as platforms do when they limit them.
type MediaKind string

// The kinds of media. File is everything else.
const (
	Image   MediaKind = "image"
	Audio   MediaKind = "audio"
	Video   MediaKind = "video"
	Sticker MediaKind = "sticker"
	File    MediaKind = "file"
)

// Person is what a platform tells of a contact; any field may be empty.
type Person struct {
	Name    string
	Handle  string // without "@"
	Phone   string // with "+"
	Picture string // address; often short-lived
	// Also are other IDs of this person on the same account, such as the one from
	// before they changed their number: all mean one contact.
	Also []string `json:",omitempty"`
}

// LogValue keeps personal data out of logs.
func (Person) LogValue() slog.Value { return slog.StringValue("[person]") }

// Label is what agents call the contact whose ID is from: the name, else the
// handle, else the phone number, else the ID.
func (p Person) Label(from string) string {
	for _, s := range []string{p.Name, p.Handle, p.Phone} {
		if s != "" {
			return s
		}
	}
	return from
}
