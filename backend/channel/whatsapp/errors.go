package whatsapp

import (
	"time"

	"parley/backend/channel"
	"parley/backend/channel/internal/meta"
)

const (
	admin   = "the connection to %s needs your administrator"
	busy    = "%s takes no more messages for the moment"
	refused = "%s did not accept the message"
	broken  = "%s has a fault at the moment"
)

// stop is an error after which nothing works until somebody looks.
func stop(trouble string) meta.Known {
	return meta.Known{Class: meta.Later, Words: admin, Trouble: trouble}
}

func final(words string) meta.Known  { return meta.Known{Class: meta.Final, Words: words} }
func quoted(words string) meta.Known { return meta.Known{Class: meta.Final, Words: words, Quote: true} }

// template is an error of one template: the list of templates is out of date.
func template(words string) meta.Known {
	return meta.Known{Class: meta.Final, Words: words, Rule: channel.RuleTemplate}
}

// table is what the codes mean. Titles change and will go away; the code and its
// details decide.
//
// "Error codes", WhatsApp Cloud API, December 2025, read on 2026-11-22.
var table = meta.Errors{Label: "WhatsApp", Other: permissions, Known: map[string]meta.Known{
	"0":      stop("the access token is invalid or has expired"),
	"190":    stop("the access token is invalid or has expired"),
	"3":      stop("a permission is missing"),
	"10":     stop("a permission is missing"),
	"4":      {Class: meta.Rate, Words: busy},
	"80007":  {Class: meta.Rate, Words: busy},
	"130429": {Class: meta.Rate, Words: busy},
	"131056": {Class: meta.RateContact, Words: "too many messages to this contact in a short time"},
	"131048": stop("messages from this number are limited because people marked them as spam"),
	"133016": {Class: meta.Later, Words: admin, Trouble: "the number was registered too often: wait before trying again", Wait: time.Hour},
	"368":    stop("the account is blocked for breaking a policy"),
	"131031": stop("the account is locked"),
	"130472": final("%s holds this message back: the contact is part of an experiment on marketing messages"),
	"130497": final("%s does not allow messages to the contact's country"),
	"131000": {Class: meta.Fault, Words: broken},
	"131016": {Class: meta.Fault, Words: broken},
	"131057": {Class: meta.Fault, Words: broken},
	"131005": quoted(refused),
	"131008": quoted(refused),
	"131009": quoted(refused),
	"131021": final("sender and recipient are the same number"),
	"131026": final("the message cannot be delivered: the contact is not on %s, has an old version of it, or has not agreed to its terms"),
	"131037": stop("the number's display name is not approved"),
	"131042": stop("there is a problem with the account's payment method"),
	"131045": stop("the number is not registered properly"),
	"131047": {Class: meta.Final, Rule: channel.RuleReplyWindow, Words: "more than 24 hours have passed since the contact's last message: only an approved template can be sent"},
	"131049": {Class: meta.Later, Wait: 24 * time.Hour, Words: "%s holds this message back, because the contact gets many marketing messages; it may be sent again after 24 hours"},
	"131050": final("the contact has stopped marketing messages"),
	"131051": final("%s does not take this type of message"),
	"131052": {Class: meta.FaultOnce, Words: "%s could not load the file"},
	"131053": quoted("%s could not use the file"),
	"131055": quoted(refused),
	"132000": template("the template asks for another number of values"),
	"132001": template("the template does not exist in this language, or is not approved"),
	"132005": template("the text of the template is too long with these values"),
	"132007": template("the template's content breaks a policy of %s"),
	"132012": template("a value of the template has the wrong form"),
	"132015": template("the template is paused because of its quality"),
	"132016": template("the template was switched off because of its quality"),
	"132068": template("the template's flow is blocked"),
	"132069": template("the template's flow is limited for now"),
	"133010": stop("the number is not registered"),
	"135000": {Class: meta.FaultOnce, Words: refused, Quote: true},
}}

// permissions are the codes 200 to 299.
func permissions(code int) (meta.Known, bool) {
	return stop("a permission is missing"), code >= 200 && code <= 299
}
