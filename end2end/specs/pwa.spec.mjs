// The shop, installed: what stays when the network goes, and what a new release does to an open page.
import { openProxy } from "../support/proxy.mjs";
import { expect, test } from "../support/test.mjs";

test("the manifest is whole, and its icons are what it says", async ({ shop }) => {
  const { page } = shop;
  await shop.home.open();
  const href = await page.locator("link[rel=manifest]").getAttribute("href");
  const answer = await page.request.get(href ?? "");
  expect(answer.headers()["content-type"]).toContain("application/manifest+json");
  const manifest = await answer.json();
  expect(manifest).toMatchObject({ name: "Rialto", display: expect.stringMatching(/standalone|minimal-ui/) });
  for (const key of ["short_name", "start_url", "scope", "theme_color", "background_color"]) expect(manifest[key]).toBeTruthy();
  expect((await page.request.get(manifest.start_url)).ok()).toBe(true);
  const sizes = [];
  for (const { src, sizes: size, type, purpose = "any" } of manifest.icons) {
    const icon = await page.request.get(src);
    expect(icon.headers()["content-type"], src).toContain(type);
    if (type === "image/png") {
      // Width and height stand in a PNG's first chunk.
      const bytes = await icon.body();
      expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, src).toBe(size);
    }
    sizes.push(`${size} ${purpose}`);
  }
  expect(sizes).toEqual(expect.arrayContaining(["192x192 any", "512x512 any"]));
  expect(sizes.some((size) => size.endsWith("maskable"))).toBe(true);
});

test("with the network cut, visited pages are there, others say so, and private ones were never kept", async ({ visit, watch }) => {
  const proxy = await openProxy();
  try {
    const shop = await visit({ baseURL: proxy.url });
    const { page, product } = shop;
    await product.open("corte-espresso-cup");
    await kept(page, shop.path("product/corte-espresso-cup"));
    await product.add();
    await shop.drawer.openCart();
    await shop.cart.goToCheckout();
    await product.open("velma-pouf");
    await kept(page, shop.path("product/velma-pouf"));
    const paths = await keptPaths(page);
    expect(paths.filter((path) => /\/(cart|checkout|orders|api|webhooks)(\/|$)/.test(path))).toEqual([]);
    expect(paths).toContain(shop.path("offline"));

    watch.expectProblem(/ERR_CONNECTION_REFUSED|ERR_FAILED|ERR_INTERNET_DISCONNECTED|Failed to fetch/);
    await proxy.cut();
    await page.context().setOffline(true);
    await product.open("corte-espresso-cup");
    await expect(product.title).toHaveText("Corte espresso cup");
    await product.choose("Glaze", "Ink");
    await expect(product.button).toContainText("€22.00");
    // What is in the bag is known without asking.
    await shop.expectInBag(1);
    await shop.open("product/never-looked-at");
    await expect(shop.main.getByRole("heading", { level: 1 })).toHaveText(shop.say("errors-offline-title"));
    await shop.open("checkout");
    await expect(shop.main.getByRole("heading", { level: 1 })).toHaveText(shop.say("errors-offline-title"));
  } finally {
    await proxy.close();
  }
});

test("a new release breaks no open page, and takes over when the last one is closed", async ({ visit, watch }) => {
  const proxy = await openProxy();
  try {
    const shop = await visit({ baseURL: proxy.url });
    const { page } = shop;
    await shop.product.open("marangona-clock");
    await kept(page, shop.path("product/marangona-clock"));
    const before = await cacheNames(page);
    const assets = await page.evaluate(async () => {
      const names = (await caches.keys()).filter((name) => name.startsWith("files-"));
      const keys = await (await caches.open(names[0])).keys();
      return keys.map(({ url }) => new URL(url).pathname);
    });
    expect(assets.some((path) => path.endsWith(".wasm"))).toBe(true);

    // The next release has another worker, and no longer serves the files of this one.
    const worker = await (await page.request.get("/sw.js")).text();
    const renamed = worker.replace(/const BUILD = "([^"]+)"/, 'const BUILD = "the-next-$1"');
    expect(renamed).not.toBe(worker);
    const next = renamed.replace(/const ASSETS = \[[^\]]*\]/, "const ASSETS = []");
    proxy.pretend((path) => {
      if (path === "/sw.js") return { status: 200, type: "text/javascript", text: next };
      return assets.includes(path) ? { status: 404 } : undefined;
    });
    await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
    await expect.poll(() => page.evaluate(async () => (await navigator.serviceWorker.ready).waiting?.state)).toBe("installed");
    expect(await cacheNames(page)).toEqual(expect.arrayContaining(before));

    // The open page still finds all of its files, and works.
    const found = await page.evaluate((paths) => Promise.all(paths.map(async (path) => (await fetch(path)).status)), assets);
    expect(new Set(found)).toEqual(new Set([200]));
    await shop.product.choose("Colour", "Ink");
    await shop.product.add();
    await shop.expectInBag(1);
    await page.reload();
    await shop.ready();

    // Closed, it makes way.
    const context = page.context();
    watch.expectStatus(404);
    watch.expectProblem(/./);
    await page.close();
    const after = await context.newPage();
    await expect
      .poll(async () => {
        await after.goto(`${proxy.url}/robots.txt`);
        return (await cacheNames(after)).filter((name) => before.includes(name) && name.startsWith("files-"));
      })
      .toEqual([]);
  } finally {
    await proxy.close();
  }
});

/** Waits until the service worker has kept a page. */
async function kept(page, path) {
  await expect.poll(() => page.evaluate(async (path) => Boolean(await caches.match(path, { ignoreVary: true })), path)).toBe(true);
  await expect.poll(() => page.evaluate(async () => Boolean(navigator.serviceWorker.controller))).toBe(true);
}

/** The paths of everything that was kept. */
async function keptPaths(page) {
  return page.evaluate(async () => {
    const all = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
    return all.flat().map(({ url }) => new URL(url).pathname);
  });
}

async function cacheNames(page) {
  return page.evaluate(async () => (await caches.keys()).sort());
}
