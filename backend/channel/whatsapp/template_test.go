package whatsapp_test

import (
	"net/url"
	"reflect"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/whatsapp"
	"parley/backend/message"
)

// The list of the reference, a positional template and some that an agent cannot
// fill.
const (
	named = `{"id":"1","name":"appointment_note","language":"en_GB","status":"APPROVED","category":"UTILITY","parameter_format":"NAMED","components":[
		{"type":"BODY","text":"Hi {{first_name}}, see you {{day}}. Bye, {{first_name}}!",
		 "example":{"body_text_named_params":[{"param_name":"first_name","example":"Ann"},{"param_name":"day","example":"Monday"}]}},
		{"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Confirm"}]}]}`
	positional = `{"name":"parcel","language":"de","status":"APPROVED","category":"UTILITY","parameter_format":"POSITIONAL","components":[
		{"type":"HEADER","format":"TEXT","text":"Order {{1}}","example":{"header_text":["4711"]}},
		{"type":"BODY","text":"{{2}} comes {{1}}, by {{10}}","example":{"body_text":[["today","It"]]}},
		{"type":"FOOTER","text":"The shop"},
		{"type":"BUTTONS","buttons":[{"type":"PHONE_NUMBER","text":"Call"},{"type":"URL","text":"Track","url":"https://shop.example/{{1}}"},{"type":"COPY_CODE","text":"Copy"}]}]}`
	picture = `{"name":"offer","language":"en","status":"APPROVED","category":"MARKETING","components":[{"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"Look."}]}`
)

func list(t *testing.T, templates string) []channel.Template {
	t.Helper()
	_, receipt := channeltest.Play(t, connector, account(), channel.ListTemplates{}, t0, channeltest.Answer(200, `{"data":[`+templates+`]}`))
	if receipt.State != message.Sent {
		t.Fatalf("%+v", receipt)
	}
	return receipt.Templates
}

func TestTemplatesAreListedWithWhatTheyAskFor(t *testing.T) {
	want := []channel.Template{
		{
			Name: "appointment_note", Language: "en_GB", Category: "UTILITY", Status: "APPROVED", Sendable: true,
			Text: "Hi {{first_name}}, see you {{day}}. Bye, {{first_name}}!", Buttons: []string{"Confirm"},
			Parameters: []channel.Parameter{
				{Part: message.TemplateBody, Placeholder: "{{first_name}}", Name: "first_name", Kind: message.TemplateText, Example: "Ann"},
				{Part: message.TemplateBody, Placeholder: "{{day}}", Name: "day", Kind: message.TemplateText, Example: "Monday"},
			},
		},
		{
			Name: "parcel", Language: "de", Category: "UTILITY", Status: "APPROVED", Sendable: true,
			Header: "Order {{1}}", Text: "{{2}} comes {{1}}, by {{10}}", Footer: "The shop", Buttons: []string{"Call", "Track", "Copy"},
			Parameters: []channel.Parameter{
				{Part: message.TemplateHeader, Placeholder: "{{1}}", Kind: message.TemplateText, Example: "4711"},
				{Part: message.TemplateBody, Placeholder: "{{1}}", Kind: message.TemplateText, Example: "today"},
				{Part: message.TemplateBody, Placeholder: "{{2}}", Kind: message.TemplateText, Example: "It"},
				{Part: message.TemplateBody, Placeholder: "{{10}}", Kind: message.TemplateText},
				{Part: message.TemplateLink, Index: 1, Kind: message.TemplateText, Example: "https://shop.example/{{1}}"},
				{Part: message.TemplateCopyCode, Index: 2, Kind: message.TemplateText},
			},
		},
		{
			Name: "offer", Language: "en", Category: "MARKETING", Status: "APPROVED", Sendable: true, Text: "Look.",
			Parameters: []channel.Parameter{{Part: message.TemplateHeader, Kind: message.TemplateImage}},
		},
	}
	if got := list(t, named+","+positional+","+picture); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestOnlyApprovedTemplatesThatAnAgentCanFillAreSendable(t *testing.T) {
	for name, template := range map[string]string{
		"paused":          `{"name":"x","status":"PAUSED","category":"UTILITY"}`,
		"pending":         `{"name":"x","status":"PENDING","category":"UTILITY"}`,
		"authentication":  `{"name":"x","status":"APPROVED","category":"AUTHENTICATION"}`,
		"a place":         `{"name":"x","status":"APPROVED","components":[{"type":"HEADER","format":"LOCATION"}]}`,
		"a flow":          `{"name":"x","status":"APPROVED","components":[{"type":"BUTTONS","buttons":[{"type":"FLOW","text":"y"}]}]}`,
		"a carousel":      `{"name":"x","status":"APPROVED","components":[{"type":"CAROUSEL"}]}`,
		"unknown, future": `{"name":"x","status":"SPARKLING"}`,
	} {
		if got := list(t, template); len(got) != 1 || got[0].Sendable {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := list(t, `{"name":7},{"status":"APPROVED"},"x",null,`+picture); len(got) != 1 || got[0].Name != "offer" {
		t.Errorf("what is no template is left out: %+v", got)
	}
}

func TestTheListIsReadPageByPage(t *testing.T) {
	first := channeltest.Answer(200, `{"data":[`+named+`],"paging":{"cursors":{"after":"A1"},"next":"https://graph.facebook.com/x?access_token=SECRET&after=A1"}}`)
	last := channeltest.Answer(200, `{"data":[`+picture+`],"paging":{"cursors":{"after":"A2"}}}`)
	steps, receipt := channeltest.Play(t, connector, account(), channel.ListTemplates{}, t0, first, channeltest.Silence, last)
	if len(receipt.Templates) != 2 || len(steps) != 3 {
		t.Errorf("%d calls, %+v", len(steps), receipt)
	}
	for i, after := range []string{"", "A1", "A1"} {
		u, err := url.Parse(steps[i].Call.URL)
		if err != nil || u.Path != "/v23.0/110220330440550/message_templates" || u.Query().Get("after") != after || u.Query().Has("access_token") {
			t.Errorf("call %d: %s", i, steps[i].Call.URL)
		}
	}
}

func TestAListThatPointsAtItselfEnds(t *testing.T) {
	page := channeltest.Answer(200, `{"data":[`+picture+`],"paging":{"cursors":{"after":"A1"},"next":"x"}}`)
	if _, r := channeltest.Play(t, connector, account(), channel.ListTemplates{}, t0, page, page); len(r.Templates) != 2 {
		t.Errorf("%+v", r)
	}
}

func TestTemplatesOfAnAccountWithoutItsBusiness(t *testing.T) {
	a := account()
	a.Settings = nil
	_, receipt := channeltest.Play(t, connector, a, channel.ListTemplates{}, t0)
	if receipt.State != message.Failed || receipt.Retry {
		t.Errorf("%+v", receipt)
	}
}

// fill lists a template, fills it and sends it long after the window closed.
func fill(t *testing.T, template string, values ...string) channel.SendMessage {
	t.Helper()
	body, err := list(t, template)[0].Fill(values)
	if err != nil {
		t.Fatal(err)
	}
	m := text("")
	m.Body, m.Facts = body, wrote(t0.Add(-30*day))
	return m
}

func TestANamedTemplate(t *testing.T) {
	m := fill(t, named, "Carla", "Thursday")
	if m.Body.Text != "Hi Carla, see you Thursday. Bye, Carla!" {
		t.Errorf("the contact reads %q", m.Body.Text)
	}
	same(t, sent(t, m, 1), head+`"type":"template","template":{"name":"appointment_note","language":{"code":"en_GB"},"components":[`+
		`{"type":"body","parameters":[{"type":"text","parameter_name":"first_name","text":"Carla"},{"type":"text","parameter_name":"day","text":"Thursday"}]}]}`+tail)
}

func TestAPositionalTemplateWithButtons(t *testing.T) {
	m := fill(t, positional, "4711", "today", "It", "bike", "t/4711", "SAVE5")
	if m.Body.Text != "Order 4711\n\nIt comes today, by bike\n\nThe shop" {
		t.Errorf("the contact reads %q", m.Body.Text)
	}
	same(t, sent(t, m, 1), head+`"type":"template","template":{"name":"parcel","language":{"code":"de"},"components":[`+
		`{"type":"header","parameters":[{"type":"text","text":"4711"}]},`+
		`{"type":"body","parameters":[{"type":"text","text":"today"},{"type":"text","text":"It"},{"type":"text","text":"bike"}]},`+
		`{"type":"button","sub_type":"url","index":"1","parameters":[{"type":"text","text":"t/4711"}]},`+
		`{"type":"button","sub_type":"copy_code","index":"2","parameters":[{"type":"coupon_code","coupon_code":"SAVE5"}]}]}`+tail)
}

func TestATemplateWithAFile(t *testing.T) {
	m := fill(t, picture, "a1")
	unsent(t, m, t0) // the file has no address yet
	m = with(m, message.Attachment{ID: "a1", Name: "a.png", MIME: "image/png"})
	same(t, sent(t, m, 1), head+`"type":"template","template":{"name":"offer","language":{"code":"en"},"components":[`+
		`{"type":"header","parameters":[{"type":"image","image":{"link":"https://hub.example/a1"}}]}]}`+tail)
	m.Body.Template.Values[0].Kind = message.TemplateDocument
	same(t, sent(t, m, 1), head+`"type":"template","template":{"name":"offer","language":{"code":"en"},"components":[`+
		`{"type":"header","parameters":[{"type":"document","document":{"link":"https://hub.example/a1","filename":"a.png"}}]}]}`+tail)
	m.Body.Template.Values[0].Kind = message.TemplateVideo
	same(t, sent(t, m, 1), head+`"type":"template","template":{"name":"offer","language":{"code":"en"},"components":[`+
		`{"type":"header","parameters":[{"type":"video","video":{"link":"https://hub.example/a1"}}]}]}`+tail)
}

func TestAQuickReplyOfATemplateMayHaveAPayload(t *testing.T) {
	m := fill(t, named, "Carla", "Thursday")
	m.Body.Template.Values = []message.TemplateValue{{Part: message.TemplateQuick, Index: 0, Kind: message.TemplatePayload, Text: "CONFIRM"}}
	same(t, sent(t, m, 1), head+`"type":"template","template":{"name":"appointment_note","language":{"code":"en_GB"},"components":[`+
		`{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"CONFIRM"}]}]}`+tail)
}

func TestATemplateThatWasRefusedAsksForTheListAgain(t *testing.T) {
	for _, code := range []string{"132000", "132001", "132005", "132007", "132012", "132015", "132016", "132068", "132069"} {
		m := fill(t, named, "Carla", "Thursday")
		_, r := channeltest.Play(t, connector, account(), m, t0, channeltest.Answer(404, `{"error":{"code":`+code+`,"message":"m"}}`))
		if r.State != message.Failed || r.Rule != channel.RuleTemplate || r.Code != code {
			t.Errorf("%s: %+v", code, r)
		}
	}
}

// What the text that Parley implements says of WhatsApp.

func TestReplyToAnInboundMessageFromWhatsAppWithin24Hours(t *testing.T) {
	m := text("Still in time.")
	if _, r := channeltest.Play(t, connector, account(), m, t0.Add(day), taken(1)); r.State != message.Sent {
		t.Errorf("%+v", r)
	}
}

func TestAfter24HoursYouMustUseATemplateMessageToRespond(t *testing.T) {
	late := t0.Add(day + time.Millisecond)
	want := channel.Receipt{
		State: message.Failed, Rule: channel.RuleReplyWindow,
		Reason: "replies are accepted for 24 hours after the contact's last message; now only an approved template can be sent",
	}
	if r := unsent(t, text("Too late."), late); !reflect.DeepEqual(r, want) {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
	policy := connector.Profile(account()).Policy
	if err := policy.Permit(wrote(t0), channel.Draft{}, late); err == nil || !err.(*channel.Refusal).Template {
		t.Errorf("the agent is not told that a template can be sent: %v", err)
	}
	m := fill(t, named, "Carla", "Thursday")
	m.Facts = wrote(t0)
	if _, r := channeltest.Play(t, whatsapp.Connector{}, account(), m, late, taken(1)); r.State != message.Sent {
		t.Errorf("%+v", r)
	}
}
