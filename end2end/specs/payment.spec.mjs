// What can happen at the payment provider's door.
import { countMail, mailTo } from "../support/mail.mjs";
import { findOrder, query } from "../support/database.mjs";
import { CARDS, shopper } from "../support/shopper.mjs";
import { capturesOf, payUnseen, sessionOf, withoutWebhooks } from "../support/simulator.mjs";
import { expect, test } from "../support/test.mjs";

test("a declined card, then one that works: one payment", async ({ shop }) => {
  const details = shopper();
  await shop.add("zattere-jug", { Glaze: "Slate", Size: "0.6 l" });
  await shop.placeOrder(details);
  const session = sessionOf(shop.page.url());
  await shop.provider.pay(CARDS.declined);
  await expect(shop.provider.problem).toHaveText("Your card was declined.");
  await shop.provider.pay(CARDS.works);
  const { number } = await shop.confirmation.arrive();
  expect(await findOrder(number)).toMatchObject({ state: "paid" });
  expect(await capturesOf(session)).toHaveLength(1);
});

test("whoever cancels finds the order waiting, and pays it later", async ({ shop, visit }) => {
  const details = shopper();
  await shop.add("mercato-bag", { Colour: "Slate" });
  await shop.placeOrder(details);
  await shop.provider.cancel();
  const placed = await shop.order.arrive();
  await expect(shop.main).toContainText(shop.say("order-payment-due"));
  await expect(shop.order.step).toContainText(shop.say("order-step-payment"));
  expect(await findOrder(placed.number)).toMatchObject({ state: "payment_due" });
  expect(await countMail(details.email)).toBe(0);

  const later = await visit();
  await later.order.open(placed);
  await later.order.payButton.click();
  await later.provider.arrive();
  await later.provider.pay();
  expect(await later.confirmation.arrive()).toEqual(placed);
  const row = await findOrder(placed.number);
  expect(row.state).toBe("paid");
  expect(row.attempts.filter(({ state }) => state === "captured")).toHaveLength(1);
  await mailTo(details.email);
});

// One holds back what the other waits for.
test.describe("by either way", () => {
  test.describe.configure({ mode: "default" });

  test("a shopper who never comes back is found by the webhook, and an open page sees it", async ({ shop }) => {
    const details = shopper();
    await shop.add("laguna-hand-wash", { Size: "500 ml" });
    await shop.placeOrder(details);
    const session = sessionOf(shop.page.url());
    await shop.provider.cancel();
    const { number } = await shop.order.arrive();
    await expect(shop.main.getByRole("status")).toHaveText(shop.say("order-watching"));
    await payUnseen(session);
    await expect(shop.order.step).toContainText(shop.say("order-step-packed"));
    await expect(shop.order.payButton).toHaveCount(0);
    expect(await findOrder(number)).toMatchObject({ state: "paid" });
    await mailTo(details.email);
    expect(await countHandled(session)).toBeGreaterThan(0);
  });

  test("a shopper who comes back is believed while the webhook is late, and it changes nothing more", async ({ shop }) => {
    const details = shopper();
    await shop.add("ponte-bookends", { Colour: "Fog" });
    await shop.placeOrder(details);
    const session = sessionOf(shop.page.url());
    let number = "";
    await withoutWebhooks(async () => {
      await shop.provider.pay();
      ({ number } = await shop.confirmation.arrive());
      expect(await countHandled(session)).toBe(0);
      expect(await findOrder(number)).toMatchObject({ state: "paid" });
      await mailTo(details.email);
    });
    await expect.poll(() => countHandled(session)).toBeGreaterThan(0);
    const row = await findOrder(number);
    expect(row.state).toBe("paid");
    expect(row.attempts.map(({ state }) => state)).toEqual(["captured"]);
    await mailTo(details.email);
  });
});

test("the same order sent twice is one order", async ({ shop }) => {
  const { page, checkout } = shop;
  const details = shopper();
  await shop.add("felze-bolster", { Colour: "Rose" });
  await checkout.open();
  await checkout.fill(details);
  const form = await page.locator("form.checkout-form").evaluate((form) => Object.fromEntries(new FormData(form)));
  const send = () => page.request.post(shop.path("checkout"), { form: { ...form, action: "place" }, maxRedirects: 0 });
  const answers = await Promise.all([send(), send(), send(), send()]);
  expect(answers.map((answer) => answer.status())).toEqual([303, 303, 303, 303]);
  expect(new Set(answers.map((answer) => answer.headers().location)).size).toBe(1);
  const orders = await query("SELECT number FROM orders WHERE email = :'email'", { email: details.email });
  expect(orders).toHaveLength(1);
});

/** How many of the provider's events about a session the shop has dealt with. */
async function countHandled(session) {
  const [{ handled }] = await query(
    "SELECT count(*) AS handled FROM webhook_event WHERE handled_at IS NOT NULL AND payload::text LIKE '%' || :'session' || '%'",
    { session },
  );
  return handled;
}
