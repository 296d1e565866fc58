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

  /** A box that narrows the list: of `Glaze`, `Sand`. */
  box(option, name) {
    const group = this.filters.getByRole("group", { name: option, exact: true });
    return group.getByRole("checkbox", { name: new RegExp(`^${name}( |$)`) });
  }

  get filters() {
    return this.shop.main.getByRole("form", { name: this.shop.say("search-filters") });
  }

  /** An end of a range that narrows the list: of `Height (cm)`, the field that `key` says. */
  bound(attribute, key) {
    const group = this.filters.getByRole("group", { name: attribute, exact: true });
    return group.getByRole("textbox", { name: this.shop.say(key), exact: true });
  }

  /** All that narrows the list now, but the link that takes all away. */
  get chips() {
    const list = this.shop.main.getByRole("list", { name: this.shop.say("search-chosen"), exact: true });
    return list.getByRole("link").filter({ hasNotText: this.shop.say("search-clear") });
  }

  /** What narrows the list now; a click takes it away. */
  chip(name) {
    return this.shop.main.getByRole("link", { name: this.shop.say("search-without", { filter: name }), exact: true });
  }

  get sorting() {
    return this.shop.main.getByRole("combobox", { name: this.shop.say("catalog-sort") });
  }

  get next() {
    return this.shop.main.getByRole("link", { name: this.shop.say("catalog-next-page"), exact: true });
  }
}
