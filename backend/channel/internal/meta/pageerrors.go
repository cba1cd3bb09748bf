package meta

import (
	"maps"

	"parley/backend/channel"
)

const (
	outside  = "%s accepts no reply any more: too much time has passed since the contact's last message"
	absent   = "%s cannot deliver to this contact: they may have blocked messages or left"
	elsewise = "another app answers this contact at the moment"
	invalid  = "%s did not accept the message"
	badFile  = "%s could not use the file"
)

func permission(what string) Known {
	return Known{Class: Later, Words: "the connection to %s needs your administrator", Trouble: what}
}

// PageErrors is the table of errors that Messenger and Instagram share, with
// those of one of them.
//
// "Common Error Codes", Messenger Platform, June 2026, read on 2026-11-22.
func PageErrors(label string, own map[string]Known) Errors {
	known := map[string]Known{
		"2":           {Class: Fault, Words: "%s has a fault at the moment"},
		"4":           {Class: Rate, Words: busy},
		"32":          {Class: Rate, Words: busy}, // of the Graph API in general
		"613":         {Class: Rate, Words: busy},
		"10/0":        permission("a permission is missing"),
		"10":          {Class: Final, Words: invalid, Quote: true}, // its subcodes say which rule
		"200":         permission("a permission is missing"),
		"190":         tokenTrouble,
		"100":         {Class: Final, Words: invalid, Quote: true},
		"10/1893063":  {Class: Later, Words: "%s has restricted the account for now", Trouble: "the page is temporarily restricted"},
		"551":         {Class: Final, Words: absent, Quote: true},
		"/1545041":    {Class: Final, Words: absent, Quote: true}, // two pages disagree on its meaning
		"9000001":     {Class: Final, Words: "the message that this one is about was deleted"},
		"100/2018047": {Class: Final, Words: badFile, Quote: true},
	}
	maps.Copy(known, own)
	return Errors{Label: label, Known: known}
}

// MessengerErrors are Facebook Messenger's.
func MessengerErrors() Errors {
	return PageErrors("Facebook Messenger", map[string]Known{
		"10/2018278":  {Class: Final, Words: outside, Rule: channel.RuleReplyWindow},
		"10/2018065":  {Class: Final, Words: outside, Rule: channel.RuleReplyWindow},
		"10/2018108":  {Class: Final, Words: absent},
		"/2018338":    {Class: Rate, Words: busy},
		"100/2018001": {Class: Final, Words: "%s does not know this contact"},
		"100/2018008": {Class: Final, Words: "%s could not fetch the file from the hub"},
		"100/2018109": {Class: Final, Words: "the file is larger than %s takes"},
		"100/2018294": {Class: Final, Words: "the video took %s too long to fetch"},
		"/2018218":    {Class: Final, Words: "this contact has no profile"},
		"/2018300":    {Class: Final, Words: elsewise},
	})
}

// InstagramErrors are Instagram's. Its page gives the main code of some subcodes
// only, so the subcode decides.
func InstagramErrors() Errors {
	return PageErrors("Instagram", map[string]Known{
		"/2534022": {Class: Final, Words: outside, Rule: channel.RuleReplyWindow},
		"/2534014": {Class: Final, Words: "%s does not know this contact"},
		"/2534013": {Class: Final, Words: invalid, Quote: true},
		"/2534015": {Class: Final, Words: invalid, Quote: true},
		"/2534029": {Class: Later, Words: "%s has blocked the account", Trouble: "the business is blocked from messaging"},
		"/2534037": {Class: Final, Words: elsewise},
		"/2534041": permission(`"Allow access to messages" is switched off in the Instagram app's settings`),
		"/2534040": {Class: Rate, Words: busy},
		"36103":    permission("the Instagram account is not eligible for messaging"),
	})
}
