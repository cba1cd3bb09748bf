import { createRequire } from "node:module";
import { parse } from "node:querystring";
import { describe, expect, it } from "vitest";
// The hub's signature check is held to the same file.
import vectors from "../../../../backend/channel/sms/testdata/signatures.json";

/** What Twilio's own library signs and checks webhooks with. */
interface Webhooks {
  getExpectedTwilioSignature(token: string, url: string, fields: object): string;
  validateRequest(token: string, signature: string, url: string, fields: object): boolean;
}
const twilio = createRequire(import.meta.url)("twilio/lib/webhooks/webhooks") as Webhooks;

describe("the hub and Twilio's library", () => {
  it("have vectors to agree on", () => expect(vectors.length).toBeGreaterThan(9));
  for (const { name, token, url, body, signature } of vectors) {
    const fields = parse(body);
    it(`Twilio signs as the hub expects: ${name}`, () =>
      expect(twilio.getExpectedTwilioSignature(token, url, fields)).toBe(signature));
    it(`Twilio accepts what the hub signed: ${name}`, () => {
      expect(twilio.validateRequest(token, signature, url, fields)).toBe(true);
      expect(twilio.validateRequest(token, signature, url, { ...fields, x: "1" })).toBe(false);
      expect(twilio.validateRequest(`${token}0`, signature, url, fields)).toBe(false);
    });
  }
});
