// The page that says thank you.
import { expect } from "@playwright/test";

export class ConfirmationPage {
  /** @param {import("./shop.mjs").Shop} shop */
  constructor(shop) {
    this.shop = shop;
  }

  /** Waits for thanks; answers with the order's number and the secret of its link. */
  async arrive() {
    await this.shop.page.waitForURL(/\/orders\/[^/]+\/[^/]+\/thank-you$/);
    await this.shop.ready();
    await expect(this.heading).toHaveText(this.shop.say("order-thanks-title"));
    return orderOf(this.shop.page.url());
  }

  get heading() {
    return this.shop.main.getByRole("heading", { level: 1 });
  }

  async openOrder() {
    await this.shop.main.getByRole("link", { name: this.shop.say("order-status-link") }).click();
    await this.shop.page.waitForURL(/\/orders\/[^/]+\/[^/]+$/);
    await this.shop.ready();
  }
}

/** The order that an address is about. */
export function orderOf(url) {
  const [, number, token] = /\/orders\/([^/]+)\/([^/?]+)/.exec(url) ?? [];
  return { number, token };
}
