package meta

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"parley/backend/channel"
	"parley/backend/message"
)

// SettingPage is the ID in the addresses of an account's calls, if it is not the
// account's own: Instagram accounts are reached by their Facebook Page.
const SettingPage = "page"

// SettingHumanAgent, "on", says that Meta has approved the app for the tag
// HUMAN_AGENT.
const SettingHumanAgent = "humanAgent"

// Page is a channel of the Messenger Platform: Messenger or Instagram.
type Page struct {
	Object   string // of its webhooks
	Platform string // its name in the Conversations API
	API      string
	Node     string // in the addresses, if no setting says so; "" = the account's ID
	Errors   Errors
	// Metadata says that messages may carry words of ours, which the echo repeats.
	Metadata bool
	// Images is how many go in one message.
	Images int
	// ProfileFields are what may be asked of a contact.
	ProfileFields string
}

func (p Page) node(a channel.Account) string {
	for _, s := range []string{a.Settings[SettingPage], p.Node, a.ID} {
		if s != "" {
			return s
		}
	}
	return "me"
}

func (p Page) address(a channel.Account, path ...string) string {
	out := Base(a, p.API)
	for _, s := range path {
		out += "/" + url.PathEscape(s)
	}
	return out
}

// Next gives the next step of a task. profile is the account's.
func (p Page) Next(a channel.Account, profile channel.Profile, t channel.Task, done []channel.Exchange, now time.Time) (channel.Step, error) {
	switch t := t.(type) {
	case channel.SendMessage:
		return p.send(a, profile, t, done, now), nil
	case channel.SendTyping:
		return p.action(a, t.To, "typing_on", done), nil
	case channel.SendRead:
		return p.action(a, t.To, "mark_seen", done), nil
	case channel.FetchProfile:
		return p.profile(a, t.Contact, done), nil
	case channel.FetchMedia:
		if !Secure(t.Media.URL, Base(a, p.API)) {
			return Failed("the file has no address"), nil
		}
		return p.Errors.Fetch(channel.Call{Method: http.MethodGet, URL: t.Media.URL}, t.Media, done), nil
	case channel.Reconcile:
		return p.reconcile(a, profile, t, done, now), nil
	case channel.SendDisconnect, channel.ListTemplates:
	}
	return channel.Step{}, channel.ErrUnsupported
}

// action shows the contact that we type or have read. It goes in a call of its
// own.
//
//	{"recipient":{"id":"7001"},"sender_action":"typing_on"}
func (p Page) action(a channel.Account, to, action string, done []channel.Exchange) channel.Step {
	body := sendRequest{Recipient: party{to}, Action: action}
	return p.Errors.Try(Post(p.address(a, p.node(a), "messages"), body), "", done)
}

// profile asks for a name. Having none is usual: who signed up by phone number,
// or did not agree, is called by their ID.
//
//	{"name":"Carla Borg","username":"carla_m","profile_pic":"https://cdn.example/c.jpg"}
func (p Page) profile(a channel.Account, contact string, done []channel.Exchange) channel.Step {
	answer, _, step := p.Errors.Ask(Get(p.address(a, contact), url.Values{"fields": {p.ProfileFields}}), done)
	if answer == nil {
		if r := step.Done; r != nil && !r.Retry {
			return channel.Step{Done: &channel.Receipt{State: message.Sent, Code: r.Code, Person: &channel.Person{}}}
		} else if r != nil && r.Trouble != tokenTrouble.Trouble {
			r.Trouble = "" // a profile that may not be read keeps nobody from writing
		}
		return step
	}
	var body struct {
		Name     string `json:"name"`
		First    string `json:"first_name"`
		Last     string `json:"last_name"`
		Username string `json:"username"`
		Picture  string `json:"profile_pic"`
	}
	if json.Unmarshal(answer.Body, &body) != nil {
		return p.Errors.Unreadable()
	}
	if body.Name == "" {
		body.Name = joined(body.First, body.Last)
	}
	person := channel.Person{Name: body.Name, Handle: body.Username, Picture: body.Picture}
	return channel.Step{Done: &channel.Receipt{State: message.Sent, Person: &person}}
}

func joined(first, last string) string {
	if first == "" || last == "" {
		return first + last
	}
	return first + " " + last
}
