// Other languages, other countries, and addresses that lead nowhere.
import { randomUUID } from "node:crypto";
import { change, findOrder } from "../support/database.mjs";
import { mailTo } from "../support/mail.mjs";
import { shopper } from "../support/shopper.mjs";
import { Shop } from "../pages/shop.mjs";
import { expect, test } from "../support/test.mjs";

test("a switch to German keeps the page, and the purchase goes on in German", async ({ shop }) => {
  await shop.product.open("campo-candle");
  await expect(shop.product.title).toHaveText("Campo candle");
  await shop.home.switchTo("EU · € · Deutsch");
  const german = new Shop(shop.page, "de-eu", true);
  await german.arrive("product/campo-candle");
  await expect(shop.page.locator("html")).toHaveAttribute("lang", "de");
  await expect(german.product.title).toHaveText("Kerze Campo");
  await expect(german.product.button).toContainText("18,00\u{a0}€");
  await german.product.add();
  await expect(german.drawer.total).toHaveText("22,90\u{a0}€");
  await german.drawer.openCart();
  await german.cart.more("Kerze Campo").click();
  await expect(german.cart.total).toHaveText("40,90\u{a0}€");
  await expect(german.cart.sum("cart-delivery")).toHaveText("4,90\u{a0}€");
  await german.cart.goToCheckout();
  const details = shopper({ country: "AT", postcode: "1010", city: "Wien" });
  await german.checkout.fill(details);
  await expect(german.checkout.total).toHaveText("42,90\u{a0}€");
  await german.checkout.place();
  await german.provider.arrive();
  await german.provider.pay();
  const { number } = await german.confirmation.arrive();
  expect(await findOrder(number)).toMatchObject({ state: "paid", total_minor: 4290, locale: "de", market: "eu" });
  const { html, text } = await mailTo(details.email);
  for (const fact of [german.say("mail-confirmation-heading"), "Kerze Campo", "42,90\u{a0}€", number]) {
    expect(html).toContain(fact);
    expect(text).toContain(fact);
  }
});

test.describe("in the United States", () => {
  test.use({ storefront: "en-us" });

  test("prices are in dollars and tax is added by state", async ({ shop }) => {
    const { cart, checkout, provider, confirmation, order } = shop;
    await shop.product.open("murano-bud-vase");
    await expect(shop.product.button).toContainText("$54.00");
    await shop.product.add();
    await shop.drawer.openCart();
    await expect(cart.sum("cart-subtotal")).toHaveText("$54.00");
    await expect(cart.sum("cart-delivery")).toHaveText("$14.90");
    await cart.goToCheckout();
    const details = shopper({ country: "US", line1: "12 Canal St", postcode: "10013", city: "New York" });
    await checkout.fill(details);
    await checkout.chooseRegion("New York");
    // 4 % of 68.90: 2.756
    await expect(checkout.sum("cart-tax-added")).toHaveText("$2.76");
    await expect(checkout.total).toHaveText("$71.66");
    await checkout.place();
    await provider.arrive();
    await provider.pay();
    const { number } = await confirmation.arrive();
    await confirmation.openOrder();
    await expect(order.total).toHaveText("$71.66");
    expect(await findOrder(number)).toMatchObject({ state: "paid", total_minor: 7166, currency: "USD", market: "us" });
    expect((await mailTo(details.email)).text).toContain("$71.66");
  });
});

test("the front door leads to the storefront in the browser's language", async ({ visit }) => {
  const german = await visit({ locale: "de-AT", storefront: "de-eu" });
  await german.page.goto("/");
  await german.arrive("");
  const english = await visit({ locale: "en-IE" });
  await english.page.goto("/");
  await english.arrive("");
});

test("a category is sorted by its address", async ({ shop }) => {
  const { category, page } = shop;
  await category.open("table");
  const first = await category.titles();
  await category.sorting.selectOption({ label: shop.say("catalog-sort-price-up") });
  await page.waitForURL(/[?&]sort=price-up/);
  await shop.ready();
  const cheapest = await category.titles();
  expect(cheapest[0]).toBe("Torcello plate");
  expect(cheapest).not.toEqual(first);
  expect([...cheapest].sort()).toEqual([...first].sort());
  await page.goBack();
  await shop.ready();
  expect(await category.titles()).toEqual(first);
});

test("addresses that lead nowhere say so", async ({ shop, watch }) => {
  watch.expectStatus(400, 404, 410);
  const slug = `gone-${randomUUID()}`;
  await change(
    `INSERT INTO product (id, slug, title, status, published_at, created_at, updated_at)
     VALUES (gen_random_uuid(), :'slug', 'A thing of the past', 'archived', now(), now(), now())`,
    { slug },
  );
  const wrong = [
    ["product/no-such-thing", 404, "errors-not-found-title"],
    ["category/no-such-aisle", 404, "errors-not-found-title"],
    ["pages/no-such-page", 404, "errors-not-found-title"],
    ["nowhere/at/all", 404, "errors-not-found-title"],
    ["orders/RI-0000-0000/aaaaaaaaaaaaaaaa", 404, "errors-not-found-title"],
    [`product/${slug}`, 410, "errors-gone-title"],
    ["checkout/return", 400, "errors-bad-request-title"],
    ["checkout/return?session_id=cs_unknown", 404, "errors-not-found-title"],
  ];
  for (const [path, status, title] of wrong) {
    const answer = await shop.open(path);
    expect(answer?.status(), path).toBe(status);
    await expect(shop.main.getByRole("heading", { level: 1 }), path).toHaveText(shop.say(title));
    await expect(shop.main.getByRole("link", { name: shop.say("errors-go-home") }), path).toBeVisible();
  }
  expect((await shop.page.goto("/xx-nowhere/"))?.status()).toBe(404);
});

test("what a query does not mean is not minded", async ({ shop }) => {
  const answer = await shop.category.open("kitchen", "?sort=by-magic&colour=red&utm_source=mail&after=not-a-cursor");
  expect(answer?.status()).toBe(200);
  await expect(shop.category.cards.first()).toBeVisible();
});
