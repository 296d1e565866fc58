// What can't be had: said before anyone pays.
import { findOrder, query } from "../support/database.mjs";
import { shopper } from "../support/shopper.mjs";
import { expect, test } from "../support/test.mjs";

test("a sold-out product says so in its list and on its page, and can't be added", async ({ shop, watch }) => {
  const { page, category, product } = shop;
  await category.open("light");
  await expect(category.card("Fungo lamp")).toContainText(shop.say("catalog-sold-out"));
  await category.openProduct("Fungo lamp", "fungo-lamp");
  await expect(product.button).toHaveText(shop.say("catalog-sold-out"));
  await expect(product.button).toBeDisabled();

  watch.expectStatus(409);
  const [{ id }] = await query(
    "SELECT variant.id FROM variant JOIN product ON product.id = product_id WHERE slug = 'fungo-lamp' ORDER BY variant.position LIMIT 1",
  );
  const answer = await page.request.post(shop.path("cart/lines"), { form: { variant: id } });
  expect(answer.status()).toBe(409);
  expect(await answer.text()).toContain(shop.say("error-sold-out"));
  await shop.cart.open();
  await expect(shop.cart.empty).toBeVisible();
});

test("a combination that can't be had is struck through, and another can", async ({ shop }) => {
  const { product } = shop;
  await product.open("acqua-alta-mirror");
  await product.choose("Frame", "Walnut");
  await expect(product.label("Size", "70 × 105 cm")).toHaveClass(/\bout\b/);
  await expect(product.choice("Size", "70 × 105 cm")).toHaveAccessibleName(/Sold out/);
  await product.choose("Size", "70 × 105 cm");
  await expect(product.button).toHaveText(shop.say("catalog-sold-out"));
  await expect(product.button).toBeDisabled();
  await product.choose("Frame", "Ash");
  await expect(product.label("Size", "70 × 105 cm")).not.toHaveClass(/\bout\b/);
  await expect(product.button).toBeEnabled();
  await expect(product.button).toContainText("€280.00");
});

test("the last one goes to whoever orders first; the other is told before paying", async ({ shop, visit, watch }) => {
  const other = await visit();
  await shop.add("acqua-carafe", { Colour: "Smoke" });
  await other.add("acqua-carafe", { Colour: "Smoke" });
  await other.checkout.open();
  await other.checkout.fill(shopper());

  await shop.placeOrder(shopper());
  watch.expectStatus(409);
  await other.checkout.place();
  await expect(other.checkout.problem).toContainText(other.say("checkout-sold-out", { title: "Acqua carafe" }));
  expect(new URL(other.page.url()).pathname).toBe(other.path("checkout"));

  await shop.provider.pay();
  const { number } = await shop.confirmation.arrive();
  expect(await findOrder(number)).toMatchObject({ state: "paid" });
  const [stock] = await query(
    "SELECT stock.on_hand, stock.held, stock.sold FROM stock JOIN variant ON variant.id = variant_id WHERE sku = 'ACQUA-CARAFE-SMOKE'",
  );
  expect(stock).toEqual({ on_hand: 0, held: 0, sold: 1 });

  // The page that was cached with one in stock no longer offers it.
  await other.product.open("acqua-carafe");
  await expect(other.product.choice("Colour", "Smoke")).toHaveAccessibleName(/Sold out/);
});
