// The bag's page.
import { sum } from "./totals.mjs";

export class CartPage {
  /** @param {import("./shop.mjs").Shop} shop */
  constructor(shop) {
    this.shop = shop;
  }

  async open() {
    return this.shop.open("cart");
  }

  get lines() {
    // Other lists stand on the page too: ways of delivery, codes.
    return this.shop.main.getByRole("listitem").filter({ has: this.shop.page.getByRole("spinbutton") });
  }

  line(title) {
    return this.lines.filter({ has: this.shop.page.getByRole("link", { name: title, exact: true }) });
  }

  quantity(title) {
    const name = this.shop.say("cart-quantity-of", { title });
    return this.shop.main.getByRole("spinbutton", { name, exact: true });
  }

  more(title) {
    return this.line(title).getByRole("button", { name: this.shop.say("cart-more") });
  }

  less(title) {
    return this.line(title).getByRole("button", { name: this.shop.say("cart-less") });
  }

  /** Sends a quantity; there only without JavaScript. */
  update(title) {
    return this.line(title).getByRole("button", { name: this.shop.say("cart-update") });
  }

  remove(title) {
    return this.line(title).getByRole("button", { name: `${this.shop.say("cart-remove")}: ${title}` });
  }

  /** A sum of the summary: `cart-subtotal`, `cart-delivery`, `cart-total` … */
  sum(key) {
    return sum(this.shop.main, this.shop.say(key));
  }

  get total() {
    return this.sum("cart-total");
  }

  get problem() {
    return this.shop.main.getByRole("alert").filter({ visible: true });
  }

  get empty() {
    return this.shop.main.getByText(this.shop.say("cart-empty"));
  }

  async goToCheckout() {
    await this.shop.main.getByRole("link", { name: this.shop.say("cart-checkout") }).click();
    await this.shop.arrive("checkout");
  }
}
