// From the home page to a paid order, with JavaScript.
import { findOrder } from "../support/database.mjs";
import { hold } from "../support/hold.mjs";
import { mailTo } from "../support/mail.mjs";
import { shopper } from "../support/shopper.mjs";
import { capturesOf, sessionOf } from "../support/simulator.mjs";
import { expect, test } from "../support/test.mjs";

const MUG = { title: "Calle mug", slug: "calle-mug" };
const PIN = { title: "Bricola rolling pin", slug: "bricola-rolling-pin" };

test("a mug is found, chosen, changed, delivered to Germany, paid and confirmed", async ({ shop, visit, watch }) => {
  const { page, home, category, product, drawer, cart, checkout, provider, confirmation, order } = shop;
  const details = shopper({ name: "Ada & <Bea> Querini", country: "DE", postcode: "10115", city: "Berlin" });

  await test.step("home, category, product", async () => {
    await home.open();
    await home.openCategory("Kitchen", "kitchen");
    await category.openProduct(MUG.title, MUG.slug);
    await expect(product.title).toHaveText(MUG.title);
  });

  await test.step("options, then the drawer", async () => {
    await product.choose("Glaze", "Sand");
    await product.choose("Size", "350 ml");
    await expect(product.button).toHaveText("Add to bag · €24.00");
    await product.add();
    await expect(drawer.line(MUG.title)).toContainText("Glaze: Sand · Size: 350 ml");
    await expect(drawer.line(MUG.title)).toContainText("1 × €24.00");
    await shop.expectInBag(1);
    await drawer.close();
    await shop.add(PIN.slug);
    await expect(drawer.total).toHaveText("€62.90");
    await drawer.openCart();
  });

  await test.step("in the bag a change shows its exact total before the server answers", async () => {
    await expect(cart.lines).toHaveCount(2);
    await cart.remove(PIN.title).click();
    await expect(cart.line(PIN.title)).toHaveCount(0);
    await expect(cart.total).toHaveText("€28.90");
    const answers = await hold(page, "**/api/cart/change");
    await cart.more(MUG.title).click();
    await expect(cart.total).toHaveText("€52.90");
    await expect(cart.sum("cart-tax-included")).toHaveText("€9.54");
    const answer = await answers.at(0);
    const { quote } = await (await answer.answered).json();
    expect(quote.total).toEqual({ minor: 5290, currency: "EUR" });
    expect(quote.tax).toEqual({ minor: 954, currency: "EUR" });
    await answer.release();
    answers.stop();
    await expect(cart.total).toHaveText("€52.90");
    await page.reload();
    await shop.ready();
    await expect(cart.quantity(MUG.title)).toHaveValue("2");
    await expect(cart.total).toHaveText("€52.90");
  });

  await test.step("a checkout with gaps says so at its fields and keeps what was typed", async () => {
    await cart.goToCheckout();
    watch.expectStatus(422);
    await checkout.field("name").fill(details.name);
    await checkout.field("email").fill("ada at example");
    await checkout.place();
    await expect(checkout.problem).toContainText(shop.say("checkout-fields-want-attention"));
    await shop.ready();
    await expect(checkout.field("email")).toHaveAccessibleDescription(shop.say("checkout-problem-email"));
    await expect(checkout.field("line1")).toHaveAccessibleDescription(shop.say("checkout-problem-missing"));
    await expect(checkout.field("email")).toHaveValue("ada at example");
    await expect(checkout.field("name")).toHaveValue(details.name);
  });

  await test.step("another country, another delivery, another total", async () => {
    await expect(checkout.total).toHaveText("€52.90");
    await checkout.fill(details);
    await expect(checkout.sum("cart-delivery")).toHaveText("€6.90");
    await expect(checkout.total).toHaveText("€54.90");
    await checkout.chooseDelivery("Express");
    await expect(checkout.total).toHaveText("€62.90");
    await checkout.chooseDelivery("Standard");
    await expect(checkout.total).toHaveText("€54.90");
  });

  /** @type {{ number: string, token: string }} */
  let placed;
  /** @type {string} */
  let session;
  await test.step("pay", async () => {
    await checkout.place();
    await provider.arrive();
    session = sessionOf(page.url());
    await expect(provider.payButton).toHaveText(/54\.90/);
    await provider.pay();
    placed = await confirmation.arrive();
    await expect(shop.main).toContainText(`Your ${MUG.title} will be packed in paper`);
    await shop.expectInBag(0);
  });

  await test.step("the order's private link opens for whoever has it, and for nobody else", async () => {
    await confirmation.openOrder();
    await expect(order.step).toContainText(shop.say("order-step-packed"));
    await expect(order.line(MUG.title)).toContainText("2 × €24.00");
    await expect(order.total).toHaveText("€54.90");
    const stranger = await visit();
    await stranger.order.open(placed);
    await expect(stranger.order.heading).toHaveText(shop.say("order-title", placed));
    watch.expectStatus(404);
    const refused = await stranger.order.open({ ...placed, token: "A".repeat(placed.token.length) });
    expect(refused?.status()).toBe(404);
  });

  await test.step("the mail", async () => {
    const { raw, html, text } = await mailTo(details.email);
    expect(raw).toContain("Subject: ");
    for (const fact of [placed.number, MUG.title, "Glaze: Sand · Size: 350 ml", "€48.00", "€6.90", "€54.90", placed.token]) {
      expect(html).toContain(fact);
      expect(text).toContain(fact);
    }
    expect(html).not.toContain("<Bea>");
  });

  await test.step("the books of shop and provider agree", async () => {
    const row = await findOrder(placed.number);
    expect(row).toMatchObject({ state: "paid", total_minor: 5490, currency: "EUR", email: details.email });
    expect(row.lines.map(({ quantity }) => quantity)).toEqual([2]);
    expect(row.attempts.map(({ state }) => state)).toEqual(["captured"]);
    const captures = await capturesOf(session);
    expect(captures.map(({ amount_captured, currency }) => [amount_captured, currency])).toEqual([[5490, "eur"]]);
  });
});
