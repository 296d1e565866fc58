// A list of sums, as bag, drawer, checkout and order show it.

/**
 * One sum by its name.
 * @param {import("@playwright/test").Locator} within
 * @param {string} name
 */
export function sum(within, name) {
  const row = within.locator(".totals > div").filter({ has: within.page().getByText(name, { exact: true }) });
  return row.getByRole("definition");
}
