package simulate

import "time"

// step is one thing a customer does. Exactly one of the fields but After is
// set.
type step struct {
	Say    string        // writes; {agent} becomes the agent's name
	Photo  string        // sends a picture with this text
	Wait   time.Duration // waits so long for an answer, then goes on anyway
	Pause  time.Duration // does nothing
	Away   time.Duration // closes the page and comes back
	Clear  bool          // clears the conversation
	Answer string        // writes after the next answer; leaves the hub alone without one
}

// persona is somebody who writes to the shop.
type persona struct {
	Key        string
	Attributes map[string]string
	Steps      []step
}

// patience is how long most customers wait for somebody to answer.
const patience = 90 * time.Second

// personas are the customers of a shop for outdoor gear.
func personas() []persona {
	return []persona{
		{Key: "payment", Attributes: map[string]string{"name": "Nora Lindqvist", "page": "/checkout", "cart": "Fjell 2 tent, 349.00 EUR"}, Steps: []step{
			{Say: "Hi, my payment was declined twice, but the bank says the card is fine."},
			{Say: "Order 40-1182, it's the Fjell 2 tent"},
			{Wait: patience},
			{Answer: "It's a Visa card, ending in 4417. Shall I try another one?"},
			{Answer: "That worked, thank you {agent}!"},
			{Pause: 4 * time.Second},
		}},
		{Key: "pole", Attributes: map[string]string{"name": "Tomás Herrera", "order": "39-8870"}, Steps: []step{
			{Say: "Hello! One of the poles of my tent bent in the wind last weekend."},
			{Photo: "This is what it looks like"},
			{Wait: patience},
			{Answer: "Can I get just the pole, or do I have to send the whole tent back?"},
			{Away: 40 * time.Second},
			{Say: "Sorry, I was on the train. Did you find the part?"},
			{Answer: "Perfect, then please send it to the address on the order."},
		}},
		{Key: "label", Attributes: map[string]string{"firstName": "Mei", "lastName": "Tanaka"}, Steps: []step{
			{Say: "Where do I find the return label? It wasn't in the parcel 📦"},
			{Wait: patience},
			{Answer: "Got it, and how long do I have?"},
			{Answer: "Great 🙏 bye!"},
			{Clear: true},
		}},
		{Key: "sizes", Steps: []step{
			{Say: "do the trail shoes run small?"},
			{Pause: 5 * time.Second},
			{Say: "I usually wear 42.5 / UK 8.5 but in between for hiking boots"},
			{Wait: patience},
			{Answer: "ok I'll take the 43 then 👟"},
		}},
		{Key: "arabic", Attributes: map[string]string{"name": "ليلى الحسن", "language": "ar"}, Steps: []step{
			{Say: "مرحبًا، طلبت خيمة قبل أسبوع ولم تصل بعد. رقم الطلب 40-0975"},
			{Wait: patience},
			{Answer: "شكرًا {agent}، هل يمكن التوصيل يوم السبت؟"},
			{Answer: "ممتاز، شكرًا جزيلًا 🌿"},
		}},
		{Key: "long name", Attributes: map[string]string{"name": "Maximiliane Freifrau von Hohenstein-Wolkenburg zu Untertannberg"}, Steps: []step{
			{Say: "Good afternoon. I would like to order twelve sleeping bags for our scout group. " +
				"Is there a discount for groups, and can you deliver them to two different addresses? " +
				"Eight should go to the club house and four to our camp site in the mountains, where nobody is at home before the 14th."},
			{Wait: patience},
			{Answer: "Excellent. Would you send me an offer by e-mail?"},
			{Pause: 8 * time.Second},
		}},
		{Key: "emoji", Attributes: map[string]string{"name": "Jo 🏕️"}, Steps: []step{
			{Say: "😭😭😭"},
			{Say: "the zip of my jacket broke after ONE day"},
			{Wait: 45 * time.Second},
			{Say: "hello? 👋🏽"},
			{Answer: "ok ok 👍 where do I send it"},
		}},
		{Key: "impatient", Steps: []step{
			{Say: "Is anybody there?"},
			{Wait: 20 * time.Second},
			{Say: "Never mind."},
		}},
	}
}
