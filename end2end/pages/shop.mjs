// The shop in one browser page: a storefront, and the page objects of it.
import { expect } from "@playwright/test";
import { say } from "../support/say.mjs";
import { CartPage } from "./cart.mjs";
import { CategoryPage } from "./category.mjs";
import { CheckoutPage } from "./checkout.mjs";
import { ConfirmationPage } from "./confirmation.mjs";
import { Drawer } from "./drawer.mjs";
import { HomePage } from "./home.mjs";
import { OrderPage } from "./order.mjs";
import { ProductPage } from "./product.mjs";
import { ProviderPage } from "./provider.mjs";
import { SearchPage } from "./search.mjs";
import { WishesPage } from "./wishes.mjs";

export class Shop {
  /**
   * @param {import("@playwright/test").Page} page
   * @param {string} storefront such as `en-eu`
   * @param {boolean} hasScripts whether the page runs JavaScript
   */
  constructor(page, storefront, hasScripts) {
    this.page = page;
    this.storefront = storefront;
    this.hasScripts = hasScripts;
    this.main = page.getByRole("main");
    this.home = new HomePage(this);
    this.category = new CategoryPage(this);
    this.search = new SearchPage(this);
    this.product = new ProductPage(this);
    this.wishes = new WishesPage(this);
    this.drawer = new Drawer(this);
    this.cart = new CartPage(this);
    this.checkout = new CheckoutPage(this);
    this.provider = new ProviderPage(this);
    this.confirmation = new ConfirmationPage(this);
    this.order = new OrderPage(this);
  }

  /** A message in the storefront's language. */
  say(key, values) {
    return say(this.storefront.slice(0, 2), key, values);
  }

  /** `rest` inside the storefront: `cart` is `/en-eu/cart`. */
  path(rest) {
    return `/${this.storefront}/${rest}`;
  }

  /** Opens a page of the storefront; answers with the document's response. */
  async open(rest) {
    const response = await this.page.goto(this.path(rest));
    await this.ready();
    return response;
  }

  /** Waits until the page's islands are alive; without JavaScript there is nothing to wait for. */
  async ready() {
    if (this.hasScripts) await this.page.locator("html[data-ready]").waitFor({ state: "attached" });
  }

  /** Waits until the browser stands on a page of this storefront, alive. */
  async arrive(rest) {
    await this.page.waitForURL((url) => url.pathname === this.path(rest));
    await this.ready();
  }

  /** The link to the bag in the header. */
  get bag() {
    return this.page.getByRole("banner").getByRole("link", { name: new RegExp(`^${this.say("layout-bag")}`) });
  }

  /** Checks that the header says how many things are in the bag. */
  async expectInBag(count) {
    const name = this.say("layout-bag");
    await expect(this.bag).toHaveAccessibleName(count === 0 ? name : `${name}: ${count}`);
  }

  /** The document as the server sends it, with the browser's cookies. */
  async html(rest) {
    return (await this.page.request.get(this.path(rest))).text();
  }

  /** Another tab of the same browser. */
  async newTab() {
    return new Shop(await this.page.context().newPage(), this.storefront, this.hasScripts);
  }

  /** Puts a product into the bag, and is on the way to the bag's page: its drawer with JavaScript, the page itself without. */
  async add(slug, choices = {}) {
    await this.product.open(slug);
    for (const [option, value] of Object.entries(choices)) await this.product.choose(option, value);
    await this.product.add();
  }

  /** Goes from the bag to the provider's page, as `details` say. */
  async placeOrder(details) {
    await this.checkout.open();
    await this.checkout.fill(details);
    await this.checkout.place();
    await this.provider.arrive();
  }
}
