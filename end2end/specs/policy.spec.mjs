// The content policy, and what a page weighs.
import { shopper } from "../support/shopper.mjs";
import { expect, test } from "../support/test.mjs";

const PUBLIC = ["", "category/kitchen", "category/bath?sort=price-down", "brand/fornace-zan", "collection/autumn-table", "product/calle-mug", "product/fungo-lamp", "compare?p=calle-mug&p=fungo-lamp", "pages/about", "pages/delivery", "pages/returns", "offline"];

test("no document holds a script, a style or a nonce of its own", async ({ shop, watch }) => {
  watch.expectStatus(404, 410, 422);
  const { page } = shop;
  /** @type {Map<string, import("@playwright/test").APIResponse>} */
  const documents = new Map();
  const take = async (rest) => documents.set(rest, await page.request.get(shop.path(rest)));
  for (const rest of [...PUBLIC, "no-such-page", "product/no-such-thing"]) await take(rest);
  await take("cart");
  await take("wishlist");
  await shop.add("alba-egg-cups", { Glaze: "Chalk" });
  await take("cart");
  await take("checkout");
  const details = shopper();
  await shop.placeOrder(details);
  await shop.provider.pay();
  const { number, token } = await shop.confirmation.arrive();
  await take(`orders/${number}/${token}`);
  await take(`orders/${number}/${token}/thank-you`);

  for (const [rest, answer] of documents) {
    const html = await answer.text();
    expect(answer.headers()["content-type"], rest).toContain("text/html");
    const scripts = [...html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)];
    expect(scripts.length, `${rest}: scripts`).toBe(1);
    for (const [, attributes, text] of scripts) {
      expect(attributes, rest).toMatch(/\bsrc="\/assets\//);
      expect(text, rest).toBe("");
    }
    expect(html, rest).not.toMatch(/<style\b|\snonce=|<[a-z-]+[^>]*\sstyle=|<[a-z-]+[^>]*\son[a-z]+=|javascript:/i);
    const policy = answer.headers()["content-security-policy"];
    expect(policy, rest).toMatch(/script-src 'self' 'wasm-unsafe-eval';/);
    expect(policy, rest).not.toContain("unsafe-inline");
    const isPublic = answer.ok() && !/^(cart|wishlist|checkout|orders)/.test(rest);
    if (!isPublic && answer.ok()) expect(answer.headers()["cache-control"], rest).toBe("no-store");
    if (isPublic) {
      expect(html, `${rest}: a public page names nobody`).not.toMatch(/set-cookie|@example\.com/i);
      expect(answer.headers()["set-cookie"], rest).toBeUndefined();
    }
  }
});

test("scripts come compressed, for ever, and few", async ({ shop }) => {
  const { page } = shop;
  const network = await page.context().newCDPSession(page);
  await network.send("Network.enable");
  /** @type {Map<string, { path: string, headers: Record<string, string> }>} */
  const running = new Map();
  /** @type {{ path: string, headers: Record<string, string>, bytes: number }[]} */
  const loaded = [];
  network.on("Network.responseReceived", ({ requestId, response }) => {
    const path = new URL(response.url).pathname;
    if (/\.(js|wasm)$/.test(path) && path.startsWith("/assets/")) running.set(requestId, { path, headers: response.headers });
  });
  network.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const response = running.get(requestId);
    if (response) loaded.push({ ...response, bytes: encodedDataLength });
  });
  await shop.home.open();
  await expect.poll(() => loaded.length).toBeGreaterThanOrEqual(3);
  for (const { path, headers } of loaded) {
    const header = (name) => Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
    expect(header("content-encoding"), path).toBe("br");
    expect(header("cache-control"), path).toContain("immutable");
  }
  const bytes = loaded.reduce((sum, file) => sum + file.bytes, 0);
  console.log(`        JavaScript and WebAssembly on the wire, headers included: ${bytes} bytes in ${loaded.length} files`);
  // The other public pages ask for nothing more.
  const before = new Set(loaded.map(({ path }) => path));
  for (const rest of ["category/kitchen", "product/calle-mug"]) await shop.open(rest);
  expect(loaded.filter(({ path }) => !before.has(path))).toEqual([]);
});
