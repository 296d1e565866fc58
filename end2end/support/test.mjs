// The test function of every spec: a browser that is watched, and the shop's pages in it.
import { test as base, expect } from "@playwright/test";
import { Shop } from "../pages/shop.mjs";
import { Watch } from "./watch.mjs";

export { expect };

/**
 * - `watch` fails a test in which a browser complained of something undeclared.
 * - `shop` is the storefront of the option `storefront` in the test's own page.
 * - `visit(options)` lets another shopper in: a browser context of its own, and its shop.
 */
export const test = base.extend({
  storefront: ["en-eu", { option: true }],

  watch: [
    async ({}, use) => {
      const watch = new Watch();
      await use(watch);
      expect(watch.problems, "what the browser complained of").toEqual([]);
    },
    { auto: true },
  ],

  context: async ({ context, watch }, use) => {
    watch.follow(context);
    await use(context);
  },

  shop: async ({ page, storefront, javaScriptEnabled }, use) => {
    await use(new Shop(page, storefront, javaScriptEnabled ?? true));
  },

  visit: async ({ browser, contextOptions, storefront, javaScriptEnabled, watch, baseURL, locale, viewport }, use) => {
    /** @type {import("@playwright/test").BrowserContext[]} */
    const contexts = [];
    await use(async (options = {}) => {
      const given = { ...contextOptions, baseURL, locale, viewport, javaScriptEnabled, ...options };
      const context = await browser.newContext(given);
      contexts.push(context);
      watch.follow(context);
      return new Shop(await context.newPage(), options.storefront ?? storefront, given.javaScriptEnabled ?? true);
    });
    for (const context of contexts) await context.close();
  },
});
