// An order's page, by private link.
import { orderOf } from "./confirmation.mjs";
import { sum } from "./totals.mjs";

export class OrderPage {
  /** @param {import("./shop.mjs").Shop} shop */
  constructor(shop) {
    this.shop = shop;
  }

  /** @param {{ number: string, token: string }} order */
  async open({ number, token }) {
    return this.shop.open(`orders/${number}/${token}`);
  }

  /** Waits until the browser stands on an order's page; answers with the order. */
  async arrive() {
    await this.shop.page.waitForURL(/\/orders\/[^/]+\/[^/]+$/);
    await this.shop.ready();
    return orderOf(this.shop.page.url());
  }

  get heading() {
    return this.shop.main.getByRole("heading", { level: 1 });
  }

  /** The step that the order stands at. */
  get step() {
    return this.shop.main.locator("[aria-current=step]");
  }

  line(title) {
    return this.shop.main.getByRole("listitem").filter({ has: this.shop.page.getByRole("link", { name: title, exact: true }) });
  }

  get total() {
    return sum(this.shop.main, this.shop.say("cart-total"));
  }

  get payButton() {
    return this.shop.main.getByRole("button", { name: this.shop.say("order-pay") });
  }
}
