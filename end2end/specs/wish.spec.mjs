// What is kept for later, and put side by side.
import { expectAccessible } from "../support/axe.mjs";
import { expect, test } from "../support/test.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };

for (const javaScriptEnabled of [true, false]) {
  test(`on a phone things are saved, compared, removed and put back ${javaScriptEnabled ? "with" : "without"} a script`, async ({ visit }) => {
    const shop = await visit({ ...PHONE, javaScriptEnabled });
    const { wishes, page } = shop;
    await wishes.save("fungo-lamp");
    await expect(wishes.told).toContainText(shop.say("wish-added", { title: "Fungo lamp" }));
    await wishes.save("calle-mug");
    await expect(wishes.card("Fungo lamp")).toBeVisible();

    await wishes.compare("Calle mug", "Fungo lamp");
    await expect(wishes.columns).toHaveCount(2);
    await expect(wishes.row(shop.say("compare-price"))).toContainText(shop.say("compare-differs"));
    // What does not fit is moved in its own box, never the page.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await shop.main.getByRole("link", { name: shop.say("compare-remove-label", { title: "Calle mug" }), exact: true }).click();
    await page.waitForURL((url) => url.search === "?p=fungo-lamp");
    await shop.ready();
    await expect(wishes.columns).toHaveCount(1);

    await wishes.open();
    await wishes.remove("Calle mug");
    await expect(wishes.card("Calle mug")).toHaveCount(0);
    await wishes.told.getByRole("button", { name: shop.say("wish-put-back"), exact: true }).click();
    await expect(wishes.card("Calle mug")).toBeVisible();
  });
}

test("axe finds nothing on the wish list and in a comparison on a phone", async ({ visit }) => {
  const shop = await visit(PHONE);
  await shop.wishes.save("fungo-lamp");
  await expectAccessible(shop.page, "wish list on a phone");
  await shop.open("compare?p=calle-mug&p=fungo-lamp");
  await expectAccessible(shop.page, "comparison on a phone");
});

test("from a product's page it stands beside what is like it", async ({ shop }) => {
  const { wishes } = shop;
  await shop.product.open("calle-mug");
  await shop.main.getByRole("link", { name: shop.say("compare-similar"), exact: true }).click();
  await shop.arrive("compare");
  await expect(wishes.columns.first()).toContainText("Calle mug");
  await expect(wishes.columns.nth(1)).toBeVisible();
});
