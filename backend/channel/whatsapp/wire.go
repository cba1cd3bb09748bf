package whatsapp

import "encoding/json"

// The webhook. A change of the field "messages" has messages with their contacts,
// or statuses, or errors; its account is metadata.phone_number_id, while entry.id
// is the business account above it.
//
//	{"object":"whatsapp_business_account","entry":[{"id":"110220330440550","changes":[{"field":"messages",
//	  "value":{"messaging_product":"whatsapp",
//	    "metadata":{"display_phone_number":"35621000000","phone_number_id":"220330440550660"},
//	    "contacts":[{"profile":{"name":"Carla"},"wa_id":"35699000000","user_id":"MT.1029384756"}],
//	    "messages":[{"id":"wamid.IN1","from":"35699000000","from_user_id":"MT.1029384756",
//	      "timestamp":"1793000200","type":"text","text":{"body":"Hello"}}]}}]}]}
//
// https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/
type envelope struct {
	Object string  `json:"object"`
	Entry  []entry `json:"entry"`
}

type entry struct {
	ID      string   `json:"id"`
	Changes []change `json:"changes"`
}

type change struct {
	Field string `json:"field"`
	Value value  `json:"value"`
}

type value struct {
	Metadata metadata  `json:"metadata"`
	Contacts []contact `json:"contacts"`
	Messages []inbound `json:"messages"`
	Statuses []report  `json:"statuses"`
	Echoes   []inbound `json:"message_echoes"`
	Errors   []problem `json:"errors"`
}

type metadata struct {
	PhoneNumberID string `json:"phone_number_id"`
}

type contact struct {
	Profile struct {
		Name     string `json:"name"`
		Username string `json:"username"`
	} `json:"profile"`
	WaID   string `json:"wa_id"`
	UserID string `json:"user_id"`
}

// inbound is a message. The object named by its type holds the content.
type inbound struct {
	ID         string          `json:"id"`
	From       string          `json:"from"`
	FromUserID string          `json:"from_user_id"`
	To         string          `json:"to"` // of echoes
	ToUserID   string          `json:"to_user_id"`
	Timestamp  json.RawMessage `json:"timestamp"`
	Type       string          `json:"type"`
	GroupID    string          `json:"group_id"`
	Context    *struct {
		ID         string `json:"id"`
		Forwarded  bool   `json:"forwarded"`
		Frequently bool   `json:"frequently_forwarded"`
	} `json:"context"`
	Referral *struct {
		SourceURL  string `json:"source_url"`
		SourceID   string `json:"source_id"`
		SourceType string `json:"source_type"`
		Headline   string `json:"headline"`
		ClickID    string `json:"ctwa_clid"`
	} `json:"referral"`

	content
	Reaction *struct {
		MessageID string `json:"message_id"`
		Emoji     string `json:"emoji"`
	} `json:"reaction"`
	System *struct {
		Type       string `json:"type"`
		WaID       string `json:"wa_id"`
		UserID     string `json:"user_id"`
		PreviousID string `json:"previous_user_id"`
	} `json:"system"`
	Revoke *struct {
		Original string `json:"original_message_id"`
	} `json:"revoke"`
	Edit *struct {
		Original string `json:"original_message_id"`
		Message  struct {
			Type string `json:"type"`
			content
		} `json:"message"`
	} `json:"edit"`
}

// content is what a message says.
type content struct {
	Text *struct {
		Body string `json:"body"`
	} `json:"text"`
	Image       *file        `json:"image"`
	Video       *file        `json:"video"`
	Audio       *file        `json:"audio"`
	Document    *file        `json:"document"`
	Sticker     *file        `json:"sticker"`
	Location    *location    `json:"location"`
	Contacts    []card       `json:"contacts"`
	Interactive *interactive `json:"interactive"`
	Button      *struct {
		Text    string `json:"text"`
		Payload string `json:"payload"`
	} `json:"button"`
	Order       *order `json:"order"`
	Unsupported *struct {
		Type string `json:"type"`
	} `json:"unsupported"`
}

type file struct {
	ID       string `json:"id"`
	MIME     string `json:"mime_type"`
	SHA256   string `json:"sha256"`
	Caption  string `json:"caption"`
	Filename string `json:"filename"`
	Voice    bool   `json:"voice"`
}

// location has pointers, so that a coordinate that cannot be read is not zero.
type location struct {
	Latitude  *float64 `json:"latitude"`
	Longitude *float64 `json:"longitude"`
	Name      string   `json:"name"`
	Address   string   `json:"address"`
}

type card struct {
	Name struct {
		Formatted string `json:"formatted_name"`
		First     string `json:"first_name"`
		Last      string `json:"last_name"`
	} `json:"name"`
	Phones []struct {
		Phone string `json:"phone"`
	} `json:"phones"`
	Emails []struct {
		Email string `json:"email"`
	} `json:"emails"`
	Org struct {
		Company string `json:"company"`
	} `json:"org"`
}

type interactive struct {
	Type        string  `json:"type"`
	ButtonReply *choice `json:"button_reply"`
	ListReply   *choice `json:"list_reply"`
	FlowReply   *struct {
		Body     string `json:"body"`
		Response string `json:"response_json"`
	} `json:"nfm_reply"`
}

type choice struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

type order struct {
	Text  string `json:"text"`
	Items []struct {
		Product  string          `json:"product_retailer_id"`
		Quantity json.RawMessage `json:"quantity"`
		Price    json.RawMessage `json:"item_price"`
		Currency string          `json:"currency"`
	} `json:"product_items"`
}

// report is a status of a message that we sent.
type report struct {
	ID              string          `json:"id"`
	Status          string          `json:"status"`
	Timestamp       json.RawMessage `json:"timestamp"`
	RecipientID     string          `json:"recipient_id"`
	RecipientUserID string          `json:"recipient_user_id"`
	Callback        string          `json:"biz_opaque_callback_data"`
	Errors          []problem       `json:"errors"`
}

type problem struct {
	Code    int    `json:"code"`
	Title   string `json:"title"`
	Message string `json:"message"`
	Data    struct {
		Details string `json:"details"`
	} `json:"error_data"`
}
