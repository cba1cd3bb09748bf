package sms

import (
	"encoding/json"
	"strconv"

	"parley/backend/channel"
)

// fault is one of Twilio's errors in words for the agent.
type fault struct {
	reason  string
	rule    string
	trouble string // for the administrator: the account cannot send at all
}

// faults are Twilio's errors that say something an agent can act on: 2xxxx come
// in answers, 3xxxx in status callbacks.
//
// https://www.twilio.com/docs/api/errors
var faults = map[int]fault{
	20003: {reason: "Twilio refuses the company's credentials. An administrator has to look.", trouble: "Twilio refuses the credentials (20003). Check the API key or the auth token."},
	20404: {reason: "Twilio does not know the account that sends. An administrator has to look.", trouble: "Twilio does not know the account (20404). Check the account SID."},
	20429: {reason: "Twilio takes no more messages for the moment. Send it again in a minute."},
	21211: {reason: "This is not a number that SMS reaches. Ask the customer for another one."},
	21408: {reason: "SMS to this country is not switched on at Twilio. An administrator can do that."},
	21606: {reason: "The company's number cannot send SMS to this number. An administrator has to look."},
	21608: {reason: "Twilio's trial account sends only to verified numbers. An administrator has to look."},
	21610: {reason: "The customer has opted out with STOP. Nothing arrives until they send START.", rule: channel.RuleOptedOut},
	21612: {reason: "There is no route from the company's number to this one. Use another channel."},
	21614: {reason: "This is not a mobile number. Use another channel."},
	21617: {reason: "The text is longer than 1600 characters. Send it in parts."},
	21620: {reason: "Twilio could not load the file. Send the text without it, or the file again."},
	21635: {reason: "This is a landline. Use another channel."},
	30001: {reason: "Twilio's queue was full. Send the message again in a minute."},
	30002: {reason: "Twilio has suspended the company's account. An administrator has to look.", trouble: "Twilio has suspended the account (30002)."},
	30003: {reason: "The phone is off or out of reach. Send the message again later."},
	30004: {reason: "The number or its carrier blocks messages of the company. Use another channel."},
	30005: {reason: "The number is not in use. Ask the customer for another one."},
	30006: {reason: "The number is a landline, or its carrier cannot be reached. Use another channel."},
	30007: {reason: "The carrier took the message for spam. Write it differently; an administrator can check the number's registration."},
	30008: {reason: "The carrier did not say why. Send the message once more."},
	30019: {reason: "The message with its files is too large for the carrier. Send fewer or smaller files."},
	30022: {reason: "The carrier's limit for the company's number is reached. Send the message again in a few minutes."},
}

// faultOf gives the words for an error of Twilio's; code may be empty.
func faultOf(code string) fault {
	n, err := strconv.Atoi(code)
	if err != nil {
		return fault{reason: "Twilio did not deliver the message and did not say why. Send it again or use another channel."}
	}
	if f, known := faults[n]; known {
		return f
	}
	return fault{reason: "Twilio did not deliver the message (error " + strconv.Itoa(n) + "). Send it again or use another channel."}
}

// refusal reads the error of a call that Twilio refused, and its number.
//
//	{"code": 21610, "message": "…", "more_info": "…", "status": 400}
func refusal(e channel.Exchange) (fault, string) {
	var body struct {
		Code int `json:"code"`
	}
	if err := json.Unmarshal(e.Body, &body); err != nil || body.Code == 0 {
		if e.Status == 401 || e.Status == 403 {
			return faults[20003], strconv.Itoa(e.Status)
		}
		return fault{reason: "Twilio refused the message (HTTP " + strconv.Itoa(e.Status) + "). An administrator has to look."}, strconv.Itoa(e.Status)
	}
	code := strconv.Itoa(body.Code)
	return faultOf(code), code
}
