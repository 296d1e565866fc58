// The same purchase with JavaScript off: plain forms, refused ones included.
import { findOrder } from "../support/database.mjs";
import { mailTo } from "../support/mail.mjs";
import { CARDS, shopper } from "../support/shopper.mjs";
import { expect, test } from "../support/test.mjs";

test.use({ javaScriptEnabled: false });

const NAPKINS = { title: "Merceria napkins", slug: "merceria-napkins" };
const BRUSH = { title: "Pellestrina bath brush", slug: "pellestrina-bath-brush" };

test("napkins are found, chosen, changed, delivered to Germany, paid and confirmed", async ({ shop, watch }) => {
  const { page, home, category, product, cart, checkout, provider, confirmation, order } = shop;
  const details = shopper({ country: "DE", postcode: "10115", city: "Berlin" });

  await test.step("home, category, product, bag", async () => {
    await home.open();
    await home.openCategory("Table", "table");
    await category.openProduct(NAPKINS.title, NAPKINS.slug);
    await product.choose("Colour", "Terracotta");
    await product.add();
    await expect(cart.line(NAPKINS.title)).toContainText("Terracotta");
    await expect(cart.total).toHaveText("€46.90");
    await shop.add(BRUSH.slug);
    await expect(cart.lines).toHaveCount(2);
  });

  await test.step("a quantity is refused, another is taken, a line is removed", async () => {
    watch.expectStatus(422);
    // What the browser itself would not send, a form of someone's own can.
    await cart.quantity(NAPKINS.title).evaluate((field) => field.removeAttribute("max"));
    await cart.quantity(NAPKINS.title).fill("100");
    const answer = await answerTo(page, () => cart.update(NAPKINS.title).click());
    expect(answer.status()).toBe(422);
    await expect(cart.problem).toHaveText(shop.say("error-quantity"));
    await expect(cart.quantity(NAPKINS.title)).toHaveValue("1");
    await cart.remove(BRUSH.title).click();
    await expect(cart.lines).toHaveCount(1);
    await shop.arrive("cart");
  });

  await test.step("a checkout without an address is refused and keeps what was typed", async () => {
    await cart.goToCheckout();
    const { email, ...rest } = details;
    await checkout.fill({ ...rest, email: "" });
    const answer = await answerTo(page, () => checkout.place());
    expect(answer.status()).toBe(422);
    await expect(checkout.problem).toContainText(shop.say("checkout-fields-want-attention"));
    await expect(checkout.field("email")).toHaveAccessibleDescription(shop.say("checkout-problem-missing"));
    for (const name of ["name", "line1", "postcode", "city"]) {
      await expect(checkout.field(name)).toHaveValue(details[name]);
    }
    await expect(checkout.country).toHaveValue("DE");
  });

  await test.step("delivery and totals follow the country when asked to", async () => {
    await checkout.country.selectOption("IT");
    await checkout.update.click();
    await expect(checkout.total).toHaveText("€46.90");
    await expect(checkout.country).toHaveValue("IT");
    await checkout.country.selectOption("DE");
    await checkout.delivery("Express").check();
    await checkout.update.click();
    await expect(checkout.total).toHaveText("€56.90");
    await checkout.delivery("Standard").check();
    await checkout.update.click();
    await expect(checkout.total).toHaveText("€48.90");
  });

  const placed = await test.step("a declined card, then one that works", async () => {
    await checkout.field("email").fill(details.email);
    await checkout.place();
    await provider.arrive();
    await provider.pay(CARDS.declined);
    await expect(provider.problem).toHaveText("Your card was declined.");
    await provider.pay(CARDS.works);
    return confirmation.arrive();
  });

  await test.step("order, mail, row", async () => {
    await confirmation.openOrder();
    await expect(order.step).toContainText(shop.say("order-step-packed"));
    await expect(order.total).toHaveText("€48.90");
    const { html, text } = await mailTo(details.email);
    for (const fact of [placed.number, NAPKINS.title, "Terracotta", "€42.00", "€48.90"]) {
      expect(html).toContain(fact);
      expect(text).toContain(fact);
    }
    expect(await findOrder(placed.number)).toMatchObject({ state: "paid", total_minor: 4890 });
  });

  await test.step("the bag is empty, and has no way to the checkout", async () => {
    await cart.open();
    await expect(cart.empty).toBeVisible();
    await checkout.open();
    expect(new URL(page.url()).pathname).toBe(shop.path("cart"));
  });
});

test("what a form asks wrongly is said on the page, and changes nothing", async ({ shop, watch }) => {
  const { page, cart } = shop;
  watch.expectStatus(400, 404, 409, 422);
  await shop.add("barena-bath-salts", { Scent: "Rose" });
  const wrong = [
    ["cart/lines", { variant: "no-such-id" }, 404, "error-unknown-variant"],
    ["cart/lines", { variant: "01930000-0000-7000-8000-00000000ffff" }, 404, "error-unknown-variant"],
    ["cart/lines", { product: "01930000-0000-7000-8000-00000000ffff", option1: "Rose" }, 404, "error-unknown-variant"],
    ["cart/lines", { variant: "01930000-0000-7000-8000-00000000ffff", quantity: "-1" }, 422, "error-quantity"],
    ["cart/lines/01930000-0000-7000-8000-00000000ffff", { quantity: "2" }, 404, "error-no-such-line"],
    ["cart/lines/01930000-0000-7000-8000-00000000ffff", { quantity: "9999999999999" }, 422, "error-quantity"],
  ];
  for (const [path, form, status, key] of wrong) {
    const answer = await page.request.post(shop.path(path), { form });
    expect(answer.status(), `${path} ${JSON.stringify(form)}`).toBe(status);
    expect(unescape(await answer.text())).toContain(shop.say(key));
  }
  const placing = { action: "place", checkout: "none", key: "none", seen_total: "x" };
  expect((await page.request.post(shop.path("checkout"), { form: placing })).status()).toBe(400);
  await cart.open();
  await expect(cart.lines).toHaveCount(1);
  await expect(cart.quantity("Barena bath salts")).toHaveValue("1");
});

/** The document that an action brings. */
async function answerTo(page, act) {
  const answered = page.waitForResponse((response) => response.request().isNavigationRequest());
  await act();
  return answered;
}

function unescape(html) {
  return html.replaceAll("&#x27;", "'").replaceAll("&#39;", "'");
}
