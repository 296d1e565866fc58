// Which result of a search is opened is counted, by a beacon of the search page.
import { query } from "../support/database.mjs";
import { expect, test } from "../support/test.mjs";

test("a result that is opened is counted under what was searched", async ({ shop }) => {
  // No other spec searches for this.
  const text = "velma pouf";
  const counted = async () => {
    const rows = await query(
      `SELECT clicks FROM search_click JOIN product ON product.id = product_id
       WHERE query = :'text' AND locale = 'en' AND slug = 'velma-pouf'`,
      { text },
    );
    return rows.reduce((sum, row) => sum + row.clicks, 0);
  };
  const before = await counted();
  await shop.open(`search?${new URLSearchParams({ q: text })}`);
  // The page's own script listens by then: what is imported twice is there once.
  await shop.page.evaluate(() => import(document.querySelector("[data-script]").dataset.script));
  await shop.category.openProduct("Velma pouf", "velma-pouf");
  // Written down every few seconds.
  await expect.poll(counted, { timeout: 30_000 }).toBe(before + 1);
});
