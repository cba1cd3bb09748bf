package supervisor

// Figures are what is counted of one queue and channel in some time: a day, or
// an interval of it. A figure belongs to the moment at which it became certain;
// a wait from 10:14 to 10:16 counts in the interval in which it ended. Durations
// are milliseconds.
//
// What is counted first is the stay: the time from the moment at which a
// conversation came into the queue until it left the queue's line. One begins
// when a conversation is new, is transferred into the queue, comes back because
// its time parked ran out or because nobody said anything. It goes on while
// alerts come and go unanswered, and while a supervisor gives a conversation that
// waits another priority or an agent of the same queue. At any time
//
//	Offered = Answered + Abandoned + ShortAbandoned + FlowedOut + those waiting now
//
// over all days together.
type Figures struct {
	// Offered counts stays that began. As Genesys Cloud's nOffered, except that a
	// conversation which comes back by itself is offered again.
	Offered int64 `json:"offered,omitempty"`
	// Answered counts stays that ended because an agent was connected: by
	// answering an alert, by auto-answer, by pulling, or by a supervisor's taking
	// over (nAnswered).
	Answered int64 `json:"answered,omitempty"`
	// AnsweredWithin counts those of them that waited no longer than the queue's
	// service level allows.
	AnsweredWithin int64 `json:"answeredWithin,omitempty"`
	// Abandoned counts stays that ended because the contact's side ended the
	// conversation while it waited or alerted: the contact left, cleared it, or
	// their session ran out (nAbandon). It excludes ShortAbandoned.
	Abandoned int64 `json:"abandoned,omitempty"`
	// ShortAbandoned counts those that did so within the queue's limit for short
	// abandons; they count against nobody.
	ShortAbandoned int64 `json:"shortAbandoned,omitempty"`
	// FlowedOut counts stays that ended otherwise: transferred on while waiting
	// (nFlowOut), or ended by a supervisor, a block or the hub.
	FlowedOut int64 `json:"flowedOut,omitempty"`

	// WaitMs is how long the answered stays waited together, WaitMaxMs the longest
	// (tAnswered). Of a conversation that was moved while it waited each queue
	// counts its own part.
	WaitMs    int64 `json:"waitMs,omitempty"`
	WaitMaxMs int64 `json:"waitMaxMs,omitempty"`
	// AbandonMs and AbandonMaxMs are the same of Abandoned (tAbandon).
	AbandonMs    int64 `json:"abandonMs,omitempty"`
	AbandonMaxMs int64 `json:"abandonMaxMs,omitempty"`

	// Handled counts agents' legs that were connected and are complete: ended, and
	// wrapped up where that was due (nHandled of tHandle). A conversation that two
	// agents served is handled twice.
	Handled int64 `json:"handled,omitempty"`
	// TalkMs is how long they were connected, without the time parked; ACWMs is
	// their after-call work (tTalk, tAcw). Work that was optional is none, since
	// the agent was free meanwhile. Handle time is the two together, and
	// HandleMaxMs the longest of one leg.
	TalkMs      int64 `json:"talkMs,omitempty"`
	ACWMs       int64 `json:"acwMs,omitempty"`
	HandleMaxMs int64 `json:"handleMaxMs,omitempty"`

	// TransfersOut counts conversations that somebody moved away from the queue or
	// its agent, TransfersIn those that so came (nTransferred). A transfer from one
	// agent of a queue to another counts in both, and as offered.
	TransfersIn  int64 `json:"transfersIn,omitempty"`
	TransfersOut int64 `json:"transfersOut,omitempty"`
	// TakenOver counts conversations that a supervisor took, waiting or connected.
	TakenOver int64 `json:"takenOver,omitempty"`
	// Pulled counts the answered that an agent took out of the queue by choice.
	Pulled int64 `json:"pulled,omitempty"`
	// Parked counts how often a conversation was set aside.
	Parked int64 `json:"parked,omitempty"`
	// Inactive counts legs that ended because nobody said anything.
	Inactive int64 `json:"inactive,omitempty"`
	// Unanswered counts alerts that were declined or ran out.
	Unanswered int64 `json:"unanswered,omitempty"`

	// Surveys counts answers to surveys, Score adds them up, and Scale the highest
	// that each could have been.
	Surveys int64 `json:"surveys,omitempty"`
	Score   int64 `json:"score,omitempty"`
	Scale   int64 `json:"scale,omitempty"`
}

// sums and tops are all fields: those that add up, and those that are the most
// of theirs. A test finds a field that is in neither.
func (f *Figures) sums() []*int64 {
	return []*int64{
		&f.Offered, &f.Answered, &f.AnsweredWithin, &f.Abandoned, &f.ShortAbandoned, &f.FlowedOut,
		&f.WaitMs, &f.AbandonMs, &f.Handled, &f.TalkMs, &f.ACWMs, &f.TransfersIn, &f.TransfersOut,
		&f.TakenOver, &f.Pulled, &f.Parked, &f.Inactive, &f.Unanswered, &f.Surveys, &f.Score, &f.Scale,
	}
}

func (f *Figures) tops() []*int64 { return []*int64{&f.WaitMaxMs, &f.AbandonMaxMs, &f.HandleMaxMs} }

// Add counts what o counts too.
func (f *Figures) Add(o Figures) { add(f, &o) }

// ServiceLevel is the part of conversations that got an answer in time, of 0 to
// 1: AnsweredWithin / (Answered + Abandoned), as Genesys Cloud reckons it without
// short abandons. ok is false while there is none.
func (f Figures) ServiceLevel() (part float64, ok bool) {
	return ratio(f.AnsweredWithin, f.Answered+f.Abandoned)
}

// AbandonRate is the part of offered conversations that were abandoned, short
// abandons left out of both: Abandoned / (Offered - ShortAbandoned).
func (f Figures) AbandonRate() (part float64, ok bool) {
	return ratio(f.Abandoned, f.Offered-f.ShortAbandoned)
}

// SpeedOfAnswer is the average wait of the answered (ASA).
func (f Figures) SpeedOfAnswer() (ms int64, ok bool) { return average(f.WaitMs, f.Answered) }

// HandleTime is the average handle time (AHT).
func (f Figures) HandleTime() (ms int64, ok bool) { return average(f.TalkMs+f.ACWMs, f.Handled) }

// AgentFigures are what is counted of one agent in some time. Durations are
// milliseconds, and each belongs to the time in which it passed, but for those
// of legs, which belong to the moment at which the leg was complete.
type AgentFigures struct {
	Alerted  int64 `json:"alerted,omitempty"`  // alerts that came
	Answered int64 `json:"answered,omitempty"` // connections, however they came about
	Declined int64 `json:"declined,omitempty"`
	Expired  int64 `json:"expired,omitempty"` // alerts that ran out
	// NotResponding counts how often the agent was set to not responding.
	NotResponding int64 `json:"notResponding,omitempty"`
	// Handled, TalkMs, ACWMs and HandleMaxMs are as in Figures, of the agent's legs.
	Handled     int64 `json:"handled,omitempty"`
	TalkMs      int64 `json:"talkMs,omitempty"`
	ACWMs       int64 `json:"acwMs,omitempty"`
	HandleMaxMs int64 `json:"handleMaxMs,omitempty"`
	// Transferred counts the agent's legs that ended by a transfer, Parked how
	// often they set one aside.
	Transferred int64 `json:"transferred,omitempty"`
	Parked      int64 `json:"parked,omitempty"`

	// OnQueueMs is the time on queue, BusyMs the part of it with at least one
	// interaction: connected and not parked, in after-call work that is not
	// optional, or outside Parley. An alert alone is none.
	OnQueueMs int64 `json:"onQueueMs,omitempty"`
	BusyMs    int64 `json:"busyMs,omitempty"`
	// NotRespondingMs is the part of OnQueueMs spent not responding. Genesys Cloud
	// counts it in time on queue too.
	NotRespondingMs int64 `json:"notRespondingMs,omitempty"`
	// The time in each presence but offline and on queue.
	AvailableMs int64 `json:"availableMs,omitempty"`
	WorkMs      int64 `json:"workMs,omitempty"` // busy
	AwayMs      int64 `json:"awayMs,omitempty"`
	BreakMs     int64 `json:"breakMs,omitempty"`
	MealMs      int64 `json:"mealMs,omitempty"`
	MeetingMs   int64 `json:"meetingMs,omitempty"`
	TrainingMs  int64 `json:"trainingMs,omitempty"`
}

func (f *AgentFigures) sums() []*int64 {
	return []*int64{
		&f.Alerted, &f.Answered, &f.Declined, &f.Expired, &f.NotResponding, &f.Handled, &f.TalkMs, &f.ACWMs,
		&f.Transferred, &f.Parked, &f.OnQueueMs, &f.BusyMs, &f.NotRespondingMs, &f.AvailableMs, &f.WorkMs,
		&f.AwayMs, &f.BreakMs, &f.MealMs, &f.MeetingMs, &f.TrainingMs,
	}
}

func (f *AgentFigures) tops() []*int64 { return []*int64{&f.HandleMaxMs} }

// Add counts what o counts too.
func (f *AgentFigures) Add(o AgentFigures) { add(f, &o) }

// Occupancy is the part of the time on queue with at least one interaction.
func (f AgentFigures) Occupancy() (part float64, ok bool) { return ratio(f.BusyMs, f.OnQueueMs) }

// HandleTime is the average handle time.
func (f AgentFigures) HandleTime() (ms int64, ok bool) { return average(f.TalkMs+f.ACWMs, f.Handled) }

// CodeFigures are what is counted of legs that were wrapped up with one code.
type CodeFigures struct {
	Count  int64 `json:"count,omitempty"`
	TalkMs int64 `json:"talkMs,omitempty"`
	ACWMs  int64 `json:"acwMs,omitempty"`
}

func (f *CodeFigures) sums() []*int64 { return []*int64{&f.Count, &f.TalkMs, &f.ACWMs} }
func (f *CodeFigures) tops() []*int64 { return nil }

// Add counts what o counts too.
func (f *CodeFigures) Add(o CodeFigures) { add(f, &o) }

// counted is a set of figures.
type counted interface {
	sums() []*int64
	tops() []*int64
}

func add(to, from counted) {
	more := from.sums()
	for i, v := range to.sums() {
		*v += *more[i]
	}
	most := from.tops()
	for i, v := range to.tops() {
		*v = max(*v, *most[i])
	}
}

func ratio(part, of int64) (float64, bool) {
	if of <= 0 {
		return 0, false
	}
	return float64(part) / float64(of), true
}

func average(sum, n int64) (int64, bool) {
	if n <= 0 {
		return 0, false
	}
	return sum / n, true
}
