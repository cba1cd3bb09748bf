// A channel of one's own: a customer in a terminal. Node 20 or later, no packages.
// docs/channels/open.md explains it line by line.
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

const { HUB, INTEGRATION, CLIENT_ID, CLIENT_SECRET, WEBHOOK_SECRET, PORT = "8700" } = process.env;
const customer = { id: "terminal-1", idType: "Opaque", nickname: "Terminal" };
let token;

async function login() {
  const basic = Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString("base64");
  const body = new URLSearchParams({ grant_type: "client_credentials" });
  const answer = await fetch(`${HUB}/oauth/token`, { method: "POST", headers: { authorization: `Basic ${basic}` }, body });
  if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).access_token;
}

async function tell(call, body) {
  for (let tries = 0; tries < 5; tries++) {
    token ??= await login();
    const answer = await fetch(`${HUB}/api/v2/conversations/messages/${INTEGRATION}/inbound/open/${call}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (answer.ok) return answer.json();
    if (answer.status === 401) token = undefined;
    else if (answer.status < 500 && answer.status !== 429) throw new Error(`${answer.status} ${await answer.text()}`);
    await new Promise((done) => setTimeout(done, 1000 * Number(answer.headers.get("retry-after") ?? 2 ** tries)));
  }
  throw new Error("the hub takes nothing");
}

const seen = new Set(); // a real integration keeps this in its database
const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const own = Buffer.from(`sha256=${createHmac("sha256", WEBHOOK_SECRET).update(body).digest("base64")}`);
  const given = Buffer.from(request.headers["x-hub-signature-256"] ?? "");
  if (own.length !== given.length || !timingSafeEqual(own, given)) return response.writeHead(403).end();
  response.writeHead(200).end();
  const { id, type, text, content = [], channel } = JSON.parse(body);
  if (type === "Event") return console.log("(the agent is typing)");
  if (seen.has(id)) return; // the hub was not sure and sent it again
  seen.add(id);
  if (text) console.log(`Agent: ${text}`);
  for (const { attachment, quickReply } of content) console.log(attachment ? `File: ${attachment.url}` : `[${quickReply?.text}]`);
  const receipt = { id, channel: { to: channel.to, time: new Date().toISOString() }, status: "Delivered", isFinalReceipt: true };
  await tell("receipt", receipt).catch((error) => console.error(error.message));
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`webhook: http://127.0.0.1:${server.address().port}/`));

for await (const text of createInterface({ input: process.stdin })) {
  const channel = { messageId: randomUUID(), time: new Date().toISOString(), from: customer };
  await tell("message", { channel, text }).catch((error) => console.error(error.message));
}
server.close();
