// Takes a picture of every page, on a phone and on a desk, in light and in dark, into end2end/results/look/.
// `node end2end/look.mjs [part of a page's name]` with the environment of run.mjs. Fails when a page scrolls sideways.
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import { Shop } from "./pages/shop.mjs";
import { BASE_URL, LAUNCH, requireEnvironment } from "./support/environment.mjs";
import { settled } from "./support/settled.mjs";
import { shopper } from "./support/shopper.mjs";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "results/look");
const WIDTHS = [390, 1280];
const SCHEMES = /** @type {const} */ (["light", "dark"]);

/** What can be seen without a bag. */
const PUBLIC = {
  home: "",
  category: "category/kitchen",
  product: "product/calle-mug",
  "product-sold-out": "product/fungo-lamp",
  compare: "compare?p=calle-mug&p=corte-espresso-cup&p=fungo-lamp",
  "wishes-empty": "wishlist",
  about: "pages/about",
  "not-found": "no-such-page",
  offline: "offline",
};

const missing = requireEnvironment();
if (missing) {
  console.error(missing);
  process.exit(2);
}

const wanted = process.argv[2] ?? "";
/** @type {string[]} */
const sideways = [];

/** The page as it stands, in both schemes. */
async function take({ page }, name, width) {
  if (!name.includes(wanted)) return;
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await showAll(page);
    await settled(page);
    const file = `${name}-${width}-${colorScheme}.png`;
    await page.screenshot({ path: join(FOLDER, file), fullPage: !name.startsWith("drawer") && !name.startsWith("menu") });
    const { wide, at } = await page.evaluate(overflow);
    if (wide > 0) sideways.push(`${file}: ${wide} px too wide${at ? `, at ${at}` : ""}`);
    console.log(file);
  }
}

/** Loads what is loaded late, and waits for it. */
async function showAll(page) {
  await page.evaluate(async () => {
    for (const image of document.images) image.loading = "eager";
    await document.fonts.ready;
    await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
    scrollTo(0, 0);
  });
}

/** How far the page can be scrolled sideways, and the element that reaches farthest out. */
function overflow() {
  const width = document.documentElement.clientWidth;
  const wide = document.documentElement.scrollWidth - width;
  const out = [...document.querySelectorAll("body *")].find((element) => element.getBoundingClientRect().right > width + 1);
  return { wide, at: out ? `${out.localName}.${out.className}` : "" };
}

async function walk(browser, width) {
  const height = width < 500 ? 844 : 800;
  const context = await browser.newContext({ baseURL: BASE_URL, viewport: { width, height }, locale: "en-GB", hasTouch: width < 500 });
  const shop = new Shop(await context.newPage(), "en-eu", true);
  const { page } = shop;
  for (const [name, path] of Object.entries(PUBLIC)) {
    await shop.open(path);
    await take(shop, name, width);
  }
  await shop.home.open();
  await page.getByRole("banner").locator("summary").filter({ visible: true }).last().click();
  await take(shop, "menu", width);
  await shop.cart.open();
  await take(shop, "cart-empty", width);
  await shop.add("calle-mug", { Glaze: "Sand", Size: "350 ml" });
  await shop.add("altino-throw", { Colour: "Slate" });
  await take(shop, "drawer", width);
  await shop.drawer.openCart();
  await take(shop, "cart", width);
  await shop.cart.goToCheckout();
  await take(shop, "checkout", width);
  await shop.checkout.place();
  await shop.checkout.problem.waitFor();
  await shop.ready();
  await take(shop, "checkout-refused", width);
  await shop.checkout.fill(shopper());
  await shop.checkout.place();
  await shop.provider.arrive();
  await take(shop, "provider", width);
  await shop.provider.cancel();
  await shop.order.arrive();
  await take(shop, "order-due", width);
  await shop.order.payButton.click();
  await shop.provider.arrive();
  await shop.provider.pay();
  await shop.confirmation.arrive();
  await take(shop, "thanks", width);
  await shop.confirmation.openOrder();
  await take(shop, "order", width);
  await context.close();
}

await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
const browser = await chromium.launch(LAUNCH);
try {
  for (const width of WIDTHS) await walk(browser, width);
} finally {
  await browser.close();
}
for (const story of sideways) console.error(story);
if (sideways.length > 0) process.exit(1);
