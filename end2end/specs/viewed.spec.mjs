// What goes with what was looked at: known to this browser alone.
import { expect, test } from "../support/test.mjs";

test("whoever looked at something is shown what goes with it, and nobody else", async ({ shop, visit }) => {
  const row = (shop) => shop.main.getByRole("heading", { name: shop.say("recommend-row") });
  await shop.product.open("corte-espresso-cup");
  // Remembered before it is left.
  await expect.poll(() => shop.page.evaluate(() => localStorage.getItem("viewed") ?? "")).toContain("corte-espresso-cup");
  await shop.product.open("velma-pouf");
  await expect(row(shop)).toBeVisible();
  await shop.home.open();
  await expect(row(shop)).toBeVisible();
  // A page says the same to everyone.
  expect(await shop.html("")).not.toContain(shop.say("recommend-row"));
  const stranger = await visit();
  await stranger.home.open();
  await expect(row(stranger)).toHaveCount(0);
  const plain = await visit({ javaScriptEnabled: false });
  await plain.open("for-you?p=corte-espresso-cup");
  await expect(row(plain)).toBeVisible();
});
