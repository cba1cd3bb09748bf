// Each test is named by a sentence of the text that Parley implements.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Stack, type Customer, type Desk } from "./stack";

let stack: Stack;
let desk: Desk;

beforeAll(async () => {
  stack = await Stack.start();
  desk = await stack.desk("agent");
  await desk.signIn("agent-1");
  await desk.goOnQueue();
});
afterAll(() => stack?.close());

describe("Work with message interactions", () => {
  let mara: Customer;

  test("Message interactions allow contacts to have a text conversation with you.", async () => {
    mara = await stack.customer();
    await mara.open();
    await mara.write("Hi! One pole of my new Fellwalker 2 is bent");
    await desk.answer();
    await desk.transcript().getByText("One pole of my new Fellwalker 2 is bent").waitFor();
    await desk.write("I’m sorry to see that. Is it the long ridge pole?");
    await mara.log().getByText("Is it the long ridge pole?").waitFor();
  });

  test("You and your contacts can see the text that each other enters.", async () => {
    await mara.write("The long one. <b>Order</b> TF-20418");
    await desk.transcript().getByText("The long one. <b>Order</b> TF-20418").waitFor();
    await desk.write("Thank you, found it: 2 < 3 & שלום");
    await mara.log().getByText("Thank you, found it: 2 < 3 & שלום").waitFor();
    // What is being typed shows on the other side before it is sent.
    await mara.box().pressSequentially("and one more thing");
    await desk.page
      .getByText(/typing/i)
      .first()
      .waitFor();
    await mara.box().fill("");
    await desk.box().pressSequentially("Let me look");
    await mara.page
      .getByText(/is typing/i)
      .first()
      .waitFor();
    await desk.box().fill("");
  });

  test("Asynchronous messaging means that contacts can return and resume a conversation without a break in the communication.", async () => {
    await mara.leave();
    await desk.write("A new ridge pole can be with you on Thursday.");
    await mara.comeBack(stack.ready.shop);
    await mara.open();
    await mara.log().getByText("One pole of my new Fellwalker 2 is bent").waitFor();
    await mara.log().getByText("A new ridge pole can be with you on Thursday.").waitFor();
    await mara.write("Lovely, thanks");
    await desk.transcript().getByText("Lovely, thanks").waitFor();
    expect(await desk.tabs().count(), "it is the same interaction").toBe(1);
  });

  test("Message channel icons in the notification panel and top interactions bar allow you to identify the messaging channel you are working with.", async () => {
    await desk.tabs().first().getByRole("img", { name: "Web messaging" }).waitFor();
    await desk.roster().getByRole("img", { name: "Web messaging" }).first().waitFor();
  });

  test("Depending on organization and queue settings, you can receive multiple message interactions at the same time or message interactions while you handle other interactions.", async () => {
    const capacity = 4;
    for (let n = 2; n <= capacity; n++) {
      const c = await stack.customer();
      await c.open();
      await c.write(`Customer number ${n}`);
      await desk.answer();
      await desk.transcript().getByText(`Customer number ${n}`).waitFor();
    }
    await desk.page.getByText(`${capacity} of ${capacity}`).waitFor();
    // One more than the capacity waits in the queue and alerts nobody.
    const fifth = await stack.customer();
    await fifth.open();
    await fifth.write("Customer number 5");
    await fifth.page
      .getByText(/^sent$/i)
      .last()
      .waitFor();
    expect(await desk.page.getByText("Customer number 5").count()).toBe(0);
    // As soon as one is completed, the fifth alerts.
    await desk.tabs().first().click();
    await desk.endAndWrapUp();
    await desk.roster().getByText("Customer number 5").waitFor();
    await desk.answer();
  });

  test("If your admin enables auto answer for messaging interactions, then to alert you of a new messaging interaction, Parley plays a short audible alert.", async () => {
    const tabsBefore = await desk.tabs().count();
    expect(tabsBefore).toBeGreaterThan(0);
    await desk.completeAll();
    const other = await stack.customerOf("Express answers");
    await other.open();
    await other.write("Answer me at once");
    await desk
      .roster()
      .getByText(/auto-answered/i)
      .waitFor();
    // The trace line says which tone was asked of the speaker; that it is heard
    // is the sound package's own test, through a sound server.
    const played = await desk.app.line((l) =>
      l.includes('"trace":"sound"') ? (JSON.parse(l) as { tone: string }) : undefined,
    );
    expect(played.tone).toBeTruthy();
  });
});
