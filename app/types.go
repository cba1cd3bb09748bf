// Package app is what the desk's window may call, grouped by area, and the one
// event that goes to it: "push". Types here cross to TypeScript, so they hold
// numbers, strings, booleans, lists and structs only; times are Unix
// milliseconds in fields that end in Ms; lists are never nil.
package app

// Push carries what changed. A nil field means unchanged, any other replaces
// what was there; Transcripts and Board list changes. Seq counts 1, 2, 3 …: after a
// gap call Window.Subscribe again. Subscribe returns a Push whose fields are all
// set, under the Seq of the last push, and Transcripts empty: ask for those.
type Push struct {
	Seq         int                `json:"seq"`
	Session     *Session           `json:"session"`
	Link        *Link              `json:"link"`
	Me          *Me                `json:"me"`
	Org         *Org               `json:"org"`
	Roster      *Roster            `json:"roster"`
	Tabs        *Tabs              `json:"tabs"`
	Settings    *Settings          `json:"settings"`
	Transcripts []TranscriptChange `json:"transcripts"`
	Typing      *Typing            `json:"typing"`
	Supervision *Supervision       `json:"supervision"`
	Notices     []Notice           `json:"notices"`
	// Board too lists changes, unless it says that it is whole; see there.
	Board *Board `json:"board"`
}

// Session is who is signed in where.
type Session struct {
	// State: starting, signed_out, signing_in, locked (passphrase needed), signed_in.
	State string `json:"state"`
	Hub   string `json:"hub"`   // address
	User  string `json:"user"`  // sign-in name
	Name  string `json:"name"`  // for people
	Role  string `json:"role"`  // agent, supervisor, reviewer, admin
	Error string `json:"error"` // why the last attempt failed; "" if it did not
	// Keeping says where token and cache key lie: keychain, passphrase, memory
	// (nothing is kept over a restart).
	Keeping string `json:"keeping"`
	// DemoReady: Session.TryDemo will work here.
	DemoReady bool   `json:"demoReady"`
	Profile   string `json:"profile"` // --profile; "" is the default one
	Demo      bool   `json:"demo"`    // signed in to the demo hub of this computer
	// Closing: the window was asked to close while a demo hub runs here. It waits
	// for Window.Leave or Window.Stay.
	Closing bool `json:"closing"`
}

// Link is the connection to the hub.
type Link struct {
	State        string `json:"state"` // connecting, catching_up, online, offline
	SinceMs      int64  `json:"sinceMs"`
	CompleteToMs int64  `json:"completeToMs"` // all is known up to here; 0 = never yet
	RetryAtMs    int64  `json:"retryAtMs"`    // when offline: the next attempt
	Reason       string `json:"reason"`       // why offline, for people
	Pending      int    `json:"pending"`      // commands waiting to be sent
	SkewMs       int64  `json:"skewMs"`       // hub's clock minus this machine's
	// CacheNote tells of a cache that was set aside and is being rebuilt.
	CacheNote string `json:"cacheNote"`
}

// Me is the agent's own state.
type Me struct {
	Presence      string     `json:"presence"` // agent.Presence
	PresenceMs    int64      `json:"presenceMs"`
	Routing       string     `json:"routing"` // off_queue, idle, interacting, not_responding
	Used          int        `json:"used"`
	Capacity      int        `json:"capacity"`
	NotResponding string     `json:"notResponding"` // contact whose alert went unanswered; "" if none
	Waiting       int        `json:"waiting"`       // conversations waiting in my queues
	LongestMs     int64      `json:"longestMs"`     // the longest waits since
	Presences     []Presence `json:"presences"`
	Queues        []MyQueue  `json:"queues"`
	Externals     []External `json:"externals"`
}

// MyQueue is a queue of which the agent is a member.
type MyQueue struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Joined bool   `json:"joined"` // the agent takes its interactions
}

// External is work outside Parley that goes on now, such as a call.
type External struct {
	ID      string `json:"id"`
	Media   string `json:"media"` // for example voice or email
	SinceMs int64  `json:"sinceMs"`
}

// Presence is one choice of the presence menu.
type Presence struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}

// Org is the organisation's configuration.
type Org struct {
	Name     string    `json:"name"`
	ShopURL  string    `json:"shopUrl"` // demo only
	Queues   []Queue   `json:"queues"`
	Channels []Channel `json:"channels"`
	// Libraries are the canned responses.
	Libraries []Library `json:"libraries"`
}

// Library is a collection of canned responses for the interactions of Queues, or
// of all where there are none.
type Library struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Queues    []string   `json:"queues"`
	Responses []Response `json:"responses"`
}

// Response is one canned response. Its text may hold placeholders such as
// {{contact.firstName}}.
type Response struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Text     string `json:"text"`
	Language string `json:"language"`
}

// Queue is one queue.
type Queue struct {
	ID             string       `json:"id"`
	Name           string       `json:"name"`
	AlertTimeoutMs int64        `json:"alertTimeoutMs"`
	ACWTimeoutMs   int64        `json:"acwTimeoutMs"`
	DefaultCode    string       `json:"defaultCode"`
	Codes          []WrapUpCode `json:"codes"`
	ACWOptional    bool         `json:"acwOptional"` // completing needs no code
	Manual         bool         `json:"manual"`      // agents may pull what waits
}

// WrapUpCode is one choice at the end of an interaction.
type WrapUpCode struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Channel is what a channel can do.
type Channel struct {
	Kind            string   `json:"kind"`
	Label           string   `json:"label"`
	MaxTextBytes    int      `json:"maxTextBytes"`    // 0 = no limit
	MaxTextChars    int      `json:"maxTextChars"`    // 0 = no limit
	MaxTextSegments int      `json:"maxTextSegments"` // parts of SMS; 0 = no limit
	MaxFileBytes    int64    `json:"maxFileBytes"`
	FileTypes       []string `json:"fileTypes"`
	Reports         []string `json:"reports"` // delivery states it reports
}

// Roster is every interaction on the desk, most urgent first.
type Roster struct {
	Interactions []Interaction `json:"interactions"`
}

// Interaction is one card.
type Interaction struct {
	ID            string `json:"id"` // conversation
	Communication string `json:"communication"`
	Channel       string `json:"channel"`
	ContactID     string `json:"contactId"`
	Contact       string `json:"contact"` // name, or the channel's handle
	Handle        string `json:"handle"`
	Queue         string `json:"queue"`     // ID
	QueueName     string `json:"queueName"` // for people
	// Status: alerting, connected, acw, parked, ended.
	Status string `json:"status"`
	// Group: alerting, needs_reply, waiting_for_contact, acw, parked, earlier.
	Group         string     `json:"group"`
	LastText      string     `json:"lastText"`      // one line
	LastDirection string     `json:"lastDirection"` // inbound, outbound, ""
	LastFailed    bool       `json:"lastFailed"`    // the last outbound message failed
	LastPending   bool       `json:"lastPending"`   // it waits to be sent
	Unread        int        `json:"unread"`
	Inbound       int        `json:"inbound"`  // inbound messages so far, for MarkRead
	LastMs        int64      `json:"lastMs"`   // last message
	WaitMs        int64      `json:"waitMs"`   // the contact waits for an answer since; 0 = not waiting
	QueuedMs      int64      `json:"queuedMs"` // waiting in the queue since
	AlertedMs     int64      `json:"alertedMs"`
	AlertUntilMs  int64      `json:"alertUntilMs"` // alerting: the count-down's end
	ConnectedMs   int64      `json:"connectedMs"`
	AutoAnswered  bool       `json:"autoAnswered"`
	ACWUntilMs    int64      `json:"acwUntilMs"` // acw: 0 = no limit
	EndedMs       int64      `json:"endedMs"`
	EndReason     string     `json:"endReason"` // agent, contact, cleared, expired
	WrapUpCode    string     `json:"wrapUpCode"`
	Why           string     `json:"why"`     // why it was routed to this agent
	Details       []KeyValue `json:"details"` // contact attributes for the panel
	Permit        string     `json:"permit"`  // why a reply may not be sent now; "" if it may
	ACWOptional   bool       `json:"acwOptional"`
	ParkedMs      int64      `json:"parkedMs"`
	ParkUntilMs   int64      `json:"parkUntilMs"`
	Priority      int        `json:"priority"`
	HelpMs        int64      `json:"helpMs"`       // help is asked for since; 0 = not
	InactiveAtMs  int64      `json:"inactiveAtMs"` // the queue's rule ends it then, or takes it back; 0 = never
	HandedBy      string     `json:"handedBy"`     // who transferred it here
	HandedNote    string     `json:"handedNote"`   // with this note
	HandedAtMs    int64      `json:"handedAtMs"`
	SurveyScore   int        `json:"surveyScore"` // 0 = none
	SurveyScale   int        `json:"surveyScale"`
}

// KeyValue is one line of details.
type KeyValue struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Tabs are the open interactions.
type Tabs struct {
	Open   []Tab  `json:"open"`
	Active string `json:"active"` // conversation; "" if none
}

// Tab is one open interaction. Its draft survives a restart.
type Tab struct {
	ID    string       `json:"id"`
	Draft string       `json:"draft"`
	Files []Attachment `json:"files"` // chosen and not yet sent
}

// Page is part of a transcript. Items are numbered from 0, oldest first.
type Page struct {
	Conversation string `json:"conversation"`
	From         int    `json:"from"`
	Total        int    `json:"total"`
	Items        []Item `json:"items"`
}

// TranscriptChange replaces Items from index From on; what lay behind is gone.
// It is sent for open tabs only. Where Items do not reach up to Total, the rest
// has changed too: ask for it.
type TranscriptChange struct {
	Conversation string `json:"conversation"`
	From         int    `json:"from"`
	Total        int    `json:"total"`
	Items        []Item `json:"items"`
}

// Item is one line of a transcript.
type Item struct {
	ID   string `json:"id"`
	Kind string `json:"kind"` // message, note, event
	AtMs int64  `json:"atMs"`
	// Of a message.
	Direction   string       `json:"direction"` // inbound, outbound
	Author      string       `json:"author"`    // name for people
	Mine        bool         `json:"mine"`      // written by this agent
	Text        string       `json:"text"`
	Erased      bool         `json:"erased"` // content is gone
	Attachments []Attachment `json:"attachments"`
	// Delivery: pending (waits to be sent), sending, sent, delivered, read,
	// failed, unknown; "" inbound.
	Delivery string `json:"delivery"`
	// Unsent: the hub has not taken it on, so that it can be withdrawn.
	Unsent bool   `json:"unsent"`
	Reason string `json:"reason"` // why it is so, where that needs a word
	// Of an event: its name and what it is about, for the window's catalogue.
	// queued, alerted, connected, auto_answered, alert_declined, alert_expired,
	// alert_withdrawn, alert_moved, disconnected, wrapped_up, ended, contact_returned,
	// contact_cleared, transferred, taken_over, pulled, requeued, parked, unparked,
	// priority_changed, help_asked, help_ended, survey_answered, survey_commented.
	Event  string `json:"event"`
	Detail string `json:"detail"` // queue, agent, code, number or reason, for people
	// Auto names what wrote a message that nobody wrote: greeting, away, survey.
	Auto string `json:"auto"`
}

// Attachment is one file. URL is on the window's own origin; it is "" while the
// file is not on this machine and the hub cannot be reached.
type Attachment struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	MIME   string `json:"mime"`
	Size   int64  `json:"size"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	URL    string `json:"url"`
	Image  bool   `json:"image"` // may be shown inline
}

// Typing lists conversations whose contact is typing now.
type Typing struct {
	Conversations []string `json:"conversations"`
}

// Notice is something that went wrong or needs a word, beside nothing else on
// the screen.
type Notice struct {
	ID           string `json:"id"`
	Level        string `json:"level"` // info, warning, error
	Text         string `json:"text"`
	Conversation string `json:"conversation"`
}

// Settings are this desk's preferences, kept per profile.
type Settings struct {
	Theme         string `json:"theme"`    // system, light, dark, contrast-light, contrast-dark
	Density       string `json:"density"`  // default, compact, roomy
	TextSize      int    `json:"textSize"` // per cent, 100 to 150
	EnterSends    bool   `json:"enterSends"`
	Sound         bool   `json:"sound"`
	Volume        int    `json:"volume"` // 0 to 100
	Tone          string `json:"tone"`
	Tones         []Tone `json:"tones"` // what can be chosen
	Notifications bool   `json:"notifications"`
	ShowBodies    bool   `json:"showBodies"` // message text in notifications
	Language      string `json:"language"`   // BCP 47; "" = system
	// OnQuit is what becomes of a demo hub that runs here when the desk quits:
	// ask, keep, end.
	OnQuit string `json:"onQuit"`
}

// Tone is one alert sound.
type Tone struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}
