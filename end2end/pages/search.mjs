// Search: the header's fold with its suggestions, and the page.

export class SearchPage {
  /** @param {import("./shop.mjs").Shop} shop */
  constructor(shop) {
    this.shop = shop;
  }

  /** Opens the header's fold. */
  async unfold() {
    const banner = this.shop.page.getByRole("banner");
    await banner.locator("summary").filter({ visible: true }).and(banner.getByLabel(this.shop.say("search-title"), { exact: true })).click();
  }

  /** The header's field. */
  get field() {
    return this.shop.page.getByRole("banner").getByLabel(this.shop.say("search-label"));
  }

  get suggestions() {
    return this.shop.page.getByRole("option");
  }

  /** Waits for the page of what was searched. */
  async arrive() {
    await this.shop.arrive("search");
  }

  get heading() {
    return this.shop.main.getByRole("heading", { level: 1 });
  }
}
