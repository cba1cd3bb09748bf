package channel

import (
	"fmt"
	"strings"
	"time"

	"parley/backend/message"
)

// Profile is what a connector can do and what its platform allows, as data:
// strings, numbers and lists, so that hub, desk and window evaluate the same.
type Profile struct {
	Kind         Kind         `json:"kind"`
	Capabilities Capabilities `json:"capabilities"`
	Policy       Policy       `json:"policy"`
}

// Capabilities say what a channel can do. Desk and hub evaluate the same value.
type Capabilities struct {
	Label           string             `json:"label"`           // for people: "Web messaging"
	MaxTextBytes    int                `json:"maxTextBytes"`    // outbound, UTF-8 bytes; 0 = no limit
	MaxTextChars    int                `json:"maxTextChars"`    // outbound, Unicode code points; 0 = no limit
	MaxTextSegments int                `json:"maxTextSegments"` // outbound, SMS parts; 0 = no limit
	MaxFileBytes    int64              `json:"maxFileBytes"`    // outbound, one file of the largest kind
	FileTypes       []string           `json:"fileTypes"`       // MIME, "image/*" and "*/*" allowed; empty = no files
	BlockedEndings  []string           `json:"blockedEndings"`  // lower case with dot, for example ".exe"
	Media           []MediaLimit       `json:"media"`           // where kinds of files have limits of their own; first match counts
	FilesPerMessage int                `json:"filesPerMessage"` // of the platform's messages: more go out as several; 0 = any number
	TextWithFile    bool               `json:"textWithFile"`    // text and file go in one of the platform's messages
	TypingIn        bool               `json:"typingIn"`        // contact's typing arrives
	TypingOut       bool               `json:"typingOut"`       // ours can be sent
	ReadOut         bool               `json:"readOut"`         // the contact can be told that we have read
	DisconnectOut   bool               `json:"disconnectOut"`   // the contact can be told that the conversation has ended
	Reports         []message.Delivery `json:"reports"`         // delivery states this channel reports
	Buttons         bool               `json:"buttons"`         // quick replies
	MaxButtons      int                `json:"maxButtons"`      // 0 = no limit
	MaxButtonChars  int                `json:"maxButtonChars"`  // of a label; 0 = no limit
	Replies         bool               `json:"replies"`         // a message can answer a certain one
	Templates       bool               `json:"templates"`       // there are templates to list and send
	Profiles        bool               `json:"profiles"`        // a contact's name can be asked for
	Reconciles      bool               `json:"reconciles"`      // the platform can be asked whether it took a message
	MediaIn         bool               `json:"mediaIn"`         // contact's files have to be fetched from the platform
	Reactions       bool               `json:"reactions"`       // contact's reactions arrive
	Edits           bool               `json:"edits"`           // contact's edits arrive
	Unsends         bool               `json:"unsends"`         // contact's deletions arrive
	Ephemeral       bool               `json:"ephemeral"`       // contact's media may come that must not be stored
}

// MediaLimit is the limit of one kind of file, outbound.
type MediaLimit struct {
	Kind     MediaKind `json:"kind"`
	Types    []string  `json:"types"` // MIME, "image/*" and "*/*" allowed
	MaxBytes int64     `json:"maxBytes"`
}

// WithMedia returns c with these limits, and with the widest of them for who
// asks about files as such.
func (c Capabilities) WithMedia(limits ...MediaLimit) Capabilities {
	c.Media, c.FileTypes, c.MaxFileBytes = limits, nil, 0
	for _, l := range limits {
		c.FileTypes = append(c.FileTypes, l.Types...)
		c.MaxFileBytes = max(c.MaxFileBytes, l.MaxBytes)
	}
	return c
}

// Limit returns the limit that a file of this type falls under; false if the
// channel takes no such file.
func (c Capabilities) Limit(mime string) (MediaLimit, bool) {
	limits := c.Media
	if len(limits) == 0 {
		limits = []MediaLimit{{Kind: File, Types: c.FileTypes, MaxBytes: c.MaxFileBytes}}
	}
	mime, _, _ = strings.Cut(strings.ToLower(mime), ";")
	mime = strings.TrimSpace(mime)
	group, _, _ := strings.Cut(mime, "/")
	for _, l := range limits {
		for _, t := range l.Types {
			if t == "*/*" || t == mime || t == group+"/*" {
				return l, true
			}
		}
	}
	return MediaLimit{}, false
}

// Takes tells whether the channel takes a file of this type and name.
func (c Capabilities) Takes(a message.Attachment) bool {
	name := strings.ToLower(a.Name)
	for _, ending := range c.BlockedEndings {
		if strings.HasSuffix(name, ending) {
			return false
		}
	}
	_, ok := c.Limit(a.MIME)
	return ok
}

// Accept says whether a file may be sent; the answer is nil or a *Refusal by
// RuleFileType or RuleFileSize.
func (c Capabilities) Accept(a message.Attachment) error {
	if !c.Takes(a) {
		return &Refusal{Rule: RuleFileType, Reason: fmt.Sprintf("%s does not take files of this type", c.Label)}
	}
	if limit, _ := c.Limit(a.MIME); a.Size > limit.MaxBytes {
		return &Refusal{Rule: RuleFileSize, Reason: fmt.Sprintf("%s takes such files up to %s", c.Label, bytesInWords(limit.MaxBytes))}
	}
	return nil
}

// Rule is one line of a platform's policy, with where and when it was read.
type Rule struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"`
	ReadOn string `json:"readOn"` // YYYY-MM-DD
}

// Names of rules that the core or a platform refuses by. A Refusal, a Receipt and
// a failed DeliveryReported carry them.
const (
	RuleReplyWindow = "reply_window"
	RuleMaxReplies  = "max_replies"
	RuleFirst       = "first"
	RuleOptedOut    = "opted_out"
	RuleFileType    = "file_type"
	RuleFileSize    = "file_size"
	// RuleTemplate: the platform refused the template; the list is out of date.
	RuleTemplate = "template"
)

// First says whether the company may write before the contact has.
type First string

// Who may write first.
const (
	FirstAllowed    First = ""
	FirstByTemplate First = "template"
	FirstNever      First = "never"
)

// Opening is what a contact does to open the reply window.
type Opening string

// The openings. A message is one on every channel that has a window.
const (
	OpenByMessage  Opening = "message"
	OpenByPostback Opening = "postback" // a tap on a button
	OpenByReaction Opening = "reaction"
	OpenByJoin     Opening = "join" // Joined: a link or an advertisement
)

// Policy holds a platform's rules as data.
type Policy struct {
	// ReplyWindowMs is how long after the contact last opened it replies are
	// accepted; 0 = for good.
	ReplyWindowMs int64 `json:"replyWindowMs"`
	// ExtendedWindowMs is how long after the contact's last message a reply that a
	// person wrote is accepted still; 0 = not longer.
	ExtendedWindowMs int64 `json:"extendedWindowMs"`
	// OpenedBy is what opens the window.
	OpenedBy []Opening `json:"openedBy"`
	// MaxReplies is how many replies each inbound message allows; 0 = any number.
	MaxReplies int `json:"maxReplies"`
	// TemplateOutside: outside the window an approved template may be sent.
	TemplateOutside bool `json:"templateOutside"`
	// First says whether the company may write first.
	First First  `json:"first"`
	Rules []Rule `json:"rules,omitempty"`
}

// Facts are what Permit judges by. They come from the conversation's fold.
type Facts struct {
	LastInboundAt time.Time // zero if the contact has not written
	// OpenedAt is when the contact last did one of OpenedBy that is no message.
	OpenedAt     time.Time
	RepliesSince int // outbound messages since the last inbound one
	OptedOut     bool
}

// Draft is what somebody wants to send, as far as policies ask. The zero Draft
// is a reply that an agent wrote.
type Draft struct {
	Automatic bool // no person wrote it
	Template  bool // an approved template
}

// Refusal says why something may not be sent, in words for the agent, and what
// may be.
type Refusal struct {
	Rule   string
	Reason string
	// Template: an approved template may be sent instead.
	Template bool
}

func (r *Refusal) Error() string { return r.Reason }

// Closes says until when a draft may be sent; zero means for good. A template is
// not bound to the window where TemplateOutside says so.
func (p Policy) Closes(f Facts, d Draft) time.Time {
	if p.ReplyWindowMs == 0 || d.Template && p.TemplateOutside {
		return time.Time{}
	}
	opened := f.LastInboundAt
	if f.OpenedAt.After(opened) {
		opened = f.OpenedAt
	}
	closes := opened.Add(time.Duration(p.ReplyWindowMs) * time.Millisecond)
	if extended := f.LastInboundAt.Add(time.Duration(p.ExtendedWindowMs) * time.Millisecond); !d.Automatic && extended.After(closes) {
		closes = extended
	}
	return closes
}

// Permit says whether a draft may be sent now; the answer is nil or a *Refusal.
func (p Policy) Permit(f Facts, d Draft, now time.Time) error {
	never := f.LastInboundAt.IsZero() && f.OpenedAt.IsZero()
	template := p.TemplateOutside && !d.Template
	switch closes := p.Closes(f, d); {
	case f.OptedOut:
		return &Refusal{Rule: RuleOptedOut, Reason: "the contact has opted out of messages and has to opt in again first"}
	case never && p.First == FirstNever:
		return &Refusal{Rule: RuleFirst, Reason: "the contact has to write first"}
	case never && p.First == FirstByTemplate && !d.Template:
		return &Refusal{Rule: RuleFirst, Reason: "the contact has not written yet: begin with an approved template", Template: true}
	case !closes.IsZero() && now.After(closes):
		return &Refusal{Rule: RuleReplyWindow, Reason: p.closed(d), Template: template}
	case p.MaxReplies > 0 && f.RepliesSince >= p.MaxReplies:
		return &Refusal{Rule: RuleMaxReplies, Reason: fmt.Sprintf("at most %d replies to each message of the contact are delivered; the contact has to write again", p.MaxReplies)}
	}
	return nil
}

// closed says that the window is, and what remains.
func (p Policy) closed(d Draft) string {
	window, who := p.ReplyWindowMs, "replies"
	if p.ExtendedWindowMs > window {
		if d.Automatic {
			who = "automatic replies"
		} else {
			window = p.ExtendedWindowMs
		}
	}
	rest := "the contact has to write again"
	if p.TemplateOutside {
		rest = "now only an approved template can be sent"
	}
	return fmt.Sprintf("%s are accepted for %s after the contact's last message; %s", who, inWords(time.Duration(window)*time.Millisecond), rest)
}

// inWords writes whole days and hours as people say them.
func inWords(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d > day && d%day == 0:
		return fmt.Sprintf("%d days", d/day)
	case d > time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d hours", d/time.Hour)
	}
	return d.String()
}

func bytesInWords(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d KB", n>>10)
}
