// The wish list's page, and the comparison that is chosen there.

export class WishesPage {
  /** @param {import("./shop.mjs").Shop} shop */
  constructor(shop) {
    this.shop = shop;
  }

  async open() {
    return this.shop.open("wishlist");
  }

  /** Saves a product on its page: the list is shown. */
  async save(slug) {
    await this.shop.product.open(slug);
    await this.shop.main.getByRole("button", { name: this.shop.say("wish-save"), exact: true }).click();
    await this.shop.arrive("wishlist");
  }

  /** What was just done. */
  get told() {
    return this.shop.main.getByRole("status");
  }

  card(title) {
    return this.shop.category.card(title);
  }

  async remove(title) {
    await this.shop.main.getByRole("button", { name: this.shop.say("wish-remove-label", { title }), exact: true }).click();
    await this.told.getByText(this.shop.say("wish-removed", { title })).waitFor();
  }

  /** Shows these side by side. */
  async compare(...titles) {
    for (const title of titles) {
      await this.shop.main.getByRole("checkbox", { name: this.shop.say("compare-tick-label", { title }), exact: true }).check();
    }
    await this.shop.main.getByRole("button", { name: this.shop.say("compare-chosen"), exact: true }).click();
    await this.shop.arrive("compare");
  }

  /** The products that are compared. */
  get columns() {
    return this.shop.main.getByRole("columnheader");
  }

  /** What is said of them under that name. */
  row(name) {
    return this.shop.main.getByRole("row").filter({ has: this.shop.page.getByRole("rowheader", { name: new RegExp(`^${name}`) }) });
  }
}
