// Each test is named by a sentence of the text that Parley implements.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Locator } from "playwright-core";
import { Stack, type Customer, type Desk } from "./stack";

/** Types on, as people do, until it shows elsewhere: typing is told every few seconds only. */
async function typesUntil(box: Locator, shown: Locator) {
  const seen = shown.first().waitFor();
  let done = false;
  void seen.then(
    () => (done = true),
    () => (done = true),
  );
  while (!done) await box.pressSequentially("more and ", { delay: 50 });
  await seen;
}

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
    await typesUntil(mara.box(), desk.transcript().getByText(/is typing/));
    await mara.box().fill("");
    await typesUntil(desk.box(), mara.page.getByText(/is typing/));
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
    await desk.page.getByText(new RegExp(`^${capacity} of \\d+$`)).waitFor(); // other channels count beside it
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
    const ear = await stack.ear();
    const express = await stack.desk("express", ear.env);
    await express.signIn("agent-2");
    await express.goOnQueue();
    const other = await stack.customerIn("web-express");
    await other.open();
    const heard = ear.hears();
    await other.write("Answer me at once");
    await express.roster().getByText("Auto-answered").waitFor();
    expect(await heard).toBeGreaterThan(0.01);
    // It is connected already: nothing is left to answer.
    expect(
      await express
        .roster()
        .getByRole("button", { name: /^Answer/ })
        .count(),
    ).toBe(0);
  });
});
