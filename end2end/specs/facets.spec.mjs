// What a list is narrowed by, on a phone and without a mouse; and what does not fit beside each other.
import { expectAccessible } from "../support/axe.mjs";
import { tabTo } from "../support/keyboard.mjs";
import { expect, test } from "../support/test.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };
const NARROWED = "?a=material%3AStoneware&a=dishwasher%3Ayes&from.height=5&to.height=30";
/** What a finger hits, in pixels a side. */
const FINGER = 44;

/** How far a page can be moved sideways, in pixels. */
async function sideways({ page }) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Names and sizes of what is too small for a finger. A field in a label is as large as the label. */
async function tooSmall(locator) {
  const sizes = await locator.evaluateAll((all) =>
    all.map((element) => {
      const { width, height } = (element.closest("label") ?? element).getBoundingClientRect();
      return { name: (element.closest("label") ?? element).textContent || element.id, width, height };
    }),
  );
  return sizes.filter(({ width, height }) => height < FINGER - 0.5 || width < FINGER - 0.5);
}

for (const storefront of ["en-eu", "de-eu"]) {
  test(`a narrowed list fits a phone, and so does what narrows it, in ${storefront}`, async ({ visit }) => {
    const phone = await visit({ ...PHONE, storefront });
    const { category, main } = phone;
    await category.open("table", NARROWED);
    await expect(category.chips).toHaveCount(3);
    expect(await sideways(phone)).toBe(0);
    expect(await tooSmall(category.chips)).toEqual([]);
    await main.getByRole("link", { name: phone.say("search-filters"), exact: true }).click();
    await expect(category.filters).toBeVisible();
    expect(await sideways(phone)).toBe(0);
    expect(await tooSmall(category.filters.locator("a, button, summary, input:not([type=hidden])").filter({ visible: true }))).toEqual([]);
    await expectAccessible(phone.page, "the sheet of a narrowed list");
    await phone.open("search?q=stoneware");
    expect(await sideways(phone)).toBe(0);
  });
}

test("a list is narrowed with the keyboard alone, one choice after the other", async ({ shop }) => {
  const { category, page } = shop;
  const keys = page.keyboard;
  await category.open("table");
  const all = await category.cards.count();
  await category.box("Wood", "Walnut").focus();
  await tabTo(page, category.box("Material", "Stoneware"));
  await keys.press("Space");
  await page.waitForURL(/[?&]a=material%3AStoneware/);
  await shop.ready();
  // On from where the choice was made.
  await expect(category.box("Material", "Stoneware")).toBeFocused();
  await expect(category.box("Material", "Stoneware")).toBeChecked();
  const few = await category.cards.count();
  expect(few).toBeLessThan(all);
  await tabTo(page, category.bound("Height (cm)", "search-price-to"));
  await keys.type("20");
  await keys.press("Enter");
  await page.waitForURL(/[?&]to\.height=20(&|$)/);
  await shop.ready();
  await expect(category.chip(shop.say("search-named", { name: "Height", value: shop.say("search-up-to", { price: "20\u{a0}cm" }) }))).toBeVisible();
  expect(await category.cards.count()).toBeLessThanOrEqual(few);
});

test("four side by side fit a phone: their table is moved, not the page", async ({ visit }) => {
  const phone = await visit(PHONE);
  const { page, wishes } = phone;
  await phone.open("compare?p=calle-mug&p=corte-espresso-cup&p=fungo-lamp&p=squero-board");
  await expect(wishes.columns).toHaveCount(4);
  expect(await sideways(phone)).toBe(0);
  const box = phone.main.getByRole("region", { name: phone.say("compare-title"), exact: true });
  await box.focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => box.evaluate((element) => element.scrollLeft)).toBeGreaterThan(0);
  await expectAccessible(page, "four side by side on a phone");
});
