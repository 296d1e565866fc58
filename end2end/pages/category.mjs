// A category's page.

export class CategoryPage {
  /** @param {import("./shop.mjs").Shop} shop */
  constructor(shop) {
    this.shop = shop;
  }

  async open(slug, query = "") {
    return this.shop.open(`category/${slug}${query}`);
  }

  get cards() {
    return this.shop.main.getByRole("article");
  }

  card(title) {
    return this.cards.filter({ has: this.link(title) });
  }

  link(title) {
    return this.shop.page.getByRole("link", { name: title, exact: true });
  }

  async titles() {
    return this.cards.getByRole("heading").allTextContents();
  }

  async openProduct(title, slug) {
    await this.card(title).getByRole("link", { name: title, exact: true }).click();
    await this.shop.arrive(`product/${slug}`);
  }

  get sorting() {
    return this.shop.main.getByRole("combobox", { name: this.shop.say("catalog-sort") });
  }

  get next() {
    return this.shop.main.getByRole("link", { name: this.shop.say("catalog-next-page"), exact: true });
  }
}
