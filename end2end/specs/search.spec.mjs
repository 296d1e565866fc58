// Finding things: search, suggestions, and what narrows a list.
import { expect, test } from "../support/test.mjs";

test("suggestions are walked with the keyboard and lead to what they name", async ({ shop }) => {
  const { search, page } = shop;
  await shop.home.open();
  await search.unfold();
  await expect(search.field).toBeFocused();
  await expect(search.field).toHaveRole("combobox");
  await search.field.fill("fungo");
  await expect(search.suggestions).toHaveText(["Fungo lamp"]);
  await expect(search.field).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("ArrowDown");
  await expect(search.suggestions.first()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Escape");
  await expect(search.suggestions).toHaveCount(0);
  await expect(search.field).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(search.suggestions).toHaveCount(1);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await shop.arrive("product/fungo-lamp");
});

test("a category is offered too, and Enter searches for what was typed", async ({ shop }) => {
  const { search, page, category } = shop;
  await shop.home.open();
  await search.unfold();
  await search.field.fill("light");
  await expect(search.suggestions.first()).toHaveText("Light");
  await search.field.fill("calle mug");
  await page.keyboard.press("Enter");
  await search.arrive();
  await expect(search.heading).toContainText("calle mug");
  await expect(category.card("Calle mug")).toBeVisible();
});

test("what was not found leads on", async ({ shop }) => {
  await shop.open("search?q=zzyzxqqk");
  await expect(shop.main).toContainText(shop.say("search-empty"));
  await expect(shop.main.getByRole("link", { name: "Kitchen", exact: true })).toBeVisible();
  await expect(shop.category.cards.first()).toBeVisible();
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with a script" : "without a script", () => {
    test.use({ javaScriptEnabled });

    test("a list is narrowed, and widened again", async ({ shop }) => {
      const { category, page } = shop;
      await category.open("table");
      const all = await category.cards.count();
      await category.box("Glaze", "Chalk").check();
      if (!javaScriptEnabled) await category.filters.getByRole("button").click();
      await page.waitForURL(/[?&]f=Glaze%3AChalk/);
      await shop.ready();
      await expect(category.chip("Chalk")).toBeVisible();
      await expect(category.box("Glaze", "Chalk")).toBeChecked();
      const few = await category.cards.count();
      expect(few).toBeGreaterThan(0);
      expect(few).toBeLessThan(all);
      await category.chip("Chalk").click();
      await page.waitForURL((url) => url.search === "");
      await expect(category.cards).toHaveCount(all);
    });

    test("the header searches", async ({ shop }) => {
      const { search, category } = shop;
      await shop.home.open();
      await search.unfold();
      await search.field.fill("beeswax");
      await search.field.press("Enter");
      await search.arrive();
      await expect(category.card("Campo candle")).toBeVisible();
    });
  });
}

test("on a phone, filters are a sheet with one button", async ({ visit }) => {
  const phone = await visit({ viewport: { width: 390, height: 844 }, hasTouch: true });
  const { category, page } = phone;
  await category.open("table");
  await expect(category.filters).toBeHidden();
  await phone.main.getByRole("link", { name: phone.say("search-filters"), exact: true }).click();
  await expect(category.filters).toBeVisible();
  await category.box("Glaze", "Chalk").check();
  await category.box("Glaze", "Sand").check();
  await category.filters.getByRole("button").click();
  await page.waitForURL((url) => url.searchParams.getAll("f").length === 2 && url.hash === "");
  await phone.ready();
  await expect(category.filters).toBeHidden();
  await expect(category.chip("Sand")).toBeVisible();
});
