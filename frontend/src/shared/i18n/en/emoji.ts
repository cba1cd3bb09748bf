/** Emoji and the words that find them: one a line, its name first. */
export const emoji = {
  "emoji.faces.list": `
😀 grinning, happy, smile
😃 smiling with open mouth, happy, joy
😄 smiling eyes, happy, laugh
😁 beaming, grin
😅 relieved laugh, sweat, phew
😂 tears of joy, laugh, lol
🙂 slight smile, ok, fine
🙃 upside down, silly
😉 wink, joke
😊 blushing smile, thanks, warm
😇 halo, angel, innocent
🥰 hearts, love, adore
😍 heart eyes, love, wow
🤩 star eyes, wow, amazing
😘 kiss, love
😋 yummy, tasty, delicious
😜 tongue wink, joke, silly
🤗 hug, welcome
🤭 giggle, oops
🤔 thinking, hmm, wonder
🤐 zipped mouth, secret
😐 neutral, meh
🙄 rolling eyes, annoyed
😏 smirk
😌 relieved, calm
😔 sad, sorry, pensive
😴 sleeping, tired
😎 sunglasses, cool
🤓 glasses, nerd
😕 confused, unsure
😟 worried, concerned
🙁 frown, sad
😮 surprised, oh
😳 flushed, embarrassed
🥺 pleading, please
😢 crying, sad, tear
😭 sobbing, sad
😱 scream, shock, fear
😤 huffing, frustrated
😡 angry, mad
🤯 mind blown, wow
🥳 party, celebrate
🤒 ill, sick, fever
😷 mask, ill`,
  "emoji.gestures.list": `
👍 thumbs up, yes, ok, good
👎 thumbs down, no, bad
👌 ok, perfect
✌️ victory, peace
🤞 crossed fingers, luck, hope
🤝 handshake, deal, agreed
👏 clapping, bravo, applause
🙌 raised hands, hooray
🙏 folded hands, thanks, please
👋 wave, hello, bye
✋ raised hand, stop, wait
💪 strong, muscle
👉 pointing right, there
👈 pointing left, there
👆 pointing up, above
👇 pointing down, below
✍️ writing, sign
👀 eyes, look, see
🫶 heart hands, love, thanks
❤️ red heart, love
🧡 orange heart
💛 yellow heart
💚 green heart
💙 blue heart
💜 purple heart
🖤 black heart
🤍 white heart
💔 broken heart, sad
💯 hundred, perfect
🔥 fire, hot, great
✨ sparkles, new, clean
⭐ star, favourite
🎉 party popper, congratulations, celebrate
🎊 confetti, celebrate
🎁 present, gift
🎂 cake, birthday
🌹 rose, flower
💐 flowers, bouquet`,
  "emoji.things.list": `
📦 parcel, package, delivery, box
🚚 lorry, truck, delivery, shipping
✈️ plane, flight, travel
🚗 car, drive
🚲 bicycle, bike
🏠 house, home, address
🏪 shop, store
🏢 office, building
⛺ tent, camping
🏔️ mountain, snow
🌍 world, earth, globe
☀️ sun, weather
🌧️ rain, weather
❄️ snow, cold
🌈 rainbow
☕ coffee, break
🍕 pizza, food
🍎 apple, fruit
🐶 dog
🐱 cat
📱 phone, mobile
💻 laptop, computer
⌚ watch, time
📷 camera, photo
🔋 battery
🔌 plug, power
💡 bulb, idea, light
🔧 spanner, repair, fix
🛠️ tools, repair, fix
🔑 key, password
🔒 lock, secure, closed
🔓 unlock, open
🛒 trolley, cart, basket
💳 card, payment
💶 euro, money, notes
🧾 receipt, invoice, bill
🏷️ label, tag, price
📧 e-mail, mail
📞 telephone, call
📅 calendar, date
⏰ alarm, time
⏳ hourglass, wait
📎 paperclip, attachment
📄 page, document
📝 note, memo, write
📍 pin, place, location
🗺️ map, route
🎟️ ticket
👕 shirt, clothes
👟 shoe, trainer
🧥 coat, jacket
🎒 rucksack, backpack, bag`,
  "emoji.signs.list": `
✅ done, check, yes
☑️ ticked box, check
✔️ tick, check
❌ cross, no, wrong
⚠️ warning, careful
⛔ no entry, stop
🚫 forbidden, not allowed
❓ question
❗ exclamation, important
ℹ️ information, info
➡️ arrow right, next
⬅️ arrow left, back
⬆️ arrow up
⬇️ arrow down
🔄 again, refresh, reload
🆕 new
🆗 ok
🆓 free
🔴 red circle
🟠 orange circle
🟡 yellow circle
🟢 green circle
🔵 blue circle
⚪ white circle
⚫ black circle
1️⃣ one, 1, first
2️⃣ two, 2, second
3️⃣ three, 3, third
4️⃣ four, 4
5️⃣ five, 5
➕ plus, add
➖ minus
💬 speech, chat, message
🔔 bell, alert
🎵 music, note
♻️ recycle, return`,
} as const;
