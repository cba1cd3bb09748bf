package whatsapp

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"parley/backend/channel"
	"parley/backend/channel/internal/meta"
	"parley/backend/message"
)

// outTemplate sends a template by its name and language.
//
//	{"name":"appointment_note","language":{"code":"en_GB"},"components":[
//	  {"type":"body","parameters":[{"type":"text","parameter_name":"day","text":"Thursday"}]},
//	  {"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"CONFIRM"}]}]}
type outTemplate struct {
	Name     string `json:"name"`
	Language struct {
		Code string `json:"code"`
	} `json:"language"`
	Components []outComponent `json:"components,omitempty"`
}

type outComponent struct {
	Type       string         `json:"type"`
	SubType    string         `json:"sub_type,omitempty"`
	Index      string         `json:"index,omitempty"`
	Parameters []outParameter `json:"parameters"`
}

type outParameter struct {
	Type     string   `json:"type"`
	Name     string   `json:"parameter_name,omitempty"`
	Text     string   `json:"text,omitempty"`
	Payload  string   `json:"payload,omitempty"`
	Code     string   `json:"coupon_code,omitempty"`
	Image    *outFile `json:"image,omitempty"`
	Video    *outFile `json:"video,omitempty"`
	Document *outFile `json:"document,omitempty"`
}

// fromTemplate turns a filled template into its call. problem says in words why
// it cannot be sent.
func fromTemplate(t channel.SendMessage) (r request, problem string) {
	filled := t.Body.Template
	out := &outTemplate{Name: filled.Name}
	out.Language.Code = filled.Language
	place := map[string]int{}
	for _, v := range filled.Values {
		c, p := component(v), outParameter{Type: string(v.Kind), Name: v.Name, Text: v.Text}
		switch file := (&outFile{Link: t.FileURL[v.Attachment]}); v.Kind {
		case message.TemplateText:
		case message.TemplatePayload:
			p.Text, p.Payload = "", v.Text
		case message.TemplateImage:
			p.Image = file
		case message.TemplateVideo:
			p.Video = file
		case message.TemplateDocument:
			p.Document = file
			for _, a := range t.Body.Attachments {
				if a.ID == v.Attachment {
					file.Filename = a.Name
				}
			}
		}
		if v.Attachment != "" && t.FileURL[v.Attachment] == "" {
			return request{}, "the file of the template cannot be sent"
		}
		if v.Part == message.TemplateCopyCode {
			p.Type, p.Text, p.Code = "coupon_code", "", v.Text
		}
		key := c.Type + c.Index
		if _, ok := place[key]; !ok {
			place[key] = len(out.Components)
			out.Components = append(out.Components, c)
		}
		parameters := &out.Components[place[key]].Parameters
		*parameters = append(*parameters, p)
	}
	return request{Type: "template", Template: out}, ""
}

func component(v message.TemplateValue) outComponent {
	switch v.Part {
	case message.TemplateHeader, message.TemplateBody:
		return outComponent{Type: string(v.Part)}
	case message.TemplateQuick, message.TemplateLink, message.TemplateCopyCode:
	}
	return outComponent{Type: "button", SubType: string(v.Part), Index: fmt.Sprint(v.Index)}
}

// listed is a template as the platform lists it.
//
//	{"name":"appointment_note","language":"en_GB","status":"APPROVED","category":"UTILITY","parameter_format":"NAMED",
//	 "components":[{"type":"BODY","text":"Hi {{first_name}}, see you {{day}}.",
//	   "example":{"body_text_named_params":[{"param_name":"first_name","example":"Ann"}]}},
//	  {"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Confirm"}]}]}
type listed struct {
	Name       string            `json:"name"`
	Language   string            `json:"language"`
	Status     string            `json:"status"`
	Category   string            `json:"category"`
	Format     string            `json:"parameter_format"`
	Components []listedComponent `json:"components"`
}

type listedComponent struct {
	Type    string         `json:"type"`
	Format  string         `json:"format"`
	Text    string         `json:"text"`
	Buttons []listedButton `json:"buttons"`
	Example struct {
		HeaderText  []string       `json:"header_text"`
		BodyText    [][]string     `json:"body_text"`
		HeaderNamed []namedExample `json:"header_text_named_params"`
		BodyNamed   []namedExample `json:"body_text_named_params"`
	} `json:"example"`
}

type listedButton struct {
	Type string `json:"type"`
	Text string `json:"text"`
	URL  string `json:"url"`
}

type namedExample struct {
	Name    string `json:"param_name"`
	Example string `json:"example"`
}

// maxPages of a hundred templates are all that an account may have.
const maxPages = 60

// listTemplates asks page by page. The next one is asked for by its cursor: the
// address that the platform gives for it holds the token.
func listTemplates(a channel.Account, done []channel.Exchange) channel.Step {
	business := a.Settings[SettingBusiness]
	if business == "" {
		return meta.Failed("the connection to WhatsApp needs your administrator: the setting " + SettingBusiness + " is missing")
	}
	query := url.Values{"fields": {"name,language,status,category,parameter_format,components"}, "limit": {"100"}}
	out := []channel.Template{}
	for range maxPages {
		answer, left, step := table.Ask(meta.Get(address(a, business, "message_templates"), query), done)
		if answer == nil {
			return step
		}
		var page struct {
			Data   []json.RawMessage `json:"data"`
			Paging struct {
				Cursors struct {
					After string `json:"after"`
				} `json:"cursors"`
				Next string `json:"next"`
			} `json:"paging"`
		}
		if json.Unmarshal(answer.Body, &page) != nil {
			return table.Unreadable()
		}
		for _, data := range page.Data {
			var l listed
			if json.Unmarshal(data, &l) == nil && l.Name != "" {
				out = append(out, l.template())
			}
		}
		after := page.Paging.Cursors.After
		if page.Paging.Next == "" || after == "" || after == query.Get("after") {
			break
		}
		query.Set("after", after)
		done = left
	}
	return channel.Step{Done: &channel.Receipt{State: message.Sent, Templates: out}}
}

// template tells what a template asks for. One that asks for what an agent cannot
// give here is listed, but not sendable.
func (l listed) template() channel.Template {
	t := channel.Template{
		Name: l.Name, Language: l.Language, Category: l.Category, Status: l.Status,
		Sendable: l.Status == "APPROVED" && l.Category != "AUTHENTICATION",
	}
	for _, c := range l.Components {
		switch c.Type {
		case "HEADER":
			if !l.header(&t, c) {
				t.Sendable = false
			}
		case "BODY":
			t.Text = c.Text
			t.Parameters = append(t.Parameters, l.placeholders(message.TemplateBody, c.Text, c.bodyExamples())...)
		case "FOOTER":
			t.Footer = c.Text
		case "BUTTONS":
			for i, b := range c.Buttons {
				if !button(&t, i, b) {
					t.Sendable = false
				}
			}
		default:
			t.Sendable = false
		}
	}
	return t
}

func (l listed) header(t *channel.Template, c listedComponent) bool {
	kinds := map[string]message.TemplateValues{
		"IMAGE": message.TemplateImage, "VIDEO": message.TemplateVideo, "DOCUMENT": message.TemplateDocument,
	}
	if c.Format == "TEXT" || c.Format == "" {
		t.Header = c.Text
		examples := map[string]string{}
		for i, e := range c.Example.HeaderText {
			examples[fmt.Sprint(i+1)] = e
		}
		for _, e := range c.Example.HeaderNamed {
			examples[e.Name] = e.Example
		}
		t.Parameters = append(t.Parameters, l.placeholders(message.TemplateHeader, c.Text, examples)...)
		return true
	}
	kind, ok := kinds[c.Format]
	if ok {
		t.Parameters = append(t.Parameters, channel.Parameter{Part: message.TemplateHeader, Kind: kind})
	}
	return ok
}

func (c listedComponent) bodyExamples() map[string]string {
	out := map[string]string{}
	if len(c.Example.BodyText) > 0 {
		for i, e := range c.Example.BodyText[0] {
			out[fmt.Sprint(i+1)] = e
		}
	}
	for _, e := range c.Example.BodyNamed {
		out[e.Name] = e.Example
	}
	return out
}

// placeholder is {{1}} or {{first_name}}.
var placeholder = regexp.MustCompile(`\{\{\s*([0-9A-Za-z_]+)\s*\}\}`)

// placeholders lists what a text asks for, each once, in the order that the
// platform takes them: positional ones by number, named ones as they come.
func (l listed) placeholders(part message.TemplatePart, text string, examples map[string]string) []channel.Parameter {
	var out []channel.Parameter
	seen := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if seen[m[1]] {
			continue
		}
		seen[m[1]] = true
		p := channel.Parameter{Part: part, Placeholder: m[0], Kind: message.TemplateText, Example: examples[m[1]]}
		if l.Format == "NAMED" {
			p.Name = m[1]
		}
		out = append(out, p)
	}
	if l.Format != "NAMED" {
		sortByNumber(out)
	}
	return out
}

// sortByNumber puts {{2}} after {{1}} and before {{10}}.
func sortByNumber(list []channel.Parameter) {
	slices.SortStableFunc(list, func(a, b channel.Parameter) int {
		return numberOf(a) - numberOf(b)
	})
}

func numberOf(p channel.Parameter) int {
	n, _ := strconv.Atoi(placeholder.FindStringSubmatch(p.Placeholder)[1])
	return n // 0 for what is no number: it stays in front
}

// button adds a button; false if it asks for what cannot be given here.
func button(t *channel.Template, i int, b listedButton) bool {
	t.Buttons = append(t.Buttons, b.Text)
	switch b.Type {
	case "QUICK_REPLY":
		// Its payload may be left out; then the label comes back.
		return true
	case "PHONE_NUMBER":
		return true
	case "URL":
		if strings.Contains(b.URL, "{{") {
			t.Parameters = append(t.Parameters, channel.Parameter{Part: message.TemplateLink, Index: i, Kind: message.TemplateText, Example: b.URL})
		}
		return true
	case "COPY_CODE":
		t.Parameters = append(t.Parameters, channel.Parameter{Part: message.TemplateCopyCode, Index: i, Kind: message.TemplateText})
		return true
	}
	return false
}
