// A product's page.

export class ProductPage {
  /** @param {import("./shop.mjs").Shop} shop */
  constructor(shop) {
    this.shop = shop;
  }

  async open(slug) {
    return this.shop.open(`product/${slug}`);
  }

  get title() {
    return this.shop.main.getByRole("heading", { level: 1 });
  }

  /** The button that puts it into the bag; says why when it can't. */
  get button() {
    const says = ["catalog-add", "catalog-adding", "catalog-sold-out", "catalog-not-made"].map((key) => this.shop.say(key));
    return this.shop.main.getByRole("button", { name: new RegExp(`^(${says.join("|")})`) }).first();
  }

  /** The radio of an option's value, such as `Glaze`, `Lagoon`; it is hidden behind its dot or pill. */
  choice(option, value) {
    return this.#group(option).getByRole("radio", { name: valued(value) });
  }

  /** The dot or pill of a value, which is struck through when it can't be had. */
  label(option, value) {
    const radio = this.shop.page.getByRole("radio", { name: valued(value) });
    return this.#group(option).locator("label").filter({ has: radio });
  }

  async choose(option, value) {
    await this.label(option, value).click();
  }

  #group(option) {
    return this.shop.main.getByRole("group", { name: new RegExp(`^${option}`) });
  }

  get quantity() {
    return this.shop.main.getByRole("spinbutton", { name: this.shop.say("catalog-quantity") });
  }

  get more() {
    return this.shop.main.getByRole("button", { name: this.shop.say("catalog-more") });
  }

  /** What went wrong with adding it. */
  get problem() {
    return this.shop.main.getByRole("alert");
  }

  /** Adds what is chosen: the drawer opens, or, without JavaScript, the bag's page. */
  async add() {
    await this.button.click();
    if (this.shop.hasScripts) await this.shop.drawer.dialog.waitFor();
    else await this.shop.arrive("cart");
  }
}

/** A value's name; that it is sold out may follow. */
function valued(value) {
  return new RegExp(`^${value.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}( ?,|$)`);
}
