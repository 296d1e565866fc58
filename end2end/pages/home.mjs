// The home page, and the header that every page has.

export class HomePage {
  /** @param {import("./shop.mjs").Shop} shop */
  constructor(shop) {
    this.shop = shop;
  }

  async open() {
    return this.shop.open("");
  }

  /** The header's link to a category. */
  categoryLink(name) {
    const links = this.shop.page.getByRole("navigation", { name: this.shop.say("layout-categories") });
    return links.getByRole("link", { name, exact: true }).first();
  }

  async openCategory(name, slug) {
    await this.categoryLink(name).click();
    await this.shop.arrive(`category/${slug}`);
  }

  /** Chooses a storefront from the header: `EU · € · Deutsch`. */
  async switchTo(name) {
    const banner = this.shop.page.getByRole("banner");
    await banner.locator("summary").filter({ visible: true }).first().click();
    await banner.getByRole("link", { name }).filter({ visible: true }).click();
  }
}
