package app

// Supervision is what a supervisor's desk may do and watches. It is empty for
// everybody else.
type Supervision struct {
	// Rights are what the person may do with queues, conversations and agents of
	// others (config.Action), and in which queues; Everywhere: in all.
	Rights     []Right `json:"rights"`
	Zone       string  `json:"zone"`       // IANA name; the organisation's days begin there
	WatchBoard bool    `json:"watchBoard"` // the boards are pushed
	// Monitored are the conversations that are watched silently.
	Monitored []Monitored `json:"monitored"`
	// Coaching are the private words of monitored conversations and of one's own.
	Coaching []Coaching `json:"coaching"`
}

// Right is an action and where it may be done.
type Right struct {
	Action     string   `json:"action"`
	Everywhere bool     `json:"everywhere"`
	Queues     []string `json:"queues"` // IDs
}

// Monitored is a conversation that is watched silently. Its transcript is pushed
// as that of an open tab.
type Monitored struct {
	ID          string   `json:"id"` // conversation
	Contact     string   `json:"contact"`
	Handle      string   `json:"handle"`
	Channel     string   `json:"channel"`
	QueueName   string   `json:"queueName"`
	Phase       string   `json:"phase"` // waiting, alerting, connected, parked, acw, ended
	AgentName   string   `json:"agentName"`
	ConnectedMs int64    `json:"connectedMs"`
	QueuedMs    int64    `json:"queuedMs"`
	HelpMs      int64    `json:"helpMs"` // the agent asked for help since; 0 = not
	EndedMs     int64    `json:"endedMs"`
	Priority    int      `json:"priority"`
	Watchers    []string `json:"watchers"` // names of other supervisors who watch too
	Loaded      bool     `json:"loaded"`   // it has come from the hub
	Problem     string   `json:"problem"`  // why it is not monitored; "" if it is, or will be
}

// Coaching is what was written in private about one conversation.
type Coaching struct {
	ID    string      `json:"id"` // conversation
	Lines []CoachLine `json:"lines"`
}

// CoachLine is one message of it.
type CoachLine struct {
	ID     string `json:"id"`
	AtMs   int64  `json:"atMs"`
	By     string `json:"by"` // name
	Mine   bool   `json:"mine"`
	Text   string `json:"text"`
	Erased bool   `json:"erased"`
}

// Board is the boards of queues, agents and live conversations. As Push.Board it
// holds what changed unless Whole is set: rows replace those of the same ID, and
// Gone lists the conversations that are no longer live. Total is always whole.
type Board struct {
	// State: off (not watched), loading, live, stale (the hub cannot be reached; as
	// it was at AtMs), past (BoardAt).
	State  string             `json:"state"`
	AtMs   int64              `json:"atMs"`
	DayMs  int64              `json:"dayMs"` // when the day began that is counted
	Whole  bool               `json:"whole"`
	Total  BoardTotal         `json:"total"`
	Queues []BoardQueue       `json:"queues"`
	Agents []BoardAgent       `json:"agents"`
	Live   []LiveConversation `json:"live"`
	Gone   []string           `json:"gone"`
}

// NoBoard is the board of who watches none.
func NoBoard() Board {
	return Board{State: "off", Whole: true, Queues: []BoardQueue{}, Agents: []BoardAgent{}, Live: []LiveConversation{}, Gone: []string{}}
}

// Figures are what is counted of a queue; see supervisor.Figures for what each
// means exactly. Parts are per cent, -1 = of nothing yet; durations are
// milliseconds, -1 = of nothing yet.
type Figures struct {
	Offered        int     `json:"offered"`
	Answered       int     `json:"answered"`
	AnsweredWithin int     `json:"answeredWithin"`
	Abandoned      int     `json:"abandoned"`
	ShortAbandoned int     `json:"shortAbandoned"`
	FlowedOut      int     `json:"flowedOut"`
	ServiceLevel   float64 `json:"serviceLevel"`
	AbandonRate    float64 `json:"abandonRate"`
	AsaMs          int64   `json:"asaMs"` // average wait of the answered
	WaitMaxMs      int64   `json:"waitMaxMs"`
	Handled        int     `json:"handled"`
	AhtMs          int64   `json:"ahtMs"` // average handle time
	TalkMs         int64   `json:"talkMs"`
	AcwMs          int64   `json:"acwMs"`
	HandleMaxMs    int64   `json:"handleMaxMs"`
	TransfersIn    int     `json:"transfersIn"`
	TransfersOut   int     `json:"transfersOut"`
	TakenOver      int     `json:"takenOver"`
	Pulled         int     `json:"pulled"`
	Parked         int     `json:"parkedCount"`
	Inactive       int     `json:"inactive"`
	Unanswered     int     `json:"unanswered"` // alerts declined or run out
	Surveys        int     `json:"surveys"`
	Score          float64 `json:"score"` // average; -1 = none
	Scale          float64 `json:"scale"` // the highest that it could be
}

// BoardTotal sums up all queues and agents that are seen.
type BoardTotal struct {
	Figures
	Waiting      int    `json:"waiting"`
	LongestMs    int64  `json:"longestMs"` // waits since; 0 = nobody
	LongestQueue string `json:"longestQueue"`
	Connected    int    `json:"connected"`
	OnQueue      int    `json:"onQueue"` // agents
	Idle         int    `json:"idle"`
	Away         int    `json:"away"` // signed in and not on queue
}

// BoardQueue is one queue, or with Channel set one queue on one channel.
type BoardQueue struct {
	Figures
	ID        string   `json:"id"`    // queue, or queue/channel
	Queue     string   `json:"queue"` // ID
	Name      string   `json:"name"`
	Channel   string   `json:"channel"`  // "" = all of them
	Channels  []string `json:"channels"` // with anything today
	Waiting   int      `json:"waiting"`
	Alerting  int      `json:"alerting"`  // of those who wait
	LongestMs int64    `json:"longestMs"` // waits since; 0 = nobody
	Connected int      `json:"connected"`
	Parked    int      `json:"parked"`
	AfterCall int      `json:"afterCall"`
	// Target is the service level that the queue aims at, per cent within
	// WithinMs; 0 = none is set.
	Target   int          `json:"target"`
	WithinMs int64        `json:"withinMs"`
	Spark    []int        `json:"spark"`  // who waited at each of the last 60 minutes, the last is now
	Alerts   []BoardAlert `json:"alerts"` // of a whole queue
	Agents   QueueAgents  `json:"agents"` // of a whole queue: its members on queue
}

// QueueAgents counts the members of a queue who are on queue, by what they do.
type QueueAgents struct {
	Idle          int `json:"idle"`
	Interacting   int `json:"interacting"`
	AfterCall     int `json:"afterCall"`
	NotResponding int `json:"notResponding"`
}

// BoardAlert is a threshold that is crossed.
type BoardAlert struct {
	Metric string `json:"metric"` // config.Metric
	Level  string `json:"level"`  // warn, alarm
	Limit  int    `json:"limit"`
}

// BoardAgent is one agent.
type BoardAgent struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Status     string         `json:"status"` // idle, interacting, acw, not_responding, or a presence
	Label      string         `json:"label"`  // of the presence, for people
	StatusMs   int64          `json:"statusMs"`
	Presence   string         `json:"presence"`
	PresenceMs int64          `json:"presenceMs"`
	Channels   []ChannelCount `json:"channels"` // what takes capacity
	Used       int            `json:"used"`
	Capacity   int            `json:"capacity"`
	Alerting   int            `json:"alerting"`
	Talking    int            `json:"talking"`
	AfterCall  int            `json:"afterCall"`
	Queues     []AgentQueue   `json:"queues"`
	// Occupancy is BusyMs of OnQueueMs, and both grow with the time since SettledMs
	// while OnQueue, BusyMs only while Busy.
	OnQueueMs     int64 `json:"onQueueMs"`
	BusyMs        int64 `json:"busyMs"`
	SettledMs     int64 `json:"settledMs"`
	OnQueue       bool  `json:"onQueue"`
	Busy          bool  `json:"busy"`
	Answered      int   `json:"answered"`
	Handled       int   `json:"handled"`
	AhtMs         int64 `json:"ahtMs"` // -1 = none
	Declined      int   `json:"declined"`
	Expired       int   `json:"expired"`
	NotResponding int   `json:"notResponding"`
	Transferred   int   `json:"transferred"`
}

// ChannelCount is how many interactions of a kind.
type ChannelCount struct {
	Channel string `json:"channel"`
	Count   int    `json:"count"`
}

// AgentQueue is a queue of which an agent is a member.
type AgentQueue struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Joined bool   `json:"joined"`
}

// LiveConversation is one that goes on, or whose after-call work is open.
type LiveConversation struct {
	ID           string   `json:"id"`
	Channel      string   `json:"channel"`
	Contact      string   `json:"contact"`
	Queue        string   `json:"queue"` // ID
	QueueName    string   `json:"queueName"`
	Phase        string   `json:"phase"` // waiting, alerting, connected, parked, acw
	PhaseMs      int64    `json:"phaseMs"`
	StartedMs    int64    `json:"startedMs"`
	QueuedMs     int64    `json:"queuedMs"`
	Agent        string   `json:"agent"` // ID
	AgentName    string   `json:"agentName"`
	ForName      string   `json:"forName"` // it waits for this agent
	Priority     int      `json:"priority"`
	UnansweredMs int64    `json:"unansweredMs"` // the contact waits for an answer since
	HelpMs       int64    `json:"helpMs"`       // the agent asked for help
	Watchers     []string `json:"watchers"`     // names, this person among them
}

// ReportQuery asks for a report; see supervisor.Query.
type ReportQuery struct {
	Of       string   `json:"of"` // queues, agents, codes
	By       []string `json:"by"` // interval, hour, day; queue, channel, agent, code
	FromMs   int64    `json:"fromMs"`
	ToMs     int64    `json:"toMs"`
	Queues   []string `json:"queues"` // empty = all
	Channels []string `json:"channels"`
	Agents   []string `json:"agents"`
}

// Report is its answer.
type Report struct {
	Rows []ReportRow `json:"rows"`
}

// ReportRow is one row. Keys that it is not grouped by are empty, figures that are
// not of its kind zero.
type ReportRow struct {
	Figures
	AtMs      int64  `json:"atMs"`
	Queue     string `json:"queue"`
	QueueName string `json:"queueName"`
	Channel   string `json:"channel"`
	Agent     string `json:"agent"`
	AgentName string `json:"agentName"`
	Code      string `json:"code"`
	CodeName  string `json:"codeName"`
	// Of agents.
	Alerted         int     `json:"alerted"`
	Declined        int     `json:"declined"`
	Expired         int     `json:"expired"`
	NotResponding   int     `json:"notResponding"`
	Transferred     int     `json:"transferred"`
	Occupancy       float64 `json:"occupancy"` // per cent; -1 = of nothing
	OnQueueMs       int64   `json:"onQueueMs"`
	BusyMs          int64   `json:"busyMs"`
	NotRespondingMs int64   `json:"notRespondingMs"`
	AvailableMs     int64   `json:"availableMs"`
	WorkMs          int64   `json:"workMs"`
	AwayMs          int64   `json:"awayMs"`
	BreakMs         int64   `json:"breakMs"`
	MealMs          int64   `json:"mealMs"`
	MeetingMs       int64   `json:"meetingMs"`
	TrainingMs      int64   `json:"trainingMs"`
}

// History is all that happened to a conversation, oldest first.
type History struct {
	Conversation string         `json:"conversation"`
	Entries      []HistoryEntry `json:"entries"`
}

// HistoryEntry is one event.
type HistoryEntry struct {
	AtMs      int64  `json:"atMs"`
	Actor     string `json:"actor"` // agent, guest, hub, system
	By        string `json:"by"`    // the agent's name, if one did it
	Event     string `json:"event"` // as stored, for the window's catalogue
	AgentName string `json:"agentName"`
	QueueName string `json:"queueName"`
	Reason    string `json:"reason"`
	Code      string `json:"code"` // wrap-up code for people, or a state
	Number    int    `json:"number"`
}

// Table is what is seen, as text.
type Table struct {
	Name   string     `json:"name"` // proposes the file's name
	Header []string   `json:"header"`
	Rows   []TableRow `json:"rows"`
}

// TableRow is one row of a table.
type TableRow struct {
	Cells []string `json:"cells"`
}
