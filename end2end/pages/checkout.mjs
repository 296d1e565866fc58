// The checkout's page.
import { sum } from "./totals.mjs";

/**
 * What a shopper fills in; keys are the fields' names. `country` is a code.
 * @typedef {{ email: string, name: string, line1: string, line2?: string, postcode: string, city: string, region?: string,
 *   country: string, phone?: string }} Details
 */

export class CheckoutPage {
  /** @param {import("./shop.mjs").Shop} shop */
  constructor(shop) {
    this.shop = shop;
  }

  async open() {
    return this.shop.open("checkout");
  }

  /** A text field by its name. */
  field(name) {
    return this.shop.main.getByRole("textbox", { name: new RegExp(`^${this.shop.say(`checkout-${name}`)}`) });
  }

  get country() {
    return this.shop.main.getByRole("combobox", { name: this.shop.say("checkout-country") });
  }

  /** A way of delivery by the beginning of its name. */
  delivery(name) {
    return this.shop.main.getByRole("radio", { name: new RegExp(`^${name}`) });
  }

  /** @param {Details} details */
  async fill({ country, ...texts }) {
    for (const [name, text] of Object.entries(texts)) await this.field(name).fill(text);
    if ((await this.country.inputValue()) !== country) await this.chooseCountry(country);
  }

  /** Chooses a country and, with JavaScript, waits for what the server makes of it. */
  async chooseCountry(code) {
    const estimate = this.shop.hasScripts ? this.#estimated() : null;
    await this.country.selectOption(code);
    await estimate;
  }

  /** The state or province, where the country has them. */
  get region() {
    return this.shop.main.locator("select[name=region]");
  }

  /** Chooses a region by its name, as chooseCountry does. */
  async chooseRegion(name) {
    const estimate = this.shop.hasScripts ? this.#estimated() : null;
    await this.region.selectOption({ label: name });
    await estimate;
  }

  async chooseDelivery(name) {
    const estimate = this.shop.hasScripts ? this.#estimated() : null;
    await this.delivery(name).check();
    await estimate;
  }

  /** Asks for prices without ordering; there only without JavaScript. */
  get update() {
    return this.shop.main.getByRole("button", { name: this.shop.say("checkout-update") });
  }

  get placeButton() {
    return this.shop.main.getByRole("button", { name: this.shop.say("checkout-place") });
  }

  async place() {
    await this.placeButton.click();
  }

  get total() {
    return this.sum("cart-total");
  }

  sum(key) {
    return sum(this.shop.main, this.shop.say(key));
  }

  /** What is wrong with the whole. */
  get problem() {
    return this.shop.main.getByRole("alert");
  }

  async #estimated() {
    const answer = await this.shop.page.waitForResponse((response) => response.url().endsWith("/api/checkout/estimate"));
    await answer.finished();
  }
}
