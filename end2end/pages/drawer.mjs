// The bag's drawer over a page.
import { sum } from "./totals.mjs";

export class Drawer {
  /** @param {import("./shop.mjs").Shop} shop */
  constructor(shop) {
    this.shop = shop;
  }

  get dialog() {
    return this.shop.page.getByRole("dialog", { name: this.shop.say("layout-bag"), exact: true });
  }

  line(title) {
    return this.dialog.getByRole("listitem").filter({ has: this.shop.page.getByRole("link", { name: title, exact: true }) });
  }

  get total() {
    return sum(this.dialog, this.shop.say("cart-total"));
  }

  get checkoutLink() {
    return this.dialog.getByRole("link", { name: this.shop.say("layout-bag-checkout") });
  }

  async openCart() {
    await this.dialog.getByRole("link", { name: this.shop.say("layout-bag-cart") }).click();
    await this.shop.arrive("cart");
  }

  async close() {
    await this.dialog.getByRole("button", { name: this.shop.say("layout-bag-close") }).click();
    await this.dialog.waitFor({ state: "hidden" });
  }
}
