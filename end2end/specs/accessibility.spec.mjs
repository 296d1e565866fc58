// For everyone: what axe finds, keyboards alone, less motion.
import { expectAccessible } from "../support/axe.mjs";
import { tabTo } from "../support/keyboard.mjs";
import { shopper } from "../support/shopper.mjs";
import { expect, test } from "../support/test.mjs";

test("axe finds nothing on public pages, light and dark", async ({ shop, watch }) => {
  watch.expectStatus(404);
  const lists = ["category/living", "category/light?sort=price-down&stock=1", "brand/fornace-zan", "collection/autumn-table"];
  const pages = ["", ...lists, "search?q=linen", "search?q=zzyzx", "product/calle-mug", "product/fungo-lamp", "product/lagoon-slowly-book"];
  for (const path of [...pages, "pages/about", "offline", "no-such-page"]) {
    await shop.open(path);
    await expectAccessible(shop.page, path);
  }
});

test("axe finds nothing on a phone, its menu open", async ({ visit }) => {
  const phone = await visit({ viewport: { width: 390, height: 844 }, hasTouch: true });
  await phone.home.open();
  await phone.page.getByRole("banner").locator("summary").filter({ visible: true }).last().click();
  await expectAccessible(phone.page, "home with its menu");
  await phone.category.open("table", "#filters");
  await expectAccessible(phone.page, "the filters' sheet");
  await phone.product.open("calle-mug");
  await expectAccessible(phone.page, "product on a phone");
});

test("axe finds nothing from the bag to the order, light and dark", async ({ shop, watch }) => {
  const { page, cart, checkout, provider, order, confirmation } = shop;
  await cart.open();
  await expectAccessible(page, "empty bag");
  await shop.add("nebbia-scented-candle", { Scent: "Fog" });
  await expectAccessible(page, "drawer");
  await shop.drawer.openCart();
  await expectAccessible(page, "bag");
  await cart.goToCheckout();
  await expectAccessible(page, "checkout");
  watch.expectStatus(422);
  await checkout.place();
  await expect(checkout.problem).toBeVisible();
  await shop.ready();
  await expectAccessible(page, "refused checkout");
  await checkout.fill(shopper());
  await checkout.place();
  await provider.arrive();
  await provider.cancel();
  await order.arrive();
  await expectAccessible(page, "order that awaits its payment");
  await order.payButton.click();
  await provider.arrive();
  await provider.pay();
  await confirmation.arrive();
  await expectAccessible(page, "thanks");
  await confirmation.openOrder();
  await expectAccessible(page, "paid order");
});

test("one thing is bought with the keyboard alone, focus always in sight", async ({ shop }) => {
  const { page, drawer, checkout, provider, confirmation } = shop;
  const keys = page.keyboard;
  await shop.category.open("bath");

  await keys.press("Tab");
  await expect(page.getByRole("link", { name: shop.say("layout-skip") })).toBeFocused();
  await keys.press("Enter");
  await tabTo(page, shop.category.link("Velma bath mat"));
  await keys.press("Enter");
  await shop.arrive("product/velma-bath-mat");

  await tabTo(page, page.getByRole("radio", { checked: true }).first());
  await keys.press("ArrowRight");
  await expect(shop.product.choice("Colour", "Slate")).toBeChecked();
  await tabTo(page, shop.product.button);
  await keys.press("Enter");
  await drawer.dialog.waitFor();
  await expect(drawer.dialog.locator(":focus")).toHaveCount(1);
  await keys.press("Escape");
  await expect(drawer.dialog).toBeHidden();
  await expect(shop.product.button).toBeFocused();
  await tabTo(page, shop.bag, "Shift+Tab");
  await keys.press("Enter");
  await tabTo(page, drawer.checkoutLink);
  await keys.press("Enter");
  await shop.arrive("checkout");

  const { country, ...texts } = shopper();
  for (const [name, text] of Object.entries(texts)) {
    await tabTo(page, checkout.field(name));
    await keys.type(text);
  }
  await tabTo(page, checkout.country);
  await expect(checkout.country).toHaveValue(country);
  await tabTo(page, checkout.delivery("Standard"));
  const estimated = page.waitForResponse("**/api/checkout/estimate");
  await keys.press("ArrowDown");
  await estimated;
  await expect(checkout.delivery("Express")).toBeChecked();
  await expect(checkout.total).toHaveText("€53.90");
  await tabTo(page, checkout.placeButton);
  await keys.press("Enter");
  await provider.arrive();
  await tabTo(page, provider.payButton);
  await keys.press("Enter");
  await confirmation.arrive();
});

test("whoever wants less motion gets none", async ({ shop, page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await shop.add("merceria-napkins");
  for (const path of [null, "", "category/table", "cart"]) {
    if (path !== null) await shop.open(path);
    const moving = await page.evaluate(() => {
      const seconds = (text) => Math.max(...text.split(",").map((part) => parseFloat(part) * (part.trim().endsWith("ms") ? 0.001 : 1)));
      const moves = (element, pseudo) => {
        const style = getComputedStyle(element, pseudo);
        return seconds(style.transitionDuration) > 0.011 || (style.animationName !== "none" && seconds(style.animationDuration) > 0.011);
      };
      return [...document.querySelectorAll("*")]
        .filter((element) => moves(element) || moves(element, "::before") || moves(element, "::after") || moves(element, "::backdrop"))
        .map((element) => `${element.localName}.${element.className}`);
    });
    expect(moving, path ?? "the drawer").toEqual([]);
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior)).toBe("auto");
  }
});
