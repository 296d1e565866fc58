// A bag that lasts: through restarts, between tabs, over bad connections.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { Shop } from "../pages/shop.mjs";
import { emptyRedis } from "../support/database.mjs";
import { BASE_URL, LAUNCH } from "../support/environment.mjs";
import { hold } from "../support/hold.mjs";
import { expect, test } from "../support/test.mjs";

const CHANGE = "**/api/cart/change";

test("the bag survives a browser restart and an emptied Redis", async ({ storefront, watch }) => {
  const folder = await mkdtemp(join(tmpdir(), "rialto-browser-"));
  const start = async () => {
    const browser = await chromium.launchPersistentContext(folder, { ...LAUNCH, baseURL: BASE_URL });
    watch.follow(browser);
    return { browser, shop: new Shop(await browser.newPage(), storefront, true) };
  };
  try {
    const before = await start();
    await before.shop.add("what-the-hands-know-book");
    await before.shop.expectInBag(1);
    await before.browser.close();
    await emptyRedis();
    const after = await start();
    await after.shop.home.open();
    await after.shop.expectInBag(1);
    await after.shop.cart.open();
    await expect(after.shop.cart.quantity("What the Hands Know")).toHaveValue("1");
    await after.browser.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("two tabs show the same bag", async ({ shop }) => {
  const book = "Lagoon, Slowly";
  await shop.add("lagoon-slowly-book");
  const other = await shop.newTab();
  await other.cart.open();
  await expect(other.cart.total).toHaveText("€52.90");
  await shop.drawer.openCart();
  await shop.cart.more(book).click();
  await expect(other.cart.total).toHaveText("€96.00");
  await other.expectInBag(2);
  await other.cart.remove(book).click();
  await expect(shop.cart.empty).toBeVisible();
  await shop.expectInBag(0);
});

test("answers that come out of order do not bring an old bag back", async ({ shop }) => {
  const soap = "Saline soap";
  await shop.add("saline-soap", { Scent: "Clay" });
  await shop.drawer.openCart();
  const other = await shop.newTab();
  await other.cart.open();

  // The older change is made first and answered last.
  const late = await hold(shop.page, CHANGE);
  await shop.cart.more(soap).click();
  const older = await late.at(0);
  const { version } = await (await older.answered).json();
  await other.cart.remove(soap).click();
  await expect(other.cart.empty).toBeVisible();
  await older.release();
  late.stop();
  await expect(shop.cart.empty).toBeVisible();
  await shop.expectInBag(0);
  expect(version).toBeGreaterThan(0);

  // A reading that was asked for before a change is answered after it.
  await shop.add("saline-soap", { Scent: "Salt" });
  const slow = await hold(shop.page, "**/api/cart/read");
  await shop.open("cart");
  const read = await slow.at(0);
  await read.answered;
  await shop.cart.remove(soap).click();
  await expect(shop.cart.empty).toBeVisible();
  const settled = shop.page.waitForResponse("**/api/cart/read");
  await read.release();
  await (await settled).finished();
  await shop.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await expect(shop.cart.empty).toBeVisible();
});

test("quick changes are sent one after the other and add up", async ({ shop }) => {
  const brush = "Pellestrina nail brush";
  await shop.add("pellestrina-nail-brush", { Wood: "Ash" });
  await shop.drawer.openCart();
  const answers = await hold(shop.page, CHANGE);
  for (let click = 0; click < 4; click += 1) await shop.cart.more(brush).click();
  await expect(shop.cart.quantity(brush)).toHaveValue("5");
  await expect(shop.cart.total).toHaveText("€70.00");
  await answers.at(0);
  expect(answers.count).toBe(1);
  answers.stop();
  await (await answers.at(0)).release();
  await expect(shop.cart.total).toHaveText("€70.00");
  await expect.poll(async () => quantityOnServer(shop, brush)).toBe("5");
});

test("an answer that gets lost does not add twice", async ({ shop, watch }) => {
  watch.expectProblem(/\/api\/cart\/change/);
  /** @type {string[]} */
  const commands = [];
  await shop.page.route(CHANGE, async (route) => {
    commands.push(route.request().postDataJSON().command.command);
    const response = await route.fetch();
    await (commands.length === 1 ? route.abort("connectionreset") : route.fulfill({ response }));
  });
  await shop.add("marea-soap-dish", { Glaze: "Slate" });
  await shop.expectInBag(1);
  expect(commands).toHaveLength(2);
  expect(commands[0]).toBe(commands[1]);
  await shop.cart.open();
  await expect(shop.cart.quantity("Marea soap dish")).toHaveValue("1");
});

test("a shop that can't be reached is said, and nothing is pretended", async ({ shop, watch }) => {
  watch.expectProblem(/\/api\/|ERR_INTERNET_DISCONNECTED|ERR_FAILED/);
  await shop.add("marea-beaker", { Glaze: "Slate" });
  await shop.drawer.openCart();
  await shop.page.route(CHANGE, (route) => route.abort("internetdisconnected"));
  await shop.cart.more("Marea beaker").click();
  await expect(shop.cart.problem).toHaveText(shop.say("cart-unreachable"));
  await expect(shop.cart.total).toHaveText("€27.90");
  await shop.page.unroute(CHANGE);
  await shop.cart.more("Marea beaker").click();
  await expect(shop.cart.problem).toHaveCount(0);
  await expect.poll(async () => quantityOnServer(shop, "Marea beaker")).toBe(await shop.cart.quantity("Marea beaker").inputValue());
});

test("the buy box says so when nothing can be added", async ({ shop, watch }) => {
  watch.expectProblem(/\/api\/|ERR_INTERNET_DISCONNECTED/);
  const { product } = shop;
  await product.open("barena-bath-salts");
  await shop.page.route(CHANGE, (route) => route.abort("internetdisconnected"));
  await product.button.click();
  await expect(product.problem).toHaveText(shop.say("catalog-offline"));
  await expect(shop.drawer.dialog).toBeHidden();
  await shop.page.unroute(CHANGE);
  await product.add();
  await shop.expectInBag(1);
});

/** What the server's own page says a line's quantity is. */
async function quantityOnServer(shop, title) {
  const html = await shop.html("cart");
  const label = shop.say("cart-quantity-of", { title });
  return new RegExp(`<input[^>]*aria-label="${label}"[^>]*>`).exec(html)?.[0].match(/value="(\d+)"/)?.[1];
}
